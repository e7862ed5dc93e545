//! What the storage port promises, as checks that run against every implementation.

use danvan_journal::{File, Storage, read_up_to, write_fully};
use std::io::{self, ErrorKind};
use std::sync::Arc;

/// Two views of one new, empty directory, as two processes would open it.
pub type Views = [Arc<dyn Storage>; 2];

/// Why a promise is not kept.
#[derive(Debug)]
struct Broken(String);

impl From<io::Error> for Broken {
    fn from(error: io::Error) -> Self {
        Self(format!("it fails: {error}"))
    }
}

type Check = fn(&dyn Storage, &dyn Storage) -> Result<(), Broken>;

const PROMISES: &[(&str, Check)] = &[
    ("a created file is empty and has its name at once", created),
    ("a name that exists is not created again", created_once),
    ("what is missing is not found", missing),
    ("a rename replaces its target, and handles stay with their file", renamed),
    ("a removed file lives on in its handles, and its name is free", removed),
    ("reading ends at the end of the file", read_to_the_end),
    ("a write goes to its offset and nowhere else", written),
    ("a length is cut and extended with zeros", resized),
    ("an allocation extends with zeros and never shrinks", allocated),
    ("all handles of a file see it as it is", shared),
    ("a handle for reading changes nothing", read_only),
    ("a directory has one lock, given back by dropping it", locked),
    ("a directory is flat", flat),
    ("files are kept and found by every view", kept),
    ("two salts are never the same", salted),
];

/// Every promise that a storage breaks, with what was seen; empty when it keeps all of them. `fresh` makes a new
/// directory each time.
#[must_use]
pub fn broken_promises(fresh: &dyn Fn() -> Views) -> Vec<String> {
    let broken = PROMISES.iter().filter_map(|(promise, check)| {
        let [storage, beside] = fresh();
        check(storage.as_ref(), beside.as_ref()).err().map(|Broken(what)| format!("{promise}: {what}"))
    });
    broken.collect()
}

fn need(condition: bool, what: &str) -> Result<(), Broken> {
    if condition { Ok(()) } else { Err(Broken(what.to_owned())) }
}

fn refused<T>(outcome: io::Result<T>, kind: ErrorKind, what: &str) -> Result<(), Broken> {
    match outcome {
        Ok(_) => Err(Broken(format!("{what} succeeds"))),
        Err(error) if error.kind() == kind => Ok(()),
        Err(error) => Err(Broken(format!("{what} fails with {error}, not with {kind}"))),
    }
}

fn holds(file: &dyn File, expected: &[u8], when: &str) -> Result<(), Broken> {
    let mut bytes = vec![0xee; expected.len() + 100];
    let read = read_up_to(file, 0, &mut bytes)?;
    bytes.truncate(read);
    let is_as_long = file.len()? == expected.len() as u64 && file.is_empty()? == expected.is_empty();
    need(bytes == expected && is_as_long, &format!("{when} the file holds other bytes"))
}

fn with_bytes(storage: &dyn Storage, name: &str, bytes: &[u8]) -> Result<Box<dyn File>, Broken> {
    let file = storage.create(name)?;
    write_fully(file.as_ref(), 0, bytes)?;
    Ok(file)
}

fn names(storage: &dyn Storage) -> Result<Vec<String>, Broken> {
    let mut names = storage.names()?;
    names.sort_unstable();
    Ok(names)
}

fn created(storage: &dyn Storage, beside: &dyn Storage) -> Result<(), Broken> {
    need(names(storage)?.is_empty(), "a new directory has files")?;
    let file = storage.create("0000000000.segment")?;
    holds(file.as_ref(), b"", "after its creation")?;
    storage.create("b")?;
    let expected = ["0000000000.segment", "b"];
    need(names(storage)? == expected && names(beside)? == expected, "the names are not those that were created")
}

fn created_once(storage: &dyn Storage, _: &dyn Storage) -> Result<(), Broken> {
    let file = with_bytes(storage, "a", b"first")?;
    refused(storage.create("a"), ErrorKind::AlreadyExists, "a second creation")?;
    holds(file.as_ref(), b"first", "after a second creation")?;
    holds(storage.open("a")?.as_ref(), b"first", "opened after a second creation")
}

fn missing(storage: &dyn Storage, _: &dyn Storage) -> Result<(), Broken> {
    let target = with_bytes(storage, "target", b"kept")?;
    refused(storage.open("a"), ErrorKind::NotFound, "opening")?;
    refused(storage.open_to_read("a"), ErrorKind::NotFound, "opening to read")?;
    refused(storage.remove("a"), ErrorKind::NotFound, "removing")?;
    refused(storage.rename("a", "target"), ErrorKind::NotFound, "renaming")?;
    need(names(storage)? == ["target"], "a refusal changed the names")?;
    holds(target.as_ref(), b"kept", "after refusals")
}

fn renamed(storage: &dyn Storage, beside: &dyn Storage) -> Result<(), Broken> {
    let new = with_bytes(storage, "new", b"new")?;
    let old = with_bytes(storage, "old", b"replaced")?;
    storage.rename("new", "old")?;
    need(names(beside)? == ["old"], "the old name is still there")?;
    holds(beside.open_to_read("old")?.as_ref(), b"new", "after a rename")?;
    holds(old.as_ref(), b"replaced", "in an old handle")?;
    write_fully(new.as_ref(), 3, b"er")?;
    holds(beside.open("old")?.as_ref(), b"newer", "written through a handle from before the rename")?;
    storage.rename("old", "old")?;
    storage.rename("old", "free")?;
    need(names(storage)? == ["free"], "a file did not get a free name")
}

fn removed(storage: &dyn Storage, _: &dyn Storage) -> Result<(), Broken> {
    let gone = with_bytes(storage, "a", b"gone")?;
    storage.remove("a")?;
    need(names(storage)?.is_empty(), "the name is still there")?;
    write_fully(gone.as_ref(), 4, b"!")?;
    gone.sync_all()?;
    holds(gone.as_ref(), b"gone!", "in a handle from before the removal")?;
    holds(storage.create("a")?.as_ref(), b"", "created after a removal")?;
    holds(gone.as_ref(), b"gone!", "in a handle from before the new file")
}

fn read_to_the_end(storage: &dyn Storage, _: &dyn Storage) -> Result<(), Broken> {
    let file = with_bytes(storage, "a", b"0123456789")?;
    let mut bytes = [0xee; 4];
    for (offset, expected) in [(0, 4), (7, 3), (10, 0), (11, 0), (1 << 40, 0)] {
        let read = read_up_to(file.as_ref(), offset, &mut bytes)?;
        need(read == expected, &format!("{read} bytes are read at {offset}"))?;
    }
    need(read_up_to(file.as_ref(), 7, &mut bytes)? == 3 && &bytes[..3] == b"789", "other bytes are read")?;
    need(file.read_at(3, &mut [])? == 0, "reading into nothing reads something")
}

fn written(storage: &dyn Storage, _: &dyn Storage) -> Result<(), Broken> {
    let file = with_bytes(storage, "a", b"0123456789")?;
    write_fully(file.as_ref(), 3, b"abc")?;
    holds(file.as_ref(), b"012abc6789", "after a write in the middle")?;
    write_fully(file.as_ref(), 8, b"xyz")?;
    holds(file.as_ref(), b"012abc67xyz", "after a write over the end")?;
    write_fully(file.as_ref(), 13, b"!")?;
    holds(file.as_ref(), b"012abc67xyz\0\0!", "after a write beyond the end")?;
    need(file.write_at(100, b"")? == 0, "writing nothing writes something")?;
    holds(file.as_ref(), b"012abc67xyz\0\0!", "after writing nothing beyond the end")
}

fn resized(storage: &dyn Storage, _: &dyn Storage) -> Result<(), Broken> {
    let file = with_bytes(storage, "a", b"0123456789")?;
    file.set_len(4)?;
    holds(file.as_ref(), b"0123", "after a cut")?;
    file.set_len(8)?;
    holds(file.as_ref(), b"0123\0\0\0\0", "extended after a cut")?;
    file.set_len(0)?;
    holds(file.as_ref(), b"", "cut to nothing")
}

fn allocated(storage: &dyn Storage, _: &dyn Storage) -> Result<(), Broken> {
    let file = with_bytes(storage, "a", b"0123")?;
    file.allocate(8)?;
    holds(file.as_ref(), b"0123\0\0\0\0", "after an allocation")?;
    for len in [0, 2, 8] {
        file.allocate(len)?;
        holds(file.as_ref(), b"0123\0\0\0\0", &format!("after an allocation of {len}"))?;
    }
    file.allocate(100_000)?;
    need(file.len()? == 100_000, "a long allocation does not change the length")?;
    let mut tail = [0xee; 8];
    read_up_to(file.as_ref(), 99_992, &mut tail)?;
    need(tail == [0; 8], "what was allocated does not read as zeros")
}

fn shared(storage: &dyn Storage, beside: &dyn Storage) -> Result<(), Broken> {
    let file = with_bytes(storage, "a", b"0123")?;
    let other = beside.open("a")?;
    let reader = beside.open_to_read("a")?;
    write_fully(other.as_ref(), 4, b"45")?;
    holds(file.as_ref(), b"012345", "written through another handle")?;
    file.set_len(3)?;
    holds(other.as_ref(), b"012", "cut through another handle")?;
    holds(reader.as_ref(), b"012", "cut through another handle, in a handle for reading")
}

fn read_only(storage: &dyn Storage, _: &dyn Storage) -> Result<(), Broken> {
    let file = with_bytes(storage, "a", b"0123")?;
    let reader = storage.open_to_read("a")?;
    need(reader.write_at(0, b"x").is_err(), "a write succeeds")?;
    need(reader.set_len(1).is_err(), "a cut succeeds")?;
    need(reader.allocate(100).is_err(), "an allocation succeeds")?;
    holds(file.as_ref(), b"0123", "after what was refused")
}

fn locked(storage: &dyn Storage, beside: &dyn Storage) -> Result<(), Broken> {
    let lock = storage.lock()?;
    need(lock.is_some(), "a free directory cannot be locked")?;
    need(storage.lock()?.is_none() && beside.lock()?.is_none(), "a second lock is given")?;
    need(names(storage)?.is_empty(), "the lock is among the files")?;
    storage.create("a")?;
    drop(lock);
    need(beside.lock()?.is_some(), "a lock is not given back by dropping it")?;
    need(storage.lock()?.is_some(), "a lock is not given back by dropping it at once")
}

fn flat(storage: &dyn Storage, _: &dyn Storage) -> Result<(), Broken> {
    storage.create("a")?;
    for name in ["", ".", "..", ".a", "a/b", "../a", "/a", "a\\b", "a\0b", "lock"] {
        refused(storage.create(name), ErrorKind::InvalidInput, &format!("creating {name:?}"))?;
        refused(storage.open(name), ErrorKind::InvalidInput, &format!("opening {name:?}"))?;
        refused(storage.open_to_read(name), ErrorKind::InvalidInput, &format!("opening {name:?} to read"))?;
        refused(storage.rename("a", name), ErrorKind::InvalidInput, &format!("renaming to {name:?}"))?;
        refused(storage.rename(name, "a"), ErrorKind::InvalidInput, &format!("renaming {name:?}"))?;
        refused(storage.remove(name), ErrorKind::InvalidInput, &format!("removing {name:?}"))?;
    }
    need(names(storage)? == ["a"], "a refusal changed the names")
}

fn kept(storage: &dyn Storage, beside: &dyn Storage) -> Result<(), Broken> {
    let file = with_bytes(storage, "a", b"kept")?;
    file.sync_data()?;
    file.sync_all()?;
    storage.sync_directory()?;
    storage.rename("a", "b")?;
    storage.sync_directory()?;
    drop(file);
    holds(beside.open("b")?.as_ref(), b"kept", "after it was synced and closed")?;
    need(names(beside)? == ["b"], "the names are not those that were synced")
}

fn salted(storage: &dyn Storage, beside: &dyn Storage) -> Result<(), Broken> {
    let mut salts = Vec::new();
    for view in [storage, beside, storage, beside] {
        salts.push(view.salt()?);
    }
    salts.sort_unstable();
    salts.dedup();
    need(salts.len() == 4, "a salt came twice")
}
