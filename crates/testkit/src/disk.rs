//! A disk in memory: how far each operation comes, and which fault hits it.

use crate::dice::Dice;
use crate::fault::{Fault, Operation};
use crate::image::Image;
use std::collections::BTreeMap;
use std::io;

/// The state of a disk and what its operations do to it.
pub(crate) struct Disk {
    pub(crate) image: Image,
    pub(crate) faults: BTreeMap<u64, Fault>,
    pub(crate) read_faults: BTreeMap<u64, Fault>,
    pub(crate) done: Vec<Operation>,
    pub(crate) reads: u64,
    pub(crate) hits: u64,
    pub(crate) has_power: bool,
    /// Decides how far an operation came that failed; `None`: half of a write, nothing of a sync.
    pub(crate) chance: Option<Dice>,
    pub(crate) salts: u64,
    /// How many bytes fit on it.
    pub(crate) capacity: usize,
}

/// What a program is told of a fault.
pub(crate) fn error(fault: Fault) -> io::Error {
    match fault {
        Fault::NoSpace => io::Error::from(io::ErrorKind::StorageFull),
        Fault::PowerCut => io::Error::other("power cut"),
        Fault::Io | Fault::Short => io::Error::other("input/output error"),
    }
}

impl Disk {
    /// A disk that does what it is told to.
    pub(crate) fn new(image: Image, salts: u64) -> Self {
        Self {
            image,
            faults: BTreeMap::new(),
            read_faults: BTreeMap::new(),
            done: Vec::new(),
            reads: 0,
            hits: 0,
            has_power: true,
            chance: None,
            salts,
            capacity: usize::MAX,
        }
    }

    pub(crate) fn powered(&mut self) -> io::Result<()> {
        if self.has_power {
            return Ok(());
        }
        self.hits += 1;
        Err(error(Fault::PowerCut))
    }

    /// Counts an operation; returns the fault that hits it.
    pub(crate) fn begin(&mut self, operation: Operation) -> io::Result<Option<Fault>> {
        self.powered()?;
        let fault = self.faults.get(&(self.done.len() as u64)).copied();
        self.done.push(operation);
        self.hits += u64::from(fault.is_some_and(|fault| fault != Fault::Short));
        if fault == Some(Fault::PowerCut) {
            self.has_power = false;
        }
        Ok(fault)
    }

    /// Counts a look; true when it is to be short.
    pub(crate) fn look(&mut self) -> io::Result<bool> {
        self.powered()?;
        let fault = self.read_faults.get(&self.reads).copied();
        self.reads += 1;
        match fault {
            None => return Ok(false),
            Some(Fault::Short) => return Ok(true),
            Some(Fault::PowerCut) => self.has_power = false,
            Some(Fault::Io | Fault::NoSpace) => {}
        }
        self.hits += 1;
        Err(error(fault.unwrap_or(Fault::Io)))
    }

    /// An operation that is done or not done; at a power cut it is done and unsynced, so it may survive or not.
    pub(crate) fn whole<T>(
        &mut self,
        operation: Operation,
        act: impl FnOnce(&mut Self) -> io::Result<T>,
    ) -> io::Result<T> {
        match self.begin(operation)? {
            None | Some(Fault::Short) => act(self),
            Some(Fault::PowerCut) => act(self).and(Err(error(Fault::PowerCut))),
            Some(fault) => Err(error(fault)),
        }
    }

    /// How far a file can grow: to this length.
    fn room(&self, inode: usize) -> usize {
        if self.capacity == usize::MAX {
            return usize::MAX;
        }
        let free = self.capacity.saturating_sub(self.image.used());
        self.image.used_by(inode).saturating_add(free)
    }

    fn full(&mut self) -> io::Error {
        self.hits += 1;
        error(Fault::NoSpace)
    }

    pub(crate) fn write(&mut self, inode: usize, at: usize, data: &[u8]) -> io::Result<usize> {
        let fault = self.begin(Operation::Write)?;
        let len = match fault {
            None | Some(Fault::PowerCut) => data.len(),
            Some(Fault::Short) => self.share(data.len(), 1).max(1).min(data.len()),
            Some(Fault::Io | Fault::NoSpace) => self.share(data.len(), data.len() / 2),
        };
        let fitting = len.min(self.room(inode).saturating_sub(at));
        self.image.write(inode, at, &data[..fitting]);
        match fault {
            Some(fault) if fault != Fault::Short => Err(error(fault)),
            _ if fitting == 0 && !data.is_empty() => Err(self.full()),
            _ => Ok(fitting),
        }
    }

    /// How much of `whole` a failing operation does.
    fn share(&mut self, whole: usize, without_chance: usize) -> usize {
        self.chance.as_mut().map_or(without_chance, |dice| dice.place(whole + 1))
    }

    pub(crate) fn resize(&mut self, inode: usize, len: usize) -> io::Result<()> {
        if len > self.room(inode) {
            return Err(self.full());
        }
        if len != self.image.bytes(inode).len() {
            self.image.set_len(inode, len);
        }
        Ok(())
    }

    pub(crate) fn sync(&mut self, inode: usize) -> io::Result<()> {
        match self.begin(Operation::Sync)? {
            None | Some(Fault::Short) => {
                self.image.sync(inode);
                Ok(())
            }
            Some(Fault::PowerCut) => Err(error(Fault::PowerCut)),
            Some(fault) => {
                let mut dice = self.chance.as_mut();
                let shows = dice.as_mut().is_none_or(|dice| dice.chance(70));
                self.image.fail_sync(inode, &mut || dice.as_mut().is_some_and(|dice| dice.chance(40)), shows);
                Err(error(fault))
            }
        }
    }
}
