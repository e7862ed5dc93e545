//! The commune's node: takes what citizens, officials and boards report, keeps it, and sees that it arrives.
//!
//! # What's in scope
//! * Intake over HTTP: forms from programs (`POST /api/v1/events`) and from people (kiosk pages that need no JavaScript); every
//!   refusal names field and reason in Vietnamese and English, and loses nothing else.
//! * The recorder: one order for time, rules of the domain and place in the log; idempotent by event id.
//! * The vault: openings of personal fields, on this machine only; every look at them is an event, and so is their end.
//! * Wiring: ledger, shipper, heartbeat, health, metrics, drain; catching up from the aggregators before a ledger that may be
//!   shorter than what they hold is opened.
//!
//! # What's out of scope
//! How an entry is spelled (`event`), which rules hold (`projection`), how bytes survive (`ledger`) and travel (`replication`).
//!
//! This crate must never know the aggregator or the ranking.

mod api;
mod broker;
mod catalogues;
mod catch_up;
mod disclosure;
mod face;
mod failure;
mod first_look;
mod hand;
mod handing_on;
mod history;
mod incoming;
mod init;
mod intake;
mod intake_keys;
mod key_check;
mod kiosk;
mod ledger_watch;
mod machine;
mod metrics;
mod node_clock;
mod own_fact;
mod prepared;
mod privacy;
mod recorder;
mod refusal;
mod rejoining;
mod run;
mod settings;
mod shell;
mod sources;
mod succession;
mod sync;
#[cfg(test)]
mod testbed;
mod tokens;
mod vault;

pub use init::{InitError, InitOptions, NodeIdentity, init};
pub use prepared::CheckError;
pub use run::{Overrides, RunError, check, run};
pub use settings::DEMO_MARKER;
pub use succession::{CurrentLog, SuccessionError, current_log, succeed};
pub use tokens::TokensError;
