//! A ledger on a real disk: made, used, closed, opened again.
#![expect(clippy::unwrap_used, reason = "a test that cannot build its input has failed")]

use danvan_ledger::{
    Attachment, CreateError, JournalOpenError, Kept, Ledger, LedgerConfig, LedgerReader, OpenError, ReceiptError,
    Record, mark_restored,
};
use danvan_tlog::{CosignedAt, Frontier, IndexRange, KeyName, LogKey, MirrorKey, Origin, Size, VerifierKey, leaf_hash};
use std::path::Path;

fn origin() -> Origin {
    Origin::new("example.vn/u/gso2024-15097").unwrap()
}

fn key() -> LogKey {
    LogKey::from_seed(origin().key_name(), [7; 32])
}

fn mirror() -> MirrorKey {
    MirrorKey::from_seed(KeyName::new("example.vn/a/ngoc-lac/mirror").unwrap(), [8; 32])
}

fn entry(n: u64) -> Vec<u8> {
    format!("{{\"n\":{n},\"text\":\"{}\"}}", "x".repeat((n % 97) as usize)).into_bytes()
}

fn record(n: u64) -> Record {
    if n % 10 == 3 {
        Record::with_attachment(entry(n), Attachment::pack(&entry(n).repeat(5)).unwrap())
    } else {
        Record::new(entry(n))
    }
}

fn small() -> LedgerConfig {
    LedgerConfig { segment_bytes: 16 << 10, preallocate_bytes: 8 << 10, ..LedgerConfig::default() }
}

fn create(directory: &Path) -> Ledger {
    Ledger::create(directory, origin(), key(), record(0), small()).unwrap()
}

fn size(n: u64) -> Size {
    Size::new(n).unwrap()
}

fn expected_root(n: u64) -> danvan_tlog::Hash {
    Frontier::of((0..n).map(|i| leaf_hash(&entry(i)))).root()
}

#[test]
fn the_log_begins_with_its_own_trees_and_with_no_other() {
    let directory = tempfile::tempdir().unwrap();
    let ledger = create(directory.path());
    let tree = |n: u64| Frontier::of((0..n).map(|i| leaf_hash(&entry(i))));
    let other = |n: u64| Frontier::of((0..n).map(|i| leaf_hash(&entry(i + u64::from(i + 1 == n)))));
    for n in 1..80 {
        ledger.append(record(n)).unwrap();
        if n == 50 {
            assert_eq!(ledger.sign_latest().unwrap().unwrap().size(), size(51));
        }
    }
    for n in [0, 1, 7, 50, 51, 52, 80] {
        assert_eq!(ledger.tree_at(size(n)).unwrap(), tree(n), "{n}");
        assert!(ledger.begins_with(&tree(n)).unwrap(), "{n}");
        assert!(n == 0 || !ledger.begins_with(&other(n)).unwrap(), "{n}");
    }
    assert!(!ledger.begins_with(&tree(81)).unwrap(), "it does not end so late");
}

#[test]
fn what_was_appended_is_there_after_reopening() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("made/on/the/way");
    let ledger = create(&path);
    for n in 1..500 {
        assert_eq!(ledger.append(record(n)).unwrap().get(), n);
    }
    let last = ledger.drain().unwrap().unwrap();
    assert_eq!((last.size(), last.root()), (size(500), expected_root(500)));

    let (ledger, recovery) = Ledger::open(&path, origin(), key(), small()).unwrap();
    assert_eq!((recovery.size, recovery.torn_tail), (size(500), None));
    let read = ledger.read(size(500).range()).unwrap();
    assert_eq!(read, (0..500).map(record).collect::<Vec<_>>());
    assert_eq!(ledger.latest().unwrap(), last);
    assert_eq!(ledger.append(record(500)).unwrap().get(), 500);
    let range = IndexRange::new(size(333), size(335)).unwrap();
    assert_eq!(ledger.read(range).unwrap(), [record(333), record(334)]);
    assert_eq!(ledger.read_one(size(77).next_index()).unwrap(), record(77));
    assert_eq!(ledger.leaf_hash(size(77).next_index()).unwrap(), leaf_hash(&entry(77)));
    assert!(ledger.read(IndexRange::new(size(500), size(502)).unwrap()).is_err());
}

#[test]
fn a_checkpoint_of_any_durable_size_has_the_root_of_its_entries() {
    let directory = tempfile::tempdir().unwrap();
    let ledger = create(directory.path());
    for n in 1..3000 {
        ledger.submit(record(n), Box::new(|outcome| assert!(outcome.is_ok()))).unwrap();
    }
    ledger.append(record(3000)).unwrap();
    for n in [1, 2, 255, 256, 1023, 1024, 1025, 2048, 3001, 700] {
        let signed = ledger.checkpoint_at(size(n)).unwrap();
        assert_eq!((signed.size(), signed.root()), (size(n), expected_root(n)), "size {n}");
        signed.note().signed_by(key().verifier_key()).unwrap();
    }
    assert!(ledger.checkpoint_at(size(3002)).is_err());
    drop(ledger);
    let (ledger, _) = Ledger::open(directory.path(), origin(), key(), small()).unwrap();
    assert_eq!(ledger.checkpoint_at(size(1500)).unwrap().root(), expected_root(1500));
}

#[test]
fn every_signed_checkpoint_is_announced_and_never_goes_back() {
    let directory = tempfile::tempdir().unwrap();
    let ledger = create(directory.path());
    let (sender, signed) = std::sync::mpsc::channel();
    ledger.on_signed(Box::new(move |checkpoint| sender.send(checkpoint.size()).unwrap()));
    for n in 1..200 {
        ledger.append(record(n)).unwrap();
    }
    ledger.drain().unwrap();
    let sizes: Vec<Size> = signed.try_iter().collect();
    assert!(sizes.is_sorted_by(|a, b| a < b), "{sizes:?}");
    assert_eq!(sizes.last(), Some(&size(200)));
}

#[test]
fn receipts_are_kept_and_never_go_back() {
    let directory = tempfile::tempdir().unwrap();
    let ledger = create(directory.path());
    for n in 1..20 {
        ledger.append(record(n)).unwrap();
    }
    let by = mirror().verifier_key().name().clone();
    let receipt = |n| mirror().cosign(&ledger.checkpoint_at(size(n)).unwrap(), CosignedAt::from_unix_seconds(1));
    assert_eq!(ledger.keep_receipt(&by, receipt(10).note()).unwrap(), Kept::Newest);
    assert_eq!(ledger.keep_receipt(&by, receipt(5).note()).unwrap(), Kept::AlreadyCovered);
    assert_eq!(ledger.keep_receipt(&by, receipt(15).note()).unwrap(), Kept::Newest);
    let uncosigned = ledger.checkpoint_at(size(20)).unwrap();
    assert!(matches!(ledger.keep_receipt(&by, uncosigned.note()), Err(ReceiptError::NotCosigned { .. })));
    ledger.drain().unwrap();

    let (ledger, _) = Ledger::open(directory.path(), origin(), key(), small()).unwrap();
    let receipts = ledger.receipts();
    assert_eq!(receipts[&by].size(), size(15));
    receipts[&by].cosigned_by(mirror().verifier_key()).unwrap();
}

#[test]
fn a_receipt_for_more_than_is_held_stops_the_ledger_for_good() {
    let directory = tempfile::tempdir().unwrap();
    let ledger = create(directory.path());
    let by = mirror().verifier_key().name().clone();
    let ahead = key().sign(size(9), expected_root(9));
    let ahead = mirror().cosign(&ahead, CosignedAt::from_unix_seconds(1));
    let refused = ledger.keep_receipt(&by, ahead.note());
    assert!(matches!(refused, Err(ReceiptError::BeyondLedger { .. })), "{refused:?}");
    assert!(ledger.append(record(1)).is_err());
    drop(ledger);
    let reopened = Ledger::open(directory.path(), origin(), key(), small());
    assert!(matches!(reopened, Err(OpenError::Journal(JournalOpenError::Lost { .. }))));
}

#[test]
fn only_one_process_writes() {
    let directory = tempfile::tempdir().unwrap();
    let ledger = create(directory.path());
    let second = Ledger::open(directory.path(), origin(), key(), small());
    assert!(matches!(second, Err(OpenError::Journal(JournalOpenError::Locked))));
    ledger.drain().unwrap();
    Ledger::open(directory.path(), origin(), key(), small()).unwrap();
    let again = Ledger::create(directory.path(), origin(), key(), record(0), small());
    assert!(matches!(again, Err(CreateError::Exists { .. })));
}

#[test]
fn another_origins_directory_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    create(directory.path()).drain().unwrap();
    let other = Origin::new("example.vn/u/gso2024-15061").unwrap();
    let key = LogKey::from_seed(other.key_name(), [9; 32]);
    let opened = Ledger::open(directory.path(), other, key, small());
    assert!(matches!(
        opened,
        Err(OpenError::ForeignNote { .. } | OpenError::Journal(JournalOpenError::Foreign { .. }))
    ));
}

#[test]
fn an_auditor_reads_beside_the_writer() {
    let directory = tempfile::tempdir().unwrap();
    let ledger = create(directory.path());
    for n in 1..300 {
        ledger.append(record(n)).unwrap();
    }
    let by = mirror().verifier_key().name().clone();
    let receipt = mirror().cosign(&ledger.checkpoint_at(size(300)).unwrap(), CosignedAt::from_unix_seconds(1));
    ledger.keep_receipt(&by, receipt.note()).unwrap();

    let reader = LedgerReader::open(directory.path()).unwrap();
    assert_eq!((reader.origin(), reader.size(), reader.torn_tail()), (&origin(), size(300), None));
    let read: Vec<Record> = reader.entries().map(|item| item.unwrap().1).collect();
    assert_eq!(read, (0..300).map(record).collect::<Vec<_>>());
    assert_eq!(reader.receipts()[&by], *receipt.note());
    let log: &VerifierKey = ledger.verifier_key();
    reader.checkpoints().last().unwrap().signed_by(log).unwrap();
    assert!(reader.damaged_slots().is_empty());
}

#[test]
fn what_came_out_of_a_backup_is_read_and_not_appended_to() {
    let directory = tempfile::tempdir().unwrap();
    create(directory.path()).drain().unwrap();
    for about in ["from backup 7", "from backup 7, once more"] {
        mark_restored(directory.path(), about).unwrap();
        let opened = Ledger::open(directory.path(), origin(), key(), small()).err();
        assert!(matches!(opened, Some(OpenError::Restored)), "{opened:?}");
    }
    assert_eq!(LedgerReader::open(directory.path()).unwrap().size(), size(1));
}
