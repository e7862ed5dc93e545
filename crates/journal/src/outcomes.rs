//! Where a thread waits for the outcomes of the records that it appended.

use crate::committer::{AppendError, Done};
use danvan_tlog::Index;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};
use std::thread::{self, Thread};

type Outcome = Result<Index, AppendError>;

struct Shared {
    places: Vec<OnceLock<Outcome>>,
    missing: AtomicUsize,
    waiter: Thread,
}

/// Made by the thread that will wait.
pub(crate) struct Outcomes(Arc<Shared>);

impl Outcomes {
    pub(crate) fn expect(outcomes: usize) -> Self {
        let places = std::iter::repeat_with(OnceLock::new).take(outcomes).collect();
        Self(Arc::new(Shared { places, missing: AtomicUsize::new(outcomes), waiter: thread::current() }))
    }

    /// What reports the outcome at `place`; the waiter is woken once, by the last.
    pub(crate) fn done(&self, place: usize) -> Done {
        let shared = Arc::clone(&self.0);
        Box::new(move |outcome| {
            if let Some(cell) = shared.places.get(place) {
                let _ = cell.set(outcome);
            }
            if shared.missing.fetch_sub(1, Ordering::AcqRel) == 1 {
                shared.waiter.unpark();
            }
        })
    }

    pub(crate) fn wait(self) -> Vec<Outcome> {
        while self.0.missing.load(Ordering::Acquire) > 0 {
            thread::park();
        }
        self.0.places.iter().map(|cell| cell.get().cloned().unwrap_or(Err(AppendError::Closed))).collect()
    }
}
