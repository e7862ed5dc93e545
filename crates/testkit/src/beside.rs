//! A storage whose writer can go on before every look of a reader.

use crate::layer::{FileLayer, Layered, StorageLayer};
use danvan_journal::{File, Storage};
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Calls something before one of the looks at a storage: a list of names, the opening of a file to read, its length, a read.
///
/// A reader beside a writer is tried by letting the writer go on before look 0, before look 1, and so on until
/// [`Beside::looks`] says that the reader had no more of them.
#[derive(Clone)]
pub struct Beside {
    storage: Arc<dyn Storage>,
    looks: Arc<Looks>,
}

struct Looks {
    so_far: AtomicU64,
    turn: u64,
    go_on: Box<dyn Fn() + Send + Sync>,
}

impl Looks {
    fn look(&self) {
        if self.so_far.fetch_add(1, Ordering::AcqRel) == self.turn {
            (self.go_on)();
        }
    }
}

impl Beside {
    /// Calls `go_on` once, before the look number `turn` through the storage that this returns.
    #[must_use]
    pub fn new(storage: Arc<dyn Storage>, turn: u64, go_on: impl Fn() + Send + Sync + 'static) -> Self {
        Self { storage, looks: Arc::new(Looks { so_far: AtomicU64::new(0), turn, go_on: Box::new(go_on) }) }
    }

    /// What the reader gets.
    #[must_use]
    pub fn storage(&self) -> Arc<dyn Storage> {
        Arc::new(Layered(self.clone()))
    }

    /// How many looks there were.
    #[must_use]
    pub fn looks(&self) -> u64 {
        self.looks.so_far.load(Ordering::Acquire)
    }
}

impl StorageLayer for Beside {
    fn inner(&self) -> &dyn Storage {
        self.storage.as_ref()
    }

    fn wrap(&self, _: &str, file: Box<dyn File>) -> Box<dyn File> {
        Box::new(Layered(BesideFile { file, looks: Arc::clone(&self.looks) }))
    }

    fn names(&self) -> io::Result<Vec<String>> {
        self.looks.look();
        self.storage.names()
    }

    fn open_to_read(&self, name: &str) -> io::Result<Box<dyn File>> {
        self.looks.look();
        Ok(self.wrap(name, self.storage.open_to_read(name)?))
    }
}

struct BesideFile {
    file: Box<dyn File>,
    looks: Arc<Looks>,
}

impl FileLayer for BesideFile {
    fn inner(&self) -> &dyn File {
        self.file.as_ref()
    }

    fn read_at(&self, offset: u64, into: &mut [u8]) -> io::Result<usize> {
        self.looks.look();
        self.file.read_at(offset, into)
    }

    fn len(&self) -> io::Result<u64> {
        self.looks.look();
        self.file.len()
    }
}
