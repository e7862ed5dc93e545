//! Evidence of forks: both sides of a contradiction that a log signed, kept for ever.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use danvan_daemon::{create_private_dir, remove_durably, write_private};
use danvan_replication::unpack;
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

    /// Looks whether there is evidence against this log from an earlier run. What a crash left unfinished is none: the batch
    /// was not answered and comes again.
    pub(crate) fn recall(&self, origin: &Origin) {
        let Ok(files) = fs::read_dir(self.directory(origin)) else { return };
        let mut kept = files.filter_map(|file| fs::read(file.ok()?.path()).ok());
        if kept.any(|packed| unpack(&packed).is_ok()) {
            self.mark(origin);
        }
    }

    /// Whether this log was seen to fork.
    pub(crate) fn has(&self, origin: &Origin) -> bool {
        self.forked.lock().unwrap_or_else(PoisonError::into_inner).contains(origin)
    }

    /// Keeps the batch that contradicts what is held, durably, and marks its log. What is held stays in the own ledger. After
    /// an error nothing is marked: the batch must be judged again.
    pub(crate) fn keep(&self, origin: &Origin, theirs: &Batch, packed: &[u8]) -> io::Result<()> {
        let directory = self.directory(origin);
        create_private_dir(&self.root)?;
        create_private_dir(&directory)?;
        if fs::read_dir(&directory)?.count() < KEPT_PER_LOG {
            write_once(&directory.join(file_name(theirs, packed)), packed)?;
        }
        self.mark(origin);
        Ok(())
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

/// The file may be there already, whole or as a crash left it.
fn write_once(path: &Path, bytes: &[u8]) -> io::Result<()> {
    match write_private(path, bytes) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists && fs::read(path)? != bytes => {
            remove_durably(path)?;
            write_private(path, bytes)
        }
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        written => written,
    }
}
