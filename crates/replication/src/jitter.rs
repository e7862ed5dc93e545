//! Delays that grow with every failure and differ between nodes, so that a fleet does not come back as one.

use std::time::Duration;

/// A deterministic source of spread, seeded by the caller (`SplitMix64`, Steele, Lea and Flood 2014).
#[derive(Debug, Clone)]
pub struct Jitter(u64);

impl Jitter {
    /// The source that this seed gives.
    #[must_use]
    pub const fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// The next 64 bits.
    pub const fn next_bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A delay between half of `delay` and `delay`.
    pub fn spread(&mut self, delay: Duration) -> Duration {
        let half = delay / 2;
        let thousandths = u32::try_from(self.next_bits() % 1001).unwrap_or(0);
        half + half * thousandths / 1000
    }
}

/// A delay that doubles with every failure up to a cap.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Backoff {
    /// The delay after the first failure.
    pub first: Duration,
    /// The longest delay.
    pub cap: Duration,
}

impl Backoff {
    /// The delay after `failures` failures in a row, before any spread; none without a failure.
    #[must_use]
    pub fn after(&self, failures: u32) -> Duration {
        match failures {
            0 => Duration::ZERO,
            n => self.first.saturating_mul(1_u32.checked_shl(n - 1).unwrap_or(u32::MAX)).min(self.cap),
        }
    }

    /// True when more failures lengthen the delay no further.
    #[must_use]
    pub fn is_capped(&self, failures: u32) -> bool {
        self.after(failures) == self.cap
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_delay_doubles_to_its_cap_and_spreads_below_it() {
        let backoff = Backoff { first: Duration::from_millis(100), cap: Duration::from_secs(1) };
        let delays: Vec<_> = (0..6).map(|n| backoff.after(n).as_millis()).collect();
        assert_eq!(delays, [0, 100, 200, 400, 800, 1000]);
        assert_eq!(backoff.after(u32::MAX), backoff.cap);
        assert!(backoff.is_capped(5) && !backoff.is_capped(4));
        let mut jitter = Jitter::new(7);
        for _ in 0..1000 {
            let delay = jitter.spread(backoff.cap);
            assert!(delay >= backoff.cap / 2 && delay <= backoff.cap);
        }
    }
}
