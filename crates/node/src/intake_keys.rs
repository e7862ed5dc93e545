//! Which event ids the log holds, and where: what makes intake idempotent.
//!
//! The keys lie in derived state (`danvan-state`), written in batches behind the ledger. Between the acknowledgement of an entry
//! and its batch, its key is in memory; after a crash it is read again from the ledger.

use std::collections::BTreeMap;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::thread::{self, JoinHandle};

use danvan_event::EventId;
use danvan_state::{Row, StateError, Table};
use danvan_tlog::Index;

use crate::failure::Failure;

/// Keys written in one batch at most.
const BATCH: usize = 1024;
/// Keys that may wait to be written; one more holds up the ledger's thread until a batch is in.
const WAITING: usize = 8 * BATCH;

/// Cheap to clone. When the last clone is dropped, what waits is written and the table closed.
#[derive(Clone)]
pub(crate) struct IntakeKeys(Arc<Handle>);

struct Handle {
    kept: Arc<Kept>,
    orders: Option<SyncSender<(EventId, Index)>>,
    keeper: Option<JoinHandle<()>>,
}

struct Kept {
    /// Empty until the start has caught up with the ledger.
    table: OnceLock<Table>,
    fresh: Mutex<BTreeMap<EventId, Index>>,
}

/// The keys cannot be asked yet, or no longer.
#[derive(Debug, thiserror::Error)]
pub(crate) enum KeysError {
    /// The start has not caught up. The client tries again.
    #[error("the intake keys are being checked")]
    Starting,
    /// Derived state is out of order; the node restarts.
    #[error(transparent)]
    State(#[from] StateError),
}

impl IntakeKeys {
    /// Keys without a table yet, and the keeper that will write them; `failure` is raised when it cannot.
    pub(crate) fn new(failure: Failure) -> std::io::Result<Self> {
        let (sender, orders) = sync_channel(WAITING);
        let kept = Arc::new(Kept { table: OnceLock::new(), fresh: Mutex::default() });
        let keeping = Arc::clone(&kept);
        let keeper = thread::Builder::new().name("intake-keys".to_owned()).spawn(move || {
            while let Some(batch) = next_batch(&orders) {
                if let Err(error) = keeping.write(&batch) {
                    failure.raise(format!("intake keys: {error}"));
                    return;
                }
            }
        })?;
        Ok(Self(Arc::new(Handle { kept, orders: Some(sender), keeper: Some(keeper) })))
    }

    /// The start has caught up: `table` holds every key of the ledger.
    pub(crate) fn ready(&self, table: Table) {
        // A second table cannot come: there is one start.
        let _ = self.0.kept.table.set(table);
    }

    /// Where the entry of `id` stands, if there is one.
    pub(crate) fn find(&self, id: EventId) -> Result<Option<Index>, KeysError> {
        let table = self.0.kept.table.get().ok_or(KeysError::Starting)?;
        if let Some(index) = self.0.kept.fresh().get(&id) {
            return Ok(Some(*index));
        }
        Ok(table.get(id.as_bytes())?.and_then(|value| index_of(&value)))
    }

    /// The entry of `id` is durable at `index`. Must be told in the order of the indices.
    pub(crate) fn add(&self, id: EventId, index: Index) {
        self.0.kept.fresh().insert(id, index);
        if let Some(orders) = &self.0.orders {
            // The keeper ends before its orders only after it has raised a failure.
            let _ = orders.send((id, index));
        }
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        drop(self.orders.take());
        if let Some(keeper) = self.keeper.take() {
            // A keeper that panicked has written less; the next start writes the rest.
            let _ = keeper.join();
        }
    }
}

impl Kept {
    fn fresh(&self) -> MutexGuard<'_, BTreeMap<EventId, Index>> {
        self.fresh.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self, batch: &[(EventId, Index)]) -> Result<(), StateError> {
        let (Some(table), Some((_, last))) = (self.table.get(), batch.last()) else { return Ok(()) };
        table.apply(last.size_after(), batch.iter().map(|(id, index)| row(*id, *index)))?;
        let mut fresh = self.fresh();
        for (id, _) in batch {
            fresh.remove(id);
        }
        Ok(())
    }
}

/// The row of a key.
pub(crate) fn row(id: EventId, index: Index) -> Row {
    Row::put(id.as_bytes().as_slice(), index.get().to_be_bytes())
}

/// The place in a row.
pub(crate) fn index_of(value: &[u8]) -> Option<Index> {
    Index::new(u64::from_be_bytes(value.try_into().ok()?))
}

fn next_batch(orders: &Receiver<(EventId, Index)>) -> Option<Vec<(EventId, Index)>> {
    let first = orders.recv().ok()?;
    let mut batch = vec![first];
    batch.extend(orders.try_iter().take(BATCH - 1));
    Some(batch)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc::TrySendError;

    #[test]
    fn a_slow_keeper_bounds_what_waits_for_it() {
        let (sender, orders) = sync_channel(WAITING);
        let kept = Arc::new(Kept { table: OnceLock::new(), fresh: Mutex::default() });
        let keys = IntakeKeys(Arc::new(Handle { kept, orders: Some(sender.clone()), keeper: None }));
        let id = |number: usize| EventId::from_parts(u64::try_from(number).unwrap_or_default(), [1; 10]);
        for number in 0..WAITING {
            keys.add(id(number), Index::ZERO);
        }
        assert_eq!(sender.try_send((id(0), Index::ZERO)), Err(TrySendError::Full((id(0), Index::ZERO))));
        assert_eq!(next_batch(&orders).map(|batch| batch.len()), Some(BATCH));
        assert_eq!(sender.try_send((id(0), Index::ZERO)), Ok(()));
    }
}
