//! `danvan`: the one binary. Facts in at a commune, a proven ranking out at the aggregator.
//!
//! Data goes to standard output, talk to standard error. Exit codes: 0 done, 1 failed or findings, 2 usage or
//! configuration, 3 incomplete or unreachable, 10 a rehearsal that would change something.
//!
//! In scope: arguments, what a person reads at a terminal, the demo's processes. Out of scope: what the crates do that commands call.

mod aggregator;
mod arguments;
mod audit;
mod backup;
mod child;
mod client;
mod config;
mod demo;
mod evaluator;
mod events;
mod exit;
mod export;
mod input;
mod ledger;
mod new_event;
mod node;
mod operator;
mod output;
mod parent;
mod privacy;
mod progress;
mod rank;
mod secret_key;
mod simulate;
mod succession;
mod version;

use std::process::ExitCode;

use clap::Parser;

use crate::arguments::Arguments;
use crate::exit::Exit;
use crate::output::Output;

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let output = Output::new(arguments.json);
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            output.talk(&format!("danvan: {error}"));
            return Exit::Failed.into();
        }
    };
    match runtime.block_on(arguments.command.run(output)) {
        Ok(exit) => exit.into(),
        Err(failure) => {
            output.failure(&failure);
            failure.exit().into()
        }
    }
}
