//! Space that is kept back, so that a full disk still takes what must be written.
//!
//! A file that is really allocated and never read. Removing it gives its space to the next record that must be written
//! although the disk is full; until it can be allocated again nothing else is taken in.

use crate::failure::{Failure, is_lack_of_space};
use crate::storage::{Storage, allocate_fully};
use std::io;
use std::sync::Arc;

/// Name of the file.
pub(crate) const RESERVE: &str = "reserve";

/// The reserve of one open journal.
pub(crate) struct Reserve {
    storage: Arc<dyn Storage>,
    bytes: u64,
    is_whole: bool,
}

impl Reserve {
    /// Makes the reserve whole if the disk has room for it. With 0 `bytes` there is none, and nothing waits for one.
    pub(crate) fn open(storage: Arc<dyn Storage>, bytes: u64) -> Result<Self, Failure> {
        let mut reserve = Self { storage, bytes, is_whole: false };
        if bytes == 0 {
            release(reserve.storage.as_ref())?;
            reserve.is_whole = true;
        } else {
            reserve.restore()?;
        }
        Ok(reserve)
    }

    pub(crate) fn is_whole(&self) -> bool {
        self.is_whole
    }

    /// Tries to make it whole; false where the disk has no room for it.
    pub(crate) fn restore(&mut self) -> Result<bool, Failure> {
        if self.is_whole {
            return Ok(true);
        }
        match self.allocate() {
            Ok(()) => {
                // The space is held from here on; the sync only lets the name outlive a power cut.
                self.storage.sync_directory().map_err(|e| Failure::fatal("syncing the directory", &e))?;
                self.is_whole = true;
            }
            Err(error) if is_lack_of_space(&error) => {
                // A part would be of use to nobody. Left behind it is found and completed the next time.
                let _ = self.storage.remove(RESERVE);
            }
            Err(error) => return Err(Failure::fatal("allocating the reserve", &error)),
        }
        Ok(self.is_whole)
    }

    fn allocate(&self) -> io::Result<()> {
        let file = match self.storage.open(RESERVE) {
            Err(e) if e.kind() == io::ErrorKind::NotFound => self.storage.create(RESERVE)?,
            other => other?,
        };
        if file.len()? > self.bytes {
            file.set_len(self.bytes)?;
        }
        allocate_fully(file.as_ref(), self.bytes)?;
        file.sync_all()
    }

    /// Gives its space back to the disk; false when there was none to give.
    pub(crate) fn release(&mut self) -> Result<bool, Failure> {
        if self.bytes == 0 || !self.is_whole {
            return Ok(false);
        }
        release(self.storage.as_ref())?;
        self.is_whole = false;
        Ok(true)
    }
}

/// Removes the reserve, durably: only then may its space be used. False when there is none.
pub(crate) fn release(storage: &dyn Storage) -> Result<bool, Failure> {
    match storage.remove(RESERVE) {
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(false),
        other => other.map_err(|e| Failure::of("removing the reserve", &e))?,
    }
    storage.sync_directory().map_err(|e| Failure::fatal("syncing the directory", &e))?;
    Ok(true)
}
