//! What programs see on a disk, what is really on it, and what of the difference survives a power cut.
//!
//! The unit is the sector: the disk has it in one of the states that it went through since the last sync, whole, and
//! different sectors in any order. Lengths and names are metadata, which a file system journals: each change of them
//! survives or not, and a failed sync does not forget them.

use std::collections::{BTreeMap, BTreeSet};
use std::io;

const SECTOR: usize = 512;

/// A change to a file that was not synced yet.
#[derive(Debug, Clone)]
enum Change {
    /// One sector, from its first byte, as it stood after a write.
    Sector(usize, Vec<u8>),
    Length(usize),
}

/// A change and whether the disk has it already.
#[derive(Debug, Clone)]
struct Pending {
    change: Change,
    is_settled: bool,
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
    pending: Vec<Pending>,
}

/// A directory with its files, live and durable.
#[derive(Debug, Clone, Default)]
pub(crate) struct Image {
    inodes: Vec<Inode>,
    live: BTreeMap<String, usize>,
    durable: BTreeMap<String, usize>,
    pending: Vec<NameChange>,
}

fn overwrite(bytes: &mut Vec<u8>, at: usize, data: &[u8]) {
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
            Self::Sector(at, data) => overwrite(bytes, *at, data),
            Self::Length(len) => bytes.resize(*len, 0),
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

impl Inode {
    fn of(bytes: Vec<u8>) -> Self {
        Self { live: bytes.clone(), durable: bytes, pending: Vec::new() }
    }

    fn note(&mut self, change: Change) {
        self.pending.push(Pending { change, is_settled: false });
    }

    /// What a disk has, when `survives` says of each change that is not settled whether it got there.
    fn on_disk(&self, survives: &mut dyn FnMut() -> bool) -> Vec<u8> {
        let mut bytes = self.durable.clone();
        for (place, pending) in self.pending.iter().enumerate() {
            if pending.is_settled || (!self.is_idle(place) && survives()) {
                pending.change.apply_to(&mut bytes);
            }
        }
        bytes
    }

    /// Whether a change is the first of its sector and writes what the disk has there anyway.
    fn is_idle(&self, place: usize) -> bool {
        let Change::Sector(at, data) = &self.pending[place].change else { return false };
        let touches = |earlier: &Pending| match &earlier.change {
            Change::Sector(other, _) => other == at,
            Change::Length(_) => true,
        };
        let on_disk = self.durable.get(*at..at + data.len());
        on_disk == Some(data.as_slice()) && !self.pending[..place].iter().any(touches)
    }
}

impl Image {
    /// A disk that holds these files, durably.
    pub(crate) fn with_files(files: impl IntoIterator<Item = (String, Vec<u8>)>) -> Self {
        let mut image = Self::default();
        for (name, bytes) in files {
            image.live.insert(name, image.inodes.len());
            image.inodes.push(Inode::of(bytes));
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

    pub(crate) fn write(&mut self, inode: usize, at: usize, data: &[u8]) {
        let inode = &mut self.inodes[inode];
        overwrite(&mut inode.live, at, data);
        let end = at + data.len();
        for from in (at - at % SECTOR..end).step_by(SECTOR) {
            let to = (from + SECTOR).min(inode.live.len());
            let sector = inode.live[from..to].to_vec();
            inode.note(Change::Sector(from, sector));
        }
    }

    pub(crate) fn set_len(&mut self, inode: usize, len: usize) {
        let inode = &mut self.inodes[inode];
        inode.live.resize(len, 0);
        inode.note(Change::Length(len));
    }

    pub(crate) fn sync(&mut self, inode: usize) {
        let inode = &mut self.inodes[inode];
        for pending in std::mem::take(&mut inode.pending) {
            pending.change.apply_to(&mut inode.durable);
        }
    }

    /// What a kernel does when a sync fails: some sectors got to the disk, the others are forgotten. It goes on showing
    /// what was written, or (`shows` is false) reads again from the disk, where it is not.
    pub(crate) fn fail_sync(&mut self, inode: usize, reaches: &mut dyn FnMut() -> bool, shows: bool) {
        let inode = &mut self.inodes[inode];
        inode.pending.retain_mut(|pending| match pending.change {
            Change::Length(_) => true,
            Change::Sector(..) => {
                pending.is_settled |= reaches();
                pending.is_settled
            }
        });
        if !shows {
            inode.live = inode.on_disk(&mut || true);
        }
    }

    /// Changes a file behind everyone's back, as a bad disk does.
    pub(crate) fn spoil(&mut self, inode: usize, spoil: &dyn Fn(&mut Vec<u8>)) {
        let inode = &mut self.inodes[inode];
        spoil(&mut inode.live);
        spoil(&mut inode.durable);
    }

    /// What is on the disk after a power cut, when `survives` says of each unsynced piece whether it got there. It is
    /// asked about the same pieces in the same order whatever it answers.
    pub(crate) fn after_power_cut(&self, survives: &mut dyn FnMut() -> bool) -> BTreeMap<String, Vec<u8>> {
        let mut names = self.durable.clone();
        for change in &self.pending {
            if survives() {
                change.apply_to(&mut names);
            }
        }
        let created = self.pending.iter().filter_map(|change| match change {
            NameChange::Create(_, inode) => Some(inode),
            NameChange::Rename(..) | NameChange::Remove(_) => None,
        });
        let inodes: BTreeSet<usize> = self.durable.values().chain(self.live.values()).chain(created).copied().collect();
        let mut contents: BTreeMap<usize, Vec<u8>> =
            inodes.into_iter().map(|inode| (inode, self.inodes[inode].on_disk(survives))).collect();
        names.into_iter().filter_map(|(name, inode)| Some((name, contents.remove(&inode)?))).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn image(len: usize) -> (Image, usize) {
        let image = Image::with_files([("file".to_owned(), vec![1; len])]);
        let inode = image.find("file").unwrap();
        (image, inode)
    }

    /// Every file `file` that a power cut can leave.
    fn remains(image: &Image) -> Vec<Vec<u8>> {
        let mut pieces = 0;
        image.after_power_cut(&mut || {
            pieces += 1;
            true
        });
        let mut all: Vec<Vec<u8>> = (0..1_u32 << pieces)
            .map(|mask| {
                let mut piece = 0;
                let mut files = image.after_power_cut(&mut || {
                    piece += 1;
                    mask >> (piece - 1) & 1 == 1
                });
                files.remove("file").unwrap_or_default()
            })
            .collect();
        all.sort();
        all.dedup();
        all
    }

    #[test]
    fn a_sector_is_old_or_new_and_never_a_mixture() {
        let (mut image, inode) = image(600);
        image.write(inode, 500, &[2; 24]);
        let remains = remains(&image);
        assert_eq!(remains.len(), 4);
        assert!(remains.iter().all(|bytes| bytes[500..512].iter().all(|b| *b == bytes[500])));
    }

    #[test]
    fn a_later_state_of_a_sector_contains_the_earlier_one() {
        let (mut image, inode) = image(512);
        image.write(inode, 0, &[2]);
        image.write(inode, 1, &[3]);
        let first_two: Vec<[u8; 2]> = remains(&image).iter().map(|bytes| [bytes[0], bytes[1]]).collect();
        assert_eq!(first_two, [[1, 1], [2, 1], [2, 3]]);
    }

    #[test]
    fn what_a_failed_sync_forgot_is_seen_and_no_later_sync_brings_it_to_the_disk() {
        let (mut image, inode) = image(512);
        image.write(inode, 0, &[2]);
        image.fail_sync(inode, &mut || false, true);
        image.sync(inode);
        assert_eq!(image.bytes(inode)[0], 2);
        assert_eq!(remains(&image), [vec![1; 512]]);
        image.write(inode, 1, &[3]);
        image.sync(inode);
        assert_eq!(remains(&image)[0][..3], [2, 3, 1], "a sector that is written again is written whole");
    }

    #[test]
    fn a_failed_sync_may_show_what_the_disk_has() {
        let (mut image, inode) = image(1024);
        image.write(inode, 0, &[2; 1024]);
        let mut sector = 0;
        image.fail_sync(
            inode,
            &mut || {
                sector += 1;
                sector == 2
            },
            false,
        );
        assert_eq!((image.bytes(inode)[0], image.bytes(inode)[1023]), (1, 2));
    }

    #[test]
    fn names_are_lost_until_the_directory_is_synced() {
        let mut image = Image::default();
        let inode = image.create("file").unwrap();
        image.write(inode, 0, b"text");
        image.sync(inode);
        assert_eq!(remains(&image), [b"".to_vec(), b"text".to_vec()]);
        image.sync_names();
        assert_eq!(remains(&image), [b"text".to_vec()]);
    }
}
