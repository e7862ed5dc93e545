//! What this ledger told others, as it lies in the slots: a journal must hold at least that.

use crate::contradiction::CONTRADICTION;
use crate::error::OpenError;
use crate::fact::{CHECKPOINT, INTENT, Intent, StoredNote, receipt_names};
use crate::restored::is_marked;
use crate::tree::Tree;
use danvan_journal::{Journal, SlotCopy, Slots, Storage};
use danvan_tlog::{Frontier, Hash, KeyName, SignedCheckpoint, Size, VerifierKey};
use std::collections::BTreeSet;

/// Intent, checkpoint, receipts and what the journal contradicted, each verified against the log's key.
#[derive(Default)]
pub(crate) struct Promises {
    intent: Option<Intent>,
    checkpoint: Option<(SignedCheckpoint, Option<Frontier>)>,
    /// At both facts of the pair: the older one lies a moment before the newer, so that the entries between them can be
    /// hashed again in a log of any length.
    checkpoints: Vec<Frontier>,
    /// The frontier is known once the journal was found to agree.
    pub(crate) contradiction: Option<(SignedCheckpoint, Option<Frontier>)>,
    pub(crate) receipts: Vec<Receipt>,
}

/// The newest note cosigned by one aggregator.
pub(crate) struct Receipt {
    pub(crate) by: KeyName,
    pub(crate) signed: SignedCheckpoint,
    pub(crate) frontier: Option<Frontier>,
}

impl Promises {
    /// Reads them. What came out of a backup is refused: it does not know all that was promised.
    pub(crate) fn read(storage: &dyn Storage, log: &VerifierKey) -> Result<Self, OpenError> {
        let foreign = |name: &str| OpenError::ForeignNote { name: name.to_owned() };
        let intent = match Slots::read(storage, INTENT)? {
            Some(bytes) => Some(Intent::decode(&bytes).ok_or_else(|| foreign(INTENT))?),
            None => None,
        };
        let own_note = |name: &str| match Slots::read(storage, name)? {
            Some(bytes) => {
                let stored = StoredNote::decode(&bytes).ok_or_else(|| foreign(name))?;
                let signed = stored.verified(log).ok_or_else(|| foreign(name))?;
                Ok::<_, OpenError>(Some((signed, stored.frontier)))
            }
            None => Ok(None),
        };
        let (checkpoint, contradiction) = (own_note(CHECKPOINT)?, own_note(CONTRADICTION)?);
        let copies = Slots::copies(storage, CHECKPOINT)?.into_iter().filter_map(|(_, copy)| match copy {
            SlotCopy::Sound { bytes, .. } => StoredNote::decode(&bytes),
            _ => None,
        });
        let own = copies.filter(|stored| stored.verified(log).is_some());
        let checkpoints = own.filter_map(|stored| stored.frontier).collect();
        let (files, mut receipts) = (storage.names()?, Vec::new());
        if is_marked(&files) {
            return Err(OpenError::Restored);
        }
        for name in receipt_names(&files) {
            let Some(bytes) = Slots::read(storage, name)? else { continue };
            let stored = StoredNote::decode(&bytes).ok_or_else(|| foreign(name))?;
            let signed = stored.verified(log).ok_or_else(|| foreign(name))?;
            let by = stored.by.ok_or_else(|| foreign(name))?;
            receipts.push(Receipt { by, signed, frontier: stored.frontier });
        }
        Ok(Self { intent, checkpoint, checkpoints, contradiction, receipts })
    }

    /// The largest size that was promised to anyone.
    pub(crate) fn size(&self) -> Size {
        self.roots().map(|(size, _)| size).max().unwrap_or_default()
    }

    fn roots(&self) -> impl Iterator<Item = (Size, Hash)> {
        let intent = self.intent.iter().map(|intent| (intent.size(), intent.root));
        let own = self.checkpoint.iter().chain(&self.contradiction).map(|(signed, _)| (signed.size(), signed.root()));
        let receipts = self.receipts.iter().map(|receipt| (receipt.signed.size(), receipt.signed.root()));
        intent.chain(own).chain(receipts)
    }

    /// The frontiers that a signature of this log vouches for.
    pub(crate) fn frontiers(&self) -> Vec<Frontier> {
        let receipts = self.receipts.iter().filter_map(|receipt| receipt.frontier.clone());
        self.checkpoints.iter().cloned().chain(receipts).collect()
    }

    /// Hashes the entries below each promised size again, as far as at most `limit` of them tell, and compares roots.
    pub(crate) fn check_against(&self, journal: &Journal, limit: u64) -> Result<(), OpenError> {
        let roots: BTreeSet<(Size, Hash)> = self.roots().collect();
        roots.into_iter().try_for_each(|(size, signed)| self.check_root(journal, size, signed, limit).map(drop))
    }

    /// Hashes the entries below `size` again and compares the root with the signed one; `None` when that takes more than `limit`.
    pub(crate) fn check_root(
        &self,
        journal: &Journal,
        size: Size,
        signed: Hash,
        limit: u64,
    ) -> Result<Option<Frontier>, OpenError> {
        let earlier = self.frontiers().into_iter().filter(|frontier| frontier.size() < size);
        let tree = Tree::new(earlier);
        let start = tree.nearest(size);
        if size.entries_since(start.size()) > limit {
            return Ok(None);
        }
        let frontier = tree.grow(journal, start, size)?;
        let found = frontier.root();
        if found == signed { Ok(Some(frontier)) } else { Err(OpenError::RootDiffers { size, signed, found }) }
    }
}
