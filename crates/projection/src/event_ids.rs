//! Which ids a log has used, in eight bytes each.

use std::fmt;

use danvan_event::EventId;
use serde::de::{self, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Ids that came last and are not merged yet; small, so that putting one in its place moves little.
const FEW: usize = 64;
/// Multiplies the first half of an id: 2^64 divided by the golden ratio, an odd number without a pattern.
const SPREAD: u64 = 0x9e37_79b9_7f4a_7c15;

/// 64 bits that stand for an id: all of its random ones, mixed with its time.
///
/// Ids of version 7 carry 74 random bits. Of the 20,000 ids that a busy unit uses in five years, two share these 64 bits with a
/// probability of 10^-11, of all units of the country in that time some two with 4 × 10^-8. Such an entry would be flagged as a
/// duplicate by everyone alike; the node refuses it before it is recorded, and the client's next try has another id. Ids that
/// share their first or their last eight bytes never meet, so a device with a poor source of randomness is not worse off.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) struct IdPrint(u64);

impl IdPrint {
    pub(crate) fn of(id: EventId) -> IdPrint {
        let bytes = u128::from_be_bytes(*id.as_bytes());
        let half = |bits: u128| u64::try_from(bits & u128::from(u64::MAX)).unwrap_or(0);
        IdPrint(half(bytes) ^ half(bytes >> 64).wrapping_mul(SPREAD))
    }
}

/// The ids of a log's entries.
#[derive(Debug, Clone, Default)]
pub(crate) struct EventIds {
    /// In order.
    merged: Vec<IdPrint>,
    /// In order, none of them merged yet.
    recent: Vec<IdPrint>,
}

impl EventIds {
    pub(crate) fn contains(&self, id: EventId) -> bool {
        let print = IdPrint::of(id);
        self.merged.binary_search(&print).is_ok() || self.recent.binary_search(&print).is_ok()
    }

    /// Adds an id; one that is there already changes nothing.
    pub(crate) fn insert(&mut self, id: EventId) {
        if !self.contains(id) {
            self.insert_new(id);
        }
    }

    /// Adds an id that is not there.
    pub(crate) fn insert_new(&mut self, id: EventId) {
        let print = IdPrint::of(id);
        let Err(place) = self.recent.binary_search(&print) else { return };
        self.recent.insert(place, print);
        if self.recent.len() >= FEW.max(self.merged.len() / 32) {
            self.merge();
        }
    }

    /// Moves what is recent in among the rest, from the end, so that nothing is moved twice.
    fn merge(&mut self) {
        let mut from = self.merged.len();
        let mut to = from + self.recent.len();
        if self.merged.capacity() < to {
            self.merged.reserve_exact(self.recent.len().max(from / 8));
        }
        self.merged.resize(to, IdPrint(0));
        while let Some(print) = self.recent.pop() {
            let start = self.merged[..from].partition_point(|merged| *merged < print);
            self.merged.copy_within(start..from, to - (from - start));
            to -= from - start + 1;
            self.merged[to] = print;
            from = start;
        }
    }

    /// All of them, in order.
    fn in_order(&self) -> Vec<IdPrint> {
        let mut all = self.clone();
        all.merge();
        all.merged
    }
}

impl PartialEq for EventIds {
    /// What is merged already is nobody's business.
    fn eq(&self, other: &EventIds) -> bool {
        self.in_order() == other.in_order()
    }
}

impl Eq for EventIds {}

impl Serialize for EventIds {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let bytes: Vec<u8> = self.in_order().iter().flat_map(|print| print.0.to_le_bytes()).collect();
        serializer.serialize_bytes(&bytes)
    }
}

impl<'de> Deserialize<'de> for EventIds {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<EventIds, D::Error> {
        struct Prints;

        impl Visitor<'_> for Prints {
            type Value = EventIds;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("ascending numbers of eight bytes")
            }

            fn visit_bytes<E: de::Error>(self, bytes: &[u8]) -> Result<EventIds, E> {
                let (prints, rest) = bytes.as_chunks::<8>();
                let merged: Vec<IdPrint> = prints.iter().map(|bytes| IdPrint(u64::from_le_bytes(*bytes))).collect();
                if !rest.is_empty() || !merged.is_sorted_by(|a, b| a < b) {
                    return Err(E::invalid_value(de::Unexpected::Bytes(rest), &self));
                }
                Ok(EventIds { merged, recent: Vec::new() })
            }
        }

        deserializer.deserialize_bytes(Prints)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn ids_that_share_a_half_are_told_apart() {
        let made = |millis: u64, last: u8| EventId::from_parts(millis, [0, 0, 0, 0, 0, 0, 0, 0, 0, last]);
        let times: BTreeSet<u64> = (0..5_000).map(|millis| IdPrint::of(made(millis, 7)).0).collect();
        let tails: BTreeSet<u64> = (0..=255).map(|last| IdPrint::of(made(7, last)).0).collect();
        assert_eq!((times.len(), tails.len()), (5_000, 256));
    }

    proptest! {
        #[test]
        fn what_was_inserted_is_contained_and_nothing_else_whatever_is_merged(
            given in prop::collection::vec(any::<[u8; 10]>(), 0..300),
            never in any::<[u8; 10]>(),
        ) {
            let id = |random: &[u8; 10]| EventId::from_parts(1_709_881_200_000, *random);
            let (mut ids, mut backwards) = (EventIds::default(), EventIds::default());
            for (first, last) in given.iter().zip(given.iter().rev()) {
                ids.insert(id(first));
                backwards.insert(id(last));
            }
            prop_assert!(given.iter().all(|random| ids.contains(id(random))));
            let known: BTreeSet<EventId> = given.iter().map(id).collect();
            prop_assert_eq!(ids.contains(id(&never)), known.contains(&id(&never)));
            prop_assert_eq!(ids.in_order().len(), known.len());
            prop_assert_eq!(ids, backwards);
        }
    }
}
