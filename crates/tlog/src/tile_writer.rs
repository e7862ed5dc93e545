//! The contents of tiles and entry bundles (C2SP tlog-tiles), made while the entries stream by.

use crate::batch::{MAX_ENTRY_BYTES, put_framed, split_framed};
use crate::hash::{Hash, leaf_hash};
use crate::position::Size;
use crate::tile::{TILE_WIDTH, TilePath};
use crate::tree::fold;

/// Why bytes are not a bundle, or an entry does not fit one. The caller reports the file or the entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BundleError {
    /// An entry of more than 65,535 bytes.
    #[error("an entry of {0} bytes does not fit a bundle")]
    EntryTooLong(usize),
    /// The bytes end in the middle of an entry.
    #[error("the bundle is cut off")]
    CutOff,
    /// Another number of entries than the bundle's name says.
    #[error("the bundle has {found} entries, its name says {expected}")]
    Width {
        /// The width in the path.
        expected: u16,
        /// The entries in the file.
        found: usize,
    },
}

/// Turns entries into tiles and bundles; holds one unfinished tile per level.
///
/// `sink` gets each file once: full ones as they fill, partial ones from [`TileWriter::finish`].
pub struct TileWriter<F> {
    sink: F,
    size: Size,
    bundle: Vec<u8>,
    levels: Vec<Level>,
}

#[derive(Default)]
struct Level {
    number: u64,
    nodes: Vec<Hash>,
}

impl<F, E> TileWriter<F>
where
    F: FnMut(TilePath, Vec<u8>) -> Result<(), E>,
    E: From<BundleError>,
{
    /// A writer for a log from its first entry on.
    pub const fn new(sink: F) -> Self {
        Self { sink, size: Size::ZERO, bundle: Vec::new(), levels: Vec::new() }
    }

    /// Appends the next entry and returns its leaf hash.
    pub fn push(&mut self, entry: &[u8]) -> Result<Hash, E> {
        if entry.len() > MAX_ENTRY_BYTES {
            return Err(BundleError::EntryTooLong(entry.len()).into());
        }
        let index = self.size.next_index();
        put_framed(&mut self.bundle, entry);
        self.size = index.size_after();
        let width = u64::from(TILE_WIDTH);
        if self.size.get().is_multiple_of(width) {
            self.write(TilePath::entries(index.get() / width, TILE_WIDTH), |writer| {
                std::mem::take(&mut writer.bundle)
            })?;
        }
        let leaf = leaf_hash(entry);
        self.push_node(0, leaf)?;
        Ok(leaf)
    }

    /// Writes what is left as partial tiles and returns the size of the log.
    pub fn finish(mut self) -> Result<Size, E> {
        let width = u64::from(TILE_WIDTH);
        let rest = u16::try_from(self.size.get() % width).unwrap_or(0);
        if rest > 0 {
            self.write(TilePath::entries(self.size.get() / width, rest), |writer| std::mem::take(&mut writer.bundle))?;
        }
        for (level, unfinished) in (0_u8..).zip(std::mem::take(&mut self.levels)) {
            let width = u16::try_from(unfinished.nodes.len()).unwrap_or(0);
            self.write(TilePath::hashes(level, unfinished.number, width), |_| concat(&unfinished.nodes))?;
        }
        Ok(self.size)
    }

    fn push_node(&mut self, level: u8, node: Hash) -> Result<(), E> {
        let mut carry = Some(node);
        let mut level = level;
        while let Some(node) = carry.take() {
            if usize::from(level) == self.levels.len() {
                self.levels.push(Level::default());
            }
            let current = &mut self.levels[usize::from(level)];
            current.nodes.push(node);
            if current.nodes.len() == usize::from(TILE_WIDTH) {
                let (number, nodes) = (current.number, std::mem::take(&mut current.nodes));
                current.number += 1;
                self.write(TilePath::hashes(level, number, TILE_WIDTH), |_| concat(&nodes))?;
                carry = Some(fold(nodes));
                level += 1;
            }
        }
        Ok(())
    }

    /// Hands one file to the sink; a path that cannot exist (an empty partial tile) has no file.
    fn write(&mut self, path: Option<TilePath>, bytes: impl FnOnce(&mut Self) -> Vec<u8>) -> Result<(), E> {
        let Some(path) = path else { return Ok(()) };
        let bytes = bytes(self);
        (self.sink)(path, bytes)
    }
}

fn concat(nodes: &[Hash]) -> Vec<u8> {
    nodes.iter().flat_map(|node| *node.as_bytes()).collect()
}

/// The entries of the bundle at `path`, as many as its name says.
pub fn unbundle(path: TilePath, bytes: &[u8]) -> Result<Vec<&[u8]>, BundleError> {
    let mut rest = bytes;
    let mut entries = Vec::new();
    while !rest.is_empty() {
        entries.push(split_framed(&mut rest).ok_or(BundleError::CutOff)?);
    }
    if entries.len() != usize::from(path.width()) {
        return Err(BundleError::Width { expected: path.width(), found: entries.len() });
    }
    Ok(entries)
}
