//! Batches: their framing, their limits, and that no changed byte is accepted.

#![expect(clippy::unwrap_used, reason = "a test that cannot build its input has failed")]

use danvan_tlog::{Batch, BatchError, Frontier, KeyName, LogKey, MAX_BATCH_ENTRIES, MAX_ENTRY_BYTES, Size, leaf_hash};
use proptest::prelude::*;

fn key() -> LogKey {
    LogKey::from_seed(KeyName::new("example.com/u/1").unwrap(), [3; 32])
}

fn entry(n: u32) -> Vec<u8> {
    format!("entry number {n}").into_bytes()
}

fn held(size: u32) -> Frontier {
    Frontier::of((0..size).map(|n| leaf_hash(&entry(n))))
}

fn batch(start: u32, count: u32) -> Batch {
    let entries = (start..start + count).map(entry).collect();
    let end = held(start + count);
    Batch::new(key().origin(), Size::from(start), entries, key().sign(end.size(), end.root()).note().clone()).unwrap()
}

#[test]
fn a_batch_travels_byte_by_byte_as_described() {
    let batch = batch(2, 1);
    let expected = [
        b"\x00\x0fexample.com/u/1\0\0\0\0\0\0\0\x02\0\0\0\0\0\0\0\x03\x00\x0eentry number 2".as_slice(),
        &batch.note().to_bytes(),
    ]
    .concat();
    assert_eq!(batch.encode(), expected);
    assert_eq!(Batch::decode(&expected), Ok(batch));
}

#[test]
fn a_batch_follows_the_copy_that_it_continues_and_no_other() {
    let batch = batch(5, 4);
    let (after, signed) = batch.follow(&held(5), key().verifier_key()).unwrap();
    assert_eq!((after.size(), after.root()), (signed.size(), signed.root()));
    assert_eq!(after, held(9));
    assert!(matches!(batch.follow(&held(4), key().verifier_key()), Err(BatchError::NotNext { .. })));
    let mut other = held(4);
    other.push(leaf_hash(b"another history"));
    assert!(matches!(batch.follow(&other, key().verifier_key()), Err(BatchError::Root { .. })));
}

#[test]
fn the_checkpoint_must_be_of_this_log_at_the_end_of_the_batch() {
    let end = held(4);
    let early =
        Batch::new(key().origin(), Size::from(2), vec![entry(2)], key().sign(end.size(), end.root()).note().clone());
    let refused = early.unwrap().open(key().verifier_key());
    assert_eq!(refused, Err(BatchError::End { end: Size::from(3), signed: Size::from(4) }));
    let other = LogKey::from_seed(KeyName::new("example.com/u/2").unwrap(), [4; 32]);
    let note = other.sign(Size::from(3), held(3).root()).note().clone();
    let foreign = Batch::new(key().origin(), Size::from(2), vec![entry(2)], note).unwrap();
    assert!(matches!(foreign.open(key().verifier_key()), Err(BatchError::Note(_))));
    assert!(matches!(foreign.open(other.verifier_key()), Err(BatchError::Note(_))));
}

#[test]
fn limits_hold_before_anything_is_allocated() {
    let note = key().sign(Size::from(1), held(1).root()).note().clone();
    let make = |entries| Batch::new(key().origin(), Size::ZERO, entries, note.clone());
    assert_eq!(make(Vec::new()), Err(BatchError::Entries(0)));
    assert_eq!(make(vec![Vec::new(); 1025]), Err(BatchError::Entries(1025)));
    assert_eq!(make(vec![vec![0; MAX_ENTRY_BYTES + 1]]), Err(BatchError::Entry(0)));
    assert_eq!(make(vec![vec![0; MAX_ENTRY_BYTES]; 64]), Err(BatchError::TooLong));
    assert!(make(vec![vec![0; MAX_ENTRY_BYTES]; 63]).is_ok());
    assert!(make(vec![vec![0; 10]; usize::try_from(MAX_BATCH_ENTRIES).unwrap()]).is_ok());

    let mut bytes = batch(0, 1).encode();
    assert_eq!(Batch::decode(&vec![0; 4 * 1024 * 1024 + 1]), Err(BatchError::TooLong));
    bytes[17..33].copy_from_slice(&[0, 0, 0, 0, 0, 0, 0, 0, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]);
    assert_eq!(Batch::decode(&bytes), Err(BatchError::Entries(i64::MAX as u64)));
    bytes[25] = 0xff;
    assert!(matches!(Batch::decode(&bytes), Err(BatchError::Range(_))));
}

#[test]
fn no_changed_or_cut_byte_of_a_batch_follows() {
    let good = batch(3, 5).encode();
    let (held, key) = (held(3), key());
    let follows = |bytes: &[u8]| Batch::decode(bytes).and_then(|batch| batch.follow(&held, key.verifier_key()));
    assert!(follows(&good).is_ok());
    for at in 0..good.len() {
        assert!(follows(&good[..at]).is_err(), "cut at {at}");
        for flip in [1, 2, 4, 8, 16, 32, 64, 128, 255_u8] {
            let mut bad = good.clone();
            bad[at] ^= flip;
            assert!(follows(&bad).is_err(), "byte {at} ^ {flip:#04x}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes_are_refused_or_read_as_what_they_say(
        bytes in proptest::collection::vec(any::<u8>(), 0..200),
        cuts in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..6),
    ) {
        if let Ok(batch) = Batch::decode(&bytes) {
            prop_assert_eq!(batch.encode(), bytes);
        }
        let mut changed = batch(0, 3).encode();
        for (at, byte) in cuts {
            let at = at.index(changed.len());
            changed[at] = byte;
        }
        if let Ok(batch) = Batch::decode(&changed) {
            prop_assert_eq!(batch.encode(), changed);
        }
    }

    #[test]
    fn entries_of_any_bytes_survive(entries in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..80), 1..40)) {
        let after = Frontier::of(entries.iter().map(|entry| leaf_hash(entry)));
        let note = key().sign(after.size(), after.root()).note().clone();
        let batch = Batch::new(key().origin(), Size::ZERO, entries, note).unwrap();
        let read = Batch::decode(&batch.encode()).unwrap();
        let (followed, _) = read.follow(&Frontier::empty(), key().verifier_key()).unwrap();
        prop_assert_eq!(followed, after);
        prop_assert_eq!(read, batch);
    }
}
