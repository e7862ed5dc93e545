//! For each key one entry, whoever asks how often, across crashes of the table and across incarnations.
#![expect(clippy::unwrap_used, reason = "a test that cannot build its input has failed")]

use danvan_journal::{MemoryStorage, Storage};
use danvan_ledger::{
    AppendError, Appended, Claim, KeyTable, KeyTableError, KeysError, Ledger, LedgerConfig, LedgerReader, Once,
    OnceError, Place, Record,
};
use danvan_testkit::origin_of;
use danvan_tlog::Index;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, mpsc};
use std::thread;

/// A table in memory, whose copies are what a crash leaves.
#[derive(Default)]
struct Memory {
    rows: Mutex<(u64, BTreeMap<Vec<u8>, u64>)>,
    fails: AtomicBool,
}

impl KeyTable for Memory {
    fn find(&self, key: &[u8]) -> Result<Option<u64>, KeyTableError> {
        if self.fails.load(Ordering::SeqCst) {
            return Err(KeyTableError::new("broken"));
        }
        Ok(self.rows.lock().unwrap().1.get(key).copied())
    }

    fn noted(&self) -> Result<u64, KeyTableError> {
        Ok(self.rows.lock().unwrap().0)
    }

    fn note(&self, upto: u64, keys: &[(Vec<u8>, u64)]) -> Result<(), KeyTableError> {
        if self.fails.load(Ordering::SeqCst) {
            return Err(KeyTableError::new("broken"));
        }
        let mut rows = self.rows.lock().unwrap();
        assert!(rows.0 <= upto, "the cursor went back from {} to {upto}", rows.0);
        rows.0 = upto;
        for (key, number) in keys {
            assert_eq!(rows.1.insert(key.clone(), *number), None, "a key has two entries");
        }
        Ok(())
    }
}

fn ledger(incarnation: u8, storage: &MemoryStorage) -> Ledger {
    let key = || danvan_testkit::key_of(incarnation);
    let storage: Arc<dyn Storage> = Arc::new(storage.clone());
    let first = Record::new(b"opened".to_vec());
    match Ledger::create_on(Arc::clone(&storage), origin_of(incarnation), key(), first, LedgerConfig::default()) {
        Ok(ledger) => ledger,
        Err(_) => Ledger::open_on(storage, origin_of(incarnation), key(), LedgerConfig::default()).unwrap().0,
    }
}

fn key(n: u64) -> Vec<u8> {
    format!("key {n}").into_bytes()
}

/// The first entry and every seventh have no key.
fn key_of(entry: &[u8]) -> Option<Vec<u8>> {
    entry.strip_prefix(b"entry of ").map(<[u8]>::to_vec)
}

fn record(key: &[u8]) -> Record {
    Record::new([b"entry of ", key].concat())
}

fn open(ended: &[LedgerReader], ledger: &Ledger, table: &Arc<Memory>) -> Result<Once, KeysError> {
    Once::open(ended, ledger, Arc::clone(table) as Arc<dyn KeyTable>, key_of, |error| panic!("{error}"))
}

fn entries_of(ledger: &Ledger) -> Vec<Vec<u8>> {
    ledger.read(ledger.size().range()).unwrap().into_iter().map(|record| record.entry).collect()
}

#[test]
fn many_who_ask_for_one_key_share_one_entry() {
    let storage = MemoryStorage::new();
    let (ledger, table) = (ledger(1, &storage), Arc::new(Memory::default()));
    let once = open(&[], &ledger, &table).unwrap();
    let (made, new) = (AtomicUsize::new(0), AtomicUsize::new(0));
    thread::scope(|scope| {
        for _ in 0..16 {
            scope.spawn(|| {
                for n in 0..40 {
                    let appended = once.append(&ledger, &key(n), || {
                        made.fetch_add(1, Ordering::SeqCst);
                        record(&key(n))
                    });
                    let Appended { place, is_new } = appended.unwrap();
                    new.fetch_add(usize::from(is_new), Ordering::SeqCst);
                    assert_eq!(ledger.read_one(place.index).unwrap(), record(&key(n)));
                }
            });
        }
    });
    assert_eq!((made.into_inner(), new.into_inner()), (40, 40));
    assert_eq!(ledger.size().get(), 41);
}

#[test]
fn a_table_that_forgot_what_it_was_told_learns_it_from_the_ledger() {
    let storage = MemoryStorage::new();
    let first = ledger(1, &storage);
    let table = Arc::new(Memory::default());
    let once = open(&[], &first, &table).unwrap();
    for n in 0..50 {
        once.append(&first, &key(n), || record(&key(n))).unwrap();
        if n % 7 == 0 {
            first.append(Record::new(b"without a key".to_vec())).unwrap();
        }
    }
    let before = entries_of(&first);
    drop((once, first));
    for kept in [0, 1, 20, 57] {
        // A crash: the table is what it was at some batch before.
        let rows = (0..kept).zip(&before).filter_map(|(number, entry)| Some((key_of(entry)?, number))).collect();
        let table = Arc::new(Memory { rows: Mutex::new((kept, rows)), fails: AtomicBool::new(false) });
        let again = ledger(1, &storage);
        let once = open(&[], &again, &table).unwrap();
        for n in 0..50 {
            let appended = once.append(&again, &key(n), || panic!("key {n} was forgotten")).unwrap();
            assert_eq!(before[usize::try_from(appended.place.index.get()).unwrap()], record(&key(n)).entry);
            assert!(!appended.is_new);
        }
        assert_eq!(entries_of(&again), before);
    }
    let ahead = Arc::new(Memory { rows: Mutex::new((1000, BTreeMap::new())), fails: AtomicBool::new(false) });
    assert!(matches!(open(&[], &ledger(1, &storage), &ahead), Err(KeysError::Table(_))));
}

#[test]
fn keys_span_incarnations() {
    let (old, new) = (MemoryStorage::new(), MemoryStorage::new());
    let table = Arc::new(Memory::default());
    let first = ledger(1, &old);
    let once = open(&[], &first, &table).unwrap();
    for n in 0..10 {
        once.append(&first, &key(n), || record(&key(n))).unwrap();
    }
    first.drain().unwrap();
    drop(once);
    let ended = || vec![LedgerReader::open_on(Arc::new(old.clone())).unwrap()];
    for table in [table, Arc::new(Memory::default())] {
        let second = ledger(2, &new);
        let once = open(&ended(), &second, &table).unwrap();
        for n in 0..12 {
            let Appended { place, .. } = once.append(&second, &key(n), || record(&key(n))).unwrap();
            let expected = if n < 10 { (1, n + 1) } else { (2, n - 9) };
            assert_eq!(place, Place { incarnation: expected.0, index: Index::new(expected.1).unwrap() });
        }
        assert_eq!(second.size().get(), 3);
    }
}

#[test]
fn a_turn_that_comes_to_nothing_lets_the_next_one_in() {
    let storage = MemoryStorage::new();
    let (ledger, table) = (ledger(1, &storage), Arc::new(Memory::default()));
    let once = open(&[], &ledger, &table).unwrap();
    let (sender, woken) = mpsc::channel();
    let wake = || {
        let sender = sender.clone();
        Box::new(move || sender.send(()).unwrap())
    };
    let Ok(Claim::Turn(turn)) = once.claim(b"key", wake()) else { panic!("nobody has it") };
    assert!(matches!(once.claim(b"key", wake()), Ok(Claim::Waits)));
    assert!(matches!(once.claim(b"other", wake()), Ok(Claim::Turn(_))));
    let kept = turn.clone();
    drop(turn);
    assert!(woken.try_recv().is_err(), "a clone of the turn is still held");
    drop(kept);
    woken.try_recv().unwrap();

    // A record that fails gives the turn back, so that what was prepared can be undone first.
    let Ok(Claim::Turn(turn)) = once.claim(b"key", wake()) else { panic!("the turn has ended") };
    assert!(matches!(once.claim(b"key", wake()), Ok(Claim::Waits)));
    let (fates, fate) = mpsc::channel();
    ledger.submit(Record::new(vec![0; 70_000]), turn.done(move |outcome| fates.send(outcome.err()).unwrap())).unwrap();
    let (error, turn) = fate.recv().unwrap().unwrap();
    assert!(matches!(error, AppendError::Record(_)));
    assert!(woken.try_recv().is_err());
    drop(turn);
    woken.recv().unwrap();
    assert!(once.append(&ledger, b"key", || record(b"key")).unwrap().is_new);
}

#[test]
fn a_broken_table_is_told_and_stops_nobody_for_ever() {
    let storage = MemoryStorage::new();
    let (ledger, table) = (ledger(1, &storage), Arc::new(Memory::default()));
    let (told, failed) = mpsc::channel();
    let failing = move |error: KeyTableError| told.send(error).unwrap();
    let once = Once::open(&[], &ledger, Arc::clone(&table) as Arc<dyn KeyTable>, key_of, failing).unwrap();
    let Ok(Claim::Turn(turn)) = once.claim(b"key", Box::new(|| {})) else { panic!("nobody has it") };
    table.fails.store(true, Ordering::SeqCst);
    let (fates, fate) = mpsc::channel();
    ledger.submit(record(b"key"), turn.done(move |outcome| fates.send(outcome.is_ok()).unwrap())).unwrap();
    assert!(fate.recv().unwrap());
    failed.recv().unwrap();
    // What is durable is still known; what would have to be looked up is an error, again and again.
    assert!(!once.append(&ledger, b"key", || panic!("it is there")).unwrap().is_new);
    for _ in 0..2 {
        assert!(matches!(once.append(&ledger, b"other", || record(b"other")), Err(OnceError::Table(_))));
    }
}

#[test]
fn what_waits_is_noted_before_the_last_handle_is_gone() {
    let storage = MemoryStorage::new();
    let (ledger, table) = (ledger(1, &storage), Arc::new(Memory::default()));
    let once = open(&[], &ledger, &table).unwrap();
    for n in 0..100 {
        once.append(&ledger, &key(n), || record(&key(n))).unwrap();
        assert_eq!(once.find(&key(n)).unwrap().unwrap().index.get(), n + 1);
    }
    assert_eq!(once.find(b"another").unwrap(), None);
    let kept = once.clone();
    drop(once);
    assert!(kept.find(&key(7)).unwrap().is_some());
    drop(kept);
    assert_eq!((table.noted().unwrap(), table.rows.lock().unwrap().1.len()), (101, 100));
    assert_eq!(Arc::strong_count(&table), 1, "the table is still in use");
}
