//! Every parser against the kept bytes, as they are and garbled by seed; and the kept bytes against what made them.
#![expect(clippy::unwrap_used, reason = "a test that cannot build its input has failed")]

use danvan_journal::{Config, Identity, Journal, MemoryStorage, Record};
use danvan_testkit::parsers::{PARSERS, Parser};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

type Samples = BTreeMap<String, Vec<u8>>;

fn corpus() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/fuzz/corpus")
}

fn fixture(name: &str) -> Vec<u8> {
    std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/v1").join(name)).unwrap()
}

/// The first two segments of a journal with small ones.
fn segments() -> (Vec<u8>, Vec<u8>) {
    let storage = MemoryStorage::new();
    let config = Config { segment_bytes: 4096 + 1500, preallocate_bytes: 400, reserve_bytes: 0, ..Config::default() };
    let identity = Identity::new("example.vn/u/gso2024-15097").unwrap();
    let journal = Journal::create(Arc::new(storage.clone()), &identity, config).unwrap();
    for n in 0..12_u8 {
        let entry = vec![n; 20 * usize::from(n)];
        let record = match n % 4 {
            1 => Record::with_attachment(entry, vec![n; 50]),
            2 => Record::with_attachment(entry, Vec::new()),
            _ => Record::new(entry),
        };
        journal.append(record).unwrap();
    }
    drop(journal);
    let mut files = storage.files();
    (files.remove("0000000000.segment").unwrap(), files.remove("0000000001.segment").unwrap())
}

/// The frames of a segment, one by one.
fn frames(segment: &[u8]) -> Vec<&[u8]> {
    let mut frames = Vec::new();
    let mut rest = &segment[4096..];
    while rest.len() >= 40 && rest[..40] != [0; 40] {
        let entry = usize::from(u16::from_le_bytes([rest[32], rest[33]]));
        let attachment = u32::from_le_bytes([rest[36], rest[37], rest[38], rest[39]]) as usize;
        let (frame, behind) = rest.split_at(40 + (entry + attachment).next_multiple_of(8));
        frames.push(frame);
        rest = behind;
    }
    frames
}

/// The note in a file of slots.
fn note(slot: &[u8]) -> Vec<u8> {
    let length = u32::from_le_bytes([slot[12], slot[13], slot[14], slot[15]]) as usize;
    let fact = &slot[32..32 + length];
    let behind_name = &fact[1 + usize::from(fact[0])..];
    behind_name[2 + usize::from(u16::from_le_bytes([behind_name[0], behind_name[1]]))..].to_vec()
}

/// What is kept for one parser: sound bytes, and for each a torn and a damaged form.
fn samples(parser: &Parser) -> Samples {
    let (sealed, next) = segments();
    let sound: Vec<(&str, Vec<u8>)> = match parser.name {
        "frame" => {
            let names = ["record", "attachment", "empty-attachment", "long"];
            let frames = frames(&sealed);
            let seal = ("seal", frames.last().unwrap().to_vec());
            names.into_iter().zip(frames).map(|(name, frame)| (name, frame.to_vec())).chain([seal]).collect()
        }
        "segment" => {
            let mut growing = sealed.clone();
            growing.truncate(4096 + frames(&sealed)[..4].concat().len());
            growing.resize(growing.len() + 400, 0);
            vec![("header", sealed[..4096].to_vec()), ("growing", growing), ("sealed", sealed), ("other-place", next)]
        }
        "checkpoint" => {
            let pair = |name: &str| [fixture(&format!("{name}.a")), fixture(&format!("{name}.b"))].concat();
            vec![
                ("intent", pair("intent")),
                ("checkpoint", pair("checkpoint")),
                ("receipt", pair("receipt-e37df300fec3c044b0df7f99671ddff1")),
                ("one-file", fixture("checkpoint.a")),
            ]
        }
        _ => {
            let signed = note(&fixture("checkpoint.a"));
            let text = signed.split_inclusive(|b| *b == b'\n').take(3).collect::<Vec<_>>().concat();
            vec![
                ("signed", signed),
                ("cosigned", note(&fixture("receipt-e37df300fec3c044b0df7f99671ddff1.a"))),
                ("text", text),
            ]
        }
    };
    let mut samples = Samples::from([("nothing".to_owned(), Vec::new())]);
    for (name, bytes) in sound {
        let written = bytes.iter().rposition(|b| *b != 0).unwrap_or(0);
        let mut damaged = bytes.clone();
        damaged[written / 2] ^= 0x10;
        samples.insert(format!("{name}-torn"), bytes[..written - written / 5].to_vec());
        samples.insert(format!("{name}-damaged"), damaged);
        samples.insert(name.to_owned(), bytes);
    }
    samples
}

#[test]
fn the_kept_bytes_are_what_the_formats_say_today() {
    let made = Path::new(env!("CARGO_TARGET_TMPDIR")).join("corpus");
    let mut stale = Vec::new();
    for parser in &PARSERS {
        let kept = parser.kept(&corpus()).unwrap();
        let folder = made.join(parser.name);
        std::fs::create_dir_all(&folder).unwrap();
        for (name, bytes) in samples(parser) {
            std::fs::write(folder.join(&name), &bytes).unwrap();
            if kept.get(&name) != Some(&bytes) {
                stale.push(format!("{}/{name}", parser.name));
            }
        }
    }
    let advice = format!("copy {} over tests/fuzz/corpus", made.display());
    assert!(stale.is_empty(), "{advice}, if the format was meant to change: {stale:?}");
}

#[test]
fn garbled_frames_are_survived() {
    PARSERS[0].survive(&corpus(), 20_000);
}

#[test]
fn garbled_segments_are_survived() {
    PARSERS[1].survive(&corpus(), 400);
}

#[test]
fn garbled_checkpoints_are_survived() {
    PARSERS[2].survive(&corpus(), 120);
}

#[test]
fn garbled_notes_are_survived() {
    PARSERS[3].survive(&corpus(), 10_000);
}
