//! Where a fact stands: the index of its entry.

use serde::{Deserialize, Serialize};

/// The index of an entry in the log of the unit that the fact belongs to.
///
/// The read model keeps indices instead of texts; whoever wants to see the words reads that entry from the ledger.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Evidence(u64);

impl Evidence {
    /// The evidence at the given 0-based index.
    #[must_use]
    pub const fn new(index: u64) -> Evidence {
        Evidence(index)
    }

    /// The 0-based index.
    #[must_use]
    pub const fn index(self) -> u64 {
        self.0
    }
}

impl From<u64> for Evidence {
    fn from(index: u64) -> Evidence {
        Evidence(index)
    }
}
