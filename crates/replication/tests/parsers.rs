//! The readers of questions and answers against the kept bytes, as they are and garbled by seed; and the kept bytes against what
//! made them.
#![expect(clippy::unwrap_used, reason = "a test that cannot build its input has failed")]

use danvan_replication::{AggregatorToken, FetchReply, FetchRequest, Receipt, ReceiptStatus};
use danvan_testkit::parsers::PARSERS;
use danvan_testkit::{ASKED, FETCH_PARSERS};
use danvan_tlog::{Batch, Frontier, IndexRange, KeyName, LogKey, Origin, SignedCheckpoint, Size, leaf_hash};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

fn corpus() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/fuzz/corpus")
}

fn entries(count: u8) -> Vec<Vec<u8>> {
    (0..count).map(|n| vec![n; 7 * usize::from(n)]).collect()
}

fn signed(entries: &[Vec<u8>]) -> SignedCheckpoint {
    let key = LogKey::from_seed(KeyName::new(ASKED).unwrap(), [1; 32]);
    let frontier = Frontier::of(entries.iter().map(|entry| leaf_hash(entry)));
    key.sign(frontier.size(), frontier.root())
}

fn batch(origin: &str, count: u8) -> Vec<u8> {
    let entries = entries(count);
    let note = signed(&entries).note().clone();
    Batch::new(Origin::new(origin).unwrap(), Size::ZERO, entries, note).unwrap().encode()
}

/// What is kept for one parser: sound bytes, and for each a torn and a damaged form.
fn samples(name: &str) -> BTreeMap<String, Vec<u8>> {
    let origin = || Origin::new(ASKED).unwrap();
    let range = |start: u32, end: u32| IndexRange::new(Size::from(start), Size::from(end)).unwrap();
    let token = || AggregatorToken::new("ngoc-lac").unwrap();
    let last = signed(&entries(9));
    let receipt = |receipt: Receipt| FetchReply::Standing(receipt).into_bytes();
    let sound: Vec<(&str, Vec<u8>)> = match name {
        "question" => vec![
            ("entries", FetchRequest::entries(origin(), range(5, 1029)).to_bytes()),
            ("standing", FetchRequest::standing(origin()).to_bytes()),
            ("spaced", br#"{ "end": 9, "origin": "fixture.danvan.example/u/x", "start": 3 }"#.to_vec()),
        ],
        _ => vec![
            ("cosigned", receipt(Receipt::cosigned(token(), &last))),
            ("resend", receipt(Receipt::resend(token(), origin(), Size::from(3), None))),
            ("unknown", receipt(Receipt::refused(ReceiptStatus::UnknownOrigin, token(), origin(), Some(&last)))),
            ("batch", batch(ASKED, 9)),
            ("one-entry", batch(ASKED, 1)),
            ("other-log", batch("fixture.danvan.example/u/other", 3)),
        ],
    };
    let mut samples = BTreeMap::from([("nothing".to_owned(), Vec::new())]);
    for (name, bytes) in sound {
        let mut damaged = bytes.clone();
        damaged[bytes.len() / 2] ^= 0x10;
        samples.insert(format!("{name}-torn"), bytes[..bytes.len() - bytes.len() / 5].to_vec());
        samples.insert(format!("{name}-damaged"), damaged);
        samples.insert(name.to_owned(), bytes);
    }
    samples
}

#[test]
fn the_kept_bytes_are_what_the_messages_say_today() {
    let made = Path::new(env!("CARGO_TARGET_TMPDIR")).join("corpus");
    let mut stale = Vec::new();
    for parser in &FETCH_PARSERS {
        let kept = parser.kept(&corpus()).unwrap_or_default();
        let folder = made.join(parser.name);
        std::fs::create_dir_all(&folder).unwrap();
        for (name, bytes) in samples(parser.name) {
            std::fs::write(folder.join(&name), &bytes).unwrap();
            if kept.get(&name) != Some(&bytes) {
                stale.push(format!("{}/{name}", parser.name));
            }
        }
    }
    let advice = format!("copy {} over tests/fuzz/corpus", made.display());
    assert!(stale.is_empty(), "{advice}, if the messages were meant to change: {stale:?}");
}

#[test]
fn every_parser_has_a_fuzz_target_and_every_target_a_parser() {
    let files = std::fs::read_dir(corpus().join("../fuzz_targets")).unwrap();
    let files = files.map(|file| file.unwrap().file_name().into_string().unwrap());
    let mut targets: Vec<String> = files.filter_map(|name| name.strip_suffix(".rs").map(str::to_owned)).collect();
    targets.sort_unstable();
    let mut parsers: Vec<&str> = PARSERS.iter().chain(&FETCH_PARSERS).map(|parser| parser.name).collect();
    parsers.sort_unstable();
    assert_eq!(targets, parsers);
}

#[test]
fn garbled_questions_are_survived() {
    FETCH_PARSERS[0].survive(&corpus(), 10_000);
}

#[test]
fn garbled_answers_are_survived() {
    FETCH_PARSERS[1].survive(&corpus(), 1_000);
}
