//! Where a thread waits for the outcomes of the records that it appended.

use crate::committer::AppendError;
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

/// The place of one outcome. It is set once; the waiter is woken once, by the last.
pub(crate) struct Place {
    shared: Arc<Shared>,
    number: usize,
}

impl Place {
    pub(crate) fn set(self, outcome: Outcome) {
        if let Some(cell) = self.shared.places.get(self.number) {
            let _ = cell.set(outcome);
        }
        if self.shared.missing.fetch_sub(1, Ordering::AcqRel) == 1 {
            self.shared.waiter.unpark();
        }
    }
}

/// Made by the thread that will wait.
pub(crate) struct Outcomes(Arc<Shared>);

impl Outcomes {
    pub(crate) fn expect(outcomes: usize) -> Self {
        let places = std::iter::repeat_with(OnceLock::new).take(outcomes).collect();
        Self(Arc::new(Shared { places, missing: AtomicUsize::new(outcomes), waiter: thread::current() }))
    }

    /// Where the outcome of the record `number` goes.
    pub(crate) fn place(&self, number: usize) -> Place {
        Place { shared: Arc::clone(&self.0), number }
    }

    pub(crate) fn wait(self) -> Vec<Outcome> {
        while self.0.missing.load(Ordering::Acquire) > 0 {
            thread::park();
        }
        self.0.places.iter().map(|cell| cell.get().cloned().unwrap_or(Err(AppendError::Closed))).collect()
    }
}
