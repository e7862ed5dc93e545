//! The compact range of a growing tree: just enough hashes to append and to know the root.

use crate::hash::{Hash, node_hash};
use crate::position::{IndexRange, PositionError, Size};

/// The largest size that [`Frontier::from_bytes`] accepts. No log gets there, and everything below can grow for ever
/// without reaching [`Size::MAX`].
const MAX_LOADED_SIZE: u64 = 1 << 62;

/// Why bytes are not a frontier. The caller discards them and rebuilds the frontier from the entries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum FrontierError {
    /// The bytes do not hold one hash for each bit that is set in the size.
    #[error("a frontier of size {size} does not take {bytes} bytes")]
    Length {
        /// The size that the bytes begin with, 0 when they are too short for one.
        size: u64,
        /// How many bytes were given.
        bytes: usize,
    },
    /// The size is not one of a log.
    #[error(transparent)]
    Size(#[from] PositionError),
}

/// The roots of the perfect subtrees of a log, largest first: one for each bit that is set in its size.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Frontier {
    size: Size,
    peaks: Vec<Hash>,
}

impl Frontier {
    /// The frontier of the log without entries.
    #[must_use]
    pub const fn empty() -> Self {
        Self { size: Size::ZERO, peaks: Vec::new() }
    }

    /// Peaks that were computed elsewhere: one for each bit set in the size, largest subtree first.
    pub(crate) const fn trusted(size: Size, peaks: Vec<Hash>) -> Self {
        Self { size, peaks }
    }

    pub(crate) fn peaks(&self) -> &[Hash] {
        &self.peaks
    }

    /// The frontier over these leaf hashes.
    #[must_use]
    pub fn of(leaves: impl IntoIterator<Item = Hash>) -> Self {
        let mut frontier = Self::empty();
        frontier.extend(leaves);
        frontier
    }

    /// How many leaves were pushed.
    #[must_use]
    pub const fn size(&self) -> Size {
        self.size
    }

    /// Appends the hash of one leaf; on average less than one node is hashed.
    pub fn push(&mut self, leaf: Hash) {
        let mut hash = leaf;
        let mut rest = self.size.get();
        while rest & 1 == 1 {
            if let Some(left) = self.peaks.pop() {
                hash = node_hash(&left, &hash);
            }
            rest >>= 1;
        }
        self.peaks.push(hash);
        self.size = self.size.next_index().size_after();
    }

    /// The root of the tree (RFC 6962 §2.1).
    #[must_use]
    pub fn root(&self) -> Hash {
        let folded = self.peaks.iter().rev().copied().reduce(|right, left| node_hash(&left, &right));
        folded.unwrap_or(Hash::EMPTY_ROOT)
    }

    /// The range that was pushed since `earlier`, a size of the same log.
    pub fn grown_since(&self, earlier: Size) -> Result<IndexRange, PositionError> {
        IndexRange::new(earlier, self.size)
    }

    /// `u64 size ‖ hash × (bits set in size)`, big-endian, largest subtree first.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(8 + self.peaks.len() * Hash::LEN);
        bytes.extend_from_slice(&self.size.get().to_be_bytes());
        for peak in &self.peaks {
            bytes.extend_from_slice(peak.as_bytes());
        }
        bytes
    }

    /// Reads what [`Frontier::to_bytes`] wrote. Any hashes of the right number are accepted: what they are worth shows
    /// when the root is compared with a signed checkpoint.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, FrontierError> {
        let Some((head, tail)) = bytes.split_first_chunk::<8>() else {
            return Err(FrontierError::Length { size: 0, bytes: bytes.len() });
        };
        let size = u64::from_be_bytes(*head);
        if size > MAX_LOADED_SIZE {
            return Err(PositionError::TooLarge(size).into());
        }
        let (peaks, rest) = tail.as_chunks::<{ Hash::LEN }>();
        if !rest.is_empty() || peaks.len() != size.count_ones() as usize {
            return Err(FrontierError::Length { size, bytes: bytes.len() });
        }
        Ok(Self { size: Size::try_from(size)?, peaks: peaks.iter().copied().map(Hash::new).collect() })
    }
}

impl Extend<Hash> for Frontier {
    fn extend<I: IntoIterator<Item = Hash>>(&mut self, leaves: I) {
        for leaf in leaves {
            self.push(leaf);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hash::leaf_hash;

    #[test]
    fn a_stored_frontier_grows_like_the_one_that_was_stored() {
        let mut frontier = Frontier::empty();
        for n in 0..200_u32 {
            let mut loaded = Frontier::from_bytes(&frontier.to_bytes()).unwrap();
            assert_eq!(loaded, frontier);
            loaded.push(leaf_hash(&n.to_be_bytes()));
            frontier.push(leaf_hash(&n.to_be_bytes()));
            assert_eq!(loaded.root(), frontier.root());
            assert_eq!(frontier.size(), Size::from(n + 1));
        }
    }

    #[test]
    fn bytes_of_another_length_are_no_frontier() {
        let bytes = Frontier::of((0..11_u8).map(|n| leaf_hash(&[n]))).to_bytes();
        for end in 0..bytes.len() {
            assert!(Frontier::from_bytes(&bytes[..end]).is_err(), "{end}");
        }
        let longer = [bytes.as_slice(), &[0; 32]].concat();
        assert!(Frontier::from_bytes(&longer).is_err());
        assert!(Frontier::from_bytes(&[0xff; 8 + 64 * 32]).is_err());
    }
}
