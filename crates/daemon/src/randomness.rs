//! Randomness as a port.

use std::sync::Mutex;

/// Fills buffers with random bytes.
pub trait Randomness: Send + Sync {
    /// Overwrites `bytes`.
    ///
    /// # Errors
    /// When the source is out of order. The caller refuses the work that needs secrets or identifiers.
    fn fill(&self, bytes: &mut [u8]) -> std::io::Result<()>;
}

/// The operating system's generator; fit for keys.
#[derive(Clone, Copy, Debug, Default)]
pub struct OsRandomness;

impl Randomness for OsRandomness {
    fn fill(&self, bytes: &mut [u8]) -> std::io::Result<()> {
        getrandom::fill(bytes).map_err(|error| std::io::Error::other(error.to_string()))
    }
}

/// Repeats itself for the same seed (`SplitMix64`). For tests and simulations only: anyone can predict it.
#[derive(Debug)]
pub struct SeededRandomness(Mutex<u64>);

impl SeededRandomness {
    /// The generator of `seed`.
    #[must_use]
    pub const fn new(seed: u64) -> Self {
        Self(Mutex::new(seed))
    }
}

impl Randomness for SeededRandomness {
    fn fill(&self, bytes: &mut [u8]) -> std::io::Result<()> {
        let mut state = self.0.lock().map_err(|_| std::io::Error::other("a thread died while drawing"))?;
        for chunk in bytes.chunks_mut(8) {
            *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let mut word = *state;
            word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            word ^= word >> 31;
            chunk.copy_from_slice(&word.to_le_bytes()[..chunk.len()]);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn draw(source: &dyn Randomness) -> [u8; 21] {
        let mut bytes = [0; 21];
        source.fill(&mut bytes).unwrap();
        bytes
    }

    #[test]
    fn a_seed_repeats_itself_and_the_machine_does_not() {
        assert_eq!(draw(&SeededRandomness::new(7)), draw(&SeededRandomness::new(7)));
        assert_ne!(draw(&SeededRandomness::new(7)), draw(&SeededRandomness::new(8)));
        assert_ne!(draw(&OsRandomness), draw(&OsRandomness));
    }
}
