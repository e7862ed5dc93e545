//! `danvan ledger succeed`.

use std::path::{Path, PathBuf};

use clap::Args;
use danvan_audit::supply_attachment;
use danvan_ledger::{
    MirrorSource, Previous, RepairOptions, RepairOutcome, RepairSources, SucceedError, rehearse_repair, status,
};
use danvan_node::{CurrentLog, SuccessionError, current_log, succeed};
use danvan_tlog::{Index, Origin, VerifierKey};
use serde_json::json;

use super::mirrors_in;
use super::repair::{failure, loss_document, lost_text};
use crate::exit::{Exit, Failure, Outcome};
use crate::output::Output;

/// `danvan ledger succeed DIR --from SOURCE… --end-log ORIGIN`
///
/// For a ledger that `repair` calls irreparable, when there is surely no other copy. The log ends for ever where an aggregator or a
/// proof holds it, and the node goes on with a new log, whose key every aggregator enrols like that of a new node.
#[derive(Debug, Args)]
#[command(after_help = "Example: danvan ledger succeed ./loc-thinh --from /media/usb/loc-thinh")]
pub(crate) struct Succeed {
    /// Directory of a node
    #[arg(value_name = "DIR")]
    dir: PathBuf,
    /// Another copy, an export, a data directory, or the directory of an aggregator; may be given more than once
    #[arg(long = "from", value_name = "SOURCE")]
    sources: Vec<PathBuf>,
    /// Does it: the name of the log that ends, as an operator's confirmation. Without it, what would be lost is shown
    #[arg(long, value_name = "ORIGIN")]
    end_log: Option<Origin>,
    /// Go on although nothing tells any more what was promised: an operator knows that it was not more than lies here
    #[arg(long)]
    accept_forgotten: bool,
}

impl Succeed {
    pub(crate) fn run(self, output: Output) -> Outcome {
        if !self.dir.join("node.toml").is_file() {
            return Err(Failure::usage(
                "chỉ sổ của một trạm mới nối tiếp được, trong thư mục của trạm; máy tổng hợp hỏng hẳn thì lập máy mới với tên mới",
                "only a node's log goes on, in the directory of the node; for an aggregator past repair make a new one of another name",
                self.dir.display(),
            ));
        }
        let current = current_log(&self.dir).map_err(|error| self.failure(&error))?;
        let origin = current.vkey.name().origin();
        let done = before(&current.ledger).filter(|previous| Some(&previous.origin) == self.end_log.as_ref());
        if let Some(previous) = done {
            report(output, &previous, &current.vkey);
            return Ok(Exit::Done);
        }
        match &self.end_log {
            None => self.rehearse(&current, output),
            Some(named) if *named == origin => self.end(&current, output),
            Some(named) => Err(Failure::usage(
                "tên sổ không đúng",
                "that is not the log of this node",
                format!("--end-log {named}: {origin}"),
            )),
        }
    }

    fn rehearse(&self, current: &CurrentLog, output: Output) -> Outcome {
        let origin = current.vkey.name().origin();
        let outcome = self.with_sources(current, |sources| {
            rehearse_repair(&current.ledger, &current.vkey, sources, self.options())
        })?;
        let outcome = outcome.map_err(|error| failure(&current.ledger, &error))?;
        let RepairOutcome::Irreparable(loss) = outcome else { return Err(not_needed(&current.ledger)) };
        let mut document = loss_document(&loss);
        document["outcome"] = json!("would_succeed");
        document["origin"] = json!(origin.as_str());
        document["successor"] = json!(current.next.as_str());
        let text = format!(
            "{origin}\n{}\nSổ mới | The new log: {}\nNếu chắc chắn không còn bản sao nào, chạy lại với | If there is surely no other \
             copy, run it again with: --end-log {origin}",
            lost_text(&loss),
            current.next
        );
        output.result(&document, &text);
        Ok(Exit::Different)
    }

    fn end(&self, current: &CurrentLog, output: Output) -> Outcome {
        let outcome = self.with_sources(current, |sources| succeed(&self.dir, current, sources, self.options()))?;
        let (succession, vkey) = outcome.map_err(|error| self.failure(&error))?;
        let (origin, size, root) = (succession.origin, succession.size, succession.root);
        let previous = Previous { origin, size, root, carried: succession.carried, lost: succession.lost };
        report(output, &previous, &vkey);
        Ok(Exit::Done)
    }

    fn with_sources<T>(&self, current: &CurrentLog, act: impl FnOnce(RepairSources<'_>) -> T) -> Result<T, Failure> {
        let mut found = mirrors_in(&self.sources, &current.vkey.name().origin(), &current.ledger)?;
        let mut attachments = |_: Index, entry: &[u8], offered| supply_attachment(entry, offered);
        Ok(act(RepairSources {
            mirrors: found.iter_mut().map(|mirror| mirror.as_mut() as &mut dyn MirrorSource).collect(),
            attachments: &mut attachments,
        }))
    }

    fn options(&self) -> RepairOptions {
        RepairOptions { accept_forgotten: self.accept_forgotten, ..RepairOptions::default() }
    }

    fn failure(&self, error: &SuccessionError) -> Failure {
        let ledger = self.dir.join("ledger");
        match error {
            SuccessionError::Ledger(SucceedError::NotNeeded) => not_needed(&ledger),
            SuccessionError::Ledger(SucceedError::Repair(error)) => failure(&ledger, error),
            SuccessionError::Settings(_) | SuccessionError::Secret(_) | SuccessionError::Key { .. } => {
                Failure::usage("cấu hình của trạm sai", "the node's configuration is wrong", error)
            }
            _ => Failure::failed(
                "chưa nối tiếp được sổ; có thể chạy lại",
                "the log does not go on yet; try again",
                error,
            ),
        }
    }
}

fn not_needed(ledger: &Path) -> Failure {
    Failure::failed(
        "sổ còn nguyên hoặc còn sửa được; hãy dùng danvan ledger repair",
        "the ledger is sound or can be repaired: use danvan ledger repair",
        ledger.display(),
    )
}

/// The log that ended before the one that lies there.
fn before(ledger: &Path) -> Option<Previous> {
    status(ledger).ok()?.previous
}

fn report(output: Output, previous: &Previous, vkey: &VerifierKey) {
    let Previous { origin, size, root, carried, lost } = previous;
    let successor = vkey.name().origin();
    let document = json!({
        "outcome": "succeeded",
        "origin": origin.as_str(),
        "successor": successor.as_str(),
        "vkey": vkey.to_string(),
        "size": size.get(),
        "root": root.to_string(),
        "carried": carried,
        "lost": lost,
    });
    let text = format!(
        "{origin}\nĐã kết thúc ở | Ended at {size}, gốc | root {root}\nMang sang sổ mới | Carried on: {carried}\nMất | Lost: {lost}\n\
         Sổ mới | The new log: {successor}\nĐăng ký khoá này ở mọi máy tổng hợp | Enrol this key with every aggregator:\n{vkey}"
    );
    output.result(&document, &text);
}
