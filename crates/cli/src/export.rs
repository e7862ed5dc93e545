//! `danvan export`: data for others.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use danvan_aggregator::{Cosigner, policy_text};
use danvan_audit::{AuditError, Exported, Place, export_tlog, opening_policy};
use danvan_tlog::Policy;

use crate::audit::unreadable;
use crate::exit::{Exit, Failure, Outcome};
use crate::input;
use crate::output::Output;

/// `danvan export …`
#[derive(Debug, Subcommand)]
pub(crate) enum ExportCommand {
    /// Xuất mọi sổ theo định dạng công khai C2SP | Every log in the public C2SP layout
    Tlog(Tlog),
}

/// `danvan export tlog --data DIR --out OUT`
///
/// Where no node's receipt is at hand, the checkpoints are cosigned again by the aggregator's mirror key. Run it as the user
/// who can read that key.
#[derive(Debug, Args)]
pub(crate) struct Tlog {
    /// Directory of an aggregator, or a data directory: policy, aggregator, nodes
    #[arg(long, value_name = "DIR")]
    data: PathBuf,
    /// New directory for the export
    #[arg(long, value_name = "OUT")]
    out: PathBuf,
    /// The policy of the export (C2SP tlog-policy); DIR/policy when absent, else that of the aggregator's own log
    #[arg(long, value_name = "FILE")]
    policy: Option<PathBuf>,
}

impl ExportCommand {
    /// Does it.
    pub(crate) fn run(self, output: Output) -> Outcome {
        let Self::Tlog(Tlog { data, out, policy }) = self;
        write_tlog(&data, &out, policy.as_deref(), output)
    }
}

/// Writes what lies in `data` to `out`: the logs of an aggregator, or the one of a unit.
pub(crate) fn write_tlog(data: &Path, out: &Path, policy: Option<&Path>, output: Output) -> Outcome {
    let place = Place::detect(data).map_err(|error| unreadable(&error))?;
    let aggregator = aggregator_of(&place);
    let policy = policy_of(&place, policy, aggregator.as_deref())?;
    let cosigner = aggregator.as_deref().map(Cosigner::open).transpose();
    if let Err(error) = &cosigner {
        output.talk(&format!("không chứng thực lại được | cannot cosign again: {error}"));
    }
    let cosigner = cosigner.ok().flatten();
    let cosign = cosigner.as_ref().map(|cosigner| move |signed: &_| cosigner.cosign(signed));
    let cosign = cosign.as_ref().map(|cosign| cosign as &danvan_audit::Cosigner<'_>);
    let exported = export_tlog(&place, &policy, out, cosign).map_err(|error| unreadable(&error))?;
    output.result(&exported, &text(&exported, out));
    Ok(if exported.uncosigned.is_empty() { Exit::Done } else { Exit::Failed })
}

fn policy_of(place: &Place, told: Option<&Path>, aggregator: Option<&Path>) -> Result<Policy, Failure> {
    let wrong = |at: String| Failure::usage("chính sách sai", "the policy is wrong", at);
    let beside = place.directory().parent().map(|home| home.join("policy")).filter(|file| file.is_file());
    let beside = beside.filter(|_| matches!(place, Place::OneLog(_)));
    if let Some(file) = told.or(beside.as_deref()) {
        return Policy::parse(&input::read(file)?).map_err(|error| wrong(format!("{}: {error}", file.display())));
    }
    match (place.policy(), aggregator) {
        (Err(AuditError::NoPolicy(_)), Some(aggregator)) => {
            let text = policy_text(aggregator)
                .map_err(|error| Failure::unreachable("không lập được chính sách", "cannot make the policy", error))?;
            Policy::parse(text.as_bytes()).map_err(|error| wrong(error.to_string()))
        }
        (Err(AuditError::NoPolicy(_)), None) => opening_policy(place.directory()).map_err(|error| unreadable(&error)),
        (policy, _) => policy.map_err(|error| unreadable(&error)),
    }
}

/// The directory of the aggregator's process, if it is one's.
fn aggregator_of(place: &Place) -> Option<PathBuf> {
    match place {
        Place::Data(data) => Some(data.join("aggregator")),
        Place::OneLog(ledger) => {
            ledger.parent().filter(|home| home.join("keys/mirror.vkey").is_file()).map(Path::to_owned)
        }
        Place::Export(_) => None,
    }
}

fn text(exported: &Exported, out: &Path) -> String {
    let mut text = format!("{} sổ, {} mục | {0} logs, {1} entries: {}", exported.logs, exported.entries, out.display());
    for origin in &exported.uncosigned {
        let _ = write!(text, "\nChưa có chứng thực | Not cosigned: {origin}");
    }
    text
}
