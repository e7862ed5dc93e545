//! `danvan privacy`: personal data of a node, for its officials: found, looked at, erased, counted.

mod erase;
mod find;
mod report;

use std::path::PathBuf;

use clap::{Args, Subcommand};

use crate::client::Client;
use crate::exit::{Failure, Outcome};
use crate::input;
use crate::output::Output;

/// Where a node listens when nothing else is said.
const NODE: &str = "http://127.0.0.1:8410";

/// `danvan privacy …`
#[derive(Debug, Subcommand)]
pub(crate) enum PrivacyCommand {
    /// Tìm dữ liệu cá nhân của một người | Finds the records of a person
    Find(find::Find),
    /// Xoá dữ liệu cá nhân của các sự kiện | Erases the personal data of events
    Erase(erase::Erase),
    /// Số liệu và các yêu cầu còn phải làm | Counts, and the requests that wait
    Report(report::Report),
}

/// The running node, and the right to ask it.
#[derive(Debug, Args)]
struct Desk {
    /// Address of the node
    #[arg(long, value_name = "URL", default_value = NODE)]
    node: String,
    /// File with a token of the role `staff`, readable by its owner only: `staff.token` in the node's directory
    #[arg(long, value_name = "FILE")]
    token_file: PathBuf,
}

impl PrivacyCommand {
    /// Does it.
    pub(crate) async fn run(self, output: Output) -> Outcome {
        match self {
            Self::Find(find) => find.run(output).await,
            Self::Erase(erase) => erase.run(output).await,
            Self::Report(report) => report.run(output).await,
        }
    }
}

impl Desk {
    fn client(&self) -> Result<Client, Failure> {
        Client::new(&self.node, Some(input::secret(&self.token_file)?))
    }
}
