//! What a copy of a ledger is made of, read beside a running writer, and the way back.
//!
//! The facts beside the journal are read first and the segments after them. Entries are only ever added, so the segments
//! hold at least what the facts promise: the copy is one that a power cut could have left.

use crate::beside::{Beside, belongs};
use danvan_journal::{
    DiskStorage, Identity, JournalReader, OpenError as JournalOpenError, ReadError, SegmentFile, SlotError, Slots,
    Storage, Sweep,
};
use danvan_tlog::{Origin, Size};
use std::io;
use std::path::Path;
use std::sync::Arc;
use thiserror::Error;

/// The parts of a ledger at one moment. `lock`, `reserve`, what was set aside or never finished, and the mark of a
/// restored directory belong to the directory, not to the ledger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LedgerParts {
    /// The log whose entries these are.
    pub origin: Origin,
    /// How many entries the segments hold.
    pub size: Size,
    /// What was promised to others, in the order in which it is stored again.
    pub facts: Vec<Fact>,
    /// The segments, in order, as [`danvan_journal::JournalReader::files`] promises.
    pub segments: Vec<SegmentFile>,
}

/// One fact beside the journal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fact {
    /// The pair of small files that holds it, such as `checkpoint`.
    pub name: String,
    /// Its bytes; what they mean is this crate's business.
    pub bytes: Vec<u8>,
}

/// Why a ledger cannot be copied: a copy would not be sound. Verify it, and repair it from a mirror.
#[derive(Debug, Error)]
pub enum PartsError {
    /// The directory holds no journal that can be read.
    #[error(transparent)]
    Journal(#[from] JournalOpenError),
    /// A segment is damaged, or the disk failed.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// A small file beside the journal cannot be read.
    #[error(transparent)]
    Slots(#[from] SlotError),
    /// A small file beside the journal holds what does not belong there, or both copies of it are damaged.
    #[error("{name} is damaged, or holds something else than it should")]
    Fact {
        /// Its name.
        name: String,
    },
    /// Fewer entries are there than were promised.
    #[error("the ledger holds {held} entries, but {promised} were signed or receipted")]
    Short {
        /// The size that can be read.
        held: Size,
        /// The size that was promised to others.
        promised: Size,
    },
}

/// Why facts were not stored.
#[derive(Debug, Error)]
pub enum PutFactsError {
    /// These bytes are no fact of that name: the copy is not what was taken.
    #[error("what the copy has for {name} is no such fact")]
    Foreign {
        /// The name.
        name: String,
    },
    /// A small file could not be written.
    #[error(transparent)]
    Slots(#[from] SlotError),
    /// The directory cannot be used.
    #[error("cannot use the directory: {0}")]
    Io(#[from] io::Error),
}

/// Reads what a copy of the ledger in `directory` is made of, whether a process has it open or not. Nothing is locked or
/// changed.
///
/// Headers, seals and the last segment are verified here, the frames of a sealed segment by [`check_segment`].
pub fn parts(directory: &Path) -> Result<LedgerParts, PartsError> {
    parts_on(&open(directory)?)
}

/// [`parts`] on any storage.
pub fn parts_on(storage: &Arc<dyn Storage>) -> Result<LedgerParts, PartsError> {
    let beside = Beside::read(storage.as_ref())?;
    let wrong = beside.foreign().map(String::as_str).chain(beside.lost()).next();
    if let Some(name) = wrong {
        return Err(PartsError::Fact { name: name.to_owned() });
    }
    let journal = JournalReader::open(Arc::clone(storage))?;
    let segments = journal.files()?;
    let origin = Origin::new(journal.identity().as_str()).map_err(|error| ReadError::from(io::Error::other(error)))?;
    let (promised, foreign) = beside.promised(&origin, None);
    if let Some(note) = foreign.first() {
        return Err(PartsError::Fact { name: note.promise.to_string() });
    }
    let (held, promised) = (journal.size(), promised.last().map_or(Size::ZERO, |promised| promised.size));
    if held < promised {
        return Err(PartsError::Short { held, promised });
    }
    let facts = beside.facts().into_iter().map(|(name, bytes)| Fact { name: name.to_owned(), bytes });
    Ok(LedgerParts { origin, size: held, facts: facts.collect(), segments })
}

/// Verifies every byte of the segment at `place` among [`LedgerParts::segments`], so that no damage gets into a copy.
pub fn check_segment(directory: &Path, origin: &Origin, place: usize) -> Result<(), PartsError> {
    let identity = Identity::new(origin.as_str()).map_err(|error| ReadError::from(io::Error::other(error)))?;
    let swept = Sweep::open(open(directory)?, Some(identity))?.segment(place, &mut |_, _, _| {})?;
    swept.damage.into_iter().next().map_or(Ok(()), |corruption| Err(ReadError::from(corruption).into()))
}

/// Stores the facts of a copy beside its segments, durably. Nobody has the directory open.
pub fn put_facts(directory: &Path, facts: &[Fact]) -> Result<(), PutFactsError> {
    put_facts_on(&DiskStorage::open(directory)?, facts)
}

/// [`put_facts`] on any storage.
pub fn put_facts_on(storage: &dyn Storage, facts: &[Fact]) -> Result<(), PutFactsError> {
    // All of them are judged before one is stored: the name becomes that of files.
    if let Some(Fact { name, .. }) = facts.iter().find(|fact| !belongs(&fact.name, &fact.bytes)) {
        return Err(PutFactsError::Foreign { name: name.clone() });
    }
    for fact in facts {
        Slots::open(storage, &fact.name)?.store(&fact.bytes)?;
    }
    Ok(())
}

fn open(directory: &Path) -> Result<Arc<dyn Storage>, PartsError> {
    Ok(Arc::new(DiskStorage::open(directory).map_err(JournalOpenError::from)?))
}
