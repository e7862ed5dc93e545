//! Pledge catalogues, signatures, and what became of them.

use std::collections::BTreeMap;

use danvan_event::{BreachSeverity, EventId, PledgeRevocation, Timestamp};
use serde::{Deserialize, Serialize};
use smol_str::SmolStr;

use super::Fact;
use crate::evidence::Evidence;
use crate::period::Period;
use crate::stamp::{id_bytes, millis};

/// A pledge catalogue of the unit: the versions that it published, each with its place.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Catalogue {
    versions: BTreeMap<String, Vec<Fact>>,
}

impl Catalogue {
    /// The published versions; one that was published again stands where it was last.
    pub fn versions(&self) -> impl Iterator<Item = (&str, Fact)> {
        self.versions.iter().filter_map(|(version, facts)| Some((version.as_str(), *facts.last()?)))
    }

    /// Whether the version was published.
    #[must_use]
    pub fn has(&self, version: &str) -> bool {
        self.versions.contains_key(version)
    }

    pub(crate) fn publish(&mut self, version: &str, fact: Fact) {
        self.versions.entry(version.to_owned()).or_default().push(fact);
    }

    /// The version that the entry published.
    pub(crate) fn published_at(&self, evidence: Evidence) -> Option<&str> {
        let holds = |(_, facts): &(&String, &Vec<Fact>)| facts.iter().any(|fact| fact.evidence == evidence);
        self.versions.iter().find(holds).map(|(version, _)| version.as_str())
    }

    /// Forgets what the entry published; whether nothing is left.
    pub(crate) fn take_back(&mut self, evidence: Evidence) -> bool {
        self.versions.retain(|_, facts| {
            facts.retain(|fact| fact.evidence != evidence);
            !facts.is_empty()
        });
        self.versions.is_empty()
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
    /// The span for which the pledge is given.
    pub period: Period,
    /// Signed by the unit as a whole.
    pub collective: bool,
    /// The signer's staff key; absent when the signing was collective.
    pub staff_key: Option<SmolStr>,
    /// The number of signers of a collective signing, where it was stated.
    pub signers: Option<u32>,
    /// What became of it; most pledges stand as they were signed.
    pub(crate) afterwards: Option<Box<Afterwards>>,
}

/// What became of a pledge.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Afterwards {
    pub(crate) renewals: Vec<Renewal>,
    pub(crate) revoked: Option<PledgeEnd>,
}

/// A pledge was given again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Renewal {
    /// When, as claimed.
    #[serde(with = "millis")]
    pub at: Timestamp,
    /// Where it stands in the unit's log.
    pub evidence: Evidence,
    /// The span for which it is given.
    pub period: Period,
    /// The version of the catalogue, where it is another one now.
    pub version: Option<Box<str>>,
}

/// A pledge holds no longer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct PledgeEnd {
    /// When and where that stands.
    pub fact: Fact,
    /// Why.
    pub reason: PledgeRevocation,
}

/// A competent body found that a pledge was broken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Breach {
    /// When it was confirmed, as claimed.
    #[serde(with = "millis")]
    pub at: Timestamp,
    /// Where it stands in the unit's log.
    pub evidence: Evidence,
    /// The event that signed the pledge.
    #[serde(with = "id_bytes")]
    pub pledge: EventId,
    /// Code of the commitment that was broken.
    pub commitment: Box<str>,
    /// How grave it is.
    pub severity: BreachSeverity,
    /// The feedback that showed it.
    pub feedback: Option<EventId>,
}

impl Pledge {
    /// The later spans for which it was given again, in the order of their recording.
    #[must_use]
    pub fn renewals(&self) -> &[Renewal] {
        self.afterwards.as_ref().map_or(&[], |afterwards| &afterwards.renewals)
    }

    /// Since when it holds no longer.
    #[must_use]
    pub fn revoked(&self) -> Option<PledgeEnd> {
        self.afterwards.as_ref()?.revoked
    }

    /// Forgets the renewal that stands at this place; what never happened leaves no room behind.
    pub(crate) fn take_back(&mut self, evidence: Evidence) {
        if let Some(afterwards) = &mut self.afterwards {
            afterwards.renewals.retain(|again| again.evidence != evidence);
        }
        self.afterwards.take_if(|afterwards| **afterwards == Afterwards::default());
    }

    /// The entry by which the pledge stands for a month or more of the period, signed or renewed before the period's end and not
    /// revoked before it; the last one where there are several.
    #[must_use]
    pub fn holds_in(&self, period: &Period) -> Option<Evidence> {
        if self.revoked().is_some_and(|end| end.fact.at < period.end()) {
            return None;
        }
        let signed = (self.at, self.evidence, self.period);
        let given =
            std::iter::once(signed).chain(self.renewals().iter().map(|again| (again.at, again.evidence, again.period)));
        given
            .filter(|(at, _, span)| *at < period.end() && span.overlaps(period))
            .map(|(_, evidence, _)| evidence)
            .next_back()
    }
}
