//! Identities of administrative units.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use smol_str::SmolStr;

/// `<scheme>-<code>`, such as `gso2024-15097` (xã Lộc Thịnh before July 2025).
///
/// The scheme is part of the identity because official codes are re-used: of the codes in force since July 2025 more than
/// half named another commune before. Safe as a file name, in a path of a URL and as one token of a NATS subject.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct UnitId(SmolStr);

/// The text is no unit id. Show the expected form.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a unit id is <scheme>-<code>, such as gso2024-15097")]
pub struct UnitIdError;

impl UnitId {
    /// The text, `<scheme>-<code>`.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The list of codes that the code stands in, such as `gso2024`.
    #[must_use]
    pub fn scheme(&self) -> &str {
        self.0.split_once('-').map_or("", |(scheme, _)| scheme)
    }

    /// The official code, with its leading zeros.
    #[must_use]
    pub fn code(&self) -> &str {
        self.0.split_once('-').map_or("", |(_, code)| code)
    }
}

impl FromStr for UnitId {
    type Err = UnitIdError;

    fn from_str(text: &str) -> Result<UnitId, UnitIdError> {
        let (scheme, code) = text.split_once('-').ok_or(UnitIdError)?;
        let scheme_ok = (2..=16).contains(&scheme.len())
            && scheme.starts_with(|c: char| c.is_ascii_lowercase())
            && scheme.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
        let code_ok = (1..=10).contains(&code.len()) && code.bytes().all(|b| b.is_ascii_digit());
        if scheme_ok && code_ok { Ok(UnitId(text.into())) } else { Err(UnitIdError) }
    }
}

impl fmt::Display for UnitId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl AsRef<str> for UnitId {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl From<UnitId> for String {
    fn from(unit: UnitId) -> String {
        unit.0.into()
    }
}

impl TryFrom<String> for UnitId {
    type Error = UnitIdError;

    fn try_from(text: String) -> Result<UnitId, UnitIdError> {
        text.parse()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scheme_and_code_are_kept_apart() {
        let unit: UnitId = "nso2025-00004".parse().unwrap();
        assert_eq!((unit.scheme(), unit.code()), ("nso2025", "00004"));
    }

    #[test]
    fn what_could_leave_a_path_or_a_subject_is_refused() {
        for text in [
            "",
            "15097",
            "gso2024-",
            "-15097",
            "GSO2024-15097",
            "gso2024-15097/..",
            "gso2024-*",
            "gso2024.15097",
            "gso2024-1-2",
            "gso2024-x",
        ] {
            assert!(text.parse::<UnitId>().is_err(), "{text}");
        }
    }
}
