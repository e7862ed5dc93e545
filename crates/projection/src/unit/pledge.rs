//! Pledge catalogues and signatures.

use std::collections::BTreeMap;

use danvan_event::Timestamp;
use serde::{Deserialize, Serialize};

use super::Fact;
use crate::evidence::Evidence;
use crate::period::Period;
use crate::stamp::millis;

/// A pledge catalogue of the unit: the versions that it published, each with its place.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Catalogue {
    pub(crate) versions: BTreeMap<String, Fact>,
}

impl Catalogue {
    /// The published versions.
    #[must_use]
    pub fn versions(&self) -> &BTreeMap<String, Fact> {
        &self.versions
    }
}

/// A signature under a catalogue: of one official, or of all together.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pledge {
    /// When it was signed, as claimed.
    #[serde(with = "millis")]
    pub at: Timestamp,
    /// Where it stands in the unit's log.
    pub evidence: Evidence,
    /// The catalogue signed.
    pub catalogue: String,
    /// The span for which the pledge is given.
    pub period: Period,
    /// Signed by the unit as a whole.
    pub collective: bool,
    /// The signer's staff key; absent when the signing was collective.
    pub staff_key: Option<String>,
    /// The number of signers of a collective signing, where it was stated.
    pub signers: Option<u64>,
}
