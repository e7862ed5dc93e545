//! What has to happen to a ledger for each of the small files to be written.

use danvan_journal::MemoryStorage;
use danvan_ledger::{
    Contradiction, Ledger, LedgerConfig, LedgerCopy, LedgerReader, Record, RepairOptions, RepairSources, Signing,
    SilentMirror, Storage, Successor, Supplied, mark_restored_on, rejoin_on, repair, succeed_on,
};
use danvan_testkit::Files;
use danvan_tlog::{Frontier, Index, LogKey, Origin, SignedCheckpoint, Size, leaf_hash};
use std::collections::BTreeSet;
use std::sync::Arc;

pub(crate) const ENTRIES: u32 = 6;
/// The entry that gets lost: a log that nobody holds a copy of ends before it.
pub(crate) const LOST: u32 = 3;
pub(crate) const MARK: &str = "a backup of 26/11/2026";
pub(crate) const SILENT: [&str; 2] = ["ngoc-lac", "thanh-hoa"];

pub(crate) fn origin() -> Origin {
    Origin::new("fixture.danvan.example/u/gso2024-15097").unwrap()
}

pub(crate) fn key() -> LogKey {
    LogKey::from_seed(origin().key_name(), [1; 32])
}

pub(crate) fn next_key() -> LogKey {
    LogKey::from_seed(origin().next_incarnation().unwrap().key_name(), [2; 32])
}

fn record(n: u32) -> Record {
    Record::new(format!("entry {n}").into_bytes())
}

pub(crate) fn tree(size: u32) -> Frontier {
    Frontier::of((0..size).map(|n| leaf_hash(&record(n).entry)))
}

pub(crate) fn signed(size: u32) -> SignedCheckpoint {
    key().sign(Size::from(size), tree(size).root())
}

fn config() -> LedgerConfig {
    LedgerConfig { reserve_bytes: 0, preallocate_bytes: 0, signing: Signing::OnDemand, ..LedgerConfig::default() }
}

fn options() -> RepairOptions {
    RepairOptions { config: config(), ..RepairOptions::default() }
}

fn on(files: Files) -> (MemoryStorage, Arc<dyn Storage>) {
    let storage = MemoryStorage::with_files(files);
    (storage.clone(), Arc::new(storage))
}

/// A ledger of so many entries, drained.
pub(crate) fn ledger(entries: u32) -> Files {
    let (files, storage) = on(Files::new());
    let ledger = Ledger::create_on(storage, origin(), key(), record(0), config()).unwrap();
    (1..entries).for_each(|n| assert_eq!(ledger.append(record(n)).unwrap().get(), u64::from(n)));
    ledger.drain().unwrap();
    files.files()
}

/// The same, with one entry that is not what was written.
fn damaged() -> Files {
    let mut files = ledger(ENTRIES);
    let (segment, text) = (files.get_mut("0000000000.segment").unwrap(), record(LOST).entry);
    let at = segment.windows(text.len()).position(|bytes| bytes == text).unwrap();
    segment[at] ^= 1;
    files
}

fn only(files: &Files, pair: &str) -> Files {
    files.iter().filter(|(name, _)| name.starts_with(pair)).map(|(name, bytes)| (name.clone(), bytes.clone())).collect()
}

fn no_attachment(_: Index, _: &[u8], _: Option<Vec<u8>>) -> Supplied {
    Supplied::NotNeeded
}

/// A ledger of two entries hears of its own signature for six; what it kept of that is settled by one that has them.
pub(crate) fn contradiction() -> Files {
    let (short, storage) = on(ledger(2));
    let (of_two, _) = Ledger::open_on(storage, origin(), key(), config()).unwrap();
    of_two.confront(signed(ENTRIES).note()).unwrap_err();
    let found = Contradiction::Shorter { signed: Size::from(ENTRIES), held: Size::from(2_u32) };
    assert_eq!(of_two.contradiction(), Some(found));
    let (whole, storage) = on(ledger(ENTRIES).into_iter().chain(only(&short.files(), "contradiction")).collect());
    Ledger::open_on(storage, origin(), key(), config()).unwrap();
    only(&whole.files(), "contradiction")
}

/// One entry of six is lost: the log ends before it and goes on.
pub(crate) fn end_and_beginning() -> Files {
    let ((_, damaged), (ended, old), (next, new)) = (on(damaged()), on(Files::new()), on(Files::new()));
    let successor = Successor {
        key: next_key(),
        first: &mut |_| Ok(Record::new(b"goes on".to_vec())),
        lost: &mut |_| Ok(Vec::new()),
        carry: &mut |_, record| Some(record),
    };
    let sources = RepairSources { mirrors: vec![], attachments: &mut no_attachment };
    succeed_on((damaged, key().verifier_key()), sources, options(), (&old, &new), successor).unwrap();
    only(&ended.files(), "frozen").into_iter().chain(only(&next.files(), "previous")).collect()
}

/// The lost entry comes back from a copy.
pub(crate) fn repaired() -> Files {
    let parent = tempfile::tempdir().unwrap();
    let directory = parent.path().join("ledger");
    std::fs::create_dir(&directory).unwrap();
    for (name, bytes) in damaged() {
        std::fs::write(directory.join(name), bytes).unwrap();
    }
    let mut copy = LedgerCopy::of("a copy".to_owned(), LedgerReader::open_on(on(ledger(ENTRIES)).1).unwrap());
    let sources = RepairSources { mirrors: vec![&mut copy], attachments: &mut no_attachment };
    repair(&directory, key().verifier_key(), sources, options()).unwrap();
    let read = |name: &str| (name.to_owned(), std::fs::read(directory.join(name)).unwrap());
    ["repaired.a", "repaired.b"].into_iter().map(read).collect()
}

/// Twice an operator lets the ledger go on without somebody who says nothing.
pub(crate) fn forgone_and_mark() -> Files {
    let (files, storage) = on(ledger(ENTRIES));
    let mut mark = Files::new();
    for name in SILENT {
        mark_restored_on(storage.as_ref(), MARK).unwrap();
        mark = only(&files.files(), "restored");
        let mut mirror = SilentMirror::new(name, "no answer");
        let sources = RepairSources { mirrors: vec![&mut mirror], attachments: &mut no_attachment };
        let (fresh, without) = (on(Files::new()).1, BTreeSet::from([name.to_owned()]));
        rejoin_on(&storage, &fresh, key().verifier_key(), sources, &without, options()).unwrap();
    }
    only(&files.files(), "forgone").into_iter().chain(mark).collect()
}
