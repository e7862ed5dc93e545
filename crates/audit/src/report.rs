//! The outcome of an fsck.

use crate::finding::Finding;
use crate::history::History;
use danvan_tlog::{Origin, Size};
use serde::Serialize;

/// What was looked at and what was found. Nothing found means: every check passed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Report {
    /// How many logs were looked at, own and mirrored copies of one origin counted once.
    pub logs: usize,
    /// How many entries they have together.
    pub entries: u64,
    /// One line per log, by origin.
    pub origins: Vec<LogSummary>,
    /// Everything that is wrong.
    pub findings: Vec<Finding>,
}

/// One log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LogSummary {
    /// The log.
    pub origin: Origin,
    /// Entries whose bytes were read and hashed, in the longer of the log itself and its mirror.
    pub size: Size,
    /// The largest size that carries a good signature of the log.
    pub signed: Size,
    /// The largest size that an aggregator's log says it mirrors; 0 for an aggregator's own log.
    pub mirrored: Size,
    /// What is known of its history.
    #[serde(flatten)]
    pub history: History,
}

impl Report {
    /// True when nothing is wrong.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        self.findings.is_empty()
    }

    pub(crate) fn new(origins: Vec<LogSummary>, findings: Vec<Finding>) -> Self {
        let entries = origins.iter().map(|log| log.size.get()).sum();
        Self { logs: origins.len(), entries, origins, findings }
    }
}
