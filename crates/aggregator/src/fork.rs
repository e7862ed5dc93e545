//! Evidence of forks: both sides of a contradiction that a log signed, kept for ever.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use danvan_daemon::{create_private_dir, write_private};
use danvan_tlog::{Batch, Origin};
use sha2::{Digest, Sha256};

/// A log that forks every second must not fill the disk; two sides prove it, a few more help to understand it.
const KEPT_PER_LOG: usize = 16;

/// The directory of evidence, and the logs that have shown two faces: nothing of them is cosigned any more.
pub(crate) struct ForkCabinet {
    root: PathBuf,
    forked: Mutex<BTreeSet<Origin>>,
}

impl ForkCabinet {
    pub(crate) fn new(root: PathBuf) -> Self {
        Self { root, forked: Mutex::default() }
    }

    /// Looks whether there is evidence against this log from an earlier run.
    pub(crate) fn recall(&self, origin: &Origin) {
        if fs::read_dir(self.directory(origin)).is_ok_and(|mut files| files.next().is_some()) {
            self.mark(origin);
        }
    }

    /// Whether this log was seen to fork.
    pub(crate) fn has(&self, origin: &Origin) -> bool {
        self.forked.lock().unwrap_or_else(PoisonError::into_inner).contains(origin)
    }

    /// Keeps the batch that contradicts what is held, durably. What is held stays in the own ledger.
    pub(crate) fn keep(&self, origin: &Origin, theirs: &Batch, packed: &[u8]) -> io::Result<()> {
        self.mark(origin);
        let directory = self.directory(origin);
        create_private_dir(&self.root)?;
        create_private_dir(&directory)?;
        if fs::read_dir(&directory)?.count() >= KEPT_PER_LOG {
            return Ok(());
        }
        write_once(&directory.join(file_name(theirs, packed)), packed)
    }

    fn mark(&self, origin: &Origin) {
        self.forked.lock().unwrap_or_else(PoisonError::into_inner).insert(origin.clone());
    }

    fn directory(&self, origin: &Origin) -> PathBuf {
        self.root.join(origin.directory())
    }
}

fn file_name(batch: &Batch, packed: &[u8]) -> String {
    let digest = hex::encode(&Sha256::digest(packed)[..8]);
    format!("{}-{}-{digest}.batch", batch.range().start(), batch.range().end())
}

fn write_once(path: &Path, bytes: &[u8]) -> io::Result<()> {
    match write_private(path, bytes) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        written => written,
    }
}
