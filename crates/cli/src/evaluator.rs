//! `danvan evaluator`: a board's key, made on its own machine.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use danvan_daemon::{OsRandomness, Randomness, write_private};
use danvan_event::EvaluatorKey;
use serde_json::json;

use crate::exit::{Exit, Failure, Outcome};
use crate::output::Output;

/// `danvan evaluator …`
#[derive(Debug, Subcommand)]
pub(crate) enum EvaluatorCommand {
    /// Khoá của hội đồng đánh giá | The key that signs a board's evaluations
    #[command(subcommand)]
    Key(KeyCommand),
}

/// `danvan evaluator key …`
#[derive(Debug, Subcommand)]
pub(crate) enum KeyCommand {
    /// Tạo khoá mới | Makes a key; prints the verifier key that the aggregator lists
    New(NewKey),
}

/// `danvan evaluator key new --out FILE`
#[derive(Debug, Args)]
pub(crate) struct NewKey {
    /// New file for the secret, readable by its owner only
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
}

impl EvaluatorCommand {
    /// Does it.
    pub(crate) fn run(self, output: Output) -> Outcome {
        let Self::Key(KeyCommand::New(new)) = self;
        new.run(output)
    }
}

impl NewKey {
    fn run(self, output: Output) -> Outcome {
        let mut seed = [0; 32];
        OsRandomness
            .fill(&mut seed)
            .map_err(|error| Failure::failed("không lấy được số ngẫu nhiên", "no randomness", error))?;
        let key = EvaluatorKey::from_seed(seed);
        let secret = format!("{}\n", key.to_secret_text());
        write_private(&self.out, secret.as_bytes()).map_err(|error| {
            let place = self.out.display();
            Failure::failed("không ghi được khoá", "cannot write the key", format!("{place}: {error}"))
        })?;
        let vkey = key.vkey().to_string();
        output.result(&json!({ "vkey": vkey, "file": self.out }), &vkey);
        Ok(Exit::Done)
    }
}
