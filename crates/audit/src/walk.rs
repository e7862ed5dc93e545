//! Reading a log from its first entry on: leaf hashes into the tree, ids into a list, roots where they are asked for.

use crate::finding::Fault;
use danvan_event::{Canon, EventId};
use danvan_tlog::{Frontier, Hash, Index, Size, leaf_hash};
use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};

/// The state of a walk through one log.
pub(crate) struct Walk {
    frontier: Frontier,
    whole: bool,
    ids: BTreeMap<EventId, Index>,
    wanted: BTreeSet<Size>,
    roots: BTreeMap<Size, Hash>,
}

impl Walk {
    /// A walk that remembers the roots at these sizes.
    pub(crate) fn new(wanted: impl IntoIterator<Item = Size>) -> Self {
        let roots = BTreeMap::from([(Size::ZERO, Hash::EMPTY_ROOT)]);
        let wanted = wanted.into_iter().collect();
        Self { frontier: Frontier::empty(), whole: true, ids: BTreeMap::new(), wanted, roots }
    }

    /// Takes the next entry. The fault is an id that was used before; whether the entry is sound otherwise, the caller asks
    /// where it matters.
    pub(crate) fn push(&mut self, index: Index, bytes: &[u8]) -> Option<Fault> {
        self.hash(index, bytes);
        let id = id_of(bytes)?;
        match self.ids.entry(id) {
            Entry::Vacant(vacant) => {
                vacant.insert(index);
                None
            }
            Entry::Occupied(used) => Some(Fault::DuplicateId { id: id.to_string(), first: *used.get() }),
        }
    }

    /// Takes the next entry into the tree without reading it.
    pub(crate) fn hash(&mut self, index: Index, bytes: &[u8]) {
        self.whole &= index == self.frontier.size().next_index();
        if self.whole {
            self.frontier.push(leaf_hash(bytes));
            let size = self.frontier.size();
            if self.wanted.contains(&size) {
                self.roots.insert(size, self.frontier.root());
            }
        }
    }

    /// How many entries stand without a gap from the first one on.
    pub(crate) fn size(&self) -> Size {
        self.frontier.size()
    }

    /// False when entries in the middle could not be read: what comes after them cannot be hashed.
    pub(crate) const fn is_whole(&self) -> bool {
        self.whole
    }

    /// The root at a size that was asked for and reached.
    pub(crate) fn root_at(&self, size: Size) -> Option<Hash> {
        self.roots.get(&size).copied()
    }
}

/// The id of an entry, where it has one; the rest of it is not judged.
fn id_of(bytes: &[u8]) -> Option<EventId> {
    match Canon::parse(bytes) {
        Ok(Canon::Map(attributes)) => attributes.get("id")?.as_str()?.parse().ok(),
        _ => None,
    }
}
