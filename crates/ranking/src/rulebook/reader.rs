//! Reading a table strictly: each key known, each value of its kind, every problem collected with its line.

use std::ops::RangeInclusive;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::{BasisPoints, RulebookError};

/// The problems found so far and the starts of the file's lines.
pub(super) struct Problems {
    line_starts: Vec<usize>,
    found: Vec<RulebookError>,
}

impl Problems {
    pub(super) fn of(text: &str) -> Problems {
        let starts = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n').map(|(at, _)| at + 1);
        Problems { line_starts: std::iter::once(0).chain(starts).collect(), found: Vec::new() }
    }

    pub(super) fn add(&mut self, offset: usize, key: impl Into<String>, problem: impl Into<String>) {
        let line = self.line_starts.partition_point(|start| *start <= offset);
        self.found.push(RulebookError { line, key: key.into(), problem: problem.into() });
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
    asked: Vec<&'static str>,
}

impl<'text> TableReader<'text> {
    pub(super) fn new(table: &'text DeTable<'text>, path: impl Into<String>, offset: usize) -> TableReader<'text> {
        TableReader { table, path: path.into(), offset, asked: Vec::new() }
    }

    /// The dotted path of a key of this table.
    pub(super) fn path(&self, key: &str) -> String {
        if self.path.is_empty() { key.to_owned() } else { format!("{}.{key}", self.path) }
    }

    /// Where the value of a key begins; the table itself when the key is absent.
    pub(super) fn offset(&self, key: &str) -> usize {
        self.table.get(key).map_or(self.offset, |value| value.span().start)
    }

    fn optional(&mut self, key: &'static str) -> Option<&'text Spanned<DeValue<'text>>> {
        self.asked.push(key);
        self.table.get(key)
    }

    fn required(&mut self, key: &'static str, problems: &mut Problems) -> Option<&'text Spanned<DeValue<'text>>> {
        let value = self.optional(key);
        if value.is_none() {
            problems.add(self.offset, self.path(key), "is missing");
        }
        value
    }

    fn wrong(&self, key: &str, expected: &str, problems: &mut Problems) {
        problems.add(self.offset(key), self.path(key), format!("must be {expected}"));
    }

    pub(super) fn text(&mut self, key: &'static str, problems: &mut Problems) -> String {
        let value = self.required(key, problems).map(Spanned::get_ref);
        match value {
            None => String::new(),
            Some(DeValue::String(text)) if !text.trim().is_empty() => text.to_string(),
            Some(_) => {
                self.wrong(key, "a text that is not empty", problems);
                String::new()
            }
        }
    }

    pub(super) fn texts(&mut self, key: &'static str, problems: &mut Problems) -> Vec<String> {
        let Some(value) = self.required(key, problems) else { return Vec::new() };
        let texts = match value.get_ref() {
            DeValue::Array(items) => items.iter().map(|item| item.get_ref().as_str().map(str::to_owned)).collect(),
            _ => None,
        };
        texts.unwrap_or_else(|| {
            self.wrong(key, "a list of texts", problems);
            Vec::new()
        })
    }

    pub(super) fn integer(&mut self, key: &'static str, allowed: RangeInclusive<u32>, problems: &mut Problems) -> u32 {
        let Some(value) = self.required(key, problems) else { return *allowed.start() };
        let number = match value.get_ref() {
            DeValue::Integer(integer) => u32::from_str_radix(integer.as_str(), integer.radix()).ok(),
            _ => None,
        };
        number.filter(|number| allowed.contains(number)).unwrap_or_else(|| {
            self.wrong(key, &format!("an integer from {} to {}", allowed.start(), allowed.end()), problems);
            *allowed.start()
        })
    }

    /// A fraction from 0 to 1 with at most four decimals, read from its text: no float is ever formed.
    pub(super) fn fraction(&mut self, key: &'static str, problems: &mut Problems) -> Option<BasisPoints> {
        let value = self.required(key, problems)?;
        let fraction = match value.get_ref() {
            DeValue::Float(float) => exact_fraction(float.as_str()),
            DeValue::Integer(integer) if integer.radix() == 10 => exact_fraction(integer.as_str()),
            _ => None,
        };
        if fraction.is_none() {
            self.wrong(key, "a fraction from 0 to 1 with at most four decimals", problems);
        }
        fraction
    }

    /// A value out of a closed set of words.
    pub(super) fn choice<Value>(
        &mut self,
        key: &'static str,
        choices: &[(&'static str, Value)],
        problems: &mut Problems,
    ) -> Option<Value>
    where
        Value: Copy,
    {
        let word = self.required(key, problems)?.get_ref().as_str();
        let chosen = choices.iter().find(|(known, _)| Some(*known) == word).map(|(_, value)| *value);
        if chosen.is_none() {
            let known: Vec<&str> = choices.iter().map(|(known, _)| *known).collect();
            self.wrong(key, &format!("one of {}", known.join(", ")), problems);
        }
        chosen
    }

    pub(super) fn table(&mut self, key: &'static str, problems: &mut Problems) -> Option<TableReader<'text>> {
        let value = self.required(key, problems)?;
        self.as_table(key, value, problems)
    }

    pub(super) fn optional_table(&mut self, key: &'static str, problems: &mut Problems) -> Option<TableReader<'text>> {
        let value = self.optional(key)?;
        self.as_table(key, value, problems)
    }

    /// The tables of a list, each with its place in its path: `component.2`.
    pub(super) fn tables(&mut self, key: &'static str, problems: &mut Problems) -> Vec<TableReader<'text>> {
        let Some(value) = self.required(key, problems) else { return Vec::new() };
        let DeValue::Array(items) = value.get_ref() else {
            self.wrong(key, "a list of tables", problems);
            return Vec::new();
        };
        let mut tables = Vec::with_capacity(items.len());
        for (place, item) in items.iter().enumerate() {
            let path = self.path(&format!("{key}.{}", place + 1));
            match item.get_ref() {
                DeValue::Table(table) => tables.push(TableReader::new(table, path, item.span().start)),
                _ => problems.add(item.span().start, path, "must be a table"),
            }
        }
        tables
    }

    /// Reports the keys that nobody asked for.
    pub(super) fn finish(self, problems: &mut Problems) {
        for key in self.table.keys() {
            if !self.asked.contains(&key.get_ref().as_ref()) {
                problems.add(key.span().start, self.path(key.get_ref()), "is not a key of a rulebook");
            }
        }
    }

    fn as_table(
        &self,
        key: &'static str,
        value: &'text Spanned<DeValue<'text>>,
        problems: &mut Problems,
    ) -> Option<TableReader<'text>> {
        let DeValue::Table(table) = value.get_ref() else {
            self.wrong(key, "a table", problems);
            return None;
        };
        Some(TableReader::new(table, self.path(key), value.span().start))
    }
}

fn exact_fraction(text: &str) -> Option<BasisPoints> {
    let (whole, decimals) = text.split_once('.').unwrap_or((text, ""));
    let digits_only = decimals.bytes().all(|byte| byte.is_ascii_digit());
    if !matches!(whole, "0" | "1") || decimals.len() > 4 || !digits_only {
        return None;
    }
    let ten_thousandths: u32 = format!("{whole}{decimals:0<4}").parse().ok()?;
    BasisPoints::new(ten_thousandths)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fractions_are_read_exactly() {
        for (text, ten_thousandths) in
            [("0.9", 9000), ("0.90", 9000), ("0.9799", 9799), ("1.0000", 10_000), ("0", 0), ("1", 10_000)]
        {
            assert_eq!(exact_fraction(text).map(BasisPoints::get), Some(ten_thousandths), "{text}");
        }
        for text in ["1.1", "0.12345", "-0.5", "2", "1e0", "0.9e1", "inf", ""] {
            assert_eq!(exact_fraction(text), None, "{text}");
        }
    }
}
