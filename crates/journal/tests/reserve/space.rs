//! Who is taken and who is refused, wherever the disk fills up.

use crate::life::{CONFIG, CONTROL_FRAME_BYTES, Life, RESERVE_BYTES, control, has_reserve, identity, open, ordinary};
use danvan_journal::{AppendError, Config, File, Journal, Storage};
use danvan_testkit::{Fault, FaultyStorage, FileLayer, Layered, StorageLayer};
use std::io;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, mpsc};

/// A journal on a disk of this many bytes, as full as ordinary records make it.
fn full(capacity: usize) -> (FaultyStorage, Journal, Life) {
    let disk = FaultyStorage::new();
    disk.set_capacity(capacity);
    let journal = Journal::create(Arc::new(disk.clone()), &identity(), CONFIG).unwrap();
    let mut life = Life::default();
    assert!(life.fill(&journal), "a full disk made the journal fail: {:?}", journal.failure());
    (disk, journal, life)
}

#[test]
fn control_records_go_through_wherever_the_disk_fills_up() {
    let mut segments = 0;
    let least = 4096 + 700 + RESERVE_BYTES;
    for capacity in (least..least + 14_000).step_by(24) {
        let (disk, journal, mut life) = full(capacity);
        assert!(has_reserve(&disk), "{capacity}: an ordinary record took the reserve");
        let before = disk.files().len();
        // A rotation in between needs a seal and a header.
        let least = (RESERVE_BYTES - 2 * 4096) / CONTROL_FRAME_BYTES;
        for n in 0..least {
            life.control(&journal).unwrap_or_else(|error| panic!("{capacity}: control record {n} of {least}: {error}"));
        }
        while life.control(&journal).is_ok() {}
        assert_eq!(journal.failure(), None, "{capacity}");
        segments = segments.max(disk.files().len() + 1 - before);
        drop(journal);
        let reopened = open(Arc::new(disk)).unwrap_or_else(|error| panic!("{capacity}: {error}"));
        assert_eq!(life.broken_promises(&reopened), Vec::<String>::new(), "{capacity}");
    }
    assert!(segments > 1, "no segment was ever sealed and begun with the reserve");
}

#[test]
fn ordinary_records_wait_for_the_reserve_to_be_whole_again() {
    let (disk, journal, mut life) = full(30_000);
    life.control(&journal).unwrap();
    assert!(!has_reserve(&disk));
    // There is space now, and it is not for them.
    assert_eq!(life.ordinary(&journal), Err(AppendError::NoSpace));
    disk.set_capacity(disk.used() + RESERVE_BYTES - 1);
    assert_eq!(life.ordinary(&journal), Err(AppendError::NoSpace));
    life.control(&journal).unwrap();
    disk.set_capacity(disk.used() + RESERVE_BYTES + 1000);
    life.ordinary(&journal).unwrap();
    assert!(has_reserve(&disk));
    drop(journal);
    assert_eq!(life.broken_promises(&open(Arc::new(disk)).unwrap()), Vec::<String>::new());
}

#[test]
fn without_a_reserve_a_full_disk_refuses_control_records_too() {
    let disk = FaultyStorage::new();
    disk.set_capacity(20_000);
    let config = Config { reserve_bytes: 0, ..CONFIG };
    let journal = Journal::create(Arc::new(disk.clone()), &identity(), config).unwrap();
    let mut life = Life::default();
    assert!(life.fill(&journal));
    while life.control(&journal).is_ok() {}
    assert!(matches!(life.refused.last(), Some(record) if record.entry.starts_with(b"control")));
    assert!(!disk.files().contains_key("reserve"));
}

#[test]
fn one_full_operation_anywhere_stops_no_control_record() {
    let operations = {
        let disk = FaultyStorage::new();
        let journal = Journal::create(Arc::new(disk.clone()), &identity(), CONFIG).unwrap();
        (0..40).for_each(|n| assert!(journal.append_control(control(n)).is_ok()));
        disk.operations()
    };
    for at in 10..operations.len() as u64 {
        let disk = FaultyStorage::new().with_fault(at, Fault::NoSpace);
        let journal = Journal::create(Arc::new(disk.clone()), &identity(), CONFIG).unwrap();
        let mut life = Life::default();
        for n in 0..40 {
            match life.control(&journal) {
                Ok(_) => {}
                // No space at a sync: what was written may be lost, so nothing more is promised.
                Err(AppendError::Poisoned { .. }) => break,
                Err(error) => panic!("full at operation {at}, control record {n}: {error}"),
            }
        }
        drop(journal);
        let reopened = open(Arc::new(disk)).unwrap();
        assert_eq!(life.broken_promises(&reopened), Vec::<String>::new(), "full at operation {at}");
    }
}

#[test]
fn of_a_mixed_group_the_control_records_are_written_in_their_order() {
    let (disk, journal, mut life) = full(40_000);
    let (enter, entered) = mpsc::channel();
    let (leave, left) = mpsc::channel::<()>();
    let left = std::sync::Mutex::new(left);
    // The writer's thread waits here after a group, so that the next one gathers whole in the queue.
    journal.on_durable(Box::new(move |_| {
        enter.send(()).unwrap();
        let _ = left.lock().unwrap().recv();
    }));
    let (sender, outcomes) = mpsc::channel();
    let submit = |n: u64, is_control: bool| {
        let sender = sender.clone();
        let done = Box::new(move |outcome| sender.send((n, outcome)).unwrap());
        if is_control {
            journal.submit_control(control(n), done).unwrap();
        } else {
            journal.submit(ordinary(n), done).unwrap();
        }
    };
    submit(500, true);
    entered.recv().unwrap();
    let (_, first) = outcomes.recv().unwrap();
    life.note(control(500), &first);
    // A reserve in place, and no space beside it.
    disk.set_capacity(disk.used() + RESERVE_BYTES);
    for n in 501..=508 {
        submit(n, n % 2 == 0);
    }
    drop(leave);
    let mut next = first.unwrap();
    let answers: std::collections::BTreeMap<u64, _> = outcomes.iter().take(8).collect();
    for (n, outcome) in answers {
        if n % 2 == 0 {
            next = next.size_after().next_index();
            assert_eq!(outcome, Ok(next), "control record {n}");
            life.note(control(n), &outcome);
        } else {
            assert_eq!(outcome, Err(AppendError::NoSpace), "ordinary record {n}");
            life.note(ordinary(n), &outcome);
        }
    }
    drop(journal);
    assert_eq!(life.broken_promises(&open(Arc::new(disk)).unwrap()), Vec::<String>::new());
}

#[test]
fn a_journal_opens_without_room_for_its_reserve_and_takes_control_records() {
    let (disk, journal, mut life) = full(30_000);
    drop(journal);
    let mut files = disk.files();
    files.remove("reserve");
    let disk = FaultyStorage::with_files(files);
    disk.set_capacity(disk.used() + RESERVE_BYTES - 1);
    let journal = open(Arc::new(disk.clone())).unwrap();
    assert!(!disk.files().contains_key("reserve"), "a part of a reserve keeps its space from control records");
    assert_eq!(life.ordinary(&journal), Err(AppendError::NoSpace));
    life.control(&journal).unwrap();
    disk.set_capacity(disk.used() + 2 * RESERVE_BYTES);
    life.ordinary(&journal).unwrap();
    assert!(has_reserve(&disk));
    drop(journal);
    assert_eq!(life.broken_promises(&open(Arc::new(disk)).unwrap()), Vec::<String>::new());
}

#[test]
fn a_torn_tail_is_set_aside_on_a_full_disk_too() {
    let (disk, journal, life) = full(30_000);
    drop(journal);
    let mut files = disk.files();
    let last = files.keys().filter(|name| name.ends_with(".segment")).max().unwrap().clone();
    let bytes = files.get_mut(&last).unwrap();
    let end = bytes.iter().rposition(|b| *b != 0).unwrap();
    bytes[end] ^= 1;
    let disk = FaultyStorage::with_files(files);
    disk.set_capacity(disk.used());
    let journal = open(Arc::new(disk.clone())).unwrap();
    assert!(disk.files().keys().any(|name| name.ends_with(".broken")));
    assert!(journal.size().get() >= life.acknowledged.len() as u64 - 3);
}

#[test]
fn another_size_of_the_reserve_takes_effect_at_the_next_start() {
    let disk = FaultyStorage::new();
    drop(Journal::create(Arc::new(disk.clone()), &identity(), CONFIG).unwrap());
    for bytes in [20_000, 5000, 0, 7000] {
        let config = Config { reserve_bytes: bytes, ..CONFIG };
        drop(Journal::open(Arc::new(disk.clone()), &identity(), danvan_tlog::Size::ZERO, config).unwrap());
        assert_eq!(disk.files().get("reserve").map_or(0, Vec::len) as u64, bytes);
    }
}

/// A disk on which a signal interrupts every second reservation of space.
struct Interrupted {
    inner: FaultyStorage,
    calls: Arc<AtomicU64>,
}

struct InterruptedFile {
    inner: Box<dyn File>,
    calls: Arc<AtomicU64>,
}

impl StorageLayer for Interrupted {
    fn inner(&self) -> &dyn Storage {
        &self.inner
    }

    fn wrap(&self, _: &str, file: Box<dyn File>) -> Box<dyn File> {
        Box::new(Layered(InterruptedFile { inner: file, calls: Arc::clone(&self.calls) }))
    }
}

impl FileLayer for InterruptedFile {
    fn inner(&self) -> &dyn File {
        self.inner.as_ref()
    }

    fn allocate(&self, len: u64) -> io::Result<()> {
        if self.calls.fetch_add(1, Ordering::Relaxed).is_multiple_of(2) {
            return Err(io::Error::from(io::ErrorKind::Interrupted));
        }
        self.inner.allocate(len)
    }
}

#[test]
fn a_signal_while_space_is_reserved_is_no_failure() {
    let calls = Arc::new(AtomicU64::new(0));
    let storage = Layered(Interrupted { inner: FaultyStorage::new(), calls: Arc::clone(&calls) });
    let journal = Journal::create(Arc::new(storage), &identity(), CONFIG).unwrap();
    for n in 0..40 {
        journal.append(ordinary(n)).unwrap();
    }
    assert!(calls.load(Ordering::Relaxed) > 20, "space was hardly ever reserved");
}
