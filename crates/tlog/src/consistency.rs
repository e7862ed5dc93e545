//! Consistency proofs (RFC 9162 §2.1.4): the later log continues the earlier one.

use crate::hash::{Hash, node_hash};
use crate::inclusion::ProofError;
use crate::position::Size;
use crate::tree::{HashReader, node, split};

/// The nodes from which both the earlier and the later root can be computed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConsistencyProof {
    /// Empty when one of the sizes is 0 or both are equal.
    pub hashes: Vec<Hash>,
}

impl ConsistencyProof {
    /// The proof that the log at size `later` continues itself at size `earlier`. `None` when `earlier > later`.
    pub fn generate<R: HashReader>(reader: &R, earlier: Size, later: Size) -> Result<Option<Self>, R::Error> {
        if earlier > later {
            return Ok(None);
        }
        let mut hashes = Vec::new();
        if earlier.is_empty() {
            return Ok(Some(Self { hashes }));
        }
        let (mut low, mut high) = (0, later.get());
        while high != earlier.get() {
            let middle = low + split(high - low);
            if earlier.get() <= middle {
                hashes.push(node(reader, middle, high)?);
                high = middle;
            } else {
                hashes.push(node(reader, low, middle)?);
                low = middle;
            }
        }
        if low > 0 {
            hashes.push(node(reader, low, high)?);
        }
        hashes.reverse();
        Ok(Some(Self { hashes }))
    }

    /// Verifies that a log with `later_root` at size `later` continues one with `earlier_root` at size `earlier`.
    pub fn verify(&self, earlier: Size, earlier_root: Hash, later: Size, later_root: Hash) -> Result<(), ProofError> {
        if earlier > later {
            return Err(ProofError::Outside(later));
        }
        let holds = if earlier == later {
            self.hashes.is_empty() && earlier_root == later_root
        } else if earlier.is_empty() {
            self.hashes.is_empty() && earlier_root == Hash::EMPTY_ROOT
        } else {
            self.roots(earlier.get(), earlier_root, later.get()) == Some((earlier_root, later_root))
        };
        if holds { Ok(()) } else { Err(ProofError::Mismatch) }
    }

    /// Both roots as the proof has them, for `0 < earlier < later`; `None` when it has the wrong number of hashes.
    fn roots(&self, earlier: u64, earlier_root: Hash, later: u64) -> Option<(Hash, Hash)> {
        let mut hashes = self.hashes.iter();
        let seed = if earlier.is_power_of_two() { earlier_root } else { *hashes.next()? };
        let (mut old, mut new) = (seed, seed);
        let shift = (earlier - 1).trailing_ones();
        let (mut at, mut last) = ((earlier - 1) >> shift, (later - 1) >> shift);
        for hash in hashes {
            if last == 0 {
                return None;
            }
            if at & 1 == 1 || at == last {
                old = node_hash(hash, &old);
                new = node_hash(hash, &new);
                while at & 1 == 0 && at != 0 {
                    at >>= 1;
                    last >>= 1;
                }
            } else {
                new = node_hash(&new, hash);
            }
            at >>= 1;
            last >>= 1;
        }
        (last == 0).then_some((old, new))
    }
}
