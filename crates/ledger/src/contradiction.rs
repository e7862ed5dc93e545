//! A note that the log's own key signed and that the journal contradicts: proof that this is not the disk that signed it, or that it
//! is not any more what it was. The proof is kept, so that no later start appends before the journal was repaired.

use crate::error::OpenError;
use crate::fact::StoredNote;
use crate::promises::Promises;
use danvan_journal::{Journal, SlotError, Slots, Storage};
use danvan_tlog::{SignedCheckpoint, Size};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use thiserror::Error;

/// Name of the pair that holds the proof.
pub(crate) const CONTRADICTION: &str = "contradiction";

/// How the journal contradicts a note that its own key signed. The process ends; the ledger does not open again before it was
/// repaired from a mirror.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum Contradiction {
    /// More was signed than lies here, as after an older copy of the disk was put back.
    #[error("the log's key has signed {signed} entries, this disk holds {held}")]
    Shorter {
        /// The size that was signed.
        signed: Size,
        /// The durable size.
        held: Size,
    },
    /// Other entries were signed than lie here.
    #[error("the log's key has signed other {size} entries than this disk holds")]
    OtherEntries {
        /// The size that was signed.
        size: Size,
    },
}

/// What was found since the ledger was opened, and where it is kept.
pub(crate) struct Contradictions {
    storage: Arc<dyn Storage>,
    found: Mutex<Option<Contradiction>>,
}

impl Contradictions {
    pub(crate) fn new(storage: Arc<dyn Storage>) -> Self {
        Self { storage, found: Mutex::default() }
    }

    fn hold(&self) -> MutexGuard<'_, Option<Contradiction>> {
        self.found.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The first that was found.
    pub(crate) fn found(&self) -> Option<Contradiction> {
        *self.hold()
    }

    /// Keeps `signed` as proof, durably. One that is not settled yet is enough and stays.
    pub(crate) fn keep(&self, found: Contradiction, signed: &SignedCheckpoint) -> Result<(), SlotError> {
        let mut first = self.hold();
        first.get_or_insert(found);
        let mut slots = Slots::open(self.storage.as_ref(), CONTRADICTION)?;
        if slots.get().and_then(StoredNote::decode).is_some_and(|kept| kept.frontier.is_none()) {
            return Ok(());
        }
        slots.store(&StoredNote { by: None, frontier: None, note: signed.note().clone() }.encode())
    }
}

/// Compares an unsettled proof with the journal, however many entries have to be hashed, and refuses the journal that it still
/// contradicts. A repaired one settles it: from then on it is a promise like any other.
pub(crate) fn settle(promises: &Promises, journal: &Journal, storage: &dyn Storage) -> Result<(), OpenError> {
    let Some((signed, None)) = &promises.contradiction else { return Ok(()) };
    if let Some(frontier) = promises.check_root(journal, signed.size(), signed.root(), u64::MAX)? {
        let settled = StoredNote { by: None, frontier: Some(frontier), note: signed.note().clone() };
        Slots::open(storage, CONTRADICTION)?.store(&settled.encode())?;
    }
    Ok(())
}
