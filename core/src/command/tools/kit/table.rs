//! Tables as the tools print them: left-aligned cells with one blank between them.

/// A column of a table.
#[derive(Clone, Copy, Debug)]
pub struct Column {
    head: &'static str,
    width: usize,
    /// What the column has over its widest cell; `None` if cells do not widen it.
    spare: Option<usize>,
    shown: bool,
}

impl Column {
    /// A column of this width, whatever is in it.
    #[must_use]
    pub const fn fixed(head: &'static str, width: usize) -> Column {
        Column { head, width, spare: None, shown: true }
    }

    /// A column that is at least so wide, and `spare` wider than its widest cell.
    #[must_use]
    pub const fn growing(head: &'static str, width: usize, spare: usize) -> Column {
        Column { head, width, spare: Some(spare), shown: true }
    }

    /// The same column, left out of the table unless `shown`.
    #[must_use]
    pub const fn only(self, shown: bool) -> Column {
        Column { shown, ..self }
    }
}

/// The table of these rows; every line is ended.
#[must_use]
pub fn table(mut columns: Vec<Column>, rows: &[Vec<String>]) -> String {
    for row in rows {
        for (column, cell) in columns.iter_mut().zip(row) {
            if let Some(spare) = column.spare {
                column.width = column.width.max(cell.chars().count() + spare);
            }
        }
    }
    let mut text = String::new();
    for column in &columns {
        write(&mut text, column, column.head);
    }
    end(&mut text);
    for row in rows {
        for (column, cell) in columns.iter().zip(row) {
            write(&mut text, column, cell);
        }
        end(&mut text);
    }
    text
}

fn write(text: &mut String, column: &Column, cell: &str) {
    if column.shown {
        text.push_str(cell);
        for _ in cell.chars().count()..column.width {
            text.push(' ');
        }
        text.push(' ');
    }
}

/// Ends a line, without the blank after its last cell.
fn end(text: &mut String) {
    text.pop();
    text.push('\n');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_as_wide_as_they_are_told() {
        let columns = vec![
            Column::growing("A", 3, 1),
            Column::fixed("B", 2),
            Column::fixed("C", 9).only(false),
            Column::fixed("D", 0),
        ];
        let row = |cells: [&str; 4]| cells.map(str::to_owned).to_vec();
        let rows = [row(["four", "1", "x", "y"]), row(["a", "123", "x", "äö"])];
        assert_eq!(table(columns, &rows), "A     B  D\nfour  1  y\na     123 äö\n");
    }
}
