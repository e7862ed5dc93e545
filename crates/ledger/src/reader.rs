//! An auditor's view of a ledger's directory: no lock, no key, nothing is changed.

use crate::beside::Beside;
use crate::error::OpenError;
use crate::forgone::Forgone;
use crate::frozen::{Frozen, Previous};
use danvan_journal::{Corruption, Damage, DiskStorage, JournalReader, ReadError, Record, Storage, TornTail};
use danvan_tlog::{Index, IndexRange, KeyName, Note, Origin, Size};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

/// A ledger as it lies on the disk, whether a process has it open or not.
pub struct LedgerReader {
    journal: JournalReader,
    origin: Origin,
    checkpoints: Vec<Note>,
    receipts: BTreeMap<KeyName, Note>,
    damaged_slots: Vec<String>,
    frozen: Option<Frozen>,
    previous: Option<Previous>,
    forgone: Vec<Forgone>,
    is_restored: bool,
    contradiction: Option<Note>,
}

impl LedgerReader {
    /// Opens the directory of a ledger. A corrupt one can be opened, one without any sound segment header cannot.
    pub fn open(directory: &Path) -> Result<Self, OpenError> {
        Self::open_on(Arc::new(DiskStorage::open(directory)?))
    }

    /// [`LedgerReader::open`] on any storage.
    pub fn open_on(storage: Arc<dyn Storage>) -> Result<Self, OpenError> {
        // The notes first: a writer beside us may go on, and entries may be more than notes speak of, never fewer.
        let mut beside = Beside::read(storage.as_ref())?;
        let (frozen, previous) = (beside.frozen.facts.pop(), beside.previous.facts.pop());
        let (forgone, is_restored) = (beside.forgone.facts.pop().unwrap_or_default(), beside.restored.is_some());
        let contradiction = beside.contradiction.facts.pop().map(|stored| stored.note);
        let damaged_slots = beside.damaged().chain(beside.foreign()).cloned().collect();
        let checkpoints = beside.checkpoint.facts.into_iter().map(|stored| stored.note).collect();
        let newest = beside.receipts.into_iter().filter_map(|mut pair| pair.facts.pop());
        let receipts = newest.filter_map(|stored| Some((stored.by?, stored.note))).collect();
        let journal = JournalReader::open(storage)?;
        let origin = Origin::new(journal.identity().as_str());
        let origin = origin.map_err(|error| OpenError::Io(std::io::Error::other(error)))?;
        Ok(Self {
            journal,
            origin,
            checkpoints,
            receipts,
            damaged_slots,
            frozen,
            previous,
            forgone,
            is_restored,
            contradiction,
        })
    }

    /// The log whose entries these are, as the segment headers say.
    #[must_use]
    pub fn origin(&self) -> &Origin {
        &self.origin
    }

    /// How many entries can be read; where the journal is corrupt, at least so many before the damage.
    #[must_use]
    pub fn size(&self) -> Size {
        self.journal.size()
    }

    /// The torn tail that the next start of a writer will cut off; normal after a power cut, and beside a running writer.
    #[must_use]
    pub fn torn_tail(&self) -> Option<&TornTail> {
        self.journal.torn_tail()
    }

    /// The first damage among headers, seals and the last segment; [`LedgerReader::entries`] finds the rest.
    #[must_use]
    pub fn corruption(&self) -> Option<&Corruption> {
        self.journal.corruption()
    }

    /// The last two checkpoints, the latest last, as stored: the auditor verifies them against a policy.
    #[must_use]
    pub fn checkpoints(&self) -> &[Note] {
        &self.checkpoints
    }

    /// The newest receipt of each aggregator, as stored: the auditor verifies them against a policy.
    #[must_use]
    pub fn receipts(&self) -> &BTreeMap<KeyName, Note> {
        &self.receipts
    }

    /// The files beside the journal of which another copy is used because they are damaged. A crash may leave one, until
    /// a writer opens the ledger again.
    #[must_use]
    pub fn damaged_slots(&self) -> &[String] {
        &self.damaged_slots
    }

    /// Where the log ended, when it did.
    #[must_use]
    pub fn frozen(&self) -> Option<&Frozen> {
        self.frozen.as_ref()
    }

    /// The log that ended before this one began, where it is not the first incarnation.
    #[must_use]
    pub fn previous(&self) -> Option<&Previous> {
        self.previous.as_ref()
    }

    /// Each decision of an operator to go on without an aggregator that did not say what it holds, the oldest first.
    #[must_use]
    pub fn forgone(&self) -> &[Forgone] {
        &self.forgone
    }

    /// Whether the directory came out of a backup and others were not asked yet what they hold.
    #[must_use]
    pub const fn is_restored(&self) -> bool {
        self.is_restored
    }

    /// The note by the log's own key that this disk contradicted, as stored. Entries that keep it settle the matter: then it is a
    /// promise like any other.
    #[must_use]
    pub fn contradiction(&self) -> Option<&Note> {
        self.contradiction.as_ref()
    }

    /// Every record in order, every checksum verified. After damage it goes on with the next segment, so that indices
    /// may be missing between two records.
    pub fn entries(&self) -> impl Iterator<Item = Result<(Index, Record), Damage>> + '_ {
        self.journal.entries()
    }

    /// Shows the records of a range, without copying them, to `visit` in order until it returns `false`. It reads the
    /// range only; a ledger with a [`LedgerReader::corruption`] cannot be read by index.
    pub fn visit(
        &self,
        range: IndexRange,
        visit: impl FnMut(Index, &[u8], Option<&[u8]>) -> bool,
    ) -> Result<(), ReadError> {
        self.journal.visit(range, visit)
    }
}
