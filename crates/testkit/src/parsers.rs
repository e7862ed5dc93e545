//! The readers of bytes that may be anything, each with what must hold of whatever it is shown.
//!
//! A fuzzer runs them (`tests/fuzz`), and so does a test on a stable compiler, on kept bytes that are garbled by seed.
//! Because checksums would hide most of a reader from garbled bytes, each input
//! is shown twice: as it is, and with its checksums made right.

use crate::dice::Dice;
use crate::garbling::garbled;
use danvan_journal::{
    Config, Identity, Journal, JournalReader, MemoryStorage, OpenError, Record, SlotCopy, Slots, rewrite,
};
use danvan_ledger::LedgerReader;
use danvan_tlog::{Checkpoint, Frontier, KeyName, Note, SignedCheckpoint, Size, VerifierKey};
use std::collections::BTreeMap;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::{Arc, LazyLock};

/// A reader and its name: that of its fuzz target and of the folder with its kept bytes.
#[derive(Debug, Clone, Copy)]
pub struct Parser {
    /// The name.
    pub name: &'static str,
    /// Shows it bytes.
    pub run: fn(&[u8]),
}

impl Parser {
    /// The bytes that are kept for it in a folder of its name in `corpus`, by the names of their files.
    ///
    /// # Errors
    /// When they cannot be read.
    pub fn kept(&self, corpus: &Path) -> io::Result<BTreeMap<String, Vec<u8>>> {
        let read = |file: io::Result<std::fs::DirEntry>| {
            let file = file?;
            Ok((file.file_name().to_string_lossy().into_owned(), std::fs::read(file.path())?))
        };
        std::fs::read_dir(corpus.join(self.name))?.map(read).collect()
    }

    /// Shows it what is kept for it, and each of them garbled by that many seeds.
    ///
    /// # Panics
    /// When it panics, or when nothing is kept; the message has the seed.
    pub fn survive(&self, corpus: &Path, seeds: u64) {
        let kept = self.kept(corpus).unwrap_or_default();
        assert!(!kept.is_empty(), "nothing is kept for {}", self.name);
        let all: Vec<u8> = kept.values().flatten().copied().collect();
        for (name, bytes) in &kept {
            (self.run)(bytes);
            for seed in 0..seeds {
                let input = garbled(bytes, &all, &mut Dice::new(seed));
                let outcome = catch_unwind(AssertUnwindSafe(|| (self.run)(&input)));
                assert!(outcome.is_ok(), "parser {}, kept bytes {name}, seed {seed}", self.name);
            }
        }
    }
}

/// Those of what lies on a disk.
pub const PARSERS: [Parser; 4] = [
    Parser { name: "frame", run: frame },
    Parser { name: "segment", run: segment },
    Parser { name: "checkpoint", run: checkpoint },
    Parser { name: "note", run: note },
];

const HEADER_BYTES: usize = 4096;
const FRAME_HEADER_BYTES: usize = 40;
const BLOCK_BYTES: usize = 4096;

/// Whose journals and notes these are.
const ORIGIN: &str = "fixture.danvan.example/u/gso2024-15097";

const CONFIG: Config = Config {
    segment_bytes: 64 << 10,
    preallocate_bytes: 1 << 10,
    queue_records: 16,
    queue_bytes: 1 << 20,
    reserve_bytes: 0,
};

/// A frame of a segment, whatever its salt.
///
/// # Panics
/// When what was read has another spelling.
pub fn frame(bytes: &[u8]) {
    let mut repaired = bytes.to_vec();
    repair_frame(&mut repaired);
    for bytes in [bytes, &repaired] {
        let Some(salt) = bytes.get(8..).and_then(|rest| rest.first_chunk()) else { continue };
        if let Some(written) = rewrite::frame(bytes, u64::from_le_bytes(*salt)) {
            assert!(bytes.starts_with(&written), "a frame has two spellings");
        }
    }
}

/// The only segment of a journal: read by an auditor, and opened by a writer that repairs it and goes on.
///
/// # Panics
/// When what was read has another spelling, or auditor and writer disagree.
pub fn segment(bytes: &[u8]) {
    let mut repaired = bytes.to_vec();
    repair_segment(&mut repaired);
    for bytes in [bytes, &repaired] {
        if let Some(written) = rewrite::header(bytes) {
            assert!(bytes.starts_with(&written), "a header has two spellings");
        }
        let storage = MemoryStorage::with_files([("0000000000.segment".to_owned(), bytes.to_vec())]);
        let Ok(reader) = JournalReader::open(Arc::new(storage.clone())) else { continue };
        let records = read_all(&reader, bytes.len());
        match Journal::open(Arc::new(storage.clone()), reader.identity(), Size::ZERO, CONFIG) {
            Ok((journal, recovery)) => {
                assert_eq!((reader.corruption(), reader.size()), (None, recovery.size));
                go_on(&journal, &storage, records);
            }
            Err(OpenError::Corrupt(found)) => assert_eq!(reader.corruption(), Some(&found)),
            Err(error) => panic!("the auditor reads it and the writer does not: {error}"),
        }
    }
}

/// Every record that an auditor is shown, in order; no more bytes than there are.
fn read_all(reader: &JournalReader, bytes: usize) -> Vec<Record> {
    let mut records = Vec::new();
    let mut shown = 0;
    for (index, record) in reader.entries().flatten() {
        assert_eq!(index.get(), records.len() as u64, "records out of order");
        shown += record.entry.len() + record.attachment.as_ref().map_or(0, Vec::len);
        records.push(record);
    }
    assert!(shown <= bytes, "{shown} bytes of records came out of {bytes}");
    assert!(records.len() as u64 >= reader.size().get(), "fewer records than the reader's size");
    records
}

/// What was repaired holds what the auditor saw, takes one more record, and opens again with it.
fn go_on(journal: &Journal, storage: &MemoryStorage, mut records: Vec<Record>) {
    assert_eq!(journal.read(journal.size().range()).ok().as_ref(), Some(&records));
    let more = Record::with_attachment(b"one more".to_vec(), vec![7; 100]);
    assert!(journal.append(more.clone()).is_ok(), "a journal that was opened takes no record");
    records.push(more);
    journal.release();
    let reader = JournalReader::open(Arc::new(storage.clone()));
    let found = reader.map(|reader| reader.entries().map(|item| item.map(|(_, record)| record).ok()).collect());
    assert_eq!(found.ok(), Some(records.into_iter().map(Some).collect::<Vec<_>>()));
}

/// A segment without records, which every directory of slots needs beside it.
static EMPTY_JOURNAL: LazyLock<Vec<(String, Vec<u8>)>> = LazyLock::new(|| {
    let storage = MemoryStorage::new();
    if let Ok(identity) = Identity::new(ORIGIN) {
        drop(Journal::create(Arc::new(storage.clone()), &identity, CONFIG));
    }
    storage.files().into_iter().collect()
});

/// The facts beside a journal, as a reader of the ledger sees them: the halves of the bytes are the files of each pair.
///
/// # Panics
/// When what was read has another spelling, or auditor and writer disagree.
pub fn checkpoint(bytes: &[u8]) {
    let mut repaired = bytes.to_vec();
    (0..repaired.len()).step_by(BLOCK_BYTES).for_each(|at| repair_copy(&mut repaired[at..]));
    for bytes in [bytes, &repaired] {
        one_copy(bytes);
        let (a, b) = bytes.split_at((bytes.len() / 2).next_multiple_of(BLOCK_BYTES).min(bytes.len()));
        let mut files = EMPTY_JOURNAL.clone();
        for name in ["intent", "checkpoint", "receipt-e37df300fec3c044b0df7f99671ddff1"] {
            files.push((format!("{name}.a"), a.to_vec()));
            files.push((format!("{name}.b"), b.to_vec()));
        }
        pair(&MemoryStorage::with_files(files));
    }
}

fn one_copy(bytes: &[u8]) {
    let Some(written) = rewrite::slot(bytes) else { return };
    assert!(bytes.starts_with(&written), "a copy of a fact has two spellings");
    for frontier in [32, 64].into_iter().filter_map(|at| written.get(at..)) {
        if let Ok(read) = Frontier::from_bytes(frontier) {
            assert_eq!(read.to_bytes(), frontier, "a frontier has two spellings");
        }
    }
}

fn pair(storage: &MemoryStorage) {
    let before = Slots::read(storage, "checkpoint").ok();
    if let Ok(reader) = LedgerReader::open_on(Arc::new(storage.clone())) {
        for read in reader.checkpoints().iter().chain(reader.receipts().values()) {
            assert_eq!(Note::parse(&read.to_bytes()).as_ref(), Ok(read), "a note does not come back");
        }
    }
    let Ok(mut slots) = Slots::open(storage, "checkpoint") else { return };
    assert_eq!(Some(slots.get().map(<[u8]>::to_vec)), before, "a writer and a reader see different facts");
    if slots.store(b"the next fact").is_ok() {
        let copies = Slots::copies(storage, "checkpoint");
        let is_sound = copies.is_ok_and(|copies| !copies.iter().any(|(_, copy)| *copy == SlotCopy::Damaged));
        assert!(is_sound || before == Some(None), "a damaged copy stays beside a new fact");
        assert_eq!(Slots::read(storage, "checkpoint").ok().flatten().as_deref(), Some(&b"the next fact"[..]));
    }
}

/// The key of the log whose notes the kept bytes hold.
static LOG_KEY: LazyLock<Option<VerifierKey>> = LazyLock::new(|| {
    let name = KeyName::new(ORIGIN).ok()?;
    Some(danvan_tlog::LogKey::from_seed(name, [1; 32]).verifier_key().clone())
});

/// A signed note, and the text of a checkpoint.
///
/// # Panics
/// When what was read has another spelling.
pub fn note(bytes: &[u8]) {
    if let Ok(read) = Note::parse(bytes) {
        assert_eq!(read.to_bytes(), bytes, "a note has two spellings");
        text(read.text());
    }
    if let Ok(bytes) = str::from_utf8(bytes) {
        text(bytes);
    }
    let Some(key) = LOG_KEY.as_ref() else { return };
    if let Ok(signed) = SignedCheckpoint::open(bytes, key) {
        assert_eq!(signed.to_bytes(), bytes, "a signed checkpoint has two spellings");
        assert_eq!(signed.origin().as_str(), ORIGIN, "a checkpoint of another log is accepted");
    }
}

fn text(bytes: &str) {
    if let Ok(read) = bytes.parse::<Checkpoint>() {
        assert_eq!(read.to_string(), bytes, "the text of a checkpoint has two spellings");
    }
}

fn put_checksum(bytes: &mut [u8], at: usize, checksum: u32) {
    bytes[at..at + 4].copy_from_slice(&checksum.to_le_bytes());
}

fn repair_segment(bytes: &mut [u8]) {
    let Some((header, mut frames)) = bytes.split_at_mut_checked(HEADER_BYTES) else { return };
    put_checksum(header, HEADER_BYTES - 4, crc32c::crc32c(&header[..HEADER_BYTES - 4]));
    while let Some(length) = repair_frame(frames) {
        frames = &mut frames[length..];
    }
}

/// Makes the checksums of the first frame right, unless there are only zeros; returns its length.
fn repair_frame(frame: &mut [u8]) -> Option<usize> {
    let head: [u8; FRAME_HEADER_BYTES] = *frame.first_chunk()?;
    if head == [0; FRAME_HEADER_BYTES] {
        return None;
    }
    let entry = usize::from(u16::from_le_bytes([head[32], head[33]]));
    let attachment = usize::try_from(u32::from_le_bytes([head[36], head[37], head[38], head[39]])).ok()?;
    let length = FRAME_HEADER_BYTES.checked_add(entry.checked_add(attachment)?.checked_next_multiple_of(8)?)?;
    let payload = crc32c::crc32c(frame.get(FRAME_HEADER_BYTES..length)?);
    put_checksum(frame, 4, payload);
    put_checksum(frame, 0, crc32c::crc32c(&frame[4..FRAME_HEADER_BYTES]));
    Some(length)
}

fn repair_copy(copy: &mut [u8]) {
    let Some(&length) = copy.get(12..).and_then(|rest| rest.first_chunk()) else { return };
    let end = usize::try_from(u32::from_le_bytes(length)).unwrap_or(usize::MAX).saturating_add(32);
    if let Some(copy) = copy.get_mut(..end) {
        copy[24..28].fill(0);
        put_checksum(copy, 24, crc32c::crc32c(copy));
    }
}
