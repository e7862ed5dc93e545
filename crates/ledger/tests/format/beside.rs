//! The facts beside the segments.

use crate::fields::{Fields, assert_frontier};
use crate::stories::{
    ENTRIES, LOST, MARK, SILENT, contradiction, end_and_beginning, forgone_and_mark, ledger, origin, repaired, signed,
    tree,
};
use danvan_journal::MemoryStorage;
use danvan_ledger::{Forgone, LedgerReader, Storage, parts_on, status_on};
use danvan_testkit::Files;
use danvan_tlog::Size;
use std::path::Path;
use std::sync::Arc;

/// One ledger has never all of them; each was written in a story of its own.
const FACTS: &str = "tests/fixtures/v1-beside";

fn kept() -> Files {
    crate::ledger::files_of(&Path::new(env!("CARGO_MANIFEST_DIR")).join(FACTS))
}

fn file(name: &str) -> Vec<u8> {
    kept().remove(name).unwrap()
}

/// What a program that runs today writes is laid down beside the build, for whoever means to change a format.
fn assert_kept(written: &Files) {
    let made = Path::new(env!("CARGO_TARGET_TMPDIR")).join("v1-beside");
    std::fs::create_dir_all(&made).unwrap();
    let mut changed = Vec::new();
    for (name, bytes) in written {
        std::fs::write(made.join(name), bytes).unwrap();
        if kept().get(name) != Some(bytes) {
            changed.push(name);
        }
    }
    assert!(
        changed.is_empty(),
        "a new encoding needs a new version and a new fixture ({}): {changed:?}",
        made.display()
    );
}

#[test]
fn a_contradiction_is_written_as_it_is_kept() {
    assert_kept(&contradiction());
}

#[test]
fn the_end_of_a_log_and_the_beginning_of_the_next_are_written_as_they_are_kept() {
    assert_kept(&end_and_beginning());
}

#[test]
fn the_number_of_a_repair_is_written_as_it_is_kept() {
    assert_kept(&repaired());
}

#[test]
fn decisions_and_the_mark_of_a_backup_are_written_as_they_are_kept() {
    assert_kept(&forgone_and_mark());
}

#[test]
fn every_file_that_is_kept_is_written_by_one_of_these() {
    let stories = [contradiction(), end_and_beginning(), repaired(), forgone_and_mark()];
    let written: Vec<String> = stories.into_iter().flatten().map(|(name, _)| name).collect();
    assert!(kept().keys().all(|name| written.contains(name)) && written.len() == kept().len());
}

#[test]
fn a_contradiction_is_read_field_by_field() {
    for (name, expected, is_settled) in [("contradiction.b", 2, false), ("contradiction.a", 3, true)] {
        let bytes = file(name);
        let (generation, mut fact) = Fields::of_slot(&bytes);
        assert_eq!((generation, fact.u8()), (expected, 0), "{name}");
        let length = fact.u16();
        if is_settled {
            assert_frontier(&mut fact, &tree(ENTRIES));
        }
        assert_eq!(usize::from(length), if is_settled { tree(ENTRIES).to_bytes().len() } else { 0 });
        assert_eq!(fact.rest().as_bytes(), signed(ENTRIES).note().to_bytes());
    }
}

#[test]
fn the_end_of_a_log_is_read_field_by_field() {
    for (name, expected) in [("frozen.a", 1), ("frozen.b", 2)] {
        let bytes = file(name);
        let (generation, mut fact) = Fields::of_slot(&bytes);
        assert_eq!((generation, fact.u64()), (expected, u64::from(LOST)), "{name}");
        assert_eq!(fact.take(32), tree(LOST).root().as_bytes());
        assert_eq!(fact.rest(), "fixture.danvan.example/u/gso2024-15097/2");
    }
}

#[test]
fn the_beginning_of_a_log_is_read_field_by_field() {
    for (name, expected) in [("previous.a", 1), ("previous.b", 2)] {
        let bytes = file(name);
        let (generation, mut fact) = Fields::of_slot(&bytes);
        assert_eq!((generation, fact.u64()), (expected, u64::from(LOST)), "{name}");
        assert_eq!(fact.take(32), tree(LOST).root().as_bytes());
        assert_eq!((fact.u64(), fact.u64()), (2, 1), "carried and lost");
        assert_eq!(fact.rest(), "fixture.danvan.example/u/gso2024-15097");
    }
}

#[test]
fn the_number_of_a_repair_is_read_field_by_field() {
    for (name, expected) in [("repaired.a", 1), ("repaired.b", 2)] {
        let bytes = file(name);
        let (generation, mut fact) = Fields::of_slot(&bytes);
        assert_eq!((generation, fact.u64()), (expected, 1), "{name}");
        fact.end();
    }
}

#[test]
fn decisions_and_the_mark_of_a_backup_are_read_field_by_field() {
    for (name, expected) in [("forgone.a", 3), ("forgone.b", 4)] {
        let bytes = file(name);
        let (generation, mut fact) = Fields::of_slot(&bytes);
        assert_eq!(generation, expected, "{name}");
        for aggregator in SILENT {
            assert_eq!(fact.u64(), u64::from(ENTRIES));
            let length = usize::from(fact.u8());
            assert_eq!(fact.text(length), aggregator);
        }
        fact.end();
    }
    assert_eq!(file("restored"), MARK.as_bytes());
}

#[test]
fn the_program_reads_what_is_kept() {
    let storage = Arc::new(MemoryStorage::with_files(ledger(ENTRIES).into_iter().chain(kept())));
    let reader = LedgerReader::open_on(Arc::clone(&storage) as Arc<_>).unwrap();
    let (frozen, previous) = (reader.frozen().unwrap(), reader.previous().unwrap());
    assert_eq!((frozen.size, frozen.root), (Size::from(LOST), tree(LOST).root()));
    assert_eq!(frozen.successor, origin().next_incarnation().unwrap());
    assert_eq!((&previous.origin, previous.size, previous.root), (&origin(), Size::from(LOST), tree(LOST).root()));
    assert_eq!((previous.carried, previous.lost), (2, 1));
    let decision = |name: &str| Forgone { size: Size::from(ENTRIES), aggregator: name.to_owned() };
    assert_eq!(reader.forgone(), SILENT.map(decision));
    assert!(reader.is_restored());
    assert_eq!(reader.contradiction(), Some(signed(ENTRIES).note()));
    let status = status_on(storage).unwrap();
    assert!(status.contradicted.is_some_and(|it| it.is_settled && it.signed == Size::from(ENTRIES)));
    assert_eq!((status.damaged_copies, reader.damaged_slots()), (vec![], [].as_slice()));
}

#[test]
fn what_is_decoded_and_encoded_again_has_the_bytes_that_are_kept() {
    let live = crate::ledger::files_of(&crate::ledger::fixture());
    for files in [live, ledger(ENTRIES).into_iter().chain(kept()).collect()] {
        let storage: Arc<dyn Storage> = Arc::new(MemoryStorage::with_files(files.clone()));
        let mut encoded: Vec<(String, Vec<u8>)> =
            parts_on(&storage).unwrap().facts.into_iter().map(|fact| (fact.name, fact.bytes)).collect();
        let pairs = files.iter().filter_map(|(file, bytes)| {
            let pair = file.strip_suffix(".a").or_else(|| file.strip_suffix(".b"))?;
            // The number of a repair belongs to the directory, not to the ledger; a start reads it.
            let is_used = pair != "repaired" && bytes.iter().any(|byte| *byte != 0);
            is_used.then(|| (pair.to_owned(), Fields::of_slot(bytes).1.bytes().to_vec()))
        });
        let mut stored: Vec<_> = pairs.collect();
        encoded.sort();
        stored.sort();
        assert!(stored.len() >= 5 && encoded == stored, "{encoded:?}, {stored:?}");
    }
}

#[test]
fn a_start_takes_a_copy_for_that_of_the_number_that_is_kept() {
    let parent = tempfile::tempdir().unwrap();
    let path = |name: &str| parent.path().join(name);
    for (name, is_copy) in [("ledger", true), ("ledger.repaired-1", false)] {
        std::fs::create_dir(path(name)).unwrap();
        let facts = kept().into_iter().filter(|(name, _)| is_copy && name.starts_with("repaired."));
        for (file, bytes) in ledger(ENTRIES).into_iter().chain(facts) {
            std::fs::write(path(name).join(file), bytes).unwrap();
        }
    }
    danvan_ledger::ended(&path("ledger")).unwrap();
    assert!(path("ledger.damaged-1").is_dir() && !path("ledger.repaired-1").exists());
}
