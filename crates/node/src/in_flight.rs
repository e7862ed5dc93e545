//! Requests for one event id take turns, so that they share one outcome.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use danvan_event::EventId;
use tokio::sync::oneshot;

type Waiting = HashMap<EventId, Vec<oneshot::Sender<()>>>;

/// The ids that are being recorded now. Cheap to clone.
#[derive(Clone, Default)]
pub(crate) struct InFlight(Arc<Mutex<Waiting>>);

/// The right to decide about one id; ends when dropped, from any thread.
pub(crate) struct Turn {
    all: InFlight,
    id: EventId,
}

impl InFlight {
    /// Waits until nobody else decides about `id`. Whoever waited then finds what the earlier one left.
    pub(crate) async fn turn(&self, id: EventId) -> Turn {
        loop {
            let ended = {
                match self.lock().entry(id) {
                    Entry::Vacant(place) => {
                        place.insert(Vec::new());
                        return Turn { all: self.clone(), id };
                    }
                    Entry::Occupied(mut place) => {
                        let (sender, receiver) = oneshot::channel();
                        place.get_mut().push(sender);
                        receiver
                    }
                }
            };
            // A dropped sender means the same as a sent word: the turn is over.
            let _ = ended.await;
        }
    }

    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        let waiting = self.all.lock().remove(&self.id).unwrap_or_default();
        for sender in waiting {
            let _ = sender.send(());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering};

    #[tokio::test]
    async fn one_id_is_decided_by_one_at_a_time_and_another_id_does_not_wait() {
        let in_flight = InFlight::default();
        let (one, other) = (EventId::from_parts(1, [1; 10]), EventId::from_parts(2, [2; 10]));
        let (inside, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let held = in_flight.turn(one).await;
        drop(in_flight.turn(other).await);
        let tasks: Vec<_> = (0..50)
            .map(|_| {
                let (in_flight, inside, most) = (in_flight.clone(), inside.clone(), most.clone());
                tokio::spawn(async move {
                    let _turn = in_flight.turn(one).await;
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
        assert!(in_flight.lock().is_empty());
    }
}
