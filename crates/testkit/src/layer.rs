//! Layers over a storage: a test says what is different, everything else goes through.

use danvan_journal::{DirectoryLock, File, Storage};
use std::io;

/// What a layer does to a directory. Every method hands the call on unless the layer says otherwise.
#[expect(missing_docs, reason = "the methods are those of the port, with its promises")]
pub trait StorageLayer: Send + Sync + 'static {
    /// The storage below.
    fn inner(&self) -> &dyn Storage;

    /// Lays something over a file that was opened or created under `name`.
    fn wrap(&self, name: &str, file: Box<dyn File>) -> Box<dyn File> {
        let _ = name;
        file
    }

    fn names(&self) -> io::Result<Vec<String>> {
        self.inner().names()
    }

    fn open(&self, name: &str) -> io::Result<Box<dyn File>> {
        Ok(self.wrap(name, self.inner().open(name)?))
    }

    fn open_to_read(&self, name: &str) -> io::Result<Box<dyn File>> {
        Ok(self.wrap(name, self.inner().open_to_read(name)?))
    }

    fn create(&self, name: &str) -> io::Result<Box<dyn File>> {
        Ok(self.wrap(name, self.inner().create(name)?))
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        self.inner().rename(from, to)
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        self.inner().remove(name)
    }

    fn sync_directory(&self) -> io::Result<()> {
        self.inner().sync_directory()
    }

    fn lock(&self) -> io::Result<Option<DirectoryLock>> {
        self.inner().lock()
    }

    fn salt(&self) -> io::Result<u64> {
        self.inner().salt()
    }
}

/// What a layer does to one file. Every method hands the call on unless the layer says otherwise.
#[expect(missing_docs, reason = "the methods are those of the port, with its promises")]
#[expect(clippy::len_without_is_empty, reason = "the port derives one from the other")]
pub trait FileLayer: Send + Sync {
    /// The file below.
    fn inner(&self) -> &dyn File;

    fn read_at(&self, offset: u64, into: &mut [u8]) -> io::Result<usize> {
        self.inner().read_at(offset, into)
    }

    fn write_at(&self, offset: u64, bytes: &[u8]) -> io::Result<usize> {
        self.inner().write_at(offset, bytes)
    }

    fn len(&self) -> io::Result<u64> {
        self.inner().len()
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        self.inner().set_len(len)
    }

    fn allocate(&self, len: u64) -> io::Result<()> {
        self.inner().allocate(len)
    }

    fn sync_data(&self) -> io::Result<()> {
        self.inner().sync_data()
    }

    fn sync_all(&self) -> io::Result<()> {
        self.inner().sync_all()
    }
}

/// A layer as the port that it lies over: a [`StorageLayer`] is a storage, a [`FileLayer`] a file.
pub struct Layered<L>(pub L);

impl<L: StorageLayer> Storage for Layered<L> {
    fn names(&self) -> io::Result<Vec<String>> {
        self.0.names()
    }

    fn open(&self, name: &str) -> io::Result<Box<dyn File>> {
        self.0.open(name)
    }

    fn open_to_read(&self, name: &str) -> io::Result<Box<dyn File>> {
        self.0.open_to_read(name)
    }

    fn create(&self, name: &str) -> io::Result<Box<dyn File>> {
        self.0.create(name)
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        self.0.rename(from, to)
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        self.0.remove(name)
    }

    fn sync_directory(&self) -> io::Result<()> {
        self.0.sync_directory()
    }

    fn lock(&self) -> io::Result<Option<DirectoryLock>> {
        self.0.lock()
    }

    fn salt(&self) -> io::Result<u64> {
        self.0.salt()
    }
}

impl<L: FileLayer> File for Layered<L> {
    fn read_at(&self, offset: u64, into: &mut [u8]) -> io::Result<usize> {
        self.0.read_at(offset, into)
    }

    fn write_at(&self, offset: u64, bytes: &[u8]) -> io::Result<usize> {
        self.0.write_at(offset, bytes)
    }

    fn len(&self) -> io::Result<u64> {
        self.0.len()
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        self.0.set_len(len)
    }

    fn allocate(&self, len: u64) -> io::Result<()> {
        self.0.allocate(len)
    }

    fn sync_data(&self) -> io::Result<()> {
        self.0.sync_data()
    }

    fn sync_all(&self) -> io::Result<()> {
        self.0.sync_all()
    }
}
