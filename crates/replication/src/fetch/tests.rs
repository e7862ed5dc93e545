//! Questions and answers come back as they were sent, and no others are taken for them.

use super::*;
use crate::jitter::Jitter;
use crate::subject::AggregatorToken;
use danvan_ledger::Attachment;
use danvan_tlog::{Frontier, KeyName, LogKey, MAX_BATCH_UNPACKED_BYTES, SignedCheckpoint, leaf_hash};

fn key() -> LogKey {
    LogKey::from_seed(KeyName::new("example.com/u/x-1").unwrap(), [1; 32])
}

fn size(n: u64) -> Size {
    Size::new(n).unwrap()
}

fn range(start: u64, end: u64) -> IndexRange {
    IndexRange::new(size(start), size(end)).unwrap()
}

fn newest() -> SignedCheckpoint {
    let frontier = Frontier::of([leaf_hash(b"a")]);
    key().sign(frontier.size(), frontier.root())
}

fn noise(jitter: &mut Jitter, bytes: usize) -> Vec<u8> {
    (0..bytes).map(|_| jitter.next_bits().to_be_bytes()[0]).collect()
}

fn below(jitter: &mut Jitter, limit: u64) -> u64 {
    jitter.next_bits() % limit
}

#[test]
fn a_question_comes_back_and_is_written_as_the_schema_says() {
    let asked = FetchRequest::entries(key().origin(), range(5, 1029));
    assert_eq!(asked.to_bytes(), br#"{"origin":"example.com/u/x-1","start":5,"end":1029}"#);
    assert_eq!(FetchRequest::parse(&asked.to_bytes()).unwrap(), asked);
    let standing = FetchRequest::standing(key().origin());
    assert_eq!(FetchRequest::parse(&standing.to_bytes()).unwrap(), standing);
    for wrong in [
        &b""[..],
        b"{}",
        br#"{"origin":"example.com/u/x-1","start":5,"end":4}"#,
        br#"{"origin":"","start":0,"end":4}"#,
        br#"{"origin":"example.com/u/x-1","start":-1,"end":4}"#,
        br#"{"origin":"example.com/u/x-1","start":0,"end":18446744073709551615}"#,
    ] {
        assert!(FetchRequest::parse(wrong).is_err(), "{}", String::from_utf8_lossy(wrong));
    }
    let long = [asked.to_bytes(), vec![b' '; MAX_REQUEST_BYTES]].concat();
    assert!(matches!(FetchRequest::parse(&long), Err(FetchRequestError::TooLong(_))));
}

#[test]
fn no_more_is_read_than_is_asked_for_held_and_fits_one_answer() {
    let asked = |start, end| FetchRequest::entries(key().origin(), range(start, end));
    assert_eq!(asked(5, 9).readable(size(7)), Some(range(5, 7)));
    assert_eq!(asked(5, 9).readable(size(100)), Some(range(5, 9)));
    assert_eq!(asked(5, 5000).readable(size(100_000)), Some(range(5, 1029)));
    for nothing in [asked(5, 9).readable(size(5)), asked(5, 9).readable(size(0)), asked(0, 0).readable(size(9))] {
        assert_eq!(nothing, None);
    }
}

/// Whatever the entries are, the answer fits one message and gives the first of them, in order, byte for byte.
#[test]
fn every_answer_fits_a_message_and_gives_the_first_of_what_was_asked_for() {
    for seed in 0..30 {
        let jitter = &mut Jitter::new(seed);
        let longest = [40, 2000, 65_535][usize::try_from(seed % 3).unwrap()];
        let (count, longest) = (1 + below(jitter, 1500), 1 + below(jitter, longest));
        let is_noise = below(jitter, 2) == 0;
        let entries: Vec<Vec<u8>> = (0..count)
            .map(|n| {
                let bytes = usize::try_from(below(jitter, longest + 1)).unwrap();
                if is_noise { noise(jitter, bytes) } else { vec![u8::try_from(n % 256).unwrap(); bytes] }
            })
            .collect();
        let start = size(below(jitter, 1 << 40));
        let end = start.checked_add(count).unwrap();
        let asked = FetchRequest::entries(key().origin(), IndexRange::new(start, end).unwrap());
        let context = format!("seed {seed}: {count} entries of at most {longest} bytes");
        let reply = FetchReply::entries(asked.origin(), start, entries.clone(), newest().note());
        let bytes = reply.unwrap_or_else(|error| panic!("{context}: {error}")).into_bytes();
        assert!(bytes.len() <= MAX_PACKED_BYTES, "{context}: {} bytes", bytes.len());
        let Ok(Fetched::Entries(given)) = Fetched::parse(&bytes, &asked) else { panic!("{context}") };
        assert!(!given.is_empty() && given == entries[..given.len()], "{context}");
        assert!(given.len() as u64 <= MAX_BATCH_ENTRIES, "{context}");
    }
}

#[test]
fn an_answer_to_another_question_is_not_taken() {
    let entries = vec![b"a".to_vec(), b"b".to_vec()];
    let bytes = FetchReply::entries(&key().origin(), size(5), entries.clone(), newest().note()).unwrap().into_bytes();
    let parse = |origin: &str, start, end| {
        Fetched::parse(&bytes, &FetchRequest::entries(Origin::new(origin).unwrap(), range(start, end)))
    };
    assert_eq!(parse("example.com/u/x-1", 5, 9).unwrap(), Fetched::Entries(entries));
    for (start, end) in [(4, 9), (6, 9), (5, 6), (5, 5)] {
        assert!(matches!(parse("example.com/u/x-1", start, end), Err(FetchError::Range(_))), "[{start}, {end})");
    }
    assert!(matches!(parse("example.com/u/x-2", 5, 9), Err(FetchError::Origin(_))));
    let aggregator = AggregatorToken::new("ngoc-lac").unwrap();
    let standing = Receipt::resend(aggregator, key().origin(), size(5), Some(&newest()));
    let bytes = FetchReply::Standing(standing.clone()).into_bytes();
    let asked = FetchRequest::standing(key().origin());
    assert_eq!(Fetched::parse(&bytes, &asked).unwrap(), Fetched::Standing(standing));
    let other = FetchRequest::standing(Origin::new("example.com/u/x-2").unwrap());
    assert!(matches!(Fetched::parse(&bytes, &other), Err(FetchError::Origin(_))));
}

#[test]
fn noise_oversize_and_bombs_are_refused() {
    let asked = FetchRequest::entries(key().origin(), range(0, 9));
    assert!(matches!(Fetched::parse(&vec![b'{'; MAX_PACKED_BYTES + 1], &asked), Err(FetchError::TooLong(_))));
    let bomb = Attachment::pack(&vec![0; MAX_BATCH_UNPACKED_BYTES + 1]).unwrap();
    assert!(matches!(Fetched::parse(&bomb, &asked), Err(FetchError::Unpack(_))));
    let sound = FetchReply::entries(asked.origin(), size(0), vec![b"a".to_vec(); 9], newest().note()).unwrap();
    let sound = sound.into_bytes();
    for seed in 0..500 {
        let jitter = &mut Jitter::new(seed);
        let mut bytes = if seed % 2 == 0 { sound.clone() } else { asked.to_bytes() };
        let at = usize::try_from(below(jitter, bytes.len() as u64)).unwrap();
        bytes[at] ^= u8::try_from(1 + below(jitter, 255)).unwrap();
        // The frame has a checksum: what was changed is refused, or does not matter.
        if let Ok(Fetched::Entries(entries)) = Fetched::parse(&bytes, &asked) {
            assert_eq!(entries, vec![b"a".to_vec(); 9], "seed {seed}");
        }
        let _ = Fetched::parse(&bytes[..at], &asked);
        let _ = FetchRequest::parse(&bytes[..at]);
    }
}
