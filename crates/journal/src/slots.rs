//! A pair of small files that take turns: a fact that is replaced often and must never be lost or half-written.
//!
//! The newer of two sound copies counts, and only the older one is ever overwritten; so at every moment one whole copy
//! lies on the disk. Both files exist in full length before they are used, so that replacing the fact is one write and
//! one sync of data.

use crate::header::{u32_at, u64_at};
use crate::storage::{File, Storage, read_up_to, write_fully};
use std::io;
use thiserror::Error;

/// Most bytes of one fact.
pub const MAX_SLOT_BYTES: usize = 64 << 10;

const VERSION: u32 = 1;
const MAGIC: [u8; 8] = *b"\x89DVS\r\n\x1a\n";
const HEADER_BYTES: usize = 32;
/// What a slot is first filled with; a fact that fits in it never changes the file's length.
const FIRST_BYTES: usize = 4096;
/// How often a damaged copy is looked at again before it is called so.
const LOOKS: usize = 3;

/// Why a pair of slots could not be read or written.
#[derive(Debug, Error)]
pub enum SlotError {
    /// Something was written and neither copy is sound: restore from the backup or a mirror.
    #[error("both copies of {name} are damaged")]
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
    /// Nothing was ever stored here, or the file is missing.
    Empty,
    /// A sound fact and its place in the order of facts.
    Sound {
        /// Counts the facts of the pair from 1.
        generation: u64,
        /// The fact.
        bytes: Vec<u8>,
    },
    /// Torn by a crash and not yet replaced, or damaged later.
    Damaged,
    /// Written by a newer program.
    Newer {
        /// The format version found.
        version: u32,
    },
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
        let files = [open_or_make(storage, name, 0).map_err(io)?, open_or_make(storage, name, 1).map_err(io)?];
        storage.sync_directory().map_err(io)?;
        let copies = [decode(files[0].as_ref()).map_err(io)?, decode(files[1].as_ref()).map_err(io)?];
        let is_torn = copies.contains(&SlotCopy::Damaged);
        let newest = newest(name, copies)?;
        let mut slots = Self { name: name.to_owned(), files, newest, failed: false };
        if let Some(bytes) = slots.get().map(<[u8]>::to_vec) {
            // What is acted upon from here on was perhaps only in the page cache of a process that died.
            for file in &slots.files {
                file.sync_all().map_err(io)?;
            }
            if is_torn {
                slots.store(&bytes)?;
            }
        }
        Ok(slots)
    }

    /// Both copies of a pair as they lie on the disk, with their file names, without a lock.
    pub fn copies(storage: &dyn Storage, name: &str) -> Result<[(String, SlotCopy); 2], SlotError> {
        let io = |source| SlotError::Io { name: name.to_owned(), source };
        let copy = |slot| {
            let file = file_name(name, slot);
            let copy = read_copy(storage, &file).map_err(io)?;
            Ok((file, copy))
        };
        Ok([copy(0)?, copy(1)?])
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

    /// Replaces the fact, durably. After a failure every later call fails: the process should exit.
    pub fn store(&mut self, bytes: &[u8]) -> Result<(), SlotError> {
        if bytes.len() > MAX_SLOT_BYTES {
            return Err(SlotError::TooLong { name: self.name.clone(), bytes: bytes.len() });
        }
        if self.failed {
            return Err(self.io(io::Error::other("an earlier write failed")));
        }
        let (slot, generation) = self.newest.as_ref().map_or((0, 1), |f| (1 - f.slot, f.generation + 1));
        let file = self.files[slot].as_ref();
        let written = write_fully(file, 0, &encode(bytes, generation)).and_then(|()| file.sync_data());
        if let Err(error) = written {
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

fn file_name(name: &str, slot: usize) -> String {
    format!("{name}.{}", ["a", "b"][slot])
}

fn open_or_make(storage: &dyn Storage, name: &str, slot: usize) -> io::Result<Box<dyn File>> {
    let name = file_name(name, slot);
    let file = match storage.open(&name) {
        Err(e) if e.kind() == io::ErrorKind::NotFound => storage.create(&name)?,
        other => other?,
    };
    if file.len()? < FIRST_BYTES as u64 {
        let from = usize::try_from(file.len()?).unwrap_or(0);
        write_fully(file.as_ref(), from as u64, &[0; FIRST_BYTES][from..])?;
        file.sync_all()?;
    }
    Ok(file)
}

fn encode(bytes: &[u8], generation: u64) -> Vec<u8> {
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

/// Reads one copy. A writer beside us may be replacing it at this moment; it takes far less time than a second look.
fn read_copy(storage: &dyn Storage, file: &str) -> io::Result<SlotCopy> {
    let file = match storage.open_to_read(file) {
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(SlotCopy::Empty),
        other => other?,
    };
    for _ in 0..LOOKS {
        let copy = decode(file.as_ref())?;
        if copy != SlotCopy::Damaged {
            return Ok(copy);
        }
    }
    Ok(SlotCopy::Damaged)
}

fn decode(file: &dyn File) -> io::Result<SlotCopy> {
    let len = usize::try_from(file.len()?).unwrap_or(usize::MAX);
    let mut slot = vec![0; len.min(HEADER_BYTES + MAX_SLOT_BYTES)];
    let read = read_up_to(file, 0, &mut slot)?;
    slot.truncate(read);
    if slot.iter().all(|b| *b == 0) {
        return Ok(SlotCopy::Empty);
    }
    Ok(parse(slot).unwrap_or(SlotCopy::Damaged))
}

fn parse(mut slot: Vec<u8>) -> Option<SlotCopy> {
    let length = usize::try_from(u32_at(&slot, 12)?).ok()?;
    if !slot.starts_with(&MAGIC) || length > MAX_SLOT_BYTES || slot.len() < HEADER_BYTES + length {
        return None;
    }
    slot.truncate(HEADER_BYTES + length);
    let checksum = u32_at(&slot, 24)?;
    slot[24..28].fill(0);
    if crc32c::crc32c(&slot) != checksum {
        return None;
    }
    let version = u32_at(&slot, 8)?;
    if version > VERSION {
        return Some(SlotCopy::Newer { version });
    }
    Some(SlotCopy::Sound { generation: u64_at(&slot, 16)?, bytes: slot.split_off(HEADER_BYTES) })
}

fn newest(name: &str, copies: [SlotCopy; 2]) -> Result<Option<Fact>, SlotError> {
    // One damaged beside an empty one is the very first fact, torn: then there is no fact yet.
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
