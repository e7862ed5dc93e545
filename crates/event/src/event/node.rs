//! Events about the machines that keep the logs.

use serde::{Deserialize, Serialize};

use crate::UnitId;

/// Entry 0 of every log: who keeps it, under which key, by which clock.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NodeOpened {
    /// The name of the log.
    pub origin: String,
    /// Verifier key of its checkpoints (C2SP signed-note).
    pub vkey: String,
    /// The clock behind `recordedtime`.
    pub clock: ClockKind,
    /// The frozen log that this one continues after a repair that could not be made in place.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub previous: Option<PreviousLog>,
}

/// Where `recordedtime` comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClockKind {
    /// The clock of the machine.
    System,
    /// The times of the forms themselves: a demonstration.
    Simulated,
}

/// The state at which an earlier log was frozen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PreviousLog {
    /// Its name.
    pub origin: String,
    /// Its entries.
    pub size: u64,
    /// Its root hash at `size`, standard base64.
    pub root: String,
}

/// The aggregator takes batches of this log from now on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NodeEnrolled {
    /// The log.
    pub origin: String,
    /// Verifier key of its checkpoints.
    pub vkey: String,
    /// The unit that it speaks for.
    pub unit: UnitId,
}

/// The node's program started.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NodeStarted {
    /// Version of the program.
    pub version: String,
    /// Entries in the log before this one.
    pub size: u64,
    /// Whether it had been stopped in order; absent at the first start.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clean: Option<bool>,
    /// What the machine says about its clock.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clock_sync: Option<ClockSync>,
}

/// How far a clock can be trusted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClockSync {
    /// Đã đồng bộ.
    Synced,
    /// Chưa đồng bộ.
    Unsynced,
    /// Không xác định.
    Unknown,
}

/// The machine's clock was set to another time while the program ran.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClockAdjusted {
    /// By how many milliseconds; negative where it went back.
    pub delta_ms: i64,
    /// What the machine says about its clock now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clock_sync: Option<ClockSync>,
}

/// Entries `[start, end)` of a log are missing or cannot be read at the node.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GapDetected {
    /// The log.
    pub origin: String,
    /// The first index.
    pub start: u64,
    /// One past the last index.
    pub end: u64,
    /// Whether they were put back from a mirror and proved.
    pub repaired: bool,
}

/// The log's checkpoints are signed by another key from now on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyRotated {
    /// The log.
    pub origin: String,
    /// The verifier key until now.
    pub previous_vkey: String,
    /// The verifier key from now on.
    pub vkey: String,
}

/// Nothing is appended to the log after this.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StorageSealed {
    /// The log.
    pub origin: String,
    /// Entries in the log before this one.
    pub size: u64,
    /// Its root hash at `size`, standard base64.
    pub root: String,
    /// Why.
    pub reason: SealReason,
}

/// Why a log is sealed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SealReason {
    /// Đơn vị sáp nhập, chia tách.
    UnitSucceeded,
    /// Thay trạm.
    NodeReplaced,
    /// Ngừng sử dụng trạm.
    NodeRetired,
}
