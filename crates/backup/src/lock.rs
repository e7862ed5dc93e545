//! Who may use a backup now: one that takes a copy, or many that read.

use std::fs::{File, OpenOptions, TryLockError};
use std::io;
use std::path::Path;

/// Name of the file that is locked.
const LOCK: &str = "lock";

/// Held as long as the backup is used.
#[derive(Debug)]
pub(crate) struct Held(#[expect(dead_code, reason = "the lock lasts as long as the file is open")] Option<File>);

/// For the one that writes; `None` when somebody uses the backup.
pub(crate) fn exclusive(backup: &Path) -> io::Result<Option<Held>> {
    let file = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(backup.join(LOCK))?;
    match file.try_lock() {
        Ok(()) => Ok(Some(Held(Some(file)))),
        Err(TryLockError::WouldBlock) => Ok(None),
        Err(TryLockError::Error(error)) => Err(error),
    }
}

/// For those that read; `None` when somebody writes. A copy that was carried elsewhere, or lies on a medium without locks,
/// is written by nobody.
pub(crate) fn shared(backup: &Path) -> Option<Held> {
    let Ok(file) = File::open(backup.join(LOCK)) else { return Some(Held(None)) };
    match file.try_lock_shared() {
        Ok(()) => Some(Held(Some(file))),
        Err(TryLockError::WouldBlock) => None,
        Err(TryLockError::Error(_)) => Some(Held(None)),
    }
}
