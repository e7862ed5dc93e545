//! Which ids a log has used, in seven bytes each.

use std::fmt;

use danvan_event::EventId;
use serde::de::{self, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::growth;

/// A table begins with so many places, and grows by as many at least.
const LEAST: usize = 32;
/// Multiplies the first half of an id: 2^64 divided by the golden ratio, an odd number without a pattern.
const SPREAD: u64 = 0x9e37_79b9_7f4a_7c15;

/// The bytes of a print.
pub(crate) const PRINT_BYTES: usize = 7;
const PRINT_BITS: u32 = 56;
/// The bits of a number in which a bit stands for a place.
const WORD: usize = 64;

/// 56 bits that stand for an id: most of its random ones, mixed with its time.
///
/// Ids of version 7 carry 74 random bits. Of the 20,000 ids that a busy unit uses in five years, two share these 56 bits with a
/// probability of 3 × 10^-9, of all units of the country in that time some two with 10^-5. Such an entry would be flagged as a
/// duplicate by everyone alike; the node refuses it before it is recorded, and the client's next try has another id. Ids that
/// differ only in their first or only in their last seven bytes never meet, so a device with a poor source of randomness is not
/// worse off.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(into = "[u8; PRINT_BYTES]", from = "[u8; PRINT_BYTES]")]
pub(crate) struct IdPrint(u64);

impl IdPrint {
    /// Stands for no id.
    const FREE: IdPrint = IdPrint(0);

    pub(crate) fn of(id: EventId) -> IdPrint {
        let bytes = u128::from_be_bytes(*id.as_bytes());
        let half = |bits: u128| u64::try_from(bits & u128::from(u64::MAX)).unwrap_or(0);
        let mixed = half(bytes) ^ half(bytes >> 64).wrapping_mul(SPREAD);
        // The greatest bits are folded into the least, so that every bit of an id tells.
        let print = (mixed ^ mixed >> PRINT_BITS) & ((1 << PRINT_BITS) - 1);
        IdPrint(print.max(IdPrint::FREE.0 + 1))
    }

    #[inline]
    pub(crate) fn to_bytes(self) -> [u8; PRINT_BYTES] {
        self.0.to_le_bytes().first_chunk().copied().unwrap_or_default()
    }

    #[inline]
    pub(crate) fn from_bytes(bytes: [u8; PRINT_BYTES]) -> IdPrint {
        // Two reads of four bytes that share one.
        let low = u32::from_le_bytes(bytes.first_chunk().copied().unwrap_or_default());
        let high = u32::from_le_bytes(bytes.last_chunk().copied().unwrap_or_default());
        IdPrint(u64::from(low) | u64::from(high) << 24)
    }

    /// The place among so many that is as far from the first as the print is from 0; prints in order have homes in order.
    #[inline]
    fn home(self, homes: usize) -> usize {
        let spread = u128::from(self.0 << (u64::BITS - PRINT_BITS));
        usize::try_from((spread * homes as u128) >> u64::BITS).unwrap_or(0)
    }
}

impl From<IdPrint> for [u8; PRINT_BYTES] {
    fn from(print: IdPrint) -> [u8; PRINT_BYTES] {
        print.to_bytes()
    }
}

impl From<[u8; PRINT_BYTES]> for IdPrint {
    fn from(bytes: [u8; PRINT_BYTES]) -> IdPrint {
        IdPrint::from_bytes(bytes)
    }
}

/// The ids of a log's entries: a table in which an id is found where its greatest bits point, or a few places behind.
///
/// All prints stand in ascending order with free places between them (ordered hash table, Amble and Knuth 1974), each at or behind the
/// place that is its home, and no free place lies between the two. So a look-up touches one or two lines of memory, a table that
/// grows is spread out in one walk, and reading all of them in order is no more than leaving out the free places.
#[derive(Debug, Clone, Default)]
pub(crate) struct EventIds {
    places: Prints,
    /// The number of places that can be a home; those behind them take what does not fit at the end.
    homes: usize,
    count: usize,
}

/// Where an id that is new to a log will stand.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Vacancy {
    print: IdPrint,
    place: usize,
}

/// Places with a print or with none, side by side.
#[derive(Debug, Clone, Default)]
struct Prints {
    /// The bytes of a print each.
    places: Vec<[u8; PRINT_BYTES]>,
    /// A bit for each place, set where something stands: in a table that is nearly full, the next free place is some fifty places
    /// off.
    taken: Vec<u64>,
}

/// The bytes of a place that is free.
const FREE: [u8; PRINT_BYTES] = [0; PRINT_BYTES];

impl Prints {
    /// So many free places, and room for a few more.
    fn free(places: usize, more: usize) -> Prints {
        let mut free = Vec::with_capacity(places + more);
        free.resize(places, FREE);
        Prints { places: free, taken: vec![0; (places + more).div_ceil(WORD)] }
    }

    fn len(&self) -> usize {
        self.places.len()
    }

    /// What stands at the places from this one on.
    fn from(&self, start: usize) -> impl Iterator<Item = IdPrint> {
        self.places.get(start..).unwrap_or_default().iter().map(|bytes| IdPrint::from_bytes(*bytes))
    }

    #[inline]
    fn set(&mut self, place: usize, print: IdPrint) {
        if let Some(held) = self.places.get_mut(place) {
            *held = print.to_bytes();
        }
    }

    #[inline]
    fn take(&mut self, place: usize) {
        if let Some(word) = self.taken.get_mut(place / WORD) {
            *word |= 1 << (place % WORD);
        }
    }

    /// The first free place from this one on; the number of places when there is none.
    fn first_free(&self, from: usize) -> usize {
        let mut free = self.taken.get(from / WORD).map_or(0, |word| !word & u64::MAX << (from % WORD));
        let mut word = from / WORD;
        while free == 0 && word + 1 < self.taken.len() {
            word += 1;
            free = self.taken.get(word).map_or(0, |word| !word);
        }
        let bit = usize::try_from(free.trailing_zeros()).unwrap_or(WORD);
        self.len().min(word * WORD + bit)
    }

    /// Adds a free place at the end.
    fn grow(&mut self) {
        growth::push(&mut self.places, FREE);
        if self.taken.len() * WORD < self.places.len() {
            self.taken.push(0);
        }
    }

    /// Puts a print at a place, and what stands there and behind it one place on, up to the next free place.
    fn insert(&mut self, place: usize, print: IdPrint) {
        let free = self.first_free(place);
        if free == self.places.len() {
            self.grow();
        }
        self.places.copy_within(place..free, place + 1);
        // The free place is taken by what stood before it, or by the print.
        self.take(free);
        self.set(place, print);
    }
}

impl EventIds {
    pub(crate) fn contains(&self, id: EventId) -> bool {
        self.vacancy(id).is_none()
    }

    /// The place that an id would take; none when it is there.
    pub(crate) fn vacancy(&self, id: EventId) -> Option<Vacancy> {
        let print = IdPrint::of(id);
        self.find(print).err().map(|place| Vacancy { print, place })
    }

    /// Adds an id; one that is there already changes nothing.
    pub(crate) fn insert(&mut self, id: EventId) {
        if let Some(vacancy) = self.vacancy(id) {
            self.fill(vacancy);
        }
    }

    /// Adds an id at the place that was found for it. The table must be as it was then.
    pub(crate) fn fill(&mut self, vacancy: Vacancy) {
        let Vacancy { print, mut place } = vacancy;
        if self.count >= self.homes / 16 * 15 {
            *self = EventIds::of(self.in_order(), self.count, self.homes + LEAST.max(self.homes / 6));
            place = self.find(print).unwrap_or_else(|place| place);
        }
        self.places.insert(place, print);
        self.count += 1;
    }

    /// Where the print stands, or where it would.
    fn find(&self, print: IdPrint) -> Result<usize, usize> {
        let home = print.home(self.homes);
        for (place, held) in (home..).zip(self.places.from(home)) {
            if held == print {
                return Ok(place);
            }
            if held == IdPrint::FREE || held > print {
                return Err(place);
            }
        }
        Err(self.places.len().max(home))
    }

    /// Spreads so many prints in ascending order over so many homes.
    fn of(prints: impl Iterator<Item = IdPrint>, count: usize, homes: usize) -> EventIds {
        let mut places = Prints::free(homes, LEAST);
        let mut next = 0;
        for print in prints {
            let place = print.home(homes).max(next);
            if place == places.len() {
                places.grow();
            }
            places.set(place, print);
            places.take(place);
            next = place + 1;
        }
        EventIds { places, homes, count }
    }

    fn in_order(&self) -> impl Iterator<Item = IdPrint> {
        self.places.from(0).filter(|print| *print != IdPrint::FREE)
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
        let bytes: Vec<u8> = self.in_order().flat_map(IdPrint::to_bytes).collect();
        serializer.serialize_bytes(&bytes)
    }
}

impl<'de> Deserialize<'de> for EventIds {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<EventIds, D::Error> {
        struct Ascending;

        impl Visitor<'_> for Ascending {
            type Value = EventIds;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("ascending numbers of seven bytes")
            }

            fn visit_bytes<E: de::Error>(self, bytes: &[u8]) -> Result<EventIds, E> {
                let (prints, rest) = bytes.as_chunks::<PRINT_BYTES>();
                let homes = prints.len() + prints.len() / 12;
                let prints = prints.iter().map(|bytes| IdPrint::from_bytes(*bytes));
                let sound = prints.clone().is_sorted_by(|a, b| a < b) && prints.clone().next() != Some(IdPrint::FREE);
                if !rest.is_empty() || !sound {
                    return Err(E::invalid_value(de::Unexpected::Bytes(rest), &self));
                }
                Ok(EventIds::of(prints.clone(), prints.len(), homes))
            }
        }

        deserializer.deserialize_bytes(Ascending)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn ids_that_differ_in_one_byte_or_share_a_half_are_told_apart() {
        let made = |millis: u64, last: u8| EventId::from_parts(millis, [0, 0, 0, 0, 0, 0, 0, 0, 0, last]);
        let times: BTreeSet<u64> = (0..5_000).map(|millis| IdPrint::of(made(millis, 7)).0).collect();
        let tails: BTreeSet<u64> = (0..=255).map(|last| IdPrint::of(made(7, last)).0).collect();
        assert_eq!((times.len(), tails.len()), (5_000, 256));
        let id: EventId = "018e1cfa-1b40-7abc-8def-0123456789ab".parse().unwrap();
        for place in 0..16 {
            let others = (0..=255_u8).filter_map(|change| {
                let mut bytes = *id.as_bytes();
                bytes[place] ^= change;
                EventId::from_bytes(bytes).ok()
            });
            let ids: BTreeSet<EventId> = others.collect();
            let prints: BTreeSet<u64> = ids.iter().map(|id| IdPrint::of(*id).0).collect();
            assert!(ids.len() > 1 && prints.len() == ids.len(), "byte {place}");
        }
    }

    proptest! {
        #[test]
        fn what_was_inserted_is_contained_and_nothing_else_however_the_table_grows(
            given in prop::collection::vec(any::<[u8; 10]>(), 0..300),
            never in any::<[u8; 10]>(),
        ) {
            let id = |random: &[u8; 10]| EventId::from_parts(1_709_881_200_000, *random);
            let (mut ids, mut backwards) = (EventIds::default(), EventIds::default());
            let mut known = BTreeSet::new();
            for (first, last) in given.iter().zip(given.iter().rev()) {
                prop_assert_eq!(ids.vacancy(id(first)).is_some(), known.insert(id(first)));
                ids.insert(id(first));
                backwards.insert(id(last));
            }
            prop_assert!(given.iter().all(|random| ids.contains(id(random))));
            prop_assert_eq!(ids.contains(id(&never)), known.contains(&id(&never)));
            prop_assert_eq!(ids.in_order().count(), known.len());
            prop_assert_eq!(ids, backwards);
        }
    }
}
