//! A commune's ledger of several segments with its receipts, on a disk in memory.

use danvan_ledger::{Ledger, LedgerConfig, Record, Signing, Storage};
use danvan_testkit::{Dice, FaultyStorage, Files, MediaFault};
use danvan_tlog::{CosignedAt, Frontier, Hash, KeyName, LogKey, MirrorKey, Origin, SignedCheckpoint, Size, leaf_hash};
use std::sync::{Arc, LazyLock};

/// Entries of the whole ledger; all of them are signed.
pub(crate) const ENTRIES: u64 = 150;
/// Entries that the aggregator cosigned; it holds no more.
pub(crate) const MIRRORED: u64 = 120;

/// Segments so small that the ledger seals several.
pub(crate) fn config() -> LedgerConfig {
    LedgerConfig {
        segment_bytes: 4096 + 3500,
        preallocate_bytes: 900,
        reserve_bytes: 700,
        signing: Signing::OnDemand,
        ..LedgerConfig::default()
    }
}

pub(crate) fn origin() -> Origin {
    Origin::new("example.vn/u/gso2024-15097").unwrap()
}

pub(crate) fn key() -> LogKey {
    LogKey::from_seed(origin().key_name(), [7; 32])
}

pub(crate) fn aggregator() -> MirrorKey {
    MirrorKey::from_seed(KeyName::new("example.vn/a/ngoc-lac/mirror").unwrap(), [8; 32])
}

pub(crate) fn size(n: u64) -> Size {
    Size::new(n).unwrap()
}

pub(crate) fn entry(n: u64) -> Vec<u8> {
    let mut dice = Dice::new(n);
    dice.bytes(20 + dice.clone().place(150))
}

pub(crate) fn has_attachment(n: u64) -> bool {
    n % 7 == 3
}

pub(crate) fn record(n: u64) -> Record {
    if has_attachment(n) { Record::with_attachment(entry(n), entry(n + 1000)) } else { Record::new(entry(n)) }
}

pub(crate) fn root_of(entries: u64) -> Hash {
    Frontier::of((0..entries).map(|n| leaf_hash(&entry(n)))).root()
}

pub(crate) fn cosigned(entries: u64) -> SignedCheckpoint {
    aggregator().cosign(&key().sign(size(entries), root_of(entries)), CosignedAt::from_unix_seconds(1))
}

/// The files of the ledger after it was drained.
pub(crate) fn files() -> Files {
    static FILES: LazyLock<Files> = LazyLock::new(|| {
        let disk = FaultyStorage::new();
        let storage: Arc<dyn Storage> = Arc::new(disk.clone());
        let ledger = Ledger::create_on(storage, origin(), key(), record(0), config()).unwrap();
        let by = aggregator().verifier_key().name().clone();
        let mut at = 1;
        for group in (1..20).cycle() {
            let end = (at + group).min(ENTRIES);
            assert!(ledger.append_all((at..end).map(record).collect()).iter().all(Result::is_ok));
            at = end;
            ledger.sign_latest().unwrap();
            for receipted in [50, MIRRORED] {
                if at >= receipted {
                    ledger.keep_receipt(&by, cosigned(receipted).note()).unwrap();
                }
            }
            if at == ENTRIES {
                break;
            }
        }
        ledger.drain().unwrap();
        disk.files()
    });
    FILES.clone()
}

pub(crate) fn storage(files: Files) -> Arc<dyn Storage> {
    Arc::new(FaultyStorage::with_files(files))
}

/// The names of the segments, in order.
pub(crate) fn segments(files: &Files) -> Vec<String> {
    files.keys().filter(|name| name.ends_with(".segment")).cloned().collect()
}

/// Damages the files as often as it says; tells how.
pub(crate) fn damage(files: &mut Files, dice: &mut Dice, times: u64) -> String {
    let faults = (0..times).map(|_| {
        let fault = MediaFault::draw(dice, files);
        fault.apply(files);
        fault.to_string()
    });
    faults.collect::<Vec<_>>().join(", ")
}

/// Leaves nothing of a file.
pub(crate) fn ruin(files: &mut Files, name: &str) {
    files.get_mut(name).unwrap().fill(0x5a);
}
