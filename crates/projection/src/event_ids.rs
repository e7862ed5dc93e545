//! Which ids a log has used, in eight bytes each.

use std::fmt;

use danvan_event::EventId;
use serde::de::{self, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::growth;

/// A table begins with so many places, and grows by as many at least.
const LEAST: usize = 32;
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
    /// Stands for no id.
    const FREE: IdPrint = IdPrint(0);

    pub(crate) fn of(id: EventId) -> IdPrint {
        let bytes = u128::from_be_bytes(*id.as_bytes());
        let half = |bits: u128| u64::try_from(bits & u128::from(u64::MAX)).unwrap_or(0);
        let print = half(bytes) ^ half(bytes >> 64).wrapping_mul(SPREAD);
        IdPrint(print.max(IdPrint::FREE.0 + 1))
    }

    pub(crate) fn to_bytes(self) -> [u8; 8] {
        self.0.to_le_bytes()
    }

    pub(crate) fn from_bytes(bytes: [u8; 8]) -> IdPrint {
        IdPrint(u64::from_le_bytes(bytes))
    }

    /// The place among so many that is as far from the first as the print is from 0; prints in order have homes in order.
    fn home(self, homes: usize) -> usize {
        usize::try_from((u128::from(self.0) * homes as u128) >> 64).unwrap_or(0)
    }
}

/// The ids of a log's entries: a table in which an id is found where its greatest bits point, or a few places behind.
///
/// All prints stand in ascending order with free places between them (ordered hash table, Amble and Knuth 1974), each at or behind the
/// place that is its home, and no free place lies between the two. So a look-up touches one or two lines of memory, a table that grows is
/// spread out in one walk, and reading all of them in order is no more than leaving out the free places.
#[derive(Debug, Clone, Default)]
pub(crate) struct EventIds {
    places: Vec<IdPrint>,
    /// The number of places that can be a home; those behind them take what does not fit at the end.
    homes: usize,
    count: usize,
}

impl EventIds {
    pub(crate) fn contains(&self, id: EventId) -> bool {
        self.find(IdPrint::of(id)).is_ok()
    }

    /// Adds an id; one that is there already changes nothing.
    pub(crate) fn insert(&mut self, id: EventId) {
        let print = IdPrint::of(id);
        if self.count >= self.homes / 10 * 9 {
            *self = EventIds::of(self.in_order(), self.homes + LEAST.max(self.homes / 16));
        }
        let Err(place) = self.find(print) else { return };
        let behind = self.places.iter().skip(place).position(|held| *held == IdPrint::FREE);
        let free = behind.map_or(self.places.len(), |behind| place + behind);
        if free == self.places.len() {
            growth::push(&mut self.places, IdPrint::FREE);
        }
        self.places.copy_within(place..free, place + 1);
        self.places[place] = print;
        self.count += 1;
    }

    /// Where the print stands, or where it would.
    fn find(&self, print: IdPrint) -> Result<usize, usize> {
        let mut place = print.home(self.homes);
        while let Some(held) = self.places.get(place)
            && *held != IdPrint::FREE
            && *held <= print
        {
            if *held == print {
                return Ok(place);
            }
            place += 1;
        }
        Err(place)
    }

    /// Spreads prints in ascending order over so many homes.
    fn of(prints: impl Iterator<Item = IdPrint>, homes: usize) -> EventIds {
        let mut places = Vec::with_capacity(homes + LEAST);
        let mut count = 0;
        for print in prints {
            places.resize(places.len().max(print.home(homes)), IdPrint::FREE);
            places.push(print);
            count += 1;
        }
        places.resize(places.len().max(homes), IdPrint::FREE);
        EventIds { places, homes, count }
    }

    fn in_order(&self) -> impl Iterator<Item = IdPrint> {
        self.places.iter().copied().filter(|held| *held != IdPrint::FREE)
    }
}

impl PartialEq for EventIds {
    /// How far the table has grown is nobody's business.
    fn eq(&self, other: &EventIds) -> bool {
        self.in_order().eq(other.in_order())
    }
}

impl Eq for EventIds {}

impl Serialize for EventIds {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let bytes: Vec<u8> = self.in_order().flat_map(|print| print.0.to_le_bytes()).collect();
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
                let homes = prints.len() + prints.len() / 8;
                let prints = prints.iter().map(|bytes| IdPrint(u64::from_le_bytes(*bytes)));
                let sound = prints.clone().is_sorted_by(|a, b| a < b) && prints.clone().next() != Some(IdPrint::FREE);
                if !rest.is_empty() || !sound {
                    return Err(E::invalid_value(de::Unexpected::Bytes(rest), &self));
                }
                Ok(EventIds::of(prints, homes))
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
        fn what_was_inserted_is_contained_and_nothing_else_however_the_table_grows(
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
            prop_assert_eq!(ids.in_order().count(), known.len());
            prop_assert_eq!(ids, backwards);
        }
    }
}
