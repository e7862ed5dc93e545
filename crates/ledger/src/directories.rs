//! The directories of one log's incarnations. At every moment a whole directory has the name, or a start gives it back.
//!
//! | directory | what it is |
//! |---|---|
//! | `<name>` | the log that goes on |
//! | `<name>.succeeding` | the next incarnation while it is written, and for a moment the ended one after they changed places |
//! | `<name>.ended-<n>` | the incarnation *n*, which has ended |
//!
//! A log that ended says so, and the next one names it, so that a start knows which of two directories is which.

use crate::frozen::{Frozen, Previous};
use danvan_journal::{DiskSiblings, DiskStorage, Siblings, SlotError, Storage};
use std::io;
use std::path::{Path, PathBuf};

/// The incarnations of one log on a disk.
pub(crate) struct Directories {
    siblings: DiskSiblings,
    name: String,
}

/// What a directory says of its log.
enum Standing {
    /// It has ended; which incarnation it was.
    Ended(u64),
    /// It goes on after that incarnation.
    After(u64),
    /// Neither.
    First,
}

impl Directories {
    pub(crate) fn of(directory: &Path) -> io::Result<Self> {
        let name = directory.file_name().and_then(|name| name.to_str());
        let name = name.ok_or_else(|| io::Error::from(io::ErrorKind::InvalidInput))?.to_owned();
        Ok(Self { siblings: DiskSiblings::of(directory), name })
    }

    fn succeeding(&self) -> String {
        format!("{}.succeeding", self.name)
    }

    fn ended_name(&self, incarnation: u64) -> String {
        format!("{}.ended-{incarnation}", self.name)
    }

    /// An empty directory for the next incarnation.
    pub(crate) fn begin(&self) -> io::Result<DiskStorage> {
        let name = self.succeeding();
        if self.siblings.path(&name).exists() {
            self.siblings.remove(&name)?;
            self.siblings.sync()?;
        }
        DiskStorage::create(&self.siblings.path(&name))
    }

    /// The directories of the incarnations that ended, in order. One that is missing ends the list: those behind it are not in order.
    pub(crate) fn ended(&self) -> io::Result<Vec<PathBuf>> {
        let mut found = Vec::new();
        for incarnation in 1.. {
            let path = self.siblings.path(&self.ended_name(incarnation));
            if !path.try_exists()? {
                break;
            }
            found.push(path);
        }
        Ok(found)
    }

    /// Lets the log that goes on have the name, once the one before it says that it has ended. Before that, nothing is done.
    pub(crate) fn finish(&self) -> io::Result<()> {
        let succeeding = self.succeeding();
        if !self.siblings.path(&succeeding).is_dir() {
            return Ok(());
        }
        // Two that looked at the same moment would change the places twice. What was seen before is looked at again.
        let _lock = self.siblings.lock()?;
        if !self.siblings.path(&succeeding).is_dir() {
            return Ok(());
        }
        if !self.siblings.path(&self.name).exists() {
            // On a file system that cannot exchange, the ended log has got its name first.
            if let Standing::After(incarnation) = self.standing_of(&succeeding)?
                && self.siblings.path(&self.ended_name(incarnation)).is_dir()
            {
                self.siblings.rename(&succeeding, &self.name)?;
                self.siblings.sync()?;
            }
            return Ok(());
        }
        match (self.standing_of(&self.name)?, self.standing_of(&succeeding)?) {
            (Standing::Ended(ended), Standing::After(before)) if ended == before => self.change_places(ended),
            (_, Standing::Ended(ended)) => self.keep_ended(&succeeding, ended),
            _ => Ok(()),
        }
    }

    fn change_places(&self, ended: u64) -> io::Result<()> {
        let succeeding = self.succeeding();
        match self.siblings.exchange(&self.name, &succeeding) {
            Err(error) if error.kind() == io::ErrorKind::Unsupported => {
                self.keep_ended(&self.name, ended)?;
                self.siblings.rename(&succeeding, &self.name)?;
                self.siblings.sync()
            }
            exchanged => {
                exchanged?;
                self.siblings.sync()?;
                self.keep_ended(&succeeding, ended)
            }
        }
    }

    fn keep_ended(&self, from: &str, ended: u64) -> io::Result<()> {
        self.siblings.rename(from, &self.ended_name(ended))?;
        self.siblings.sync()
    }

    fn standing_of(&self, name: &str) -> io::Result<Standing> {
        let storage = DiskStorage::open(&self.siblings.path(name))?;
        let frozen = said(Frozen::read(&storage))?;
        let previous = said(Previous::read(&storage as &dyn Storage))?;
        Ok(match (frozen, previous) {
            (Some(frozen), _) => Standing::Ended(frozen.successor.incarnation().saturating_sub(1)),
            (None, Some(previous)) => Standing::After(previous.origin.incarnation()),
            (None, None) => Standing::First,
        })
    }
}

/// A damaged pair tells nothing: then no name is changed, and the ledger does not open.
fn said<T>(read: Result<Option<T>, SlotError>) -> io::Result<Option<T>> {
    match read {
        Ok(said) => Ok(said),
        Err(SlotError::Io { source, .. }) => Err(source),
        Err(_) => Ok(None),
    }
}
