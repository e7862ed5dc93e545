//! Bytes that change, vanish or move in what was confirmed: always a typed answer, never a panic, never a wrong record.

use crate::workload::{CONFIG, audit, complete, identity, record};
use danvan_journal::{CorruptionKind, Journal, OpenError, Storage};
use danvan_testkit::{Dice, FaultyStorage, MediaFault};
use danvan_tlog::Size;
use std::sync::Arc;

const SEEDS: u64 = 800;

/// Damages a complete journal by seed, until it has found `enough` that went unnoticed and should not have.
pub(crate) fn unnoticed(open: impl Fn(Arc<dyn Storage>) -> Result<Journal, OpenError>, enough: usize) -> Vec<String> {
    let (disk, size) = complete();
    // The last group is the one that a damage may take with it as a torn tail before anything covers it.
    let covered = size - 1;
    let mut unnoticed = Vec::new();
    for seed in 0..SEEDS {
        if unnoticed.len() >= enough {
            break;
        }
        let mut dice = Dice::new(seed);
        let mut files = disk.files();
        let what = MediaFault::draw(&mut dice, &files);
        what.apply(&mut files);
        let image: Arc<dyn Storage> = Arc::new(FaultyStorage::with_files(files));
        if let Ok((records, _)) = audit(Arc::clone(&image)) {
            for (index, found) in records {
                if found != record(index) {
                    unnoticed.push(format!("seed {seed}, {what}: an auditor is shown a wrong record at {index}"));
                }
            }
        }
        let Ok(journal) = open(image) else { continue };
        let left = journal.size();
        if left.get() < covered {
            unnoticed.push(format!("seed {seed}, {what}: opened with {left} of {size}"));
        }
        if let Ok(read) = journal.read(left.range())
            && read != (0..left.get()).map(record).collect::<Vec<_>>()
        {
            unnoticed.push(format!("seed {seed}, {what}: wrong records are read"));
        }
    }
    unnoticed
}

#[test]
fn no_damage_panics_or_goes_unnoticed() {
    // A ledger knows what it signed; here that is all but the last group.
    let promised = Size::new(complete().1 - 1).unwrap();
    let open = |storage| Ok(Journal::open(storage, &identity(), promised, CONFIG)?.0);
    assert_eq!(unnoticed(open, 5), Vec::<String>::new());
}

#[test]
fn damage_before_the_last_group_is_corruption_and_changes_nothing() {
    let (disk, size) = complete();
    assert_eq!(audit(Arc::new(disk.clone())).unwrap().0.len() as u64, size);
    let files = disk.files();
    let last = files.keys().filter(|name| name.ends_with(".segment")).max().unwrap().clone();
    for at in 4096..4096 + 200 {
        let mut damaged = files.clone();
        damaged.get_mut(&last).unwrap()[at] ^= 0x10;
        let image = FaultyStorage::with_files(damaged.clone());
        let opened = Journal::open(Arc::new(image.clone()), &identity(), Size::ZERO, CONFIG).err();
        let Some(OpenError::Corrupt(corruption)) = opened else { panic!("byte {at}: {opened:?}") };
        assert!(matches!(corruption.kind, CorruptionKind::FrameHeader | CorruptionKind::Payload), "{corruption}");
        assert_eq!(image.files(), damaged, "a corrupt journal was changed");
    }
}

#[test]
fn a_promise_that_the_journal_cannot_keep_is_a_loss() {
    let (disk, size) = complete();
    let files = disk.files();
    let promised = Size::new(size + 1).unwrap();
    let opened = Journal::open(Arc::new(disk.clone()), &identity(), promised, CONFIG).err();
    assert!(matches!(opened, Some(OpenError::Lost { .. })), "{opened:?}");
    assert_eq!(disk.files(), files);
}

#[test]
fn damage_in_a_sealed_segment_is_found_by_reading_it() {
    let (disk, size) = complete();
    let mut files = disk.files();
    files.get_mut("0000000000.segment").unwrap()[4096 + 60] ^= 1;
    let image = FaultyStorage::with_files(files);
    let (records, damages) = audit(Arc::new(image.clone())).unwrap();
    assert_eq!(damages, 1);
    assert!(records.len() as u64 > size / 2, "reading did not go on behind the damage");
    let (journal, _) = Journal::open(Arc::new(image), &identity(), Size::ZERO, CONFIG).unwrap();
    assert!(journal.read(Size::from(1).range()).is_err());
}
