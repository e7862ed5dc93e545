//! The storage port in memory, for tests and throw-away ledgers: nothing is ever lost, and nothing outlives it.

use crate::storage::{DirectoryLock, File, Storage, check_name};
use std::collections::BTreeMap;
use std::io;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

type Bytes = Arc<Mutex<Vec<u8>>>;

/// A directory in memory; clones share it.
#[derive(Debug, Clone, Default)]
pub struct MemoryStorage {
    files: Arc<Mutex<BTreeMap<String, Bytes>>>,
    locked: Arc<AtomicBool>,
    salts: Arc<AtomicU64>,
}

impl MemoryStorage {
    /// An empty directory.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// A directory with these files.
    #[must_use]
    pub fn with_files(files: impl IntoIterator<Item = (String, Vec<u8>)>) -> Self {
        let files = files.into_iter().map(|(name, bytes)| (name, Arc::new(Mutex::new(bytes)))).collect();
        Self { files: Arc::new(Mutex::new(files)), ..Self::default() }
    }

    /// A copy of all files.
    #[must_use]
    pub fn files(&self) -> BTreeMap<String, Vec<u8>> {
        hold(&self.files).iter().map(|(name, bytes)| (name.clone(), hold(bytes).clone())).collect()
    }

    fn find(&self, name: &str) -> io::Result<Bytes> {
        check_name(name)?;
        hold(&self.files).get(name).cloned().ok_or_else(|| io::Error::from(io::ErrorKind::NotFound))
    }
}

fn hold<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

struct Unlock(Arc<AtomicBool>);

impl Drop for Unlock {
    fn drop(&mut self) {
        self.0.store(false, Ordering::Release);
    }
}

impl Storage for MemoryStorage {
    fn names(&self) -> io::Result<Vec<String>> {
        Ok(hold(&self.files).keys().cloned().collect())
    }

    fn open(&self, name: &str) -> io::Result<Box<dyn File>> {
        Ok(Box::new(MemoryFile { bytes: self.find(name)?, is_writable: true }))
    }

    fn open_to_read(&self, name: &str) -> io::Result<Box<dyn File>> {
        Ok(Box::new(MemoryFile { bytes: self.find(name)?, is_writable: false }))
    }

    fn create(&self, name: &str) -> io::Result<Box<dyn File>> {
        check_name(name)?;
        let mut files = hold(&self.files);
        if files.contains_key(name) {
            return Err(io::Error::from(io::ErrorKind::AlreadyExists));
        }
        let bytes = Bytes::default();
        files.insert(name.to_owned(), Arc::clone(&bytes));
        Ok(Box::new(MemoryFile { bytes, is_writable: true }))
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        check_name(from).and_then(|()| check_name(to))?;
        let mut files = hold(&self.files);
        let bytes = files.remove(from).ok_or_else(|| io::Error::from(io::ErrorKind::NotFound))?;
        files.insert(to.to_owned(), bytes);
        Ok(())
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        check_name(name)?;
        hold(&self.files).remove(name).map(|_| ()).ok_or_else(|| io::Error::from(io::ErrorKind::NotFound))
    }

    fn sync_directory(&self) -> io::Result<()> {
        Ok(())
    }

    fn lock(&self) -> io::Result<Option<DirectoryLock>> {
        let taken = self.locked.swap(true, Ordering::AcqRel);
        Ok((!taken).then(|| DirectoryLock::new(Unlock(Arc::clone(&self.locked)))))
    }

    fn salt(&self) -> io::Result<u64> {
        // Spread over all bits (the golden ratio), so that salts of different segments do not look alike.
        Ok((self.salts.fetch_add(1, Ordering::Relaxed) + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15))
    }
}

struct MemoryFile {
    bytes: Bytes,
    is_writable: bool,
}

impl MemoryFile {
    fn to_write(&self) -> io::Result<MutexGuard<'_, Vec<u8>>> {
        if self.is_writable { Ok(hold(&self.bytes)) } else { Err(io::Error::from(io::ErrorKind::PermissionDenied)) }
    }
}

fn place(offset: u64) -> io::Result<usize> {
    usize::try_from(offset).map_err(|_| io::Error::from(io::ErrorKind::InvalidInput))
}

impl File for MemoryFile {
    fn read_at(&self, offset: u64, into: &mut [u8]) -> io::Result<usize> {
        let bytes = hold(&self.bytes);
        let rest = bytes.get(place(offset)?..).unwrap_or_default();
        let n = rest.len().min(into.len());
        into[..n].copy_from_slice(&rest[..n]);
        Ok(n)
    }

    fn write_at(&self, offset: u64, data: &[u8]) -> io::Result<usize> {
        let mut bytes = self.to_write()?;
        let at = place(offset)?;
        if data.is_empty() {
            return Ok(0);
        }
        let end = at.checked_add(data.len()).ok_or_else(|| io::Error::from(io::ErrorKind::FileTooLarge))?;
        if bytes.len() < end {
            bytes.resize(end, 0);
        }
        bytes[at..end].copy_from_slice(data);
        Ok(data.len())
    }

    fn len(&self) -> io::Result<u64> {
        Ok(hold(&self.bytes).len() as u64)
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        self.to_write()?.resize(place(len)?, 0);
        Ok(())
    }

    fn allocate(&self, len: u64) -> io::Result<()> {
        let mut bytes = self.to_write()?;
        let len = place(len)?.max(bytes.len());
        bytes.resize(len, 0);
        Ok(())
    }

    fn sync_data(&self) -> io::Result<()> {
        Ok(())
    }

    fn sync_all(&self) -> io::Result<()> {
        Ok(())
    }
}
