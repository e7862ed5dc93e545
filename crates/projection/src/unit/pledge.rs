//! Pledge catalogues and signatures.

use std::collections::BTreeMap;

use danvan_event::Timestamp;
use serde::Serialize;

use super::Fact;
use crate::evidence::Evidence;
use crate::period::Period;

/// A pledge catalogue of the unit: the versions that it published, each with its place.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
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
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Pledge {
    /// When it was signed, as claimed.
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
    #[serde(skip_serializing_if = "Option::is_none")]
    pub staff_key: Option<String>,
    /// The number of signers of a collective signing, where it was stated.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub signers: Option<u64>,
}
