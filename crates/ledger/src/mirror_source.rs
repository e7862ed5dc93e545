//! Where entries come from that this disk has lost.

use crate::error::OpenError;
use crate::reader::LedgerReader;
use danvan_journal::{ReadError, Record};
use danvan_tlog::{Checkpoint, Index, IndexRange, Note, Origin, Size};
use std::path::Path;
use thiserror::Error;

/// Whoever holds entries of a log: an aggregator that is asked over the network, a backup, a copy of the directory.
///
/// Nothing that it says is believed: notes are verified with the log's key, and entries by their roots.
pub trait MirrorSource {
    /// What to call it in a report.
    fn name(&self) -> String;

    /// The note of the newest checkpoint of the log `origin` below which it holds every entry; `None` when it holds
    /// nothing of that log.
    fn newest(&mut self, origin: &Origin) -> Result<Option<Note>, MirrorError>;

    /// The records of a range that is not empty and ends at or below that size, or the first of them. An attachment that
    /// it does not hold is left out.
    fn records(&mut self, range: IndexRange) -> Result<Vec<Record>, MirrorError>;
}

/// A mirror did not answer; another one is asked. The text says why, for the operator.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{reason}")]
pub struct MirrorError {
    reason: String,
}

impl MirrorError {
    /// With the reason, for the operator.
    #[must_use]
    pub fn new(reason: impl Into<String>) -> Self {
        Self { reason: reason.into() }
    }
}

impl From<ReadError> for MirrorError {
    fn from(error: ReadError) -> Self {
        Self::new(error.to_string())
    }
}

/// A mirror that cannot be asked: it says why whenever it is, so that no source is passed over in silence.
pub struct SilentMirror {
    name: String,
    reason: String,
}

impl SilentMirror {
    /// The one that is called `name`; `reason` is for the operator.
    #[must_use]
    pub fn new(name: impl Into<String>, reason: impl Into<String>) -> Self {
        Self { name: name.into(), reason: reason.into() }
    }
}

impl MirrorSource for SilentMirror {
    fn name(&self) -> String {
        self.name.clone()
    }

    fn newest(&mut self, _: &Origin) -> Result<Option<Note>, MirrorError> {
        Err(MirrorError::new(self.reason.clone()))
    }

    fn records(&mut self, _: IndexRange) -> Result<Vec<Record>, MirrorError> {
        Err(MirrorError::new(self.reason.clone()))
    }
}

/// What is known of the attachment of an entry that comes from a mirror.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Supplied {
    /// The entry vouches for none.
    NotNeeded,
    /// The stored bytes that the entry vouches for.
    Found(Vec<u8>),
    /// The entry vouches for one that is not to be had.
    Missing,
}

/// Gives the attachment of an entry, of which the mirror perhaps offered one: whether an entry vouches for an attachment,
/// and for which, only the caller can read in it.
pub type Attachments<'a> = dyn FnMut(Index, &[u8], Option<Vec<u8>>) -> Supplied + 'a;

/// The directory of another copy of the ledger, as a mirror.
pub struct LedgerCopy {
    name: String,
    reader: LedgerReader,
}

impl LedgerCopy {
    /// Opens the copy. Only one whose headers, seals and last segment are sound gives anything.
    pub fn open(directory: &Path) -> Result<Self, OpenError> {
        Ok(Self::of(directory.display().to_string(), LedgerReader::open(directory)?))
    }

    /// A copy that is open already, under a name for reports.
    #[must_use]
    pub fn of(name: String, reader: LedgerReader) -> Self {
        Self { name, reader }
    }
}

impl MirrorSource for LedgerCopy {
    fn name(&self) -> String {
        self.name.clone()
    }

    fn newest(&mut self, origin: &Origin) -> Result<Option<Note>, MirrorError> {
        if self.reader.origin() != origin {
            return Ok(None);
        }
        let size_of = |note: &Note| note.text().parse::<Checkpoint>().map_or(Size::ZERO, |text| text.size());
        let notes = self.reader.checkpoints().iter().chain(self.reader.receipts().values());
        let held = notes.filter(|note| size_of(note) <= self.reader.size());
        Ok(held.max_by_key(|note| size_of(note)).cloned())
    }

    fn records(&mut self, range: IndexRange) -> Result<Vec<Record>, MirrorError> {
        let mut records = Vec::new();
        self.reader.visit(range, |_, entry, attachment| {
            records.push(Record { entry: entry.to_vec(), attachment: attachment.map(<[u8]>::to_vec) });
            true
        })?;
        Ok(records)
    }
}
