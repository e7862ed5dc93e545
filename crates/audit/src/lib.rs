//! Read-only verdicts over whole logs: whether history was kept, and whether a published ranking follows from it.
//!
//! | concern | here |
//! |---|---|
//! | where logs lie | [`Place`]: a data directory, one ledger, or an export |
//! | was history kept? | [`fsck`] → [`Report`] of [`Finding`]s and what is known of each log's [`History`] |
//! | does the ranking follow? | [`replay`] → [`Replay`] of [`Replayed`] publications, [`Difference`] |
//! | hand the logs to others | [`export_tlog`], [`opening_policy`] |
//! | give entries back to whoever repairs a ledger | [`mirrors`], [`supply_attachment`] |
//!
//! # In scope
//!
//! Recomputing every root from the entries, every signature against a policy file, every statement of the aggregator
//! against what it and the communes hold, every published ranking from the mirrored entries.
//!
//! # Out of scope
//!
//! Repairing anything (`ledger`), showing anything (`cli`).
//!
//! # Must never know
//!
//! Replication, nodes, aggregators as running programs; secrets. It opens no writer and takes no lock, so that it can be
//! pointed at a running system and at a stranger's disk alike.

mod aggregator_log;
mod attachment;
mod difference;
mod error;
mod evidence;
mod export;
mod export_log;
mod finding;
mod flags;
mod fold;
mod fork;
mod fsck;
mod held_log;
mod history;
mod ledger_log;
mod mirror_copy;
mod mirrors;
mod note_check;
mod opening;
mod place;
mod problem;
mod publication;
mod published_file;
mod replay;
mod report;
mod testimony;
mod texts;
mod unit_log;
mod walk;

pub use difference::{CriterionDifference, Difference};
pub use error::AuditError;
pub use export::{Cosigner, Exported, export_tlog};
pub use finding::{Fault, Finding, Part};
pub use fsck::fsck;
pub use history::{Ended, Forgone, History, Previous};
pub use mirrors::{mirrors, supply_attachment};
pub use opening::opening_policy;
pub use place::Place;
pub use problem::Problem;
pub use replay::{Replay, Replayed, replay};
pub use report::{LogSummary, Report};
