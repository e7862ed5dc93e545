//! Many who append at once.

use crate::workload::{CONFIG, identity};
use danvan_journal::{Busy, Config, DiskStorage, File, Journal, JournalReader, MemoryStorage, Record, Storage};
use danvan_testkit::{FaultyStorage, FileLayer, Layered, Operation, StorageLayer};
use danvan_tlog::Size;
use std::collections::BTreeMap;
use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, mpsc};
use std::thread;

#[test]
fn sixty_four_writers_share_groups_and_lose_nothing() {
    const WRITERS: u64 = 64;
    const EACH: u64 = 50;
    let directory = tempfile::tempdir().unwrap();
    let storage: Arc<dyn Storage> = Arc::new(DiskStorage::open(directory.path()).unwrap());
    let config = Config { segment_bytes: 64 << 10, ..Config::default() };
    let journal = Journal::create(Arc::clone(&storage), &identity(), config).unwrap();
    let acknowledged = Mutex::new(BTreeMap::new());
    thread::scope(|scope| {
        for writer in 0..WRITERS {
            let (journal, acknowledged) = (&journal, &acknowledged);
            scope.spawn(move || {
                let mut last = None;
                for n in 0..EACH {
                    let entry = [writer.to_le_bytes(), n.to_le_bytes()].concat();
                    let index = journal.append(Record::new(entry.clone())).unwrap();
                    assert!(last < Some(index), "one writer's order was not kept");
                    assert!(journal.size().covers(index));
                    last = Some(index);
                    assert_eq!(acknowledged.lock().unwrap().insert(index.get(), entry), None);
                }
            });
        }
    });
    drop(journal);
    let (journal, _) = Journal::open(storage, &identity(), Size::ZERO, config).unwrap();
    let size = Size::new(WRITERS * EACH).unwrap();
    assert_eq!(journal.size(), size);
    let read: Vec<_> = journal.read(size.range()).unwrap().into_iter().map(|r| r.entry).collect();
    assert_eq!(read, acknowledged.into_inner().unwrap().into_values().collect::<Vec<_>>());
}

#[test]
fn a_lone_append_costs_one_write_and_one_sync() {
    let disk = FaultyStorage::new();
    let journal = Journal::create(Arc::new(disk.clone()), &identity(), Config::default()).unwrap();
    let append = |n: u64| journal.append(Record::new(n.to_le_bytes().to_vec())).unwrap();
    let before = disk.operations().len();
    append(0);
    assert_eq!(disk.operations()[before..], [Operation::Write, Operation::Write, Operation::Sync], "space is filled");
    let before = disk.operations().len();
    for n in 1..6 {
        append(n);
    }
    assert_eq!(disk.operations()[before..], [Operation::Write, Operation::Sync].repeat(5));
}

/// A record whose frame has so many bytes.
fn filling(frame: usize) -> Record {
    Record::new(vec![7; frame - 40])
}

#[test]
fn space_is_filled_for_small_groups_as_far_as_it_is_reserved_and_not_for_large_ones() {
    const STRETCH: usize = 256 << 10;
    let disk = FaultyStorage::new();
    let config = Config { preallocate_bytes: STRETCH as u64, ..Config::default() };
    let journal = Journal::create(Arc::new(disk.clone()), &identity(), config).unwrap();
    let mut writes = Vec::new();
    for _ in 0..2 * STRETCH / 8192 {
        let before = disk.operations().len();
        journal.append(filling(8192)).unwrap();
        writes.push(disk.operations()[before..].iter().filter(|&&operation| operation == Operation::Write).count());
    }
    assert_eq!(writes.iter().filter(|&&writes| writes == 2).count(), 2, "{writes:?}");
    assert!(writes.iter().all(|&writes| writes == 1 || writes == 2), "{writes:?}");
    let before = disk.operations().len();
    let large = (0..20).map(|_| filling(8192)).collect();
    assert!(journal.append_all(large).iter().all(Result::is_ok));
    let writes = disk.operations()[before..].iter().filter(|&&operation| operation == Operation::Write).count();
    assert_eq!(writes, 1, "a large group is written once");
}

/// A memory storage whose syncs wait at a gate.
struct Gated {
    inner: MemoryStorage,
    gate: Arc<Gate>,
}

struct Gate {
    arrivals: mpsc::Sender<()>,
    permits: Mutex<Option<mpsc::Receiver<()>>>,
}

impl Gate {
    /// Reports that a sync has begun and waits until it may end.
    fn pass(&self) {
        if let Some(permits) = self.permits.lock().unwrap().as_ref() {
            self.arrivals.send(()).unwrap();
            permits.recv().unwrap();
        }
    }
}

struct GatedFile {
    inner: Box<dyn File>,
    gate: Arc<Gate>,
}

impl StorageLayer for Gated {
    fn inner(&self) -> &dyn Storage {
        &self.inner
    }

    fn wrap(&self, _: &str, file: Box<dyn File>) -> Box<dyn File> {
        Box::new(Layered(GatedFile { inner: file, gate: Arc::clone(&self.gate) }))
    }
}

impl FileLayer for GatedFile {
    fn inner(&self) -> &dyn File {
        self.inner.as_ref()
    }

    fn sync_data(&self) -> io::Result<()> {
        self.gate.pass();
        self.inner.sync_data()
    }
}

#[test]
fn a_full_queue_gives_the_record_back_and_what_waits_becomes_one_group() {
    let (arrivals, arrived) = mpsc::channel();
    let (permit, permits) = mpsc::channel();
    let gate = Arc::new(Gate { arrivals, permits: Mutex::new(Some(permits)) });
    let storage = Layered(Gated { inner: MemoryStorage::new(), gate });
    let config = Config { queue_records: 3, ..CONFIG };
    let journal = Journal::create(Arc::new(storage), &identity(), config).unwrap();
    let (sender, outcomes) = mpsc::channel();
    let submit = |n: u64| {
        let sender = sender.clone();
        let done = Box::new(move |outcome: Result<_, _>| sender.send((n, outcome.unwrap())).unwrap());
        journal.submit(Record::new(n.to_le_bytes().to_vec()), done)
    };
    submit(0).unwrap();
    arrived.recv().unwrap();
    // The writer is inside its sync: three more fit into the queue, the fourth comes back untouched.
    for n in 1..=3 {
        submit(n).unwrap();
    }
    let Err(Busy { record, .. }) = submit(4) else { panic!("the queue has no bound") };
    assert_eq!(record, Record::new(4_u64.to_le_bytes().to_vec()));
    assert_eq!(journal.size(), Size::ZERO, "something was acknowledged before its sync");
    permit.send(()).unwrap();
    arrived.recv().unwrap();
    assert_eq!(journal.size(), Size::from(1));
    permit.send(()).unwrap();
    for n in 0..4 {
        let (submitted, index) = outcomes.recv().unwrap();
        assert_eq!((submitted, index.get()), (n, n));
    }
    assert_eq!(journal.size(), Size::from(4));
    assert!(arrived.try_recv().is_err(), "what waited was synced more than once");
}

#[test]
fn readers_beside_a_writer_see_no_damage() {
    let directory = tempfile::tempdir().unwrap();
    let storage: Arc<dyn Storage> = Arc::new(DiskStorage::open(directory.path()).unwrap());
    let config = Config { segment_bytes: 256 << 10, preallocate_bytes: 128 << 10, ..Config::default() };
    let journal = Journal::create(Arc::clone(&storage), &identity(), config).unwrap();
    let is_done = AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| {
            for n in 0..300_u64 {
                let records = (0..=n % 40).map(|_| Record::new(vec![7; 300])).collect();
                assert!(journal.append_all(records).iter().all(Result::is_ok));
            }
            is_done.store(true, Ordering::Release);
        });
        let mut looks = 0;
        while !is_done.load(Ordering::Acquire) || looks < 3 {
            looks += 1;
            let before = journal.size();
            let reader = JournalReader::open(Arc::clone(&storage)).unwrap();
            assert_eq!(reader.corruption(), None);
            assert!(reader.size() >= before);
            let read = reader.entries().map(|item| item.unwrap().0.size_after()).last();
            assert!(read.unwrap_or_default() >= before);
        }
    });
}
