//! What damage does not touch is neither lost nor passed over.

use crate::commune::{
    ENTRIES, MIRRORED, aggregator as commune_aggregator, config, cosigned, entry, files, key, origin, record, root_of,
    size, storage,
};
use crate::mending::{assert_whole, empty, repaired, try_repair};
use crate::mirrors::{Fault, aggregator};
use danvan_journal::{MemoryStorage, Slots};
use danvan_ledger::{Ledger, LedgerConfig, Record, RepairError, RepairOutcome, VerifyOptions, verify_on};
use danvan_testkit::{FaultyStorage, Files};
use danvan_tlog::SignedCheckpoint;
use std::sync::Arc;

/// Entries before the last commit group.
const BEFORE_THE_LAST_GROUP: u64 = 100;

/// A ledger whose last entries are one commit group, of which one is damaged.
fn damaged_in_its_last_group() -> Files {
    let disk = FaultyStorage::new();
    let roomy = LedgerConfig { segment_bytes: 1 << 20, ..config() };
    let ledger = Ledger::create_on(Arc::new(disk.clone()), origin(), key(), record(0), roomy).unwrap();
    for entries in [1..BEFORE_THE_LAST_GROUP, BEFORE_THE_LAST_GROUP..ENTRIES] {
        assert!(ledger.append_all(entries.map(record).collect()).iter().all(Result::is_ok));
    }
    ledger.drain().unwrap();
    let mut files = disk.files();
    let (segment, text) = (files.get_mut("0000000000.segment").unwrap(), entry(BEFORE_THE_LAST_GROUP + 2));
    let at = segment.windows(text.len()).position(|bytes| bytes == text).unwrap();
    segment[at] ^= 1;
    files
}

#[test]
fn one_damaged_entry_of_the_last_group_takes_no_other_one_away() {
    let damaged = damaged_in_its_last_group();
    let (_, fresh) = empty();
    let mut mirror = [aggregator(BEFORE_THE_LAST_GROUP + 3)];
    let repaired = repaired(try_repair(&damaged, Some(&fresh), &mut mirror).unwrap(), "the mirror has it");
    assert_eq!(repaired.fetched.iter().map(|it| it.range.len()).collect::<Vec<_>>(), [1]);
    assert_whole(&fresh, ENTRIES, "the mirror has it");

    let outcome = try_repair(&damaged, None, &mut [aggregator(BEFORE_THE_LAST_GROUP)]).unwrap();
    let RepairOutcome::Irreparable(loss) = outcome else { panic!("{outcome:?}") };
    assert_eq!((loss.frozen.size, loss.known), (size(BEFORE_THE_LAST_GROUP), size(ENTRIES)));
    assert_eq!((loss.lost_entries(), loss.readable_entries()), (1, ENTRIES - BEFORE_THE_LAST_GROUP - 1));
}

/// Entries that were signed before the power went; of the group behind them, the first frame was torn and nobody was told.
const BEFORE_THE_TORN_GROUP: u64 = 40;
/// Entries that an aggregator holds of the log: it went on without that group, and then the image of the disk was put back.
const WENT_ON: u64 = 45;

/// The image of a disk after a power cut, and beside it what `hear` adds.
fn torn_in_its_last_group(hear: impl FnOnce(&Ledger)) -> Files {
    let disk = FaultyStorage::new();
    let roomy = LedgerConfig { segment_bytes: 1 << 20, ..config() };
    let ledger = Ledger::create_on(Arc::new(disk.clone()), origin(), key(), record(0), roomy).unwrap();
    assert!(ledger.append_all((1..BEFORE_THE_TORN_GROUP).map(record).collect()).iter().all(Result::is_ok));
    ledger.sign_latest().unwrap();
    let dead = |n: u64| Record::new(entry(n + 5000));
    assert!(ledger.append_all((40..48).map(dead).collect()).iter().all(Result::is_ok));
    let mut image = disk.files();
    let (segment, text) = (image.get_mut("0000000000.segment").unwrap(), dead(40).entry);
    let at = segment.windows(text.len()).position(|bytes| bytes == text).unwrap();
    segment[at] ^= 1;
    drop(ledger);

    // Whoever starts it without the torn group hears what the log has become meanwhile.
    let started = FaultyStorage::with_files(image.clone());
    let (ledger, _) = Ledger::open_on(Arc::new(started.clone()), origin(), key(), roomy).unwrap();
    hear(&ledger);
    drop(ledger);
    image.extend(started.files().into_iter().filter(|(name, _)| !name.contains("segment")));
    image
}

#[test]
fn what_others_promise_of_a_disk_that_was_set_back_makes_no_torn_group_an_acknowledged_one() {
    let by = commune_aggregator().verifier_key().name().clone();
    let images = [
        ("the mirror alone", torn_in_its_last_group(|_| ())),
        ("a contradiction", torn_in_its_last_group(|it| drop(it.confront(cosigned(WENT_ON).note()).unwrap_err()))),
        ("a receipt", torn_in_its_last_group(|it| drop(it.keep_receipt(&by, cosigned(WENT_ON).note()).unwrap_err()))),
    ];
    for (context, image) in images {
        let (_, fresh) = empty();
        let repaired = repaired(try_repair(&image, Some(&fresh), &mut [aggregator(WENT_ON)]).unwrap(), context);
        assert_eq!((repaired.size, repaired.root), (size(WENT_ON), root_of(WENT_ON)), "{context}");
        assert_whole(&fresh, WENT_ON, context);

        let outcome = try_repair(&image, None, &mut [aggregator(WENT_ON).that(Fault::Empty)]).unwrap();
        let RepairOutcome::Irreparable(loss) = outcome else { panic!("{context}: {outcome:?}") };
        assert_eq!((loss.frozen.size, loss.known), (size(BEFORE_THE_TORN_GROUP), size(WENT_ON)), "{context}");
        assert_eq!((loss.readable.as_slice(), loss.lost_entries()), ([].as_slice(), 5), "{context}");
    }
}

#[test]
fn a_receipt_in_whose_place_another_fact_lies_is_not_dropped_silently() {
    let mut files = files();
    let pair = files.keys().find_map(|name| name.strip_suffix(".a").filter(|pair| pair.starts_with("receipt-")));
    let pair = pair.unwrap().to_owned();
    // As after the first receipt of an aggregator; then the medium wrote something else there.
    files.get_mut(&format!("{pair}.b")).unwrap().fill(0);
    let others = MemoryStorage::new();
    Slots::open(&others, "other").unwrap().store(b"the first fact of another pair").unwrap();
    files.insert(format!("{pair}.a"), others.files().remove("other.a").unwrap());
    let (_, fresh) = empty();
    let error = try_repair(&files, Some(&fresh), &mut []).unwrap_err();
    assert!(matches!(&error, RepairError::Forgotten { pairs } if *pairs == [pair.clone()]), "{error}");
    let repaired = repaired(try_repair(&files, Some(&fresh), &mut [aggregator(MIRRORED)]).unwrap(), "");
    assert_eq!((repaired.size, repaired.renewed), (size(ENTRIES), vec![pair]));
    let (ledger, _) = Ledger::open_on(Arc::clone(&fresh), origin(), key(), config()).unwrap();
    assert_eq!(ledger.receipts().values().map(SignedCheckpoint::size).collect::<Vec<_>>(), [size(MIRRORED)]);
}

#[test]
fn a_lost_file_takes_no_receipt_away_that_the_other_file_of_its_pair_has() {
    for ending in ["a", "b"] {
        let mut files = files();
        let lost = files.keys().find(|name| name.starts_with("receipt-") && name.ends_with(ending)).unwrap().clone();
        files.remove(&lost);
        let storage = storage(files);
        assert_eq!(verify_on(&storage, VerifyOptions::default()).unwrap().damaged_copies, std::slice::from_ref(&lost));
        let (ledger, _) = Ledger::open_on(storage, origin(), key(), config()).unwrap();
        let found: Vec<u64> = ledger.receipts().values().map(|receipt| receipt.size().get()).collect();
        // The first receipt lies in the one file, the second in the other.
        assert!(found == [MIRRORED] || found == [50], "{lost}: {found:?}");
    }
}

#[test]
fn no_loss_of_one_file_takes_an_only_receipt_away() {
    let mut files = files();
    let pair = files.keys().find_map(|name| name.strip_suffix(".a").filter(|pair| pair.starts_with("receipt-")));
    let pair = pair.unwrap().to_owned();
    let only = Slots::read(&MemoryStorage::with_files(files.clone()), &pair).unwrap().unwrap();
    let fresh = MemoryStorage::new();
    Slots::open(&fresh, &pair).unwrap().store(&only).unwrap();
    files.extend(fresh.files());
    for ending in ["a", "b"] {
        let lost = format!("{pair}.{ending}");
        for left in [None, Some(0), Some(4096), Some(8192)] {
            let mut damaged = files.clone();
            damaged.remove(&lost);
            damaged.extend(left.map(|left| (lost.clone(), vec![0; left])));
            let (ledger, _) = Ledger::open_on(storage(damaged), origin(), key(), config()).unwrap();
            let found: Vec<_> = ledger.receipts().values().map(SignedCheckpoint::size).collect();
            assert_eq!(found, [size(MIRRORED)], "{lost}, {left:?}");
        }
    }
}
