//! `danvan version`.

use serde_json::json;

use crate::exit::Exit;
use crate::output::Output;

/// Says which version this is and which engines compute rankings.
pub(crate) fn run(output: Output) -> Exit {
    let version = env!("CARGO_PKG_VERSION");
    let engines = danvan_ranking::Engine::ALL.map(danvan_ranking::Engine::code);
    let text = format!("danvan {version} ({})", engines.join(", "));
    output.result(&json!({ "version": version, "engines": engines }), &text);
    Exit::Done
}
