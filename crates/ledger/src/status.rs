//! A glance at the directory of a ledger: what a look at its small files and its last segment tells. Nothing is locked,
//! changed or read through, so that it works beside a running writer and on whatever is left of a disk.

use crate::beside::Beside;
use crate::error::OpenError;
use crate::fact::StoredNote;
use crate::forgone::Forgone;
use crate::frozen::{Frozen, Previous};
use crate::restored::is_marked;
use danvan_journal::{
    Corruption, DiskStorage, Extent, Holder, JournalReader, OpenError as JournalError, Storage, TornTail,
};
use danvan_tlog::{Checkpoint, KeyName, Origin, Size};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use thiserror::Error;

/// What lies in the directory of a ledger. Signatures are not verified; [`crate::verify`] does that.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Status {
    /// The log, as the first sound segment header or note says.
    pub origin: Option<Origin>,
    /// How many entries can be read; before the damage, where there is some.
    pub size: Size,
    /// Segments, bytes and reserve.
    pub extent: Extent,
    /// The size of the latest checkpoint.
    pub checkpoint: Option<Size>,
    /// The size of the newest receipt of each aggregator.
    pub receipts: BTreeMap<KeyName, Size>,
    /// The remains of a group that was never acknowledged; normal after a power cut, and beside a running writer.
    pub torn_tail: Option<TornTail>,
    /// Small files of which the other copy is used; a crash may leave one of each pair.
    pub damaged_copies: Vec<String>,
    /// Where the log ended, when it did.
    pub frozen: Option<Frozen>,
    /// The log that ended before this one began.
    pub previous: Option<Previous>,
    /// Each decision of an operator to go on without an aggregator that did not say what it holds, the oldest first.
    pub forgone: Vec<Forgone>,
    /// Whether the directory came out of a backup and nobody was asked yet what it lacks.
    pub restored: bool,
    /// The note that this disk contradicted, if that ever happened.
    pub contradicted: Option<Contradicted>,
    /// What keeps the ledger from being opened for appending, as far as a glance tells.
    pub troubles: Vec<Trouble>,
    /// Which process has it open.
    pub holder: Holder,
}

/// A note by the log's own key that the entries contradicted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Contradicted {
    /// The size that was signed.
    pub signed: Size,
    /// Whether the entries were found to keep it since, after a repair.
    pub is_settled: bool,
}

/// One thing for an operator to act on.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Trouble {
    /// Bytes of a segment are not what was written: repair it.
    #[error(transparent)]
    Damaged(#[from] Corruption),
    /// The segments cannot be read at all. The text says why.
    #[error("the segments cannot be read: {0}")]
    Segments(String),
    /// The small files beside the journal cannot be read at all. The text says why.
    #[error("the files beside the journal cannot be read: {0}")]
    Beside(String),
    /// Fewer entries can be read than were signed or receipted: repair it.
    #[error("{held} entries can be read, {promised} were signed or receipted")]
    Short {
        /// The largest size that was promised.
        promised: Size,
        /// The size that can be read.
        held: Size,
    },
    /// The log's key has signed something else than lies here: repair it.
    #[error("the log's key has signed {signed} entries that this disk contradicts")]
    Contradicted {
        /// The size that was signed.
        signed: Size,
    },
    /// A small file holds something sound that does not belong there.
    #[error("{file} holds something else than it should")]
    ForeignSlot {
        /// Its name.
        file: String,
    },
    /// Both copies of a small file are damaged.
    #[error("both copies of {name} are damaged")]
    SlotsLost {
        /// The name of the pair.
        name: String,
    },
    /// The directory is a copy of an earlier time: those that hold receipts must be asked what they hold.
    #[error("it was restored from a backup, and no holder of receipts was asked yet")]
    Restored,
}

impl Trouble {
    /// A stable word for programs.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Damaged(_) => "damaged",
            Self::Segments(_) => "segments_unreadable",
            Self::Beside(_) => "beside_unreadable",
            Self::Short { .. } => "short",
            Self::Contradicted { .. } => "contradicted",
            Self::ForeignSlot { .. } => "foreign_slot",
            Self::SlotsLost { .. } => "slots_lost",
            Self::Restored => "restored",
        }
    }
}

/// Looks at the ledger in a directory, whether a process has it open or not.
///
/// Damage is in the status. The errors are a directory that holds nothing of a ledger, and one that cannot be listed.
pub fn status(directory: &Path) -> Result<Status, OpenError> {
    let storage = DiskStorage::open(directory)?;
    let holder = storage.holder();
    Ok(Status { holder, ..status_on(Arc::new(storage))? })
}

/// [`status`] on any storage; who holds it is not told.
pub fn status_on(storage: Arc<dyn Storage>) -> Result<Status, OpenError> {
    // The notes first: a writer beside us may go on, and entries may be more than notes speak of, never fewer.
    let beside = Beside::read(storage.as_ref());
    let extent = Extent::of(storage.as_ref())?;
    let mut status = Status {
        origin: None,
        size: Size::ZERO,
        extent,
        checkpoint: None,
        receipts: BTreeMap::new(),
        torn_tail: None,
        damaged_copies: Vec::new(),
        frozen: None,
        previous: None,
        forgone: Vec::new(),
        restored: is_marked(&storage.names()?),
        contradicted: None,
        troubles: Vec::new(),
        holder: Holder::NotTold,
    };
    match beside {
        Ok(beside) if extent.segments == 0 && beside.is_empty() => return Err(JournalError::Missing.into()),
        Ok(beside) => status.take_beside(beside),
        Err(error) => status.troubles.push(Trouble::Beside(error.to_string())),
    }
    status.take_journal(storage);
    status.hold_promises();
    Ok(status)
}

impl Status {
    /// Whether a glance finds nothing in the way of an appending process.
    #[must_use]
    pub fn is_sound(&self) -> bool {
        self.troubles.is_empty()
    }

    fn take_beside(&mut self, mut beside: Beside) {
        self.origin = beside.origin();
        self.damaged_copies = beside.damaged().cloned().collect();
        let foreign = beside.foreign().map(|file| Trouble::ForeignSlot { file: file.clone() });
        let lost = beside.lost().map(|name| Trouble::SlotsLost { name: name.to_owned() });
        self.troubles.extend(foreign.chain(lost));
        self.frozen = beside.frozen.facts.pop();
        self.previous = beside.previous.facts.pop();
        self.forgone = beside.forgone.facts.pop().unwrap_or_default();
        self.checkpoint = beside.checkpoint.facts.pop().and_then(|stored| size_of(&stored));
        let newest = beside.receipts.into_iter().filter_map(|mut pair| pair.facts.pop());
        self.receipts = newest.filter_map(|stored| Some((stored.by.clone()?, size_of(&stored)?))).collect();
        let contradicted = beside.contradiction.facts.pop();
        self.contradicted = contradicted
            .and_then(|stored| Some(Contradicted { signed: size_of(&stored)?, is_settled: stored.frontier.is_some() }));
    }

    fn take_journal(&mut self, storage: Arc<dyn Storage>) {
        match JournalReader::open(storage) {
            Ok(journal) => {
                self.origin = Origin::new(journal.identity().as_str()).ok().or(self.origin.take());
                self.size = journal.size();
                self.torn_tail = journal.torn_tail().cloned();
                self.troubles.extend(journal.corruption().cloned().map(Trouble::Damaged));
            }
            Err(JournalError::Corrupt(corruption)) => self.troubles.push(Trouble::Damaged(corruption)),
            Err(error) => self.troubles.push(Trouble::Segments(error.to_string())),
        }
    }

    fn hold_promises(&mut self) {
        let held = self.size;
        if let Some(promised) = self.receipts.values().copied().chain(self.checkpoint).max().filter(|size| *size > held)
        {
            self.troubles.push(Trouble::Short { promised, held });
        }
        if let Some(Contradicted { signed, is_settled: false }) = self.contradicted {
            self.troubles.push(Trouble::Contradicted { signed });
        }
        if self.restored {
            self.troubles.push(Trouble::Restored);
        }
    }
}

fn size_of(stored: &StoredNote) -> Option<Size> {
    stored.note.text().parse::<Checkpoint>().ok().map(|checkpoint| checkpoint.size())
}
