//! A ledger of an earlier time goes on only when everybody who may hold more of it was heard.

use crate::commune::{
    ENTRIES, MIRRORED, config, cosigned, damage, entry, files, key, origin, record, root_of, segments, size, storage,
};
use crate::mirrors::{Aggregator, Fault as Lie, aggregator, supply};
use danvan_ledger::{
    Forgone, Ledger, LedgerReader, MirrorError, MirrorSource, OpenError, Record, RejoinError, Rejoined, RepairError,
    RepairOptions, RepairOutcome, RepairSources, Storage, mark_restored, mark_restored_on, rejoin, rejoin_on, repair,
    repair_on, status_on,
};
use danvan_testkit::{Dice, Fault, FaultyStorage, Files};
use danvan_tlog::{IndexRange, Note, Origin};
use std::collections::BTreeSet;
use std::sync::Arc;

/// Entries of the copy that was put back.
const OLDER: u64 = 40;

fn options() -> RepairOptions {
    RepairOptions { config: config(), ..RepairOptions::default() }
}

/// A sound ledger of an earlier time, marked or not.
fn older(is_marked: bool) -> Files {
    let disk = FaultyStorage::new();
    let ledger = Ledger::create_on(Arc::new(disk.clone()), origin(), key(), record(0), config()).unwrap();
    assert!(ledger.append_all((1..OLDER).map(record).collect()).iter().all(Result::is_ok));
    ledger.drain().unwrap();
    if is_marked {
        mark_restored_on(&disk, "a backup of Monday").unwrap();
    }
    disk.files()
}

/// An aggregator that never had anything of this log.
struct Newcomer;

impl MirrorSource for Newcomer {
    fn name(&self) -> String {
        "Newcomer".to_owned()
    }

    fn newest(&mut self, _: &Origin) -> Result<Option<Note>, MirrorError> {
        Ok(None)
    }

    fn records(&mut self, range: IndexRange) -> Result<Vec<Record>, MirrorError> {
        panic!("asked for {range}")
    }
}

/// Lets the ledger on `disk` rejoin; the copy, where one is written, goes into `fresh`.
fn try_rejoin(
    disk: &FaultyStorage,
    fresh: &FaultyStorage,
    mirrors: Vec<&mut dyn MirrorSource>,
    without: &[&str],
) -> Result<Rejoined, RejoinError> {
    let (disk, fresh): (Arc<dyn Storage>, Arc<dyn Storage>) = (Arc::new(disk.clone()), Arc::new(fresh.clone()));
    let mut attachments = supply;
    let mut mirrors = mirrors;
    let mirrors = mirrors.iter_mut().map(|mirror| &mut **mirror as &mut dyn MirrorSource).collect();
    let sources = RepairSources { mirrors, attachments: &mut attachments };
    let without: BTreeSet<String> = without.iter().map(|name| (*name).to_owned()).collect();
    rejoin_on(&disk, &fresh, key().verifier_key(), sources, &without, options())
}

/// The size of the copy that a rejoining wrote, or of the ledger where there was nothing to do.
fn size_after(rejoined: &Rejoined, context: &str) -> u64 {
    match &rejoined.outcome {
        RepairOutcome::NothingToDo(verdict) => verdict.size.get(),
        RepairOutcome::Repaired(repaired) => repaired.size.get(),
        RepairOutcome::Irreparable(loss) => panic!("{context}: {loss:?}"),
    }
}

fn open(disk: FaultyStorage) -> Result<Ledger, OpenError> {
    Ledger::open_on(Arc::new(disk), origin(), key(), config()).map(|(ledger, _)| ledger)
}

fn assert_goes_on(disk: FaultyStorage, entries: u64, context: &str) {
    let ledger = open(disk).unwrap_or_else(|error| panic!("{context}: {error}"));
    let read = ledger.read(size(entries).range()).unwrap();
    assert_eq!(read, (0..entries).map(record).collect::<Vec<_>>(), "{context}");
    assert_eq!(ledger.append(record(entries)).unwrap().get(), entries, "{context}");
    assert_eq!(ledger.drain().unwrap().unwrap().root(), root_of(entries + 1), "{context}");
}

#[test]
fn a_restored_ledger_catches_up_from_everybody_and_loses_its_mark() {
    let (disk, fresh) = (FaultyStorage::with_files(older(true)), FaultyStorage::new());
    assert!(matches!(open(disk.clone()), Err(OpenError::Restored)));
    let (mut first, mut second) = (aggregator(60), aggregator(MIRRORED));
    let rejoined = try_rejoin(&disk, &fresh, vec![&mut first, &mut Newcomer, &mut second], &[]).unwrap();
    assert_eq!((size_after(&rejoined, ""), rejoined.without), (MIRRORED, vec![]));
    assert_eq!(disk.files(), older(true), "what was there was changed");
    assert_goes_on(fresh, MIRRORED, "restored");
}

#[test]
fn a_restored_ledger_that_nobody_holds_more_of_only_loses_its_mark() {
    for entries in [1, OLDER - 1, OLDER] {
        let (disk, fresh) = (FaultyStorage::with_files(older(true)), FaultyStorage::new());
        let mut mirror = aggregator(entries);
        let rejoined = try_rejoin(&disk, &fresh, vec![&mut mirror], &[]).unwrap();
        assert!(matches!(rejoined.outcome, RepairOutcome::NothingToDo(_)), "{rejoined:?}");
        assert_eq!((disk.files(), fresh.files()), (older(false), Files::new()), "{entries}");
        assert_goes_on(disk, OLDER, "nothing to do");
    }
}

#[test]
fn one_that_says_nothing_keeps_the_ledger_shut_until_an_operator_decides() {
    for lie in [Lie::Silent, Lie::ForeignNote] {
        let (disk, fresh) = (FaultyStorage::with_files(older(true)), FaultyStorage::new());
        let name = format!("{lie:?}");
        let (mut heard, mut unheard) = (aggregator(60), aggregator(MIRRORED).that(lie));
        let error = try_rejoin(&disk, &fresh, vec![&mut unheard, &mut heard], &["another"]).unwrap_err();
        let RejoinError::Silent { mirrors } = &error else { panic!("{error}") };
        assert_eq!(mirrors.iter().map(|silent| silent.mirror.as_str()).collect::<Vec<_>>(), [name.as_str()]);
        assert!(error.to_string().contains(&name), "{error}");
        assert_eq!((disk.files(), fresh.files()), (older(true), Files::new()));

        let rejoined = try_rejoin(&disk, &fresh, vec![&mut unheard, &mut heard], &[name.as_str()]).unwrap();
        assert_eq!((size_after(&rejoined, &name), rejoined.without), (60, vec![name.clone()]));
        let decided = [Forgone { size: size(60), aggregator: name.clone() }];
        assert_eq!(LedgerReader::open_on(Arc::new(fresh.clone())).unwrap().forgone(), decided);
        assert_goes_on(fresh, 60, &name);
    }
}

#[test]
fn a_decision_is_kept_by_later_repairs_and_joined_by_later_decisions() {
    let (disk, fresh) = (FaultyStorage::with_files(older(true)), FaultyStorage::new());
    let mut silent = aggregator(MIRRORED).that(Lie::Silent);
    try_rejoin(&disk, &fresh, vec![&mut silent], &["Silent"]).unwrap();
    mark_restored_on(&disk, "again").unwrap();
    try_rejoin(&disk, &fresh, vec![&mut silent, &mut aggregator(50)], &["Silent", "Honest"]).unwrap();
    let at = |entries| Forgone { size: size(entries), aggregator: "Silent".to_owned() };
    let forgone = |disk: &FaultyStorage| LedgerReader::open_on(Arc::new(disk.clone())).unwrap().forgone().to_vec();
    assert_eq!(forgone(&fresh), [at(OLDER), at(50)]);
    assert_eq!(status_on(Arc::new(fresh.clone())).unwrap().forgone, forgone(&fresh), "a glance shows it");
    let again = FaultyStorage::new();
    try_rejoin(&fresh, &again, vec![&mut aggregator(MIRRORED)], &[]).unwrap();
    assert_eq!(forgone(&again), [at(OLDER), at(50)]);
    assert_goes_on(again, MIRRORED, "caught up at last");
}

#[test]
fn nothing_is_made_out_of_nothing() {
    let (disk, fresh) = (FaultyStorage::new(), FaultyStorage::new());
    let error = try_rejoin(&disk, &fresh, vec![&mut Newcomer], &[]).unwrap_err();
    assert!(matches!(error, RejoinError::Repair(RepairError::Nothing)), "{error}");
    let rejoined = try_rejoin(&disk, &fresh, vec![&mut Newcomer, &mut aggregator(MIRRORED)], &[]).unwrap();
    assert_eq!(size_after(&rejoined, "everything was lost"), MIRRORED);
    assert_goes_on(fresh, MIRRORED, "everything was lost");
}

#[test]
fn what_cannot_be_put_together_keeps_its_mark() {
    let (disk, fresh) = (FaultyStorage::with_files(older(true)), FaultyStorage::new());
    for lie in [Lie::Alters(60), Lie::TooLong, Lie::Empty] {
        let rejoined = try_rejoin(&disk, &fresh, vec![&mut aggregator(MIRRORED).that(lie)], &[]).unwrap();
        assert!(matches!(rejoined.outcome, RepairOutcome::Irreparable(_)), "{lie:?}: {rejoined:?}");
        assert_eq!(disk.files(), older(true), "{lie:?}");
    }
}

#[test]
fn a_proof_against_the_ledger_is_settled_by_its_rejoining() {
    let disk = FaultyStorage::with_files(older(false));
    open(disk.clone()).unwrap().confront(cosigned(MIRRORED).note()).unwrap_err();
    assert!(open(disk.clone()).is_err());
    let fresh = FaultyStorage::new();
    let rejoined = try_rejoin(&disk, &fresh, vec![&mut aggregator(MIRRORED)], &[]).unwrap();
    assert_eq!(size_after(&rejoined, ""), MIRRORED);
    assert_goes_on(fresh, MIRRORED, "contradicted");
}

#[test]
fn a_plain_repair_keeps_the_mark_in_the_copy() {
    let mut marked = older(true);
    let name = segments(&marked)[1].clone();
    marked.remove(&name);
    let fresh = FaultyStorage::new();
    let storage_of_fresh: Arc<dyn Storage> = Arc::new(fresh.clone());
    let mut mirror: Aggregator = aggregator(MIRRORED);
    let sources = RepairSources { mirrors: vec![&mut mirror], attachments: &mut supply };
    let outcome = repair_on(storage(marked), Some(&storage_of_fresh), key().verifier_key(), sources, options());
    assert!(matches!(outcome.unwrap(), RepairOutcome::Repaired(_)));
    assert_eq!(fresh.files()["restored"], b"a backup of Monday");
    assert!(LedgerReader::open_on(Arc::new(fresh.clone())).unwrap().is_restored());
    assert!(matches!(open(fresh), Err(OpenError::Restored)));
}

#[test]
fn whenever_the_power_goes_the_mark_is_there_or_everybody_was_heard() {
    let rejoining = |disk: &FaultyStorage, fresh: &FaultyStorage, entries: u64| {
        let (mut first, mut silent) = (aggregator(entries), aggregator(MIRRORED).that(Lie::Silent));
        try_rejoin(disk, fresh, vec![&mut first, &mut silent], &["Silent"])
    };
    // Where a copy is needed and where nothing is to do; the directory and the copy fail in turn.
    for entries in [OLDER, MIRRORED] {
        for fails in ["directory", "copy"] {
            let operations = {
                let (disk, fresh) = (FaultyStorage::with_files(older(true)), FaultyStorage::new());
                rejoining(&disk, &fresh, entries).unwrap();
                if fails == "directory" { disk.operations().len() } else { fresh.operations().len() }
            };
            assert_eq!(operations == 0, (fails == "copy") == (entries == OLDER), "{entries} {fails}: {operations}");
            for fault in [Fault::PowerCut, Fault::Io, Fault::NoSpace, Fault::Short] {
                for at in (0..operations as u64).step_by(if fault == Fault::PowerCut { 1 } else { 7 }) {
                    let context = format!("{entries} entries, {fault:?} at operation {at} of the {fails}");
                    let failing =
                        |disk: FaultyStorage, name| if name == fails { disk.with_fault(at, fault) } else { disk };
                    let disk = failing(FaultyStorage::with_files(older(true)), "directory");
                    let fresh = failing(FaultyStorage::new(), "copy");
                    let done = rejoining(&disk, &fresh, entries);
                    let mut dice = Dice::new(at);
                    for survives in [0, 50] {
                        let image =
                            |disk: &FaultyStorage, dice: &mut Dice| disk.after_power_cut(&mut || dice.chance(survives));
                        let (disk, fresh) = (image(&disk, &mut dice), image(&fresh, &mut dice));
                        if done.is_ok() && entries == MIRRORED {
                            assert_goes_on(image(&fresh, &mut dice), MIRRORED, &context);
                        }
                        match open(disk.clone()) {
                            Ok(ledger) => {
                                drop(ledger);
                                let reader = LedgerReader::open_on(Arc::new(disk.clone())).unwrap();
                                assert_eq!((entries, reader.forgone().len()), (OLDER, 1), "{context}");
                                assert_goes_on(disk, OLDER, &context);
                            }
                            Err(error) => {
                                assert!(matches!(error, OpenError::Restored), "{context}: {error}");
                                let again = rejoining(&disk, &fresh, entries).unwrap();
                                assert_eq!(size_after(&again, &context), entries, "{context}");
                                let after = if entries == OLDER { disk } else { fresh };
                                assert_goes_on(after, entries, &context);
                            }
                        }
                    }
                }
            }
        }
    }
}

#[test]
fn whatever_is_damaged_too_a_restored_ledger_rejoins_whole_or_not_at_all() {
    for seed in 0..200 {
        let (mut files, mut dice) = (files(), Dice::new(seed + 30_000));
        files.insert("restored".to_owned(), b"a backup of Monday".to_vec());
        let what = damage(&mut files, &mut dice, 1 + seed % 3);
        let context = format!("seed {seed}, {what}");
        let (disk, fresh) = (FaultyStorage::with_files(files), FaultyStorage::new());
        let rejoined = try_rejoin(&disk, &fresh, vec![&mut aggregator(ENTRIES)], &[]);
        let rejoined = rejoined.unwrap_or_else(|error| panic!("{context}: {error}"));
        assert_eq!(size_after(&rejoined, &context), ENTRIES, "{context}");
        let is_copied = matches!(rejoined.outcome, RepairOutcome::Repaired(_));
        assert_goes_on(if is_copied { fresh } else { disk }, ENTRIES, &context);
    }
}

#[test]
fn on_a_disk_the_rejoined_directory_has_no_mark_and_the_evidence_has() {
    let parent = tempfile::tempdir().unwrap();
    let directory = parent.path().join("ledger");
    let run = |mirror: &mut dyn MirrorSource| {
        let sources = RepairSources { mirrors: vec![mirror], attachments: &mut supply };
        rejoin(&directory, key().verifier_key(), sources, &BTreeSet::new(), options())
    };
    let open = || Ledger::open(&directory, origin(), key(), config());
    // The directory is lost.
    assert!(matches!(open(), Err(OpenError::Io(_))));
    assert!(matches!(run(&mut aggregator(50).that(Lie::Silent)), Err(RejoinError::Silent { .. })));
    assert!(matches!(run(&mut Newcomer), Err(RejoinError::Repair(RepairError::Nothing))));
    assert_eq!(size_after(&run(&mut aggregator(50)).unwrap(), "lost"), 50);
    assert_eq!(open().unwrap().0.size(), size(50));
    // It came out of a backup.
    mark_restored(&directory, "a backup").unwrap();
    let mut mirror = aggregator(60);
    let sources = RepairSources { mirrors: vec![&mut mirror], attachments: &mut supply };
    let outcome = repair(&directory, key().verifier_key(), sources, options()).unwrap();
    assert!(matches!(outcome, RepairOutcome::Repaired(_)));
    assert!(matches!(open(), Err(OpenError::Restored)), "a repair asks whom it can, a rejoining everybody");
    let RepairOutcome::Repaired(repaired) = run(&mut aggregator(MIRRORED)).unwrap().outcome else { panic!() };
    let evidence = repaired.evidence.unwrap();
    assert!(evidence.join("restored").exists() && !directory.join("restored").exists());
    let (ledger, _) = open().unwrap();
    assert!(matches!(run(&mut aggregator(MIRRORED)), Err(RejoinError::Repair(RepairError::Locked))));
    assert_eq!(ledger.read_one(size(99).next_index()).unwrap().entry, entry(99));
    drop(ledger);
    mark_restored(&directory, "another").unwrap();
    assert!(matches!(run(&mut Newcomer).unwrap().outcome, RepairOutcome::NothingToDo(_)));
    open().unwrap();
}
