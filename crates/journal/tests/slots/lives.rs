//! A pair whose process ends twice in a row: at any operation, by a failure or by itself, and then by the power.

use danvan_journal::{SlotError, Slots, Storage};
use danvan_testkit::{Fault, FaultyStorage, Mutant, Mutation};
use std::collections::HashSet;
use std::sync::Arc;

/// Longer than a sector, so that a power cut can tear it.
const FACT_BYTES: usize = 700;
/// Facts stored in each life.
const FACTS: u64 = 2;
/// Mixtures of the unsynced pieces, where not every subset of them is tried.
const SEEDS: u64 = 20;

type Layer = fn(FaultyStorage) -> Arc<dyn Storage>;

/// What a pair must give back: the fact of the confirmed number, or of any up to the one tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Owed {
    confirmed: u64,
    tried: u64,
}

fn fact(number: u64) -> Vec<u8> {
    number.to_le_bytes().repeat(FACT_BYTES / 8)
}

fn number(fact: Option<&[u8]>) -> u64 {
    let number = fact.map_or(0, |fact| u64::from_le_bytes(fact[..8].try_into().unwrap()));
    assert_eq!(fact, (number > 0).then(|| self::fact(number)).as_deref(), "half a fact");
    number
}

/// One life of a process: what is owed after it, or what was owed before and is not there.
fn live(layer: Layer, disk: &FaultyStorage, owed: Owed) -> Result<Owed, String> {
    let mut slots = match Slots::open(layer(disk.clone()).as_ref(), "pair") {
        Ok(slots) => slots,
        Err(SlotError::Io { .. }) => return Ok(owed),
        Err(error) => return Err(error.to_string()),
    };
    let found = number(slots.get());
    if !(owed.confirmed..=owed.tried).contains(&found) {
        return Err(format!("fact {found} instead of {owed:?}"));
    }
    // A start has looked at it, so it must stay.
    let mut owed = Owed { confirmed: found, tried: found };
    for next in found + 1..=found + FACTS {
        owed.tried = next;
        if slots.store(&fact(next)).is_err() {
            return Ok(owed);
        }
        owed.confirmed = next;
    }
    Ok(owed)
}

fn operations(layer: Layer, disk: &FaultyStorage, owed: Owed) -> u64 {
    let disk = disk.after_restart();
    let _ = live(layer, &disk, owed);
    disk.operations().len() as u64
}

/// The first life ends at each operation; the second one, on the page cache or the disk that is left, is cut off at each
/// operation; then a third one begins on every disk that this can leave. The first broken promise, if any.
fn broken(layer: Layer) -> Option<String> {
    let nothing = Owed { confirmed: 0, tried: 0 };
    let mut seen = HashSet::new();
    for fault in [Fault::PowerCut, Fault::Io, Fault::NoSpace] {
        for first in 0..=operations(layer, &FaultyStorage::new(), nothing) {
            let disk = FaultyStorage::new().with_fault(first, fault);
            let owed = match live(layer, &disk, nothing) {
                Ok(owed) => owed,
                Err(what) => return Some(format!("{fault:?} at {first}: {what}")),
            };
            for second in 0..=operations(layer, &disk, owed) {
                let again = disk.after_restart().with_fault(second, Fault::PowerCut);
                let when = format!("{fault:?} at {first}, restart, power cut at {second}");
                let owed = match live(layer, &again, owed) {
                    Ok(owed) => owed,
                    Err(what) => return Some(format!("{when}: {what}")),
                };
                for (kept, last) in again.remains(SEEDS) {
                    if !seen.insert((last.files(), owed)) {
                        continue;
                    }
                    if let Err(what) = live(layer, &last, owed) {
                        return Some(format!("{when}, {kept}: {what}"));
                    }
                }
            }
        }
    }
    None
}

#[test]
fn no_two_ends_in_a_row_make_a_pair_forget_or_refuse_to_open() {
    assert_eq!(broken(|disk| Arc::new(disk)), None);
}

#[test]
fn a_pair_that_believes_what_a_start_finds_is_told_by_the_second_end() {
    for mutant in [
        (|disk| Arc::new(Mutant::new(Arc::new(disk), Mutation::TrustPageCache)) as Arc<dyn Storage>) as Layer,
        |disk| Arc::new(Mutant::new(Arc::new(disk), Mutation::SkipRewrite)),
        |disk| Arc::new(Mutant::new(Arc::new(disk), Mutation::SkipSyncOfMetadata)),
        |disk| Arc::new(Mutant::new(Arc::new(disk), Mutation::SkipDirectorySync)),
    ] {
        assert!(broken(mutant).is_some());
    }
}

#[test]
fn a_pair_that_overwrites_its_only_file_is_told() {
    assert!(broken(|disk| Arc::new(Mutant::new(Arc::new(disk), Mutation::OneSlot))).is_some());
}
