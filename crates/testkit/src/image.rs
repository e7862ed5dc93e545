//! What programs see on a disk, what is really on it, and what of the difference survives a power cut.

use std::collections::{BTreeMap, BTreeSet};
use std::io;

const SECTOR: usize = 512;

/// A change to a file that was not synced yet.
#[derive(Debug, Clone)]
enum Change {
    Write(usize, Vec<u8>),
    Length(usize),
}

/// A change to the directory that was not synced yet.
#[derive(Debug, Clone)]
enum NameChange {
    Create(String, usize),
    Rename(String, String),
    Remove(String),
}

#[derive(Debug, Clone, Default)]
struct Inode {
    live: Vec<u8>,
    durable: Vec<u8>,
    pending: Vec<Change>,
}

/// A directory with its files, live and durable.
#[derive(Debug, Clone, Default)]
pub(crate) struct Image {
    inodes: Vec<Inode>,
    live: BTreeMap<String, usize>,
    durable: BTreeMap<String, usize>,
    pending: Vec<NameChange>,
}

fn apply(bytes: &mut Vec<u8>, at: usize, data: &[u8]) {
    if data.is_empty() {
        return;
    }
    if bytes.len() < at + data.len() {
        bytes.resize(at + data.len(), 0);
    }
    bytes[at..at + data.len()].copy_from_slice(data);
}

impl Change {
    fn apply_to(&self, bytes: &mut Vec<u8>) {
        match self {
            Self::Write(at, data) => apply(bytes, *at, data),
            Self::Length(len) => bytes.resize(*len, 0),
        }
    }

    /// Applies what survives: a sector is written whole or not at all, and sectors in any order.
    fn tear_into(&self, bytes: &mut Vec<u8>, survives: &mut dyn FnMut() -> bool) {
        match self {
            Self::Length(len) => {
                if survives() {
                    bytes.resize(*len, 0);
                }
            }
            Self::Write(at, data) => {
                let mut done = 0;
                while done < data.len() {
                    let piece = (SECTOR - (at + done) % SECTOR).min(data.len() - done);
                    if survives() {
                        apply(bytes, at + done, &data[done..done + piece]);
                    }
                    done += piece;
                }
            }
        }
    }
}

impl NameChange {
    fn apply_to(&self, names: &mut BTreeMap<String, usize>) {
        match self {
            Self::Create(name, inode) => {
                names.insert(name.clone(), *inode);
            }
            Self::Rename(from, to) => {
                if let Some(inode) = names.remove(from) {
                    names.insert(to.clone(), inode);
                }
            }
            Self::Remove(name) => {
                names.remove(name);
            }
        }
    }
}

impl Image {
    /// A disk that holds these files, durably.
    pub(crate) fn with_files(files: impl IntoIterator<Item = (String, Vec<u8>)>) -> Self {
        let mut image = Self::default();
        for (name, bytes) in files {
            image.live.insert(name, image.inodes.len());
            image.inodes.push(Inode { live: bytes.clone(), durable: bytes, pending: Vec::new() });
        }
        image.durable.clone_from(&image.live);
        image
    }

    /// What programs see.
    pub(crate) fn files(&self) -> BTreeMap<String, Vec<u8>> {
        self.live.iter().map(|(name, inode)| (name.clone(), self.inodes[*inode].live.clone())).collect()
    }

    pub(crate) fn names(&self) -> Vec<String> {
        self.live.keys().cloned().collect()
    }

    pub(crate) fn find(&self, name: &str) -> io::Result<usize> {
        self.live.get(name).copied().ok_or_else(|| io::Error::from(io::ErrorKind::NotFound))
    }

    pub(crate) fn bytes(&self, inode: usize) -> &[u8] {
        &self.inodes[inode].live
    }

    /// How many bytes the files take. What was cut off or removed still takes its space until that is durable.
    pub(crate) fn used(&self) -> usize {
        let inodes: BTreeSet<usize> = self.live.values().chain(self.durable.values()).copied().collect();
        inodes.into_iter().map(|inode| self.used_by(inode)).sum()
    }

    /// How many bytes a file takes.
    pub(crate) fn used_by(&self, inode: usize) -> usize {
        self.inodes[inode].live.len().max(self.inodes[inode].durable.len())
    }

    fn change_names(&mut self, change: NameChange) {
        change.apply_to(&mut self.live);
        self.pending.push(change);
    }

    pub(crate) fn create(&mut self, name: &str) -> io::Result<usize> {
        if self.live.contains_key(name) {
            return Err(io::Error::from(io::ErrorKind::AlreadyExists));
        }
        self.inodes.push(Inode::default());
        self.change_names(NameChange::Create(name.to_owned(), self.inodes.len() - 1));
        Ok(self.inodes.len() - 1)
    }

    pub(crate) fn rename(&mut self, from: &str, to: &str) -> io::Result<()> {
        self.find(from)?;
        self.change_names(NameChange::Rename(from.to_owned(), to.to_owned()));
        Ok(())
    }

    pub(crate) fn remove(&mut self, name: &str) -> io::Result<()> {
        self.find(name)?;
        self.change_names(NameChange::Remove(name.to_owned()));
        Ok(())
    }

    pub(crate) fn sync_names(&mut self) {
        self.durable.clone_from(&self.live);
        self.pending.clear();
    }

    fn change(&mut self, inode: usize, change: Change) {
        let inode = &mut self.inodes[inode];
        change.apply_to(&mut inode.live);
        inode.pending.push(change);
    }

    pub(crate) fn write(&mut self, inode: usize, at: usize, data: &[u8]) {
        self.change(inode, Change::Write(at, data.to_vec()));
    }

    pub(crate) fn set_len(&mut self, inode: usize, len: usize) {
        self.change(inode, Change::Length(len));
    }

    pub(crate) fn sync(&mut self, inode: usize) {
        let inode = &mut self.inodes[inode];
        for change in std::mem::take(&mut inode.pending) {
            change.apply_to(&mut inode.durable);
        }
    }

    /// What a kernel does when a sync fails: it forgets that the pages were dirty, and shows them all the same.
    pub(crate) fn forget(&mut self, inode: usize) {
        self.inodes[inode].pending.clear();
    }

    /// What is on the disk after a power cut, when `survives` says of each unsynced piece whether it got there.
    pub(crate) fn after_power_cut(&self, survives: &mut dyn FnMut() -> bool) -> Self {
        let mut names = self.durable.clone();
        for change in &self.pending {
            if survives() {
                change.apply_to(&mut names);
            }
        }
        let contents = |inode: &Inode, survives: &mut dyn FnMut() -> bool| {
            let mut bytes = inode.durable.clone();
            for change in &inode.pending {
                change.tear_into(&mut bytes, survives);
            }
            bytes
        };
        Self::with_files(names.into_iter().map(|(name, inode)| (name, contents(&self.inodes[inode], survives))))
    }
}
