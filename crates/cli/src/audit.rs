//! `danvan audit`: verdicts that need no secret, no database and no running service.

use std::fmt::Write as _;
use std::path::PathBuf;

use clap::{Args, Subcommand};
use danvan_audit::{AuditError, Ended, Forgone, History, Place, Previous, fsck, replay};
use danvan_tlog::{Index, Origin, Policy};

use crate::exit::{Exit, Failure, Outcome};
use crate::input;
use crate::output::Output;

/// `danvan audit …`
#[derive(Debug, Subcommand)]
pub(crate) enum AuditCommand {
    /// Kiểm tra sổ | Checks every log: bytes, tree, signatures, receipts, mirrors
    Fsck(Judged),
    /// Tính lại xếp hạng đã công bố | Recomputes the published rankings and compares the bytes
    Replay(Replayed),
}

/// What is judged and whom the auditor trusts.
#[derive(Debug, Args)]
pub(crate) struct Judged {
    /// A data directory, one ledger, or an export
    #[arg(value_name = "DIR", required_unless_present = "data")]
    place: Option<PathBuf>,
    /// The same, by name
    #[arg(long, value_name = "DIR", conflicts_with = "place")]
    data: Option<PathBuf>,
    /// Whom to trust (C2SP tlog-policy); DIR/policy when absent
    #[arg(long, value_name = "FILE")]
    policy: Option<PathBuf>,
}

/// `danvan audit replay`
#[derive(Debug, Args)]
pub(crate) struct Replayed {
    #[command(flatten)]
    judged: Judged,
    /// Only the publication at this index of the aggregator's log
    #[arg(long, value_name = "INDEX")]
    publication: Option<u64>,
}

impl AuditCommand {
    /// Does it.
    pub(crate) fn run(self, output: Output) -> Outcome {
        match self {
            Self::Fsck(judged) => judged.fsck(output),
            Self::Replay(replayed) => replayed.run(output),
        }
    }
}

impl Judged {
    fn open(&self) -> Result<(Place, Policy), Failure> {
        let dir = self.place.as_ref().or(self.data.as_ref()).cloned().unwrap_or_default();
        let place = Place::detect(&dir).map_err(|error| unreadable(&error))?;
        let policy = match &self.policy {
            Some(file) => Policy::parse(&input::read(file)?).map_err(|error| {
                let at = format!("{}: {error}", file.display());
                Failure::usage("chính sách sai", "the policy is wrong", at)
            })?,
            None => place.policy().map_err(|error| unreadable(&error))?,
        };
        Ok((place, policy))
    }

    fn fsck(self, output: Output) -> Outcome {
        let (place, policy) = self.open()?;
        let report = fsck(&place, &policy).map_err(|error| unreadable(&error))?;
        let mut text = format!(
            "{} sổ, {} mục, {} phát hiện | {0} logs, {1} entries, {2} findings",
            report.logs,
            report.entries,
            report.findings.len()
        );
        for log in &report.origins {
            history_lines(&log.origin, &log.history).for_each(|line| {
                let _ = write!(text, "\n{line}");
            });
        }
        for finding in &report.findings {
            let origin = finding.origin.as_ref().map(|origin| format!(" {origin}")).unwrap_or_default();
            let index = finding.index.map(|index| format!(" [{index}]")).unwrap_or_default();
            let _ = write!(text, "\n{}{origin}{index}: {}\n    {}", finding.code(), finding.vi(), finding.en());
        }
        output.result(&report, &text);
        Ok(if report.findings.is_empty() { Exit::Done } else { Exit::Failed })
    }
}

impl Replayed {
    fn run(self, output: Output) -> Outcome {
        let publication = self.publication.and_then(Index::new);
        if publication.map(Index::get) != self.publication {
            return Err(Failure::usage("chỉ số sai", "the index is wrong", "--publication"));
        }
        let (place, policy) = self.judged.open()?;
        let replay = replay(&place, &policy, publication).map_err(|error| unreadable(&error))?;
        let digest = replay.digest.clone().unwrap_or_default();
        let text = if replay.matches {
            format!("Khớp từng byte | The same bytes: {digest}")
        } else {
            "KHÔNG KHỚP | DIFFERENT".to_owned()
        };
        output.result(&replay, &text);
        Ok(if replay.matches { Exit::Done } else { Exit::Failed })
    }
}

/// What is known of the history of a log, for people.
fn history_lines(origin: &Origin, history: &History) -> impl Iterator<Item = String> {
    let previous = history.previous.iter().map(move |Previous { origin: before, size, carried, lost, .. }| {
        let counted = match (carried, lost) {
            (Some(carried), Some(lost)) => format!(", mang sang | carried {carried}, mất | lost {lost}"),
            _ => String::new(),
        };
        format!("{origin}: nối tiếp | goes on for {before} ({size}){counted}")
    });
    let ended = history.ended.iter().map(move |Ended { size, successor }| {
        format!("{origin}: đã kết thúc ở | ended at {size}, tiếp nối bởi | goes on as {successor}")
    });
    let forgone = history.forgone.iter().map(move |Forgone { size, aggregator }| {
        format!("{origin}: đã tiếp tục khi chưa hỏi được | went on without an answer: {aggregator} ({size})")
    });
    let restored = history.restored.then(|| {
        format!(
            "{origin}: phục hồi từ bản sao lưu, chưa hỏi lại nơi giữ biên nhận | restored from a backup, and no holder of receipts \
             was asked yet"
        )
    });
    previous.chain(ended).chain(forgone).chain(restored)
}

/// An audit that cannot be carried out is incomplete: nothing is proven and nothing is wrong.
pub(crate) fn unreadable(error: &AuditError) -> Failure {
    Failure::unreachable("không kiểm tra được", "cannot audit", error)
}
