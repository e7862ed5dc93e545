//! What opening a ledger costs: it must not grow with the entries that lie in sealed segments.
#![expect(clippy::unwrap_used, reason = "a test that cannot build its input has failed")]

use danvan_journal::{File, MemoryStorage, Slots, Storage};
use danvan_ledger::{Ledger, LedgerConfig, Record, Signing};
use danvan_testkit::{FileLayer, Layered, StorageLayer};
use danvan_tlog::{LogKey, Origin};
use std::collections::BTreeMap;
use std::io;
use std::sync::{Arc, Mutex};

/// Bytes of one entry; a sealed segment of this test holds some fifty.
const ENTRY_BYTES: usize = 300;
const HEADER_BYTES: u64 = 4096;
const FRAME_BYTES: u64 = 40 + 304;

type Counts = Arc<Mutex<BTreeMap<String, u64>>>;

/// Counts the bytes that are read of each file.
struct Counting {
    inner: MemoryStorage,
    read: Counts,
}

struct CountingFile {
    inner: Box<dyn File>,
    name: String,
    read: Counts,
}

impl StorageLayer for Counting {
    fn inner(&self) -> &dyn Storage {
        &self.inner
    }

    fn wrap(&self, name: &str, file: Box<dyn File>) -> Box<dyn File> {
        Box::new(Layered(CountingFile { inner: file, name: name.to_owned(), read: Arc::clone(&self.read) }))
    }
}

impl FileLayer for CountingFile {
    fn inner(&self) -> &dyn File {
        self.inner.as_ref()
    }

    fn read_at(&self, offset: u64, into: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read_at(offset, into)?;
        *self.read.lock().unwrap().entry(self.name.clone()).or_default() += read as u64;
        Ok(read)
    }
}

fn origin() -> Origin {
    Origin::new("example.vn/u/gso2024-15097").unwrap()
}

fn key() -> LogKey {
    LogKey::from_seed(origin().key_name(), [7; 32])
}

/// Opens a ledger of so many entries as a SIGKILL left it: nobody drained it. Says what was read of which file.
fn read_at_opening(entries: u64) -> BTreeMap<String, u64> {
    let config = LedgerConfig {
        segment_bytes: 20 << 10,
        preallocate_bytes: 4 << 10,
        reserve_bytes: 0,
        // The signing of the rest is not part of the opening.
        signing: Signing::OnDemand,
        ..LedgerConfig::default()
    };
    let disk = MemoryStorage::new();
    let record = |n: u64| Record::new(n.to_le_bytes().repeat(ENTRY_BYTES / 8));
    let ledger = Ledger::create_on(Arc::new(disk.clone()), origin(), key(), record(0), config).unwrap();
    let records = (1..entries).map(record).collect();
    assert!(ledger.append_all(records).iter().all(Result::is_ok));
    ledger.drain().unwrap();
    let (ledger, _) = Ledger::open_on(Arc::new(disk.clone()), origin(), key(), config).unwrap();
    assert!(ledger.append_all((entries..entries + 20).map(record).collect()).iter().all(Result::is_ok));
    ledger.checkpoint_at(ledger.size()).unwrap();
    let killed = MemoryStorage::with_files(disk.files());

    let counts = Counts::default();
    let counting = Layered(Counting { inner: killed, read: Arc::clone(&counts) });
    let (ledger, recovery) = Ledger::open_on(Arc::new(counting), origin(), key(), config).unwrap();
    assert_eq!(recovery.size.get(), entries + 20);
    let read = counts.lock().unwrap().clone();
    drop(ledger);
    read
}

#[test]
fn of_a_sealed_segment_only_the_header_and_the_seal_are_read() {
    // So many that hashing all of them again at every start is out of the question.
    let read = read_at_opening(70_000);
    let segments: Vec<u64> = read.iter().filter(|(name, _)| name.ends_with(".segment")).map(|(_, n)| *n).collect();
    let (last, sealed) = segments.split_last().unwrap();
    assert!(sealed.len() > 1000, "{} sealed segments", sealed.len());
    let seal = 16 + 40 + 56 + 4 + 4 + 16;
    // What was signed last is hashed again from its bytes, wherever it lies.
    let without_rehashing = sealed.iter().filter(|bytes| **bytes <= HEADER_BYTES + seal).count();
    assert!(sealed.len() - without_rehashing <= 2, "{} were read further", sealed.len() - without_rehashing);
    assert!(*last < HEADER_BYTES + 200 * FRAME_BYTES, "{last} bytes of the last segment");
}

fn no_reserve() -> LedgerConfig {
    LedgerConfig { reserve_bytes: 0, ..LedgerConfig::default() }
}

/// A ledger of one entry, whose operator decided to go on without an aggregator, and the bytes of that decision.
fn with_a_decision() -> (MemoryStorage, Vec<u8>) {
    let disk = MemoryStorage::new();
    let entry = Record::new(b"the first entry".to_vec());
    drop(Ledger::create_on(Arc::new(disk.clone()), origin(), key(), entry, no_reserve()).unwrap());
    let decision = [&5_u64.to_le_bytes()[..], b"\x09the spool"].concat();
    Slots::open(&disk, "forgone").unwrap().store_in_both(&decision).unwrap();
    (disk, decision)
}

#[test]
fn a_start_makes_whole_what_a_running_ledger_only_reads() {
    let (disk, decision) = with_a_decision();
    let sound = disk.files();
    for lost in ["forgone.a", "forgone.b"] {
        let mut files = sound.clone();
        files.get_mut(lost).unwrap().fill(0);
        let damaged = MemoryStorage::with_files(files);
        drop(Ledger::open_on(Arc::new(damaged.clone()), origin(), key(), no_reserve()).unwrap());
        let mut repaired = damaged.files();
        for other in ["forgone.a", "forgone.b"] {
            let alone = MemoryStorage::with_files([(other.to_owned(), repaired.remove(other).unwrap())]);
            let kept = Slots::read(&alone, "forgone").unwrap();
            assert_eq!(kept.as_deref(), Some(&decision[..]), "{other} after damage of {lost}");
        }
    }
}

#[test]
fn a_start_overwrites_nothing_of_a_pair_in_which_the_fact_of_another_one_lies() {
    let (disk, _) = with_a_decision();
    let others = MemoryStorage::new();
    let mut other = Slots::open(&others, "other").unwrap();
    other.store(b"a fact").unwrap();
    other.store(b"another pair's, and a later one").unwrap();
    let mut files = disk.files();
    files.insert("forgone.a".to_owned(), others.files().remove("other.a").unwrap());
    files.get_mut("forgone.b").unwrap()[4096] ^= 1;
    let damaged = MemoryStorage::with_files(files.clone());
    drop(Ledger::open_on(Arc::new(damaged.clone()), origin(), key(), no_reserve()).unwrap());
    for file in ["forgone.a", "forgone.b"] {
        assert_eq!(damaged.files()[file], files[file], "{file}");
    }
}
