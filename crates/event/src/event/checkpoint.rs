//! Events about checkpoints.

use serde::{Deserialize, Serialize};

/// An aggregator holds every entry of `origin` below `size`, fsynced, and cosigned that checkpoint.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CheckpointCosigned {
    /// The log that was mirrored.
    pub origin: String,
    /// First index of the batch that brought it to `size`.
    pub start: u64,
    /// Entries held, which is also the end of the batch.
    pub size: u64,
    /// Root hash at `size`, standard base64.
    pub root: String,
    /// SHA-256 of the stored attachment (the batch as received), hexadecimal.
    pub attachment_sha256: String,
}
