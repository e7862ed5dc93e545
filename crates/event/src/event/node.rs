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
