//! What a repair did, would do, or cannot do.

use crate::beside::Promise;
use crate::error::OpenError;
use crate::verdict::{Finding, Verdict};
use danvan_journal::{AppendError, SlotError};
use danvan_tlog::{Hash, Index, IndexRange, Origin, Size};
use std::io;
use std::path::PathBuf;
use thiserror::Error;

/// The outcome of a repair.
#[derive(Debug)]
pub enum RepairOutcome {
    /// The ledger is sound, keeps every promise, and no mirror holds more.
    NothingToDo(Box<Verdict>),
    /// A whole copy was written, proven and put in place; in a rehearsal it would be.
    Repaired(Box<Repaired>),
    /// What was promised cannot be put together from this disk and the mirrors. Nothing was changed: ask more mirrors,
    /// or give the log up for a new incarnation, see [`crate::succeed`].
    Irreparable(Box<Loss>),
}

/// A ledger that is whole again.
#[derive(Debug)]
pub struct Repaired {
    /// Its size.
    pub size: Size,
    /// Its root, recomputed from the bytes that were written; in a rehearsal from those that would be.
    pub root: Hash,
    /// The entries that came from mirrors.
    pub fetched: Vec<Fetched>,
    /// Those among them whose bytes here had the right checksums, and yet not the promised root.
    pub replaced: Vec<IndexRange>,
    /// Entries from mirrors that vouch for an attachment which nobody has.
    pub without_attachment: Vec<Index>,
    /// Pairs of small files of which no copy was sound and which were written anew from what the mirrors hold.
    pub renewed: Vec<String>,
    /// Pairs of small files of which no copy was sound and nothing is known any more.
    pub forgotten: Vec<String>,
    /// What was wrong.
    pub findings: Vec<Finding>,
    /// The mirrors that were not used, and why.
    pub refused: Vec<RefusedMirror>,
    /// Where the damaged directory lies now; `None` in a rehearsal.
    pub evidence: Option<PathBuf>,
}

/// Entries that came from a mirror.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fetched {
    /// Which.
    pub range: IndexRange,
    /// The name of the mirror.
    pub mirror: String,
}

/// A mirror that was not used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefusedMirror {
    /// Its name.
    pub mirror: String,
    /// Why, for the operator.
    pub reason: String,
    /// It answered, and holds nothing of this log: asking it again changes nothing.
    pub holds_nothing: bool,
}

/// The place where a log ends for ever.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FrozenAt {
    /// Its last size.
    pub size: Size,
    /// Its last root.
    pub root: Hash,
}

/// What is lost of a ledger that cannot be repaired.
#[derive(Debug)]
pub struct Loss {
    /// The log.
    pub origin: Origin,
    /// Where it would be frozen: at the largest size that an aggregator holds and that is proven here; where there is no
    /// aggregator, at the last entry before the first gap.
    pub frozen: FrozenAt,
    /// Every entry below this size was acknowledged or promised.
    pub known: Size,
    /// The entries from the frozen size on that can still be read here.
    pub readable: Vec<IndexRange>,
    /// The entries from the frozen size on that nobody gives back.
    pub lost: Vec<IndexRange>,
    /// Why the log ends.
    pub cause: LossCause,
    /// The mirrors that were not used, and why.
    pub refused: Vec<RefusedMirror>,
}

impl Loss {
    /// How many acknowledged entries lie beyond the frozen size.
    #[must_use]
    pub fn beyond(&self) -> u64 {
        self.known.entries_since(self.frozen.size)
    }

    /// How many of them can still be read.
    #[must_use]
    pub fn readable_entries(&self) -> u64 {
        self.readable.iter().map(|range| range.len()).sum()
    }

    /// How many of them are lost.
    #[must_use]
    pub fn lost_entries(&self) -> u64 {
        self.lost.iter().map(|range| range.len()).sum()
    }
}

/// Why a log cannot be put together.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum LossCause {
    /// Nobody has these entries.
    #[error("nobody has the entries {0}")]
    Missing(IndexRange),
    /// Whatever was put together, it was not what was promised: bytes with right checksums are false here, or a mirror
    /// does not tell the truth.
    #[error("the entries below {size} have the root {found}; {promise} says {signed}")]
    Unproven {
        /// What was promised to whom.
        promise: Promise,
        /// For which size.
        size: Size,
        /// The root that was promised.
        signed: Hash,
        /// The root of what was put together.
        found: Hash,
    },
}

/// Why a repair was not tried or not finished. The damaged directory is unchanged and still in its place, unless it says
/// otherwise.
#[derive(Debug, Error)]
pub enum RepairError {
    /// Another process holds the directory: stop that one first.
    #[error("another process holds this directory")]
    Locked,
    /// The damaged ledger is of a newer format, or its directory cannot be read at all.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// No copy of these small files is sound, so nothing here tells what was promised, and no mirror answered. Ask a
    /// mirror, or accept it by [`crate::RepairOptions::accept_forgotten`].
    #[error("nothing tells what was promised: {} cannot be read, and no mirror answered", pairs.join(", "))]
    Forgotten {
        /// The names of the pairs.
        pairs: Vec<String>,
    },
    /// Neither this disk nor a mirror gives a single entry, and none was promised: there is nothing to go on with. Make the
    /// log anew.
    #[error("neither this disk nor anybody who answered holds an entry of this log")]
    Nothing,
    /// Entries came from a mirror without the attachments that they vouch for. Ask a mirror that has them, or accept it
    /// by [`crate::RepairOptions::accept_missing_attachments`].
    #[error("{} entries from a mirror lack their attachments", indices.len())]
    AttachmentsMissing {
        /// Which entries.
        indices: Vec<Index>,
    },
    /// The new copy could not be made: free space or fix the disk, and try again.
    #[error("the new copy cannot be written: {0}")]
    Create(#[from] danvan_journal::OpenError),
    /// The new copy could not be written: free space or fix the disk, and try again.
    #[error("the new copy cannot be written: {0}")]
    Append(#[from] AppendError),
    /// The small files of the new copy could not be written: free space or fix the disk, and try again.
    #[error("the new copy cannot be written: {0}")]
    Slots(#[from] SlotError),
    /// What was read back from the new copy is not what was written: the disk is at fault.
    #[error("the new copy is not sound: {}", first(findings))]
    NotSound {
        /// What is wrong with it.
        findings: Vec<Finding>,
    },
    /// The directories could not be made, or could not change places; what was begun is finished at the next start.
    #[error("cannot put the new copy in place: {0}")]
    Switch(io::Error),
}

fn first(findings: &[Finding]) -> String {
    findings.first().map_or_else(|| "its size or root is another".to_owned(), ToString::to_string)
}
