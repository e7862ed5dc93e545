//! Events about entries: of other logs, or of the own one.

use serde::{Deserialize, Serialize};

use crate::EventId;

/// An entry is mirrored and provable, and wrong inside: it never counts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EntryFlagged {
    /// The log that the entry stands in.
    pub origin: String,
    /// Its index there.
    pub index: u64,
    /// Why, as a code such as `foreign_source`.
    pub reason: String,
}

/// What the office itself recorded earlier in this log does not hold.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EntryRevoked {
    /// The event that does not hold.
    pub event: EventId,
    /// Why.
    pub reason: RevocationReason,
    /// The event that says it right.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replaced_by: Option<EventId>,
}

/// Why a record does not hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RevocationReason {
    /// Nội dung ghi sai.
    WrongContent,
    /// Việc không xảy ra.
    DidNotHappen,
    /// Ghi trùng.
    RecordedTwice,
    /// Việc của đơn vị khác.
    AnotherUnit,
}
