//! Putting a repaired directory in the place of the damaged one. At every moment a whole directory has the name, or a
//! start gives it back.
//!
//! | directory | what it is |
//! |---|---|
//! | `<name>` | the ledger |
//! | `<name>.repairing` | a copy that is being written; without worth until it is complete |
//! | `<name>.repaired-<n>` | the complete copy before, and for a moment the damaged directory after they changed places |
//! | `<name>.damaged-<n>` | the damaged directory, kept as evidence |
//!
//! The copy carries its number in a pair of slots, so that a start knows which of two directories is the copy.

use super::outcome::RepairError;
use crate::frozen::store_for_ever;
use danvan_journal::{DiskSiblings, DiskStorage, Siblings, SlotError, Slots, Storage};
use std::io;
use std::path::{Path, PathBuf};

/// The pair that says which repair wrote this directory.
const REPAIRED: &str = "repaired";

/// Siblings that carry the number of the repair that wrote them.
trait Numbered: Siblings {
    /// The number in the directory of this name; `None` where no repair wrote it.
    fn number_in(&self, name: &str) -> io::Result<Option<u64>>;
}

/// The places of one ledger among its siblings.
struct Places<'p> {
    siblings: &'p dyn Numbered,
    name: &'p str,
}

impl Places<'_> {
    fn repairing(&self) -> String {
        format!("{}.repairing", self.name)
    }

    fn repaired(&self, number: u64) -> String {
        format!("{}.repaired-{number}", self.name)
    }

    fn damaged(&self, number: u64) -> String {
        format!("{}.damaged-{number}", self.name)
    }

    fn numbers<'n>(&self, names: &'n [String], kind: &str) -> impl Iterator<Item = u64> + use<'n> {
        let prefix = format!("{}.{kind}-", self.name);
        names.iter().filter_map(move |name| name.strip_prefix(&prefix)?.parse().ok())
    }

    /// A number that no repair of this ledger has had.
    fn next_number(&self) -> io::Result<u64> {
        let names = self.siblings.names()?;
        let inside = self.siblings.number_in(self.name)?;
        let taken = self.numbers(&names, "damaged").chain(self.numbers(&names, "repaired")).chain(inside);
        Ok(taken.max().unwrap_or(0) + 1)
    }

    /// Removes a copy that was never finished.
    fn clear(&self) -> io::Result<()> {
        if self.siblings.names()?.contains(&self.repairing()) {
            self.siblings.remove(&self.repairing())?;
            self.siblings.sync()?;
        }
        Ok(())
    }

    /// Gives the complete copy, which carries `number`, the name; returns that of the damaged directory.
    fn put_in_place(&self, number: u64) -> io::Result<String> {
        let (repaired, damaged) = (self.repaired(number), self.damaged(number));
        self.siblings.rename(&self.repairing(), &repaired)?;
        self.siblings.sync()?;
        match self.siblings.exchange(self.name, &repaired) {
            Err(error) if error.kind() == io::ErrorKind::Unsupported => {
                self.siblings.rename(self.name, &damaged)?;
                self.siblings.sync()?;
                self.rename_once(&repaired, self.name)?;
            }
            exchanged => {
                exchanged?;
                self.siblings.sync()?;
                self.rename_once(&repaired, &damaged)?;
            }
        }
        self.siblings.sync()?;
        Ok(damaged)
    }

    fn are_finished(&self) -> io::Result<bool> {
        Ok(self.numbers(&self.siblings.names()?, "repaired").next().is_none())
    }

    /// Finishes what a crash interrupted behind the point of no return.
    fn finish(&self) -> io::Result<()> {
        let names = self.siblings.names()?;
        let exists = |name: &str| names.iter().any(|other| other == name);
        for number in self.numbers(&names, "repaired") {
            let (repaired, damaged) = (self.repaired(number), self.damaged(number));
            if exists(self.name) {
                if self.siblings.number_in(self.name)? != Some(number) {
                    continue;
                }
                self.rename_once(&repaired, &damaged)?;
            } else if exists(&damaged) {
                self.rename_once(&repaired, self.name)?;
            } else {
                continue;
            }
            self.siblings.sync()?;
        }
        Ok(())
    }

    /// A process that does not know the lock of these names may do the same at the same moment.
    fn rename_once(&self, from: &str, to: &str) -> io::Result<()> {
        match self.siblings.rename(from, to) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            renamed => renamed,
        }
    }
}

/// One repair of a directory on a disk.
pub(crate) struct Switch {
    siblings: DiskSiblings,
    name: String,
    number: u64,
}

impl Switch {
    pub(crate) fn of(directory: &Path) -> io::Result<Self> {
        let mut switch = Self { siblings: DiskSiblings::of(directory), name: name_of(directory)?, number: 0 };
        switch.number = switch.places().next_number()?;
        Ok(switch)
    }

    /// An empty directory for the copy.
    pub(crate) fn begin(&self) -> io::Result<DiskStorage> {
        self.places().clear()?;
        DiskStorage::create(&self.siblings.path(&format!("{}.repairing", self.name)))
    }

    /// Gives the complete copy in `fresh` the name; returns where the damaged directory lies now.
    pub(crate) fn put_in_place(&self, fresh: &dyn Storage) -> Result<PathBuf, RepairError> {
        store_for_ever(fresh, REPAIRED, &self.number.to_le_bytes())?;
        let locked = self.siblings.lock();
        let damaged = locked.and_then(|_lock| self.places().put_in_place(self.number));
        Ok(self.siblings.path(&damaged.map_err(RepairError::Switch)?))
    }

    /// Removes the copy.
    pub(crate) fn abandon(&self) -> io::Result<()> {
        self.places().clear()
    }

    fn places(&self) -> Places<'_> {
        Places { siblings: &self.siblings, name: &self.name }
    }
}

/// Finishes the change of places that a crash interrupted, if there was one.
pub(crate) fn finish_switch(directory: &Path) -> io::Result<()> {
    let siblings = DiskSiblings::of(directory);
    let name = name_of(directory)?;
    let places = Places { siblings: &siblings, name: &name };
    // Mostly nothing was interrupted; then nobody is waited for.
    let finished = places
        .are_finished()
        .and_then(|are_finished| if are_finished { Ok(()) } else { siblings.lock().and_then(|_lock| places.finish()) });
    match finished {
        // Where the directory has its name, no more than the name of the evidence is at stake.
        Err(error) if error.kind() != io::ErrorKind::NotFound && !directory.is_dir() => Err(error),
        _ => Ok(()),
    }
}

fn name_of(directory: &Path) -> io::Result<String> {
    let name = directory.file_name().and_then(|name| name.to_str());
    name.map(str::to_owned).ok_or_else(|| io::Error::from(io::ErrorKind::InvalidInput))
}

impl Numbered for DiskSiblings {
    fn number_in(&self, name: &str) -> io::Result<Option<u64>> {
        let storage = DiskStorage::open(&self.path(name))?;
        match Slots::read(&storage, REPAIRED) {
            Ok(fact) => Ok(fact.and_then(|fact| Some(u64::from_le_bytes(fact.try_into().ok()?)))),
            Err(SlotError::Io { source, .. }) => Err(source),
            // Damaged like the rest of its directory: it tells nothing.
            Err(_) => Ok(None),
        }
    }
}

#[cfg(test)]
mod tests;
