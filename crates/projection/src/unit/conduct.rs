//! What the office does and how it is seen by boards: staff, outreach, letters, services, evaluations.

use danvan_event::{EventId, LetterKind, Timestamp};
use serde::{Deserialize, Serialize};

use crate::evidence::Evidence;
use crate::period::Period;
use crate::stamp::millis;

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
    /// When it was sent, as claimed.
    #[serde(with = "millis")]
    pub at: Timestamp,
    /// Where it stands in the unit's log.
    pub evidence: Evidence,
    /// What the letter is for.
    pub kind: LetterKind,
    /// The feedback that it answers.
    pub feedback: Option<EventId>,
}

/// The transactions of one month at the one-stop desk, as the unit last stated them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServiceCount {
    /// Where the last statement stands in the unit's log.
    pub evidence: Evidence,
    /// Transactions settled in the month.
    pub transactions: u64,
    /// Those of them settled on time.
    pub on_time: Option<u64>,
    /// Those of them overdue.
    pub overdue: Option<u64>,
}

/// An evaluation, recorded at the unit.
///
/// It is the board's only when `signed_by` is an evaluator that the aggregator lists. That is asked when the ranking is
/// made, not when the entry arrives: the two logs have no order between them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Evaluation {
    /// When it was conducted, as claimed.
    #[serde(with = "millis")]
    pub at: Timestamp,
    /// Where it stands in the unit's log.
    pub evidence: Evidence,
    /// The span that was judged.
    pub period: Period,
    /// The members' points in centi-points, 0 to 800, in ascending order.
    pub points_centi: Vec<u32>,
    /// The key whose signature was verified, as its text; absent in a self-assessment.
    pub signed_by: Option<String>,
}
