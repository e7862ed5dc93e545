//! A log past repair ends, and goes on under its next origin with everything that can still be read.

use crate::commune::{ENTRIES, MIRRORED, config, files, key, origin, record, root_of, ruin, segments, size, storage};
use crate::mirrors::{Aggregator, aggregator, supply};
use danvan_ledger::{
    CreateError, Ledger, LedgerReader, MirrorSource, OpenError, Record, RepairOptions, RepairOutcome, RepairSources,
    Storage, SucceedError, Succession, Successor, VerifyOptions, succeed_on, verify_on,
};
use danvan_testkit::{Fault, FaultyStorage, Files};
use danvan_tlog::{Index, IndexRange, LogKey, Origin};
use std::sync::Arc;

pub(crate) fn next_origin() -> Origin {
    origin().next_incarnation().unwrap()
}

pub(crate) fn next_key() -> LogKey {
    LogKey::from_seed(next_origin().key_name(), [17; 32])
}

pub(crate) fn opened(succession: &Succession) -> Record {
    Record::new(format!("opened after {} of {}", succession.size, succession.origin).into_bytes())
}

/// A ledger of which a sector was lost behind what the aggregator holds.
pub(crate) fn past_repair() -> Files {
    let mut files = files();
    let names = segments(&files);
    let bytes = files.get_mut(&names[names.len() - 2]).unwrap();
    let at = 4096 + (bytes.len() - 4096) / 2;
    bytes[at..at + 512].fill(0);
    files
}

fn readable(files: &Files) -> Vec<u64> {
    let reader = LedgerReader::open_on(Arc::new(FaultyStorage::with_files(files.clone()))).unwrap();
    let sound: Vec<u64> = reader.entries().filter_map(Result::ok).map(|(index, _)| index.get()).collect();
    // Behind damage the reader goes on with the next segment; who succeeds goes on with the next record.
    assert!(sound.len() < usize::try_from(ENTRIES).unwrap());
    sound
}

pub(crate) fn options() -> RepairOptions {
    RepairOptions { config: config(), ..RepairOptions::default() }
}

struct Written {
    succession: Succession,
    carried: Vec<u64>,
}

fn try_succeed(
    damaged: &Files,
    old: &Arc<dyn Storage>,
    new: &Arc<dyn Storage>,
    mirror: &mut Aggregator,
) -> Result<Written, SucceedError> {
    let disk = FaultyStorage::with_files(damaged.clone());
    let mut carried = Vec::new();
    let sources = RepairSources { mirrors: vec![mirror as &mut dyn MirrorSource], attachments: &mut supply };
    let successor = Successor {
        key: next_key(),
        first: &mut |succession| Ok(opened(succession)),
        lost: &mut |_| Ok(Vec::new()),
        carry: &mut |index: Index, found: Record| {
            assert_eq!(found, record(index.get()));
            carried.push(index.get());
            Some(found)
        },
    };
    let key = key();
    let ended = succeed_on((Arc::new(disk.clone()), key.verifier_key()), sources, options(), (old, new), successor);
    assert_eq!(disk.files(), *damaged, "the damaged directory was changed");
    ended.map(|succession| Written { succession, carried })
}

fn empty() -> (FaultyStorage, Arc<dyn Storage>) {
    let disk = FaultyStorage::new();
    (disk.clone(), Arc::new(disk))
}

fn assert_ended(old: &Arc<dyn Storage>) {
    let refused = Ledger::open_on(Arc::clone(old), origin(), key(), config()).err();
    assert!(
        matches!(&refused, Some(OpenError::Frozen { size: at, successor }) if *at == size(MIRRORED) && *successor == next_origin()),
        "{refused:?}"
    );
    let refused = Ledger::create_on(Arc::clone(old), origin(), key(), record(0), config()).err();
    assert!(matches!(refused, Some(CreateError::Open(OpenError::Frozen { .. }))), "{refused:?}");
    let reader = LedgerReader::open_on(Arc::clone(old)).unwrap();
    let read: Vec<Record> = reader.entries().map(|item| item.unwrap().1).collect();
    assert_eq!(read, (0..MIRRORED).map(record).collect::<Vec<_>>());
    let frozen = reader.frozen().unwrap();
    assert_eq!((frozen.size, frozen.root), (size(MIRRORED), root_of(MIRRORED)));
    let verdict = verify_on(old, VerifyOptions::default()).unwrap();
    assert_eq!((verdict.size, verdict.findings), (size(MIRRORED), vec![]));
}

fn assert_goes_on(new: &Arc<dyn Storage>, written: &Written) {
    let (ledger, _) = Ledger::open_on(Arc::clone(new), next_origin(), next_key(), config()).unwrap();
    let read = ledger.read(ledger.size().range()).unwrap();
    let expected = std::iter::once(opened(&written.succession)).chain(written.carried.iter().map(|n| record(*n)));
    assert_eq!(read, expected.collect::<Vec<_>>());
    ledger.append(Record::new(b"life goes on".to_vec())).unwrap();
    ledger.drain().unwrap();
    let reader = LedgerReader::open_on(Arc::clone(new)).unwrap();
    let previous = reader.previous().unwrap();
    assert_eq!((&previous.origin, previous.size, previous.root), (&origin(), size(MIRRORED), root_of(MIRRORED)));
    assert_eq!((previous.carried, previous.lost), (written.succession.carried, written.succession.lost));
}

#[test]
fn a_log_past_repair_ends_where_the_aggregator_holds_it_and_goes_on() {
    let damaged = past_repair();
    let ((_, old), (_, new)) = (empty(), empty());
    let written = try_succeed(&damaged, &old, &new, &mut aggregator(MIRRORED)).unwrap();
    let succession = &written.succession;
    assert_eq!((&succession.origin, &succession.successor), (&origin(), &next_origin()));
    assert_eq!((succession.size, succession.root), (size(MIRRORED), root_of(MIRRORED)));
    assert_eq!(succession.carried, written.carried.len() as u64);
    assert_eq!(succession.carried + succession.lost, ENTRIES - MIRRORED);
    assert!(succession.lost > 0 && succession.carried > 10, "{succession:?}");
    let beyond = readable(&damaged).into_iter().filter(|n| *n >= MIRRORED);
    assert!(beyond.into_iter().all(|n| written.carried.contains(&n)));
    assert_ended(&old);
    assert_goes_on(&new, &written);
}

#[test]
fn a_ledger_that_can_be_repaired_is_not_given_up() {
    let ((_, old), (_, new)) = (empty(), empty());
    for (damaged, mirror) in [(files(), MIRRORED), (past_repair(), ENTRIES)] {
        let refused = try_succeed(&damaged, &old, &new, &mut aggregator(mirror)).err();
        assert!(matches!(refused, Some(SucceedError::NotNeeded)), "{refused:?}");
    }
}

#[test]
fn only_the_key_of_the_next_incarnation_takes_over() {
    let disk: Arc<dyn Storage> = Arc::new(FaultyStorage::with_files(past_repair()));
    let ((_, old), (_, new)) = (empty(), empty());
    let other = next_origin().next_incarnation().unwrap();
    for found in [origin(), other] {
        let successor = Successor {
            key: LogKey::from_seed(found.key_name(), [1; 32]),
            first: &mut |succession| Ok(opened(succession)),
            lost: &mut |_| Ok(Vec::new()),
            carry: &mut |_, record| Some(record),
        };
        let sources = RepairSources { mirrors: vec![], attachments: &mut supply };
        let key = key();
        let refused = succeed_on((Arc::clone(&disk), key.verifier_key()), sources, options(), (&old, &new), successor);
        assert!(matches!(refused, Err(SucceedError::WrongKey { expected, .. }) if expected == next_origin()));
    }
}

#[test]
fn an_ended_log_is_repaired_up_to_its_end_and_stays_ended() {
    let ((disk, old), (_, new)) = (empty(), empty());
    try_succeed(&past_repair(), &old, &new, &mut aggregator(MIRRORED)).unwrap();
    let mut damaged = disk.files();
    damaged.get_mut("0000000001.segment").unwrap()[4200] ^= 1;
    let (_, fresh) = empty();
    // A late batch made the aggregator's copy longer than the end.
    let mut mirror = aggregator(ENTRIES);
    let sources = RepairSources { mirrors: vec![&mut mirror], attachments: &mut supply };
    let damaged = storage(damaged);
    let key = key();
    let outcome = danvan_ledger::repair_on(damaged, Some(&fresh), key.verifier_key(), sources, options()).unwrap();
    assert!(matches!(outcome, RepairOutcome::Repaired(repaired) if repaired.size == size(MIRRORED)));
    assert_ended(&fresh);
}

#[test]
fn no_damage_to_one_file_makes_an_ended_log_live_again() {
    let ((disk, old), (_, new)) = (empty(), empty());
    try_succeed(&past_repair(), &old, &new, &mut aggregator(MIRRORED)).unwrap();
    for name in ["frozen.a", "frozen.b"] {
        let mut files = disk.files();
        ruin(&mut files, name);
        let damaged = storage(files);
        let verdict = verify_on(&damaged, VerifyOptions::default()).unwrap();
        assert_eq!(verdict.damaged_copies, [name]);
        assert_ended(&damaged);
    }
    let mut files = disk.files();
    for name in ["frozen.a", "frozen.b"] {
        ruin(&mut files, name);
    }
    let refused = Ledger::open_on(storage(files), origin(), key(), config()).err();
    assert!(matches!(refused, Some(OpenError::Slots(_))), "{refused:?}");
}

#[test]
fn a_log_without_an_aggregator_ends_before_its_first_gap() {
    let disk = FaultyStorage::new();
    let ledger = Ledger::create_on(Arc::new(disk.clone()), origin(), key(), record(0), config()).unwrap();
    assert!(ledger.append_all((1..ENTRIES).map(record).collect()).iter().all(Result::is_ok));
    ledger.drain().unwrap();
    let mut damaged = disk.files();
    damaged.get_mut("0000000001.segment").unwrap()[4200] ^= 1;
    let verdict = verify_on(&storage(damaged.clone()), VerifyOptions::default()).unwrap();
    let (ended, new) = (empty().1, empty().1);
    let sources = RepairSources { mirrors: vec![], attachments: &mut supply };
    let successor = Successor {
        key: next_key(),
        first: &mut |succession| Ok(opened(succession)),
        lost: &mut |_| Ok(Vec::new()),
        carry: &mut |_, record| Some(record),
    };
    let damaged = storage(damaged);
    let key = key();
    let succession = succeed_on((damaged, key.verifier_key()), sources, options(), (&ended, &new), successor).unwrap();
    assert_eq!((succession.size, succession.root), (verdict.size, verdict.root));
    assert_eq!((succession.lost, succession.carried), (1, ENTRIES - 1 - verdict.size.get()));
}

#[test]
fn what_is_lost_is_told_behind_what_was_carried_on_range_by_range() {
    let ((_, old), (_, new)) = (empty(), empty());
    let mut mirror = aggregator(MIRRORED);
    let sources = RepairSources { mirrors: vec![&mut mirror], attachments: &mut supply };
    let told = |range: &IndexRange| Record::new(format!("{range} is lost").into_bytes());
    let mut lost = Vec::new();
    let successor = Successor {
        key: next_key(),
        first: &mut |succession| Ok(opened(succession)),
        lost: &mut |ranges| {
            lost = ranges.to_vec();
            Ok(ranges.iter().map(told).collect())
        },
        carry: &mut |_, record| Some(record),
    };
    let key = key();
    let succession =
        succeed_on((storage(past_repair()), key.verifier_key()), sources, options(), (&old, &new), successor).unwrap();
    assert_eq!(lost.iter().map(|range| range.len()).sum::<u64>(), succession.lost);
    let reader = LedgerReader::open_on(new).unwrap();
    let read: Vec<Record> = reader.entries().map(|item| item.unwrap().1).collect();
    let is_lost = |n: &u64| lost.iter().any(|range| (range.start().get()..range.end().get()).contains(n));
    let carried = (MIRRORED..ENTRIES).filter(|n| !is_lost(n)).map(record);
    let expected = std::iter::once(opened(&succession)).chain(carried).chain(lost.iter().map(told));
    assert_eq!(read, expected.collect::<Vec<_>>());
}

#[test]
fn whenever_the_writing_is_interrupted_it_can_be_done_again() {
    let damaged = past_repair();
    let operations = |fail_old: bool| {
        let ((old_disk, old), (new_disk, new)) = (empty(), empty());
        try_succeed(&damaged, &old, &new, &mut aggregator(MIRRORED)).unwrap();
        if fail_old { old_disk.operations().len() } else { new_disk.operations().len() }
    };
    for fail_old in [true, false] {
        for at in (0..operations(fail_old) as u64).step_by(3) {
            let context = format!("operation {at} of the {}", if fail_old { "old" } else { "new" });
            let cut = || {
                let disk = FaultyStorage::new().with_fault(at, Fault::PowerCut);
                (disk.clone(), Arc::new(disk) as Arc<dyn Storage>)
            };
            let ((old_disk, old), (new_disk, new)) = if fail_old { (cut(), empty()) } else { (empty(), cut()) };
            assert!(try_succeed(&damaged, &old, &new, &mut aggregator(MIRRORED)).is_err(), "{context}");
            let old: Arc<dyn Storage> = Arc::new(old_disk.after_power_cut(&mut || true));
            let new: Arc<dyn Storage> = Arc::new(new_disk.after_power_cut(&mut || true));
            let written = try_succeed(&damaged, &old, &new, &mut aggregator(MIRRORED)).unwrap();
            assert_ended(&old);
            assert_goes_on(&new, &written);
        }
    }
}
