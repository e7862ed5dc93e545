//! `danvan evaluator`: a board's key, made on its own machine, and what it signs there.

mod sign;

use std::path::PathBuf;

use clap::{Args, Subcommand};
use danvan_event::EvaluatorKey;
use serde_json::json;

use crate::exit::{Exit, Outcome};
use crate::output::Output;
use crate::secret_key;

/// `danvan evaluator …`
#[derive(Debug, Subcommand)]
pub(crate) enum EvaluatorCommand {
    /// Khoá của hội đồng đánh giá | The key that signs a board's evaluations
    #[command(subcommand)]
    Key(KeyCommand),
    /// Ký kết quả đánh giá, kết luận kiến nghị | Signs an evaluation or a decision about an appeal; prints the signed form
    Sign(sign::Sign),
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
        match self {
            Self::Key(KeyCommand::New(new)) => new.run(output),
            Self::Sign(sign) => sign.run(output),
        }
    }
}

impl NewKey {
    fn run(self, output: Output) -> Outcome {
        let key = EvaluatorKey::from_seed(secret_key::new_seed()?);
        secret_key::keep(&self.out, &format!("{}\n", key.to_secret_text()))?;
        let vkey = key.vkey().to_string();
        output
            .talk("Giao dòng này cho máy tổng hợp | Give this line to the aggregator: danvan aggregator evaluator add");
        output.result(&json!({ "vkey": vkey, "file": self.out }), &vkey);
        Ok(Exit::Done)
    }
}
