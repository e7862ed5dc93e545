//! `danvan version`.

use serde_json::json;

use crate::exit::Exit;
use crate::output::Output;

/// Says which version this is and which engine computes rankings.
pub(crate) fn run(output: Output) -> Exit {
    let version = env!("CARGO_PKG_VERSION");
    let engine = danvan_ranking::ENGINE;
    output.result(&json!({ "version": version, "engine": engine }), &format!("danvan {version} ({engine})"));
    Exit::Done
}
