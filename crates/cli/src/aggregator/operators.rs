//! `danvan aggregator operator`: whose approvals make a ranking official.

use clap::{Args, Subcommand};
use danvan_aggregator::{OpenError, OperationError};
use danvan_event::OperatorVkey;
use serde_json::{Value, json};

use super::{Whichever, enrol_failure};
use crate::client::Client;
use crate::exit::{Exit, Outcome};
use crate::output::{Output, table};

/// `danvan aggregator operator …`
#[derive(Debug, Subcommand)]
pub(crate) enum OperatorListCommand {
    /// Ghi nhận khoá của người phê duyệt | Lists an operator's key: records `ranking.operator_listed`
    Add(Box<OperatorAdd>),
    /// Thôi ghi nhận khoá của người phê duyệt | Strikes an operator off: records `ranking.operator_delisted`
    Delist(Box<OperatorDelist>),
    /// Danh sách người phê duyệt | The operators, listed and former
    List(OperatorList),
}

/// `danvan aggregator operator add VKEY`
#[derive(Debug, Args)]
pub(crate) struct OperatorAdd {
    /// The key that `danvan operator key new` printed
    vkey: OperatorVkey,
    /// The post of whoever holds the key, never a person's name
    #[arg(long)]
    post: String,
    #[command(flatten)]
    running: Whichever,
}

/// `danvan aggregator operator delist VKEY`
#[derive(Debug, Args)]
pub(crate) struct OperatorDelist {
    /// The key that is listed; what it approved before stays approved
    vkey: OperatorVkey,
    /// Why, published: a decision by its number, never a person's name
    #[arg(long)]
    reason: String,
    #[command(flatten)]
    running: Whichever,
}

/// `danvan aggregator operator list`
#[derive(Debug, Args)]
pub(crate) struct OperatorList {
    #[command(flatten)]
    running: Whichever,
}

impl OperatorListCommand {
    /// Does it.
    pub(super) async fn run(self, output: Output) -> Outcome {
        match self {
            Self::Add(add) => add.run(output).await,
            Self::Delist(delist) => delist.run(output).await,
            Self::List(list) => list.run(output).await,
        }
    }
}

impl OperatorAdd {
    async fn run(self, output: Output) -> Outcome {
        let request = json!({ "vkey": self.vkey.to_string(), "post": self.post });
        let at_rest = danvan_aggregator::operator_add(&self.running.data, &self.vkey, &self.post);
        self.running.stated(at_rest, "operators", &request).await?;
        output.result(&request, &format!("Đã ghi nhận | Listed: {}", self.post));
        Ok(Exit::Done)
    }
}

impl OperatorDelist {
    async fn run(self, output: Output) -> Outcome {
        let request = json!({ "vkey": self.vkey.to_string(), "reason": self.reason });
        let at_rest = danvan_aggregator::operator_delist(&self.running.data, &self.vkey, &self.reason);
        self.running.stated(at_rest, "delistings", &request).await?;
        output.result(&request, &format!("Đã thôi ghi nhận | Delisted: {}", self.vkey));
        Ok(Exit::Done)
    }
}

impl OperatorList {
    async fn run(self, output: Output) -> Outcome {
        let listed = match danvan_aggregator::operators(&self.running.data) {
            Ok(operators) => operators.document(),
            Err(OperationError::Open(OpenError::Running)) => {
                Client::new(&self.running.to, None)?.get("/api/v1/operators").await?
            }
            Err(error) => return Err(enrol_failure(&error)),
        };
        let text = |row: &Value, name: &str| row[name].as_str().unwrap_or_default().to_owned();
        let rows_of = |name: &str| listed[name].as_array().into_iter().flatten();
        let rows = rows_of("operators").chain(rows_of("former"));
        let rows = rows.map(|row| vec![text(row, "post"), text(row, "vkey"), text(row, "reason")]);
        output.result(&listed, &table(&["Chức vụ", "Khoá", "Thôi ghi nhận"], rows, &[]));
        Ok(Exit::Done)
    }
}
