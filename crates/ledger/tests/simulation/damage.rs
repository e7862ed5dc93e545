//! Directories that are not what this ledger wrote, and bytes that changed: refused by name, never believed.

use crate::matrix::Tale;
use crate::world::{Layer, config, key, origin, record, sound};
use danvan_ledger::{JournalOpenError, Ledger, LedgerConfig, OpenError, Record, Storage};
use danvan_testkit::{Dice, FaultyStorage};
use std::sync::Arc;

fn complete() -> (FaultyStorage, Tale) {
    let disk = FaultyStorage::new();
    let tale = Tale::of_script(&sound, &disk).unwrap();
    (disk, tale)
}

/// An entry rots on the disk of a running ledger before it is signed.
pub(crate) fn signs_what_is_not_on_the_disk(layer: Layer<'_>) -> bool {
    let disk = FaultyStorage::new();
    let storage = layer(Arc::new(disk.clone()));
    let ledger = Ledger::create_on(storage, origin(), key(), record(0), config()).unwrap();
    ledger.append(record(1)).unwrap();
    disk.spoil("0000000000.segment", &|bytes| {
        let last = bytes.iter().rposition(|b| *b != 0).unwrap();
        bytes[last] ^= 1;
    })
    .unwrap();
    ledger.checkpoint_at(ledger.size()).is_ok() || ledger.sign_latest().is_ok()
}

/// Somebody was given a checkpoint that is not the latest one; then the disk loses the entry that it covers.
pub(crate) fn forgets_what_was_signed(layer: Layer<'_>) -> bool {
    let disk = FaultyStorage::new();
    let storage = layer(Arc::new(disk.clone()));
    let ledger = Ledger::create_on(storage, origin(), key(), record(0), config()).unwrap();
    ledger.append(record(1)).unwrap();
    let covered = ledger.size();
    ledger.checkpoint_at(covered).unwrap();
    drop(ledger);
    disk.spoil("0000000000.segment", &|bytes| {
        let last = bytes.iter().rposition(|b| *b != 0).unwrap();
        bytes[last] = 0;
    })
    .unwrap();
    match Ledger::open_on(layer(Arc::new(disk)), origin(), key(), config()) {
        Ok((ledger, _)) => ledger.size() < covered,
        Err(error) => !matches!(error, OpenError::Journal(JournalOpenError::Lost { .. })),
    }
}

#[test]
fn a_ledger_shorter_than_what_it_signed_is_refused() {
    assert!(!forgets_what_was_signed(&sound));
}

#[test]
fn a_checkpoint_speaks_of_what_is_on_the_disk() {
    assert!(!signs_what_is_not_on_the_disk(&sound));
}

#[test]
fn other_bytes_below_a_signed_size_are_refused() {
    // The entries of another life of the same origin: every checksum is right, only the roots differ.
    let (disk, _) = complete();
    let other = FaultyStorage::new();
    let storage: Arc<dyn Storage> = Arc::new(other.clone());
    let ledger =
        Ledger::create_on(storage, origin(), key(), Record::new(b"other".to_vec()), LedgerConfig::default()).unwrap();
    let others = (0..60_u64).map(|n| Record::new(n.to_le_bytes().to_vec())).collect();
    assert!(ledger.append_all(others).iter().all(Result::is_ok));
    ledger.drain().unwrap();
    let slots = disk.files().into_iter().filter(|(name, _)| !name.ends_with(".segment"));
    let segments = other.files().into_iter().filter(|(name, _)| name.ends_with(".segment"));
    let mixed: Arc<dyn Storage> = Arc::new(FaultyStorage::with_files(slots.chain(segments)));
    let opened = Ledger::open_on(mixed, origin(), key(), config()).err();
    assert!(matches!(opened, Some(OpenError::RootDiffers { .. })), "{opened:?}");
}

#[test]
fn a_lost_segment_below_a_signed_size_is_a_loss() {
    let (disk, _) = complete();
    let mut files = disk.files();
    let last = files.keys().filter(|name| name.ends_with(".segment")).max().unwrap().clone();
    files.remove(&last);
    let storage: Arc<dyn Storage> = Arc::new(FaultyStorage::with_files(files));
    let opened = Ledger::open_on(storage, origin(), key(), config()).err();
    assert!(matches!(opened, Some(OpenError::Journal(JournalOpenError::Lost { .. }))), "{opened:?}");
}

#[test]
fn no_damaged_slot_panics_or_makes_a_ledger_forget_its_size() {
    let (disk, tale) = complete();
    for seed in 0..400 {
        let mut dice = Dice::new(seed);
        let mut files = disk.files();
        let slots: Vec<String> = files.keys().filter(|n| !n.ends_with(".segment") && *n != "lock").cloned().collect();
        let name = &slots[dice.place(slots.len())];
        let bytes = files.get_mut(name).unwrap();
        let at = dice.place(300);
        match dice.below(3) {
            0 => bytes[at] ^= 1 << dice.below(8),
            1 => bytes.truncate(at),
            _ => bytes[..512].fill(0),
        }
        let storage: Arc<dyn Storage> = Arc::new(FaultyStorage::with_files(files));
        // A pair has two files: the damage of one shuts no ledger.
        let opened = Ledger::open_on(storage, origin(), key(), config());
        let (ledger, _) = opened.unwrap_or_else(|error| panic!("seed {seed}, {name}: {error}"));
        assert_eq!(ledger.size().get(), tale.truth.size(), "seed {seed}");
        let root = ledger.drain().unwrap().unwrap().root();
        assert_eq!(root, tale.truth.root(tale.truth.size()).unwrap(), "seed {seed}");
    }
}
