//! Where the hashes of proofs come from.

use crate::hash::{Hash, node_hash};

/// A source of the roots of perfect subtrees: tiles on a disk, or [`Leaves`] in memory.
pub trait HashReader {
    /// Why a hash could not be read.
    type Error;

    /// The root over the leaves `[index · 2^level, (index + 1) · 2^level)`, all of which exist.
    fn subtree(&self, level: u8, index: u64) -> Result<Hash, Self::Error>;
}

/// Leaf hashes in memory, from index 0.
#[derive(Debug, Clone, Copy)]
pub struct Leaves<'a>(pub &'a [Hash]);

/// The leaves that were asked for are not there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("there are not so many leaves")]
pub struct NoSuchLeaves;

impl HashReader for Leaves<'_> {
    type Error = NoSuchLeaves;

    fn subtree(&self, level: u8, index: u64) -> Result<Hash, NoSuchLeaves> {
        let width = 1_usize.checked_shl(u32::from(level)).ok_or(NoSuchLeaves)?;
        let start = usize::try_from(index).ok().and_then(|index| index.checked_mul(width)).ok_or(NoSuchLeaves)?;
        let end = start.checked_add(width).ok_or(NoSuchLeaves)?;
        Ok(fold(self.0.get(start..end).ok_or(NoSuchLeaves)?.to_vec()))
    }
}

/// The root over a number of nodes that is a power of two.
pub(crate) fn fold(mut nodes: Vec<Hash>) -> Hash {
    while nodes.len() > 1 {
        nodes = nodes.chunks_exact(2).map(|pair| node_hash(&pair[0], &pair[1])).collect();
    }
    nodes.first().copied().unwrap_or(Hash::EMPTY_ROOT)
}

/// The largest power of two below `n`, for `n > 1` (RFC 6962 §2.1).
pub(crate) const fn split(n: u64) -> u64 {
    1 << (n - 1).ilog2()
}

/// The hash of the leaves `[start, end)`, a node of the tree of RFC 6962 §2.1: `start` is a multiple of every power of
/// two below `end − start`.
pub(crate) fn node<R: HashReader>(reader: &R, start: u64, end: u64) -> Result<Hash, R::Error> {
    let mut subtrees = Vec::new();
    let mut at = start;
    while at < end {
        let level = (end - at).ilog2();
        subtrees.push(reader.subtree(u8::try_from(level).unwrap_or(u8::MAX), at >> level)?);
        at += 1 << level;
    }
    Ok(subtrees.into_iter().rev().reduce(|right, left| node_hash(&left, &right)).unwrap_or(Hash::EMPTY_ROOT))
}
