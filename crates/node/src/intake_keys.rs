//! Which event ids the log holds, and where: what makes intake idempotent. The ledger's [`Once`] over a table of derived state.

use std::sync::{Arc, OnceLock};

use danvan_event::EventId;
use danvan_ledger::{Claim, KeyTable, KeyTableError, KeysError as OpenKeysError, Ledger, Once, Place, Turn};
use danvan_state::{Row, StateError, Table};
use danvan_tlog::{Index, Size};
use tokio::sync::oneshot;

use crate::failure::Failure;
use crate::history::History;
use crate::recorder::id_of;

/// Cheap to clone. When the last clone is dropped, what waits is written and the table closed.
#[derive(Clone, Default)]
pub(crate) struct IntakeKeys(Arc<OnceLock<Once>>);

/// The keys cannot be asked yet, or no longer.
#[derive(Debug, thiserror::Error)]
pub(crate) enum KeysError {
    /// The start has not caught up. The client tries again.
    #[error("the intake keys are being checked")]
    Starting,
    /// Derived state is out of order; the node restarts.
    #[error(transparent)]
    Table(#[from] KeyTableError),
}

/// What became of a request for an id.
pub(crate) enum Claimed {
    /// Its entry stands there.
    Held(Place),
    /// There is none, and nobody else decides about it until the turn is dropped.
    Turn(Turn),
}

impl IntakeKeys {
    /// The start has caught up: `table` holds every key of the ledger and of the logs before it. A failure to write it later is
    /// raised.
    pub(crate) fn ready(
        &self,
        history: &History,
        ledger: &Ledger,
        table: Table,
        failure: Failure,
    ) -> Result<(), OpenKeysError> {
        let key_of = |entry: &[u8]| id_of(entry).map(|id| id.as_bytes().to_vec());
        let failed = move |error| failure.raise(format!("intake keys: {error}"));
        let once = Once::open(history.ended(), ledger, Arc::new(StateKeys(table)), key_of, failed)?;
        // A second table cannot come: there is one start.
        let _ = self.0.set(once);
        Ok(())
    }

    /// Where the entry of `id` stands, if there is one.
    pub(crate) fn find(&self, id: EventId) -> Result<Option<Place>, KeysError> {
        Ok(self.once()?.find(id.as_bytes())?)
    }

    /// Waits until nobody else decides about `id`. Whoever waited then finds what the earlier one left.
    pub(crate) async fn claim(&self, id: EventId) -> Result<Claimed, KeysError> {
        loop {
            let (sender, ended) = oneshot::channel();
            let wake = Box::new(move || {
                let _ = sender.send(());
            });
            match self.once()?.claim(id.as_bytes(), wake)? {
                Claim::Held(place) => return Ok(Claimed::Held(place)),
                Claim::Turn(turn) => return Ok(Claimed::Turn(turn)),
                Claim::Waits => {
                    // A dropped sender means the same as a sent word: the turn is over.
                    let _ = ended.await;
                }
            }
        }
    }

    fn once(&self) -> Result<&Once, KeysError> {
        self.0.get().ok_or(KeysError::Starting)
    }
}

/// The keys as rows of derived state.
struct StateKeys(Table);

impl KeyTable for StateKeys {
    fn find(&self, key: &[u8]) -> Result<Option<u64>, KeyTableError> {
        let value = self.0.get(key).map_err(|error| out_of_order(&error))?;
        Ok(value.and_then(|value| number_in(&value)).map(Index::get))
    }

    fn noted(&self) -> Result<u64, KeyTableError> {
        Ok(self.0.cursor().get())
    }

    fn note(&self, upto: u64, keys: &[(Vec<u8>, u64)]) -> Result<(), KeyTableError> {
        let cursor = Size::new(upto).ok_or_else(|| KeyTableError::new("it knows entries that no log can have"))?;
        let rows = keys.iter().map(|(key, number)| Row::put(key.as_slice(), number.to_be_bytes()));
        self.0.apply(cursor, rows).map_err(|error| out_of_order(&error))
    }
}

fn out_of_order(error: &StateError) -> KeyTableError {
    KeyTableError::new(error.to_string())
}

/// The row of a key: the number of its entry.
pub(crate) fn row(id: EventId, number: Index) -> Row {
    Row::put(id.as_bytes().as_slice(), number.get().to_be_bytes())
}

/// The number in a row.
pub(crate) fn number_in(value: &[u8]) -> Option<Index> {
    Index::new(u64::from_be_bytes(value.try_into().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testbed::Bed;
    use std::sync::atomic::{AtomicUsize, Ordering};

    async fn turn(keys: &IntakeKeys, id: EventId) -> Turn {
        match keys.claim(id).await.unwrap() {
            Claimed::Turn(turn) => turn,
            Claimed::Held(place) => panic!("an entry at {place:?}"),
        }
    }

    #[tokio::test]
    async fn one_id_is_decided_by_one_at_a_time_and_another_id_does_not_wait() {
        let bed = Bed::new().await;
        let keys = bed.node.face.intake.keys.clone();
        let (one, other) = (EventId::from_parts(1, [1; 10]), EventId::from_parts(2, [2; 10]));
        let (inside, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let held = turn(&keys, one).await;
        drop(turn(&keys, other).await);
        let tasks: Vec<_> = (0..50)
            .map(|_| {
                let (keys, inside, most) = (keys.clone(), inside.clone(), most.clone());
                tokio::spawn(async move {
                    let _turn = turn(&keys, one).await;
                    most.fetch_max(inside.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                    tokio::task::yield_now().await;
                    inside.fetch_sub(1, Ordering::SeqCst);
                })
            })
            .collect();
        tokio::task::yield_now().await;
        assert_eq!(most.load(Ordering::SeqCst), 0);
        drop(held);
        for task in tasks {
            task.await.unwrap();
        }
        assert_eq!(most.load(Ordering::SeqCst), 1);
    }

    #[tokio::test]
    async fn before_the_start_has_caught_up_nothing_is_known() {
        let bed = Bed::starting().await;
        let (keys, id) = (bed.node.face.intake.keys.clone(), EventId::from_parts(1, [1; 10]));
        assert!(matches!(keys.find(id), Err(KeysError::Starting)));
        assert!(matches!(keys.claim(id).await, Err(KeysError::Starting)));
    }
}
