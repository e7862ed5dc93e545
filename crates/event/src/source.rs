//! Who speaks: the `source` of an entry.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::{AggregatorName, UnitId};

/// The CloudEvents `source`: `/u/<unit>` for the node of a unit, `/a/<aggregator>` for an aggregator.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub enum Source {
    /// The node of a unit.
    Unit(UnitId),
    /// An aggregator.
    Aggregator(AggregatorName),
}

/// The text is no source. Show the expected form.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a source is /u/<unit>, such as /u/gso2024-15097, or /a/<aggregator>")]
pub struct SourceError;

impl Source {
    /// The unit that speaks, if it is one.
    #[must_use]
    pub fn unit(&self) -> Option<&UnitId> {
        match self {
            Source::Unit(unit) => Some(unit),
            Source::Aggregator(_) => None,
        }
    }
}

impl FromStr for Source {
    type Err = SourceError;

    fn from_str(text: &str) -> Result<Source, SourceError> {
        if let Some(unit) = text.strip_prefix("/u/") {
            return unit.parse().map(Source::Unit).map_err(|_| SourceError);
        }
        let name = text.strip_prefix("/a/").ok_or(SourceError)?;
        name.parse().map(Source::Aggregator).map_err(|_| SourceError)
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Source::Unit(unit) => write!(f, "/u/{unit}"),
            Source::Aggregator(name) => write!(f, "/a/{name}"),
        }
    }
}

impl From<Source> for String {
    fn from(source: Source) -> String {
        source.to_string()
    }
}

impl TryFrom<String> for Source {
    type Error = SourceError;

    fn try_from(text: String) -> Result<Source, SourceError> {
        text.parse()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_and_value_are_one() {
        for text in ["/u/gso2024-15097", "/a/ngoc-lac"] {
            assert_eq!(text.parse::<Source>().unwrap().to_string(), text);
        }
        for text in ["", "/u/", "/x/ngoc-lac", "u/gso2024-15097", "/u/gso2024-15097/"] {
            assert!(text.parse::<Source>().is_err(), "{text}");
        }
    }
}
