//! One suite for every implementation of the storage port, and mistakes that it must notice.
#![expect(clippy::unwrap_used, reason = "a test that cannot build its input has failed")]

use danvan_journal::{DiskStorage, File, MemoryStorage, Storage, write_fully};
use danvan_testkit::storage_suite::{Views, broken_promises};
use danvan_testkit::{FaultyStorage, FileLayer, Layered, Mutant, Mutation, StorageLayer};
use std::io;
use std::sync::Arc;

fn on_disk() -> Vec<String> {
    let directory = tempfile::tempdir().unwrap();
    let next = std::cell::Cell::new(0);
    broken_promises(&|| {
        next.set(next.get() + 1);
        let path = directory.path().join(next.get().to_string());
        [Arc::new(DiskStorage::create(&path).unwrap()), Arc::new(DiskStorage::open(&path).unwrap())]
    })
}

fn in_memory<S: Storage>(layer: impl Fn(MemoryStorage) -> S) -> Vec<String> {
    broken_promises(&|| {
        let storage = MemoryStorage::new();
        [Arc::new(layer(storage.clone())), Arc::new(layer(storage))]
    })
}

#[test]
fn the_disk_keeps_every_promise_of_a_storage() {
    assert_eq!(on_disk(), Vec::<String>::new());
}

#[test]
fn the_memory_keeps_every_promise_of_a_storage() {
    assert_eq!(in_memory(|storage| storage), Vec::<String>::new());
}

#[test]
fn the_faulty_disk_keeps_every_promise_until_it_is_told_to_fail() {
    let views = || -> Views {
        let storage = FaultyStorage::new();
        [Arc::new(storage.clone()), Arc::new(storage)]
    };
    assert_eq!(broken_promises(&views), Vec::<String>::new());
}

#[test]
fn a_directory_that_may_only_be_read_can_be_read() {
    use std::os::unix::fs::PermissionsExt;
    let directory = tempfile::tempdir().unwrap();
    let storage = DiskStorage::open(directory.path()).unwrap();
    write_fully(storage.create("a").unwrap().as_ref(), 0, b"readable").unwrap();
    let set = |name: &str, mode| {
        std::fs::set_permissions(directory.path().join(name), std::fs::Permissions::from_mode(mode)).unwrap();
    };
    set("a", 0o400);
    set("", 0o500);
    assert_eq!(storage.names().unwrap(), ["a"]);
    assert_eq!(storage.open_to_read("a").unwrap().len().unwrap(), 8);
    set("", 0o700);
}

#[test]
fn only_what_was_synced_survives_a_power_cut_for_sure() {
    let disk = FaultyStorage::new();
    let lost = |disk: &FaultyStorage| disk.after_power_cut(&mut || false).files();
    let file = disk.create("a").unwrap();
    write_fully(file.as_ref(), 0, b"data").unwrap();
    file.sync_all().unwrap();
    assert!(lost(&disk).is_empty(), "a name was durable before its directory was synced");
    disk.sync_directory().unwrap();
    assert_eq!(lost(&disk)["a"], b"data");
    write_fully(file.as_ref(), 4, b" and more").unwrap();
    assert_eq!(lost(&disk)["a"], b"data");
    file.sync_data().unwrap();
    assert_eq!(lost(&disk)["a"], b"data and more", "the length needed to read what was synced is durable with it");
    file.set_len(4).unwrap();
    disk.rename("a", "b").unwrap();
    assert_eq!(lost(&disk)["a"], b"data and more");
    disk.sync_directory().unwrap();
    assert_eq!(lost(&disk).into_keys().collect::<Vec<_>>(), ["b"]);
    disk.remove("b").unwrap();
    assert_eq!(lost(&disk)["b"], b"data and more");
}

/// A storage in memory with one mistake in each method that the mutants of the test kit leave alone.
struct Careless {
    inner: MemoryStorage,
    mistake: Mistake,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mistake {
    CreateReplaces,
    RenameKeepsItsTarget,
    AllocateShrinks,
    ReadersWrite,
    NamesTheLock,
    SaltRepeats,
    ForgetsSync,
}

struct CarelessFile {
    inner: Box<dyn File>,
    mistake: Mistake,
}

impl Careless {
    fn has(&self, mistake: Mistake) -> bool {
        self.mistake == mistake
    }
}

impl StorageLayer for Careless {
    fn inner(&self) -> &dyn Storage {
        &self.inner
    }

    fn wrap(&self, _: &str, file: Box<dyn File>) -> Box<dyn File> {
        Box::new(Layered(CarelessFile { inner: file, mistake: self.mistake }))
    }

    fn names(&self) -> io::Result<Vec<String>> {
        let mut names = self.inner.names()?;
        names.extend(self.has(Mistake::NamesTheLock).then(|| "lock".to_owned()));
        Ok(names)
    }

    fn open_to_read(&self, name: &str) -> io::Result<Box<dyn File>> {
        if self.has(Mistake::ReadersWrite) { self.open(name) } else { self.inner.open_to_read(name) }
    }

    fn create(&self, name: &str) -> io::Result<Box<dyn File>> {
        if self.has(Mistake::CreateReplaces) {
            let _ = self.inner.remove(name);
        }
        Ok(self.wrap(name, self.inner.create(name)?))
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        let is_taken = self.has(Mistake::RenameKeepsItsTarget) && from != to && self.inner.open(to).is_ok();
        if is_taken { self.inner.remove(from) } else { self.inner.rename(from, to) }
    }

    fn sync_directory(&self) -> io::Result<()> {
        if self.has(Mistake::ForgetsSync) { Err(io::Error::from(io::ErrorKind::Unsupported)) } else { Ok(()) }
    }

    fn salt(&self) -> io::Result<u64> {
        if self.has(Mistake::SaltRepeats) { Ok(7) } else { self.inner.salt() }
    }
}

impl FileLayer for CarelessFile {
    fn inner(&self) -> &dyn File {
        self.inner.as_ref()
    }

    fn allocate(&self, len: u64) -> io::Result<()> {
        if self.mistake == Mistake::AllocateShrinks { self.inner.set_len(len) } else { self.inner.allocate(len) }
    }
}

#[test]
fn every_careless_storage_is_noticed() {
    for (mistake, promise) in [
        (Mistake::CreateReplaces, "a name that exists is not created again"),
        (Mistake::RenameKeepsItsTarget, "a rename replaces its target"),
        (Mistake::AllocateShrinks, "an allocation extends with zeros and never shrinks"),
        (Mistake::ReadersWrite, "a handle for reading changes nothing"),
        (Mistake::NamesTheLock, "a directory has one lock"),
        (Mistake::SaltRepeats, "two salts are never the same"),
        (Mistake::ForgetsSync, "files are kept and found by every view"),
    ] {
        let broken = in_memory(|inner| Layered(Careless { inner, mistake }));
        assert!(broken.iter().any(|found| found.starts_with(promise)), "{mistake:?} went unnoticed: {broken:?}");
    }
    for (mutation, promise) in [
        (Mutation::SkipLock, "a directory has one lock"),
        (Mutation::SkipTruncation, "a length is cut and extended with zeros"),
    ] {
        let broken = in_memory(|inner| Mutant::new(Arc::new(inner), mutation));
        assert!(broken.iter().any(|found| found.starts_with(promise)), "{mutation:?} went unnoticed: {broken:?}");
    }
}
