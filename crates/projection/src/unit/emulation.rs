//! The movement "Dân vận khéo": entered, recognised, rewarded, reviewed.

use danvan_event::{AwardForm, AwardRevocation, EventId, Level, RecognitionForm, ReviewKind, Timestamp};
use serde::{Deserialize, Serialize};

use super::Fact;
use crate::evidence::Evidence;
use crate::period::Period;
use crate::stamp::{id_bytes, millis};

/// A model was entered for the movement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EmulationEntry {
    /// When, as claimed.
    #[serde(with = "millis")]
    pub at: Timestamp,
    /// Where it stands in the unit's log.
    pub evidence: Evidence,
    /// Slug of the model.
    pub model: Box<str>,
    /// At which tier.
    pub level: Level,
    /// For which year.
    pub year: u32,
}

/// A recognition or an award that a decision granted to the unit or to a model of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Granted<Form> {
    /// The event that recorded it.
    #[serde(with = "id_bytes")]
    pub id: EventId,
    /// When, as claimed.
    #[serde(with = "millis")]
    pub at: Timestamp,
    /// Where it stands in the unit's log.
    pub evidence: Evidence,
    /// In which form.
    pub form: Form,
    /// At which tier.
    pub level: Level,
    /// Slug of the model; the unit itself where absent.
    pub model: Option<Box<str>>,
    /// The decision that took it back.
    pub revoked: Option<Withdrawal>,
}

/// A recognition of a model: certificate or sign.
pub type Recognition = Granted<RecognitionForm>;

/// An award: commendation, merit certificate or flag.
pub type Award = Granted<AwardForm>;

/// A recognition or an award was taken back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Withdrawal {
    /// When and where that stands.
    pub fact: Fact,
    /// Why.
    pub ground: AwardRevocation,
}

/// The movement was reviewed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Review {
    /// When, as claimed.
    #[serde(with = "millis")]
    pub at: Timestamp,
    /// Where it stands in the unit's log.
    pub evidence: Evidence,
    /// Half-way or at the end.
    pub kind: ReviewKind,
    /// The span reviewed.
    pub period: Period,
}
