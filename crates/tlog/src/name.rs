//! Who speaks: the [`Origin`] of a log and the [`KeyName`] of a signing key.

use crate::hash::sha256;
use crate::spelling;
use serde::{Deserialize, Serialize};

/// The longest name in bytes. C2SP witnesses count an origin in one byte.
const MAX_NAME_BYTES: usize = 255;

/// Why a text names neither a log nor a key (C2SP signed-note, "Format"). The caller refuses the input.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    /// There is no text.
    #[error("a name must not be empty")]
    Empty,
    /// More than 255 bytes.
    #[error("a name must not be longer than {MAX_NAME_BYTES} bytes")]
    TooLong,
    /// White space, `+` or a control character.
    #[error("a name must not contain {0:?}")]
    Character(char),
}

fn check(name: &str) -> Result<(), NameError> {
    if name.is_empty() {
        return Err(NameError::Empty);
    }
    if name.len() > MAX_NAME_BYTES {
        return Err(NameError::TooLong);
    }
    match name.chars().find(|&c| c == '+' || c.is_whitespace() || c.is_control()) {
        Some(c) => Err(NameError::Character(c)),
        None => Ok(()),
    }
}

/// The identity of one log: the first line of its checkpoints, equal to the name of the key that signs them.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Origin(String);

impl Origin {
    /// This text as an origin.
    pub fn new(origin: impl Into<String>) -> Result<Self, NameError> {
        let origin = origin.into();
        check(&origin)?;
        Ok(Self(origin))
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The name of the key that signs this log's checkpoints (C2SP tlog-checkpoint: the same text).
    #[must_use]
    pub fn key_name(&self) -> KeyName {
        KeyName(self.0.clone())
    }

    /// Which incarnation of the log this is, from 1. A log that is past repair goes on under the same name with `/2` behind it,
    /// then `/3`, and so on; the number behind `/u/` or `/a/` is a name, not an incarnation.
    #[must_use]
    pub fn incarnation(&self) -> u64 {
        self.split_incarnation().1
    }

    /// The origin under which the log goes on when this one is past repair.
    pub fn next_incarnation(&self) -> Result<Self, NameError> {
        let (first, incarnation) = self.split_incarnation();
        Self::new(format!("{first}/{}", incarnation.saturating_add(1)))
    }

    /// The origin of the log's first incarnation, and which incarnation this is.
    fn split_incarnation(&self) -> (&str, u64) {
        let split = self.0.rsplit_once('/').and_then(|(first, last)| {
            let number = spelling::parse_decimal(last).filter(|number| *number >= 2)?;
            let is_name = matches!(first.rsplit('/').next(), None | Some("" | "u" | "a"));
            (!is_name).then_some((first, number))
        });
        split.unwrap_or((&self.0, 1))
    }

    /// The name of the directory that serves a log of this origin (C2SP tlog-mirror): SHA-256 in lower-case hexadecimal.
    #[must_use]
    pub fn directory(&self) -> String {
        hex::encode(sha256(self.0.as_bytes()))
    }
}

/// The name of a signing key, as it stands in signature lines and verifier keys.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct KeyName(String);

impl KeyName {
    /// This text as the name of a key.
    pub fn new(name: impl Into<String>) -> Result<Self, NameError> {
        let name = name.into();
        check(&name)?;
        Ok(Self(name))
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The origin of the log that a log key of this name signs.
    #[must_use]
    pub fn origin(&self) -> Origin {
        Origin(self.0.clone())
    }
}

macro_rules! text_conversions {
    ($name:ident) => {
        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl std::str::FromStr for $name {
            type Err = NameError;

            fn from_str(text: &str) -> Result<Self, NameError> {
                Self::new(text)
            }
        }

        impl TryFrom<String> for $name {
            type Error = NameError;

            fn try_from(text: String) -> Result<Self, NameError> {
                Self::new(text)
            }
        }

        impl From<$name> for String {
            fn from(name: $name) -> Self {
                name.0
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }
    };
}

text_conversions!(Origin);
text_conversions!(KeyName);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_would_break_a_signature_line_are_refused() {
        assert_eq!(Origin::new(""), Err(NameError::Empty));
        assert_eq!(Origin::new("a".repeat(256)), Err(NameError::TooLong));
        for wrong in ["a b", "a\u{a0}b", "a+b", "a\nb", "a\u{0}", "a\u{3000}b", "a\u{7f}"] {
            assert!(matches!(KeyName::new(wrong), Err(NameError::Character(_))), "{wrong:?}");
        }
        assert_eq!(Origin::new("ngọc-lặc.example/u/1").unwrap().as_str(), "ngọc-lặc.example/u/1");
    }

    #[test]
    fn a_log_past_repair_goes_on_under_the_next_number() {
        for (origin, incarnation, next) in [
            ("danvan.demo/u/gso2024-15097", 1, "danvan.demo/u/gso2024-15097/2"),
            ("danvan.demo/u/gso2024-15097/2", 2, "danvan.demo/u/gso2024-15097/3"),
            ("danvan.demo/a/ngoc-lac/9", 9, "danvan.demo/a/ngoc-lac/10"),
            ("danvan.demo/u/15097", 1, "danvan.demo/u/15097/2"),
            ("danvan.demo/u/15097/2", 2, "danvan.demo/u/15097/3"),
            ("danvan.demo/a/ngoc-lac/02", 1, "danvan.demo/a/ngoc-lac/02/2"),
            ("danvan.demo/a/ngoc-lac/1", 1, "danvan.demo/a/ngoc-lac/1/2"),
            ("log", 1, "log/2"),
            ("/2", 1, "/2/2"),
        ] {
            let origin = Origin::new(origin).unwrap();
            assert_eq!((origin.incarnation(), origin.next_incarnation().unwrap().as_str()), (incarnation, next));
        }
        assert_eq!(Origin::new("a".repeat(254)).unwrap().next_incarnation(), Err(NameError::TooLong));
    }

    #[test]
    fn the_directory_of_an_origin_is_its_sha256() {
        let origin = Origin::new("example.com/log").unwrap();
        assert_eq!(origin.directory(), hex::encode(sha256(b"example.com/log")));
        assert_eq!(origin.key_name().origin(), origin);
    }
}
