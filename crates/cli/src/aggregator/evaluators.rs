//! `danvan aggregator evaluator`: whose signatures count as the board's.

use clap::{Args, Subcommand};
use danvan_aggregator::{OpenError, OperationError};
use danvan_event::{EvaluatorVkey, Timestamp};
use serde_json::{Value, json};

use super::{Whichever, enrol_failure};
use crate::client::Client;
use crate::exit::{Exit, Outcome};
use crate::output::{Output, table};

/// `danvan aggregator evaluator …`
#[derive(Debug, Subcommand)]
pub(crate) enum EvaluatorListCommand {
    /// Ghi nhận khoá của hội đồng đánh giá | Lists an evaluator's key: records `evaluation.evaluator_listed`
    Add(Box<EvaluatorAdd>),
    /// Thôi ghi nhận khoá của hội đồng đánh giá | Takes a key off the list: records `evaluation.evaluator_delisted`
    Delist(Box<EvaluatorDelist>),
    /// Danh sách khoá của hội đồng đánh giá | The evaluators' keys, listed and former
    List(EvaluatorList),
}

/// `danvan aggregator evaluator add VKEY`
#[derive(Debug, Args)]
pub(crate) struct EvaluatorAdd {
    /// The key that `danvan evaluator key new` printed
    vkey: EvaluatorVkey,
    /// The post of whoever holds the key, never a person's name
    #[arg(long)]
    post: String,
    /// The key was delisted, and all that it signed is to count again: never for a key that was stolen
    #[arg(long)]
    again: bool,
    #[command(flatten)]
    running: Whichever,
}

/// `danvan aggregator evaluator delist VKEY`
#[derive(Debug, Args)]
pub(crate) struct EvaluatorDelist {
    /// The key that is listed
    vkey: EvaluatorVkey,
    /// What units recorded under this key from this moment on is not the board's, such as 2024-06-01T07:00:00+07:00; of a lost
    /// key, the moment of the loss
    #[arg(long, value_name = "TIME", value_parser = Timestamp::parse_rfc3339)]
    since: Timestamp,
    /// Why, published: a decision by its number, never a person's name
    #[arg(long)]
    reason: String,
    #[command(flatten)]
    running: Whichever,
}

/// `danvan aggregator evaluator list`
#[derive(Debug, Args)]
pub(crate) struct EvaluatorList {
    #[command(flatten)]
    running: Whichever,
}

impl EvaluatorListCommand {
    /// Does it.
    pub(super) async fn run(self, output: Output) -> Outcome {
        match self {
            Self::Add(add) => add.run(output).await,
            Self::Delist(delist) => delist.run(output).await,
            Self::List(list) => list.run(output).await,
        }
    }
}

impl EvaluatorAdd {
    async fn run(self, output: Output) -> Outcome {
        let mut request = json!({ "vkey": self.vkey.to_string(), "post": self.post });
        if self.again {
            request["again"] = json!(true);
        }
        let at_rest = danvan_aggregator::evaluator_add(&self.running.data, &self.vkey, &self.post, self.again);
        self.running.stated(at_rest, "evaluators", &request).await?;
        output.result(&request, &format!("Đã ghi nhận | Listed: {}", self.post));
        Ok(Exit::Done)
    }
}

impl EvaluatorDelist {
    async fn run(self, output: Output) -> Outcome {
        let request = json!({ "vkey": self.vkey.to_string(), "since": self.since, "reason": self.reason });
        let at_rest = danvan_aggregator::evaluator_delist(&self.running.data, &self.vkey, self.since, &self.reason);
        self.running.stated(at_rest, "evaluator-delistings", &request).await?;
        let since = danvan_ui::date_time(self.since.as_millis());
        output.result(&request, &format!("Đã thôi ghi nhận từ {since} | Delisted from {since} on: {}", self.vkey));
        Ok(Exit::Done)
    }
}

impl EvaluatorList {
    async fn run(self, output: Output) -> Outcome {
        let listed = match danvan_aggregator::evaluators(&self.running.data) {
            Ok(evaluators) => evaluators.document(),
            Err(OperationError::Open(OpenError::Running)) => {
                Client::new(&self.running.to, None)?.get("/api/v1/evaluators").await?
            }
            Err(error) => return Err(enrol_failure(&error)),
        };
        let text = |row: &Value, name: &str| row[name].as_str().unwrap_or_default().to_owned();
        let since = |row: &Value| {
            let since = row["since"].as_str().and_then(|since| since.parse::<Timestamp>().ok());
            since.map(|since| danvan_ui::date_time(since.as_millis())).unwrap_or_default()
        };
        let rows_of = |name: &str| listed[name].as_array().into_iter().flatten();
        let rows = rows_of("evaluators").chain(rows_of("former"));
        let rows = rows.map(|row| vec![text(row, "post"), text(row, "vkey"), since(row), text(row, "reason")]);
        output.result(&listed, &table(&["Chức vụ", "Khoá", "Thôi ghi nhận từ", "Lý do"], rows, &[]));
        Ok(Exit::Done)
    }
}
