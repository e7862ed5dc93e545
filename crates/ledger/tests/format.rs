//! The format on the disk does not move: a ledger that was written once is read for ever, here and by a foreign reader.
#![expect(clippy::unwrap_used, reason = "a test that cannot build its input has failed")]

use danvan_journal::{Config, Identity, Journal, MemoryStorage};
use danvan_ledger::{Attachment, Ledger, LedgerConfig, LedgerReader, Record};
use danvan_tlog::{Frontier, LogKey, Origin, Size, leaf_hash};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

const RECORDS: u32 = 150;
const SEGMENT_BYTES: u64 = 4096 + 8000;

fn fixture() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/v1")
}

fn origin() -> Origin {
    Origin::new("fixture.danvan.example/u/gso2024-15097").unwrap()
}

fn key() -> LogKey {
    LogKey::from_seed(origin().key_name(), [1; 32])
}

fn record(n: u32) -> Record {
    let entry = format!("{{\"n\":{n},\"text\":\"{}\"}}", "dân vận khéo ".repeat(n as usize % 7)).into_bytes();
    match n % 20 {
        3 => Record::with_attachment(entry, b"an attachment".repeat(n as usize)),
        7 => Record::with_attachment(entry, Vec::new()),
        _ => Record::new(entry),
    }
}

fn segments(files: impl IntoIterator<Item = (String, Vec<u8>)>) -> BTreeMap<String, Vec<u8>> {
    files.into_iter().filter(|(name, _)| name.ends_with(".segment")).collect()
}

fn files_of(directory: &Path) -> BTreeMap<String, Vec<u8>> {
    let files = std::fs::read_dir(directory).unwrap().map(|file| file.unwrap());
    files.map(|file| (file.file_name().into_string().unwrap(), std::fs::read(file.path()).unwrap())).collect()
}

#[test]
fn the_same_records_give_the_bytes_of_the_fixture() {
    let memory = MemoryStorage::new();
    let config = Config { segment_bytes: SEGMENT_BYTES, preallocate_bytes: 2000, ..Config::default() };
    let identity = Identity::new(origin().as_str()).unwrap();
    let journal = Journal::create(Arc::new(memory.clone()), &identity, config).unwrap();
    for n in 0..RECORDS {
        journal.append(record(n)).unwrap();
    }
    drop(journal);
    let (written, kept) = (segments(memory.files()), segments(files_of(&fixture())));
    assert!(written.len() > 2);
    assert!(written == kept, "the bytes of segments have changed: a new format needs a new version and a new fixture");
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
fn a_reader_written_from_the_description_alone_agrees() {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/read_ledger.py");
    let read = |directory: &Path| Command::new("python3").arg(&script).arg(directory).output().unwrap();
    let root = Frontier::of((0..RECORDS).map(|n| leaf_hash(&record(n).entry))).root();
    let expected = format!(
        "{{\"attachments\": 16, \"entries\": {RECORDS}, \"origin\": \"{}\", \"root\": \"{root}\", \
         \"signed\": {RECORDS}, \"torn\": false}}\n",
        origin()
    );
    let output = read(&fixture());
    assert_eq!(String::from_utf8(output.stdout).unwrap(), expected, "{}", String::from_utf8_lossy(&output.stderr));

    let damaged = tempfile::tempdir().unwrap();
    for (name, mut bytes) in files_of(&fixture()) {
        if name == "0000000000.segment" {
            bytes[4096 + 50] ^= 1;
        }
        std::fs::write(damaged.path().join(name), bytes).unwrap();
    }
    assert!(!read(damaged.path()).status.success());
}

#[test]
fn attachments_are_packed_as_zstd_frames() {
    let packed = Attachment::pack(b"an attachment").unwrap();
    assert_eq!(packed[..4], [0x28, 0xb5, 0x2f, 0xfd]);
}
