//! What the office does: staff, letters, services.

use danvan_event::{LetterKind, Timestamp};
use serde::{Deserialize, Serialize};

use super::Fact;
use crate::evidence::Evidence;
use crate::grouped::Grouped;
use crate::period::Month;
use crate::stamp::{Stamp, millis};

/// The number of officials of a unit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Headcount {
    /// When it was declared, as claimed.
    #[serde(with = "millis")]
    pub at: Timestamp,
    /// Where it stands in the unit's log.
    pub evidence: Evidence,
    /// Officials on the roster.
    pub officials: u64,
}

/// A letter of thanks, apology, congratulation or condolence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Letter {
    sent: Stamp,
    /// What the letter is for.
    pub kind: LetterKind,
}

impl Letter {
    pub(crate) fn new(sent: Fact, kind: LetterKind) -> Letter {
        Letter { sent: Stamp::from(sent), kind }
    }

    /// When it was sent, as claimed, and where that stands.
    #[must_use]
    #[inline]
    pub fn sent(&self) -> Fact {
        self.sent.known()
    }
}

/// The transactions of one month at the one-stop desk, as the unit last stated them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServiceCount {
    /// Where the statement stands in the unit's log.
    pub evidence: Evidence,
    /// Transactions received in the month.
    pub transactions: u64,
}

/// The statements about each month. The last one stands; the earlier ones are kept for the case that it is revoked.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Services(Grouped<Month, ServiceCount>);

impl Services {
    /// The months with the statements that stand.
    pub fn iter(&self) -> impl Iterator<Item = (Month, &ServiceCount)> {
        self.0.newest()
    }

    pub(crate) fn state(&mut self, month: Month, count: ServiceCount) {
        self.0.add(month, count);
    }

    pub(crate) fn take_back(&mut self, evidence: Evidence) {
        self.0.retain(|count| count.evidence != evidence);
    }
}
