//! The power goes at every operation of a ledger's life; what it said to anyone must still be true.
#![expect(clippy::unwrap_used, reason = "a test that cannot build its input has failed")]

use danvan_ledger::{CreateError, JournalOpenError, Ledger, LedgerConfig, OpenError, Record, Storage};
use danvan_testkit::{Dice, Fault, FaultyStorage, Mutant, Mutation};
use danvan_tlog::{CosignedAt, Frontier, Hash, KeyName, LogKey, MirrorKey, Origin, Size, leaf_hash};
use std::sync::{Arc, Mutex};
use std::time::Duration;

const GROUPS: [u64; 9] = [1, 4, 1, 9, 2, 7, 1, 1, 3];

fn config() -> LedgerConfig {
    LedgerConfig {
        segment_bytes: 4096 + 1500,
        preallocate_bytes: 900,
        reserve_bytes: 2000,
        sign_interval: Duration::ZERO,
        ..LedgerConfig::default()
    }
}

fn origin() -> Origin {
    Origin::new("example.vn/u/gso2024-15097").unwrap()
}

fn key() -> LogKey {
    LogKey::from_seed(origin().key_name(), [7; 32])
}

fn mirror() -> MirrorKey {
    MirrorKey::from_seed(KeyName::new("example.vn/a/ngoc-lac/mirror").unwrap(), [8; 32])
}

fn entry(n: u64) -> Vec<u8> {
    Dice::new(n).bytes(60)
}

fn root_of(size: u64) -> Hash {
    Frontier::of((0..size).map(|n| leaf_hash(&entry(n)))).root()
}

/// What the ledger told the world before the power went.
#[derive(Debug, Default, Clone)]
struct Said {
    acknowledged: u64,
    submitted: u64,
    latest: Option<Size>,
    signed: Vec<Size>,
    receipted: Option<Size>,
}

fn live(storage: &Arc<dyn Storage>) -> Said {
    let announced = Arc::new(Mutex::new(None));
    let mut said = Said { submitted: 1, ..Said::default() };
    let first = Record::new(entry(0));
    let Ok(ledger) = Ledger::create_on(Arc::clone(storage), origin(), key(), first, config()) else { return said };
    said.acknowledged = 1;
    let listener = Arc::clone(&announced);
    ledger.on_signed(Box::new(move |signed| *listener.lock().unwrap() = Some(signed.size())));
    for group in GROUPS {
        let start = said.submitted;
        said.submitted += group;
        let records = (start..start + group).map(|n| Record::new(entry(n))).collect();
        let outcomes = ledger.append_all(records);
        said.acknowledged += outcomes.iter().filter(|outcome| outcome.is_ok()).count() as u64;
        if said.acknowledged < said.submitted {
            break;
        }
        let Ok(signed) = ledger.checkpoint_at(ledger.size()) else { break };
        said.signed.push(signed.size());
        if group > 3 {
            let cosigned = mirror().cosign(&signed, CosignedAt::from_unix_seconds(1));
            let by = mirror().verifier_key().name().clone();
            if ledger.keep_receipt(&by, cosigned.note()).is_err() {
                break;
            }
            said.receipted = Some(signed.size());
        }
    }
    let _ = ledger.drain();
    said.latest = announced.lock().unwrap().take();
    said
}

fn lies(storage: &Arc<dyn Storage>, said: &Said) -> Vec<String> {
    let opened = Ledger::open_on(Arc::clone(storage), origin(), key(), config());
    let ledger = match opened {
        Ok((ledger, _)) => ledger,
        Err(OpenError::Journal(JournalOpenError::Missing)) if said.acknowledged == 0 => {
            let first = Record::new(entry(0));
            let made = Ledger::create_on(Arc::clone(storage), origin(), key(), first, config());
            return made.err().map(|error| format!("cannot be made again: {error}")).into_iter().collect();
        }
        Err(error) => return vec![format!("a crash alone made it unreadable: {error}")],
    };
    let size = ledger.size();
    if size == Size::ZERO && said.acknowledged == 0 {
        drop(ledger);
        let first = Record::new(entry(0));
        return match Ledger::create_on(Arc::clone(storage), origin(), key(), first, config()) {
            Ok(_) | Err(CreateError::Exists { .. }) => Vec::new(),
            Err(error) => vec![format!("cannot be made again: {error}")],
        };
    }
    let mut lies = Vec::new();
    if size.get() < said.acknowledged || size.get() > said.submitted {
        lies.push(format!("{said:?}, and {size} entries are there"));
    }
    if ledger.latest().map(|latest| latest.size()) < said.latest {
        lies.push(format!("{said:?}, and the latest checkpoint went back to {:?}", ledger.latest()));
    }
    let receipted = ledger.receipts().into_values().map(|receipt| receipt.size()).max();
    if receipted < said.receipted {
        lies.push(format!("{said:?}, and the receipt went back to {receipted:?}"));
    }
    for &signed in said.signed.iter().filter(|signed| **signed <= size) {
        if !ledger.checkpoint_at(signed).is_ok_and(|again| again.root() == root_of(signed.get())) {
            lies.push(format!("size {signed} has two roots"));
        }
    }
    if said.signed.iter().any(|signed| *signed > size) {
        lies.push(format!("{said:?}, and less is there than was signed: {size}"));
    }
    match ledger.drain() {
        Ok(Some(last)) if last.root() == root_of(last.size().get()) => {}
        other => lies.push(format!("the last checkpoint is {other:?}")),
    }
    lies
}

fn matrix(layer: impl Fn(Arc<dyn Storage>) -> Arc<dyn Storage>, fault: Fault, step: usize) -> Vec<String> {
    let operations = {
        let disk = FaultyStorage::new();
        live(&layer(Arc::new(disk.clone())));
        disk.operations().len() as u64
    };
    let mut found = Vec::new();
    for at in (0..operations).step_by(step) {
        let disk = FaultyStorage::new().with_fault(at, fault);
        let said = live(&layer(Arc::new(disk.clone())));
        for seed in 0..6 {
            let mut dice = Dice::new(seed);
            let percent = [0, 100, 15, 85, 50, 50][usize::try_from(seed).unwrap()];
            let image = disk.after_power_cut(&mut || dice.chance(percent));
            let lies = lies(&layer(Arc::new(image)), &said);
            found.extend(lies.into_iter().map(|lie| format!("{fault:?} at operation {at}, seed {seed}: {lie}")));
        }
        if found.len() > 3 {
            break;
        }
    }
    found
}

fn with(mutation: Mutation) -> impl Fn(Arc<dyn Storage>) -> Arc<dyn Storage> {
    move |storage| Arc::new(Mutant::new(storage, mutation))
}

#[test]
fn no_power_cut_makes_a_liar_of_a_ledger() {
    let found = matrix(|storage| storage, Fault::PowerCut, 1);
    assert!(found.is_empty(), "{found:#?}");
}

#[test]
fn no_failing_operation_makes_a_liar_of_a_ledger() {
    for fault in [Fault::Io, Fault::NoSpace, Fault::Short] {
        let found = matrix(|storage| storage, fault, 2);
        assert!(found.is_empty(), "{found:#?}");
    }
}

#[test]
fn signing_before_the_intent_is_durable_is_noticed() {
    assert!(!matrix(with(Mutation::AcknowledgeBeforeSync), Fault::PowerCut, 1).is_empty());
}

#[test]
fn believing_the_second_answer_of_a_sync_is_noticed() {
    assert!(!matrix(with(Mutation::RetrySync), Fault::Io, 1).is_empty());
}

#[test]
fn losing_the_names_of_the_slots_is_noticed() {
    assert!(!matrix(with(Mutation::SkipDirectorySync), Fault::PowerCut, 1).is_empty());
}

fn sound() -> (FaultyStorage, Said) {
    let disk = FaultyStorage::new();
    let said = live(&(Arc::new(disk.clone()) as Arc<dyn Storage>));
    assert_eq!(said.acknowledged, 1 + GROUPS.iter().sum::<u64>());
    (disk, said)
}

#[test]
fn other_bytes_below_a_signed_size_are_refused() {
    // The entries of another life of the same origin: every checksum is right, only the roots differ.
    let (disk, _) = sound();
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
    let (disk, _) = sound();
    let mut files = disk.files();
    let last = files.keys().filter(|name| name.ends_with(".segment")).max().unwrap().clone();
    files.remove(&last);
    let storage: Arc<dyn Storage> = Arc::new(FaultyStorage::with_files(files));
    let opened = Ledger::open_on(storage, origin(), key(), config()).err();
    assert!(matches!(opened, Some(OpenError::Journal(JournalOpenError::Lost { .. }))), "{opened:?}");
}

#[test]
fn no_damaged_slot_panics_or_makes_a_ledger_forget_its_size() {
    let (disk, said) = sound();
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
        if let Ok((ledger, _)) = Ledger::open_on(storage, origin(), key(), config()) {
            assert_eq!(ledger.size().get(), said.acknowledged, "seed {seed}");
            assert_eq!(ledger.drain().unwrap().unwrap().root(), root_of(said.acknowledged), "seed {seed}");
        }
    }
}
