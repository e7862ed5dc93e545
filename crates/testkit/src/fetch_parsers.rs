//! The readers of what a node and an aggregator send each other when entries are fetched, each with what must hold of whatever it
//! is shown. An answer is shown as it is, and packed: its frame would hide most of the reader from garbled bytes.

use crate::parsers::Parser;
use danvan_ledger::Attachment;
use danvan_replication::{FetchReply, FetchRequest, Fetched, MAX_PACKED_BYTES};
use danvan_tlog::{Batch, IndexRange, MAX_BATCH_ENTRIES, Origin, Size};

/// Both.
pub const FETCH_PARSERS: [Parser; 2] =
    [Parser { name: "question", run: question }, Parser { name: "answer", run: answer }];

/// Whose entries are asked for.
pub const ASKED: &str = "fixture.danvan.example/u/gso2024-15097";

/// A question for entries, or for where a log stands.
///
/// # Panics
/// When what was read does not come back, or leads to more than one answer may hold.
pub fn question(bytes: &[u8]) {
    let Ok(asked) = FetchRequest::parse(bytes) else { return };
    let again = FetchRequest::parse(&asked.to_bytes());
    assert_eq!(again.ok().as_ref(), Some(&asked), "a question does not come back");
    for held in [Size::ZERO, Size::from(1), asked.range().end(), Size::MAX] {
        if let Some(range) = asked.readable(held) {
            let is_asked_for = range.start() == asked.range().start() && range.end() <= asked.range().end();
            assert!(is_asked_for && range.end() <= held, "{range} is read of {held} for {asked:?}");
            assert!((1..=MAX_BATCH_ENTRIES).contains(&range.len()), "{range} is no answer");
        }
    }
}

/// An answer to the question for the first entries of a log, and for where it stands.
///
/// # Panics
/// When what was read does not come back, or is no answer to the question.
pub fn answer(bytes: &[u8]) {
    let Ok(origin) = Origin::new(ASKED) else { return };
    let Ok(first) = IndexRange::new(Size::ZERO, Size::from(4096)) else { return };
    for asked in [FetchRequest::entries(origin.clone(), first), FetchRequest::standing(origin)] {
        one_answer(bytes, &asked);
        if let Ok(packed) = Attachment::pack(bytes) {
            one_answer(&packed, &asked);
        }
    }
    if let Ok(batch) = Batch::decode(bytes) {
        assert_eq!(batch.encode(), bytes, "a batch has two spellings");
    }
}

fn one_answer(bytes: &[u8], asked: &FetchRequest) {
    match Fetched::parse(bytes, asked) {
        Ok(Fetched::Standing(receipt)) => {
            assert_eq!(receipt.origin(), asked.origin(), "a receipt about another log");
            let again = Fetched::parse(&FetchReply::Standing(receipt.clone()).into_bytes(), asked);
            assert!(matches!(again, Ok(Fetched::Standing(back)) if back == receipt), "a receipt does not come back");
        }
        Ok(Fetched::Entries(entries)) => {
            assert!(bytes.len() <= MAX_PACKED_BYTES, "an answer of {} bytes", bytes.len());
            let count = entries.len() as u64;
            assert!((1..=MAX_BATCH_ENTRIES.min(asked.range().len())).contains(&count), "{count} for {asked:?}");
        }
        Err(_) => {}
    }
}
