//! Files in which rpk finds partitions: `TOPIC PARTITION OFFSET` a line, or a list of such objects in JSON.

use crate::command::process::Io;
use crate::json::{Fault, Reader};
use crate::protocol::TopicPartition;

/// Nobody nests deeper in such a file.
const DEPTH: u32 = 16;

/// Partitions with offsets. Lines, or objects, without a topic are of `topic`. The error is a sentence.
pub fn offsets(io: &dyn Io, path: &str, topic: Option<&str>) -> Result<Vec<(TopicPartition, i64)>, String> {
    let mut found = Vec::new();
    for (mut names, numbers) in read(io, path, 3 - usize::from(topic.is_some()))? {
        let name = match (names.pop(), topic) {
            (Some(name), Some(topic)) if name != topic => {
                return Err(format!(
                    "unable to parse file \"{path}\": unable to parse the topic; the file contains the topic \"{name}\" \
                     that is different of the argument provided \"{topic}\""
                ));
            }
            (Some(name), _) => name,
            (None, Some(topic)) => topic.to_owned(),
            (None, None) => {
                return Err(format!(
                    "unable to parse file \"{path}\": unable to get the topic; please provide it via arguments to this \
                     command or in the file provided"
                ));
            }
        };
        let [partition, offset] = numbers;
        let partition =
            i32::try_from(partition).map_err(|_| format!("unable to parse partition {partition}"))?;
        found.push((TopicPartition::new(name.as_str(), partition), offset));
    }
    Ok(found)
}

/// Partitions without offsets.
pub fn partitions(io: &dyn Io, path: &str) -> Result<Vec<TopicPartition>, String> {
    let mut found = Vec::new();
    for (names, [partition, _]) in read(io, path, 2)? {
        let number =
            i32::try_from(partition).map_err(|_| format!("unable to parse partition {partition}"))?;
        found.push(TopicPartition::new(names.first().map_or("", String::as_str), number));
    }
    Ok(found)
}

/// A row: its topic, if it has one, partition and offset.
type Row = (Vec<String>, [i64; 2]);

/// Rows of a file whose lines have at least so many words.
fn read(io: &dyn Io, path: &str, least: usize) -> Result<Vec<Row>, String> {
    let Some(bytes) = io.read_file(path) else {
        return Err(format!("unable to open \"{path}\": open {path}: no such file or directory"));
    };
    let text = String::from_utf8_lossy(&bytes);
    if path.ends_with(".json") || text.trim_start().starts_with('[') {
        return json(&text).map_err(|fault| format!("unable to parse file \"{path}\": {}", fault.what()));
    }
    let mut rows = Vec::new();
    for line in text.lines().filter(|line| !line.trim().is_empty()) {
        let mut words: Vec<&str> = line.split_whitespace().collect();
        if words.len() < least || words.len() > 3 {
            return Err(format!("unable to split line \"{line}\" by space or tab into three fields"));
        }
        let has_topic = words.len() == 3 || words.first().is_some_and(|word| word.parse::<i64>().is_err());
        let names = if has_topic { vec![words.remove(0).to_owned()] } else { Vec::new() };
        let mut numbers = [0, 0];
        for (place, word) in numbers.iter_mut().zip(&words) {
            *place = word.parse().map_err(|_| {
                format!("unable to parse offset on line \"{line}\": strconv.ParseInt: parsing \"{word}\": invalid syntax")
            })?;
        }
        rows.push((names, numbers));
    }
    Ok(rows)
}

fn json(text: &str) -> Result<Vec<Row>, Fault> {
    let mut rows: Vec<Row> = Vec::new();
    Reader::new(text).list(&mut |reader| {
        let mut row: Row = (Vec::new(), [0, 0]);
        reader.object(&mut |reader, field| {
            match field {
                "topic" => row.0.push(reader.text()?),
                "partition" => row.1 = [reader.number()?, row.1[1]],
                "offset" => row.1 = [row.1[0], reader.number()?],
                _ => reader.skip(DEPTH)?,
            }
            Ok(())
        })?;
        rows.push(row);
        Ok(())
    })?;
    Ok(rows)
}
