//! A ledger meets its own signature for entries that its disk does not hold: it stops, and no later start forgets it.
#![expect(clippy::unwrap_used, reason = "a test that cannot build its input has failed")]

use danvan_ledger::{
    AppendError, ConfrontError, Contradiction, JournalOpenError, Ledger, LedgerConfig, OpenError, ReceiptError, Record,
};
use danvan_tlog::{CosignedAt, KeyName, LogKey, MirrorKey, Note, Origin, Size, leaf_hash};
use std::fs;
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

fn record(n: u64) -> Record {
    Record::new(format!("{{\"n\":{n}}}").into_bytes())
}

/// A ledger of `entries` entries, drained.
fn make(directory: &Path, entries: u64) {
    let ledger = Ledger::create(directory, origin(), key(), record(0), LedgerConfig::default()).unwrap();
    let rest = ledger.append_all((1..entries).map(record).collect());
    assert!(rest.iter().all(Result::is_ok));
    ledger.drain().unwrap();
}

fn open(directory: &Path) -> Result<Ledger, OpenError> {
    Ledger::open(directory, origin(), key(), LedgerConfig::default()).map(|(ledger, _)| ledger)
}

/// What the key signed in another life of this log.
fn foreign_note(entries: u64) -> Note {
    key().sign(Size::new(entries).unwrap(), leaf_hash(b"another life")).note().clone()
}

/// Puts the files of one directory over those of another.
fn put_over(from: &Path, to: &Path) {
    for item in fs::read_dir(from).unwrap() {
        let path = item.unwrap().path();
        fs::copy(&path, to.join(path.file_name().unwrap())).unwrap();
    }
}

#[test]
fn a_note_of_its_own_that_it_holds_changes_nothing() {
    let directory = tempfile::tempdir().unwrap();
    make(directory.path(), 40);
    let ledger = open(directory.path()).unwrap();
    for size in [1, 17, 40] {
        let note = ledger.checkpoint_at(Size::new(size).unwrap()).unwrap().note().clone();
        ledger.confront(&note).unwrap();
    }
    let others = LogKey::from_seed(origin().key_name(), [9; 32]).sign(Size::from(90), leaf_hash(b"x"));
    assert!(matches!(ledger.confront(others.note()), Err(ConfrontError::Note(_))));
    assert_eq!(ledger.contradiction(), None);
    ledger.append(record(40)).unwrap();
}

#[test]
fn an_older_copy_stops_at_its_own_signature_for_more_and_opens_again_only_when_it_is_whole() {
    let (whole, older) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    make(whole.path(), 10);
    put_over(whole.path(), older.path());
    let ledger = open(whole.path()).unwrap();
    assert!(ledger.append_all((10..30).map(record).collect()).iter().all(Result::is_ok));
    let note = ledger.drain().unwrap().unwrap().note().clone();

    let ledger = open(older.path()).unwrap();
    let refused = ledger.confront(&note);
    let found = Contradiction::Shorter { signed: Size::from(30), held: Size::from(10) };
    assert!(matches!(refused, Err(ConfrontError::Contradiction(seen)) if seen == found), "{refused:?}");
    assert_eq!(ledger.contradiction(), Some(found));
    assert!(matches!(ledger.append(record(10)), Err(AppendError::Poisoned { .. })));
    drop(ledger);
    for _ in 0..2 {
        let opened = open(older.path()).err();
        assert!(matches!(opened, Some(OpenError::Journal(JournalOpenError::Lost { .. }))), "{opened:?}");
    }

    put_over(whole.path(), older.path());
    for _ in 0..2 {
        open(older.path()).unwrap().drain().unwrap();
    }
    open(older.path()).unwrap().append(record(30)).unwrap();
}

#[test]
fn other_entries_than_its_key_signed_keep_a_ledger_shut_however_many_they_are() {
    let directory = tempfile::tempdir().unwrap();
    // More than an ordinary start hashes again.
    make(directory.path(), 70_000);
    let ledger = open(directory.path()).unwrap();
    let refused = ledger.confront(&foreign_note(69_000));
    assert!(matches!(refused, Err(ConfrontError::Contradiction(Contradiction::OtherEntries { .. }))), "{refused:?}");
    assert!(ledger.append(record(1)).is_err());
    drop(ledger);
    for _ in 0..2 {
        let opened = open(directory.path()).err();
        assert!(matches!(opened, Some(OpenError::RootDiffers { size, .. }) if size.get() == 69_000), "{opened:?}");
    }
}

#[test]
fn a_receipt_for_other_entries_keeps_a_ledger_shut_at_every_later_start() {
    let directory = tempfile::tempdir().unwrap();
    make(directory.path(), 20);
    let ledger = open(directory.path()).unwrap();
    let signed = key().sign(Size::from(12), leaf_hash(b"another life"));
    let receipt = mirror().cosign(&signed, CosignedAt::from_unix_seconds(1));
    let refused = ledger.keep_receipt(mirror().verifier_key().name(), receipt.note());
    assert!(matches!(refused, Err(ReceiptError::RootDiffers { .. })), "{refused:?}");
    assert!(ledger.append(record(20)).is_err());
    drop(ledger);
    for _ in 0..2 {
        let opened = open(directory.path()).err();
        assert!(matches!(opened, Some(OpenError::RootDiffers { .. })), "{opened:?}");
    }
}
