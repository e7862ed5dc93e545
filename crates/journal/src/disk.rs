//! The storage port on a real directory of a Unix file system.

use crate::holder::{Holder, holder_of};
use crate::storage::{DirectoryLock, File, LOCK, Storage, check_name, write_fully};
use std::fs;
use std::io;
use std::os::unix::fs::{FileExt, MetadataExt};
use std::path::{Path, PathBuf};

/// How often a lock is tried whose file has lost its name since it was opened.
const LOCK_TRIES: usize = 8;

/// A directory on disk.
#[derive(Debug, Clone)]
pub struct DiskStorage {
    directory: PathBuf,
}

impl DiskStorage {
    /// An existing directory.
    pub fn open(directory: &Path) -> io::Result<Self> {
        if !fs::metadata(directory)?.is_dir() {
            return Err(io::Error::from(io::ErrorKind::NotADirectory));
        }
        Ok(Self { directory: directory.to_owned() })
    }

    /// A directory that is made, with its parents, where it is missing; its name is durable on return.
    pub fn create(directory: &Path) -> io::Result<Self> {
        let mut missing: Vec<&Path> = Vec::new();
        let mut at = directory;
        while !at.as_os_str().is_empty() && !at.exists() {
            missing.push(at);
            at = at.parent().unwrap_or(Path::new(""));
        }
        for one in missing.into_iter().rev() {
            match fs::create_dir(one) {
                Err(e) if e.kind() != io::ErrorKind::AlreadyExists => return Err(e),
                _ => sync_path(parent_of(one))?,
            }
        }
        Self::open(directory)
    }

    /// Which process holds the lock of this directory; it is not taken.
    #[must_use]
    pub fn holder(&self) -> Holder {
        holder_of(&self.directory.join(LOCK))
    }

    fn path(&self, name: &str) -> io::Result<PathBuf> {
        check_name(name)?;
        Ok(self.directory.join(name))
    }
}

pub(crate) fn parent_of(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}

pub(crate) fn sync_path(directory: &Path) -> io::Result<()> {
    fs::File::open(directory)?.sync_all()
}

fn append_zeros(file: &fs::File, len: u64) -> io::Result<()> {
    static PIECE: [u8; 64 << 10] = [0; 64 << 10];
    let mut at = file.metadata()?.len();
    while at < len {
        let piece = usize::try_from(len - at).unwrap_or(PIECE.len()).min(PIECE.len());
        write_fully(file, at, &PIECE[..piece])?;
        at += piece as u64;
    }
    Ok(())
}

impl Storage for DiskStorage {
    fn names(&self) -> io::Result<Vec<String>> {
        let mut names = Vec::new();
        for item in fs::read_dir(&self.directory)? {
            let item = item?;
            if item.file_type()?.is_file()
                && let Ok(name) = item.file_name().into_string()
                && name != LOCK
            {
                names.push(name);
            }
        }
        Ok(names)
    }

    fn open(&self, name: &str) -> io::Result<Box<dyn File>> {
        Ok(Box::new(fs::OpenOptions::new().read(true).write(true).open(self.path(name)?)?))
    }

    fn open_to_read(&self, name: &str) -> io::Result<Box<dyn File>> {
        Ok(Box::new(fs::File::open(self.path(name)?)?))
    }

    fn create(&self, name: &str) -> io::Result<Box<dyn File>> {
        Ok(Box::new(fs::OpenOptions::new().read(true).write(true).create_new(true).open(self.path(name)?)?))
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        fs::rename(self.path(from)?, self.path(to)?)
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        fs::remove_file(self.path(name)?)
    }

    fn sync_directory(&self) -> io::Result<()> {
        sync_path(&self.directory)
    }

    fn lock(&self) -> io::Result<Option<DirectoryLock>> {
        let path = self.directory.join(LOCK);
        for _ in 0..LOCK_TRIES {
            let file = fs::OpenOptions::new().read(true).write(true).create(true).truncate(false).open(&path)?;
            match file.try_lock() {
                Ok(()) => {}
                Err(fs::TryLockError::WouldBlock) => return Ok(None),
                Err(fs::TryLockError::Error(e)) => return Err(e),
            }
            // A repair may have given the name to another directory since the file was opened; its lock is another.
            if is_at(&file, &path)? {
                return Ok(Some(DirectoryLock::new(file)));
            }
        }
        Err(io::Error::other("the file of the lock has another identity each time it is looked at"))
    }

    fn salt(&self) -> io::Result<u64> {
        getrandom::u64().map_err(io::Error::other)
    }
}

/// Whether the name leads to this file now.
fn is_at(file: &fs::File, path: &Path) -> io::Result<bool> {
    let held = file.metadata()?;
    match fs::metadata(path) {
        Ok(named) => Ok((named.dev(), named.ino()) == (held.dev(), held.ino())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

impl File for fs::File {
    fn read_at(&self, offset: u64, into: &mut [u8]) -> io::Result<usize> {
        FileExt::read_at(self, into, offset)
    }

    fn write_at(&self, offset: u64, bytes: &[u8]) -> io::Result<usize> {
        FileExt::write_at(self, bytes, offset)
    }

    fn len(&self) -> io::Result<u64> {
        Ok(self.metadata()?.len())
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        fs::File::set_len(self, len)
    }

    fn allocate(&self, len: u64) -> io::Result<()> {
        if len == 0 {
            return Ok(());
        }
        match rustix::fs::fallocate(self, rustix::fs::FallocateFlags::empty(), 0, len) {
            // A file system that cannot reserve is made to by writing: a mere length would hold no space.
            Err(rustix::io::Errno::OPNOTSUPP) => append_zeros(self, len),
            other => Ok(other?),
        }
    }

    fn sync_data(&self) -> io::Result<()> {
        fs::File::sync_data(self)
    }

    fn sync_all(&self) -> io::Result<()> {
        fs::File::sync_all(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn space_that_cannot_be_reserved_is_written() {
        const BYTES: u64 = 200_000;
        let file = tempfile::tempfile().unwrap();
        write_fully(&file, 0, b"kept").unwrap();
        for len in [2, BYTES, 100] {
            append_zeros(&file, len).unwrap();
        }
        assert_eq!(file.metadata().unwrap().len(), BYTES);
        let mut bytes = vec![1; usize::try_from(BYTES).unwrap()];
        crate::storage::read_up_to(&file, 0, &mut bytes).unwrap();
        assert!(bytes.starts_with(b"kept") && bytes[4..].iter().all(|b| *b == 0));
    }
}
