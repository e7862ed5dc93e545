//! The fold from its outside: given a log, when an entry comes, then it counts or is flagged.
#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

mod aggregator;
mod counting;
mod deeds;
mod evaluation_rules;
mod evaluators;
mod feedback_rules;
mod interleaving;
mod log;
mod movement_rules;
mod pledge_rules;
mod privacy_rules;
mod publishing;
mod revocation;
mod rules;
mod scenario;
mod snapshot;
mod succession;
