//! `danvan ledger repair`.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use clap::Args;
use danvan_audit::supply_attachment;
use danvan_ledger::{
    Loss, MirrorSource, OpenError, RefusedMirror, RejoinError, RepairError, RepairOptions, RepairOutcome,
    RepairSources, Repaired, rehearse_repair, rejoin, repair,
};
use danvan_tlog::{Index, IndexRange, VerifierKey};
use serde_json::{Value, json};

use super::words::{finding, ranges};
use super::{LedgerPlace, is_of_unit, mirrors_in};
use crate::exit::{Exit, Failure, Outcome};
use crate::output::Output;

/// `danvan ledger repair DIR --from SOURCE…`
///
/// A complete copy is written beside the damaged ledger, from its own sound bytes and from the sources, and proven by every
/// promise that was made; then the two change places. Nothing that a source says is believed without a proof.
#[derive(Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of the command line, and they combine")]
#[command(after_help = "Example: danvan ledger repair ./loc-thinh --from /media/usb/loc-thinh --dry-run")]
pub(crate) struct Repair {
    #[command(flatten)]
    place: LedgerPlace,
    /// Another copy, an export, a data directory, or the directory of an aggregator; may be given more than once
    #[arg(long = "from", value_name = "SOURCE")]
    sources: Vec<PathBuf>,
    /// Says what would be done, and writes nothing; exit code 10 where something would be
    #[arg(long)]
    dry_run: bool,
    /// The log's key; beside DIR/ledger when absent
    #[arg(long, value_name = "VKEY")]
    vkey: Option<VerifierKey>,
    /// Go on although nothing tells any more what was promised: an operator knows that it was not more than lies here
    #[arg(long)]
    accept_forgotten: bool,
    /// For an aggregator that came out of a backup, whose log has no other keeper than those who read it: the sources are all who
    /// can hold more of it, and it opens again afterwards
    #[arg(long, conflicts_with = "dry_run")]
    rejoin: bool,
    /// Take entries although the attachments that they vouch for are not to be had
    #[arg(long)]
    accept_missing_attachments: bool,
}

impl Repair {
    pub(crate) fn run(self, output: Output) -> Outcome {
        let ledger = self.place.ledger();
        let Some(key) = self.place.key(self.vkey.as_ref())? else {
            return Err(Failure::usage("thiếu khoá của sổ", "the log's key is missing", "--vkey"));
        };
        let origin = key.name().origin();
        if self.rejoin && is_of_unit(&origin) {
            return Err(Failure::usage(
                "trạm tự hỏi các máy tổng hợp khi khởi động; bỏ qua máy nào thì ghi bằng danvan node run --without",
                "a node asks its aggregators at its start; to go on without one is recorded by danvan node run --without",
                "--rejoin",
            ));
        }
        let mut found = mirrors_in(&self.sources, &origin, &ledger)?;
        let mut attachments = |_: Index, entry: &[u8], offered| supply_attachment(entry, offered);
        let sources = RepairSources {
            mirrors: found.iter_mut().map(|mirror| mirror.as_mut() as &mut dyn MirrorSource).collect(),
            attachments: &mut attachments,
        };
        let options = RepairOptions {
            accept_forgotten: self.accept_forgotten,
            accept_missing_attachments: self.accept_missing_attachments,
            ..RepairOptions::default()
        };
        let outcome = if self.rejoin {
            let rejoined = rejoin(&ledger, &key, sources, &BTreeSet::new(), options);
            rejoined.map_err(|error| not_rejoined(&ledger, &error))?.outcome
        } else {
            let act = if self.dry_run { rehearse_repair } else { repair };
            act(&ledger, &key, sources, options).map_err(|error| failure(&ledger, &error))?
        };
        output.result(&self.document(&key, &outcome), &self.text(&key, &outcome));
        Ok(match outcome {
            RepairOutcome::Repaired(_) if self.dry_run => Exit::Different,
            RepairOutcome::NothingToDo(_) | RepairOutcome::Repaired(_) => Exit::Done,
            RepairOutcome::Irreparable(_) => Exit::Failed,
        })
    }

    fn document(&self, key: &VerifierKey, outcome: &RepairOutcome) -> Value {
        let mut document = match outcome {
            RepairOutcome::NothingToDo(verdict) => json!({
                "outcome": "nothing_to_do",
                "size": verdict.size.get(),
                "root": verdict.root.to_string(),
            }),
            RepairOutcome::Repaired(repaired) => repaired_document(repaired),
            RepairOutcome::Irreparable(loss) => loss_document(loss),
        };
        document["origin"] = json!(key.name().origin().as_str());
        document["dry_run"] = json!(self.dry_run);
        document
    }

    fn text(&self, key: &VerifierKey, outcome: &RepairOutcome) -> String {
        let origin = key.name().origin();
        match outcome {
            RepairOutcome::NothingToDo(verdict) => {
                format!("{origin}\nSổ nguyên vẹn, không cần sửa | Sound, nothing to do: {} mục | entries", verdict.size)
            }
            RepairOutcome::Repaired(repaired) => format!("{origin}\n{}", repaired_text(repaired, self.dry_run)),
            RepairOutcome::Irreparable(loss) => format!("{origin}\n{}", loss_text(loss)),
        }
    }
}

/// Why nothing was repaired, with the next step.
pub(super) fn failure(ledger: &Path, error: &RepairError) -> Failure {
    let at = format!("{}: {error}", ledger.display());
    match error {
        RepairError::Locked => Failure::failed(
            "hãy dừng tiến trình đang mở sổ rồi thử lại",
            "stop the process that has the ledger open, and try again",
            at,
        ),
        RepairError::Forgotten { .. } => Failure::failed(
            "cần thêm nguồn (--from), hoặc người vận hành chấp nhận (--accept-forgotten)",
            "name more sources (--from), or accept it as an operator (--accept-forgotten)",
            at,
        ),
        RepairError::AttachmentsMissing { .. } => Failure::failed(
            "cần thêm nguồn (--from), hoặc người vận hành chấp nhận (--accept-missing-attachments)",
            "name more sources (--from), or accept it as an operator (--accept-missing-attachments)",
            at,
        ),
        RepairError::Open(OpenError::Io(lost)) if lost.kind() == std::io::ErrorKind::NotFound => Failure::unreachable(
            "không có thư mục sổ; nếu đã mất hết, hãy tạo thư mục trống tại đó rồi thử lại",
            "there is no directory; where everything is lost, make an empty one there and try again",
            at,
        ),
        RepairError::Open(_) => Failure::unreachable("không đọc được sổ", "cannot read the ledger", at),
        _ => Failure::failed("không sửa được sổ", "cannot repair the ledger", at),
    }
}

/// Why the mark of a backup stays.
fn not_rejoined(ledger: &Path, error: &RejoinError) -> Failure {
    match error {
        RejoinError::Repair(error) => failure(ledger, error),
        RejoinError::Silent { .. } => Failure::failed(
            "có nguồn không đọc được; hãy sửa hoặc bỏ nguồn đó rồi thử lại",
            "a source cannot be read: mend it or leave it out, and try again",
            format!("{}: {error}", ledger.display()),
        ),
        RejoinError::Io(_) => {
            Failure::failed("không sửa được sổ", "cannot repair the ledger", format!("{}: {error}", ledger.display()))
        }
    }
}

fn refused(refused: &[RefusedMirror]) -> Vec<Value> {
    refused.iter().map(|refused| json!({ "mirror": refused.mirror, "reason": refused.reason })).collect()
}

fn repaired_document(repaired: &Repaired) -> Value {
    let fetched: Vec<_> = repaired
        .fetched
        .iter()
        .map(|fetched| {
            json!({
                "start": fetched.range.start().get(),
                "end": fetched.range.end().get(),
                "mirror": fetched.mirror,
            })
        })
        .collect();
    json!({
        "outcome": "repaired",
        "size": repaired.size.get(),
        "root": repaired.root.to_string(),
        "fetched": fetched,
        "replaced": ranges(&repaired.replaced),
        "without_attachment": repaired.without_attachment.iter().map(|index| index.get()).collect::<Vec<_>>(),
        "renewed": repaired.renewed,
        "forgotten": repaired.forgotten,
        "findings": repaired.findings.iter().map(finding).collect::<Vec<_>>(),
        "refused": refused(&repaired.refused),
        "evidence": repaired.evidence,
    })
}

pub(super) fn loss_document(loss: &Loss) -> Value {
    json!({
        "outcome": "irreparable",
        "frozen": { "size": loss.frozen.size.get(), "root": loss.frozen.root.to_string() },
        "known": loss.known.get(),
        "beyond": loss.beyond(),
        "readable_entries": loss.readable_entries(),
        "lost_entries": loss.lost_entries(),
        "readable": ranges(&loss.readable),
        "lost": ranges(&loss.lost),
        "cause": loss.cause.to_string(),
        "refused": refused(&loss.refused),
    })
}

fn repaired_text(repaired: &Repaired, is_rehearsal: bool) -> String {
    let begun = if is_rehearsal { "SẼ SỬA | WOULD BE REPAIRED" } else { "ĐÃ SỬA | REPAIRED" };
    let mut text = format!("{begun}: {} mục | entries, gốc | root {}", repaired.size, repaired.root);
    for words in repaired.findings.iter().map(finding) {
        let _ = write!(text, "\n{}", words.text());
    }
    for fetched in &repaired.fetched {
        let _ = write!(text, "\nLấy từ nguồn | Fetched: {} từ | from {}", fetched.range, fetched.mirror);
    }
    let mut line = |words: &str, shown: &dyn std::fmt::Display| {
        let _ = write!(text, "\n{words}: {shown}");
    };
    for range in &repaired.replaced {
        line("Thay mục sai | Replaced", range);
    }
    if !repaired.without_attachment.is_empty() {
        line("Số mục thiếu tệp kèm | Entries without their attachment", &repaired.without_attachment.len());
    }
    for name in &repaired.renewed {
        line("Ghi lại từ nguồn | Written anew", name);
    }
    for name in &repaired.forgotten {
        line("Không còn biết | Forgotten", name);
    }
    not_used(&repaired.refused, &mut line);
    if let Some(evidence) = &repaired.evidence {
        line("Bản hỏng được giữ ở | The damaged one is kept in", &evidence.display());
    }
    text
}

/// What is lost, and what the next step is.
fn loss_text(loss: &Loss) -> String {
    format!(
        "{}\nBước tiếp: thêm nguồn (--from: máy tổng hợp, bản sao lưu, bản xuất); nếu chắc chắn không còn nguồn nào: danvan ledger succeed.\n\
         Next: name more sources (--from: an aggregator, a backup, an export); if there is surely none: danvan ledger succeed.",
        lost_text(loss)
    )
}

pub(super) fn lost_text(loss: &Loss) -> String {
    let mut text = "KHÔNG SỬA ĐƯỢC, chưa thay đổi gì | IRREPARABLE, nothing was changed".to_owned();
    let mut line = |words: &str, shown: &dyn std::fmt::Display| {
        let _ = write!(text, "\n{words}: {shown}");
    };
    line("Nguyên nhân | Cause", &loss.cause);
    line("Đã biết có | Known to exist, entries", &loss.known);
    line("Sổ sẽ kết thúc ở | The log would end at", &loss.frozen.size);
    line("Còn đọc được sau đó | Still readable behind that", &listed(loss.readable_entries(), &loss.readable));
    line("Mất | Lost", &listed(loss.lost_entries(), &loss.lost));
    not_used(&loss.refused, &mut line);
    text
}

fn listed(count: u64, ranges: &[IndexRange]) -> String {
    let shown: Vec<_> = ranges.iter().map(ToString::to_string).collect();
    format!("{count} {}", shown.join(" ")).trim_end().to_owned()
}

fn not_used(refused: &[RefusedMirror], line: &mut dyn FnMut(&str, &dyn std::fmt::Display)) {
    for RefusedMirror { mirror, reason, .. } in refused {
        line("Nguồn không dùng được | Not used", &format_args!("{mirror}: {reason}"));
    }
}
