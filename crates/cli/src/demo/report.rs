//! What a demonstration proved: one document, or a table with a few lines.

use std::path::{Path, PathBuf};

use danvan_audit::{Finding, Place, fsck, replay};
use serde::Serialize;
use serde_json::Value;
use sha2::{Digest, Sha256};

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
    /// The rows of the published ranking.
    pub(crate) ranking: Vec<RankedUnit>,
    /// What was published.
    #[serde(skip)]
    pub(crate) published: Published,
    /// The check of every log.
    pub(crate) fsck: FsckResult,
    /// The recomputation of the publication.
    pub(crate) replay: ReplayResult,
    /// Where everything lies.
    pub(crate) data: PathBuf,
    /// From the start to the proof, in milliseconds.
    pub(crate) elapsed_ms: u64,
}

/// A publication as the aggregator recorded it, and the document that it serves for it.
#[derive(Debug, Default)]
pub(crate) struct Published {
    /// The digest that the record announces, in hex.
    output_sha256: String,
    /// The digest of the document's bytes, in hex.
    served_sha256: String,
    /// The document.
    pub(crate) document: Value,
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

impl Published {
    /// Of the record and the exact bytes of the document.
    pub(crate) fn new(recorded: &Value, bytes: &[u8]) -> Result<Self, Failure> {
        let document = serde_json::from_slice(bytes)
            .map_err(|error| Failure::failed("bản công bố không đọc được", "the publication cannot be read", error))?;
        Ok(Self {
            output_sha256: recorded["output_sha256"].as_str().unwrap_or_default().to_owned(),
            served_sha256: hex::encode(Sha256::digest(bytes)),
            document,
        })
    }
}

impl Report {
    /// Whether everything that was promised holds.
    pub(crate) fn holds(&self) -> bool {
        self.failures().is_empty()
    }

    /// What was promised and does not hold, in both languages.
    pub(crate) fn failures(&self) -> Vec<&'static str> {
        let promises = [
            (self.events > 0, "chưa ghi sự kiện nào | no event was recorded"),
            (self.received == self.events, "có sự kiện chưa có biên nhận | events without a receipt"),
            (self.ranking.len() == self.units, "xếp hạng thiếu đơn vị | units missing in the ranking"),
            (self.fsck.findings.is_empty(), "kiểm tra sổ có phát hiện | the audit has findings"),
            (self.is_published(), "bản công bố khác với sổ | the publication differs from its record"),
            (self.is_replayed(), "tính lại khác bản công bố | the replay differs from the publication"),
        ];
        promises.into_iter().filter(|(holds, _)| !holds).map(|(_, said)| said).collect()
    }

    /// Whether the ranking shown is, byte for byte, the one that the record announces.
    fn is_published(&self) -> bool {
        !self.published.output_sha256.is_empty() && self.published.served_sha256 == self.published.output_sha256
    }

    /// Whether the auditor arrived at the very ranking that was published.
    fn is_replayed(&self) -> bool {
        self.replay.matches && self.replay.digest == self.published.output_sha256
    }

    /// For people.
    pub(crate) fn text(&self) -> String {
        let verdict = |holds: bool| if holds { "đạt | passed" } else { "KHÔNG ĐẠT | FAILED" };
        format!(
            "{}\n{} đơn vị, {} sự kiện đã ghi, {} có biên nhận | {1} units, {2} events recorded, {3} with a receipt\n\
             Kiểm tra sổ | Audit of {} logs, {} entries: {}\nBản công bố | Publication: {} {}\n\
             Tính lại xếp hạng | Recomputed ranking: {} {}\n{},{} giây | seconds",
            ranking_table(&self.ranking),
            self.units,
            self.events,
            self.received,
            self.fsck.logs,
            self.fsck.entries,
            verdict(self.fsck.findings.is_empty()),
            verdict(self.is_published()),
            self.published.output_sha256,
            verdict(self.is_replayed()),
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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::rank::ranked_units;

    fn report() -> Report {
        let bytes = br#"{"rows":[{"rank":1,"unit":"gso2024-15097","name":"L","score_centi":1,"class":"tot","synthetic":true}]}"#;
        let digest = hex::encode(Sha256::digest(bytes));
        let published = Published::new(&json!({ "output_sha256": digest }), bytes).unwrap();
        Report {
            preset: "ngoc-lac-2024".to_owned(),
            units: 1,
            events: 2,
            received: 2,
            ranking: ranked_units(&published.document),
            published,
            fsck: FsckResult { logs: 2, entries: 5, findings: Vec::new() },
            replay: ReplayResult { matches: true, digest },
            data: PathBuf::new(),
            elapsed_ms: 1_250,
        }
    }

    #[test]
    fn a_report_holds_only_when_every_part_of_the_proof_does() {
        assert!(report().holds());
        for (what, broken) in [
            ("an event without a receipt", Report { received: 1, ..report() }),
            ("no event at all", Report { events: 0, received: 0, ..report() }),
            ("a unit that is not in the ranking", Report { units: 2, ..report() }),
            ("nothing published", Report { published: Published::default(), ..report() }),
            (
                "a replay that differs",
                Report { replay: ReplayResult { matches: false, ..report().replay }, ..report() },
            ),
            (
                "a replay of another ranking",
                Report { replay: ReplayResult { digest: "0".repeat(64), ..report().replay }, ..report() },
            ),
        ] {
            assert!(!broken.holds(), "{what} went unseen");
        }
    }

    #[test]
    fn a_ranking_other_than_the_recorded_one_does_not_hold() {
        let mut report = report();
        report.published.served_sha256 = hex::encode(Sha256::digest(b"another one"));
        assert!(!report.holds() && report.text().contains("KHÔNG ĐẠT"), "{}", report.text());
    }

    #[test]
    fn the_table_of_a_demonstration_says_that_its_data_is_synthetic() {
        assert!(report().text().starts_with("Dữ liệu mô phỏng / Synthetic data"), "{}", report().text());
    }
}
