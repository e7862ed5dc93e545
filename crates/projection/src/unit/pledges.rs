//! The pledges of a unit.

use danvan_event::EventId;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use smol_str::SmolStr;

use super::Pledge;
use crate::evidence::Evidence;
use crate::growth;
use crate::stamp::id_bytes;

/// The pledges of a unit, in the order of their recording.
///
/// What was signed lies apart: the rules look at it when a pledge is renewed, broken or taken back, a ranking never.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Pledges {
    given: Vec<Pledge>,
    signatures: Vec<Signature>,
}

/// What was signed, and in which event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Signature {
    /// The event that recorded it.
    #[serde(with = "id_bytes")]
    pub(crate) id: EventId,
    /// The catalogue signed.
    pub(crate) catalogue: SmolStr,
    /// Its version; where none was named, the one of the catalogue that stands last before it in the log.
    pub(crate) version: Option<SmolStr>,
}

impl Pledges {
    pub(crate) fn as_slice(&self) -> &[Pledge] {
        &self.given
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&Pledge, &Signature)> {
        self.given.iter().zip(&self.signatures)
    }

    /// The pledge that the event recorded.
    pub(crate) fn get(&self, id: EventId) -> Option<(&Pledge, &Signature)> {
        self.iter().find(|(_, signature)| signature.id == id)
    }

    pub(crate) fn push(&mut self, pledge: Pledge, signature: Signature) {
        growth::push(&mut self.given, pledge);
        growth::push(&mut self.signatures, signature);
    }

    pub(crate) fn change(&mut self, id: EventId, change: impl FnOnce(&mut Pledge)) {
        let changing = self.given.iter_mut().zip(&self.signatures).find(|(_, signature)| signature.id == id);
        if let Some((pledge, _)) = changing {
            change(pledge);
        }
    }

    /// Forgets what the entry at this place did: that a pledge was signed, or given again.
    pub(crate) fn take_back(&mut self, evidence: Evidence) {
        if let Some(place) = self.given.iter().position(|pledge| pledge.evidence == evidence) {
            self.given.remove(place);
            self.signatures.remove(place);
        }
        self.given.iter_mut().for_each(|pledge| pledge.take_back(evidence));
    }
}

impl Serialize for Pledges {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.iter())
    }
}

impl<'de> Deserialize<'de> for Pledges {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Pledges, D::Error> {
        let read: Vec<(Pledge, Signature)> = Vec::deserialize(deserializer)?;
        let (given, signatures) = read.into_iter().unzip();
        Ok(Pledges { given, signatures })
    }
}
