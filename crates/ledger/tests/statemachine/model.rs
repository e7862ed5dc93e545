//! What a ledger is: entries, the sizes that were signed, and receipts.

use crate::table::key_of;
use danvan_ledger::{Ledger, Place};
pub(crate) use danvan_testkit::{key_of as key, origin_of as origin};
use danvan_tlog::{CosignedAt, Frontier, Hash, Index, KeyName, MirrorKey, SignedCheckpoint, Size, leaf_hash};

pub(crate) fn mirror(which: usize) -> MirrorKey {
    let name = ["example.vn/a/ngoc-lac/mirror", "example.vn/a/thanh-hoa/mirror"][which];
    MirrorKey::from_seed(KeyName::new(name).unwrap(), [70; 32])
}

pub(crate) fn cosigned(by: usize, signed: &SignedCheckpoint) -> SignedCheckpoint {
    mirror(by).cosign(signed, CosignedAt::from_unix_seconds(1))
}

pub(crate) fn size(n: usize) -> Size {
    Size::new(n as u64).unwrap()
}

/// One incarnation of the log.
#[derive(Clone, Default)]
pub(crate) struct Log {
    /// What was acknowledged.
    pub(crate) entries: Vec<Vec<u8>>,
    /// What was handed in after that and is in doubt, in order.
    pub(crate) in_doubt: Vec<Vec<u8>>,
    /// The size of the latest checkpoint.
    pub(crate) latest: usize,
    /// The largest size that each aggregator cosigned.
    pub(crate) receipts: [usize; 2],
}

impl Log {
    pub(crate) fn root(&self, size: usize) -> Hash {
        Frontier::of(self.entries[..size].iter().map(|entry| leaf_hash(entry))).root()
    }

    /// Asserts that this was signed of these entries; returns its size.
    pub(crate) fn check(&self, signed: &SignedCheckpoint) -> usize {
        let size = usize::try_from(signed.size().get()).unwrap();
        assert!(size <= self.entries.len(), "{size} entries were signed of {}", self.entries.len());
        assert_eq!(signed.root(), self.root(size), "another root was signed for size {size}");
        size
    }

    /// What the disk holds is now the truth: everything acknowledged and promised, and of the rest a beginning.
    pub(crate) fn settle(&mut self, ledger: &Ledger) {
        let held = usize::try_from(ledger.size().get()).unwrap();
        assert!(held >= self.entries.len(), "{} were acknowledged, {held} are left", self.entries.len());
        assert!(held <= self.entries.len() + self.in_doubt.len(), "{held} are there, and nobody handed in so many");
        let kept = held - self.entries.len();
        self.entries.extend(self.in_doubt.drain(..).take(kept));
        self.in_doubt.clear();
        let read = ledger.read(ledger.size().range()).unwrap();
        assert!(read.iter().map(|record| &record.entry).eq(&self.entries), "other entries are there");
        let latest = ledger.latest().map_or(0, |latest| self.check(&latest));
        assert!(latest >= self.latest, "the latest checkpoint went back from {} to {latest}", self.latest);
        self.latest = latest;
        let receipts = ledger.receipts();
        for which in 0..2 {
            let found = receipts.get(mirror(which).verifier_key().name()).map_or(0, |receipt| self.check(receipt));
            assert!(found >= self.receipts[which], "a receipt went back from {} to {found}", self.receipts[which]);
            self.receipts[which] = found;
        }
    }

    pub(crate) fn held(&self) -> usize {
        self.receipts[0].max(self.receipts[1])
    }
}

/// Where the entry of a key stands, in which of the logs.
pub(crate) fn place_of(logs: &[Log], key: &[u8]) -> Option<Place> {
    (1..).zip(logs).find_map(|(incarnation, log)| {
        let at = log.entries.iter().position(|entry| key_of(entry).as_deref() == Some(key))?;
        Some(Place { incarnation, index: Index::new(at as u64).unwrap() })
    })
}
