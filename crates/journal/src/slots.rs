//! A pair of small files that take turns: a fact that is replaced often and must never be lost or half-written.
//!
//! The newer of two sound files counts, and only the older one is ever overwritten; so at every moment one whole fact
//! lies on the disk. Each file holds its fact twice, in blocks of their own, so that one damaged block takes no fact away.
//! The first fact is stored in both files, so that the loss of one file never looks like a pair that was not used yet.
//! Both files exist in full length before they are used, so that replacing the fact is one write and one sync of data.

use crate::header::{u32_at, u64_at};
use crate::storage::{File, Storage, read_up_to, write_fully};
use std::io;
use thiserror::Error;

/// Most bytes of one fact.
pub const MAX_SLOT_BYTES: usize = 64 << 10;

const VERSION: u32 = 1;
const MAGIC: [u8; 8] = *b"\x89DVS\r\n\x1a\n";
const HEADER_BYTES: usize = 32;
/// The two copies in a file begin at multiples of this, so that they share no block of the disk.
const BLOCK_BYTES: usize = 4096;
/// What a file is first filled with; a fact that fits in it never changes the file's length.
const FIRST_BYTES: usize = 2 * BLOCK_BYTES;
/// Longest file.
const MAX_FILE_BYTES: usize = 2 * (HEADER_BYTES + MAX_SLOT_BYTES).next_multiple_of(BLOCK_BYTES);
/// Greatest number of a fact; whatever counts further was not counted by a writer.
const MAX_GENERATION: u64 = u64::MAX - 1;
/// How often a damaged file is looked at again before it is called so.
const LOOKS: usize = 3;

/// Why a pair of slots could not be read or written.
#[derive(Debug, Error)]
pub enum SlotError {
    /// Something was written and neither file is sound, or no writer can have numbered it so: restore from the backup or
    /// a mirror.
    #[error("both files of {name} are damaged or lost")]
    Damaged {
        /// The name of the pair.
        name: String,
    },
    /// A newer program wrote this: use that one.
    #[error("{name} has format version {version}, newer than this program knows")]
    Newer {
        /// The name of the pair.
        name: String,
        /// The version found.
        version: u32,
    },
    /// More bytes than a slot takes: a fault of the caller.
    #[error("{bytes} bytes do not fit into {name}")]
    TooLong {
        /// The name of the pair.
        name: String,
        /// How many were given.
        bytes: usize,
    },
    /// The disk failed; what the slots hold is known after the next start.
    #[error("cannot use {name}: {source}")]
    Io {
        /// The name of the pair.
        name: String,
        /// What failed.
        source: io::Error,
    },
}

/// The writer's view of one pair, `<name>.a` and `<name>.b`.
pub struct Slots {
    name: String,
    files: [Box<dyn File>; 2],
    newest: Option<Fact>,
    failed: bool,
}

/// What one file of a pair holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SlotCopy {
    /// Nothing was ever stored here.
    Empty,
    /// A sound fact and its place in the order of facts.
    Sound {
        /// Counts the facts of the pair from 1.
        generation: u64,
        /// The fact.
        bytes: Vec<u8>,
    },
    /// Torn by a crash and not yet replaced, or damaged or lost later.
    Damaged,
    /// Written by a newer program.
    Newer {
        /// The format version found.
        version: u32,
    },
}

/// What was found in one file.
struct Found {
    copy: SlotCopy,
    /// Whether the fact lies there twice, as it was written.
    is_whole: bool,
    /// Whether the file has the length that it had before any fact was stored.
    is_made: bool,
}

struct Fact {
    slot: usize,
    generation: u64,
    bytes: Vec<u8>,
}

impl Slots {
    /// Opens a pair for writing, making it where it is missing. The caller holds the directory's lock.
    pub fn open(storage: &dyn Storage, name: &str) -> Result<Self, SlotError> {
        let io = |source| SlotError::Io { name: name.to_owned(), source };
        let (a, b) = (look_at_name(storage, &file_name(name, 0)), look_at_name(storage, &file_name(name, 1)));
        let (a, b) = (a.map_err(io)?, b.map_err(io)?);
        let are_unused = [&a, &b].map(|found| found.copy == SlotCopy::Empty);
        let are_made = a.is_made && b.is_made;
        let (copies, is_whole) = judge(a, b);
        let newest = newest(name, copies)?;
        let files = open_both(storage, name).map_err(io)?;
        // As long as there is no fact, the zeros that are there were perhaps never on the disk: a process may have ended before
        // their sync, or because it failed.
        if newest.is_none() || !are_made {
            fill(&files, are_unused).map_err(io)?;
        }
        let mut slots = Self { name: name.to_owned(), files, newest, failed: false };
        if let Some(fact) = &slots.newest {
            // What is acted upon from here on was perhaps only in the page cache of a process that died, and if its sync
            // failed there, a sync alone would write nothing now. The same bytes go where they lie, so no end of it takes them away.
            write(slots.files[fact.slot].as_ref(), &fact.bytes, fact.generation).map_err(io)?;
            if !is_whole {
                let bytes = fact.bytes.clone();
                slots.store(&bytes)?;
            }
        }
        Ok(slots)
    }

    /// What both files of a pair hold, with their names, without a lock.
    pub fn copies(storage: &dyn Storage, name: &str) -> Result<[(String, SlotCopy); 2], SlotError> {
        let look = |slot| {
            let found = look_at_name(storage, &file_name(name, slot));
            found.map_err(|source| SlotError::Io { name: name.to_owned(), source })
        };
        let mut copies = judge(look(0)?, look(1)?).0;
        // A writer beside us may be replacing a fact at this moment; it takes far less time than a second look.
        for _ in 1..LOOKS {
            if !copies.contains(&SlotCopy::Damaged) {
                break;
            }
            copies = judge(look(0)?, look(1)?).0;
        }
        let [a, b] = copies;
        Ok([(file_name(name, 0), a), (file_name(name, 1), b)])
    }

    /// The newest fact of a pair, without a lock and without changing anything; `None` when none was ever stored.
    pub fn read(storage: &dyn Storage, name: &str) -> Result<Option<Vec<u8>>, SlotError> {
        let [(_, a), (_, b)] = Self::copies(storage, name)?;
        Ok(newest(name, [a, b])?.map(|fact| fact.bytes))
    }

    /// The newest durable fact.
    #[must_use]
    pub fn get(&self) -> Option<&[u8]> {
        self.newest.as_ref().map(|fact| fact.bytes.as_slice())
    }

    /// Replaces the fact, durably; the first one is stored in both files. After a failure every later call fails: the process
    /// should exit.
    pub fn store(&mut self, bytes: &[u8]) -> Result<(), SlotError> {
        if self.newest.is_none() { self.store_in_both(bytes) } else { self.replace(bytes) }
    }

    /// Replaces the fact in both files, durably: no damage to one of them brings back what was said before.
    pub fn store_in_both(&mut self, bytes: &[u8]) -> Result<(), SlotError> {
        self.replace(bytes)?;
        self.replace(bytes)
    }

    /// Overwrites the older file.
    fn replace(&mut self, bytes: &[u8]) -> Result<(), SlotError> {
        if bytes.len() > MAX_SLOT_BYTES {
            return Err(SlotError::TooLong { name: self.name.clone(), bytes: bytes.len() });
        }
        if self.failed {
            return Err(self.io(io::Error::other("an earlier write failed")));
        }
        let (slot, generation) = self.newest.as_ref().map_or((0, 1), |f| (1 - f.slot, f.generation + 1));
        if generation > MAX_GENERATION {
            return Err(SlotError::Damaged { name: self.name.clone() });
        }
        let file = self.files[slot].as_ref();
        if let Err(error) = write(file, bytes, generation) {
            self.failed = true;
            return Err(self.io(error));
        }
        self.newest = Some(Fact { slot, generation, bytes: bytes.to_vec() });
        Ok(())
    }

    fn io(&self, source: io::Error) -> SlotError {
        SlotError::Io { name: self.name.clone(), source }
    }
}

/// Writes a fact over what a file holds, durably.
fn write(file: &dyn File, bytes: &[u8], generation: u64) -> io::Result<()> {
    write_fully(file, 0, &encode_twice(bytes, generation)).and_then(|()| file.sync_data())
}

fn file_name(name: &str, slot: usize) -> String {
    format!("{name}.{}", ["a", "b"][slot])
}

/// Both files of a pair, with durable names.
fn open_both(storage: &dyn Storage, name: &str) -> io::Result<[Box<dyn File>; 2]> {
    let open = |name: &str| match storage.open(name) {
        Err(e) if e.kind() == io::ErrorKind::NotFound => storage.create(name),
        other => other,
    };
    let files = [open(&file_name(name, 0))?, open(&file_name(name, 1))?];
    storage.sync_directory()?;
    Ok(files)
}

/// Brings both files to full length, durably, keeping what they hold.
fn fill(files: &[Box<dyn File>; 2], are_unused: [bool; 2]) -> io::Result<()> {
    for (file, is_unused) in files.iter().zip(are_unused) {
        let held = if is_unused { 0 } else { usize::try_from(file.len()?).unwrap_or(FIRST_BYTES) };
        let from = held.min(FIRST_BYTES);
        write_fully(file.as_ref(), from as u64, &[0; FIRST_BYTES][from..])?;
        file.sync_all()?;
    }
    Ok(())
}

pub(crate) fn encode(bytes: &[u8], generation: u64) -> Vec<u8> {
    let mut slot = Vec::with_capacity(HEADER_BYTES + bytes.len());
    slot.extend_from_slice(&MAGIC);
    slot.extend_from_slice(&VERSION.to_le_bytes());
    // Bounded by MAX_SLOT_BYTES.
    slot.extend_from_slice(&u32::try_from(bytes.len()).unwrap_or(0).to_le_bytes());
    slot.extend_from_slice(&generation.to_le_bytes());
    slot.extend_from_slice(&[0; 8]);
    slot.extend_from_slice(bytes);
    let checksum = crc32c::crc32c(&slot);
    slot[24..28].copy_from_slice(&checksum.to_le_bytes());
    slot
}

/// A file's contents: the copy, and the same once more from the next block on.
fn encode_twice(bytes: &[u8], generation: u64) -> Vec<u8> {
    let mut file = encode(bytes, generation);
    let length = file.len();
    file.resize(length.next_multiple_of(BLOCK_BYTES), 0);
    file.extend_from_within(..length);
    file
}

fn look_at_name(storage: &dyn Storage, name: &str) -> io::Result<Found> {
    match storage.open_to_read(name) {
        Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(find(&[])),
        file => look_at(file?.as_ref()),
    }
}

fn look_at(file: &dyn File) -> io::Result<Found> {
    let len = usize::try_from(file.len()?).unwrap_or(usize::MAX);
    let mut bytes = vec![0; len.min(MAX_FILE_BYTES)];
    let read = read_up_to(file, 0, &mut bytes)?;
    bytes.truncate(read);
    Ok(find(&bytes))
}

/// The newest sound copy in a file. Where the second one stands depends on the length of the first, which may be the
/// damaged one: so it is looked for in every block.
fn find(bytes: &[u8]) -> Found {
    let is_made = bytes.len() >= FIRST_BYTES;
    if bytes.iter().all(|b| *b == 0) {
        return Found { copy: SlotCopy::Empty, is_whole: true, is_made };
    }
    let mut found = Found { copy: SlotCopy::Damaged, is_whole: false, is_made };
    for at in (0..bytes.len()).step_by(BLOCK_BYTES) {
        match (parse(&bytes[at..]), &found.copy) {
            (Some(newer @ SlotCopy::Newer { .. }), _) => return Found { copy: newer, is_whole: true, is_made },
            (Some(copy), SlotCopy::Damaged) => found.copy = copy,
            (Some(copy), held) if generation(&copy) > generation(held) => found.copy = copy,
            _ => {}
        }
    }
    if let SlotCopy::Sound { generation, bytes: fact } = &found.copy {
        found.is_whole = bytes.starts_with(&encode_twice(fact, *generation));
    }
    found
}

fn generation(copy: &SlotCopy) -> u64 {
    if let SlotCopy::Sound { generation, .. } = copy { *generation } else { 0 }
}

/// What the files of a pair say of each other, and whether both are as they were written.
///
/// Both are made before the first fact, and the first fact lies in both once it was confirmed. So a file that is not made beside one
/// with a fact was lost, and so was one that was never used beside a later fact.
fn judge(a: Found, b: Found) -> ([SlotCopy; 2], bool) {
    let are_whole = a.is_whole && b.is_whole;
    let is_lost_a = a.copy == SlotCopy::Empty && b.copy != SlotCopy::Empty;
    let is_lost_b = b.copy == SlotCopy::Empty && (generation(&a.copy) > 1 || (a.copy != SlotCopy::Empty && !b.is_made));
    let copies =
        [if is_lost_a { SlotCopy::Damaged } else { a.copy }, if is_lost_b { SlotCopy::Damaged } else { b.copy }];
    // The first fact may lie in the first file alone: then it was not confirmed.
    let are_in_step = (copies[0] == SlotCopy::Empty) == (copies[1] == SlotCopy::Empty);
    let is_whole = are_whole && are_in_step && !copies.contains(&SlotCopy::Damaged);
    (copies, is_whole)
}

pub(crate) fn parse(slot: &[u8]) -> Option<SlotCopy> {
    let length = usize::try_from(u32_at(slot, 12)?).ok()?;
    if !slot.starts_with(&MAGIC) || length > MAX_SLOT_BYTES {
        return None;
    }
    let mut slot = slot.get(..HEADER_BYTES + length)?.to_vec();
    let checksum = u32_at(&slot, 24)?;
    slot[24..28].fill(0);
    if crc32c::crc32c(&slot) != checksum {
        return None;
    }
    let version = u32_at(&slot, 8)?;
    if version > VERSION {
        return Some(SlotCopy::Newer { version });
    }
    let generation = u64_at(&slot, 16)?;
    let is_exact = version == VERSION && slot[28..HEADER_BYTES] == [0; 4] && (1..=MAX_GENERATION).contains(&generation);
    is_exact.then(|| SlotCopy::Sound { generation, bytes: slot.split_off(HEADER_BYTES) })
}

fn newest(name: &str, copies: [SlotCopy; 2]) -> Result<Option<Fact>, SlotError> {
    // A damaged first file beside an unused second one is the very first fact, torn: then there is no fact yet.
    if copies == [SlotCopy::Damaged, SlotCopy::Damaged] {
        return Err(SlotError::Damaged { name: name.to_owned() });
    }
    let mut newest: Option<Fact> = None;
    for (slot, copy) in copies.into_iter().enumerate() {
        match copy {
            SlotCopy::Empty | SlotCopy::Damaged => {}
            SlotCopy::Newer { version } => return Err(SlotError::Newer { name: name.to_owned(), version }),
            SlotCopy::Sound { generation, bytes } => {
                if newest.as_ref().is_none_or(|fact| fact.generation < generation) {
                    newest = Some(Fact { slot, generation, bytes });
                }
            }
        }
    }
    Ok(newest)
}
