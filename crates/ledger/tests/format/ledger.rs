//! A ledger of several segments with its promises.

use crate::fields::{Fields, assert_frontier};
use crate::stories::{key, origin};
use danvan_journal::MemoryStorage;
use danvan_ledger::{Attachment, Kept, Ledger, LedgerConfig, LedgerReader, Record, Signing};
use danvan_tlog::{CosignedAt, Frontier, KeyName, MirrorKey, SignedCheckpoint, Size, leaf_hash};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

pub(crate) const RECORDS: u32 = 150;
/// Entries that the aggregator cosigned.
const RECEIPTED: u32 = 100;
const SEGMENT_BYTES: u64 = 4096 + 8000;

pub(crate) fn fixture() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/v1")
}

fn mirror() -> MirrorKey {
    MirrorKey::from_seed(KeyName::new("fixture.danvan.example/a/ngoc-lac/mirror").unwrap(), [2; 32])
}

pub(crate) fn record(n: u32) -> Record {
    let entry = format!("{{\"n\":{n},\"text\":\"{}\"}}", "dân vận khéo ".repeat(n as usize % 7)).into_bytes();
    match n % 20 {
        3 => Record::with_attachment(entry, b"an attachment".repeat(n as usize)),
        7 => Record::with_attachment(entry, Vec::new()),
        _ => Record::new(entry),
    }
}

fn tree(size: u32) -> Frontier {
    Frontier::of((0..size).map(|n| leaf_hash(&record(n).entry)))
}

fn signed(size: u32) -> SignedCheckpoint {
    key().sign(Size::from(size), tree(size).root())
}

fn receipt() -> SignedCheckpoint {
    mirror().cosign(&signed(RECEIPTED), CosignedAt::from_unix_seconds(1_709_856_000))
}

pub(crate) fn files_of(directory: &Path) -> BTreeMap<String, Vec<u8>> {
    let files = std::fs::read_dir(directory).unwrap().map(|file| file.unwrap());
    files.map(|file| (file.file_name().into_string().unwrap(), std::fs::read(file.path()).unwrap())).collect()
}

#[test]
fn the_same_life_gives_the_bytes_of_the_fixture() {
    let memory = MemoryStorage::new();
    let config = LedgerConfig {
        segment_bytes: SEGMENT_BYTES,
        preallocate_bytes: 2000,
        reserve_bytes: 0,
        signing: Signing::OnDemand,
        ..LedgerConfig::default()
    };
    let ledger = Ledger::create_on(Arc::new(memory.clone()), origin(), key(), record(0), config).unwrap();
    for n in 1..RECORDS {
        ledger.append(record(n)).unwrap();
        match n + 1 {
            2 => drop(ledger.sign_latest().unwrap()),
            RECEIPTED => {
                assert_eq!(ledger.checkpoint_at(ledger.size()).unwrap(), signed(RECEIPTED));
                let kept = ledger.keep_receipt(mirror().verifier_key().name(), receipt().note());
                assert_eq!(kept.unwrap(), Kept::Newest);
            }
            _ => {}
        }
    }
    ledger.drain().unwrap();
    let (written, kept) = (memory.files(), files_of(&fixture()));
    let made = Path::new(env!("CARGO_TARGET_TMPDIR")).join("v1");
    std::fs::create_dir_all(&made).unwrap();
    for (name, bytes) in &written {
        std::fs::write(made.join(name), bytes).unwrap();
    }
    let names = || written.keys().chain(kept.keys()).filter(|name| written.get(*name) != kept.get(*name));
    let changed: BTreeSet<&String> = names().collect();
    assert!(
        written.len() > 8 && changed.is_empty(),
        "a new encoding needs a new version and a new fixture ({}): {changed:?}",
        made.display()
    );
}

#[test]
fn the_promises_of_the_fixture_are_read_field_by_field() {
    let files = files_of(&fixture());
    for (name, expected, size) in [("intent.b", 4, RECEIPTED), ("intent.a", 5, RECORDS)] {
        let (generation, mut fact) = Fields::of_slot(&files[name]);
        assert_eq!((generation, fact.take(32)), (expected, tree(size).root().as_bytes().as_slice()), "{name}");
        assert_frontier(&mut fact, &tree(size));
        fact.end();
    }
    for (name, expected, size) in [("checkpoint.a", 3, 2), ("checkpoint.b", 4, RECORDS)] {
        let (generation, mut fact) = Fields::of_slot(&files[name]);
        assert_eq!((generation, fact.u8()), (expected, 0), "{name}");
        assert_eq!(usize::from(fact.u16()), tree(size).to_bytes().len());
        assert_frontier(&mut fact, &tree(size));
        assert_eq!(fact.rest().as_bytes(), signed(size).note().to_bytes());
    }
    // The first fact of a pair lies in both files.
    for (ending, expected) in [("a", 1), ("b", 2)] {
        let file = &files[&format!("receipt-e37df300fec3c044b0df7f99671ddff1.{ending}")];
        let (generation, mut fact) = Fields::of_slot(file);
        assert_eq!(generation, expected);
        let length = usize::from(fact.u8());
        assert_eq!(fact.text(length), mirror().verifier_key().name().as_str());
        assert_eq!(usize::from(fact.u16()), tree(RECEIPTED).to_bytes().len());
        assert_frontier(&mut fact, &tree(RECEIPTED));
        assert_eq!(fact.rest().as_bytes(), receipt().note().to_bytes());
    }
}

#[test]
fn the_fixture_is_read_and_continued() {
    let reader = LedgerReader::open(&fixture()).unwrap();
    let read: Vec<Record> = reader.entries().map(|item| item.unwrap().1).collect();
    assert_eq!(read, (0..RECORDS).map(record).collect::<Vec<_>>());
    assert_eq!((reader.origin(), reader.receipts().len()), (&origin(), 1));

    let storage = Arc::new(MemoryStorage::with_files(files_of(&fixture())));
    let (ledger, recovery) = Ledger::open_on(storage, origin(), key(), LedgerConfig::default()).unwrap();
    assert_eq!((recovery.size, recovery.torn_tail), (Size::from(RECORDS), None));
    assert_eq!(ledger.latest().unwrap().root(), Frontier::of((0..RECORDS).map(|n| leaf_hash(&record(n).entry))).root());
    assert_eq!(ledger.append(record(RECORDS)).unwrap(), Size::from(RECORDS).next_index());
}

#[test]
fn attachments_are_packed_as_zstd_frames() {
    let packed = Attachment::pack(b"an attachment").unwrap();
    assert_eq!(packed[..4], [0x28, 0xb5, 0x2f, 0xfd]);
}
