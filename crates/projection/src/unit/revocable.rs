//! What the office may take back, and what it took back.

use danvan_event::{EventId, RevocationReason};
use serde::{Deserialize, Serialize};

use crate::event_ids::{IdPrint, PRINT_BYTES};
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

/// The same in sixteen bytes instead of twenty-four: a unit has hundreds of them in a year.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Packed {
    id: [u8; PRINT_BYTES],
    /// A number below 2^48, see [`Evidence`].
    evidence: [u8; 6],
    month: [u8; 2],
    /// The delay, which has seven bits, twice, and one more where it is synthetic.
    delay: u8,
}

impl From<Revocable> for Packed {
    fn from(held: Revocable) -> Packed {
        let evidence = held.evidence.index().to_le_bytes().first_chunk().copied().unwrap_or_default();
        let delay = held.days.min(0x7f) << 1 | u8::from(held.synthetic);
        Packed { id: held.id.to_bytes(), evidence, month: held.month.number().to_le_bytes(), delay }
    }
}

impl From<Packed> for Revocable {
    fn from(packed: Packed) -> Revocable {
        let mut index = [0; 8];
        index[..6].copy_from_slice(&packed.evidence);
        Revocable {
            id: IdPrint::from_bytes(packed.id),
            evidence: Evidence::new(u64::from_le_bytes(index)),
            month: Month::numbered(u16::from_le_bytes(packed.month)),
            days: packed.delay >> 1,
            synthetic: packed.delay & 1 == 1,
        }
    }
}

impl Revocable {
    pub(crate) fn new(id: EventId, evidence: Evidence, month: Month, days: u8, synthetic: bool) -> Revocable {
        Revocable { id: IdPrint::of(id), evidence, month, days, synthetic }
    }
}

/// The entries that the office may still revoke, in the order of the log.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "Vec<Revocable>", from = "Vec<Revocable>")]
pub(crate) struct Revocables(Vec<Packed>);

impl From<Vec<Revocable>> for Revocables {
    fn from(held: Vec<Revocable>) -> Revocables {
        Revocables(held.into_iter().map(Packed::from).collect())
    }
}

impl From<Revocables> for Vec<Revocable> {
    fn from(packed: Revocables) -> Vec<Revocable> {
        packed.0.into_iter().map(Revocable::from).collect()
    }
}

impl Revocables {
    pub(crate) fn push(&mut self, revocable: Revocable) {
        growth::push(&mut self.0, revocable.into());
    }

    /// A revocation is rare and mostly of something recent, so a search from the end costs less than an index would.
    pub(crate) fn find(&self, id: EventId) -> Option<Revocable> {
        let print = IdPrint::of(id).to_bytes();
        self.0.iter().rev().find(|held| held.id == print).map(|held| (*held).into())
    }

    pub(crate) fn remove(&mut self, evidence: Evidence) {
        self.0.retain(|held| Revocable::from(*held).evidence != evidence);
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn nothing_is_lost_by_packing(
            millis in 946_684_800_000_i64..7_258_118_400_000, index in 0_u64..1 << 48, days in 0_u8..=90, synthetic: bool,
            id: [u8; PRINT_BYTES],
        ) {
            let at = danvan_event::Timestamp::from_millis(millis).unwrap();
            let held = Revocable {
                id: IdPrint::from_bytes(id),
                evidence: Evidence::new(index),
                month: Month::of(at),
                days,
                synthetic,
            };
            prop_assert_eq!(Revocable::from(Packed::from(held)), held);
        }
    }
}
