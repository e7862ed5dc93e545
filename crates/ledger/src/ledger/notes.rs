//! Notes that come from elsewhere: receipts that are kept, and signatures of this log that its entries are held against.

use super::Ledger;
use crate::contradiction::Contradiction;
use crate::error::{CheckpointError, ConfrontError, ReceiptError};
use danvan_tlog::{Frontier, KeyName, Note, SignedCheckpoint, Size};
use std::collections::BTreeMap;

/// What became of a receipt that was offered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kept {
    /// It is the newest by that aggregator and is durable.
    Newest,
    /// One of at least that size was kept already.
    AlreadyCovered,
}

impl Ledger {
    /// Keeps a receipt, durably, when it is the newest by that aggregator. The caller has verified the cosignature; the
    /// log's own signature and the root are verified here.
    ///
    /// A receipt for more than is held, or for another root, proves that this disk has lost or changed entries: the
    /// ledger then takes nothing in any more.
    pub fn keep_receipt(&self, by: &KeyName, note: &Note) -> Result<Kept, ReceiptError> {
        let signed = SignedCheckpoint::open_note(note.clone(), &self.inner.verifier)?;
        if !note.signatures().iter().any(|signature| signature.name() == by) {
            return Err(ReceiptError::NotCosigned { by: by.clone() });
        }
        let size = signed.size();
        if size > self.size() {
            let held = self.size();
            self.refuse(Contradiction::Shorter { signed: size, held }, &signed);
            self.inner.receipts.keep(by, &signed, None)?;
            return Err(ReceiptError::BeyondLedger { receipted: size, held });
        }
        if self.inner.receipts.covers(by, size) {
            return Ok(Kept::AlreadyCovered);
        }
        let frontier = self.frontier_at(size)?;
        if frontier.root() != signed.root() {
            self.refuse(Contradiction::OtherEntries { size }, &signed);
            return Err(ReceiptError::RootDiffers { size });
        }
        Ok(self.inner.receipts.keep(by, &signed, Some(frontier))?)
    }

    /// Compares a note that came back from elsewhere, such as that of a batch in the spool, with what lies here.
    ///
    /// A note by this log's key for more than is held, or for another root, proves that this disk has lost or changed entries: it
    /// is kept as proof, and the ledger takes nothing in any more, now and at every later start, until it was repaired.
    pub fn confront(&self, note: &Note) -> Result<(), ConfrontError> {
        let signed = SignedCheckpoint::open_note(note.clone(), &self.inner.verifier)?;
        let (size, held) = (signed.size(), self.size());
        if size > held {
            return Err(self.refuse(Contradiction::Shorter { signed: size, held }, &signed).into());
        }
        if self.frontier_at(size)?.root() != signed.root() {
            return Err(self.refuse(Contradiction::OtherEntries { size }, &signed).into());
        }
        Ok(())
    }

    /// What proves that this disk has lost or changed entries, if that came up since the ledger was opened.
    #[must_use]
    pub fn contradiction(&self) -> Option<Contradiction> {
        self.inner.contradictions.found()
    }

    fn refuse(&self, found: Contradiction, proof: &SignedCheckpoint) -> Contradiction {
        if let Err(error) = self.inner.contradictions.keep(found, proof) {
            tracing::error!(%error, %found, "the proof against this ledger could not be kept; it will be heard again");
        }
        self.inner.journal.poison(&found.to_string());
        found
    }

    /// The newest receipt of each aggregator.
    #[must_use]
    pub fn receipts(&self) -> BTreeMap<KeyName, SignedCheckpoint> {
        self.inner.receipts.all()
    }

    fn frontier_at(&self, size: Size) -> Result<Frontier, CheckpointError> {
        Ok(self.inner.signer.tree.frontier_at(&self.inner.journal, size)?)
    }
}
