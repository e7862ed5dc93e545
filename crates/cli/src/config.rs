//! `danvan config check`: is the configuration right, before anything is opened?

use std::path::PathBuf;

use clap::{Args, Subcommand};
use danvan_node::Overrides;
use serde_json::json;

use crate::exit::{Exit, Failure, Outcome};
use crate::output::Output;
use crate::{aggregator, node};

/// `danvan config …`
#[derive(Debug, Subcommand)]
pub(crate) enum ConfigCommand {
    /// Kiểm tra cấu hình | Names file, line and key of what is wrong; opens no port
    Check(Check),
}

/// `danvan config check --data DIR`
#[derive(Debug, Args)]
pub(crate) struct Check {
    /// Directory of a node or an aggregator
    #[arg(long, value_name = "DIR")]
    data: PathBuf,
}

impl ConfigCommand {
    /// Does it.
    pub(crate) fn run(self, output: Output) -> Outcome {
        let Self::Check(Check { data }) = self;
        if data.join("node.toml").exists() {
            node::check(&data, &Overrides::default())?;
        } else if data.join("aggregator.toml").exists() {
            aggregator::check(&data)?;
        } else {
            let shown = data.display();
            return Err(Failure::new(
                Exit::Usage,
                format!("{shown} không có node.toml hay aggregator.toml"),
                format!("{shown} holds neither node.toml nor aggregator.toml"),
            ));
        }
        output.result(&json!({ "data": data, "ok": true }), "Cấu hình đúng | The configuration is right");
        Ok(Exit::Done)
    }
}
