//! What the nodes say about themselves. Display only: nothing is decided on it.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use danvan_daemon::UnixMillis;
use danvan_replication::{Heartbeat, UnitToken};

/// The last heartbeat of a node and when it came in, by the aggregator's clock.
#[derive(Debug, Clone)]
pub(crate) struct Sighting {
    pub(crate) at: UnixMillis,
    pub(crate) heartbeat: Heartbeat,
}

/// The last heartbeat of every node since the start.
#[derive(Default)]
pub(crate) struct Fleet {
    seen: Mutex<BTreeMap<String, Sighting>>,
}

impl Fleet {
    pub(crate) fn hear(&self, unit: &UnitToken, heartbeat: Heartbeat, at: UnixMillis) {
        let sighting = Sighting { at, heartbeat };
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).insert(unit.as_str().to_owned(), sighting);
    }

    pub(crate) fn last(&self, unit: &str) -> Option<Sighting> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).get(unit).cloned()
    }
}
