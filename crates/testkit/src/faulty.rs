//! A disk in memory that fails on demand, in the ways real ones do.

use crate::image::Image;
use danvan_journal::{DirectoryLock, File, Storage, check_name};
use std::collections::BTreeMap;
use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// What happens to one operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// The power goes: the operation is perhaps half done, this one and every later one fails.
    PowerCut,
    /// An I/O error. Of a sync: the pages are forgotten and a second sync would succeed. Of a write: half of it is done.
    Io,
    /// The disk is full. Of a write: half of it is done.
    NoSpace,
    /// A write takes only its first byte and succeeds.
    Short,
}

/// The operations that change something; reading never fails here, except after a power cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Operation {
    /// A file was created.
    Create,
    /// A file got another name.
    Rename,
    /// A file was removed.
    Remove,
    /// The directory was synced.
    SyncDirectory,
    /// A file was written to.
    Write,
    /// A file got another length.
    SetLen,
    /// Space was reserved.
    Allocate,
    /// A file was synced, with or without its metadata.
    Sync,
}

struct Disk {
    image: Image,
    faults: BTreeMap<u64, Fault>,
    done: Vec<Operation>,
    has_power: bool,
    salts: u64,
    /// How many bytes fit on it.
    capacity: usize,
}

/// A directory on a disk that can fail. Clones share it.
#[derive(Clone)]
pub struct FaultyStorage {
    disk: Arc<Mutex<Disk>>,
    locked: Arc<AtomicBool>,
}

impl Default for FaultyStorage {
    fn default() -> Self {
        Self::of(Image::default(), 1)
    }
}

impl FaultyStorage {
    /// An empty directory.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// A directory that holds these files, durably.
    #[must_use]
    pub fn with_files(files: impl IntoIterator<Item = (String, Vec<u8>)>) -> Self {
        Self::of(Image::with_files(files), 1000)
    }

    fn of(image: Image, salts: u64) -> Self {
        let disk =
            Disk { image, faults: BTreeMap::new(), done: Vec::new(), has_power: true, salts, capacity: usize::MAX };
        Self { disk: Arc::new(Mutex::new(disk)), locked: Arc::default() }
    }

    fn disk(&self) -> MutexGuard<'_, Disk> {
        self.disk.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn find(&self, name: &str, is_writable: bool) -> io::Result<Box<dyn File>> {
        check_name(name)?;
        let disk = self.disk();
        disk.powered()?;
        Ok(Box::new(FaultyFile { disk: Arc::clone(&self.disk), inode: disk.image.find(name)?, is_writable }))
    }

    /// Has the operation number `at` (from 0) fail.
    #[must_use]
    pub fn with_fault(self, at: u64, fault: Fault) -> Self {
        self.disk().faults.insert(at, fault);
        self
    }

    /// Has room for so many bytes of files and no more. Now and later: what is there stays there.
    pub fn set_capacity(&self, bytes: usize) {
        self.disk().capacity = bytes;
    }

    /// How many bytes the files take, with what was removed and is not yet forgotten durably.
    #[must_use]
    pub fn used(&self) -> usize {
        self.disk().image.used()
    }

    /// All operations so far, failed ones included.
    #[must_use]
    pub fn operations(&self) -> Vec<Operation> {
        self.disk().done.clone()
    }

    /// What programs see.
    #[must_use]
    pub fn files(&self) -> BTreeMap<String, Vec<u8>> {
        self.disk().image.files()
    }

    /// The disk after a power cut now; `survives` says of each unsynced piece (a 512-byte sector, a length, a name)
    /// whether it got there.
    #[must_use]
    pub fn after_power_cut(&self, survives: &mut dyn FnMut() -> bool) -> Self {
        let disk = self.disk();
        let after = Self::of(disk.image.after_power_cut(survives), disk.salts + 1000);
        after.set_capacity(disk.capacity);
        after
    }
}

fn error(fault: Fault) -> io::Error {
    match fault {
        Fault::NoSpace => io::Error::from(io::ErrorKind::StorageFull),
        Fault::PowerCut => io::Error::other("power cut"),
        Fault::Io | Fault::Short => io::Error::other("input/output error"),
    }
}

impl Disk {
    fn powered(&self) -> io::Result<()> {
        if self.has_power { Ok(()) } else { Err(error(Fault::PowerCut)) }
    }

    /// Counts an operation; returns the fault that hits it.
    fn begin(&mut self, operation: Operation) -> io::Result<Option<Fault>> {
        self.powered()?;
        let fault = self.faults.get(&(self.done.len() as u64)).copied();
        self.done.push(operation);
        if fault == Some(Fault::PowerCut) {
            self.has_power = false;
        }
        Ok(fault)
    }

    /// An operation that is done or not done; at a power cut it is done and unsynced, so it may survive or not.
    fn whole<T>(&mut self, operation: Operation, act: impl FnOnce(&mut Image) -> io::Result<T>) -> io::Result<T> {
        match self.begin(operation)? {
            None | Some(Fault::Short) => act(&mut self.image),
            Some(Fault::PowerCut) => act(&mut self.image).and(Err(error(Fault::PowerCut))),
            Some(fault) => Err(error(fault)),
        }
    }

    fn resize(&mut self, operation: Operation, inode: usize, len: usize) -> io::Result<()> {
        let fits = len <= self.room(inode);
        self.whole(operation, |image| {
            if !fits {
                return Err(error(Fault::NoSpace));
            }
            if image.bytes(inode).len() != len {
                image.set_len(inode, len);
            }
            Ok(())
        })
    }

    /// How far a file can grow: to this length.
    fn room(&self, inode: usize) -> usize {
        if self.capacity == usize::MAX {
            return usize::MAX;
        }
        let free = self.capacity.saturating_sub(self.image.used());
        self.image.used_by(inode).saturating_add(free)
    }

    fn write(&mut self, inode: usize, at: usize, data: &[u8]) -> io::Result<usize> {
        let fits = self.room(inode).saturating_sub(at).min(data.len());
        match self.begin(Operation::Write)? {
            None if fits == 0 && !data.is_empty() => Err(error(Fault::NoSpace)),
            None if fits < data.len() => {
                self.image.write(inode, at, &data[..fits]);
                Ok(fits)
            }
            None => {
                self.image.write(inode, at, data);
                Ok(data.len())
            }
            Some(Fault::Short) => {
                let first = &data[..data.len().min(1)];
                self.image.write(inode, at, first);
                Ok(first.len())
            }
            Some(Fault::PowerCut) => {
                self.image.write(inode, at, data);
                Err(error(Fault::PowerCut))
            }
            Some(fault) => {
                self.image.write(inode, at, &data[..data.len() / 2]);
                Err(error(fault))
            }
        }
    }

    fn sync(&mut self, inode: usize) -> io::Result<()> {
        match self.begin(Operation::Sync)? {
            None | Some(Fault::Short) => {
                self.image.sync(inode);
                Ok(())
            }
            Some(Fault::PowerCut) => Err(error(Fault::PowerCut)),
            Some(fault) => {
                self.image.forget(inode);
                Err(error(fault))
            }
        }
    }
}

struct Unlock(Arc<AtomicBool>);

impl Drop for Unlock {
    fn drop(&mut self) {
        self.0.store(false, Ordering::Release);
    }
}

impl Storage for FaultyStorage {
    fn names(&self) -> io::Result<Vec<String>> {
        let disk = self.disk();
        disk.powered()?;
        Ok(disk.image.names())
    }

    fn open(&self, name: &str) -> io::Result<Box<dyn File>> {
        self.find(name, true)
    }

    fn open_to_read(&self, name: &str) -> io::Result<Box<dyn File>> {
        self.find(name, false)
    }

    fn create(&self, name: &str) -> io::Result<Box<dyn File>> {
        check_name(name)?;
        let inode = self.disk().whole(Operation::Create, |image| image.create(name))?;
        Ok(Box::new(FaultyFile { disk: Arc::clone(&self.disk), inode, is_writable: true }))
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        check_name(from).and_then(|()| check_name(to))?;
        self.disk().whole(Operation::Rename, |image| image.rename(from, to))
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        check_name(name)?;
        self.disk().whole(Operation::Remove, |image| image.remove(name))
    }

    fn sync_directory(&self) -> io::Result<()> {
        let mut disk = self.disk();
        match disk.begin(Operation::SyncDirectory)? {
            None | Some(Fault::Short) => {
                disk.image.sync_names();
                Ok(())
            }
            Some(fault) => Err(error(fault)),
        }
    }

    fn lock(&self) -> io::Result<Option<DirectoryLock>> {
        self.disk().powered()?;
        let taken = self.locked.swap(true, Ordering::AcqRel);
        Ok((!taken).then(|| DirectoryLock::new(Unlock(Arc::clone(&self.locked)))))
    }

    fn salt(&self) -> io::Result<u64> {
        let mut disk = self.disk();
        disk.salts += 1;
        Ok(disk.salts.wrapping_mul(0x9e37_79b9_7f4a_7c15))
    }
}

struct FaultyFile {
    disk: Arc<Mutex<Disk>>,
    inode: usize,
    is_writable: bool,
}

impl FaultyFile {
    fn disk(&self) -> MutexGuard<'_, Disk> {
        self.disk.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn to_write(&self) -> io::Result<MutexGuard<'_, Disk>> {
        if self.is_writable { Ok(self.disk()) } else { Err(io::Error::from(io::ErrorKind::PermissionDenied)) }
    }
}

fn place(offset: u64) -> io::Result<usize> {
    usize::try_from(offset).map_err(|_| io::Error::from(io::ErrorKind::InvalidInput))
}

impl File for FaultyFile {
    fn read_at(&self, offset: u64, into: &mut [u8]) -> io::Result<usize> {
        let disk = self.disk();
        disk.powered()?;
        let rest = disk.image.bytes(self.inode).get(place(offset)?..).unwrap_or_default();
        let n = rest.len().min(into.len());
        into[..n].copy_from_slice(&rest[..n]);
        Ok(n)
    }

    fn write_at(&self, offset: u64, bytes: &[u8]) -> io::Result<usize> {
        self.to_write()?.write(self.inode, place(offset)?, bytes)
    }

    fn len(&self) -> io::Result<u64> {
        let disk = self.disk();
        disk.powered()?;
        Ok(disk.image.bytes(self.inode).len() as u64)
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        let len = place(len)?;
        self.to_write()?.resize(Operation::SetLen, self.inode, len)
    }

    fn allocate(&self, len: u64) -> io::Result<()> {
        let len = place(len)?;
        let mut disk = self.to_write()?;
        let len = len.max(disk.image.bytes(self.inode).len());
        disk.resize(Operation::Allocate, self.inode, len)
    }

    fn sync_data(&self) -> io::Result<()> {
        self.disk().sync(self.inode)
    }

    fn sync_all(&self) -> io::Result<()> {
        self.disk().sync(self.inode)
    }
}
