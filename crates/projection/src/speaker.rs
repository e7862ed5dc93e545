//! Who may state what.

use danvan_event::{Entry, EventTypeInfo};

use crate::applied::FlagReason;

/// Whether the log of the entry's source may hold it. Types that this program does not know are anyone's.
pub(crate) fn check(entry: &Entry) -> Result<(), FlagReason> {
    match EventTypeInfo::of(entry.event_type()) {
        Some(info) if !info.may_be_spoken_by(entry.source()) => Err(FlagReason::WrongSpeaker),
        _ => Ok(()),
    }
}
