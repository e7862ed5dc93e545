//! Names of aggregators.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A lower-case slug of 1 to 40 characters, such as `ngoc-lac`. Safe as a path segment and as one token of a NATS subject.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct AggregatorName(Box<str>);

/// The text is no aggregator name. Show the expected form.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an aggregator name has 1 to 40 lower-case letters, digits and inner hyphens, and begins with a letter")]
pub struct AggregatorNameError;

impl AggregatorName {
    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for AggregatorName {
    type Err = AggregatorNameError;

    fn from_str(text: &str) -> Result<AggregatorName, AggregatorNameError> {
        let ok = (1..=40).contains(&text.len())
            && text.starts_with(|c: char| c.is_ascii_lowercase())
            && !text.ends_with('-')
            && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
        if ok { Ok(AggregatorName(text.into())) } else { Err(AggregatorNameError) }
    }
}

impl fmt::Display for AggregatorName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<AggregatorName> for String {
    fn from(name: AggregatorName) -> String {
        name.0.into()
    }
}

impl TryFrom<String> for AggregatorName {
    type Error = AggregatorNameError;

    fn try_from(text: String) -> Result<AggregatorName, AggregatorNameError> {
        text.parse()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_slugs_are_names() {
        assert!("ngoc-lac".parse::<AggregatorName>().is_ok());
        for text in ["", "Ngoc-Lac", "ngọc-lặc", "-a", "a-", "a.b", "a/b", "9a"] {
            assert!(text.parse::<AggregatorName>().is_err(), "{text}");
        }
    }
}
