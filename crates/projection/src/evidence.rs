//! Where a fact stands: the incarnation of its log and the index of its entry.

use serde::{Deserialize, Serialize};

/// Bits of the index: a log that got a million entries a second would fill them in twelve days, a commune's never does.
const INDEX_BITS: u32 = 40;

/// The place of an entry in the logs of the unit that the fact belongs to.
///
/// The read model keeps places instead of texts; whoever wants to see the words reads that entry from the ledger.
///
/// A log that is past repair goes on in a next incarnation, which counts from 0 again. So that every place of a unit has one number, and the
/// places of an earlier incarnation come first, the number is the index in the first incarnation, and 2^40 more for each incarnation before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Evidence(u64);

impl Evidence {
    /// The evidence of this number: in the first incarnation of a log, the 0-based index.
    #[must_use]
    pub const fn new(number: u64) -> Evidence {
        Evidence(number)
    }

    /// The evidence at the 0-based index in an incarnation of the log, counted from 1.
    #[must_use]
    pub const fn in_incarnation(incarnation: u64, index: u64) -> Evidence {
        Evidence((incarnation.saturating_sub(1) << INDEX_BITS) | (index & ((1 << INDEX_BITS) - 1)))
    }

    /// The number: in the first incarnation of a log, the 0-based index.
    #[must_use]
    pub const fn index(self) -> u64 {
        self.0
    }

    /// The incarnation of the log, from 1.
    #[must_use]
    pub const fn incarnation(self) -> u64 {
        (self.0 >> INDEX_BITS) + 1
    }

    /// The 0-based index in the log of that incarnation.
    #[must_use]
    pub const fn index_in_incarnation(self) -> u64 {
        self.0 & ((1 << INDEX_BITS) - 1)
    }
}

impl From<u64> for Evidence {
    fn from(index: u64) -> Evidence {
        Evidence(index)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_place_of_every_life_has_one_number_and_earlier_lives_come_first() {
        let places = [(1, 0), (1, 7), (1, (1 << 40) - 1), (2, 0), (2, 7), (3, 0), (255, 1)];
        let evidence = places.map(|(incarnation, index)| Evidence::in_incarnation(incarnation, index));
        assert!(evidence.is_sorted() && evidence[1] == Evidence::new(7));
        assert_eq!(evidence.map(|at| (at.incarnation(), at.index_in_incarnation())), places);
        assert!(evidence.iter().all(|at| at.index() < 1 << 48), "a number is exact in JSON and fits into 48 bits");
    }
}
