//! What superiors asked for, and how far it is.

use danvan_event::{DirectiveStatus, EventId, Timestamp};
use serde::{Deserialize, Serialize};

use crate::evidence::Evidence;
use crate::stamp::{id_bytes, millis};

/// A directive that the unit was given.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Directive {
    /// The event that recorded it.
    #[serde(with = "id_bytes")]
    pub id: EventId,
    /// When it was given, as claimed.
    #[serde(with = "millis")]
    pub at: Timestamp,
    /// Where it stands in the unit's log.
    pub evidence: Evidence,
    /// The number of things that it asks for.
    pub items: u32,
    /// The unit's reports, in the order of their recording.
    pub progress: Vec<Progress>,
}

/// How far the unit is, as it reported.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Progress {
    /// When, as claimed.
    #[serde(with = "millis")]
    pub at: Timestamp,
    /// Where it stands in the unit's log.
    pub evidence: Evidence,
    /// Which of the items, counted from 0; all of them where absent.
    pub item: Option<u32>,
    /// How far it is.
    pub status: DirectiveStatus,
}

impl Directive {
    /// How far an item is by the last report on it or on the whole; nothing where none came.
    #[must_use]
    pub fn status(&self, item: u32) -> Option<DirectiveStatus> {
        let about = |report: &&Progress| report.item.is_none_or(|told| told == item);
        self.progress.iter().rev().find(about).map(|report| report.status)
    }

    /// The number of items that are done by the last reports.
    #[must_use]
    pub fn done(&self) -> u32 {
        let done = (0..self.items).filter(|item| self.status(*item) == Some(DirectiveStatus::Done));
        u32::try_from(done.count()).unwrap_or(u32::MAX)
    }
}
