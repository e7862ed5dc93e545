//! `danvan ledger`: one ledger on a disk, looked at, verified, repaired, handed on.

mod repair;
mod status;
mod succeed;
mod verify;
mod words;

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use danvan_audit::{Place, mirrors};
use danvan_event::UnitId;
use danvan_ledger::{MirrorSource, OpenError, ended_beside};
use danvan_tlog::{Origin, VerifierKey};

use crate::exit::{Failure, Outcome};
use crate::export::write_tlog;
use crate::input;
use crate::output::Output;
use repair::Repair;
use status::Status;
use succeed::Succeed;
use verify::Verify;

/// `danvan ledger …`
#[derive(Debug, Subcommand)]
pub(crate) enum LedgerCommand {
    /// Tình trạng sổ, cả khi trạm đang chạy | What lies there, also beside a running process; nothing is locked
    Status(Status),
    /// Đọc và kiểm tra từng byte | Reads every byte and holds every promise against it
    Verify(Verify),
    /// Sửa sổ từ các bản khác | Makes a damaged ledger whole from other copies; the damaged one is kept
    Repair(Repair),
    /// Kết thúc sổ không sửa được nữa, ghi tiếp ở sổ mới | Ends a log that is past repair; a new one goes on for it
    Succeed(Succeed),
    /// Xuất một sổ theo định dạng C2SP | One log in the public C2SP layout, also beside a running process
    Export(Export),
}

/// `danvan ledger export DIR --out OUT`
///
/// A unit's log ends at its newest receipt that the policy accepts, else at its latest checkpoint. With an aggregator's log come
/// those that it mirrors, because its entries vouch for them.
#[derive(Debug, Args)]
pub(crate) struct Export {
    #[command(flatten)]
    place: LedgerPlace,
    /// New directory for the export
    #[arg(long, value_name = "OUT")]
    out: PathBuf,
    /// The policy of the export (C2SP tlog-policy); beside DIR/ledger when absent, else the log's own word
    #[arg(long, value_name = "FILE")]
    policy: Option<PathBuf>,
}

/// Which ledger.
#[derive(Debug, Args)]
pub(crate) struct LedgerPlace {
    /// Directory of a node or an aggregator, or of the ledger itself
    #[arg(value_name = "DIR")]
    dir: PathBuf,
}

impl LedgerCommand {
    /// Does it.
    pub(crate) fn run(self, output: Output) -> Outcome {
        match self {
            Self::Status(status) => status.run(output),
            Self::Verify(verify) => verify.run(output),
            Self::Repair(repair) => repair.run(output),
            Self::Succeed(succeed) => succeed.run(output),
            Self::Export(export) => write_tlog(&export.place.ledger(), &export.out, export.policy.as_deref(), output),
        }
    }
}

impl LedgerPlace {
    /// The directory of the ledger.
    fn ledger(&self) -> PathBuf {
        // Behind an interrupted repair the ledger may be without its name for a moment; its keys stand beside it.
        let inside = self.dir.join("ledger");
        if inside.is_dir() || self.dir.join("keys").is_dir() { inside } else { self.dir.clone() }
    }

    /// The key of the log: as told, else the one that lies beside the ledger since it was made.
    fn key(&self, told: Option<&VerifierKey>) -> Result<Option<VerifierKey>, Failure> {
        if let Some(key) = told {
            return Ok(Some(key.clone()));
        }
        let ledger = self.ledger();
        let home = ledger.parent().unwrap_or(Path::new("."));
        // A node's log that goes on for another has a key of its own.
        let incarnations = ended_beside(&ledger).map_or(0, |ended| ended.len());
        let incarnation = if incarnations == 0 {
            "keys/node.vkey".to_owned()
        } else {
            format!("keys/node-{}.vkey", incarnations + 1)
        };
        let files = [incarnation.as_str(), "keys/log.vkey"].map(|name| home.join(name));
        let Some(file) = files.into_iter().find(|file| file.is_file()) else { return Ok(None) };
        let text = String::from_utf8_lossy(&input::read(&file)?).into_owned();
        let key = text
            .trim_end()
            .parse()
            .map_err(|error| Failure::usage("khoá sai", "the key is wrong", format!("{}: {error}", file.display())))?;
        Ok(Some(key))
    }
}

/// Everything in the `sources` that may hold entries of a log.
fn mirrors_in(sources: &[PathBuf], origin: &Origin, ledger: &Path) -> Result<Vec<Box<dyn MirrorSource>>, Failure> {
    let mut found: Vec<Box<dyn MirrorSource>> = Vec::new();
    for source in sources {
        let place = Place::detect(source).map_err(|error| crate::audit::unreadable(&error))?;
        found.extend(mirrors(&place, origin, ledger).map_err(|error| crate::audit::unreadable(&error))?);
    }
    Ok(found)
}

/// Whether a log is that of a unit: `…/u/<unit>`, perhaps with the number of its incarnation behind it.
fn is_of_unit(origin: &Origin) -> bool {
    let mut parts = origin.as_str().rsplit('/').skip(usize::from(origin.incarnation() > 1));
    let (name, kind) = (parts.next(), parts.next());
    kind == Some("u") && parts.next().is_some() && name.is_some_and(|name| name.parse::<UnitId>().is_ok())
}

/// A ledger that cannot be looked at: nothing is proven and nothing is wrong.
fn unreadable(ledger: &Path, error: &OpenError) -> Failure {
    Failure::unreachable("không đọc được sổ", "cannot read the ledger", format!("{}: {error}", ledger.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_log_of_a_unit_is_told_by_the_place_of_its_name() {
        let is_unit = |origin: &str| is_of_unit(&Origin::new(origin).unwrap());
        for unit in ["example.vn/u/gso2024-15097", "example.vn/u/gso2024-15097/2", "a/b/u/nso2025-15091/17"] {
            assert!(is_unit(unit), "{unit}");
        }
        for other in [
            "example.vn/a/ngoc-lac",
            "example.vn/a/ngoc-lac/2",
            "example.vn/u/x/a/ngoc-lac",
            "u/gso2024-15097",
            "example.vn/u/gso2024-15097/mirror",
        ] {
            assert!(!is_unit(other), "{other}");
        }
    }
}
