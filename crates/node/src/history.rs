//! Everything that this unit's logs hold: those that ended, past repair, and the one that goes on.
//!
//! An entry stands at a place, an incarnation of the log and an index there. Its number counts through all incarnations.

use std::path::PathBuf;
use std::sync::Arc;

use danvan_ledger::{Ledger, LedgerReader, OpenError, Place, ReadError, Record};
use danvan_projection::Evidence;
use danvan_tlog::{Index, IndexRange, PositionError, Size};

/// Cheap to clone.
#[derive(Clone)]
pub(crate) struct History {
    ended: Arc<[LedgerReader]>,
    ledger: Ledger,
    /// How many entries the logs have that ended.
    before: u64,
}

/// One incarnation of the log, up to where it is durable now.
pub(crate) struct Incarnation<'h> {
    log: Log<'h>,
    /// Which one it is, from one.
    ordinal: u64,
    /// The number of its first entry.
    first: u64,
    size: Size,
}

enum Log<'h> {
    Ended(&'h LedgerReader),
    GoesOn(&'h Ledger),
}

impl History {
    /// With the directories of the logs that ended before `ledger`, in order.
    pub(crate) fn open(ended: &[PathBuf], ledger: Ledger) -> Result<Self, OpenError> {
        let ended = ended.iter().map(|directory| LedgerReader::open(directory)).collect::<Result<Vec<_>, _>>()?;
        let before = ended.iter().map(|log| log.size().get()).sum();
        Ok(Self { ended: ended.into(), ledger, before })
    }

    /// The logs that ended, in order.
    pub(crate) fn ended(&self) -> &[LedgerReader] {
        &self.ended
    }

    /// The incarnation that goes on.
    pub(crate) fn incarnation(&self) -> u64 {
        self.ended.len() as u64 + 1
    }

    /// How many entries all incarnations have together.
    pub(crate) fn size(&self) -> Size {
        Size::new(self.before + self.ledger.size().get()).unwrap_or(Size::MAX)
    }

    /// All incarnations in order.
    pub(crate) fn incarnations(&self) -> impl Iterator<Item = Incarnation<'_>> {
        let ended = self.ended.iter().map(|log| (Log::Ended(log), log.size()));
        let logs = ended.chain(std::iter::once((Log::GoesOn(&self.ledger), self.ledger.size())));
        let mut first = 0;
        logs.zip(1..).map(move |((log, size), ordinal)| {
            let part = Incarnation { log, ordinal, first, size };
            first += size.get();
            part
        })
    }

    /// Reads one entry.
    pub(crate) fn read_one(&self, place: Place) -> Result<Record, ReadError> {
        let ended = usize::try_from(place.incarnation.saturating_sub(1)).unwrap_or(usize::MAX);
        match self.ended.get(ended) {
            Some(log) => Incarnation { log: Log::Ended(log), ordinal: place.incarnation, first: 0, size: log.size() }
                .read_one(place.index),
            None => self.ledger.read_one(place.index),
        }
    }

    /// Reads the entry of a number.
    pub(crate) fn read_number(&self, number: Index) -> Result<Record, ReadError> {
        let part = self.incarnations().find(|part| number.get() < part.first + part.size.get());
        let beyond = || ReadError::BeyondEnd { asked: number.size_after(), durable: self.size() };
        let part = part.ok_or_else(beyond)?;
        let index = Index::new(number.get() - part.first).ok_or_else(beyond)?;
        self.read_one(Place { incarnation: part.ordinal, index })
    }
}

impl Incarnation<'_> {
    pub(crate) const fn size(&self) -> Size {
        self.size
    }

    /// What the fold calls an entry of this incarnation.
    pub(crate) const fn evidence(&self, index: Index) -> Evidence {
        Evidence::in_incarnation(self.ordinal, index.get())
    }

    /// The number of an entry of this incarnation.
    pub(crate) fn number(&self, index: Index) -> Index {
        Index::new(self.first + index.get()).unwrap_or(index)
    }

    /// The ranges of at most `step` entries that make up this incarnation.
    pub(crate) fn steps(&self, step: u64) -> impl Iterator<Item = Result<IndexRange, PositionError>> + use<> {
        let (mut start, size) = (Size::ZERO, self.size);
        std::iter::from_fn(move || {
            let end = start.checked_add(step).map_or(size, |end| end.min(size));
            (start < end).then(|| IndexRange::new(std::mem::replace(&mut start, end), end))
        })
    }

    /// Shows the entries of a range, without copying them, in order until `see` returns false.
    pub(crate) fn visit(&self, range: IndexRange, mut see: impl FnMut(Index, &[u8]) -> bool) -> Result<(), ReadError> {
        match self.log {
            Log::Ended(log) => log.visit(range, |index, entry, _| see(index, entry)),
            Log::GoesOn(ledger) => ledger.visit(range, |index, entry, _| see(index, entry)),
        }
    }

    fn read_one(&self, index: Index) -> Result<Record, ReadError> {
        let beyond = || ReadError::BeyondEnd { asked: index.size_after(), durable: self.size };
        let range = IndexRange::new(index.size_before(), index.size_after()).map_err(|_| beyond())?;
        let mut found = None;
        self.visit(range, |_, entry| {
            found = Some(Record::new(entry.to_vec()));
            false
        })?;
        found.ok_or_else(beyond)
    }
}

/// The place that the fold speaks of.
pub(crate) fn place_of(evidence: Evidence) -> Option<Place> {
    Some(Place { incarnation: evidence.incarnation(), index: Index::new(evidence.index_in_incarnation())? })
}
