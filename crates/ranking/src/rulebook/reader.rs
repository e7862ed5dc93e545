//! Reading a table strictly: each key known, each value of its kind, every problem collected with its line.

use std::ops::RangeInclusive;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::{RulebookError, RulebookFault};

/// The problems found so far and the starts of the file's lines.
pub(super) struct Problems {
    line_starts: Vec<usize>,
    found: Vec<RulebookError>,
}

/// A text and where in the file it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Spot {
    pub(super) text: String,
    pub(super) offset: usize,
}

impl Problems {
    pub(super) fn of(text: &str) -> Problems {
        let starts = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n').map(|(at, _)| at + 1);
        Problems { line_starts: std::iter::once(0).chain(starts).collect(), found: Vec::new() }
    }

    pub(super) fn add(&mut self, offset: usize, key: impl Into<String>, fault: RulebookFault) {
        let line = self.line_starts.partition_point(|start| *start <= offset);
        self.found.push(RulebookError { line, key: key.into(), fault });
    }

    pub(super) fn into_sorted(mut self) -> Vec<RulebookError> {
        self.found.sort_by(|a, b| (a.line, &a.key).cmp(&(b.line, &b.key)));
        self.found
    }
}

/// One table of the file and the keys that were asked for; the others are errors.
pub(super) struct TableReader<'text> {
    table: &'text DeTable<'text>,
    path: String,
    offset: usize,
    asked: Vec<String>,
}

impl<'text> TableReader<'text> {
    pub(super) fn new(table: &'text DeTable<'text>, path: impl Into<String>, offset: usize) -> TableReader<'text> {
        TableReader { table, path: path.into(), offset, asked: Vec::new() }
    }

    /// The dotted path of a key of this table.
    pub(super) fn path(&self, key: &str) -> String {
        if self.path.is_empty() { key.to_owned() } else { format!("{}.{key}", self.path) }
    }

    /// Where the table itself begins.
    pub(super) fn start(&self) -> usize {
        self.offset
    }

    /// Where the value of a key begins; the table itself when the key is absent.
    pub(super) fn offset(&self, key: &str) -> usize {
        self.table.get(key).map_or(self.offset, |value| value.span().start)
    }

    /// The keys of this table, for one whose keys are names.
    pub(super) fn keys(&self) -> Vec<Spot> {
        let spot =
            |key: &Spanned<_>| Spot { text: AsRef::<str>::as_ref(key.get_ref()).to_owned(), offset: key.span().start };
        self.table.keys().map(spot).collect()
    }

    pub(super) fn has(&self, key: &str) -> bool {
        self.table.contains_key(key)
    }

    fn optional(&mut self, key: &str) -> Option<&'text Spanned<DeValue<'text>>> {
        self.asked.push(key.to_owned());
        self.table.get(key)
    }

    fn required(&mut self, key: &str, problems: &mut Problems) -> Option<&'text Spanned<DeValue<'text>>> {
        let value = self.optional(key);
        if value.is_none() {
            problems.add(self.offset, self.path(key), RulebookFault::Missing);
        }
        value
    }

    /// Reports what is wrong with the value of a key.
    pub(super) fn wrong(&self, key: &str, fault: RulebookFault, problems: &mut Problems) {
        problems.add(self.offset(key), self.path(key), fault);
    }

    pub(super) fn text(&mut self, key: &str, problems: &mut Problems) -> String {
        let value = self.required(key, problems).map(Spanned::get_ref);
        match value {
            None => String::new(),
            Some(DeValue::String(text)) if !text.trim().is_empty() => text.to_string(),
            Some(_) => {
                self.wrong(key, RulebookFault::NotText, problems);
                String::new()
            }
        }
    }

    pub(super) fn texts(&mut self, key: &str, problems: &mut Problems) -> Vec<Spot> {
        let Some(value) = self.required(key, problems) else { return Vec::new() };
        let spot = |item: &Spanned<DeValue<'_>>| {
            Some(Spot { text: item.get_ref().as_str()?.to_owned(), offset: item.span().start })
        };
        let texts = match value.get_ref() {
            DeValue::Array(items) => items.iter().map(spot).collect(),
            _ => None,
        };
        texts.unwrap_or_else(|| {
            self.wrong(key, RulebookFault::NotTexts, problems);
            Vec::new()
        })
    }

    pub(super) fn integer(&mut self, key: &str, allowed: RangeInclusive<u32>, problems: &mut Problems) -> u32 {
        let Some(value) = self.required(key, problems) else { return *allowed.start() };
        let number = match value.get_ref() {
            DeValue::Integer(integer) => u32::from_str_radix(integer.as_str(), integer.radix()).ok(),
            _ => None,
        };
        number.filter(|number| allowed.contains(number)).unwrap_or_else(|| {
            self.wrong(key, RulebookFault::NotInteger(*allowed.start(), *allowed.end()), problems);
            *allowed.start()
        })
    }

    /// A number from 0 to `most` with at most four decimals, in ten-thousandths, read from its text: no float is ever
    /// formed.
    pub(super) fn decimal(&mut self, key: &str, most: u32, problems: &mut Problems) -> Option<u32> {
        let value = self.required(key, problems)?;
        let number = match value.get_ref() {
            DeValue::Float(float) => ten_thousandths(float.as_str()),
            DeValue::Integer(integer) if integer.radix() == 10 => ten_thousandths(integer.as_str()),
            _ => None,
        };
        let number = number.filter(|number| *number <= most * 10_000);
        if number.is_none() {
            self.wrong(key, RulebookFault::NotDecimal(most), problems);
        }
        number
    }

    /// A value out of a closed set of words.
    pub(super) fn choice<Value>(
        &mut self,
        key: &str,
        choices: &[(&'static str, Value)],
        problems: &mut Problems,
    ) -> Option<Value>
    where
        Value: Copy,
    {
        let word = self.required(key, problems)?.get_ref().as_str();
        let chosen = choices.iter().find(|(known, _)| Some(*known) == word).map(|(_, value)| *value);
        if chosen.is_none() {
            let known = choices.iter().map(|(known, _)| *known).collect();
            self.wrong(key, RulebookFault::NotOneOf(known), problems);
        }
        chosen
    }

    pub(super) fn table(&mut self, key: &str, problems: &mut Problems) -> Option<TableReader<'text>> {
        let value = self.required(key, problems)?;
        self.as_table(key, value, problems)
    }

    pub(super) fn optional_table(&mut self, key: &str, problems: &mut Problems) -> Option<TableReader<'text>> {
        let value = self.optional(key)?;
        self.as_table(key, value, problems)
    }

    /// The tables of a list that may be absent.
    pub(super) fn optional_tables(&mut self, key: &str, problems: &mut Problems) -> Vec<TableReader<'text>> {
        if self.has(key) { self.tables(key, problems) } else { Vec::new() }
    }

    /// The tables of a list, each with its place in its path: `component.2`.
    pub(super) fn tables(&mut self, key: &str, problems: &mut Problems) -> Vec<TableReader<'text>> {
        let Some(value) = self.required(key, problems) else { return Vec::new() };
        let DeValue::Array(items) = value.get_ref() else {
            self.wrong(key, RulebookFault::NotTables, problems);
            return Vec::new();
        };
        let mut tables = Vec::with_capacity(items.len());
        for (place, item) in items.iter().enumerate() {
            let path = self.path(&format!("{key}.{}", place + 1));
            match item.get_ref() {
                DeValue::Table(table) => tables.push(TableReader::new(table, path, item.span().start)),
                _ => problems.add(item.span().start, path, RulebookFault::NotTable),
            }
        }
        tables
    }

    /// Reports the keys that nobody asked for.
    pub(super) fn finish(self, problems: &mut Problems) {
        for key in self.keys() {
            if !self.asked.contains(&key.text) {
                problems.add(key.offset, self.path(&key.text), RulebookFault::UnknownKey);
            }
        }
    }

    fn as_table(
        &self,
        key: &str,
        value: &'text Spanned<DeValue<'text>>,
        problems: &mut Problems,
    ) -> Option<TableReader<'text>> {
        let DeValue::Table(table) = value.get_ref() else {
            self.wrong(key, RulebookFault::NotTable, problems);
            return None;
        };
        Some(TableReader::new(table, self.path(key), value.span().start))
    }
}

fn ten_thousandths(text: &str) -> Option<u32> {
    let (whole, decimals) = text.split_once('.').unwrap_or((text, ""));
    let digits_only = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || whole.len() > 4 || decimals.len() > 4 || !digits_only(whole) || !digits_only(decimals) {
        return None;
    }
    format!("{whole}{decimals:0<4}").parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_are_read_exactly() {
        for (text, read) in [
            ("0.9", 9000),
            ("0.90", 9000),
            ("0.9799", 9799),
            ("1.0000", 10_000),
            ("0", 0),
            ("1", 10_000),
            ("14.5", 145_000),
        ] {
            assert_eq!(ten_thousandths(text), Some(read), "{text}");
        }
        for text in ["0.12345", "-0.5", "1e0", "0.9e1", "inf", "", "+1", "12345", ".5"] {
            assert_eq!(ten_thousandths(text), None, "{text}");
        }
    }
}
