//! Operations that fail while the process lives on.

use crate::workload::{CONFIG, Findings, SEEDS, complete, identity, is_poisoned, record, run_script};
use danvan_journal::{AppendError, Journal, OpenError, Storage};
use danvan_testkit::{Dice, Fault, FaultyStorage, Operation};
use danvan_tlog::Size;
use std::sync::Arc;

/// Runs the script with one fault and a power cut after it, at once or after the next process has gone on, until it has
/// found `enough` broken promises.
pub(crate) fn one_fault(
    layer: impl Fn(Arc<dyn Storage>) -> Arc<dyn Storage>,
    fault: Fault,
    enough: usize,
) -> Vec<String> {
    let operations = complete().0.operations().len() as u64;
    let mut findings = Findings::default();
    for at in 0..operations {
        if findings.broken.len() >= enough {
            break;
        }
        // Without chance the worst: a failed sync that wrote nothing and shows everything.
        for seed in [None, Some(1), Some(2)] {
            let disk = FaultyStorage::new().with_fault(at, fault);
            let disk = seed.into_iter().fold(disk, |disk, seed| disk.with_chance(Dice::new(seed)));
            let progress = run_script(&layer(Arc::new(disk.clone())));
            let when = format!("{fault:?} at operation {at}, chance {seed:?}");
            findings.cut(&layer, &disk, progress, &when);
            findings.restart_and_cut(&layer, &disk, progress, &when);
        }
    }
    findings.broken
}

#[test]
fn no_input_output_error_loses_what_was_acknowledged() {
    assert_eq!(one_fault(|storage| storage, Fault::Io, 5), Vec::<String>::new());
}

#[test]
fn short_writes_are_completed() {
    assert_eq!(one_fault(|storage| storage, Fault::Short, 5), Vec::<String>::new());
}

#[test]
fn an_error_while_reading_is_an_error_and_never_a_verdict() {
    let (disk, size) = complete();
    let files = disk.files();
    for fault in [Fault::Io, Fault::Short] {
        for at in 0.. {
            let image = FaultyStorage::with_files(files.clone()).with_read_fault(at, fault);
            match Journal::open(Arc::new(image.clone()), &identity(), Size::ZERO, CONFIG) {
                Ok((journal, recovery)) => {
                    assert_eq!((journal.size().get(), recovery.torn_tail), (size, None), "{fault:?} at look {at}");
                    let is_over = image.looks() <= at;
                    let read = journal.read(journal.size().range());
                    assert!(read.is_ok() || fault == Fault::Io, "{fault:?} at look {at}");
                    if is_over {
                        break;
                    }
                }
                Err(error) => assert!(matches!(error, OpenError::Io(_)), "{fault:?} at look {at}: {error}"),
            }
            let kept = image.after_restart();
            let (journal, _) = Journal::open(Arc::new(kept), &identity(), Size::ZERO, CONFIG).unwrap();
            assert_eq!(journal.size().get(), size, "{fault:?} at look {at}");
        }
    }
}

#[test]
fn after_a_failed_sync_nothing_is_acknowledged_any_more() {
    let append_until_refused = |disk: FaultyStorage| {
        let journal = Journal::create(Arc::new(disk), &identity(), CONFIG).unwrap();
        let refused = (0..40).find_map(|n| journal.append(record(n)).err());
        (journal, refused)
    };
    let sound = FaultyStorage::new();
    append_until_refused(sound.clone());
    let operations = (0..).zip(sound.operations());
    let syncs = operations.filter(|(_, operation)| *operation == Operation::Sync).map(|(at, _)| at);
    // The first sync belongs to making the journal.
    for at in syncs.skip(1) {
        let (journal, refused) = append_until_refused(FaultyStorage::new().with_fault(at, Fault::Io));
        assert!(is_poisoned(&refused.unwrap()), "operation {at}");
        assert!(is_poisoned(&journal.append(record(0)).unwrap_err()));
        assert!(is_poisoned(&journal.failure().unwrap()));
    }
}

#[test]
fn a_full_disk_refuses_politely_and_keeps_what_it_has() {
    assert_eq!(full_disk(|storage| storage), Vec::<String>::new());
}

/// The disk is full for one operation; whoever was refused tries again.
pub(crate) fn full_disk(layer: impl Fn(Arc<dyn Storage>) -> Arc<dyn Storage>) -> Vec<String> {
    const RECORDS: u64 = 40;
    let operations = complete().0.operations().len() as u64;
    let mut broken = Vec::new();
    for at in 4..operations + 20 {
        let disk = FaultyStorage::new().with_fault(at, Fault::NoSpace);
        let Ok(journal) = Journal::create(layer(Arc::new(disk.clone())), &identity(), CONFIG) else { continue };
        let mut refused = 0;
        for n in 0..RECORDS {
            match journal.append(record(n)) {
                Ok(_) => {}
                Err(AppendError::NoSpace) => {
                    refused += 1;
                    // A refused record must not come back as another one's index: offer a shorter one next.
                    if let Err(error) = journal.append(record(n)) {
                        broken.push(format!("full at operation {at}: the second attempt failed: {error}"));
                    }
                }
                // No space left at a sync is no refusal: what was written may be lost.
                Err(AppendError::Poisoned { .. }) => break,
                Err(error) => broken.push(format!("full at operation {at}: {error}")),
            }
        }
        let size = journal.size().get();
        let expected: Vec<_> = (0..size).map(record).collect();
        if !journal.read(Size::new(size).unwrap().range()).is_ok_and(|read| read == expected) {
            broken.push(format!("full at operation {at}, refused {refused}: other records are read back"));
        }
        drop(journal);
        let reopened = Journal::open(layer(Arc::new(disk)), &identity(), Size::ZERO, CONFIG);
        match reopened {
            Ok((journal, _)) if journal.size().get() >= size => {}
            Ok((journal, _)) => broken.push(format!("full at operation {at}: {size} became {}", journal.size())),
            Err(error) => broken.push(format!("full at operation {at}: {error}")),
        }
    }
    broken
}

#[test]
fn what_was_refused_for_lack_of_space_never_comes_back() {
    assert_eq!(refused_records_that_come_back(|storage| storage), Vec::<String>::new());
}

/// The disk fills up in the middle of a write, and later the power goes.
pub(crate) fn refused_records_that_come_back(layer: impl Fn(Arc<dyn Storage>) -> Arc<dyn Storage>) -> Vec<String> {
    let mut back = Vec::new();
    for at in 4..60 {
        let disk = FaultyStorage::new().with_fault(at, Fault::NoSpace);
        let Ok(journal) = Journal::create(layer(Arc::new(disk.clone())), &identity(), CONFIG) else { continue };
        let mut acknowledged = 0;
        // Small records, so that half of a group holds whole frames.
        let small = |n: u64| danvan_journal::Record::new(n.to_le_bytes().to_vec());
        for _ in 0..6 {
            let outcomes = journal.append_all((acknowledged..acknowledged + 8).map(small).collect());
            acknowledged += outcomes.iter().filter(|outcome| outcome.is_ok()).count() as u64;
            if outcomes.iter().any(|outcome| matches!(outcome, Err(AppendError::NoSpace))) {
                break;
            }
        }
        if journal.failure().is_some() {
            continue;
        }
        drop(journal);
        for (kept, image) in disk.remains(SEEDS) {
            match Journal::open(layer(Arc::new(image)), &identity(), Size::ZERO, CONFIG) {
                Ok((journal, _)) if journal.size().get() == acknowledged => {}
                Ok((journal, _)) => back.push(format!("at {at}, {kept}: {acknowledged} became {}", journal.size())),
                Err(error) => back.push(format!("at {at}, {kept}: {error}")),
            }
        }
    }
    back
}
