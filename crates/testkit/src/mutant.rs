//! Known mistakes of storage engines, put back in as a layer over the storage. A test suite that lets one of them pass
//! is not worth its running time.

use danvan_journal::{DirectoryLock, File, Storage};
use std::io;
use std::sync::Arc;

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
    /// What did not fit is not taken back.
    SkipTruncation,
    /// Two processes may hold one directory.
    SkipLock,
    /// A new file gets its final name before its contents are durable.
    SkipSyncOfMetadata,
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

    fn wrap(&self, file: Box<dyn File>) -> Box<dyn File> {
        Box::new(MutantFile { inner: file, mutation: self.mutation })
    }
}

impl Storage for Mutant {
    fn names(&self) -> io::Result<Vec<String>> {
        self.inner.names()
    }

    fn open(&self, name: &str) -> io::Result<Box<dyn File>> {
        Ok(self.wrap(self.inner.open(name)?))
    }

    fn open_to_read(&self, name: &str) -> io::Result<Box<dyn File>> {
        self.inner.open_to_read(name)
    }

    fn create(&self, name: &str) -> io::Result<Box<dyn File>> {
        Ok(self.wrap(self.inner.create(name)?))
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        self.inner.rename(from, to)
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
}

impl MutantFile {
    fn retrying(&self, sync: impl Fn() -> io::Result<()>) -> io::Result<()> {
        match (self.mutation, sync()) {
            (Mutation::RetrySync, Err(_)) => sync(),
            (_, outcome) => outcome,
        }
    }
}

impl File for MutantFile {
    fn read_at(&self, offset: u64, into: &mut [u8]) -> io::Result<usize> {
        self.inner.read_at(offset, into)
    }

    fn write_at(&self, offset: u64, bytes: &[u8]) -> io::Result<usize> {
        let written = self.inner.write_at(offset, bytes)?;
        Ok(if self.mutation == Mutation::IgnoreShortWrites { bytes.len() } else { written })
    }

    fn len(&self) -> io::Result<u64> {
        self.inner.len()
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        match self.mutation {
            Mutation::SkipTruncation => Ok(()),
            _ => self.inner.set_len(len),
        }
    }

    fn allocate(&self, len: u64) -> io::Result<()> {
        self.inner.allocate(len)
    }

    fn sync_data(&self) -> io::Result<()> {
        match self.mutation {
            Mutation::AcknowledgeBeforeSync => Ok(()),
            _ => self.retrying(|| self.inner.sync_data()),
        }
    }

    fn sync_all(&self) -> io::Result<()> {
        match self.mutation {
            Mutation::SkipSyncOfMetadata => Ok(()),
            _ => self.retrying(|| self.inner.sync_all()),
        }
    }
}
