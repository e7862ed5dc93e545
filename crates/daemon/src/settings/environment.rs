//! The overrides that the environment holds, read once.

use std::collections::BTreeMap;

/// What separates the parts of a variable's name.
const SEPARATOR: &str = "__";
const PREFIX: &str = "danvan";

/// The variables `DANVAN__SECTION__KEY`, by dotted key.
#[derive(Clone, Debug, Default)]
pub struct Environment {
    by_key: BTreeMap<String, (String, String)>,
}

impl Environment {
    /// The variables of this process.
    #[must_use]
    pub fn of_process() -> Self {
        Self::of(
            std::env::vars_os().filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?))),
        )
    }

    /// Any variables; those without our prefix and a section are passed over.
    pub fn of(variables: impl IntoIterator<Item = (String, String)>) -> Self {
        let key_of = |name: &str| {
            let name = name.to_ascii_lowercase();
            let mut parts = name.split(SEPARATOR);
            let ours = parts.next() == Some(PREFIX);
            let key = parts.collect::<Vec<_>>().join(".");
            (ours && !key.is_empty()).then_some(key)
        };
        let by_key = variables.into_iter().filter_map(|(name, value)| Some((key_of(&name)?, (name, value)))).collect();
        Self { by_key }
    }

    /// With one more override, which wins over a variable of the same key: a flag of the command line.
    #[must_use]
    pub fn with(mut self, key: &str, flag: &str, value: &str) -> Self {
        self.by_key.insert(key.to_owned(), (flag.to_owned(), value.to_owned()));
        self
    }

    /// The variable that overrides `key`, or a section around it.
    pub(super) fn variable_of(&self, key: &str) -> Option<&str> {
        let mut key = key;
        loop {
            if let Some((name, _)) = self.by_key.get(key) {
                return Some(name);
            }
            key = key.rsplit_once('.')?.0;
        }
    }

    /// Puts every override into its place; an error is the variable and key that run through something other than a section.
    pub(super) fn override_in(&self, table: &mut toml::Table) -> Result<(), (String, String)> {
        for (key, (variable, text)) in &self.by_key {
            put(table, key, value_of(text)).map_err(|NotInSection| (variable.clone(), key.clone()))?;
        }
        Ok(())
    }

    /// Puts the variable of just this key into its place as it stands, as text; false when that changes nothing.
    pub(super) fn override_with_text(&self, key: &str, table: &mut toml::Table) -> bool {
        let Some((_, text)) = self.by_key.get(key) else { return false };
        let text = toml::Value::from(text.as_str());
        put(table, key, text.clone()).is_ok_and(|before| before != Some(text))
    }
}

/// The way to a key runs through something other than a section.
struct NotInSection;

/// Puts a value into the place of a dotted key; what was there before.
fn put(table: &mut toml::Table, key: &str, value: toml::Value) -> Result<Option<toml::Value>, NotInSection> {
    let (sections, last) = key.rsplit_once('.').unwrap_or(("", key));
    let mut place = table;
    for section in sections.split('.').filter(|section| !section.is_empty()) {
        let next = place.entry(section).or_insert_with(|| toml::Value::Table(toml::Table::new()));
        place = next.as_table_mut().ok_or(NotInSection)?;
    }
    Ok(place.insert(last.to_owned(), value))
}

fn value_of(text: &str) -> toml::Value {
    let document: Result<toml::Table, _> = format!("value = {text}").parse();
    document
        .ok()
        .filter(|table| table.len() == 1)
        .and_then(|mut table| table.remove("value"))
        .unwrap_or_else(|| text.into())
}
