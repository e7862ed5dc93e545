//! Writing a whole copy of a ledger into an empty directory, and proving it from the bytes that were written.

use super::assembly::{Built, Mirror, Target};
use super::outcome::RepairError;
use crate::beside::{Beside, Pair, Promised};
use crate::config::LedgerConfig;
use crate::fact::{CHECKPOINT, INTENT, Intent, StoredNote, receipt_slots};
use crate::forgone::Forgone;
use crate::frozen::{Frozen, Previous, store_for_ever};
use crate::restored::{RESTORED, mark_restored_on};
use crate::verify::{VerifyOptions, examine};
use danvan_journal::{Identity, Journal, Record, SlotError, Slots, Storage};
use danvan_tlog::{SignedCheckpoint, Size, VerifierKey};
use std::sync::Arc;

/// Records and bytes that are handed to the journal at once.
const AT_ONCE: usize = 1024;
const BYTES_AT_ONCE: usize = 4 << 20;

/// A new journal in a directory of its own.
pub(crate) struct Rebuild {
    storage: Arc<dyn Storage>,
    identity: Identity,
    config: LedgerConfig,
    journal: Option<Journal>,
    waiting: Vec<Record>,
    bytes: usize,
}

impl Rebuild {
    pub(crate) fn new(storage: Arc<dyn Storage>, identity: Identity, config: LedgerConfig) -> Self {
        Self { storage, identity, config, journal: None, waiting: Vec::new(), bytes: 0 }
    }

    fn hand_over(&mut self) -> Result<(), RepairError> {
        let Some(journal) = &self.journal else { return Ok(()) };
        self.bytes = 0;
        for outcome in journal.append_all(std::mem::take(&mut self.waiting)) {
            outcome?;
        }
        Ok(())
    }

    fn close(&mut self) -> Result<(), RepairError> {
        let Some(journal) = self.journal.take() else { return Ok(()) };
        let closed = journal.close();
        journal.release();
        Ok(closed?)
    }
}

impl Target for Rebuild {
    fn begin(&mut self) -> Result<(), RepairError> {
        self.close()?;
        self.waiting.clear();
        for name in self.storage.names().map_err(danvan_journal::OpenError::Io)? {
            self.storage.remove(&name).map_err(danvan_journal::OpenError::Io)?;
        }
        let journal = Journal::create(Arc::clone(&self.storage), &self.identity, self.config.journal())?;
        self.journal = Some(journal);
        Ok(())
    }

    fn take(&mut self, record: Record) -> Result<(), RepairError> {
        self.bytes += record.entry.len() + record.attachment.as_ref().map_or(0, Vec::len);
        self.waiting.push(record);
        if self.waiting.len() < AT_ONCE && self.bytes < BYTES_AT_ONCE { Ok(()) } else { self.hand_over() }
    }

    fn end(&mut self) -> Result<(), RepairError> {
        self.hand_over()?;
        self.close()
    }
}

/// Which pairs had no sound copy, told apart by whether the mirrors know what they said.
#[derive(Debug, Default)]
pub(crate) struct Renewal {
    pub(crate) renewed: Vec<String>,
    pub(crate) forgotten: Vec<String>,
}

/// Writes what lies beside the journal: the sound facts up to the size of the copy, and where none was sound, what the
/// mirrors know; a mark stays, because the copy is of the same earlier time. In a rehearsal, without a `storage`, only
/// says which those are.
pub(crate) fn write_facts(
    storage: Option<&dyn Storage>,
    (beside, log): (&Beside, &VerifierKey),
    mirrors: &[Mirror<'_>],
    built: &Built,
) -> Result<Renewal, RepairError> {
    let end = built.end.size();
    let mut renewal = Renewal::default();
    let intents = beside.intent.facts.iter().filter(|intent| intent.size() <= end).map(Intent::encode);
    let intent = built.kept.last().map(|kept| Intent { root: kept.root(), frontier: kept.clone() });
    renewal.write(storage, &beside.intent, intents, intent.map(|intent| intent.encode()))?;
    let own = |pair: &Pair<StoredNote>| -> Vec<Vec<u8>> {
        let size_of = |stored: &StoredNote| stored.verified(log).map(|signed| signed.size());
        let kept = pair.facts.iter().filter(|stored| size_of(stored).is_some_and(|size| size <= end));
        kept.map(StoredNote::encode).collect()
    };
    let held = mirrors.iter().map(|mirror| &mirror.newest).filter(|newest| newest.size() <= end);
    let newest = held.clone().max_by_key(|newest| newest.size());
    let newest = newest.map(|newest| stored(newest, built).encode());
    renewal.write(storage, &beside.checkpoint, own(&beside.checkpoint), newest)?;
    // Against the copy nothing is contradicted any more: the note is a promise like any other.
    let settled = beside.contradiction.facts.iter().filter_map(|kept| kept.verified(log));
    let settled = settled.filter(|signed| signed.size() <= end).map(|signed| stored(&signed, built).encode());
    renewal.write(storage, &beside.contradiction, settled, None)?;
    for pair in &beside.receipts {
        let receipt = held.clone().find_map(|newest| {
            let mut names = newest.note().signatures().iter().map(danvan_tlog::Signature::name);
            let by = names.find(|by| receipt_slots(by) == pair.copies.name)?.clone();
            Some(StoredNote { by: Some(by), ..stored(newest, built) }.encode())
        });
        renewal.write(storage, pair, own(pair), receipt)?;
    }
    // The ends and beginnings of incarnations stay where they are.
    let frozen = beside.frozen.facts.last().map(Frozen::encode);
    let previous = beside.previous.facts.last().map(Previous::encode);
    for (copies, fact) in [(&beside.frozen.copies, frozen), (&beside.previous.copies, previous)] {
        match (storage, fact) {
            (Some(storage), Some(fact)) => store_for_ever(storage, &copies.name, &fact)?,
            (_, None) if copies.are_lost => renewal.forgotten.push(copies.name.clone()),
            _ => {}
        }
    }
    if beside.forgone.copies.are_lost {
        renewal.forgotten.push(beside.forgone.copies.name.clone());
    }
    if let Some(storage) = storage {
        // A ledger has these two, whatever became of what they said.
        Slots::open(storage, INTENT)?;
        Slots::open(storage, CHECKPOINT)?;
        if let Some(decisions) = beside.forgone.facts.last() {
            Forgone::store_all(storage, decisions)?;
        }
        if let Some(about) = &beside.restored {
            mark_restored_on(storage, about).map_err(|source| SlotError::Io { name: RESTORED.to_owned(), source })?;
        }
    }
    Ok(renewal)
}

fn stored(signed: &SignedCheckpoint, built: &Built) -> StoredNote {
    StoredNote { by: None, frontier: built.frontier_at(signed.size()).cloned(), note: signed.note().clone() }
}

impl Renewal {
    fn write<T>(
        &mut self,
        storage: Option<&dyn Storage>,
        pair: &Pair<T>,
        facts: impl IntoIterator<Item = Vec<u8>>,
        known: Option<Vec<u8>>,
    ) -> Result<(), RepairError> {
        let mut facts: Vec<Vec<u8>> = facts.into_iter().collect();
        if pair.copies.are_lost {
            let list = if known.is_some() { &mut self.renewed } else { &mut self.forgotten };
            list.push(pair.copies.name.clone());
            facts.extend(known);
        }
        if let Some(storage) = storage
            && !facts.is_empty()
        {
            let mut slots = Slots::open(storage, &pair.copies.name)?;
            for fact in facts {
                slots.store(&fact)?;
            }
        }
        Ok(())
    }
}

/// Reads the copy back and holds it against everything that was promised up to `size`.
pub(crate) fn prove(
    storage: &Arc<dyn Storage>,
    log: &VerifierKey,
    promised: &[Promised],
    built: &Built,
) -> Result<(), RepairError> {
    let size: Size = built.end.size();
    let promised: Vec<Promised> = promised.iter().filter(|promised| promised.size <= size).cloned().collect();
    let verdict = examine(storage, VerifyOptions { log: Some(log), ..VerifyOptions::default() }, &promised)?;
    let is_same = (verdict.size, verdict.root) == (size, built.end.root());
    if is_same && verdict.is_sound() && verdict.torn_tail.is_none() {
        return Ok(());
    }
    Err(RepairError::NotSound { findings: verdict.findings })
}
