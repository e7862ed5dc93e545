//! The intake keys against the log: a walk from the first entry on that leaves each id one row, at its first entry, and says at the
//! end whether there are rows that no entry asks for.
//!
//! Nothing that derived state says about itself is believed, its cursor least of all. What is held in memory is one batch of changes.

use std::collections::BTreeMap;

use danvan_event::EventId;
use danvan_ledger::ReadError;
use danvan_state::{StateError, Table};
use danvan_tlog::{Index, Size};

use crate::history::History;
use crate::intake_keys::{number_in, row};
use crate::recorder::id_of;

/// Rows written at once.
const BATCH: usize = 4096;

/// Why the keys were not checked. The node ends.
#[derive(Debug, thiserror::Error)]
pub(crate) enum KeyCheckError {
    #[error(transparent)]
    State(#[from] StateError),
    #[error(transparent)]
    Read(#[from] ReadError),
}

/// One walk. Entries come in the order of their numbers.
pub(crate) struct KeyCheck<'l> {
    history: &'l History,
    table: &'l Table,
    /// Rows that are missing or wrong, until they are written.
    changes: BTreeMap<EventId, Index>,
    found: Found,
}

/// What a walk found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Found {
    /// Different ids, each of which has its row now.
    pub(crate) ids: u64,
    /// Rows that were missing or wrong.
    pub(crate) mended: u64,
    /// Entries whose id there is no reading.
    pub(crate) nameless: u64,
}

impl<'l> KeyCheck<'l> {
    pub(crate) fn new(history: &'l History, table: &'l Table) -> Self {
        Self { history, table, changes: BTreeMap::new(), found: Found::default() }
    }

    /// Takes in the next entry, the one of `number`. Of two entries with one id the first counts.
    pub(crate) fn push(&mut self, number: Index, id: Option<EventId>) -> Result<(), KeyCheckError> {
        let Some(id) = id else {
            self.found.nameless += 1;
            return Ok(());
        };
        match self.stored(id)? {
            Some(stored) if stored == number => self.found.ids += 1,
            Some(stored) if stored < number && self.stands_at(id, stored)? => {
                tracing::error!(number = number.get(), "an event id occurs twice in the log");
            }
            _ => {
                self.found.ids += 1;
                self.found.mended += 1;
                self.changes.insert(id, number);
                if self.changes.len() >= BATCH {
                    self.write(number.size_after())?;
                }
            }
        }
        Ok(())
    }

    /// The walk has passed all `size` entries.
    pub(crate) fn finish(mut self, size: Size) -> Result<Found, KeyCheckError> {
        self.write(size)?;
        Ok(self.found)
    }

    fn stored(&self, id: EventId) -> Result<Option<Index>, StateError> {
        match self.changes.get(&id) {
            Some(number) => Ok(Some(*number)),
            None => Ok(self.table.get(id.as_bytes())?.and_then(|value| number_in(&value))),
        }
    }

    fn stands_at(&self, id: EventId, number: Index) -> Result<bool, ReadError> {
        Ok(id_of(&self.history.read_number(number)?.entry) == Some(id))
    }

    fn write(&mut self, upto: Size) -> Result<(), StateError> {
        let rows = std::mem::take(&mut self.changes).into_iter().map(|(id, number)| row(id, number));
        self.table.apply(upto.max(self.table.cursor()), rows)
    }
}
