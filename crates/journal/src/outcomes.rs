//! Where a thread waits for what became of the records that it appended.

use crate::committer::AppendError;
use danvan_tlog::{Index, Size};
use std::sync::{Arc, OnceLock};
use std::thread::{self, Thread};

/// What became of records that were appended together: the first ones are durable, one index after the other; the others,
/// if any, were refused for one reason.
#[derive(Debug, Clone)]
pub(crate) struct Outcomes {
    /// The size of the journal before the next record that is durable, and after the last.
    pub(crate) durable: [Size; 2],
    /// Why the others are not.
    pub(crate) refused: Option<AppendError>,
}

impl Outcomes {
    /// Of records none of which was written.
    pub(crate) fn none(refused: Option<AppendError>) -> Self {
        Self { durable: [Size::ZERO; 2], refused }
    }

    /// What became of the next record.
    pub(crate) fn take(&mut self) -> Result<Index, AppendError> {
        let [next, end] = self.durable;
        if next >= end {
            return Err(self.refused.clone().unwrap_or(AppendError::Closed));
        }
        let index = next.next_index();
        self.durable = [index.size_after(), end];
        Ok(index)
    }
}

struct Shared {
    told: OnceLock<Outcomes>,
    thread: Thread,
}

/// The thread that waits; made by it.
pub(crate) struct Waiter(Arc<Shared>);

/// Tells the thread that waits; it is told once.
pub(crate) struct Teller(Arc<Shared>);

impl Waiter {
    pub(crate) fn new() -> (Waiter, Teller) {
        let shared = Arc::new(Shared { told: OnceLock::new(), thread: thread::current() });
        (Waiter(Arc::clone(&shared)), Teller(shared))
    }

    pub(crate) fn wait(self) -> Outcomes {
        loop {
            if let Some(outcomes) = self.0.told.get() {
                return outcomes.clone();
            }
            thread::park();
        }
    }
}

impl Teller {
    pub(crate) fn tell(self, outcomes: Outcomes) {
        if self.0.told.set(outcomes).is_ok() {
            self.0.thread.unpark();
        }
    }
}
