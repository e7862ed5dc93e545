//! The newest receipt of each aggregator, kept in slots of its own; it never goes back.

use crate::error::OpenError;
use crate::fact::{StoredNote, receipt_slots};
use crate::ledger::Kept;
use crate::promises::Receipt;
use danvan_journal::{SlotError, Slots, Storage};
use danvan_tlog::{Frontier, KeyName, SignedCheckpoint, Size};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

pub(crate) struct Receipts {
    storage: Arc<dyn Storage>,
    held: Mutex<BTreeMap<KeyName, Held>>,
}

struct Held {
    slots: Slots,
    newest: Option<SignedCheckpoint>,
}

impl Receipts {
    pub(crate) fn open(storage: Arc<dyn Storage>, found: Vec<Receipt>) -> Result<Self, OpenError> {
        let mut held = BTreeMap::new();
        for receipt in found {
            let slots = Slots::open(storage.as_ref(), &receipt_slots(&receipt.by))?;
            held.insert(receipt.by, Held { slots, newest: Some(receipt.signed) });
        }
        Ok(Self { storage, held: Mutex::new(held) })
    }

    fn hold(&self) -> MutexGuard<'_, BTreeMap<KeyName, Held>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether a receipt by that aggregator for at least `size` is held.
    pub(crate) fn covers(&self, by: &KeyName, size: Size) -> bool {
        self.hold().get(by).is_some_and(|held| held.covers(size))
    }

    /// Stores a receipt that was found to be true, unless a newer one is held.
    pub(crate) fn keep(
        &self,
        by: &KeyName,
        signed: &SignedCheckpoint,
        frontier: Option<Frontier>,
    ) -> Result<Kept, SlotError> {
        let mut all = self.hold();
        if !all.contains_key(by) {
            let slots = Slots::open(self.storage.as_ref(), &receipt_slots(by))?;
            all.insert(by.clone(), Held { slots, newest: None });
        }
        let Some(held) = all.get_mut(by) else { return Ok(Kept::AlreadyCovered) };
        if held.covers(signed.size()) {
            return Ok(Kept::AlreadyCovered);
        }
        let stored = StoredNote { by: Some(by.clone()), frontier, note: signed.note().clone() };
        held.slots.store(&stored.encode())?;
        held.newest = Some(signed.clone());
        Ok(Kept::Newest)
    }

    pub(crate) fn all(&self) -> BTreeMap<KeyName, SignedCheckpoint> {
        let all = self.hold();
        all.iter().filter_map(|(by, held)| Some((by.clone(), held.newest.clone()?))).collect()
    }
}

impl Held {
    fn covers(&self, size: Size) -> bool {
        self.newest.as_ref().is_some_and(|newest| newest.size() >= size)
    }
}
