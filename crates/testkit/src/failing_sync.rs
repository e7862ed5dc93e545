//! A storage whose disk stops keeping its promise while a process runs.

use crate::layer::{FileLayer, Layered, StorageLayer};
use danvan_journal::{DiskStorage, File, Storage};
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Lets everything through until [`FailingSync::fail`]; from then on no sync of a file succeeds.
#[derive(Clone)]
pub struct FailingSync {
    storage: Arc<dyn Storage>,
    fails: Arc<AtomicBool>,
}

impl FailingSync {
    /// Lies over a storage.
    #[must_use]
    pub fn over(storage: Arc<dyn Storage>) -> Self {
        Self { storage, fails: Arc::default() }
    }

    /// Lies over a directory of a real disk.
    ///
    /// # Errors
    /// It is not there.
    pub fn on(directory: &Path) -> io::Result<Self> {
        Ok(Self::over(Arc::new(DiskStorage::open(directory)?)))
    }

    /// What the process gets.
    #[must_use]
    pub fn storage(&self) -> Arc<dyn Storage> {
        Arc::new(Layered(self.clone()))
    }

    /// From now on each sync is an input/output error.
    pub fn fail(&self) {
        self.fails.store(true, Ordering::Release);
    }
}

impl StorageLayer for FailingSync {
    fn inner(&self) -> &dyn Storage {
        self.storage.as_ref()
    }

    fn wrap(&self, _: &str, file: Box<dyn File>) -> Box<dyn File> {
        Box::new(Layered(Synced { file, fails: Arc::clone(&self.fails) }))
    }
}

struct Synced {
    file: Box<dyn File>,
    fails: Arc<AtomicBool>,
}

impl Synced {
    fn check(&self) -> io::Result<()> {
        if self.fails.load(Ordering::Acquire) { Err(io::Error::other("the disk does not sync")) } else { Ok(()) }
    }
}

impl FileLayer for Synced {
    fn inner(&self) -> &dyn File {
        self.file.as_ref()
    }

    fn sync_data(&self) -> io::Result<()> {
        self.check().and_then(|()| self.file.sync_data())
    }

    fn sync_all(&self) -> io::Result<()> {
        self.check().and_then(|()| self.file.sync_all())
    }
}
