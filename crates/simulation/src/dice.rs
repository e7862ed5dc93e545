//! Chance, drawn from the seed and nothing else.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

/// A source of chance that belongs to one unit of one scenario.
pub(crate) struct Dice(ChaCha8Rng);

impl Dice {
    /// Dice of a scenario's `seed` for one `purpose`, such as a unit's id.
    pub(crate) fn new(seed: u64, purpose: &str) -> Dice {
        let mut key = [0_u8; 32];
        let (seed_bytes, purpose_bytes) = key.split_at_mut(8);
        seed_bytes.copy_from_slice(&seed.to_le_bytes());
        for (at, byte) in purpose.bytes().enumerate() {
            let slot = &mut purpose_bytes[at % 24];
            *slot = slot.rotate_left(3) ^ byte;
        }
        Dice(ChaCha8Rng::from_seed(key))
    }

    /// A number from 0 up to, not including, `bound`; 0 when the bound is 0.
    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        // The high half of a product spreads 64 random bits over the bound; the bias is below 2^-40 for our bounds.
        let wide = u128::from(self.0.next_u64()) * u128::from(bound);
        u64::try_from(wide >> 64).unwrap_or(0)
    }

    /// A number from `low` to `high`, both included.
    pub(crate) fn between(&mut self, low: u64, high: u64) -> u64 {
        low + self.below(high.saturating_sub(low) + 1)
    }

    /// True in so many of ten thousand cases.
    pub(crate) fn chance(&mut self, of_ten_thousand: u64) -> bool {
        self.below(10_000) < of_ten_thousand
    }

    /// One of the choices.
    pub(crate) fn pick<'choice, Choice>(&mut self, choices: &'choice [Choice]) -> &'choice Choice {
        &choices[usize::try_from(self.below(choices.len() as u64)).unwrap_or(0)]
    }

    /// Puts the items in a random order (Fisher and Yates).
    pub(crate) fn shuffle<Item>(&mut self, items: &mut [Item]) {
        for last in (1..items.len()).rev() {
            let other = usize::try_from(self.below(last as u64 + 1)).unwrap_or(0);
            items.swap(last, other);
        }
    }

    /// Ten random bytes, as an event id needs them.
    pub(crate) fn ten_bytes(&mut self) -> [u8; 10] {
        let mut bytes = [0; 10];
        self.0.fill_bytes(&mut bytes);
        bytes
    }
}
