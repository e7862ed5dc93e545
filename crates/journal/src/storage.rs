//! The storage port: one flat directory of files, as the journal and the ledger see it.
//!
//! Every operation that can fail, be torn or be forgotten at a power cut is a method here, so that an implementation
//! in memory can fail it on purpose. The promises are those of POSIX, no more: a write is durable after `sync_data` of
//! the file, a file's length after `sync_data` or `sync_all`, a name after `sync_directory`.

use std::io;

/// A flat directory of named files. Names are judged by [`check_name`].
pub trait Storage: Send + Sync + 'static {
    /// Names of all files, in no particular order.
    fn names(&self) -> io::Result<Vec<String>>;

    /// Opens an existing file for reading and writing.
    fn open(&self, name: &str) -> io::Result<Box<dyn File>>;

    /// Opens an existing file for reading only; needs no right to write. Every change through it is refused.
    fn open_to_read(&self, name: &str) -> io::Result<Box<dyn File>>;

    /// Creates a file that must not exist yet.
    fn create(&self, name: &str) -> io::Result<Box<dyn File>>;

    /// Gives a file another name, replacing what had that name. Handles stay with their file.
    fn rename(&self, from: &str, to: &str) -> io::Result<()>;

    /// Removes a file; it lives on in the handles that are open.
    fn remove(&self, name: &str) -> io::Result<()>;

    /// Makes creations, renames and removals so far durable.
    fn sync_directory(&self) -> io::Result<()>;

    /// Takes the one writer's lock of this directory; `None` when another holds it. Dropping the guard gives it back.
    fn lock(&self) -> io::Result<Option<DirectoryLock>>;

    /// 64 unpredictable bits for a new segment.
    fn salt(&self) -> io::Result<u64>;
}

/// One file of a [`Storage`].
pub trait File: Send + Sync {
    /// Reads at `offset` (bytes); may return fewer bytes than asked for, and 0 at the end of the file.
    fn read_at(&self, offset: u64, into: &mut [u8]) -> io::Result<usize>;

    /// Writes at `offset` (bytes); may write fewer bytes than given. What lies between the end and `offset` reads as
    /// zeros. Writing nothing changes nothing.
    fn write_at(&self, offset: u64, bytes: &[u8]) -> io::Result<usize>;

    /// Length in bytes.
    fn len(&self) -> io::Result<u64>;

    /// Whether the file has no bytes.
    fn is_empty(&self) -> io::Result<bool> {
        Ok(self.len()? == 0)
    }

    /// Cuts or extends (with zeros) the file to `len` bytes.
    fn set_len(&self, len: u64) -> io::Result<()>;

    /// Reserves space so that the file has at least `len` bytes; new ones read as zeros.
    fn allocate(&self, len: u64) -> io::Result<()>;

    /// Makes the contents, and the length needed to read them, durable.
    fn sync_data(&self) -> io::Result<()>;

    /// Makes contents and all metadata durable.
    fn sync_all(&self) -> io::Result<()>;
}

/// Held by the one writer of a directory; dropping it lets the next one in.
pub struct DirectoryLock(#[expect(dead_code, reason = "held for its destructor")] Box<dyn Send + Sync>);

impl DirectoryLock {
    /// Wraps whatever releases the lock when dropped.
    #[must_use]
    pub fn new(guard: impl Send + Sync + 'static) -> Self {
        Self(Box::new(guard))
    }
}

impl std::fmt::Debug for DirectoryLock {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("DirectoryLock")
    }
}

/// The lock of a directory that has files; no file of a [`Storage`] has its name.
pub(crate) const LOCK: &str = "lock";

/// Refuses what is no name of a file in a flat directory: the empty one, one that begins with a dot or has a slash, a
/// backslash or a zero in it, and the name of the lock.
pub fn check_name(name: &str) -> io::Result<()> {
    if name.is_empty() || name.starts_with('.') || name.contains(['/', '\\', '\0']) || name == LOCK {
        return Err(io::Error::from(io::ErrorKind::InvalidInput));
    }
    Ok(())
}

/// Reads until `into` is full or the file ends; returns how many bytes were read.
pub fn read_up_to(file: &dyn File, offset: u64, into: &mut [u8]) -> io::Result<usize> {
    let mut done = 0;
    while done < into.len() {
        match file.read_at(offset + done as u64, &mut into[done..]) {
            Ok(0) => break,
            Ok(n) => done += n,
            Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
            Err(e) => return Err(e),
        }
    }
    Ok(done)
}

/// Writes all of `bytes`, however short the single writes are.
pub fn write_fully(file: &dyn File, offset: u64, bytes: &[u8]) -> io::Result<()> {
    let mut done = 0;
    while done < bytes.len() {
        match file.write_at(offset + done as u64, &bytes[done..]) {
            Ok(0) => return Err(io::Error::from(io::ErrorKind::WriteZero)),
            Ok(n) => done += n,
            Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
            Err(e) => return Err(e),
        }
    }
    Ok(())
}

/// Reserves space so that the file has at least `len` bytes, however often a signal interrupts it.
pub fn allocate_fully(file: &dyn File, len: u64) -> io::Result<()> {
    loop {
        match file.allocate(len) {
            Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
            other => return other,
        }
    }
}
