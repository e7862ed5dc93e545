//! What may go wrong in who waits, and with lists that share groups.

use crate::workload::{CONFIG, identity};
use danvan_journal::{AppendError, Config, DiskStorage, File, Journal, MemoryStorage, Record, Storage};
use danvan_testkit::{FileLayer, Layered, StorageLayer};
use danvan_tlog::{IndexRange, Size};
use std::io;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, mpsc};
use std::thread;

fn record(n: u64) -> Record {
    Record::new(n.to_le_bytes().to_vec())
}

#[test]
fn a_continuation_that_drops_the_last_handle_leaves_the_directory_locked_until_all_is_written() {
    let storage: Arc<dyn Storage> = Arc::new(MemoryStorage::new());
    let journal = Journal::create(Arc::clone(&storage), &identity(), CONFIG).unwrap();
    let (go, waits) = mpsc::channel::<()>();
    let last_handle = journal.clone();
    let first = move |_| {
        // Until the second record waits and this is the last handle.
        waits.recv().unwrap();
        drop(last_handle);
    };
    journal.submit(record(0), Box::new(first)).unwrap();
    let (sender, told) = mpsc::channel();
    let same = Arc::clone(&storage);
    let second = move |outcome: Result<_, _>| sender.send((outcome, same.lock().unwrap().is_none())).unwrap();
    journal.submit(record(1), Box::new(second)).unwrap();
    drop_elsewhere(journal, &go);
    let (outcome, is_locked) = told.recv().unwrap();
    assert!(is_locked, "another writer could have begun beside this one");
    assert_eq!(outcome.unwrap().get(), 1);
    while storage.lock().unwrap().is_none() {
        thread::yield_now();
    }
}

/// Drops a handle that is not the last one yet, and lets the continuation go on that holds that.
fn drop_elsewhere(journal: Journal, go: &mpsc::Sender<()>) {
    drop(journal);
    go.send(()).unwrap();
}

#[test]
fn a_continuation_that_panics_leaves_nobody_waiting_and_says_that_the_record_may_be_there() {
    let storage: Arc<dyn Storage> = Arc::new(MemoryStorage::new());
    let journal = Journal::create(Arc::clone(&storage), &identity(), CONFIG).unwrap();
    journal.submit(record(0), Box::new(|_| panic!("a continuation with a fault"))).unwrap();
    let outcome = journal.append_all(vec![record(1), record(2)]);
    assert!(outcome.iter().all(|told| matches!(told, Err(AppendError::Poisoned { .. }))), "{outcome:?}");
    assert!(matches!(journal.append(record(3)), Err(AppendError::Poisoned { .. })));
    assert!(journal.failure().is_some());
    drop(journal);
    let (journal, _) = Journal::open(storage, &identity(), Size::ZERO, CONFIG).unwrap();
    assert!(journal.size() >= Size::from(1), "what was synced stays");
}

/// Lists of many writers are cut by groups and segments, with others before and behind them in the same group.
#[test]
fn every_record_of_a_list_that_shares_its_groups_gets_its_own_index() {
    const WRITERS: u64 = 12;
    const LISTS: u64 = 60;
    let directory = tempfile::tempdir().unwrap();
    let storage: Arc<dyn Storage> = Arc::new(DiskStorage::open(directory.path()).unwrap());
    let config = Config { segment_bytes: 8 << 10, preallocate_bytes: 4 << 10, ..Config::default() };
    let journal = Journal::create(storage, &identity(), config).unwrap();
    let told = Mutex::new(Vec::new());
    thread::scope(|scope| {
        for writer in 0..WRITERS {
            let (journal, told) = (&journal, &told);
            scope.spawn(move || {
                for list in 0..LISTS {
                    let long = 1 + usize::try_from(list % 20).unwrap();
                    let entry = |n: u64| [writer, list, n].map(u64::to_le_bytes).concat().repeat(long);
                    let entries: Vec<_> = (0..(writer + list) % 9).map(entry).collect();
                    let outcomes = journal.append_all(entries.iter().cloned().map(Record::new).collect());
                    let indices: Vec<_> = outcomes.into_iter().map(Result::unwrap).collect();
                    assert!(indices.windows(2).all(|pair| pair[0].get() + 1 == pair[1].get()), "{indices:?}");
                    told.lock().unwrap().extend(indices.into_iter().zip(entries));
                }
            });
        }
    });
    let told = told.into_inner().unwrap();
    assert_eq!(journal.size().get(), told.len() as u64);
    for (index, entry) in told {
        let range = IndexRange::new(index.size_before(), index.size_after()).unwrap();
        assert_eq!(journal.read(range).unwrap()[0].entry, entry, "{index:?}");
    }
}

#[test]
fn what_waits_behind_the_group_after_which_the_disk_was_found_wrong_is_refused() {
    const RECORDS: usize = 100;
    let storage: Arc<dyn Storage> = Arc::new(MemoryStorage::new());
    let config = Config { segment_bytes: 8 << 10, preallocate_bytes: 4 << 10, ..CONFIG };
    let journal = Journal::create(Arc::clone(&storage), &identity(), config).unwrap();
    let handle = Mutex::new(Some(journal.clone()));
    let find_wrong = move |_| {
        if let Some(journal) = handle.lock().unwrap().take() {
            journal.poison("a root that was signed is another one");
        }
    };
    journal.on_durable(Box::new(find_wrong));
    // One list, cut into groups by the segments.
    let outcomes = journal.append_all((0..RECORDS).map(|_| Record::new(vec![7; 500])).collect());
    let written = outcomes.iter().take_while(|outcome| outcome.is_ok()).count();
    assert!((1..RECORDS).contains(&written), "{written}");
    let refused = &outcomes[written..];
    assert!(refused.iter().all(|outcome| matches!(outcome, Err(AppendError::Poisoned { .. }))), "{refused:?}");
    drop(journal);
    let (journal, _) = Journal::open(storage, &identity(), Size::ZERO, config).unwrap();
    assert_eq!(journal.size().get(), written as u64);
}

/// A file system on which to overwrite needs new space: it has none for zeros.
struct NoRoomForZeros {
    inner: MemoryStorage,
    refused: Arc<AtomicUsize>,
}

struct FileWithoutRoom {
    inner: Box<dyn File>,
    refused: Arc<AtomicUsize>,
}

impl StorageLayer for NoRoomForZeros {
    fn inner(&self) -> &dyn Storage {
        &self.inner
    }

    fn wrap(&self, _: &str, file: Box<dyn File>) -> Box<dyn File> {
        Box::new(Layered(FileWithoutRoom { inner: file, refused: Arc::clone(&self.refused) }))
    }
}

impl FileLayer for FileWithoutRoom {
    fn inner(&self) -> &dyn File {
        self.inner.as_ref()
    }

    fn write_at(&self, offset: u64, bytes: &[u8]) -> io::Result<usize> {
        if bytes.iter().all(|byte| *byte == 0) {
            self.refused.fetch_add(1, Ordering::Relaxed);
            return Err(io::ErrorKind::StorageFull.into());
        }
        self.inner.write_at(offset, bytes)
    }
}

#[test]
fn space_that_cannot_be_filled_is_done_without_and_not_tried_for_every_group() {
    let refused = Arc::new(AtomicUsize::new(0));
    let storage = Layered(NoRoomForZeros { inner: MemoryStorage::new(), refused: Arc::clone(&refused) });
    let journal = Journal::create(Arc::new(storage), &identity(), Config { reserve_bytes: 0, ..CONFIG }).unwrap();
    for n in 0..5 {
        journal.append(record(n)).unwrap();
    }
    assert_eq!(refused.load(Ordering::Relaxed), 1);
}
