//! One sled tree behind a guard.
//!
//! Layout of the directory: `<16 hex of the version>/` is the live database; its file `OPENING` exists while it is being opened and
//! checked; `quarantine-<n>/` were moved aside. Directories of other versions are removed: their rows can be computed again.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use danvan_tlog::Size;
use sha2::{Digest as _, Sha256};
use sled::{Batch, Db};

use crate::contained::{Escape, unwinding, within};
use crate::quarantine::{QuarantineReason, move_aside};
use crate::seal::Seal;

/// The key of the seal; rows live behind [`ROW`].
const SEAL: &[u8] = &[0];
const ROW: u8 = 1;
const MARKER: &str = "OPENING";
/// A commune's table opens in milliseconds; a province's in seconds.
const PATIENCE: Duration = Duration::from_mins(2);
const CACHE_BYTES: u64 = 16 * 1024 * 1024;
/// sled rereads and rewrites the directory by its own rules: a table of another engine is another table.
const ENGINE: &str = "sled 0.34.7";

/// How the table was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Opened {
    /// There was none; it is empty and its cursor is zero.
    Fresh,
    /// Rows and seal agree. The cursor may be older than what was applied last: the caller applies the rest again.
    Loaded {
        /// The next index to be read.
        cursor: Size,
    },
    /// What was there was moved aside; the table is empty, its cursor zero. The caller rebuilds and counts it.
    Quarantined {
        /// Why.
        reason: QuarantineReason,
    },
}

/// Why there is no table at all. The operator frees space or corrects permissions.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The directory cannot be used.
    #[error("{}: {error}", .dir.display())]
    Directory {
        /// The directory.
        dir: PathBuf,
        /// What the system said.
        error: io::Error,
    },
    /// Even an empty table cannot be opened.
    #[error("{}: a fresh table does not open", .0.display())]
    Hopeless(PathBuf),
}

/// Why a read or a batch failed. The table refuses everything from then on; the caller ends the process or opens the table again,
/// which rebuilds it if need be.
#[derive(Debug, thiserror::Error)]
pub enum StateError {
    /// sled panicked, reported an error, or had done so before.
    #[error("derived state is out of order and must be opened again")]
    OutOfOrder,
    /// A batch must not end before the one that is already in. A mistake of the program.
    #[error("the cursor stands at {} and cannot go back to {}", .stands.get(), .asked.get())]
    Backwards {
        /// Where it stands.
        stands: Size,
        /// Where it was asked to go.
        asked: Size,
    },
}

/// One change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    key: Vec<u8>,
    value: Option<Vec<u8>>,
}

impl Row {
    /// Sets the value of a key.
    pub fn put(key: impl Into<Vec<u8>>, value: impl Into<Vec<u8>>) -> Self {
        Self { key: key.into(), value: Some(value.into()) }
    }

    /// Removes a key.
    pub fn remove(key: impl Into<Vec<u8>>) -> Self {
        Self { key: key.into(), value: None }
    }
}

/// A key and its value, as [`Table::scan`] finds them.
pub type KeyValue = (Vec<u8>, Vec<u8>);

/// Derived rows with a cursor. Cheap to clone; reads run beside the one writer.
#[derive(Clone)]
pub struct Table {
    inner: Arc<Inner>,
}

/// Says whether the rows of a database are those that its seal speaks of.
type Guard = fn(&Db, &Seal) -> sled::Result<bool>;

struct Inner {
    db: Db,
    live: PathBuf,
    version: String,
    seal: Mutex<Seal>,
    out_of_order: AtomicBool,
}

impl Table {
    /// Opens the table of `version` inside `dir`. `version` names the code that computes the rows and the log that they come from: a
    /// change of either starts an empty table.
    pub fn open(dir: &Path, version: &str) -> Result<(Self, Opened), OpenError> {
        Self::open_up_to(dir, version, Size::MAX)
    }

    /// As [`Table::open`]; a cursor beyond `end`, the size of the log, is odd too.
    pub fn open_up_to(dir: &Path, version: &str, end: Size) -> Result<(Self, Opened), OpenError> {
        Self::open_guarded(dir, version, end, every_row_is_sealed)
    }

    fn open_guarded(dir: &Path, version: &str, end: Size, guard: Guard) -> Result<(Self, Opened), OpenError> {
        let failed = |error| OpenError::Directory { dir: dir.to_owned(), error };
        fs::create_dir_all(dir).map_err(failed)?;
        let live = dir.join(directory_name(version));
        remove_other_versions(dir, &live).map_err(failed)?;
        let existed = live.exists();
        match open_checked(&live, version, end, existed.then_some(guard)) {
            Ok(table) if existed => {
                let cursor = table.cursor();
                Ok((table, Opened::Loaded { cursor }))
            }
            Ok(table) => Ok((table, Opened::Fresh)),
            Err(reason) => Ok((quarantined(dir, &live, version, reason)?, Opened::Quarantined { reason })),
        }
    }

    /// Moves aside what is there, because the caller found it wrong, and opens an empty table in its place. Clones of the old one keep
    /// its rows; the caller lets go of them.
    pub fn start_over(self, reason: QuarantineReason) -> Result<Self, OpenError> {
        let (live, version) = (self.inner.live.clone(), self.inner.version.clone());
        drop(self);
        let dir = live.parent().unwrap_or(Path::new("."));
        quarantined(dir, &live, &version, reason)
    }

    /// How many rows there are.
    #[must_use]
    pub fn rows(&self) -> u64 {
        self.inner.seal.lock().unwrap_or_else(PoisonError::into_inner).rows()
    }

    /// The next index to be read from the log.
    #[must_use]
    pub fn cursor(&self) -> Size {
        self.inner.seal.lock().unwrap_or_else(PoisonError::into_inner).cursor
    }

    /// The value of a key.
    pub fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, StateError> {
        let inner = &self.inner;
        inner.contained(|| inner.db.get(row_key(key)).map(|value| value.map(|value| value.to_vec())))
    }

    /// All rows whose key begins with `prefix`, in order of keys.
    pub fn scan(&self, prefix: &[u8]) -> Result<Vec<KeyValue>, StateError> {
        let inner = &self.inner;
        inner.contained(|| {
            let rows = inner.db.scan_prefix(row_key(prefix));
            rows.map(|row| row.map(|(key, value)| (key[1..].to_vec(), value.to_vec()))).collect()
        })
    }

    /// Applies the changes that the log below `cursor` brought, all or none. Survives a crash of the process; after a power cut
    /// the table may stand at an earlier cursor.
    pub fn apply(&self, cursor: Size, rows: impl IntoIterator<Item = Row>) -> Result<(), StateError> {
        let inner = &self.inner;
        let mut seal = inner.seal.lock().unwrap_or_else(PoisonError::into_inner);
        if cursor < seal.cursor {
            return Err(StateError::Backwards { stands: seal.cursor, asked: cursor });
        }
        let changes: BTreeMap<_, _> = rows.into_iter().map(|row| (row_key(&row.key), row.value)).collect();
        let next = inner.contained(|| inner.write(&seal, cursor, changes))?;
        *seal = next;
        Ok(())
    }
}

impl Inner {
    fn write(&self, seal: &Seal, cursor: Size, changes: BTreeMap<Vec<u8>, Option<Vec<u8>>>) -> sled::Result<Seal> {
        let mut next = seal.moved_to(cursor);
        let mut batch = Batch::default();
        for (key, value) in changes {
            if let Some(old) = self.db.get(&key)? {
                next.subtract(&key, &old);
            }
            match value {
                Some(value) => {
                    next.add(&key, &value);
                    batch.insert(key, value);
                }
                None => batch.remove(key),
            }
        }
        batch.insert(SEAL, next.to_bytes(&self.version));
        self.db.apply_batch(batch)?;
        Ok(next)
    }

    fn contained<T>(&self, call: impl FnOnce() -> sled::Result<T>) -> Result<T, StateError> {
        if self.out_of_order.load(Ordering::SeqCst) {
            return Err(StateError::OutOfOrder);
        }
        match unwinding(call) {
            Ok(Ok(value)) => return Ok(value),
            Ok(Err(error)) => tracing::error!(%error, "sled failed"),
            Err(_) => tracing::error!("sled panicked"),
        }
        self.out_of_order.store(true, Ordering::SeqCst);
        Err(StateError::OutOfOrder)
    }
}

/// Moves `live` aside and opens an empty table in its place.
fn quarantined(dir: &Path, live: &Path, version: &str, reason: QuarantineReason) -> Result<Table, OpenError> {
    tracing::warn!(reason = reason.as_str(), dir = %dir.display(), "derived state is moved aside");
    move_aside(dir, live).map_err(|error| OpenError::Directory { dir: dir.to_owned(), error })?;
    open_checked(live, version, Size::MAX, None).map_err(|_| OpenError::Hopeless(live.to_owned()))
}

/// Opens and checks under the marker, so that an open that kills the process is not tried twice. A directory that was there before has a
/// `guard`.
fn open_checked(live: &Path, version: &str, end: Size, guard: Option<Guard>) -> Result<Table, QuarantineReason> {
    let marker = live.join(MARKER);
    if guard.is_some() && marker.exists() {
        return Err(QuarantineReason::InterruptedOpen);
    }
    let odd = |_: io::Error| QuarantineReason::Unreadable;
    fs::create_dir_all(live).and_then(|()| fs::write(&marker, b"")).map_err(odd)?;
    let (path, named) = (live.to_owned(), version.to_owned());
    let opened = within(PATIENCE, move || open_sealed(&path, &named, guard));
    let (db, seal) = opened.map_err(|escape| match escape {
        Escape::Panic => QuarantineReason::Panicked,
        Escape::Hang => QuarantineReason::Hung,
        Escape::NoThread => QuarantineReason::Unreadable,
    })??;
    if seal.cursor > end {
        return Err(QuarantineReason::Ahead);
    }
    fs::remove_file(&marker).map_err(odd)?;
    let (live, version) = (live.to_owned(), version.to_owned());
    let inner = Inner { db, live, version, seal: Mutex::new(seal), out_of_order: AtomicBool::new(false) };
    Ok(Table { inner: Arc::new(inner) })
}

/// Opens the database and has the guard judge its rows by its seal.
fn open_sealed(path: &Path, version: &str, guard: Option<Guard>) -> Result<(Db, Seal), QuarantineReason> {
    let unreadable = |error: sled::Error| {
        tracing::warn!(%error, "sled did not open or read");
        QuarantineReason::Unreadable
    };
    let config = sled::Config::new().path(path).cache_capacity(CACHE_BYTES).mode(sled::Mode::LowSpace);
    let db = config.open().map_err(unreadable)?;
    let Some(stored) = db.get(SEAL).map_err(unreadable)? else {
        if guard.is_some() {
            return Err(QuarantineReason::Emptied);
        }
        let seal = Seal::default();
        db.insert(SEAL, seal.to_bytes(version)).map_err(unreadable)?;
        return Ok((db, seal));
    };
    let stored = Seal::from_bytes(&stored, version).ok_or(QuarantineReason::Contradictory)?;
    let guard = guard.unwrap_or(every_row_is_sealed);
    if guard(&db, &stored).map_err(unreadable)? { Ok((db, stored)) } else { Err(QuarantineReason::Contradictory) }
}

/// Reads every row.
fn every_row_is_sealed(db: &Db, stored: &Seal) -> sled::Result<bool> {
    let mut found = Seal::default();
    for row in db.iter() {
        let (key, value) = row?;
        if *key != *SEAL {
            found.add(&key, &value);
        }
    }
    Ok(stored.same_rows(&found))
}

fn row_key(key: &[u8]) -> Vec<u8> {
    [&[ROW], key].concat()
}

fn directory_name(version: &str) -> String {
    let digest = Sha256::new().chain_update(ENGINE).chain_update([0]).chain_update(version).finalize();
    digest[..8].iter().fold(String::new(), |name, byte| name + &format!("{byte:02x}"))
}

fn remove_other_versions(dir: &Path, live: &Path) -> io::Result<()> {
    for item in fs::read_dir(dir)? {
        let path = item?.path();
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        let versioned = name.len() == 16 && name.bytes().all(|byte| byte.is_ascii_hexdigit());
        if versioned && path != live {
            fs::remove_dir_all(path)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
