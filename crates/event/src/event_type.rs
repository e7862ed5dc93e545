//! Names of event types.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// What every type of this project begins with.
pub(crate) const PREFIX: &str = "vn.danvan.";

/// `vn.danvan.<family>.<what_happened>.vN`, such as `vn.danvan.survey.answered.v1`.
///
/// A well-formed name need not be known to this program: unknown types are kept, mirrored and proved all the same.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct EventType(Box<str>);

/// The text is no event type. Show the expected form.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an event type is vn.danvan.<family>.<what_happened>.v<number>")]
pub struct EventTypeError;

impl EventType {
    /// The full text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The text without `vn.danvan.`: also the name of the schema file.
    #[must_use]
    pub fn short(&self) -> &str {
        &self.0[PREFIX.len()..]
    }

    /// Such as `survey`.
    #[must_use]
    pub fn family(&self) -> &str {
        self.part(0)
    }

    /// What happened, such as `answered`.
    #[must_use]
    pub fn name(&self) -> &str {
        self.part(1)
    }

    /// The number behind the `v`.
    #[must_use]
    pub fn version(&self) -> u32 {
        self.part(2).trim_start_matches('v').parse().unwrap_or(0)
    }

    fn part(&self, at: usize) -> &str {
        self.short().split('.').nth(at).unwrap_or("")
    }
}

fn is_word(text: &str) -> bool {
    (1..=40).contains(&text.len())
        && text.starts_with(|c: char| c.is_ascii_lowercase())
        && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
}

impl FromStr for EventType {
    type Err = EventTypeError;

    fn from_str(text: &str) -> Result<EventType, EventTypeError> {
        let mut parts = text.strip_prefix(PREFIX).ok_or(EventTypeError)?.split('.');
        let (Some(family), Some(name), Some(version), None) = (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(EventTypeError);
        };
        let digits = version.strip_prefix('v').ok_or(EventTypeError)?;
        let version_ok =
            (1..=4).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit()) && !digits.starts_with('0');
        if is_word(family) && is_word(name) && version_ok { Ok(EventType(text.into())) } else { Err(EventTypeError) }
    }
}

impl fmt::Display for EventType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<EventType> for String {
    fn from(event_type: EventType) -> String {
        event_type.0.into()
    }
}

impl TryFrom<String> for EventType {
    type Error = EventTypeError;

    fn try_from(text: String) -> Result<EventType, EventTypeError> {
        text.parse()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_parts_are_read() {
        let event_type: EventType = "vn.danvan.model.launch_conference_held.v12".parse().unwrap();
        assert_eq!(event_type.family(), "model");
        assert_eq!(event_type.name(), "launch_conference_held");
        assert_eq!(event_type.version(), 12);
        assert_eq!(event_type.short(), "model.launch_conference_held.v12");
    }

    #[test]
    fn other_forms_are_refused() {
        for text in [
            "",
            "survey.answered.v1",
            "vn.danvan.survey.answered",
            "vn.danvan.survey.answered.v0",
            "vn.danvan.survey.answered.v01",
            "vn.danvan.survey.answered.1",
            "vn.danvan.survey.Answered.v1",
            "vn.danvan.survey.answered.v1.x",
            "vn.danvan..answered.v1",
        ] {
            assert!(text.parse::<EventType>().is_err(), "{text}");
        }
    }
}
