//! `danvan ledger`: one ledger on a disk, looked at, verified, repaired, handed on.

mod repair;
mod status;
mod verify;
mod words;

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use danvan_ledger::OpenError;
use danvan_tlog::VerifierKey;

use crate::exit::{Failure, Outcome};
use crate::export::write_tlog;
use crate::input;
use crate::output::Output;
use repair::Repair;
use status::Status;
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
        let files = ["keys/node.vkey", "keys/log.vkey"].map(|name| home.join(name));
        let Some(file) = files.into_iter().find(|file| file.is_file()) else { return Ok(None) };
        let text = String::from_utf8_lossy(&input::read(&file)?).into_owned();
        let key = text
            .trim_end()
            .parse()
            .map_err(|error| Failure::usage("khoá sai", "the key is wrong", format!("{}: {error}", file.display())))?;
        Ok(Some(key))
    }
}

/// A ledger that cannot be looked at: nothing is proven and nothing is wrong.
fn unreadable(ledger: &Path, error: &OpenError) -> Failure {
    Failure::unreachable("không đọc được sổ", "cannot read the ledger", format!("{}: {error}", ledger.display()))
}
