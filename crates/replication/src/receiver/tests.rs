//! Every verdict, and that no changed byte is taken in.

use super::*;
use danvan_tlog::{CosignedAt, KeyName, LogKey, MirrorKey, Note, leaf_hash};
use std::convert::Infallible;

fn key() -> LogKey {
    LogKey::from_seed(KeyName::new("example.com/u/x-1").unwrap(), [1; 32])
}

fn entry(n: u32) -> Vec<u8> {
    format!("entry {n}").into_bytes()
}

fn leaves(entries: impl IntoIterator<Item = Vec<u8>>) -> Vec<Hash> {
    entries.into_iter().map(|entry| leaf_hash(&entry)).collect()
}

fn note(key: &LogKey, entries: &[Vec<u8>]) -> Note {
    let frontier = Frontier::of(leaves(entries.to_vec()));
    key.sign(frontier.size(), frontier.root()).note().clone()
}

/// The entries `[start, end)` of the honest log, signed by `key`.
fn batch_by(key: &LogKey, start: u32, end: u32) -> Batch {
    let all: Vec<_> = (0..end).map(entry).collect();
    let entries = (start..end).map(entry).collect();
    Batch::new(key.origin(), Size::from(start), entries, note(key, &all)).unwrap()
}

fn batch(start: u32, end: u32) -> Batch {
    batch_by(&key(), start, end)
}

fn holding(size: u32) -> OriginState {
    let frontier = Frontier::of(leaves((0..size).map(entry)));
    OriginState::restored(key().verifier_key().clone(), frontier, None)
}

/// The copy of the honest log.
struct Honest;

impl HeldCopy for Honest {
    type Error = Infallible;

    fn leaves(&self, range: IndexRange) -> Result<Vec<Hash>, Infallible> {
        Ok(leaves(range.iter().map(|index| entry(u32::try_from(index.get()).unwrap()))))
    }

    fn root(&self, size: Size) -> Result<Hash, Infallible> {
        self.leaves(size.range()).map(|leaves| Frontier::of(leaves).root())
    }
}

/// A copy on a disk that does not answer.
struct Unreadable;

impl HeldCopy for Unreadable {
    type Error = &'static str;

    fn leaves(&self, _range: IndexRange) -> Result<Vec<Hash>, &'static str> {
        Err("disk")
    }

    fn root(&self, _size: Size) -> Result<Hash, &'static str> {
        Err("disk")
    }
}

fn verdict(state: &OriginState, batch: &Batch) -> Verdict {
    judge(Some(state), batch, &Honest).unwrap_or_else(|never| match never {})
}

fn status(verdict: &Verdict) -> Option<u16> {
    match verdict {
        Verdict::Refuse(refusal) => Some(refusal.status().code()),
        _ => None,
    }
}

#[test]
fn what_continues_the_copy_is_accepted_and_advances_it() {
    let mut state = holding(5);
    let Verdict::Accept { frontier, checkpoint } = verdict(&state, &batch(5, 9)) else { panic!() };
    assert_eq!((frontier.size(), frontier.root()), (Size::from(9), checkpoint.root()));
    let mirror = MirrorKey::from_seed(KeyName::new("example.com/a/b/mirror").unwrap(), [2; 32]);
    state.advance(frontier, mirror.cosign(&checkpoint, CosignedAt::from_unix_seconds(1)));
    assert_eq!((state.size(), state.last().unwrap().size()), (Size::from(9), Size::from(9)));
    assert_eq!(verdict(&state, &batch(5, 9)), Verdict::Held);
}

#[test]
fn place_alone_decides_between_held_resend_and_accept() {
    for (start, end) in (0..12).flat_map(|start| (start + 1..=12).map(move |end| (start, end))) {
        let judged = verdict(&holding(6), &batch(start, end));
        match (start, end) {
            (6, _) => assert!(matches!(judged, Verdict::Accept { .. })),
            (_, ..=6) => assert_eq!(judged, Verdict::Held, "[{start}, {end})"),
            _ => assert_eq!(judged, Verdict::Resend { next: Size::from(6) }, "[{start}, {end})"),
        }
    }
}

#[test]
fn a_leaf_that_differs_at_a_held_index_is_a_fork() {
    for (start, end) in [(0, 6), (2, 5), (2, 9)] {
        let mut all: Vec<_> = (0..end).map(entry).collect();
        all[3] = b"another history".to_vec();
        let entries = all[start..].to_vec();
        let start = Size::from(u32::try_from(start).unwrap());
        let forked = Batch::new(key().origin(), start, entries, note(&key(), &all)).unwrap();
        assert_eq!(verdict(&holding(6), &forked), Verdict::Fork(Contradiction::Entry(Index::from(3))));
    }
}

#[test]
fn a_history_that_differs_before_the_batch_is_refused() {
    let mut all: Vec<_> = (0..9).map(entry).collect();
    all[3] = b"another history".to_vec();
    let forked = Batch::new(key().origin(), Size::from(6), all[6..].to_vec(), note(&key(), &all)).unwrap();
    assert_eq!(status(&verdict(&holding(6), &forked)), Some(422));
}

#[test]
fn two_signed_roots_of_one_size_are_a_fork_though_every_entry_in_the_batch_is_the_same() {
    for end in [6_u32, 5] {
        let mut all: Vec<_> = (0..end).map(entry).collect();
        all[1] = b"another history".to_vec();
        let same = (4..end).map(entry).collect();
        let forked = Batch::new(key().origin(), Size::from(4), same, note(&key(), &all)).unwrap();
        let end = Size::from(end);
        assert_eq!(verdict(&holding(6), &forked), Verdict::Fork(Contradiction::Root(end)), "end {end}");
        assert_eq!(judge(Some(&holding(6)), &forked, &Unreadable), Err("disk"));
    }
}

#[test]
fn a_stranger_gets_404_and_a_forger_403_and_no_fork_alarm() {
    let stranger = LogKey::from_seed(KeyName::new("example.com/u/x-2").unwrap(), [1; 32]);
    assert_eq!(status(&verdict(&holding(0), &batch_by(&stranger, 0, 3))), Some(404));
    let none = judge(None, &batch(0, 3), &Unreadable).unwrap();
    assert_eq!(status(&none), Some(404));
    let forger = LogKey::from_seed(KeyName::new("example.com/u/x-1").unwrap(), [9; 32]);
    for (start, end) in [(0, 3), (6, 9), (9, 12)] {
        assert_eq!(status(&verdict(&holding(6), &batch_by(&forger, start, end))), Some(403));
    }
}

#[test]
fn a_checkpoint_of_another_size_is_refused() {
    let all: Vec<_> = (0..9).map(entry).collect();
    let wrong = Batch::new(key().origin(), Size::from(6), vec![entry(6)], note(&key(), &all)).unwrap();
    assert_eq!(status(&verdict(&holding(6), &wrong)), Some(422));
}

#[test]
fn an_unreadable_copy_is_no_verdict() {
    assert_eq!(judge(Some(&holding(6)), &batch(0, 6), &Unreadable), Err("disk"));
}

#[test]
fn no_batch_with_a_changed_byte_is_accepted() {
    let honest = batch(3, 6);
    let bytes = honest.encode();
    for at in 0..bytes.len() {
        for flip in [0x01, 0x80] {
            let mut changed = bytes.clone();
            changed[at] ^= flip;
            let Ok(changed) = Batch::decode(&changed) else { continue };
            let judged = verdict(&holding(3), &changed);
            assert!(!matches!(judged, Verdict::Accept { .. }), "byte {at} ^ {flip:#x}");
        }
    }
    assert!(matches!(verdict(&holding(3), &honest), Verdict::Accept { .. }));
}
