//! The file of a corpus: tab-separated columns with a head, one command line a row.

/// A row: a line that somebody's tutorial has.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Row {
    /// Its name in the file.
    pub id: String,
    /// The first Kafka tool in it.
    pub tool: String,
    /// Year of the last change to the tutorial, if known.
    pub year: Option<u32>,
    /// The line.
    pub command: String,
    /// The tutorial.
    pub group: String,
    /// Its place in the tutorial.
    pub seq: u32,
}

/// Reads a file; the error is a sentence.
pub fn read(text: &str) -> Result<Vec<Row>, String> {
    let mut lines = text.lines();
    let head: Vec<&str> = lines.next().unwrap_or_default().split('\t').collect();
    let place = |name: &str| {
        head.iter().position(|column| *column == name).ok_or_else(|| format!("there is no column `{name}`"))
    };
    let (id, tool, year) = (place("id")?, place("tool")?, place("year")?);
    let (command, group, seq) = (place("command")?, place("group")?, place("seq")?);
    let mut rows = Vec::new();
    for line in lines.filter(|line| !line.is_empty()) {
        let cells: Vec<&str> = line.split('\t').collect();
        let cell = |place: usize| cells.get(place).copied().unwrap_or_default();
        rows.push(Row {
            id: cell(id).to_owned(),
            tool: cell(tool).to_owned(),
            year: cell(year).parse().ok(),
            command: cell(command).replace('⏎', "\n"),
            group: cell(group).to_owned(),
            seq: cell(seq).parse().unwrap_or(0),
        });
    }
    Ok(rows)
}

/// The tutorials, each with its rows in order; tutorials in the order of their first row.
pub fn tutorials(rows: Vec<Row>) -> Vec<Vec<Row>> {
    let mut tutorials: Vec<Vec<Row>> = Vec::new();
    let mut places = std::collections::BTreeMap::new();
    for row in rows {
        let place = *places.entry(row.group.clone()).or_insert(tutorials.len());
        match tutorials.get_mut(place) {
            Some(tutorial) => tutorial.push(row),
            None => tutorials.push(vec![row]),
        }
    }
    for tutorial in &mut tutorials {
        tutorial.sort_by_key(|row| row.seq);
    }
    tutorials
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_come_in_the_order_of_their_tutorial() {
        let text = "id\ttool\tsource\tyear\tcommand\tgroup\tseq\tdup\n\
                    c2\tkafka-topics\tx\t2020\ta⏎b\tg\t2\t0\nc3\trpk\tx\t\tc\th\t1\t0\nc1\trpk\tx\t2020\td\tg\t1\t1\n";
        let tutorials = tutorials(read(text).unwrap());
        let ids: Vec<Vec<&str>> =
            tutorials.iter().map(|rows| rows.iter().map(|row| row.id.as_str()).collect()).collect();
        assert_eq!(ids, [vec!["c1", "c2"], vec!["c3"]]);
        assert_eq!((tutorials[0][1].command.as_str(), tutorials[1][0].year), ("a\nb", None));
        assert!(read("id\ttool\n").unwrap_err().contains("year"));
    }
}
