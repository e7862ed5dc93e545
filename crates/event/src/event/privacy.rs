//! Events about personal data.

use serde::{Deserialize, Serialize};

use crate::EventId;

/// The openings of these events are destroyed. Their entries stay, and with them every root and every rank.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PrivacyErased {
    /// Events of the same log, or of the logs that it goes on for.
    pub event_ids: Vec<EventId>,
    /// Why.
    pub reason: ErasureReason,
}

/// Why personal data are destroyed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ErasureReason {
    /// The person asked for it.
    Requested,
    /// The time for which they may be kept is over.
    RetentionOver,
    /// They should not have been recorded.
    WronglyRecorded,
}
