//! The subjects of the protocol, and the two kinds of token that they are made of.

use danvan_tlog::KeyName;
use serde::{Deserialize, Serialize};

/// The longest token in bytes; far above every unit code and aggregator name in use.
const MAX_TOKEN_BYTES: usize = 64;

/// What every subject begins with; the version changes when the meaning of a message changes.
const PREFIX: &str = "danvan.v1";

/// Why a text cannot stand in a subject. The caller refuses the configuration or drops the message.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// Empty or longer than 64 bytes.
    #[error("a subject token must have 1 to {MAX_TOKEN_BYTES} characters")]
    Length,
    /// Something else than lower-case letters, digits and hyphens.
    #[error("a subject token must consist of a-z, 0-9 and hyphens, not {0:?}")]
    Character(char),
}

fn check(text: &str) -> Result<(), TokenError> {
    if text.is_empty() || text.len() > MAX_TOKEN_BYTES {
        return Err(TokenError::Length);
    }
    match text.chars().find(|c| !matches!(c, 'a'..='z' | '0'..='9' | '-')) {
        Some(c) => Err(TokenError::Character(c)),
        None => Ok(()),
    }
}

/// A unit as one token of a subject: the same text as its unit id.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct UnitToken(String);

/// An aggregator as one token of a subject: the same text as its name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct AggregatorToken(String);

impl AggregatorToken {
    /// The aggregator whose mirror key bears this name, `<deployment>/a/<aggregator>/mirror`; `None` for other names.
    #[must_use]
    pub fn of_mirror(key: &KeyName) -> Option<Self> {
        let (_, aggregator) = key.as_str().strip_suffix("/mirror")?.rsplit_once("/a/")?;
        Self::new(aggregator).ok()
    }
}

macro_rules! token {
    ($name:ident) => {
        impl $name {
            /// This text as a token.
            pub fn new(text: impl Into<String>) -> Result<Self, TokenError> {
                let text = text.into();
                check(&text)?;
                Ok(Self(text))
            }

            /// The text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl std::str::FromStr for $name {
            type Err = TokenError;

            fn from_str(text: &str) -> Result<Self, TokenError> {
                Self::new(text)
            }
        }

        impl TryFrom<String> for $name {
            type Error = TokenError;

            fn try_from(text: String) -> Result<Self, TokenError> {
                Self::new(text)
            }
        }

        impl From<$name> for String {
            fn from(token: $name) -> Self {
                token.0
            }
        }
    };
}

token!(UnitToken);
token!(AggregatorToken);

/// A subject, or a pattern of subjects, of the protocol.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Subject(String);

impl Subject {
    /// Where a unit's batches go: one message is one batch. Stored in `DANVAN_LOG`.
    #[must_use]
    pub fn log(unit: &UnitToken) -> Self {
        Self(format!("{PREFIX}.log.{unit}"))
    }

    /// Where one aggregator answers one unit. Stored in `DANVAN_RECEIPT`.
    #[must_use]
    pub fn receipt(unit: &UnitToken, aggregator: &AggregatorToken) -> Self {
        Self(format!("{PREFIX}.receipt.{unit}.{aggregator}"))
    }

    /// A unit's heartbeats; not stored.
    #[must_use]
    pub fn status(unit: &UnitToken) -> Self {
        Self(format!("{PREFIX}.status.{unit}"))
    }

    /// The batches of every unit.
    #[must_use]
    pub fn all_logs() -> Self {
        Self(format!("{PREFIX}.log.*"))
    }

    /// The receipts of every aggregator for every unit.
    #[must_use]
    pub fn all_receipts() -> Self {
        Self(format!("{PREFIX}.receipt.*.*"))
    }

    /// The receipts of every aggregator for one unit.
    #[must_use]
    pub fn receipts_for(unit: &UnitToken) -> Self {
        Self(format!("{PREFIX}.receipt.{unit}.>"))
    }

    /// The receipts of one aggregator for every unit.
    #[must_use]
    pub fn receipts_by(aggregator: &AggregatorToken) -> Self {
        Self(format!("{PREFIX}.receipt.*.{aggregator}"))
    }

    /// The heartbeats of every unit.
    #[must_use]
    pub fn all_statuses() -> Self {
        Self(format!("{PREFIX}.status.*"))
    }

    /// Where a unit asks to be enrolled.
    #[must_use]
    pub fn enrolment(unit: &UnitToken) -> Self {
        Self(format!("{PREFIX}.enrol.{unit}"))
    }

    /// Where every unit asks to be enrolled.
    #[must_use]
    pub fn all_enrolments() -> Self {
        Self(format!("{PREFIX}.enrol.*"))
    }

    /// Where a unit asks any aggregator for entries.
    #[must_use]
    pub fn fetches_of(unit: &UnitToken) -> Self {
        Self(format!("{PREFIX}.fetch.{unit}.*"))
    }

    /// Where a unit asks one aggregator for entries.
    #[must_use]
    pub fn fetch(unit: &UnitToken, aggregator: &AggregatorToken) -> Self {
        Self(format!("{PREFIX}.fetch.{unit}.{aggregator}"))
    }

    /// Where every unit asks one aggregator for entries.
    #[must_use]
    pub fn fetches_from(aggregator: &AggregatorToken) -> Self {
        Self(format!("{PREFIX}.fetch.*.{aggregator}"))
    }

    /// The unit whose batch or heartbeat travels under this subject; `None` for every other subject.
    #[must_use]
    pub fn unit(subject: &str) -> Option<UnitToken> {
        let rest = subject.strip_prefix(PREFIX)?;
        let unit = rest.strip_prefix(".log.").or_else(|| rest.strip_prefix(".status."))?;
        UnitToken::new(unit).ok()
    }

    /// The unit that asks for entries under this subject; `None` for every other subject.
    #[must_use]
    pub fn fetching_unit(subject: &str) -> Option<UnitToken> {
        let (unit, aggregator) = subject.strip_prefix(PREFIX)?.strip_prefix(".fetch.")?.split_once('.')?;
        AggregatorToken::new(aggregator).ok()?;
        UnitToken::new(unit).ok()
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Display for Subject {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<Subject> for String {
    fn from(subject: Subject) -> Self {
        subject.0
    }
}

/// The inbox prefix of a client that acts for `token`: nobody else may listen there.
#[must_use]
pub fn inbox_prefix(token: &str) -> String {
    format!("_INBOX_{token}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_that_would_split_or_widen_a_subject_is_refused() {
        for wrong in ["", "a.b", "*", ">", "a b", "Ngoc-Lac", "ngọc", "a\n"] {
            assert!(UnitToken::new(wrong).is_err(), "{wrong:?}");
        }
        assert_eq!(UnitToken::new("a".repeat(65)), Err(TokenError::Length));
        assert!(serde_json::from_str::<AggregatorToken>("\"a.>\"").is_err());
    }

    #[test]
    fn the_unit_is_read_back_from_its_subjects_only() {
        let unit = UnitToken::new("gso2024-15097").unwrap();
        let aggregator = AggregatorToken::new("ngoc-lac").unwrap();
        assert_eq!(Subject::unit(Subject::log(&unit).as_str()), Some(unit.clone()));
        assert_eq!(Subject::unit(Subject::status(&unit).as_str()), Some(unit.clone()));
        for other in [Subject::receipt(&unit, &aggregator), Subject::all_logs(), Subject::receipts_for(&unit)] {
            assert_eq!(Subject::unit(other.as_str()), None, "{other}");
            assert_eq!(Subject::fetching_unit(other.as_str()), None, "{other}");
        }
        let fetch = Subject::fetch(&unit, &aggregator);
        assert_eq!(Subject::unit(fetch.as_str()), None);
        assert_eq!(Subject::fetching_unit(fetch.as_str()), Some(unit.clone()));
        assert_eq!(Subject::fetching_unit(&format!("{fetch}.x")), None);
        assert_eq!(Subject::fetching_unit(Subject::fetches_of(&unit).as_str()), None);
    }

    #[test]
    fn the_aggregator_is_named_by_its_mirror_key() {
        let of = |name: &str| AggregatorToken::of_mirror(&KeyName::new(name).unwrap());
        assert_eq!(of("example.com/a/ngoc-lac/mirror"), AggregatorToken::new("ngoc-lac").ok());
        for wrong in ["example.com/a/ngoc-lac", "example.com/u/x/mirror", "example.com/a//mirror", "a/b/mirror"] {
            assert_eq!(of(wrong), None, "{wrong}");
        }
    }
}
