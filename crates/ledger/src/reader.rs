//! An auditor's view of a ledger's directory: no lock, no key, nothing is changed.

use crate::error::OpenError;
use crate::fact::{CHECKPOINT, INTENT, Intent, StoredNote, receipt_names};
use danvan_journal::{Corruption, Damage, DiskStorage, JournalReader, Record, SlotCopy, Slots, Storage, TornTail};
use danvan_tlog::{Index, KeyName, Note, Origin, Size};
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
}

impl LedgerReader {
    /// Opens the directory of a ledger. A corrupt one can be opened, one without any sound segment header cannot.
    pub fn open(directory: &Path) -> Result<Self, OpenError> {
        Self::open_on(Arc::new(DiskStorage::open(directory)?))
    }

    /// [`LedgerReader::open`] on any storage.
    pub fn open_on(storage: Arc<dyn Storage>) -> Result<Self, OpenError> {
        // The notes first: a writer beside us may go on, and entries may be more than notes speak of, never fewer.
        let mut damaged_slots = Vec::new();
        let checkpoints = read_notes(storage.as_ref(), CHECKPOINT, &mut damaged_slots)?;
        let mut receipts = BTreeMap::new();
        for name in receipt_names(&storage.names()?) {
            let newest = read_notes(storage.as_ref(), name, &mut damaged_slots)?.pop();
            if let Some((by, note)) = newest.and_then(|stored| Some((stored.by?, stored.note))) {
                receipts.insert(by, note);
            }
        }
        for (file, copy) in Slots::copies(storage.as_ref(), INTENT)? {
            if !is_sound(&copy, |bytes| Intent::decode(bytes).is_some()) {
                damaged_slots.push(file);
            }
        }
        let checkpoints = checkpoints.into_iter().map(|stored| stored.note).collect();
        let journal = JournalReader::open(storage)?;
        let origin = Origin::new(journal.identity().as_str());
        let origin = origin.map_err(|error| OpenError::Io(std::io::Error::other(error)))?;
        Ok(Self { journal, origin, checkpoints, receipts, damaged_slots })
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

    /// Every record in order, every checksum verified. After damage it goes on with the next segment, so that indices
    /// may be missing between two records.
    pub fn entries(&self) -> impl Iterator<Item = Result<(Index, Record), Damage>> + '_ {
        self.journal.entries()
    }
}

/// The sound notes of a pair, the newest last.
fn read_notes(storage: &dyn Storage, name: &str, damaged: &mut Vec<String>) -> Result<Vec<StoredNote>, OpenError> {
    let mut found = Vec::new();
    for (file, copy) in Slots::copies(storage, name)? {
        if !is_sound(&copy, |bytes| StoredNote::decode(bytes).is_some()) {
            damaged.push(file);
        } else if let SlotCopy::Sound { generation, bytes } = copy {
            found.extend(StoredNote::decode(&bytes).map(|stored| (generation, stored)));
        }
    }
    found.sort_by_key(|(generation, _)| *generation);
    Ok(found.into_iter().map(|(_, stored)| stored).collect())
}

fn is_sound(copy: &SlotCopy, is_fact: impl Fn(&[u8]) -> bool) -> bool {
    match copy {
        SlotCopy::Empty => true,
        SlotCopy::Sound { bytes, .. } => is_fact(bytes),
        SlotCopy::Damaged | SlotCopy::Newer { .. } => false,
    }
}
