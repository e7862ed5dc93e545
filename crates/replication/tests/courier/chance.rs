//! Chance out of one seed.

use danvan_replication::Jitter;
use std::time::Duration;

pub(crate) struct Chance(Jitter);

impl Chance {
    pub(crate) fn new(seed: u64) -> Self {
        Self(Jitter::new(seed.wrapping_mul(0x2545_f491_4f6c_dd1d)))
    }

    /// A number below `bound`.
    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        self.0.next_bits() % bound.max(1)
    }

    /// True in `percent` of a hundred cases.
    pub(crate) fn percent(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }

    pub(crate) fn millis(&mut self, from: u64, to: u64) -> Duration {
        Duration::from_millis(from + self.below(to - from + 1))
    }
}
