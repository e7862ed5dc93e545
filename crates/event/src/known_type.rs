//! The list of known event types.

use std::fmt::Write as _;

use crate::event::KNOWN;
use crate::subject::SubjectRule;
use crate::{EventType, Source};

/// A type of event that this program knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EventTypeInfo {
    /// The full name, `vn.danvan.…`.
    pub name: &'static str,
    /// The full name of the newest version, whose shape every entry of this type is read as; `name` itself where it is that.
    pub newest: &'static str,
    /// Vietnamese title.
    pub title_vi: &'static str,
    /// English title.
    pub title_en: &'static str,
    /// Whose log it may stand in.
    pub speaker: Speaker,
    /// What its `subject` is.
    pub subject: SubjectRule,
    pub(crate) schema: &'static str,
}

/// Whose log a type may stand in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Speaker {
    /// A unit's.
    Unit,
    /// An aggregator's.
    Aggregator,
    /// Either's.
    Both,
}

impl EventTypeInfo {
    /// The known type of that name.
    #[must_use]
    pub fn of(event_type: &EventType) -> Option<&'static EventTypeInfo> {
        position(event_type).map(|at| &KNOWN[at])
    }

    /// The name without `vn.danvan.`.
    #[must_use]
    pub fn short(&self) -> &'static str {
        self.name.strip_prefix(crate::event_type::PREFIX).unwrap_or(self.name)
    }

    /// Whether a client can send it. What only our own processes write says so by a subject that they choose.
    #[must_use]
    pub fn is_taken_from_forms(&self) -> bool {
        self.speaker != Speaker::Aggregator && self.subject != SubjectRule::Free
    }

    /// Whether this type may stand in a log of `source`.
    #[must_use]
    pub fn may_be_spoken_by(&self, source: &Source) -> bool {
        match self.speaker {
            Speaker::Unit => matches!(source, Source::Unit(_)),
            Speaker::Aggregator => matches!(source, Source::Aggregator(_)),
            Speaker::Both => true,
        }
    }
}

/// Every known type, in order of the names.
#[must_use]
pub fn known_types() -> &'static [EventTypeInfo] {
    KNOWN
}

/// The place of a type in [`known_types`].
pub(crate) fn position(event_type: &EventType) -> Option<usize> {
    KNOWN.binary_search_by(|info| info.name.cmp(event_type.as_str())).ok()
}

/// The text of `schemas/events/TYPES.md`, which a test keeps equal to the committed file.
#[must_use]
pub fn types_document() -> String {
    let mut text = String::from(
        "# Event types\n\nGenerated from the code that reads them (`danvan_event::types_document`); a test compares. How to add, change or\n\
         retire one: `../README.md`. Every name begins with `vn.danvan.`.\n\n\
         | type | tiếng Việt | English | stands in the log of | `subject` | read as |\n|---|---|---|---|---|---|\n",
    );
    for info in KNOWN {
        let speaker = match info.speaker {
            Speaker::Unit => "a unit",
            Speaker::Aggregator => "an aggregator",
            Speaker::Both => "either",
        };
        let read_as = if info.newest == info.name {
            "itself".to_owned()
        } else {
            format!("`{}`", info.newest.strip_prefix(crate::event_type::PREFIX).unwrap_or(info.newest))
        };
        // Writing to a string cannot fail.
        let _ = writeln!(
            text,
            "| [`{short}`]({short}.schema.json) | {} | {} | {speaker} | {} | {read_as} |",
            info.title_vi,
            info.title_en,
            info.subject.describe(),
            short = info.short(),
        );
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_is_in_order_of_the_names() {
        assert!(KNOWN.is_sorted_by(|a, b| a.name < b.name));
    }

    #[test]
    fn every_name_is_a_type_and_is_found() {
        for info in KNOWN {
            let event_type: EventType = info.name.parse().unwrap();
            assert_eq!(EventTypeInfo::of(&event_type), Some(info));
            assert_eq!(event_type.short(), info.short());
        }
    }
}
