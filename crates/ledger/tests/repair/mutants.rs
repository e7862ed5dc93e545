//! Known mistakes of repairs, successions, copies and readers, each put back in: what proves the sound ones must notice every one.

use crate::commune::{ENTRIES, config, damage, files, key, origin, record, storage};
use crate::incarnations::{next_key, opened, options, past_repair};
use crate::mending::{empty, try_repair};
use crate::mirrors::{Aggregator, Fault as Lie, aggregator, supply};
use danvan_journal::{Config, Identity, Journal, Sweep, write_fully};
use danvan_ledger::{
    JournalOpenError, Ledger, LedgerReader, MirrorSource, OpenError, Record, RepairOutcome, RepairSources, Storage,
    Successor, parts_on, put_facts_on, succeed_on,
};
use danvan_testkit::{Dice, FaultyStorage, Files, Mutant, Mutation};
use danvan_tlog::{Index, IndexRange, Note, SignedCheckpoint};
use std::collections::BTreeMap;
use std::sync::Arc;

/// What lies between the code under test and its disk.
type Layer<'l> = &'l dyn Fn(Arc<dyn Storage>) -> Arc<dyn Storage>;

fn sound(storage: Arc<dyn Storage>) -> Arc<dyn Storage> {
    storage
}

fn with(mutation: Mutation) -> impl Fn(Arc<dyn Storage>) -> Arc<dyn Storage> {
    move |storage| Arc::new(Mutant::new(storage, mutation))
}

/// A way to put a damaged ledger together in a fresh directory; false where it says that it cannot.
type Mend<'m> = &'m dyn Fn(&Files, &Arc<dyn Storage>, Aggregator) -> bool;

/// Damage, and a mirror that does not tell the truth: whether a wrong entry is ever put back.
fn puts_lies_back(mend: Mend<'_>) -> bool {
    (0..60).any(|seed| {
        let (mut files, mut dice) = (files(), Dice::new(seed + 20_000));
        damage(&mut files, &mut dice, 1 + seed % 3);
        let lie = [Lie::Alters(dice.below(ENTRIES)), Lie::Swaps(dice.below(ENTRIES))][dice.place(2)];
        let (_, fresh) = empty();
        mend(&files, &fresh, aggregator(ENTRIES).that(lie)) && {
            let reader = LedgerReader::open_on(fresh).unwrap();
            reader.entries().flatten().any(|(index, found)| found != record(index.get()))
        }
    })
}

fn mend(damaged: &Files, fresh: &Arc<dyn Storage>, mirror: Aggregator) -> bool {
    matches!(try_repair(damaged, Some(fresh), &mut [mirror]), Ok(RepairOutcome::Repaired(_)))
}

/// The mistake: what a mirror gives for a gap is believed without the roots that were promised.
fn mend_without_proof(damaged: &Files, fresh: &Arc<dyn Storage>, mut mirror: Aggregator) -> bool {
    let identity = Identity::new(origin().as_str()).unwrap();
    let Ok(sweep) = Sweep::open(storage(damaged.clone()), Some(identity.clone())) else { return false };
    let mut found = BTreeMap::new();
    for place in 0..sweep.segments() {
        let see = &mut |index: Index, entry: &[u8], attachment: Option<&[u8]>| {
            let attachment = attachment.map(<[u8]>::to_vec);
            found.insert(index.get(), Record { entry: entry.to_vec(), attachment });
        };
        sweep.segment(place, see).unwrap();
    }
    let journal = Journal::create(Arc::clone(fresh), &identity, Config::default()).unwrap();
    for n in 0..ENTRIES {
        let index = Index::new(n).unwrap();
        let gap =
            || mirror.records(IndexRange::new(index.size_before(), index.size_after()).unwrap()).unwrap().remove(0);
        journal.append(found.remove(&n).unwrap_or_else(gap)).unwrap();
    }
    for (name, bytes) in damaged.iter().filter(|(name, _)| !name.ends_with("segment") && !name.ends_with("reserve")) {
        write_fully(fresh.create(name).unwrap().as_ref(), 0, bytes).unwrap();
    }
    true
}

#[test]
fn putting_a_range_back_without_proving_it_is_noticed() {
    assert!(!puts_lies_back(&mend));
    assert!(puts_lies_back(&mend_without_proof));
}

/// What was seen of a succession: whether the old log could be taken up meanwhile, and whether the new one names it.
fn succession(damaged_layer: Layer<'_>, new_layer: Layer<'_>) -> (bool, bool) {
    let disk = FaultyStorage::with_files(past_repair());
    let ((_, old), (_, new)) = (empty(), empty());
    let mut mirror = aggregator(crate::commune::MIRRORED);
    let sources = RepairSources { mirrors: vec![&mut mirror as &mut dyn MirrorSource], attachments: &mut supply };
    let is_shut = || {
        let taken = Ledger::open_on(Arc::new(disk.clone()), origin(), key(), config()).err();
        matches!(taken, Some(OpenError::Journal(JournalOpenError::Locked)))
    };
    let mut was_open = false;
    let successor = Successor {
        key: next_key(),
        first: &mut |succession| {
            was_open |= !is_shut();
            Ok(opened(succession))
        },
        lost: &mut |_| Ok(Vec::new()),
        carry: &mut |_, record| Some(record),
    };
    let log_key = key();
    let from = (damaged_layer(Arc::new(disk.clone())), log_key.verifier_key());
    succeed_on(from, sources, options(), (&old, &new_layer(Arc::clone(&new))), successor).unwrap();
    (was_open, LedgerReader::open_on(new).unwrap().previous().is_some())
}

#[test]
fn giving_the_lock_of_an_ending_log_back_too_early_is_noticed() {
    assert_eq!(succession(&sound, &sound), (false, true));
    assert_eq!(succession(&with(Mutation::GiveLockBack), &sound), (true, true));
}

#[test]
fn a_log_that_goes_on_and_forgets_which_one_it_goes_on_for_is_noticed() {
    assert_eq!(succession(&sound, &with(Mutation::ForgetPrevious)), (false, false));
}

/// Whether facts of a copy are gone when the power goes right after they were put.
fn forgets_facts_of_a_copy(layer: Layer<'_>) -> bool {
    let facts = parts_on(&storage(files())).unwrap().facts;
    let disk = FaultyStorage::new();
    put_facts_on(layer(Arc::new(disk.clone())).as_ref(), &facts).unwrap();
    let left = disk.after_power_cut(&mut || false).files();
    let made: std::collections::BTreeSet<&str> = facts.iter().map(|fact| fact.name.as_str()).collect();
    made.iter().any(|name| !left.contains_key(&format!("{name}.a")))
}

#[test]
fn putting_a_copy_back_without_syncing_the_directory_is_noticed() {
    assert!(!forgets_facts_of_a_copy(&sound));
    assert!(forgets_facts_of_a_copy(&with(Mutation::SkipDirectorySync)));
}

/// The newest checkpoint rots in both of its copies: whether a reader shows what nobody signed.
fn shows_what_nobody_signed(layer: Layer<'_>) -> bool {
    let mut files = files();
    let newest = ["checkpoint.a", "checkpoint.b"].into_iter().max_by_key(|name| files[*name][16..24].to_vec()).unwrap();
    let bytes = files.get_mut(newest).unwrap();
    let length = usize::from(bytes[12]) | usize::from(bytes[13]) << 8;
    for copy in [0, 4096] {
        // A digit of the signature, in base64.
        let at = copy + 32 + length - 30;
        bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
    }
    let reader = LedgerReader::open_on(layer(storage(files))).unwrap();
    let is_signed = |note: &Note| SignedCheckpoint::open_note(note.clone(), key().verifier_key()).is_ok();
    let is_told = reader.damaged_slots().iter().any(|file| file == newest);
    !is_told || !reader.checkpoints().iter().all(is_signed)
}

#[test]
fn a_reader_that_trusts_a_slot_without_its_checksum_is_noticed() {
    assert!(!shows_what_nobody_signed(&sound));
    assert!(shows_what_nobody_signed(&with(Mutation::BelieveAnyCopy)));
}
