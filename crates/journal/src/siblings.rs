//! Directories that lie beside each other and change places: what a repair needs of a file system.

use crate::disk::{parent_of, sync_path};
use crate::storage::DirectoryLock;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// The directories in one directory. A change is durable after [`Siblings::sync`].
pub trait Siblings {
    /// Names of all directories.
    fn names(&self) -> io::Result<Vec<String>>;

    /// Lets two directories change names in one step; `Unsupported` where the file system cannot.
    fn exchange(&self, one: &str, other: &str) -> io::Result<()>;

    /// Gives a directory a name that no other has.
    fn rename(&self, from: &str, to: &str) -> io::Result<()>;

    /// Removes a directory with its files.
    fn remove(&self, name: &str) -> io::Result<()>;

    /// Makes all of it durable.
    fn sync(&self) -> io::Result<()>;
}

/// The directories beside one on a disk.
#[derive(Debug, Clone)]
pub struct DiskSiblings {
    parent: PathBuf,
}

impl DiskSiblings {
    /// The place of `directory`, which need not exist.
    #[must_use]
    pub fn of(directory: &Path) -> Self {
        Self { parent: parent_of(directory).to_owned() }
    }

    /// Where the sibling of this name lies.
    #[must_use]
    pub fn path(&self, name: &str) -> PathBuf {
        self.parent.join(name)
    }

    /// Waits until nobody else changes names here, and keeps others waiting until the guard is dropped. Whoever takes it looks
    /// again at what it is about to change. Not to be taken twice by one thread.
    pub fn lock(&self) -> io::Result<DirectoryLock> {
        let parent = fs::File::open(&self.parent)?;
        parent.lock()?;
        Ok(DirectoryLock::new(parent))
    }

    fn rename_with(&self, from: &str, to: &str, flags: rustix::fs::RenameFlags) -> io::Result<()> {
        let (from, to) = (self.path(from), self.path(to));
        rustix::fs::renameat_with(rustix::fs::CWD, from, rustix::fs::CWD, to, flags).map_err(|errno| match errno {
            // What a file system says that does not know the flag.
            rustix::io::Errno::INVAL | rustix::io::Errno::NOSYS => io::Error::from(io::ErrorKind::Unsupported),
            other => other.into(),
        })
    }
}

impl Siblings for DiskSiblings {
    fn names(&self) -> io::Result<Vec<String>> {
        let mut names = Vec::new();
        for item in fs::read_dir(&self.parent)? {
            let item = item?;
            if item.file_type()?.is_dir() {
                names.extend(item.file_name().into_string());
            }
        }
        Ok(names)
    }

    fn exchange(&self, one: &str, other: &str) -> io::Result<()> {
        self.rename_with(one, other, rustix::fs::RenameFlags::EXCHANGE)
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        match self.rename_with(from, to, rustix::fs::RenameFlags::NOREPLACE) {
            Err(error) if error.kind() == io::ErrorKind::Unsupported => {
                // Of directories only an empty one would be replaced.
                if self.path(to).exists() {
                    return Err(io::Error::from(io::ErrorKind::AlreadyExists));
                }
                fs::rename(self.path(from), self.path(to))
            }
            renamed => renamed,
        }
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        fs::remove_dir_all(self.path(name))
    }

    fn sync(&self) -> io::Result<()> {
        sync_path(&self.parent)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_directories_change_places() {
        let parent = tempfile::tempdir().unwrap();
        for name in ["one", "other"] {
            fs::create_dir(parent.path().join(name)).unwrap();
            fs::write(parent.path().join(name).join("name"), name).unwrap();
        }
        fs::write(parent.path().join("file"), "no directory").unwrap();
        let siblings = DiskSiblings::of(&parent.path().join("one"));
        let named = |name: &str| fs::read_to_string(siblings.path(name).join("name")).unwrap();
        siblings.exchange("one", "other").unwrap();
        siblings.sync().unwrap();
        assert_eq!((named("one").as_str(), named("other").as_str()), ("other", "one"));
        assert_eq!(siblings.rename("one", "other").unwrap_err().kind(), io::ErrorKind::AlreadyExists);
        siblings.rename("one", "third").unwrap();
        siblings.remove("other").unwrap();
        assert_eq!(siblings.names().unwrap(), ["third"]);
        assert_eq!(siblings.exchange("third", "nothing").unwrap_err().kind(), io::ErrorKind::NotFound);
    }
}
