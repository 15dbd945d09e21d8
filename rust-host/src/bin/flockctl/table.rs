//! Columns for people: as wide as their widest cell, two spaces between, no trailing spaces.
//!
//! Widths are counted in characters, not bytes. Wide East Asian characters take two places on
//! most terminals and shift the rest of their line; nothing else breaks.

use crate::output::{Colour, Output};

pub(crate) struct Cell {
    text: String,
    colour: Option<Colour>,
}

impl From<&str> for Cell {
    fn from(text: &str) -> Cell {
        Cell { text: text.to_owned(), colour: None }
    }
}

impl From<String> for Cell {
    fn from(text: String) -> Cell {
        Cell { text, colour: None }
    }
}

impl Cell {
    pub(crate) fn coloured(text: impl Into<String>, colour: Colour) -> Cell {
        Cell { text: text.into(), colour: Some(colour) }
    }
}

#[derive(Default)]
pub(crate) struct Table {
    rows: Vec<Vec<Cell>>,
}

impl Table {
    /// A table whose first row is a bold heading.
    pub(crate) fn with_heading(titles: &[&str]) -> Table {
        let heading = titles.iter().map(|t| Cell::coloured(*t, Colour::Bold));
        Table { rows: vec![heading.collect()] }
    }

    /// A table of names and values.
    pub(crate) fn plain() -> Table {
        Table::default()
    }

    pub(crate) fn row(&mut self, cells: impl IntoIterator<Item = Cell>) {
        self.rows.push(cells.into_iter().collect());
    }

    /// The lines, without a line feed at the end.
    pub(crate) fn render(&self, output: &Output) -> String {
        let mut widths: Vec<usize> = Vec::new();
        for row in &self.rows {
            widths.resize(widths.len().max(row.len()), 0);
            for (width, cell) in widths.iter_mut().zip(row) {
                *width = (*width).max(cell.text.chars().count());
            }
        }
        let lines = self.rows.iter().map(|row| {
            let mut line = String::new();
            let mut pending = 0;
            for (width, cell) in widths.iter().zip(row) {
                line.extend(std::iter::repeat_n(' ', pending));
                let text = output.cell(&cell.text);
                pending = width + 2 - text.chars().count();
                line += &match cell.colour {
                    Some(colour) => output.paint(colour, &text),
                    None => text,
                };
            }
            line.trim_end().to_owned()
        });
        lines.collect::<Vec<_>>().join("\n")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::output::Reader;

    #[test]
    fn columns_line_up() {
        let mut table = Table::with_heading(&["NAME", "N"]);
        table.row(["größer".into(), "1".into()]);
        table.row(["a".into(), "".into()]);
        table.row(["b\x1b".into(), "22".into()]);
        let text = table.render(&Output::new(Reader::Person));
        assert_eq!(text, "NAME    N\ngrößer  1\na\nb\u{FFFD}      22");
    }
}
