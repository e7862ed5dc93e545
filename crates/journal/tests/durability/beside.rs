//! Readers beside a writer that goes on between any two of their looks at the disk.

use crate::workload::{CONFIG, identity};
use danvan_journal::{Config, Journal, JournalReader, MemoryStorage, Record, Storage, Sweep};
use danvan_testkit::{Beside, copied};
use danvan_tlog::{IndexRange, Size};
use std::sync::Arc;

/// Segments of some ten records.
const SMALL: Config = Config { segment_bytes: 8 << 10, preallocate_bytes: 4 << 10, ..CONFIG };
/// What the writer appends when its turn comes: one record, the rest of a segment and more, three segments.
const TURNS: [u64; 3] = [1, 12, 40];

fn append(journal: &Journal, records: u64) {
    for _ in 0..records {
        let entry = journal.size().get().to_le_bytes().repeat(64);
        journal.append(Record::new(entry)).unwrap();
    }
}

/// Lets `read` look at a journal of 37 records, once for every look at which the writer can have its turn.
fn whenever_the_writer_goes_on(read: impl Fn(Arc<dyn Storage>, Size, &str)) {
    for appends in TURNS {
        for turn in 0.. {
            let storage: Arc<dyn Storage> = Arc::new(MemoryStorage::new());
            let journal = Journal::create(Arc::clone(&storage), &identity(), SMALL).unwrap();
            append(&journal, 37);
            let beside = Beside::new(storage, turn, move || append(&journal, appends));
            read(beside.storage(), Size::from(37), &format!("{appends} records before look {turn}"));
            if beside.looks() <= turn {
                assert!(turn > 10, "the reader looked {turn} times only");
                break;
            }
        }
    }
}

#[test]
fn a_copy_is_one_whole_journal() {
    whenever_the_writer_goes_on(|storage, least, when| {
        let reader = JournalReader::open(Arc::clone(&storage)).unwrap();
        let files = reader.files().unwrap_or_else(|error| panic!("{when}: {error}"));
        let copy = copied(storage.as_ref(), &files).unwrap_or_else(|error| panic!("{when}: {error}"));
        let opened = Journal::open(copy, &identity(), least, SMALL);
        let (copy, recovery) = opened.unwrap_or_else(|error| panic!("{when}: {error}"));
        assert_eq!((copy.size(), recovery.torn_tail), (reader.size(), None), "{when}");
    });
}

#[test]
fn every_record_of_that_moment_is_read() {
    whenever_the_writer_goes_on(|storage, least, when| {
        let reader = JournalReader::open(storage).unwrap();
        assert_eq!(reader.corruption(), None, "{when}");
        let mut entries = 0;
        for item in reader.entries() {
            let (index, _) = item.unwrap_or_else(|damage| panic!("{when}: {damage}"));
            assert_eq!(index.get(), entries, "{when}");
            entries += 1;
        }
        assert!(entries >= reader.size().get() && reader.size() >= least, "{when}: {entries} records");
        let mut visited = 0;
        let all = IndexRange::new(Size::ZERO, reader.size()).unwrap();
        reader
            .visit(all, |_, _, _| {
                visited += 1;
                true
            })
            .unwrap_or_else(|error| panic!("{when}: {error}"));
        assert_eq!(visited, reader.size().get(), "{when}");
    });
}

#[test]
fn a_sweep_finds_no_damage() {
    whenever_the_writer_goes_on(|storage, least, when| {
        let sweep = Sweep::open(storage, None).unwrap();
        let swept: Vec<_> = (0..sweep.segments()).map(|n| sweep.segment(n, &mut |_, _, _| {}).unwrap()).collect();
        let damage: Vec<_> = swept.iter().flat_map(|swept| &swept.damage).cloned().collect();
        assert_eq!((damage, Sweep::breaks(&swept)), (vec![], vec![]), "{when}");
        let records: u64 = swept.iter().map(|swept| swept.records).sum();
        assert!(records >= least.get(), "{when}: {records} records");
    });
}
