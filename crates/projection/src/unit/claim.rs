//! What an office says afterwards about when it acted.

use danvan_event::Timestamp;
use serde::{Deserialize, Serialize};

use super::Fact;
use crate::stamp::{Moment, Place};
use crate::when::When;

/// The moment that is claimed for an act, the moment of its recording, and how long the machine ran between the two. None of them
/// when nothing was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Timing {
    claimed: Moment,
    recorded: Moment,
    /// The days on which the machine was running after the one of the claim, up to and with that of the recording.
    operating_days: u8,
}

/// An act by its timing and its place in the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Claim {
    pub(crate) timing: Timing,
    pub(crate) place: Place,
}

impl Timing {
    pub(crate) const NONE: Timing = Timing { claimed: Moment::NONE, recorded: Moment::NONE, operating_days: 0 };

    /// Whether an act can have it: what was claimed was recorded, and what was not has nothing of it.
    pub(crate) fn is_sound(self) -> bool {
        self == Timing::NONE || (self.claimed.get().is_some() && self.recorded.get().is_some())
    }

    /// The moment that holds when a claim stands for so many operating days: the claimed one if it was recorded in that time, else
    /// that of its recording.
    #[inline]
    pub(crate) fn held(self, claim_days: u8) -> When {
        if self.operating_days <= claim_days { self.claimed.when() } else { self.recorded.when() }
    }
}

impl Claim {
    pub(crate) const NONE: Claim = Claim { timing: Timing::NONE, place: Place::NONE };

    pub(crate) fn new(claimed: Fact, recorded: Timestamp, operating_days: u8) -> Claim {
        let (at, recorded) = (Moment::from(claimed.at), Moment::from(recorded));
        Claim { timing: Timing { claimed: at, recorded, operating_days }, place: Place::from(claimed.evidence) }
    }

    /// At the claimed moment.
    #[inline]
    pub(crate) fn claimed(self) -> Option<Fact> {
        Some(Fact { at: self.timing.claimed.get()?, evidence: self.place.evidence() })
    }

    /// The later of the two moments.
    pub(crate) fn later(self) -> Option<Timestamp> {
        self.timing.claimed.get().max(self.timing.recorded.get())
    }

    /// Keeps the one with the earlier claim, the lower index among equals.
    pub(crate) fn keep_earlier(&mut self, other: Claim) -> bool {
        self.keep(other, |new, held| new < held)
    }

    /// Keeps the one with the later claim.
    pub(crate) fn keep_later(&mut self, other: Claim) -> bool {
        self.keep(other, |new, held| new > held)
    }

    fn keep(&mut self, other: Claim, replaces: impl Fn((Timestamp, u64), (Timestamp, u64)) -> bool) -> bool {
        let order = |claim: Claim| claim.claimed().map(|fact| (fact.at, fact.evidence.index()));
        let changes = match (order(other), order(*self)) {
            (Some(new), Some(held)) => replaces(new, held),
            (new, _) => new.is_some(),
        };
        if changes {
            *self = other;
        }
        changes
    }
}
