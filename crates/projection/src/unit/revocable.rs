//! What the office may take back, and what it took back.

use danvan_event::{EventId, RevocationReason};
use serde::{Deserialize, Serialize};

use super::Fact;
use crate::event_ids::IdPrint;
use crate::evidence::Evidence;
use crate::growth;
use crate::period::Month;

/// A counted entry that the office itself recorded: found by its id when it is revoked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Revocable {
    id: IdPrint,
    pub(crate) evidence: Evidence,
    /// The month of its claimed time.
    pub(crate) month: Month,
    /// Its delay, see [`Delays`](super::Delays).
    pub(crate) days: u8,
    pub(crate) synthetic: bool,
}

impl Revocable {
    pub(crate) fn new(id: EventId, fact: Fact, days: u8, synthetic: bool) -> Revocable {
        Revocable { id: IdPrint::of(id), evidence: fact.evidence, month: Month::of(fact.at), days, synthetic }
    }
}

/// The entries that the office may still revoke, in the order of the log.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Revocables(Vec<Revocable>);

impl Revocables {
    pub(crate) fn push(&mut self, revocable: Revocable) {
        growth::push(&mut self.0, revocable);
    }

    /// A revocation is rare and mostly of something recent, so a search from the end costs less than an index would.
    pub(crate) fn find(&self, id: EventId) -> Option<Revocable> {
        let print = IdPrint::of(id);
        self.0.iter().rev().find(|held| held.id == print).copied()
    }

    pub(crate) fn remove(&mut self, evidence: Evidence) {
        self.0.retain(|held| held.evidence != evidence);
    }
}

/// An entry that the office took back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Revoked {
    /// The entry that does not hold.
    pub entry: Evidence,
    /// The entry that says so.
    pub by: Evidence,
    /// Why.
    pub reason: RevocationReason,
}
