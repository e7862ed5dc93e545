//! What a demonstration proved: one document, or a table with a few lines.

use std::path::{Path, PathBuf};

use danvan_audit::{Finding, Place, fsck, replay};
use serde::Serialize;

use crate::audit::unreadable;
use crate::exit::Failure;
use crate::rank::{RankedUnit, ranking_table};

/// The result of a demonstration.
#[derive(Debug, Serialize)]
pub(crate) struct Report {
    /// Which communes.
    pub(crate) preset: String,
    /// How many.
    pub(crate) units: usize,
    /// Facts acknowledged by the nodes.
    pub(crate) events: u64,
    /// Those of them that a receipt covers.
    pub(crate) received: u64,
    /// The published ranking.
    pub(crate) ranking: Vec<RankedUnit>,
    /// The check of every log.
    pub(crate) fsck: FsckResult,
    /// The recomputation of the publication.
    pub(crate) replay: ReplayResult,
    /// Where everything lies.
    pub(crate) data: PathBuf,
    /// From the start to the proof, in milliseconds.
    pub(crate) elapsed_ms: u64,
}

/// The check of every log.
#[derive(Debug, Serialize)]
pub(crate) struct FsckResult {
    /// Logs looked at.
    logs: usize,
    /// Their entries together.
    entries: u64,
    /// Everything that is wrong.
    findings: Vec<Finding>,
}

/// The recomputation in two words.
#[derive(Debug, Serialize)]
pub(crate) struct ReplayResult {
    /// Whether every byte is the same.
    pub(crate) matches: bool,
    /// SHA-256 of the ranking's bytes, in hex.
    pub(crate) digest: String,
}

impl Report {
    /// Whether everything that was promised holds.
    pub(crate) fn holds(&self) -> bool {
        let complete = self.events > 0 && self.received == self.events && self.ranking.len() == self.units;
        complete && self.fsck.findings.is_empty() && self.replay.matches
    }

    /// For people.
    pub(crate) fn text(&self) -> String {
        let verdict = |holds: bool| if holds { "đạt | passed" } else { "KHÔNG ĐẠT | FAILED" };
        format!(
            "{}\n{} đơn vị, {} sự việc đã ghi, {} có biên nhận | {1} units, {2} facts recorded, {3} with a receipt\n\
             Kiểm tra sổ | Audit of {} logs, {} entries: {}\nTính lại xếp hạng | Recomputed ranking: {} {}\n\
             {},{} giây | seconds",
            ranking_table(&self.ranking),
            self.units,
            self.events,
            self.received,
            self.fsck.logs,
            self.fsck.entries,
            verdict(self.fsck.findings.is_empty()),
            verdict(self.replay.matches),
            self.replay.digest,
            self.elapsed_ms / 1000,
            self.elapsed_ms % 1000 / 100,
        )
    }
}

/// Checks every log and recomputes the publication from the files alone, while the fleet runs.
pub(crate) async fn audit(root: &Path) -> Result<(FsckResult, ReplayResult), Failure> {
    let root = root.to_owned();
    let judging = tokio::task::spawn_blocking(move || {
        let place = Place::detect(&root)?;
        let policy = place.policy()?;
        let checked = fsck(&place, &policy)?;
        let replayed = replay(&place, &policy, None)?;
        let digest = replayed.digest.clone().unwrap_or_default();
        let checked = FsckResult { logs: checked.logs, entries: checked.entries, findings: checked.findings };
        Ok((checked, ReplayResult { matches: replayed.matches, digest }))
    });
    match judging.await {
        Ok(verdict) => verdict.map_err(|error| unreadable(&error)),
        Err(error) => Err(Failure::failed("kiểm tra bị dừng", "the audit stopped", error)),
    }
}
