//! The mark of a directory that came out of a backup: what was appended after the backup was made is known only to others.

use danvan_journal::{DiskStorage, Storage, read_up_to, write_fully};
use std::io;
use std::path::Path;

/// A file of this name beside the journal is the mark. What it says is for a reader; that it is there counts.
pub(crate) const RESTORED: &str = "restored";

/// So many bytes of what a mark says are carried on.
const MAX_TEXT_BYTES: usize = 4096;

/// Marks the ledger in `directory`, durably, as a copy of an earlier time: it does not open for appending until those
/// that hold receipts of it were asked what they hold. `about` tells a reader where the copy came from.
pub fn mark_restored(directory: &Path, about: &str) -> io::Result<()> {
    mark_restored_on(&DiskStorage::open(directory)?, about)
}

/// [`mark_restored`] on any storage.
pub fn mark_restored_on(storage: &dyn Storage, about: &str) -> io::Result<()> {
    let file = match storage.create(RESTORED) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => return storage.sync_directory(),
        created => created?,
    };
    write_fully(file.as_ref(), 0, about.as_bytes())?;
    file.sync_all()?;
    storage.sync_directory()
}

/// Whether the mark is among the names of a directory's files.
pub(crate) fn is_marked(names: &[String]) -> bool {
    names.iter().any(|name| name == RESTORED)
}

/// What the mark says; nothing where it cannot be read: that it is there counts.
pub(crate) fn read_mark(storage: &dyn Storage) -> String {
    let mut text = vec![0; MAX_TEXT_BYTES];
    let read = storage.open_to_read(RESTORED).and_then(|file| read_up_to(file.as_ref(), 0, &mut text));
    text.truncate(read.unwrap_or(0));
    String::from_utf8_lossy(&text).into_owned()
}

/// Removes the mark, durably. After a crash it may be there again.
pub(crate) fn remove_mark(storage: &dyn Storage) -> io::Result<()> {
    if is_marked(&storage.names()?) {
        storage.remove(RESTORED)?;
        storage.sync_directory()?;
    }
    Ok(())
}
