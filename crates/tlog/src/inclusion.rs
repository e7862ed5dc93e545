//! Inclusion proofs (RFC 9162 §2.1.3): this entry stands at this index below this root.

use crate::hash::{Hash, node_hash};
use crate::position::{Index, Size};
use crate::tree::{HashReader, node, split};

/// Why a proof was not made or does not hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ProofError {
    /// The index or the earlier size lies beyond the size. The caller asked for something that does not exist.
    #[error("there is no such place in a log of size {0}")]
    Outside(Size),
    /// The hashes do not lead to the root. The caller trusts nothing that came with the proof.
    #[error("the proof does not lead to the root")]
    Mismatch,
}

/// The siblings on the way from a leaf to the root, from the leaf upwards.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InclusionProof {
    /// At most one hash per level.
    pub hashes: Vec<Hash>,
}

impl InclusionProof {
    /// The proof for the entry at `index` in the log of `size` entries. `None` when there is no such entry.
    pub fn generate<R: HashReader>(reader: &R, index: Index, size: Size) -> Result<Option<Self>, R::Error> {
        if !size.covers(index) {
            return Ok(None);
        }
        let (mut low, mut high) = (0, size.get());
        let mut hashes = Vec::new();
        while high - low > 1 {
            let middle = low + split(high - low);
            if index.get() < middle {
                hashes.push(node(reader, middle, high)?);
                high = middle;
            } else {
                hashes.push(node(reader, low, middle)?);
                low = middle;
            }
        }
        hashes.reverse();
        Ok(Some(Self { hashes }))
    }

    /// Verifies that `leaf` stands at `index` below the root of a log of `size` entries.
    pub fn verify(&self, leaf: Hash, index: Index, size: Size, root: Hash) -> Result<(), ProofError> {
        let Some(last) = size.last_index().filter(|_| size.covers(index)) else {
            return Err(ProofError::Outside(size));
        };
        let (mut at, mut last) = (index.get(), last.get());
        let mut hash = leaf;
        for sibling in &self.hashes {
            if last == 0 {
                return Err(ProofError::Mismatch);
            }
            if at & 1 == 1 || at == last {
                hash = node_hash(sibling, &hash);
                while at & 1 == 0 && at != 0 {
                    at >>= 1;
                    last >>= 1;
                }
            } else {
                hash = node_hash(&hash, sibling);
            }
            at >>= 1;
            last >>= 1;
        }
        if last == 0 && hash == root { Ok(()) } else { Err(ProofError::Mismatch) }
    }
}
