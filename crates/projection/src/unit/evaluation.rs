//! How a unit is seen by boards and by itself, and what it says to that.

use danvan_event::{AppealDecision, EvaluationOccasion, EventId, Timestamp};
use serde::{Deserialize, Serialize};

use crate::evidence::Evidence;
use crate::period::Period;
use crate::stamp::{id_bytes, millis};

/// An evaluation, recorded at the unit.
///
/// It is the board's only when the aggregator lists `signed_by`, or listed it and took it off the list from a moment on that
/// comes after `recorded`. That is asked when the ranking is made, not when the entry arrives: the two logs have no order
/// between them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Evaluation {
    /// The event that recorded it.
    #[serde(with = "id_bytes")]
    pub id: EventId,
    /// When it was conducted, as claimed.
    #[serde(with = "millis")]
    pub at: Timestamp,
    /// When the unit's machine recorded it, by the latest time that stood in its log until then.
    #[serde(with = "millis")]
    pub recorded: Timestamp,
    /// Where it stands in the unit's log.
    pub evidence: Evidence,
    /// The span that was judged.
    pub period: Period,
    /// What occasioned it, where that was said.
    pub occasion: Option<EvaluationOccasion>,
    /// The members' points in centi-points, 0 to 800, in ascending order.
    pub points_centi: Vec<u32>,
    /// The points by criterion, as the panel agreed on them.
    pub items: Vec<ItemPoints>,
    /// The key whose signature was verified, as its text; absent in a self-assessment.
    pub signed_by: Option<String>,
}

/// Points for one criterion.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ItemPoints {
    /// Code of the criterion, such as `B1`.
    pub criterion: Box<str>,
    /// Hundredths of a point.
    pub points_centi: u32,
}

impl Evaluation {
    /// How far the members are apart: the most points less the fewest, in centi-points.
    #[must_use]
    pub fn spread_centi(&self) -> u32 {
        match (self.points_centi.first(), self.points_centi.last()) {
            (Some(least), Some(most)) => most - least,
            _ => 0,
        }
    }

    /// Twice the median of the members' points, so that the mean of two middle values stays an integer; 0 when nobody gave any.
    #[must_use]
    pub fn doubled_median_centi(&self) -> u64 {
        let middle = self.points_centi.len() / 2;
        let at = |place: usize| self.points_centi.get(place).copied().map_or(0, u64::from);
        if self.points_centi.len().is_multiple_of(2) {
            at(middle.saturating_sub(1)) + at(middle)
        } else {
            2 * at(middle)
        }
    }

    /// Whether nobody but the unit itself stands behind it.
    #[must_use]
    pub fn is_self_assessment(&self) -> bool {
        self.signed_by.is_none()
    }
}

/// The unit asked for another look at an evaluation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Appeal {
    /// The event that recorded it.
    #[serde(with = "id_bytes")]
    pub id: EventId,
    /// When, as claimed.
    #[serde(with = "millis")]
    pub at: Timestamp,
    /// Where it stands in the unit's log.
    pub evidence: Evidence,
    /// The evaluation in question.
    #[serde(with = "id_bytes")]
    pub evaluation: EventId,
    /// Code of the criterion in question; the whole where absent.
    pub criterion: Option<Box<str>>,
    /// What was decided, at most once by each key, in the order of the log. The last one that is the board's counts.
    pub decisions: Vec<Decision>,
}

/// A decision about an appeal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decision {
    /// When, as claimed.
    #[serde(with = "millis")]
    pub at: Timestamp,
    /// When the unit's machine recorded it, by the latest time that stood in its log until then.
    #[serde(with = "millis")]
    pub recorded: Timestamp,
    /// Where it stands in the unit's log.
    pub evidence: Evidence,
    /// What it says.
    pub decision: AppealDecision,
    /// Hundredths of a point by which the evaluation changes; 0 where none were named.
    pub points_delta_centi: i32,
    /// The key whose signature was verified, as its text; absent when the unit itself recorded it unsigned.
    pub signed_by: Option<String>,
}
