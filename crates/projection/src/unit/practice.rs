//! What the model brings: dialogue, facilities, practices that others take over.

use danvan_event::{FundingSource, ModelField, Timestamp, UnitId};
use serde::{Deserialize, Serialize};

use crate::evidence::Evidence;
use crate::stamp::millis;

/// A public meeting in which the unit's leaders answered the people.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dialogue {
    /// When it was held, as claimed.
    #[serde(with = "millis")]
    pub at: Timestamp,
    /// Where it stands in the unit's log.
    pub evidence: Evidence,
    /// How many people came, where that was said.
    pub attendees: Option<u32>,
    /// Issues raised, where that was said.
    pub issues_raised: Option<u32>,
    /// Of these, settled there and then.
    pub issues_resolved: Option<u32>,
}

/// Something that was bought or built for the place where citizens are received.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Facility {
    /// When, as claimed.
    #[serde(with = "millis")]
    pub at: Timestamp,
    /// Where it stands in the unit's log.
    pub evidence: Evidence,
    /// Code of the item on the unit's checklist.
    pub item_code: Box<str>,
    /// What it cost in whole đồng, where that was said.
    pub amount_vnd: Option<u64>,
    /// Who paid, where that was said.
    pub funding: Option<FundingSource>,
}

/// A practice that the unit described so that others can take it over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Practice {
    /// When it was published, as claimed.
    #[serde(with = "millis")]
    pub at: Timestamp,
    /// Where it stands in the unit's log.
    pub evidence: Evidence,
    /// Slug by which replications name it.
    pub practice: Box<str>,
    /// The field of the movement, where that was said.
    pub field: Option<ModelField>,
}

/// A practice of one unit was taken over by another; the unit whose log this is, is one of the two.
///
/// A unit's word that others took its practice over is its own claim; the word of the unit that took it over is the acceptance.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Replication {
    /// When, as claimed.
    #[serde(with = "millis")]
    pub at: Timestamp,
    /// Where it stands in the unit's log.
    pub evidence: Evidence,
    /// Slug of the practice, as its own unit published it.
    pub practice: Box<str>,
    /// The unit whose practice it is.
    pub source: UnitId,
    /// The unit that took it over.
    pub target: UnitId,
}
