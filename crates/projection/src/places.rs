//! Where many facts of one kind stand: ascending indices in few bytes.

use std::fmt;

use serde::de::{self, Deserialize, Deserializer, Visitor};
use serde::ser::{Serialize, Serializer};

use crate::evidence::Evidence;

/// Room for this many more bytes is asked for at least, so that a list that grows is not moved for every entry.
const GROWTH: usize = 16;
/// A difference of 64 bits in groups of seven.
const LONGEST_DIFFERENCE: usize = 10;

/// A set of indices in one log, in ascending order.
///
/// Kept as the differences between neighbours, each in as few bytes as it needs (LEB128): a busy unit's answers of a month
/// cost one byte each instead of eight.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Places {
    differences: Vec<u8>,
    count: usize,
    last: u64,
}

/// The bytes are no ascending list of indices.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not an ascending list of indices")]
pub(crate) struct PlacesError;

impl Places {
    /// The number of places.
    #[must_use]
    pub fn len(&self) -> usize {
        self.count
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// The places in ascending order.
    #[must_use]
    pub fn iter(&self) -> PlacesIter<'_> {
        PlacesIter { rest: &self.differences, left: self.count, next: 0 }
    }

    /// Adds a place. Cheap at the end, where a log grows; elsewhere the list is written anew.
    pub(crate) fn insert(&mut self, at: Evidence) {
        if self.count == 0 || at.index() > self.last {
            self.push(at.index());
        } else if !self.iter().any(|place| place == at) {
            let mut all: Vec<Evidence> = self.iter().collect();
            all.insert(all.partition_point(|place| *place < at), at);
            *self = all.into_iter().collect();
        }
    }

    fn push(&mut self, index: u64) {
        // The first difference is counted from −1, so that equal neighbours have no spelling.
        let mut difference = if self.count == 0 { index } else { index - self.last - 1 };
        if self.differences.capacity() - self.differences.len() < bytes_of(difference) {
            self.differences.reserve_exact(GROWTH.max(self.differences.len() / 8));
        }
        while difference >= 0x80 {
            self.differences.push(low_seven(difference) | 0x80);
            difference >>= 7;
        }
        self.differences.push(low_seven(difference));
        self.count += 1;
        self.last = index;
    }

    fn from_differences(differences: &[u8]) -> Result<Places, PlacesError> {
        let mut rest = differences;
        let (mut count, mut next) = (0, Some(0_u64));
        let mut last = 0;
        while !rest.is_empty() {
            let difference = take_difference(&mut rest).ok_or(PlacesError)?;
            last = next.and_then(|next| next.checked_add(difference)).ok_or(PlacesError)?;
            next = last.checked_add(1);
            count += 1;
        }
        Ok(Places { differences: differences.to_vec(), count, last })
    }
}

/// The places of [`Places::iter`].
#[derive(Debug, Clone)]
pub struct PlacesIter<'places> {
    rest: &'places [u8],
    left: usize,
    next: u64,
}

impl Iterator for PlacesIter<'_> {
    type Item = Evidence;

    fn next(&mut self) -> Option<Evidence> {
        let index = self.next + take_difference(&mut self.rest)?;
        self.next = index.wrapping_add(1);
        self.left -= 1;
        Some(Evidence::new(index))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.left, Some(self.left))
    }
}

impl ExactSizeIterator for PlacesIter<'_> {}

/// The difference that the bytes begin with; none when they end or are no number in its shortest spelling.
fn take_difference(bytes: &mut &[u8]) -> Option<u64> {
    let mut difference = 0_u64;
    for (place, byte) in bytes.iter().take(LONGEST_DIFFERENCE).enumerate() {
        let group = u64::from(byte & 0x7f);
        if place == LONGEST_DIFFERENCE - 1 && group > 1 {
            return None;
        }
        difference |= group << (7 * place);
        if byte & 0x80 == 0 {
            *bytes = bytes.get(place + 1..)?;
            return (place == 0 || group > 0).then_some(difference);
        }
    }
    None
}

/// How many bytes a difference takes: one for each seven bits of it, at least one.
fn bytes_of(difference: u64) -> usize {
    let bits = u64::BITS - (difference | 1).leading_zeros();
    bits.div_ceil(7) as usize
}

fn low_seven(number: u64) -> u8 {
    u8::try_from(number & 0x7f).unwrap_or(0)
}

impl<'places> IntoIterator for &'places Places {
    type Item = Evidence;
    type IntoIter = PlacesIter<'places>;

    fn into_iter(self) -> PlacesIter<'places> {
        self.iter()
    }
}

impl FromIterator<Evidence> for Places {
    fn from_iter<All: IntoIterator<Item = Evidence>>(all: All) -> Places {
        let mut places = Places::default();
        for at in all {
            places.insert(at);
        }
        places
    }
}

impl fmt::Debug for Places {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter().map(Evidence::index)).finish()
    }
}

impl Serialize for Places {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(&self.differences)
    }
}

impl<'de> Deserialize<'de> for Places {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Places, D::Error> {
        struct Differences;

        impl Visitor<'_> for Differences {
            type Value = Places;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("ascending indices as differences")
            }

            fn visit_bytes<E: de::Error>(self, bytes: &[u8]) -> Result<Places, E> {
                Places::from_differences(bytes).map_err(E::custom)
            }
        }

        deserializer.deserialize_bytes(Differences)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn places(indices: &[u64]) -> Places {
        indices.iter().copied().map(Evidence::new).collect()
    }

    fn indices(places: &Places) -> Vec<u64> {
        places.iter().map(Evidence::index).collect()
    }

    #[test]
    fn neighbours_cost_one_byte_each() {
        let places: Places = (1_000..2_000).map(Evidence::new).collect();
        assert_eq!((places.len(), places.differences.len()), (1_000, 1_001));
    }

    #[test]
    fn the_greatest_index_is_kept() {
        assert_eq!(indices(&places(&[0, u64::MAX])), [0, u64::MAX]);
    }

    #[test]
    fn bytes_that_are_no_ascending_list_are_refused() {
        let too_far = [places(&[u64::MAX]).differences.as_slice(), &[0]].concat();
        for bytes in [&[0x80][..], &[0x80, 0x00], &[0xff; 10], &too_far] {
            assert_eq!(Places::from_differences(bytes), Err(PlacesError), "{bytes:?}");
        }
    }

    proptest! {
        #[test]
        fn places_are_a_set_in_order_and_read_back_as_written(
            mut given in prop::collection::vec(prop_oneof![0_u64..400, any::<u64>()], 0..60),
        ) {
            let kept = places(&given);
            prop_assert_eq!(kept.iter().len(), kept.len());
            prop_assert_eq!(&Places::from_differences(&kept.differences), &Ok(kept.clone()));
            given.sort_unstable();
            given.dedup();
            prop_assert_eq!(indices(&kept), given);
        }
    }
}
