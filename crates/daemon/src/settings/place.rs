//! Which line of the file a key stands on.

use std::collections::BTreeMap;

use toml::de::{DeTable, DeValue};

/// Lines of a TOML file by dotted key.
pub(super) struct Places(BTreeMap<String, usize>);

impl Places {
    /// The places of every key of a file that is TOML; of another file none.
    pub(super) fn of(text: &str) -> Self {
        let mut lines = BTreeMap::new();
        if let Ok(table) = DeTable::parse(text) {
            collect(text, "", table.get_ref(), &mut lines);
        }
        Self(lines)
    }

    /// The line of `key`, or of the innermost section around it that the file mentions.
    pub(super) fn line_of(&self, key: &str) -> Option<usize> {
        let mut key = key;
        loop {
            if let Some(line) = self.0.get(key) {
                return Some(*line);
            }
            // `nodes[2].listen` is inside `nodes[2]`, which is inside `nodes`.
            key = &key[..key.rfind(['.', '['])?];
        }
    }
}

/// The line, from 1, of a byte offset.
pub(super) fn line_at(text: &str, offset: usize) -> usize {
    text.bytes().take(offset).filter(|byte| *byte == b'\n').count() + 1
}

fn collect(text: &str, prefix: &str, table: &DeTable<'_>, lines: &mut BTreeMap<String, usize>) {
    for (key, value) in table {
        let path = if prefix.is_empty() { key.get_ref().to_string() } else { format!("{prefix}.{}", key.get_ref()) };
        collect_value(text, &path, value.get_ref(), lines);
        lines.insert(path, line_at(text, key.span().start));
    }
}

fn collect_value(text: &str, path: &str, value: &DeValue<'_>, lines: &mut BTreeMap<String, usize>) {
    match value {
        DeValue::Table(table) => collect(text, path, table, lines),
        DeValue::Array(items) => {
            for (place, item) in items.iter().enumerate() {
                let path = format!("{path}[{place}]");
                collect_value(text, &path, item.get_ref(), lines);
                lines.insert(path, line_at(text, item.span().start));
            }
        }
        _ => {}
    }
}
