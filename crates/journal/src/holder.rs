//! Who has the lock of a directory, told without taking it: whoever only looks must never be in a writer's way.

use std::fs;
use std::path::Path;

use rustix::fs::{major, minor};
use std::os::unix::fs::MetadataExt;

/// Where Linux lists the locks that processes hold.
const LOCKS: &str = "/proc/locks";

/// Who holds a directory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Holder {
    /// No process that can be seen from here. One in another container may all the same.
    Nobody,
    /// The process of this number.
    Process(u32),
    /// The system does not tell.
    NotTold,
}

/// The holder of the lock in the file `lock`.
pub(crate) fn holder_of(lock: &Path) -> Holder {
    let file = match fs::metadata(lock) {
        Ok(file) => file,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Holder::Nobody,
        Err(_) => return Holder::NotTold,
    };
    let Ok(locks) = fs::read_to_string(LOCKS) else { return Holder::NotTold };
    holder_in(&locks, (major(file.dev()), minor(file.dev())), file.ino())
}

/// The holder of the lock of one file, in the text of [`LOCKS`]: `1: FLOCK  ADVISORY  WRITE 4321 fe:00:12738 0 EOF`. Those
/// who wait for it have `->` before the kind.
fn holder_in(locks: &str, device: (u32, u32), inode: u64) -> Holder {
    let mut holder = Holder::Nobody;
    for line in locks.lines() {
        let mut words = line.split_whitespace().skip(1);
        if words.next() != Some("FLOCK") {
            continue;
        }
        let mut words = words.skip(2);
        let (Some(process), Some(file)) = (words.next(), words.next()) else { continue };
        let mut parts = file.split(':');
        let mut device_part = || u32::from_str_radix(parts.next()?, 16).ok();
        let (Some(found), Some(minor)) = (device_part(), device_part()) else { continue };
        if parts.next().and_then(|number| number.parse().ok()) != Some(inode) {
            continue;
        }
        // Some file systems show one device to a process and another one in the list.
        match process.parse() {
            Ok(process) if (found, minor) == device => return Holder::Process(process),
            _ => holder = Holder::NotTold,
        }
    }
    holder
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{DiskStorage, Storage};

    const TEXT: &str = "1: FLOCK  ADVISORY  WRITE 14960 fe:00:12738568 0 EOF\n\
                        2: POSIX  ADVISORY  WRITE 77 fe:00:5 0 EOF\n\
                        3: FLOCK  ADVISORY  WRITE 88 fe:01:6 0 EOF\n\
                        3: -> FLOCK  ADVISORY  WRITE 99 fe:00:7 0 EOF\n\
                        garbage\n4: FLOCK\n";

    #[test]
    fn the_list_of_locks_is_read_and_doubt_is_not_taken_for_nobody() {
        assert_eq!(holder_in(TEXT, (0xfe, 0), 12_738_568), Holder::Process(14960));
        assert_eq!(holder_in(TEXT, (0xfe, 0), 5), Holder::Nobody);
        assert_eq!(holder_in(TEXT, (0xfe, 0), 6), Holder::NotTold);
        assert_eq!(holder_in(TEXT, (0xfe, 0), 7), Holder::Nobody);
        assert_eq!(holder_in("", (0xfe, 0), 5), Holder::Nobody);
    }

    #[test]
    fn looking_finds_the_holder_and_takes_nothing_from_it() {
        let directory = tempfile::tempdir().unwrap();
        let storage = DiskStorage::open(directory.path()).unwrap();
        assert_eq!(storage.holder(), Holder::Nobody);
        let held = storage.lock().unwrap().unwrap();
        assert_ne!(storage.holder(), Holder::Nobody);
        assert!(storage.lock().unwrap().is_none());
        drop(held);
        assert_ne!(storage.holder(), Holder::Process(std::process::id()));
        assert!(storage.lock().unwrap().is_some());
    }
}
