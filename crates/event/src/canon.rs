//! Canonical JSON: the one spelling of a value.
//!
//! The subset of RFC 8785 (JCS) in which no two spellings can differ: sorted ASCII keys, no white space, whole numbers
//! within ±(2^53−1), no nulls, minimal escapes; beyond RFC 8785, text in Unicode normalisation form C. Reader and writer
//! are our own, so that no feature flag of another crate can change a byte that is hashed.

mod decode;
mod interchange;
mod reader;
mod spelling;
mod writer;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::fmt;

use unicode_normalization::UnicodeNormalization;

pub use decode::DecodeError;
pub use spelling::canonical_bytes;

/// Largest magnitude of a number: 2^53−1, which every JSON reader keeps exactly.
pub(crate) const MAX_INT: i64 = (1 << 53) - 1;
/// Deepest nesting of lists and maps.
const MAX_DEPTH: usize = 16;
/// Longest key of a map, in bytes.
const MAX_KEY: usize = 64;

/// A JSON value of the strict kind.
///
/// Values from [`Canon::parse`] and [`Canon::parse_lenient`] keep the rules of this module; a value put together by hand
/// is checked when it becomes an entry.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Canon {
    /// `true` or `false`.
    Bool(bool),
    /// A whole number within ±(2^53−1).
    Int(i64),
    /// Text in normalisation form C.
    Str(String),
    /// A list.
    List(Vec<Canon>),
    /// A map; keys are printable ASCII of at most 64 bytes.
    Map(BTreeMap<String, Canon>),
}

/// The first place where bytes are not what they should be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{reason} at {}", if path.is_empty() { "the top" } else { path })]
pub struct CanonError {
    /// JSON pointer (RFC 6901) of the place; empty for the whole document.
    pub path: String,
    /// What is wrong there.
    pub reason: CanonReason,
}

/// What is wrong with JSON bytes. The reasons from [`CanonReason::Spelling`] on occur only where the canonical spelling is
/// asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
pub enum CanonReason {
    /// The bytes are not UTF-8. Nothing can be salvaged.
    #[error("bytes that are not UTF-8")]
    NotUtf8,
    /// Not JSON (RFC 8259). The sender's program is at fault.
    #[error("not JSON")]
    Syntax,
    /// A number with a fraction or an exponent. Send hundredths as whole numbers.
    #[error("a number that is not whole")]
    NotWhole,
    /// A number beyond ±(2^53−1).
    #[error("a number beyond 2^53-1")]
    IntegerRange,
    /// `null`. Leave the member away instead.
    #[error("null")]
    Null,
    /// A key twice in one map: readers would disagree about its value.
    #[error("a key that occurs twice")]
    DuplicateKey,
    /// A key that is empty, longer than 64 bytes, or not printable ASCII.
    #[error("a key that is not 1 to 64 printable ASCII characters")]
    BadKey,
    /// More than 16 levels of lists and maps.
    #[error("nesting deeper than 16 levels")]
    TooDeep,
    /// Half of a surrogate pair, which no text contains.
    #[error("half of a surrogate pair")]
    LoneSurrogate,
    /// White space, an escape or a number spelled otherwise than canonical.
    #[error("a spelling that is not canonical")]
    Spelling,
    /// Keys not in ascending order.
    #[error("keys out of order")]
    KeyOrder,
    /// Text that is not in normalisation form C.
    #[error("text that is not in Unicode normalisation form C")]
    NotNormalised,
}

impl Canon {
    /// Reads bytes that must already be canonical: `parse(b)?.to_bytes() == b`.
    pub fn parse(bytes: &[u8]) -> Result<Canon, CanonError> {
        reader::read(bytes, reader::Spelling::Canonical)
    }

    /// Reads any spelling of JSON that has a canonical one: white space, key order, escapes, `5.0`, a byte order mark and
    /// decomposed text are put right; what has no canonical spelling is refused.
    pub fn parse_lenient(bytes: &[u8]) -> Result<Canon, CanonError> {
        reader::read(bytes, reader::Spelling::Any)
    }

    /// The canonical bytes.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(256);
        writer::write(self, &mut bytes);
        bytes
    }

    /// A map of the given members.
    pub fn map<K: Into<String>, V: Into<Canon>>(members: impl IntoIterator<Item = (K, V)>) -> Canon {
        Canon::Map(members.into_iter().map(|(key, value)| (key.into(), value.into())).collect())
    }

    /// The member of a map; `None` if this is no map or has no such member.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Canon> {
        self.as_map()?.get(key)
    }

    /// The value at a JSON pointer (RFC 6901).
    #[must_use]
    pub fn pointer(&self, pointer: &str) -> Option<&Canon> {
        if pointer.is_empty() {
            return Some(self);
        }
        pointer.strip_prefix('/')?.split('/').try_fold(self, |value, token| match value {
            Canon::Map(members) => members.get(&token.replace("~1", "/").replace("~0", "~")),
            Canon::List(items) => items.get(token.parse::<usize>().ok()?),
            _ => None,
        })
    }

    /// The text, if this is text.
    #[must_use]
    pub fn as_str(&self) -> Option<&str> {
        if let Canon::Str(text) = self { Some(text) } else { None }
    }

    /// The number, if this is one.
    #[must_use]
    pub fn as_int(&self) -> Option<i64> {
        if let Canon::Int(number) = self { Some(*number) } else { None }
    }

    /// The truth value, if this is one.
    #[must_use]
    pub fn as_bool(&self) -> Option<bool> {
        if let Canon::Bool(value) = self { Some(*value) } else { None }
    }

    /// The items, if this is a list.
    #[must_use]
    pub fn as_list(&self) -> Option<&[Canon]> {
        if let Canon::List(items) = self { Some(items) } else { None }
    }

    /// The members, if this is a map.
    #[must_use]
    pub fn as_map(&self) -> Option<&BTreeMap<String, Canon>> {
        if let Canon::Map(members) = self { Some(members) } else { None }
    }
}

impl fmt::Display for Canon {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&String::from_utf8_lossy(&self.to_bytes()))
    }
}

impl From<bool> for Canon {
    fn from(value: bool) -> Canon {
        Canon::Bool(value)
    }
}

impl From<i64> for Canon {
    fn from(number: i64) -> Canon {
        Canon::Int(number)
    }
}

impl From<u32> for Canon {
    fn from(number: u32) -> Canon {
        Canon::Int(number.into())
    }
}

impl From<String> for Canon {
    fn from(text: String) -> Canon {
        Canon::Str(normalised(text))
    }
}

impl From<&str> for Canon {
    fn from(text: &str) -> Canon {
        Canon::from(text.to_owned())
    }
}

impl From<Vec<Canon>> for Canon {
    fn from(items: Vec<Canon>) -> Canon {
        Canon::List(items)
    }
}

/// The text in normalisation form C, without a copy where it already is.
fn normalised(text: String) -> String {
    if is_normalised(&text) { text } else { text.nfc().collect() }
}

fn is_normalised(text: &str) -> bool {
    text.is_ascii() || unicode_normalization::is_nfc(text)
}
