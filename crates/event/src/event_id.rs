//! Identities of events.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A UUID of version 7 (RFC 9562 §5.7), written hyphenated in lower case. The key of idempotent intake.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct EventId([u8; 16]);

/// The text is no event id. Ask for a UUID of version 7, or leave the id away so that the node makes one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an event id is a hyphenated UUID of version 7")]
pub struct EventIdError;

impl EventId {
    /// Makes an id of a time and 80 bits, of which the six that hold version and variant are overwritten.
    ///
    /// `unix_millis` is taken modulo 2^48, as the format has room for no more.
    #[must_use]
    pub fn from_parts(unix_millis: u64, random: [u8; 10]) -> EventId {
        EventId(*uuid::Builder::from_unix_timestamp_millis(unix_millis, &random).as_uuid().as_bytes())
    }

    /// The 16 bytes, big-endian as in the text.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }

    /// From the 16 bytes; other versions and variants are refused.
    pub fn from_bytes(bytes: [u8; 16]) -> Result<EventId, EventIdError> {
        let uuid = uuid::Uuid::from_bytes(bytes);
        let is_v7 = uuid.get_version_num() == 7 && uuid.get_variant() == uuid::Variant::RFC4122;
        if is_v7 { Ok(EventId(bytes)) } else { Err(EventIdError) }
    }

    /// The time inside the id, in milliseconds since the Unix epoch: a hint of its maker, never a fact.
    #[must_use]
    pub fn unix_millis(&self) -> u64 {
        self.0[..6].iter().fold(0, |sum, byte| sum << 8 | u64::from(*byte))
    }
}

impl FromStr for EventId {
    type Err = EventIdError;

    /// Reads the hyphenated form in either case.
    fn from_str(text: &str) -> Result<EventId, EventIdError> {
        if text.len() != 36 {
            return Err(EventIdError);
        }
        let uuid = uuid::Uuid::try_parse(text).map_err(|_| EventIdError)?;
        EventId::from_bytes(*uuid.as_bytes())
    }
}

impl fmt::Display for EventId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(uuid::Uuid::from_bytes_ref(&self.0), f)
    }
}

impl fmt::Debug for EventId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "EventId({self})")
    }
}

impl From<EventId> for String {
    fn from(id: EventId) -> String {
        id.to_string()
    }
}

impl TryFrom<String> for EventId {
    type Error = EventIdError;

    fn try_from(text: String) -> Result<EventId, EventIdError> {
        text.parse()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn upper_case_is_read_and_lower_case_is_written() {
        let id: EventId = "018E1CFA-1B40-7ABC-8DEF-0123456789AB".parse().unwrap();
        assert_eq!(id.to_string(), "018e1cfa-1b40-7abc-8def-0123456789ab");
        assert_eq!(EventId::from_bytes(*id.as_bytes()), Ok(id));
    }

    #[test]
    fn other_versions_and_spellings_are_refused() {
        for text in [
            "018e1cfa-1b40-4abc-8def-0123456789ab",
            "018e1cfa-1b40-7abc-cdef-0123456789ab",
            "018e1cfa1b407abc8def0123456789ab",
            "{018e1cfa-1b40-7abc-8def-0123456789ab}",
            "urn:uuid:018e1cfa-1b40-7abc-8def-0123456789ab",
            "",
        ] {
            assert_eq!(text.parse::<EventId>(), Err(EventIdError), "{text}");
        }
    }

    #[test]
    fn the_time_given_is_the_time_inside() {
        let id = EventId::from_parts(1_709_881_200_000, [0xff; 10]);
        assert_eq!(id.unix_millis(), 1_709_881_200_000);
        assert_eq!(EventId::from_bytes(*id.as_bytes()), Ok(id));
    }
}
