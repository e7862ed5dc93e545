//! What a disk does wrong, and lists of it drawn from a seed.

use crate::dice::Dice;

/// What happens to one operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// The power goes, or the process ends: the operation is perhaps half done, this one and every later one fails.
    PowerCut,
    /// An I/O error. Of a sync: the pages are forgotten and a second sync would succeed. Of a write: a part of it is
    /// done.
    Io,
    /// The disk is full. Of a write: a part of it is done.
    NoSpace,
    /// A write or a read takes less than it was given, at least one byte, and succeeds.
    Short,
}

/// The operations that change something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Operation {
    /// A file was created.
    Create,
    /// A file got another name.
    Rename,
    /// A file was removed.
    Remove,
    /// The directory was synced.
    SyncDirectory,
    /// A file was written to.
    Write,
    /// A file got another length.
    SetLen,
    /// Space was reserved.
    Allocate,
    /// A file was synced, with or without its metadata.
    Sync,
}

impl Fault {
    /// A list of faults that a process may survive or not, by chance: at most `most`, at operations from `from` on,
    /// within the next `horizon`. Some lists end with a power cut.
    #[must_use]
    pub fn draw(dice: &mut Dice, (from, horizon): (u64, u64), most: u64) -> Vec<(u64, Self)> {
        let mut faults = Vec::new();
        for _ in 0..dice.below(most + 1) {
            let fault = [Self::Io, Self::NoSpace, Self::Short, Self::Short][dice.place(4)];
            let at = from + dice.below(horizon);
            faults.push((at, fault));
            if fault == Self::NoSpace {
                // A full disk stays full for a while.
                faults.extend((1..=dice.below(6)).map(|later| (at + later, fault)));
            }
        }
        if dice.chance(50) {
            faults.push((from + dice.below(horizon), Self::PowerCut));
        }
        faults
    }
}
