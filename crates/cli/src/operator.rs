//! `danvan operator`: the key of somebody who answers for a published ranking, made on their own machine.

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use danvan_event::OperatorKey;
use serde_json::json;

use crate::exit::{Exit, Failure, Outcome};
use crate::input;
use crate::output::Output;
use crate::secret_key;

/// `danvan operator …`
#[derive(Debug, Subcommand)]
pub(crate) enum OperatorCommand {
    /// Khoá của người phê duyệt | The key that approves rankings
    #[command(subcommand)]
    Key(KeyCommand),
}

/// `danvan operator key …`
#[derive(Debug, Subcommand)]
pub(crate) enum KeyCommand {
    /// Tạo khoá mới | Makes a key; prints the verifier key that the aggregator lists
    New(NewKey),
}

/// `danvan operator key new --post POST --out FILE`
#[derive(Debug, Args)]
#[command(after_help = "Example: danvan operator key new --post \"Trưởng Ban Dân vận\" --out ./operator.key")]
pub(crate) struct NewKey {
    /// The post of whoever holds the key, never a person's name
    #[arg(long)]
    post: String,
    /// New file for the secret, readable by its owner only
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
}

impl OperatorCommand {
    /// Does it.
    pub(crate) fn run(self, output: Output) -> Outcome {
        let Self::Key(KeyCommand::New(new)) = self;
        new.run(output)
    }
}

impl NewKey {
    fn run(self, output: Output) -> Outcome {
        let post = self.post.trim();
        if post.is_empty() || post.chars().any(char::is_control) {
            return Err(Failure::usage("thiếu chức vụ", "a post is needed", "--post"));
        }
        let key = OperatorKey::from_seed(secret_key::new_seed()?);
        secret_key::keep(&self.out, &format!("{}\n# {post}\n", key.to_secret_text()))?;
        let vkey = key.vkey().to_string();
        output
            .talk("Giao dòng này cho máy tổng hợp | Give this line to the aggregator: danvan aggregator operator add");
        output.result(&json!({ "vkey": vkey, "post": post, "file": self.out }), &vkey);
        Ok(Exit::Done)
    }
}

/// The key in a file that only its owner can read; the lines below the first are remarks.
pub(crate) fn key_of(file: &Path) -> Result<OperatorKey, Failure> {
    let text = input::secret(file)?;
    OperatorKey::from_secret_text(text.lines().next().unwrap_or_default()).map_err(|error| {
        let place = file.display();
        Failure::usage("không phải khoá của người phê duyệt", "not an operator's key", format!("{place}: {error}"))
    })
}
