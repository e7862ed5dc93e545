//! The fold from its outside: given a log, when an entry comes, then it counts or is flagged.
#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

mod aggregator;
mod counting;
mod deeds;
mod interleaving;
mod log;
mod publishing;
mod rules;
mod snapshot;
