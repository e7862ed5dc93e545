//! Copies of a ledger made from its parts, beside a writer and after it.
#![expect(clippy::unwrap_used, reason = "a test that cannot build its input has failed")]

use danvan_journal::{DiskStorage, MemoryStorage};
use danvan_ledger::{
    Fact, Kept, Ledger, LedgerConfig, LedgerParts, LedgerReader, PartsError, PutFactsError, Record, Storage, Verdict,
    VerifyOptions, check_segment, parts, put_facts_on, verify_on,
};
use danvan_testkit::copied;
use danvan_tlog::{CosignedAt, KeyName, LogKey, MirrorKey, Origin};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

fn origin() -> Origin {
    Origin::new("example.vn/u/gso2024-15097").unwrap()
}

fn key() -> LogKey {
    LogKey::from_seed(origin().key_name(), [7; 32])
}

fn record(n: u64) -> Record {
    Record::new(format!("{{\"n\":{n},\"text\":\"{}\"}}", "x".repeat((n % 97) as usize)).into_bytes())
}

/// Segments of some forty entries.
fn small() -> LedgerConfig {
    LedgerConfig { segment_bytes: 8 << 10, preallocate_bytes: 4 << 10, ..LedgerConfig::default() }
}

/// A ledger of `entries` with checkpoints and two receipts of one aggregator.
fn ledger_in(directory: &Path, entries: u64) -> Ledger {
    let ledger = Ledger::create(directory, origin(), key(), record(0), small()).unwrap();
    let by = KeyName::new("example.vn/a/ngoc-lac/mirror").unwrap();
    let mirror = MirrorKey::from_seed(by.clone(), [8; 32]);
    for n in 1..entries {
        ledger.append(record(n)).unwrap();
        if n % 50 == 49 {
            let signed = ledger.sign_latest().unwrap().unwrap();
            let cosigned = mirror.cosign(&signed, CosignedAt::from_unix_seconds(1_700_000_000));
            assert_eq!(ledger.keep_receipt(&by, cosigned.note()).unwrap(), Kept::Newest);
        }
    }
    ledger
}

/// What a backup would give back.
fn copy(directory: &Path, parts: &LedgerParts) -> Arc<dyn Storage> {
    let storage = copied(&DiskStorage::open(directory).unwrap(), &parts.segments).unwrap();
    put_facts_on(storage.as_ref(), &parts.facts).unwrap();
    storage
}

fn verdict(storage: &Arc<dyn Storage>) -> Verdict {
    let key = key();
    verify_on(storage, VerifyOptions { log: Some(key.verifier_key()), ..VerifyOptions::default() }).unwrap()
}

#[test]
fn a_copy_of_a_running_ledger_is_sound_and_goes_on_where_it_ends() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("ledger");
    let ledger = ledger_in(&path, 230);
    ledger.sign_latest().unwrap();
    let taken = parts(&path).unwrap();
    assert_eq!((taken.size.get(), &taken.origin), (230, &origin()));
    assert!(taken.segments.len() > 3 && taken.segments.iter().filter(|segment| !segment.is_sealed).count() == 1);
    for place in 0..taken.segments.len() {
        check_segment(&path, &origin(), place).unwrap();
    }
    let before = LedgerReader::open(&path).unwrap();
    ledger.append(record(230)).unwrap();

    let storage = copy(&path, &taken);
    let found = verdict(&storage);
    assert!(found.is_sound() && found.torn_tail.is_none() && found.size.get() == 230, "{found:?}");
    let after = LedgerReader::open_on(Arc::clone(&storage)).unwrap();
    assert_eq!((after.checkpoints(), after.receipts()), (before.checkpoints(), before.receipts()));
    assert_eq!((after.checkpoints().len(), after.receipts().len()), (2, 1));

    let (restored, recovery) = Ledger::open_on(Arc::clone(&storage), origin(), key(), small()).unwrap();
    assert_eq!((recovery.size.get(), recovery.torn_tail), (230, None));
    for n in 230..400 {
        assert_eq!(restored.append(record(n)).unwrap().get(), n);
    }
    restored.drain().unwrap();
    let found = verdict(&storage);
    assert!(found.is_sound() && found.size.get() == 400, "{found:?}");
}

#[test]
fn a_copy_at_any_size_opens_as_an_ordinary_ledger() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("ledger");
    let ledger = Ledger::create(&path, origin(), key(), record(0), small()).unwrap();
    for n in 1..120 {
        let storage = copy(&path, &parts(&path).unwrap());
        let (restored, recovery) = Ledger::open_on(Arc::clone(&storage), origin(), key(), small()).unwrap();
        assert_eq!((recovery.size.get(), recovery.torn_tail), (n, None));
        assert_eq!(restored.append(record(n)).unwrap().get(), n);
        restored.drain().unwrap();
        assert!(verdict(&storage).is_sound(), "a copy of {n} entries");
        ledger.append(record(n)).unwrap();
    }
}

#[test]
fn copies_beside_a_writer_hold_what_was_acknowledged_and_every_promise() {
    const COPIES: usize = 40;
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("ledger");
    let ledger = ledger_in(&path, 60);
    let (stop, acknowledged) = (AtomicBool::new(false), AtomicU64::new(60));
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !stop.load(Ordering::Acquire) {
                let n = ledger.append(record(acknowledged.load(Ordering::Acquire))).unwrap().get();
                acknowledged.store(n + 1, Ordering::Release);
            }
        });
        for number in 0..COPIES {
            let least = acknowledged.load(Ordering::Acquire);
            let taken = parts(&path).unwrap();
            let found = verdict(&copy(&path, &taken));
            let is_whole = found.is_sound() && found.torn_tail.is_none() && found.size == taken.size;
            if !is_whole || found.size.get() < least {
                stop.store(true, Ordering::Release);
                panic!("copy {number} after {least} acknowledged entries: {found:?}");
            }
        }
        stop.store(true, Ordering::Release);
    });
}

#[test]
fn what_is_no_sound_ledger_is_not_copied() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("ledger");
    ledger_in(&path, 120).drain().unwrap();
    let sealed = path.join("0000000000.segment");
    let bytes = std::fs::read(&sealed).unwrap();
    let mut flipped = bytes.clone();
    flipped[5000] ^= 1;
    std::fs::write(&sealed, flipped).unwrap();
    let checked = check_segment(&path, &origin(), 0);
    assert!(matches!(checked, Err(PartsError::Read(_))), "{checked:?}");
    std::fs::write(&sealed, &bytes).unwrap();
    check_segment(&path, &origin(), 0).unwrap();

    let checkpoint = std::fs::read(path.join("checkpoint.a")).unwrap();
    std::fs::copy(path.join("intent.a"), path.join("checkpoint.a")).unwrap();
    let taken = parts(&path);
    assert!(matches!(&taken, Err(PartsError::Fact { name }) if name == "checkpoint.a"), "{taken:?}");
    std::fs::write(path.join("checkpoint.a"), checkpoint).unwrap();

    let last = parts(&path).unwrap().segments.pop().unwrap();
    let file = std::fs::OpenOptions::new().write(true).open(path.join(&last.name)).unwrap();
    file.set_len(4096).unwrap();
    let taken = parts(&path);
    assert!(matches!(taken, Err(PartsError::Short { .. })), "{taken:?}");
}

#[test]
fn what_is_no_fact_of_its_name_becomes_no_file() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("ledger");
    ledger_in(&path, 60).drain().unwrap();
    let facts = parts(&path).unwrap().facts;
    for name in
        ["0000000000.segment", "restored", "../intent", "intent", "receipt-00000000000000000000000000000000", ""]
    {
        let storage = MemoryStorage::new();
        let checkpoint = facts.iter().find(|fact| fact.name == "checkpoint").unwrap();
        let wrong = Fact { name: name.to_owned(), bytes: checkpoint.bytes.clone() };
        let put = put_facts_on(&storage, &[checkpoint.clone(), wrong]);
        assert!(matches!(&put, Err(PutFactsError::Foreign { name: found }) if found == name), "{name}: {put:?}");
        assert_eq!(storage.names().unwrap(), Vec::<String>::new());
    }
}
