//! The Merkle tree over the journal, kept as sparse frontiers; everything between two of them is re-read and hashed.

use danvan_journal::{Journal, ReadError};
use danvan_tlog::{Frontier, IndexRange, Size, leaf_hash};
use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// One frontier is kept per so many entries: ten million entries cost about 8 MiB, a checkpoint of any size at most
/// so many hashes.
const STRIDE: u64 = 1024;

/// Frontiers of a journal, all computed from its bytes or verified against a signature.
pub(crate) struct Tree {
    marks: Mutex<BTreeMap<Size, Frontier>>,
    /// The one that was asked for last: batches and checkpoints mostly go on from there.
    recent: Mutex<Frontier>,
}

fn hold<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Tree {
    pub(crate) fn new(known: impl IntoIterator<Item = Frontier>) -> Self {
        let mut marks = BTreeMap::from([(Size::ZERO, Frontier::empty())]);
        marks.extend(known.into_iter().map(|frontier| (frontier.size(), frontier)));
        Self { marks: Mutex::new(marks), recent: Mutex::new(Frontier::empty()) }
    }

    /// The largest known frontier of at most `size` entries.
    pub(crate) fn nearest(&self, size: Size) -> Frontier {
        let mark = hold(&self.marks).range(..=size).next_back().map(|(_, frontier)| frontier.clone());
        let mark = mark.unwrap_or_default();
        let recent = hold(&self.recent);
        if recent.size() <= size && recent.size() > mark.size() { recent.clone() } else { mark }
    }

    /// The frontier of the first `size` entries.
    pub(crate) fn frontier_at(&self, journal: &Journal, size: Size) -> Result<Frontier, ReadError> {
        self.grow(journal, self.nearest(size), size)
    }

    /// Re-reads the entries from `frontier` up to `size` and adds them to it.
    pub(crate) fn grow(&self, journal: &Journal, mut frontier: Frontier, size: Size) -> Result<Frontier, ReadError> {
        let Ok(range) = IndexRange::new(frontier.size(), size) else { return Ok(frontier) };
        if range.is_empty() {
            return Ok(frontier);
        }
        let mut passed = Vec::new();
        journal.visit(range, |_, entry, _| {
            frontier.push(leaf_hash(entry));
            if frontier.size().get().is_multiple_of(STRIDE) {
                passed.push((frontier.size(), frontier.clone()));
            }
            true
        })?;
        if !passed.is_empty() {
            hold(&self.marks).extend(passed);
        }
        hold(&self.recent).clone_from(&frontier);
        Ok(frontier)
    }
}
