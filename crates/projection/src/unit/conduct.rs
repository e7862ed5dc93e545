//! What the office does: staff, letters, services.

use std::collections::BTreeMap;

use danvan_event::{EventId, LetterKind, Timestamp};
use serde::{Deserialize, Serialize};

use super::Fact;
use crate::evidence::Evidence;
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
    /// The feedback that it answers.
    pub feedback: Option<EventId>,
}

impl Letter {
    pub(crate) fn new(sent: Fact, kind: LetterKind, feedback: Option<EventId>) -> Letter {
        Letter { sent: Stamp::from(sent), kind, feedback }
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
    /// Those of them settled on time.
    pub on_time: Option<u64>,
    /// Those of them overdue.
    pub overdue: Option<u64>,
    /// Those of them with the papers digitised.
    pub digitised: Option<u64>,
    /// Those of them handed in online.
    pub online: Option<u64>,
}

/// The statements about each month. The last one stands; the earlier ones are kept for the case that it is revoked.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Services(BTreeMap<Month, Vec<ServiceCount>>);

impl Services {
    /// The statement about a month that stands.
    #[must_use]
    pub fn get(&self, month: &Month) -> Option<&ServiceCount> {
        self.0.get(month)?.last()
    }

    /// The months with the statements that stand.
    pub fn iter(&self) -> impl Iterator<Item = (Month, &ServiceCount)> {
        self.0.iter().filter_map(|(month, stated)| Some((*month, stated.last()?)))
    }

    pub(crate) fn state(&mut self, month: Month, count: ServiceCount) {
        let stated = self.0.entry(month).or_default();
        // Hardly a month is stated twice.
        stated.reserve_exact(1);
        stated.push(count);
    }

    pub(crate) fn take_back(&mut self, evidence: Evidence) {
        self.0.retain(|_, stated| {
            stated.retain(|count| count.evidence != evidence);
            !stated.is_empty()
        });
    }
}
