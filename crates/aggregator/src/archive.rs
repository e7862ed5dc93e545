//! Where each entry of each mirrored log lies in the aggregator's own ledger, and how it is read back.

use std::collections::BTreeMap;
use std::sync::{PoisonError, RwLock};

use danvan_ledger::{Ledger, ReadError};
use danvan_replication::{UnpackError, unpack};
use danvan_tlog::{Batch, Frontier, Hash, Index, IndexRange, Origin, Size};

/// The tree is remembered about every so many entries: what is read at most to know the root of any size.
const FRONTIER_EVERY: u64 = 4096;

/// A batch that is held: the entries of the range, in one attachment of the own ledger.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct HeldBatch {
    pub(crate) range: IndexRange,
    /// Index of the record in the own ledger.
    pub(crate) own: Index,
}

/// Why something that is held could not be read back. Reading again may help; else the ledger needs repair.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ArchiveError {
    #[error(transparent)]
    Read(#[from] ReadError),
    #[error("the batch at entry {own} of the own ledger cannot be unpacked: {error}")]
    Unpack { own: Index, error: UnpackError },
    #[error("entry {own} of the own ledger has no batch attached")]
    Missing { own: Index },
    #[error("not every one of the first {size} entries of {origin} can be read")]
    Short { origin: Origin, size: Size },
}

/// One entry with what covers it.
pub(crate) struct Found {
    pub(crate) index: Index,
    pub(crate) bytes: Vec<u8>,
    pub(crate) held: HeldBatch,
}

/// The index of held batches; rebuilt at every start, from a snapshot or from the own ledger.
pub(crate) struct Archive {
    ledger: Ledger,
    held: RwLock<BTreeMap<Origin, HeldLog>>,
}

/// The batches of one log.
#[derive(Debug, Clone, Default)]
pub(crate) struct HeldLog {
    /// In the order of their ranges.
    pub(crate) batches: Vec<HeldBatch>,
    /// The tree at some of the sizes, so that the root of any size is found without reading the whole log.
    pub(crate) frontiers: Vec<Frontier>,
}

impl Archive {
    pub(crate) fn new(ledger: Ledger) -> Self {
        Self { ledger, held: RwLock::default() }
    }

    /// Everything that is remembered.
    pub(crate) fn held(&self) -> BTreeMap<Origin, HeldLog> {
        self.held.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Remembers what was held when a snapshot was made.
    pub(crate) fn restore(&self, held: BTreeMap<Origin, HeldLog>) {
        *self.held.write().unwrap_or_else(PoisonError::into_inner) = held;
    }

    /// Remembers a durable batch and the tree after it; batches of one log come in the order of their ranges.
    pub(crate) fn remember(&self, origin: &Origin, batch: HeldBatch, after: &Frontier) {
        let mut held = self.held.write().unwrap_or_else(PoisonError::into_inner);
        let log = held.entry(origin.clone()).or_default();
        log.batches.push(batch);
        let last = log.frontiers.last().map_or(Size::ZERO, Frontier::size);
        if after.size().entries_since(last) >= FRONTIER_EVERY {
            log.frontiers.push(after.clone());
        }
    }

    /// The batch that holds the entry.
    pub(crate) fn covering(&self, origin: &Origin, index: Index) -> Option<HeldBatch> {
        let held = self.held.read().unwrap_or_else(PoisonError::into_inner);
        let batches = &held.get(origin)?.batches;
        let at = batches.partition_point(|batch| !batch.range.end().covers(index));
        batches.get(at).copied().filter(|batch| batch.range.contains(index))
    }

    /// Reads a held batch back, exactly as it was received.
    pub(crate) fn read(&self, held: HeldBatch) -> Result<Batch, ArchiveError> {
        let record = self.ledger.read_one(held.own)?;
        let packed = record.attachment.ok_or(ArchiveError::Missing { own: held.own })?;
        unpack(&packed).map_err(|error| ArchiveError::Unpack { own: held.own, error })
    }

    /// The entries of a log at these indices, in their order; those that are not held are left out. Every batch is read once.
    pub(crate) fn entries(&self, origin: &Origin, mut wanted: Vec<Index>) -> Result<Vec<Found>, ArchiveError> {
        wanted.sort_unstable_by_key(|index| index.get());
        let mut found = Vec::with_capacity(wanted.len());
        let mut open: Option<(HeldBatch, Batch)> = None;
        for index in wanted {
            if !open.as_ref().is_some_and(|(held, _)| held.range.contains(index)) {
                let Some(held) = self.covering(origin, index) else { continue };
                open = Some((held, self.read(held)?));
            }
            if let Some((held, batch)) = &open
                && let Some(bytes) = entry_of(batch, index)
            {
                found.push(Found { index, bytes: bytes.to_vec(), held: *held });
            }
        }
        Ok(found)
    }

    /// The first entries of a range that is held as a whole, in order, at least one, and no more batches of them than it takes
    /// to fill `most_bytes`.
    pub(crate) fn first_of(
        &self,
        origin: &Origin,
        range: IndexRange,
        most_bytes: usize,
    ) -> Result<Vec<Vec<u8>>, ArchiveError> {
        let (mut entries, mut bytes, mut at) = (Vec::new(), 0, range.start());
        while at < range.end() && bytes < most_bytes {
            let short = || ArchiveError::Short { origin: origin.clone(), size: range.end() };
            let held = self.covering(origin, at.next_index()).ok_or_else(short)?;
            let skipped = usize::try_from(at.entries_since(held.range.start())).unwrap_or(usize::MAX);
            let wanted = usize::try_from(range.end().entries_since(at)).unwrap_or(usize::MAX);
            let before = entries.len();
            entries.extend(self.read(held)?.into_entries().into_iter().skip(skipped).take(wanted));
            bytes += entries[before..].iter().map(Vec::len).sum::<usize>();
            at = at.checked_add((entries.len() - before) as u64).filter(|next| *next > at).ok_or_else(short)?;
        }
        Ok(entries)
    }

    /// The leaf hashes of a range that is held as a whole.
    pub(crate) fn leaves(&self, origin: &Origin, range: IndexRange) -> Result<Vec<Hash>, ArchiveError> {
        let found = self.entries(origin, range.iter().collect())?;
        Ok(found.iter().map(|entry| danvan_tlog::leaf_hash(&entry.bytes)).collect())
    }

    /// The tree over the first `size` entries, all of which are held.
    pub(crate) fn frontier(&self, origin: &Origin, size: Size) -> Result<Frontier, ArchiveError> {
        let mut frontier = {
            let held = self.held.read().unwrap_or_else(PoisonError::into_inner);
            let below = held.get(origin).and_then(|log| log.frontiers.iter().rfind(|known| known.size() <= size));
            below.cloned().unwrap_or_else(Frontier::empty)
        };
        if let Ok(rest) = IndexRange::new(frontier.size(), size) {
            frontier.extend(self.leaves(origin, rest)?);
        }
        if frontier.size() == size { Ok(frontier) } else { Err(ArchiveError::Short { origin: origin.clone(), size }) }
    }
}

/// The bytes of an entry inside a batch.
pub(crate) fn entry_of(batch: &Batch, index: Index) -> Option<&[u8]> {
    let offset = index.get().checked_sub(batch.range().start().get())?;
    batch.entries().get(usize::try_from(offset).ok()?).map(Vec::as_slice)
}

/// The range below a size as one piece, for reading a whole log in steps of `step` records.
pub(crate) fn steps(from: Size, to: Size, step: u64) -> impl Iterator<Item = IndexRange> {
    let (mut at, end) = (from.get(), to.get());
    std::iter::from_fn(move || {
        let next = end.min(at.saturating_add(step));
        let range = IndexRange::new(Size::new(at)?, Size::new(next)?).ok()?;
        at = next;
        (!range.is_empty()).then_some(range)
    })
}
