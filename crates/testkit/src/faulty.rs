//! A disk in memory that fails on demand, in the ways real ones do.

use crate::dice::Dice;
use crate::disk::{Disk, error};
use crate::fault::{Fault, Operation};
use crate::image::Image;
use danvan_journal::{DirectoryLock, File, Storage, check_name};
use std::collections::BTreeMap;
use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

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
        Self { disk: Arc::new(Mutex::new(Disk::new(image, salts))), locked: Arc::default() }
    }

    fn disk(&self) -> MutexGuard<'_, Disk> {
        self.disk.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn find(&self, name: &str, is_writable: bool) -> io::Result<Box<dyn File>> {
        check_name(name)?;
        let mut disk = self.disk();
        disk.look()?;
        Ok(Box::new(FaultyFile { disk: Arc::clone(&self.disk), inode: disk.image.find(name)?, is_writable }))
    }

    /// The disk as it is after something, with as much room as before.
    fn next(disk: &Disk, image: Image) -> Self {
        let next = Self::of(image, disk.salts + 1000);
        next.set_capacity(disk.capacity);
        next
    }

    /// Has the operation number `at` (from 0) fail.
    #[must_use]
    pub fn with_fault(self, at: u64, fault: Fault) -> Self {
        self.disk().faults.insert(at, fault);
        self
    }

    /// Has several operations fail.
    #[must_use]
    pub fn with_faults(self, faults: impl IntoIterator<Item = (u64, Fault)>) -> Self {
        self.disk().faults.extend(faults);
        self
    }

    /// Has the look number `at` (from 0) fail: a listing, an opening, a length or a read.
    #[must_use]
    pub fn with_read_fault(self, at: u64, fault: Fault) -> Self {
        self.disk().read_faults.insert(at, fault);
        self
    }

    /// Lets chance decide how much of a failing write is done, which sectors of a failing sync get to the disk, and
    /// whether the others are still shown.
    #[must_use]
    pub fn with_chance(self, dice: Dice) -> Self {
        self.disk().chance = Some(dice);
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

    /// All changing operations so far, failed ones included.
    #[must_use]
    pub fn operations(&self) -> Vec<Operation> {
        self.disk().done.clone()
    }

    /// How often something was looked at so far.
    #[must_use]
    pub fn looks(&self) -> u64 {
        self.disk().reads
    }

    /// How many operations and looks failed so far, for whatever reason.
    #[must_use]
    pub fn hits(&self) -> u64 {
        self.disk().hits
    }

    /// What programs see.
    #[must_use]
    pub fn files(&self) -> BTreeMap<String, Vec<u8>> {
        self.disk().image.files()
    }

    /// Changes the bytes of a file behind everyone's back, what programs see and what is on the disk.
    pub fn spoil(&self, name: &str, spoil: &dyn Fn(&mut Vec<u8>)) -> io::Result<()> {
        let mut disk = self.disk();
        let inode = disk.image.find(name)?;
        disk.image.spoil(inode, spoil);
        Ok(())
    }

    /// The disk after a power cut now; `survives` says of each unsynced piece (a 512-byte sector, a length, a name)
    /// whether it got there. It is asked about the same pieces in the same order whatever it answers.
    #[must_use]
    pub fn after_power_cut(&self, survives: &mut dyn FnMut() -> bool) -> Self {
        let disk = self.disk();
        Self::next(&disk, Image::with_files(disk.image.after_power_cut(survives)))
    }

    /// The disk as the next process finds it when only the process ended: what was not synced is still to be seen and
    /// still not durable.
    #[must_use]
    pub fn after_restart(&self) -> Self {
        let disk = self.disk();
        Self::next(&disk, disk.image.clone())
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
        let mut disk = self.disk();
        disk.look()?;
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
        let inode = self.disk().whole(Operation::Create, |disk| disk.image.create(name))?;
        Ok(Box::new(FaultyFile { disk: Arc::clone(&self.disk), inode, is_writable: true }))
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        check_name(from).and_then(|()| check_name(to))?;
        self.disk().whole(Operation::Rename, |disk| disk.image.rename(from, to))
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        check_name(name)?;
        self.disk().whole(Operation::Remove, |disk| disk.image.remove(name))
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
        let mut disk = self.disk();
        let is_short = disk.look()?;
        let rest = disk.image.bytes(self.inode).get(place(offset)?..).unwrap_or_default();
        let n = rest.len().min(into.len()).min(if is_short { 1 } else { usize::MAX });
        into[..n].copy_from_slice(&rest[..n]);
        Ok(n)
    }

    fn write_at(&self, offset: u64, bytes: &[u8]) -> io::Result<usize> {
        self.to_write()?.write(self.inode, place(offset)?, bytes)
    }

    fn len(&self) -> io::Result<u64> {
        let mut disk = self.disk();
        disk.look()?;
        Ok(disk.image.bytes(self.inode).len() as u64)
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        let len = place(len)?;
        self.to_write()?.whole(Operation::SetLen, |disk| disk.resize(self.inode, len))
    }

    fn allocate(&self, len: u64) -> io::Result<()> {
        let len = place(len)?;
        self.to_write()?.whole(Operation::Allocate, |disk| {
            let len = len.max(disk.image.bytes(self.inode).len());
            disk.resize(self.inode, len)
        })
    }

    fn sync_data(&self) -> io::Result<()> {
        self.disk().sync(self.inode)
    }

    fn sync_all(&self) -> io::Result<()> {
        self.disk().sync(self.inode)
    }
}
