//! Data on standard output, talk on standard error.
#![expect(clippy::unused_self, reason = "the handle is the right to speak: what has none stays silent")]

use std::io::{IsTerminal, Write};

use comfy_table::presets::UTF8_FULL_CONDENSED;
use comfy_table::{CellAlignment, ContentArrangement, Table};
use serde::Serialize;

use crate::exit::Failure;

/// Where a command says things and in which form.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Output {
    json: bool,
}

impl Output {
    /// For people, or with `json` for programs.
    pub(crate) fn new(json: bool) -> Self {
        Self { json }
    }

    /// Whether programs read this.
    pub(crate) fn is_json(self) -> bool {
        self.json
    }

    /// One document for programs, `text` for people. A reader who left (a closed pipe) is no failure.
    pub(crate) fn result(self, document: &impl Serialize, text: &str) {
        if self.json {
            let bytes = serde_json::to_vec(document).unwrap_or_default();
            self.data(&bytes);
        } else {
            self.data(text.as_bytes());
        }
    }

    /// Bytes and a newline on standard output.
    pub(crate) fn data(self, bytes: &[u8]) {
        let mut out = std::io::stdout().lock();
        let _ = out.write_all(bytes).and_then(|()| out.write_all(b"\n")).and_then(|()| out.flush());
    }

    /// A line for the person at the terminal.
    pub(crate) fn talk(self, line: &str) {
        let mut err = std::io::stderr().lock();
        let _ = writeln!(err, "{line}");
    }

    /// Says why a command stopped.
    pub(crate) fn failure(self, failure: &Failure) {
        if self.json {
            self.talk(&failure.document().to_string());
        } else {
            self.talk(&failure.text());
        }
    }

    /// Whether a progress bar can be drawn.
    pub(crate) fn is_terminal(self) -> bool {
        !self.json && std::io::stderr().is_terminal()
    }
}

/// A table for a terminal; `right` names the columns of numbers.
pub(crate) fn table(header: &[&str], rows: impl IntoIterator<Item = Vec<String>>, right: &[usize]) -> String {
    let mut table = Table::new();
    table.load_style(UTF8_FULL_CONDENSED).set_content_arrangement(ContentArrangement::Dynamic).set_header(header);
    for row in rows {
        table.add_row(row);
    }
    for column in right {
        if let Some(column) = table.column_mut(*column) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    table.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_measures_vietnamese_by_width() {
        let text = table(&["Xã", "Điểm"], [vec!["Lộc Thịnh".to_owned(), "74,50".to_owned()]], &[1]);
        let widths: Vec<usize> = text.lines().map(|line| line.chars().count()).collect();
        assert!(widths.windows(2).all(|pair| pair[0] == pair[1]), "{text}");
    }
}
