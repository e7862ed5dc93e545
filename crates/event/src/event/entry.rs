//! Events about entries of other logs.

use serde::{Deserialize, Serialize};

/// An entry is mirrored and provable, and wrong inside: it never counts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EntryFlagged {
    /// The log that the entry stands in.
    pub origin: String,
    /// Its index there.
    pub index: u64,
    /// Why, as a code such as `foreign_source`.
    pub reason: String,
}
