//! Compact ranges: the hashes of any stretch of a log, which merge with those of its neighbours.
//!
//! The definition is that of <https://github.com/transparency-dev/merkle/blob/main/docs/compact_ranges.md>: the fewest
//! perfect subtrees of the tree of RFC 6962 §2.1 that cover exactly the leaves of the range. They grow to the left end in
//! size and shrink to the right, and there are at most two of each level. So several workers can hash stretches of one log
//! and the tree comes out of their results.

use crate::frontier::Frontier;
use crate::hash::{Hash, node_hash};
use crate::position::Size;

/// Two ranges do not lie side by side. The caller has lost or skipped entries between them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a range that starts at {start} does not continue one that ends at {end}")]
pub struct NotAdjacent {
    /// Where the left range ends.
    pub end: Size,
    /// Where the right range starts.
    pub start: Size,
}

/// The perfect subtrees that cover the leaves of one range, from left to right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CompactRange {
    start: Size,
    end: Size,
    nodes: Vec<Node>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Node {
    level: u32,
    hash: Hash,
}

impl CompactRange {
    /// The range without leaves at `start`.
    #[must_use]
    pub const fn empty_at(start: Size) -> Self {
        Self { start, end: start, nodes: Vec::new() }
    }

    /// The first leaf that it covers.
    #[must_use]
    pub const fn start(&self) -> Size {
        self.start
    }

    /// The first leaf behind it.
    #[must_use]
    pub const fn end(&self) -> Size {
        self.end
    }

    /// Appends the hash of the leaf at the end; on average less than one node is hashed.
    pub fn push(&mut self, leaf: Hash) {
        self.push_node(Node { level: 0, hash: leaf });
    }

    /// Appends the range that starts where this one ends.
    pub fn append(&mut self, right: &Self) -> Result<(), NotAdjacent> {
        if right.start != self.end {
            return Err(NotAdjacent { end: self.end, start: right.start });
        }
        for node in &right.nodes {
            self.push_node(*node);
        }
        Ok(())
    }

    /// The frontier of the log, when the range starts at its first leaf.
    #[must_use]
    pub fn frontier(&self) -> Option<Frontier> {
        self.start.is_empty().then(|| Frontier::trusted(self.end, self.nodes.iter().map(|node| node.hash).collect()))
    }

    /// The end is a multiple of 2^level: a range shrinks to the right only where it must.
    fn push_node(&mut self, mut node: Node) {
        let leaves = 1_u64.checked_shl(node.level).unwrap_or(0);
        let mut place = self.end.get() >> node.level;
        // An odd place is that of a right child; its sibling is here, unless the range starts between them.
        while place & 1 == 1
            && let Some(left) = self.nodes.pop_if(|left| left.level == node.level)
        {
            node = Node { level: node.level + 1, hash: node_hash(&left.hash, &node.hash) };
            place >>= 1;
        }
        self.nodes.push(node);
        self.end = self.end.checked_add(leaves).unwrap_or(Size::MAX);
    }
}

impl From<&Frontier> for CompactRange {
    fn from(frontier: &Frontier) -> Self {
        let size = frontier.size().get();
        let levels = (0..u64::BITS).rev().filter(|level| size >> level & 1 == 1);
        let nodes = levels.zip(frontier.peaks()).map(|(level, hash)| Node { level, hash: *hash }).collect();
        Self { start: Size::ZERO, end: frontier.size(), nodes }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hash::leaf_hash;
    use proptest::prelude::*;

    fn leaf(n: u64) -> Hash {
        leaf_hash(&n.to_be_bytes())
    }

    fn size(n: u64) -> Size {
        Size::new(n).unwrap()
    }

    fn range(start: u64, end: u64) -> CompactRange {
        let mut range = CompactRange::empty_at(size(start));
        (start..end).for_each(|n| range.push(leaf(n)));
        range
    }

    #[test]
    fn the_subtrees_are_those_of_the_definition() {
        // The examples of the source: [2, 9) is covered by the nodes 1.1, 2.1 and 8, [12, 16) by 2.3.
        let levels = |range: CompactRange| range.nodes.iter().map(|node| node.level).collect::<Vec<_>>();
        assert_eq!(levels(range(2, 9)), [1, 2, 0]);
        assert_eq!(levels(range(12, 16)), [2]);
        assert_eq!(levels(range(0, 21)), [4, 2, 0]);
    }

    #[test]
    fn ranges_that_do_not_touch_are_not_merged() {
        let mut left = range(0, 5);
        assert_eq!(left.append(&range(6, 9)), Err(NotAdjacent { end: size(5), start: size(6) }));
        assert_eq!(left.append(&range(4, 9)), Err(NotAdjacent { end: size(5), start: size(4) }));
        assert_eq!(left, range(0, 5));
        assert_eq!(range(1, 5).frontier(), None);
    }

    proptest! {
        #[test]
        fn however_a_log_is_cut_the_pieces_merge_to_the_same(
            start in 0_u64..300,
            lengths in prop::collection::vec(0_u64..90, 1..8),
            leftmost in any::<bool>(),
        ) {
            let cuts: Vec<u64> = lengths.iter().scan(start, |at, n| { *at += n; Some(*at) }).collect();
            let starts = std::iter::once(start).chain(cuts.iter().copied());
            let mut pieces: Vec<_> = starts.zip(&cuts).map(|(from, to)| range(from, *to)).collect();
            // From the left or from the right: merging is associative.
            while pieces.len() > 1 {
                let at = if leftmost { 0 } else { pieces.len() - 2 };
                let right = pieces.remove(at + 1);
                pieces[at].append(&right).unwrap();
            }
            prop_assert_eq!(&pieces[0], &range(start, *cuts.last().unwrap()));
        }

        #[test]
        fn a_range_from_the_first_leaf_on_is_the_frontier(count in 0_u64..400, split in 0_u64..400) {
            let split = split.min(count);
            let mut grown = CompactRange::from(&Frontier::of((0..split).map(leaf)));
            grown.append(&range(split, count)).unwrap();
            prop_assert_eq!(grown.frontier().unwrap(), Frontier::of((0..count).map(leaf)));
        }
    }
}
