//! A repair gives back exactly what was promised, or changes nothing.

use crate::commune::{
    ENTRIES, MIRRORED, config, cosigned, damage, entry, files, has_attachment, key, origin, record, root_of, ruin,
    segments, size, storage,
};
use crate::mirrors::{Aggregator, Fault as Lie, LIES, aggregator, supply};
use danvan_ledger::{
    Finding, Ledger, LedgerCopy, LossCause, MirrorSource, Promise, Record, RepairError, RepairOptions, RepairOutcome,
    RepairSources, Repaired, Storage, Supplied, VerifyOptions, rehearse_repair, repair, repair_on, verify,
};
use danvan_testkit::{Dice, Fault, FaultyStorage, Files};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

const SEEDS: u64 = 300;

fn options() -> RepairOptions {
    RepairOptions { config: config(), ..RepairOptions::default() }
}

/// Repairs `damaged` into `fresh`; the damaged files must stay as they are.
pub(crate) fn try_repair(
    damaged: &Files,
    fresh: Option<&Arc<dyn Storage>>,
    mirrors: &mut [Aggregator],
) -> Result<RepairOutcome, RepairError> {
    let disk = FaultyStorage::with_files(damaged.clone());
    let mirrors = mirrors.iter_mut().map(|mirror| mirror as &mut dyn MirrorSource).collect();
    let sources = RepairSources { mirrors, attachments: &mut supply };
    let outcome = repair_on(Arc::new(disk.clone()), fresh, key().verifier_key(), sources, options());
    assert_eq!(disk.files(), *damaged, "a repair changed the damaged directory");
    outcome
}

pub(crate) fn empty() -> (FaultyStorage, Arc<dyn Storage>) {
    let disk = FaultyStorage::new();
    (disk.clone(), Arc::new(disk))
}

/// Opens a repaired ledger as its owner does and reads everything back.
pub(crate) fn assert_whole(fresh: &Arc<dyn Storage>, entries: u64, context: &str) {
    let (ledger, recovery) = Ledger::open_on(Arc::clone(fresh), origin(), key(), config()).unwrap();
    assert_eq!((recovery.size, recovery.torn_tail), (size(entries), None), "{context}");
    let read = ledger.read(size(entries).range()).unwrap();
    assert_eq!(read, (0..entries).map(record).collect::<Vec<_>>(), "{context}");
    assert_eq!(ledger.append(record(entries)).unwrap().get(), entries, "{context}");
    assert_eq!(ledger.drain().unwrap().unwrap().root(), root_of(entries + 1), "{context}");
}

pub(crate) fn repaired(outcome: RepairOutcome, context: &str) -> Repaired {
    match outcome {
        RepairOutcome::Repaired(repaired) => *repaired,
        other => panic!("{context}: {other:?}"),
    }
}

#[test]
fn a_damaged_ledger_and_a_whole_mirror_give_every_record_back() {
    for seed in 0..SEEDS {
        let (mut files, mut dice) = (files(), Dice::new(seed));
        let what = damage(&mut files, &mut dice, 1 + seed % 4);
        let context = format!("seed {seed}, {what}");
        let (_, fresh) = empty();
        match try_repair(&files, Some(&fresh), &mut [aggregator(ENTRIES)]).unwrap() {
            RepairOutcome::NothingToDo(verdict) => {
                assert_eq!((verdict.size, verdict.root), (size(ENTRIES), root_of(ENTRIES)), "{context}");
                assert_whole(&storage(files), ENTRIES, &context);
            }
            outcome => {
                let repaired = repaired(outcome, &context);
                assert_eq!((repaired.size, repaired.root), (size(ENTRIES), root_of(ENTRIES)), "{context}");
                assert_whole(&fresh, ENTRIES, &context);
            }
        }
    }
}

#[test]
fn with_a_shorter_mirror_everything_that_is_not_given_back_is_counted() {
    let mut lost_some = 0;
    for seed in 0..SEEDS {
        let (mut files, mut dice) = (files(), Dice::new(seed + 10_000));
        let what = damage(&mut files, &mut dice, 1 + seed % 3);
        let context = format!("seed {seed}, {what}");
        let (_, fresh) = empty();
        match try_repair(&files, Some(&fresh), &mut [aggregator(MIRRORED)]).unwrap() {
            RepairOutcome::NothingToDo(verdict) => {
                assert_eq!(verdict.root, root_of(verdict.size.get()), "{context}");
                assert!(verdict.size >= size(MIRRORED), "{context}");
            }
            RepairOutcome::Repaired(repaired) => {
                assert!(repaired.size >= size(MIRRORED), "{context}");
                assert!(repaired.fetched.iter().all(|fetched| fetched.range.end() <= size(MIRRORED)), "{context}");
                assert_whole(&fresh, repaired.size.get(), &context);
            }
            RepairOutcome::Irreparable(loss) => {
                lost_some += 1;
                assert_eq!((loss.frozen.size, loss.frozen.root), (size(MIRRORED), root_of(MIRRORED)), "{context}");
                assert_eq!(loss.readable_entries() + loss.lost_entries(), loss.beyond(), "{context}: {loss:?}");
                assert_eq!((loss.known, loss.origin), (size(ENTRIES), origin()), "{context}");
                assert!(!loss.lost.is_empty(), "{context}");
                assert!(matches!(&loss.cause, LossCause::Missing(gap) if gap.start() >= size(MIRRORED)), "{context}");
            }
        }
    }
    assert!(lost_some > 20, "only {lost_some} of {SEEDS} lost anything");
}

fn with_a_gap() -> Files {
    let mut files = files();
    let name = segments(&files)[3].clone();
    files.remove(&name);
    files
}

#[test]
fn a_lying_mirror_is_refused_and_nothing_is_put_in_place() {
    for lie in LIES {
        let context = format!("{lie:?}");
        let (_, fresh) = empty();
        let outcome = try_repair(&with_a_gap(), Some(&fresh), &mut [aggregator(ENTRIES).that(lie)]).unwrap();
        let RepairOutcome::Irreparable(loss) = outcome else { panic!("{context}: {outcome:?}") };
        match lie {
            Lie::Alters(_) | Lie::Swaps(_) => {
                assert!(matches!(loss.cause, LossCause::Unproven { .. }), "{context}: {loss:?}");
            }
            _ => {
                assert!(matches!(loss.cause, LossCause::Missing(_)), "{context}: {loss:?}");
                assert_eq!(loss.refused.len(), 1, "{context}: {loss:?}");
            }
        }
        let (_, fresh) = empty();
        let mut both = [aggregator(ENTRIES).that(lie), aggregator(ENTRIES)];
        let outcome = try_repair(&with_a_gap(), Some(&fresh), &mut both).unwrap();
        let repaired = repaired(outcome, &context);
        assert!(repaired.fetched.iter().all(|fetched| fetched.mirror == "Honest"), "{context}: {repaired:?}");
        assert_whole(&fresh, ENTRIES, &context);
    }
}

#[test]
fn no_damage_and_no_lie_together_make_a_ledger_of_other_entries() {
    for seed in 0..SEEDS {
        let (mut files, mut dice) = (files(), Dice::new(seed + 20_000));
        let what = damage(&mut files, &mut dice, 1 + seed % 3);
        let lie = [Lie::Alters(dice.below(ENTRIES)), Lie::Swaps(dice.below(ENTRIES))][dice.place(2)];
        let context = format!("seed {seed}, {what}, {lie:?}");
        let (_, fresh) = empty();
        if let Ok(RepairOutcome::Repaired(repaired)) =
            try_repair(&files, Some(&fresh), &mut [aggregator(ENTRIES).that(lie)])
        {
            assert_whole(&fresh, repaired.size.get(), &context);
        }
    }
}

#[test]
fn a_ledger_that_lost_its_end_catches_up_from_the_mirror() {
    let mut files = files();
    let last = segments(&files).pop().unwrap();
    files.remove(&last);
    let (_, fresh) = empty();
    let repaired = repaired(try_repair(&files, Some(&fresh), &mut [aggregator(ENTRIES)]).unwrap(), "");
    assert_eq!(repaired.fetched.last().unwrap().range.end(), size(ENTRIES));
    assert!(repaired.findings.iter().any(|f| matches!(f, Finding::Short { promise: Promise::Intent, .. })));
    assert_whole(&fresh, ENTRIES, "the end was lost");

    let (_, fresh) = empty();
    let outcome = try_repair(&Files::new(), Some(&fresh), &mut [aggregator(MIRRORED)]).unwrap();
    assert_eq!(self::repaired(outcome, "").size, size(MIRRORED));
    assert_whole(&fresh, MIRRORED, "everything was lost");
}

#[test]
fn a_sound_ledger_behind_its_mirror_catches_up_too() {
    let disk = FaultyStorage::new();
    let ledger = Ledger::create_on(Arc::new(disk.clone()), origin(), key(), record(0), config()).unwrap();
    assert!(ledger.append_all((1..40).map(record).collect()).iter().all(Result::is_ok));
    ledger.drain().unwrap();
    let (_, fresh) = empty();
    assert!(matches!(
        try_repair(&disk.files(), Some(&fresh), &mut [aggregator(40)]).unwrap(),
        RepairOutcome::NothingToDo(_)
    ));
    let outcome = try_repair(&disk.files(), Some(&fresh), &mut [aggregator(MIRRORED)]).unwrap();
    assert_eq!(repaired(outcome, "").fetched[0].range.start(), size(40));
    assert_whole(&fresh, MIRRORED, "restored from an old backup");
}

#[test]
fn what_a_ledger_contradicted_is_a_promise_that_the_repair_keeps() {
    let disk = FaultyStorage::new();
    let ledger = Ledger::create_on(Arc::new(disk.clone()), origin(), key(), record(0), config()).unwrap();
    assert!(ledger.append_all((1..40).map(record).collect()).iter().all(Result::is_ok));
    ledger.confront(cosigned(MIRRORED).note()).unwrap_err();
    drop(ledger);
    let (_, fresh) = empty();
    let outcome = try_repair(&disk.files(), Some(&fresh), &mut []).unwrap();
    let RepairOutcome::Irreparable(loss) = outcome else { panic!("{outcome:?}") };
    assert_eq!((loss.known, loss.frozen.size), (size(MIRRORED), size(40)));
    let repaired = repaired(try_repair(&disk.files(), Some(&fresh), &mut [aggregator(MIRRORED)]).unwrap(), "");
    let named = |finding: &Finding| matches!(finding, Finding::Short { promise: Promise::Contradiction, .. });
    assert!(repaired.findings.iter().any(named), "{repaired:?}");
    assert_whole(&fresh, MIRRORED, "a contradiction");
}

#[test]
fn false_bytes_with_right_checksums_give_way_to_the_mirror() {
    let disk = FaultyStorage::new();
    let ledger = Ledger::create_on(Arc::new(disk.clone()), origin(), key(), record(0), config()).unwrap();
    let others = (1..ENTRIES).map(|n| if n == 77 { Record::new(b"another".to_vec()) } else { record(n) });
    assert!(ledger.append_all(others.collect()).iter().all(Result::is_ok));
    ledger.drain().unwrap();
    let mut mixed = files();
    mixed.retain(|name, _| !name.ends_with(".segment"));
    mixed.extend(disk.files().into_iter().filter(|(name, _)| name.ends_with(".segment")));
    let (_, fresh) = empty();
    let repaired = repaired(try_repair(&mixed, Some(&fresh), &mut [aggregator(ENTRIES)]).unwrap(), "");
    assert_eq!(repaired.replaced.iter().map(ToString::to_string).collect::<Vec<_>>(), ["[77, 78)"]);
    assert_whole(&fresh, ENTRIES, "one record was false");
    let (_, fresh) = empty();
    let outcome = try_repair(&mixed, Some(&fresh), &mut []).unwrap();
    let RepairOutcome::Irreparable(loss) = outcome else { panic!("{outcome:?}") };
    assert!(matches!(loss.cause, LossCause::Unproven { .. }) && loss.frozen.size == size(50), "{loss:?}");
}

#[test]
fn what_was_promised_is_never_guessed() {
    let mut files = files();
    for name in ["checkpoint.a", "checkpoint.b", "intent.a", "intent.b"] {
        ruin(&mut files, name);
    }
    let (_, fresh) = empty();
    let error = try_repair(&files, Some(&fresh), &mut []).unwrap_err();
    assert!(matches!(&error, RepairError::Forgotten { pairs } if pairs.len() == 2), "{error}");
    let repaired = repaired(try_repair(&files, Some(&fresh), &mut [aggregator(MIRRORED)]).unwrap(), "");
    assert_eq!((repaired.size, repaired.fetched), (size(ENTRIES), vec![]));
    assert_eq!(repaired.renewed, ["intent", "checkpoint"]);
    assert_whole(&fresh, ENTRIES, "the promises were lost");
}

#[test]
fn a_missing_attachment_is_never_dropped_silently() {
    let disk = storage(with_a_gap());
    let missing = &mut |index: danvan_tlog::Index, _: &[u8], _: Option<Vec<u8>>| {
        if has_attachment(index.get()) { Supplied::Missing } else { Supplied::NotNeeded }
    };
    let mut mirror = aggregator(ENTRIES);
    let (_, fresh) = empty();
    let sources = RepairSources { mirrors: vec![&mut mirror], attachments: missing };
    let key = key();
    let error = repair_on(Arc::clone(&disk), Some(&fresh), key.verifier_key(), sources, options()).unwrap_err();
    let RepairError::AttachmentsMissing { indices } = error else { panic!("{error}") };
    assert!(!indices.is_empty() && indices.iter().all(|index| has_attachment(index.get())), "{indices:?}");
    let accepting = RepairOptions { accept_missing_attachments: true, ..options() };
    let mut mirror = aggregator(ENTRIES);
    let sources = RepairSources { mirrors: vec![&mut mirror], attachments: missing };
    let outcome = repair_on(disk, Some(&fresh), key.verifier_key(), sources, accepting).unwrap();
    assert_eq!(repaired(outcome, "").without_attachment, indices);
}

#[test]
fn a_rehearsal_says_what_the_repair_then_does() {
    let told = repaired(try_repair(&with_a_gap(), None, &mut [aggregator(ENTRIES)]).unwrap(), "rehearsal");
    let (_, fresh) = empty();
    let done = repaired(try_repair(&with_a_gap(), Some(&fresh), &mut [aggregator(ENTRIES)]).unwrap(), "repair");
    assert_eq!(format!("{told:?}"), format!("{done:?}"));
    assert_eq!(done.fetched.len(), 1);
}

#[test]
fn whenever_the_copying_is_interrupted_it_can_be_done_again() {
    let damaged = with_a_gap();
    let operations = {
        let (disk, fresh) = empty();
        try_repair(&damaged, Some(&fresh), &mut [aggregator(ENTRIES)]).unwrap();
        disk.operations().len() as u64
    };
    for fault in [Fault::PowerCut, Fault::Io, Fault::NoSpace, Fault::Short] {
        for at in (0..operations).step_by(if fault == Fault::PowerCut { 1 } else { 5 }) {
            let disk = FaultyStorage::new().with_fault(at, fault);
            let fresh: Arc<dyn Storage> = Arc::new(disk.clone());
            let context = format!("{fault:?} at operation {at}");
            match try_repair(&damaged, Some(&fresh), &mut [aggregator(ENTRIES)]) {
                // Every outcome but a repair is an error, and what is called repaired is on the disk.
                Ok(outcome) => {
                    repaired(outcome, &context);
                    let image: Arc<dyn Storage> = Arc::new(disk.after_power_cut(&mut || false));
                    assert_whole(&image, ENTRIES, &context);
                }
                Err(error) => {
                    assert!(!matches!(error, RepairError::NotSound { .. }), "{context}: {error}");
                    let mut dice = Dice::new(at);
                    let again: Arc<dyn Storage> = Arc::new(disk.after_power_cut(&mut || dice.chance(50)));
                    let outcome = try_repair(&damaged, Some(&again), &mut [aggregator(ENTRIES)]).unwrap();
                    repaired(outcome, &context);
                    assert_whole(&again, ENTRIES, &context);
                }
            }
        }
    }
}

fn write_files(directory: &Path, files: &Files) {
    std::fs::create_dir_all(directory).unwrap();
    for (name, bytes) in files {
        std::fs::write(directory.join(name), bytes).unwrap();
    }
}

fn read_files(directory: &Path) -> Files {
    let files = std::fs::read_dir(directory).unwrap().map(|file| file.unwrap());
    let named = files.map(|file| (file.file_name().into_string().unwrap(), std::fs::read(file.path()).unwrap()));
    named.filter(|(name, _)| name != "lock").collect::<BTreeMap<_, _>>()
}

#[test]
fn on_a_disk_the_repaired_directory_takes_the_place_of_the_damaged_one() {
    let parent = tempfile::tempdir().unwrap();
    let (directory, copy) = (parent.path().join("ledger"), parent.path().join("copy"));
    let mut damaged = files();
    damaged.get_mut(&segments(&damaged)[1]).unwrap()[4096..4300].fill(0x55);
    write_files(&directory, &damaged);
    write_files(&copy, &files());
    let key = key();
    let run = |rehearse: bool| {
        let mut mirror = LedgerCopy::open(&copy).unwrap();
        let attachments = &mut |_: danvan_tlog::Index, _: &[u8], offered: Option<Vec<u8>>| {
            offered.map_or(Supplied::NotNeeded, Supplied::Found)
        };
        let sources = RepairSources { mirrors: vec![&mut mirror], attachments };
        let act = if rehearse { rehearse_repair } else { repair };
        act(&directory, key.verifier_key(), sources, options())
    };
    assert!(matches!(run(true).unwrap(), RepairOutcome::Repaired(told) if told.evidence.is_none()));
    assert_eq!(read_files(&directory), damaged);
    let done = repaired(run(false).unwrap(), "on a disk");
    assert_eq!(read_files(done.evidence.as_ref().unwrap()), damaged);
    assert_eq!(done.evidence.unwrap(), parent.path().join("ledger.damaged-1"));
    assert!(matches!(run(false).unwrap(), RepairOutcome::NothingToDo(_)));
    assert_eq!(std::fs::read_dir(parent.path()).unwrap().count(), 3);

    let (ledger, _) = Ledger::open(&directory, origin(), self::key(), config()).unwrap();
    assert_eq!(ledger.read(size(ENTRIES).range()).unwrap(), (0..ENTRIES).map(record).collect::<Vec<_>>());
    std::fs::remove_file(directory.join("0000000000.segment")).unwrap();
    assert!(matches!(run(false), Err(RepairError::Locked)));
    drop(ledger);
    assert_eq!(repaired(run(false).unwrap(), "again").evidence.unwrap(), parent.path().join("ledger.damaged-2"));
    assert!(verify(&directory, VerifyOptions::default()).unwrap().is_sound());
}

#[test]
fn a_start_finishes_a_change_of_places_that_was_interrupted_between_two_names() {
    let parent = tempfile::tempdir().unwrap();
    let directory = parent.path().join("ledger");
    write_files(&parent.path().join("ledger.damaged-1"), &with_a_gap());
    write_files(&parent.path().join("ledger.repaired-1"), &files());
    let (ledger, _) = Ledger::open(&directory, origin(), key(), config()).unwrap();
    assert_eq!(ledger.read_one(size(99).next_index()).unwrap().entry, entry(99));
    drop(ledger);
    std::fs::rename(&directory, parent.path().join("ledger.repaired-1")).unwrap();
    let made = Ledger::create(&directory, origin(), key(), record(0), config());
    assert!(matches!(made, Err(danvan_ledger::CreateError::Exists { .. })));
}
