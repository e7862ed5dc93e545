//! `danvan export`: data for others.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use danvan_audit::export_tlog;

use crate::audit::unreadable;
use crate::exit::{Exit, Outcome};
use crate::output::Output;

/// `danvan export …`
#[derive(Debug, Subcommand)]
pub(crate) enum ExportCommand {
    /// Xuất mọi sổ theo định dạng công khai C2SP | Every log in the public C2SP layout
    Tlog(Tlog),
}

/// `danvan export tlog --data DIR --out OUT`
#[derive(Debug, Args)]
pub(crate) struct Tlog {
    /// Data directory: policy, aggregator, nodes
    #[arg(long, value_name = "DIR")]
    data: PathBuf,
    /// New directory for the export
    #[arg(long, value_name = "OUT")]
    out: PathBuf,
}

impl ExportCommand {
    /// Does it.
    pub(crate) fn run(self, output: Output) -> Outcome {
        let Self::Tlog(Tlog { data, out }) = self;
        let exported = export_tlog(&data, &out, None).map_err(|error| unreadable(&error))?;
        let text = format!("{} sổ, {} mục | {0} logs, {1} entries: {}", exported.logs, exported.entries, out.display());
        output.result(&exported, &text);
        Ok(Exit::Done)
    }
}
