//! What may change within a version: words for people, and properties that may be left away are added. Nothing else: an
//! older program must be able to read what a newer one writes, and a newer one everything that an older one wrote.

use std::collections::BTreeSet;
use std::fmt;

use serde_json::{Map, Value};

use super::frozen::Types;

/// Words for people.
const PROSE: [&str; 3] = ["title", "x-danvan-title-vi", "description"];

/// A change that breaks a promise.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Breach {
    /// The type and the place in its schema.
    pub(crate) place: String,
    /// What changed: a keyword, or what happened to a property.
    pub(crate) what: String,
}

impl fmt::Display for Breach {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.what)
    }
}

/// Every promise of `frozen` that `current` breaks. Types that are new since then are no breach.
pub(crate) fn breaches(frozen: &Types, current: &Types) -> Vec<Breach> {
    let mut found = Vec::new();
    for (name, promised) in frozen {
        let Some(now) = current.get(name) else {
            found.push(Breach { place: name.clone(), what: "the type is gone".into() });
            continue;
        };
        for word in ["speaker", "subject"] {
            if promised[word] != now[word] {
                found.push(Breach { place: name.clone(), what: word.into() });
            }
        }
        compare(&format!("{name}#"), &promised["schema"], &now["schema"], &mut found);
    }
    found
}

fn compare(place: &str, promised: &Value, now: &Value, found: &mut Vec<Breach>) {
    let (Some(promised), Some(now)) = (promised.as_object(), now.as_object()) else {
        if promised != now {
            found.push(Breach { place: place.into(), what: "no schema".into() });
        }
        return;
    };
    let keywords: BTreeSet<&String> = promised.keys().chain(now.keys()).collect();
    for keyword in keywords {
        match keyword.as_str() {
            word if PROSE.contains(&word) => {}
            "properties" => properties(place, &promised["properties"], now.get("properties"), found),
            "items" if promised.contains_key("items") && now.contains_key("items") => {
                compare(&format!("{place}/items"), &promised["items"], &now["items"], found);
            }
            "required" | "enum" if as_set(promised, keyword) == as_set(now, keyword) => {}
            _ if promised.get(keyword) == now.get(keyword) => {}
            _ => found.push(Breach { place: place.into(), what: keyword.clone() }),
        }
    }
}

fn properties(place: &str, promised: &Value, now: Option<&Value>, found: &mut Vec<Breach>) {
    for (name, property) in promised.as_object().into_iter().flatten() {
        let place = format!("{place}/properties/{name}");
        match now.and_then(|now| now.get(name)) {
            Some(now) => compare(&place, property, now, found),
            None => found.push(Breach { place, what: "the property is gone".into() }),
        }
    }
}

/// The order of names and codes says nothing.
fn as_set<'a>(schema: &'a Map<String, Value>, keyword: &str) -> Option<BTreeSet<&'a str>> {
    schema.get(keyword)?.as_array()?.iter().map(Value::as_str).collect()
}
