//! Known mistakes of storage engines, put back in as a layer over the storage. A test suite that lets one of them pass
//! is not worth its running time.

use danvan_journal::{DirectoryLock, File, Storage};
use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

const SECTOR: usize = 512;
/// The two copies in a file of a slot begin at multiples of this.
const BLOCK: usize = 4096;

/// One mistake.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mutation {
    /// New names are not made durable.
    SkipDirectorySync,
    /// Writes are acknowledged before they are durable.
    AcknowledgeBeforeSync,
    /// A failed sync is tried once more, and the second answer is believed.
    RetrySync,
    /// A write that the disk took only in part counts as whole.
    IgnoreShortWrites,
    /// Files are not cut.
    SkipTruncation,
    /// What did not fit is not taken back.
    SkipTakingBack,
    /// Two processes may hold one directory.
    SkipLock,
    /// New files and what recovery repaired are not synced.
    SkipSyncOfMetadata,
    /// A new segment gets its name, durably, before its contents are durable.
    NameBeforeContents,
    /// Only the first sector of a write is on its way to the disk when it is synced.
    SyncOnlyTheStart,
    /// The file that keeps a torn tail is not synced before the tail is cut off.
    SkipSyncOfBroken,
    /// What a start finds is believed to be durable without a sync.
    TrustPageCache,
    /// What is there already is not written again, so that a sync after a failed one has nothing to do.
    SkipRewrite,
    /// The checksum of a slot is not looked at.
    BelieveAnyCopy,
    /// The intent to sign is not stored.
    ForgetIntent,
    /// The log that goes on does not say which one it goes on for.
    ForgetPrevious,
    /// The file that keeps a torn tail stays empty.
    KeepNothingOfBroken,
    /// The lock of a directory is given back as soon as it was taken.
    GiveLockBack,
    /// The second file of a pair of slots is never read, so that the first one counts even when it is the older.
    ReadFirstSlotOnly,
    /// Both files of a pair of slots are the same one, so that the only copy is overwritten.
    OneSlot,
    /// What is read back, and signed, is what was meant to be written and not what is on the disk.
    ReadFromMemory,
}

impl Mutation {
    /// Every mistake.
    pub const ALL: [Self; 21] = [
        Self::SkipDirectorySync,
        Self::AcknowledgeBeforeSync,
        Self::RetrySync,
        Self::IgnoreShortWrites,
        Self::SkipTruncation,
        Self::SkipTakingBack,
        Self::SkipLock,
        Self::SkipSyncOfMetadata,
        Self::NameBeforeContents,
        Self::SyncOnlyTheStart,
        Self::SkipSyncOfBroken,
        Self::TrustPageCache,
        Self::SkipRewrite,
        Self::BelieveAnyCopy,
        Self::ForgetIntent,
        Self::ForgetPrevious,
        Self::KeepNothingOfBroken,
        Self::GiveLockBack,
        Self::ReadFirstSlotOnly,
        Self::OneSlot,
        Self::ReadFromMemory,
    ];
}

/// A storage with one mistake built in.
pub struct Mutant {
    inner: Arc<dyn Storage>,
    mutation: Mutation,
}

impl Mutant {
    /// Builds the mistake into a storage.
    #[must_use]
    pub fn new(inner: Arc<dyn Storage>, mutation: Mutation) -> Self {
        Self { inner, mutation }
    }

    fn wrap(&self, name: &str, file: Box<dyn File>, is_new: bool) -> Box<dyn File> {
        Box::new(MutantFile {
            inner: file,
            mutation: self.mutation,
            name: name.to_owned(),
            is_found: AtomicBool::new(!is_new),
            has_failed: AtomicBool::new(false),
            late: Mutex::default(),
            memory: Mutex::default(),
        })
    }

    /// The file that is taken for the one of this name.
    fn alias(&self, name: &str) -> String {
        match (self.mutation, name.strip_suffix(".b")) {
            (Mutation::OneSlot, Some(stem)) => format!("{stem}.a"),
            _ => name.to_owned(),
        }
    }
}

impl Storage for Mutant {
    fn names(&self) -> io::Result<Vec<String>> {
        self.inner.names()
    }

    fn open(&self, name: &str) -> io::Result<Box<dyn File>> {
        Ok(self.wrap(name, self.inner.open(&self.alias(name))?, false))
    }

    fn open_to_read(&self, name: &str) -> io::Result<Box<dyn File>> {
        Ok(self.wrap(name, self.inner.open_to_read(&self.alias(name))?, false))
    }

    fn create(&self, name: &str) -> io::Result<Box<dyn File>> {
        Ok(self.wrap(name, self.inner.create(&self.alias(name))?, true))
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        self.inner.rename(from, to)?;
        if self.mutation == Mutation::NameBeforeContents {
            self.inner.sync_directory()?;
            self.inner.open(to)?.sync_all()?;
        }
        Ok(())
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        self.inner.remove(name)
    }

    fn sync_directory(&self) -> io::Result<()> {
        match self.mutation {
            Mutation::SkipDirectorySync => Ok(()),
            _ => self.inner.sync_directory(),
        }
    }

    fn lock(&self) -> io::Result<Option<DirectoryLock>> {
        match self.mutation {
            Mutation::SkipLock => Ok(Some(DirectoryLock::new(()))),
            Mutation::GiveLockBack => Ok(self.inner.lock()?.map(|taken| {
                drop(taken);
                DirectoryLock::new(())
            })),
            _ => self.inner.lock(),
        }
    }

    fn salt(&self) -> io::Result<u64> {
        self.inner.salt()
    }
}

struct MutantFile {
    inner: Box<dyn File>,
    mutation: Mutation,
    name: String,
    /// It was there already, and nothing of it was synced since.
    is_found: AtomicBool,
    /// Its last write failed.
    has_failed: AtomicBool,
    /// What is written only after the next sync.
    late: Mutex<Option<(u64, Vec<u8>)>>,
    /// What was meant to be written.
    memory: Mutex<Vec<(u64, Vec<u8>)>>,
}

fn hold<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl MutantFile {
    fn ends_in(&self, ending: &str) -> bool {
        self.name.ends_with(ending)
    }

    /// Whether what is written to this file gets nowhere.
    fn is_never_written(&self) -> bool {
        match self.mutation {
            Mutation::ForgetIntent => self.name.starts_with("intent."),
            Mutation::ForgetPrevious => self.name.starts_with("previous."),
            Mutation::KeepNothingOfBroken => self.ends_in(".broken"),
            _ => false,
        }
    }

    fn write_late(&self) -> io::Result<()> {
        match hold(&self.late).take() {
            Some((offset, bytes)) => danvan_journal::write_fully(self.inner.as_ref(), offset, &bytes),
            None => Ok(()),
        }
    }

    fn sync(&self, sync: impl Fn() -> io::Result<()>) -> io::Result<()> {
        let is_found = self.is_found.swap(false, Ordering::Relaxed);
        let is_skipped = match self.mutation {
            Mutation::NameBeforeContents => self.ends_in(".new"),
            Mutation::SkipSyncOfBroken => self.ends_in(".broken"),
            Mutation::TrustPageCache => is_found,
            _ => self.is_never_written(),
        };
        if is_skipped {
            return Ok(());
        }
        match (self.mutation, sync()) {
            (Mutation::RetrySync, Err(_)) => sync(),
            (_, outcome) => outcome,
        }?;
        self.write_late()
    }

    /// Makes the checksums of what was read from the start of a slot fit what was read.
    fn forge_checksums(slot: &mut [u8]) {
        for copy in slot.chunks_mut(BLOCK) {
            let length = copy.get(12..16).and_then(|bytes| bytes.first_chunk()).map_or(0, |b| u32::from_le_bytes(*b));
            let Some(fact) = copy.get_mut(..32 + length as usize) else { continue };
            if length > 0 {
                fact[24..28].fill(0);
                let checksum = crc32c::crc32c(fact).to_le_bytes();
                fact[24..28].copy_from_slice(&checksum);
            }
        }
    }

    /// Lays what was meant to be written over what was read.
    fn recall(&self, offset: u64, read: &mut [u8]) {
        for (at, bytes) in hold(&self.memory).iter() {
            for (place, byte) in (*at..).zip(bytes) {
                let place = place.checked_sub(offset).and_then(|place| usize::try_from(place).ok());
                if let Some(seen) = place.and_then(|place| read.get_mut(place)) {
                    *seen = *byte;
                }
            }
        }
    }

    fn is_there(&self, offset: u64, bytes: &[u8]) -> io::Result<bool> {
        let mut there = vec![0; bytes.len()];
        let read = danvan_journal::read_up_to(self.inner.as_ref(), offset, &mut there)?;
        Ok(read == bytes.len() && there == bytes)
    }
}

impl File for MutantFile {
    fn read_at(&self, offset: u64, into: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read_at(offset, into)?;
        match self.mutation {
            Mutation::ReadFromMemory => self.recall(offset, &mut into[..read]),
            Mutation::BelieveAnyCopy if (self.ends_in(".a") || self.ends_in(".b")) && offset == 0 => {
                Self::forge_checksums(&mut into[..read]);
            }
            Mutation::ReadFirstSlotOnly if self.ends_in(".b") => into[..read].fill(0),
            _ => {}
        }
        Ok(read)
    }

    fn write_at(&self, offset: u64, bytes: &[u8]) -> io::Result<usize> {
        self.write_late()?;
        match self.mutation {
            _ if self.is_never_written() => return Ok(bytes.len()),
            Mutation::SkipRewrite if self.is_there(offset, bytes)? => return Ok(bytes.len()),
            Mutation::ReadFromMemory => hold(&self.memory).push((offset, bytes.to_vec())),
            Mutation::SyncOnlyTheStart if bytes.len() > SECTOR => {
                let start = SECTOR - usize::try_from(offset).unwrap_or(0) % SECTOR;
                let (start, late) = bytes.split_at(start);
                let written = self.inner.write_at(offset, start)?;
                if written == start.len() {
                    *hold(&self.late) = Some((offset + written as u64, late.to_vec()));
                    return Ok(bytes.len());
                }
                return Ok(written);
            }
            _ => {}
        }
        let outcome = self.inner.write_at(offset, bytes);
        self.has_failed.store(outcome.is_err(), Ordering::Relaxed);
        let written = outcome?;
        Ok(if self.mutation == Mutation::IgnoreShortWrites { bytes.len() } else { written })
    }

    fn len(&self) -> io::Result<u64> {
        self.inner.len()
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        match self.mutation {
            Mutation::SkipTruncation => Ok(()),
            Mutation::SkipTakingBack if self.has_failed.load(Ordering::Relaxed) => Ok(()),
            _ => self.inner.set_len(len),
        }
    }

    fn allocate(&self, len: u64) -> io::Result<()> {
        self.inner.allocate(len)
    }

    fn sync_data(&self) -> io::Result<()> {
        match self.mutation {
            Mutation::AcknowledgeBeforeSync => Ok(()),
            _ => self.sync(|| self.inner.sync_data()),
        }
    }

    fn sync_all(&self) -> io::Result<()> {
        match self.mutation {
            Mutation::SkipSyncOfMetadata => Ok(()),
            _ => self.sync(|| self.inner.sync_all()),
        }
    }
}
