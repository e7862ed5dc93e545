//! Entries that the node itself found missing.

use serde::{Deserialize, Serialize};

use super::Fact;

/// Entries `[start, end)` of a log that are missing or cannot be read at the node.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Gap {
    /// When it was found, or last spoken of, and where that stands.
    pub fact: Fact,
    /// The log.
    pub origin: Box<str>,
    /// The first index.
    pub start: u64,
    /// One past the last index.
    pub end: u64,
    /// Put back from a mirror and proved.
    pub repaired: bool,
}
