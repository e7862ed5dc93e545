//! Readers beside a ledger that takes in, signs and keeps a receipt between any two of their looks at the disk.
#![expect(clippy::unwrap_used, reason = "a test that cannot build its input has failed")]

use danvan_journal::MemoryStorage;
use danvan_ledger::{
    Ledger, LedgerConfig, LedgerParts, LedgerReader, PartsError, Record, Signing, Storage, VerifyOptions, parts_on,
    put_facts_on, status_on, verify_on,
};
use danvan_testkit::{Beside, copied};
use danvan_tlog::{Checkpoint, CosignedAt, KeyName, LogKey, MirrorKey, Note, Origin, Size};
use std::sync::Arc;

/// Entries before the reader comes; all of them are signed and receipted.
const ENTRIES: u64 = 37;
/// What is taken in, signed and receipted when the turn comes: one entry, the rest of a segment and more, three segments.
const TURNS: [u64; 3] = [1, 12, 40];

fn origin() -> Origin {
    Origin::new("example.vn/u/gso2024-15097").unwrap()
}

fn key() -> LogKey {
    LogKey::from_seed(origin().key_name(), [7; 32])
}

/// Segments of some ten entries.
fn config() -> LedgerConfig {
    LedgerConfig {
        segment_bytes: 8 << 10,
        preallocate_bytes: 900,
        reserve_bytes: 0,
        signing: Signing::OnDemand,
        ..LedgerConfig::default()
    }
}

fn go_on(ledger: &Ledger, entries: u64) {
    let mirror = MirrorKey::from_seed(KeyName::new("example.vn/a/ngoc-lac/mirror").unwrap(), [8; 32]);
    for _ in 0..entries {
        ledger.append(Record::new(ledger.size().get().to_le_bytes().repeat(64))).unwrap();
    }
    let signed = ledger.sign_latest().unwrap().unwrap();
    let cosigned = mirror.cosign(&signed, CosignedAt::from_unix_seconds(1_700_000_000));
    ledger.keep_receipt(mirror.verifier_key().name(), cosigned.note()).unwrap();
}

/// Lets `read` look at a ledger, once for every look at which the ledger can have its turn.
fn whenever_the_ledger_goes_on(read: impl Fn(&Beside, &str)) {
    for entries in TURNS {
        for turn in 0.. {
            let storage: Arc<dyn Storage> = Arc::new(MemoryStorage::new());
            let first = Record::new(vec![0; 512]);
            let ledger = Ledger::create_on(Arc::clone(&storage), origin(), key(), first, config()).unwrap();
            go_on(&ledger, ENTRIES - 1);
            let beside = Beside::new(storage, turn, move || go_on(&ledger, entries));
            read(&beside, &format!("{entries} entries before look {turn}"));
            if beside.looks() <= turn {
                assert!(turn > 10, "the reader looked {turn} times only");
                break;
            }
        }
    }
}

/// What a backup would give back.
fn copy(storage: &dyn Storage, parts: &LedgerParts) -> Arc<dyn Storage> {
    let copy = copied(storage, &parts.segments).unwrap();
    put_facts_on(copy.as_ref(), &parts.facts).unwrap();
    copy
}

fn size_of(note: &Note) -> Size {
    note.text().parse::<Checkpoint>().unwrap().size()
}

#[test]
fn a_copy_is_a_ledger_that_a_power_cut_could_have_left() {
    copies_are_ledgers(parts_on);
}

#[test]
#[should_panic(expected = "Missing")]
fn taking_the_segments_from_two_listings_is_noticed() {
    // The mistake: the sealed segments are those of one look, the last one is that of another.
    copies_are_ledgers(|storage| {
        let (early, late) = (parts_on(storage)?, parts_on(storage)?);
        let (_, sealed) = early.segments.split_last().unwrap();
        let segments = sealed.iter().chain(late.segments.last()).cloned().collect();
        Ok(LedgerParts { segments, ..late })
    });
}

fn copies_are_ledgers(take: impl Fn(&Arc<dyn Storage>) -> Result<LedgerParts, PartsError>) {
    whenever_the_ledger_goes_on(|beside, when| {
        let storage = beside.storage();
        let taken = take(&storage).unwrap_or_else(|error| panic!("{when}: {error}"));
        let copy = copy(storage.as_ref(), &taken);
        let verifier = key();
        let options = VerifyOptions { log: Some(verifier.verifier_key()), ..VerifyOptions::default() };
        let verdict = verify_on(&copy, options).unwrap();
        assert!(verdict.is_sound() && verdict.torn_tail.is_none() && verdict.size == taken.size, "{when}: {verdict:?}");

        // The intent stands before its checkpoint, and that before its receipt.
        let intents = taken.facts.iter().filter(|fact| fact.name == "intent");
        let size_behind_the_root = |bytes: &[u8]| Some(u64::from_be_bytes(*bytes.get(32..)?.first_chunk()?));
        let intended = intents.filter_map(|fact| size_behind_the_root(&fact.bytes)).max();
        let reader = LedgerReader::open_on(Arc::clone(&copy)).unwrap();
        let signed = reader.checkpoints().last().map(size_of).unwrap();
        let receipted = reader.receipts().values().map(size_of).max().unwrap();
        assert!(
            receipted <= signed && signed.get() <= intended.unwrap_or(0),
            "{when}: {receipted}, {signed}, {intended:?}"
        );

        let (ledger, _) = Ledger::open_on(copy, origin(), key(), config()).unwrap();
        go_on(&ledger, 1);
    });
}

#[test]
fn no_reader_sees_damage_or_a_broken_promise() {
    whenever_the_ledger_goes_on(|beside, when| {
        let status = status_on(beside.storage()).unwrap();
        assert!(status.is_sound() && status.size.get() >= ENTRIES, "{when}: {status:?}");
    });
    whenever_the_ledger_goes_on(|beside, when| {
        let verifier = key();
        let one_thread = std::num::NonZeroUsize::MIN;
        let options =
            VerifyOptions { log: Some(verifier.verifier_key()), threads: Some(one_thread), ..VerifyOptions::default() };
        let verdict = verify_on(&beside.storage(), options).unwrap();
        assert!(verdict.is_sound() && verdict.size.get() >= ENTRIES, "{when}: {verdict:?}");
    });
    whenever_the_ledger_goes_on(|beside, when| {
        let reader = LedgerReader::open_on(beside.storage()).unwrap();
        assert_eq!(reader.corruption(), None, "{when}");
        let entries = reader.entries().inspect(|item| assert!(item.is_ok(), "{when}: {item:?}")).count();
        let promised = reader.checkpoints().iter().chain(reader.receipts().values()).map(size_of).max().unwrap();
        assert!(entries as u64 >= promised.get(), "{when}: {entries} entries, {promised} promised");
    });
}
