//! A log past repair ends, and goes on under its next origin with everything that can still be read.

use crate::commune::{ENTRIES, MIRRORED, config, files, key, origin, record, root_of, ruin, segments, size, storage};
use crate::mirrors::{Aggregator, aggregator, supply};
use danvan_ledger::{
    AppendError, CreateError, Ledger, LedgerReader, MirrorSource, OpenError, Record, RepairError, RepairOptions,
    RepairOutcome, RepairSources, Storage, SucceedError, Succession, Successor, VerifyOptions, ended, ended_beside,
    repair, succeed, succeed_on, verify, verify_on,
};
use danvan_testkit::{Fault, FaultyStorage, Files};
use danvan_tlog::{Index, LogKey, Origin};
use std::path::{Path, PathBuf};
use std::sync::Arc;

fn next_origin() -> Origin {
    origin().next_incarnation().unwrap()
}

fn next_key() -> LogKey {
    LogKey::from_seed(next_origin().key_name(), [17; 32])
}

fn opened(succession: &Succession) -> Record {
    Record::new(format!("opened after {} of {}", succession.size, succession.origin).into_bytes())
}

/// A ledger of which a sector was lost behind what the aggregator holds.
fn past_repair() -> Files {
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

fn options() -> RepairOptions {
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
        carry: &mut |_, record| Some(record),
    };
    let damaged = storage(damaged);
    let key = key();
    let succession = succeed_on((damaged, key.verifier_key()), sources, options(), (&ended, &new), successor).unwrap();
    assert_eq!((succession.size, succession.root), (verdict.size, verdict.root));
    assert_eq!((succession.lost, succession.carried), (1, ENTRIES - 1 - verdict.size.get()));
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

fn write_files(directory: &Path, files: &Files) {
    std::fs::create_dir_all(directory).unwrap();
    for (name, bytes) in files {
        std::fs::write(directory.join(name), bytes).unwrap();
    }
}

/// A ledger past repair on a real disk.
struct Home {
    parent: tempfile::TempDir,
    carried: u64,
}

impl Home {
    fn new() -> Self {
        let home = Self { parent: tempfile::tempdir().unwrap(), carried: 0 };
        write_files(&home.path("ledger"), &past_repair());
        home
    }

    fn path(&self, name: &str) -> PathBuf {
        self.parent.path().join(name)
    }

    fn run(&self) -> Result<Succession, SucceedError> {
        let mut mirror = aggregator(MIRRORED);
        let sources = RepairSources { mirrors: vec![&mut mirror], attachments: &mut supply };
        let successor = Successor {
            key: next_key(),
            first: &mut |succession| Ok(opened(succession)),
            carry: &mut |_, record| Some(record),
        };
        succeed((&self.path("ledger"), key().verifier_key()), sources, options(), successor)
    }

    fn rename(&self, from: &str, to: &str) {
        std::fs::rename(self.path(from), self.path(to)).unwrap();
    }

    fn exchange(&self) {
        self.rename("ledger", "aside");
        self.rename("ledger.ended-1", "ledger");
        self.rename("aside", "ledger.succeeding");
    }

    fn assert_succeeded(&self) {
        assert_eq!(ended_beside(&self.path("ledger")).unwrap(), [self.path("ledger.ended-1")]);
        let refused = Ledger::open(&self.path("ledger.ended-1"), origin(), key(), config()).err();
        assert!(matches!(refused, Some(OpenError::Frozen { .. })), "{refused:?}");
        let (ledger, _) = Ledger::open(&self.path("ledger"), next_origin(), next_key(), config()).unwrap();
        assert_eq!(ledger.size().get(), 1 + self.carried);
        assert!(!self.path("ledger.succeeding").exists() && self.path("ledger.damaged-1").is_dir());
    }
}

#[test]
fn on_a_disk_the_log_that_goes_on_takes_the_name_and_the_ended_one_stays_beside_it() {
    let mut home = Home::new();
    let succession = home.run().unwrap();
    home.carried = succession.carried;
    assert_eq!(succession.size, size(MIRRORED));
    home.assert_succeeded();
    assert!(verify(&home.path("ledger"), VerifyOptions::default()).unwrap().is_sound());
    assert!(verify(&home.path("ledger.ended-1"), VerifyOptions::default()).unwrap().is_sound());
    assert_eq!(home.run().unwrap(), succession);
    home.assert_succeeded();

    let (ledger, _) = Ledger::open(&home.path("ledger"), next_origin(), next_key(), config()).unwrap();
    let sources = RepairSources { mirrors: vec![], attachments: &mut supply };
    let locked = repair(&home.path("ledger"), next_key().verifier_key(), sources, options());
    assert!(matches!(locked, Err(RepairError::Locked)), "{locked:?}");
    drop(ledger);
}

#[test]
fn whatever_names_a_crash_leaves_the_same_call_or_the_next_start_puts_them_right() {
    let states: [fn(&Home); 4] = [
        // The old log has ended, and the new one has not got its name.
        |home| home.exchange(),
        // They changed places.
        |home| home.rename("ledger.ended-1", "ledger.succeeding"),
        // On a file system that cannot exchange, the old one is named and the new one is not.
        |home| home.rename("ledger", "ledger.succeeding"),
        |_| {},
    ];
    for (number, disturb) in states.into_iter().enumerate() {
        for by_a_start in [true, false] {
            let mut home = Home::new();
            let succession = home.run().unwrap();
            home.carried = succession.carried;
            disturb(&home);
            if by_a_start {
                assert_eq!(ended(&home.path("ledger")).unwrap(), [home.path("ledger.ended-1")], "state {number}");
            } else {
                assert_eq!(home.run().unwrap(), succession, "state {number}");
            }
            home.assert_succeeded();
        }
    }
}

#[test]
fn an_unfinished_next_log_is_without_worth_before_the_old_one_ends() {
    let mut home = Home::new();
    std::fs::create_dir(home.path("ledger.succeeding")).unwrap();
    std::fs::write(home.path("ledger.succeeding/0000000000.segment"), b"half").unwrap();
    assert_eq!(ended(&home.path("ledger")).unwrap(), [] as [PathBuf; 0]);
    home.carried = home.run().unwrap().carried;
    home.assert_succeeded();
}

#[test]
fn an_ended_log_whose_successor_is_gone_is_not_given_up_a_second_time() {
    let home = Home::new();
    home.run().unwrap();
    std::fs::remove_dir_all(home.path("ledger")).unwrap();
    home.rename("ledger.ended-1", "ledger");
    let again = home.run();
    assert!(matches!(again, Err(SucceedError::SuccessorMissing { .. })), "{again:?}");
}

#[test]
fn an_ended_log_is_handed_on_and_takes_nothing_in() {
    let home = Home::new();
    home.run().unwrap();
    let directory = home.path("ledger.ended-1");
    let ledger = Ledger::open_ended(&directory, origin(), key()).unwrap();
    assert_eq!(ledger.append(record(0)).unwrap_err(), AppendError::Closed);
    assert_eq!(ledger.size(), size(MIRRORED));
    for at in [1, 17, MIRRORED] {
        assert_eq!(ledger.checkpoint_at(size(at)).unwrap().root(), root_of(at));
    }
    drop(ledger);
    assert!(verify(&directory, VerifyOptions::default()).unwrap().is_sound());
    let alive = Ledger::open_ended(&home.path("ledger"), next_origin(), next_key()).err();
    assert!(matches!(alive, Some(OpenError::NotEnded { .. })), "{alive:?}");
}
