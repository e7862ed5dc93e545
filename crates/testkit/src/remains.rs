//! Every state in which a power cut can leave a disk, or, where there are too many, the telling ones.

use crate::dice::Dice;
use crate::faulty::FaultyStorage;
use std::collections::HashSet;
use std::fmt;

/// Up to so many unsynced pieces every subset of them is tried: 1,024 states.
const EXHAUSTIVE_PIECES: u32 = 10;

/// Which of the unsynced pieces, in the order in which they were made, got to the disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kept {
    /// Those whose bits are set.
    Subset(u64),
    /// The first so many.
    First(u64),
    /// All but the first so many.
    Last(u64),
    /// All but one.
    AllBut(u64),
    /// One alone.
    Only(u64),
    /// A mixture by a seed.
    Seed(u64),
}

impl Kept {
    /// The answers for [`FaultyStorage::after_power_cut`].
    pub fn survives(self) -> impl FnMut() -> bool {
        let mut piece = 0;
        let seed = if let Self::Seed(seed) = self { seed } else { 0 };
        let mut dice = Dice::new(seed);
        let percent = [15, 50, 85][dice.place(3)];
        move || {
            let this = piece;
            piece += 1;
            match self {
                Self::Subset(bits) => bits >> this & 1 == 1,
                Self::First(count) => this < count,
                Self::Last(from) => this >= from,
                Self::AllBut(one) => this != one,
                Self::Only(one) => this == one,
                Self::Seed(_) => dice.chance(percent),
            }
        }
    }

    /// All that are tried of `pieces`, with `seeds` mixtures where not every subset is.
    fn all(pieces: u64, seeds: u64) -> Vec<Self> {
        if pieces <= u64::from(EXHAUSTIVE_PIECES) {
            return (0..1 << pieces).map(Self::Subset).collect();
        }
        let each = |kept: fn(u64) -> Self| (0..pieces).map(kept);
        let ends = (0..=pieces).map(Self::First).chain((0..=pieces).map(Self::Last));
        ends.chain(each(Self::AllBut)).chain(each(Self::Only)).chain((0..seeds).map(Self::Seed)).collect()
    }
}

impl fmt::Display for Kept {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Subset(bits) => write!(f, "the pieces {bits:#b} kept"),
            Self::First(count) => write!(f, "the first {count} pieces kept"),
            Self::Last(from) => write!(f, "the first {from} pieces lost"),
            Self::AllBut(one) => write!(f, "piece {one} lost"),
            Self::Only(one) => write!(f, "only piece {one} kept"),
            Self::Seed(seed) => write!(f, "pieces kept by seed {seed}"),
        }
    }
}

impl FaultyStorage {
    /// How many unsynced pieces a power cut now would decide about.
    #[must_use]
    pub fn unsynced(&self) -> u64 {
        let mut pieces = 0;
        let _ = self.after_power_cut(&mut || {
            pieces += 1;
            true
        });
        pieces
    }

    /// The disk after a power cut now, in every state that differs: every subset of the unsynced pieces where there are
    /// at most ten of them; else all beginnings, all ends, each one missing, each one alone, and `seeds` mixtures.
    #[must_use]
    pub fn remains(&self, seeds: u64) -> Vec<(Kept, Self)> {
        let mut seen = HashSet::new();
        let mut remains = Vec::new();
        for kept in Kept::all(self.unsynced(), seeds) {
            let disk = self.after_power_cut(&mut kept.survives());
            if seen.insert(disk.files()) {
                remains.push((kept, disk));
            }
        }
        remains
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use danvan_journal::Storage;

    #[test]
    fn few_pieces_are_tried_in_every_subset_and_many_at_their_ends() {
        assert_eq!(Kept::all(3, 5).len(), 8);
        let many = Kept::all(20, 5);
        assert_eq!(many.len(), 21 + 21 + 20 + 20 + 5);
        assert!(many.contains(&Kept::First(0)) && many.contains(&Kept::First(20)) && many.contains(&Kept::Only(19)));
    }

    #[test]
    fn remains_that_look_alike_are_tried_once() {
        let disk = FaultyStorage::new();
        let file = disk.create("file").unwrap();
        file.write_at(0, &[1; 1024]).unwrap();
        // Without its name the contents are nowhere: one state. With it, each of two sectors is there or not.
        assert_eq!(disk.unsynced(), 3);
        assert_eq!(disk.remains(0).len(), 5);
    }
}
