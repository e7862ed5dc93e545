//! The tier's server: it verifies, mirrors, ranks and shows.
//!
//! A batch that continues its log is made durable in the aggregator's own ledger, cosigned, and answered with a receipt;
//! its entries are folded into a read model; the ranking is computed from that, shown, and published as one more entry of
//! the own ledger. Everything in memory is rebuilt from that ledger at every start, or from a snapshot that is proven
//! to be of it.
//!
//! | concern | here |
//! |---|---|
//! | making one | [`init`], [`InitOptions`], [`Identity`] |
//! | an operator's statements | [`unit_add`], [`units_add`], [`evaluator_add`], [`evaluator_delist`], [`evaluators`], [`operator_add`], [`operator_delist`], [`operators`], [`rulebook_adopt`], [`catalogue_publish`], [`catalogues`], [`tree_publish`], [`unit_succeed`], [`units_assign`], [`policy_text`] |
//! | exporting what it cosigned | [`Cosigner`] |
//! | running | [`run`], [`Overrides`], [`check`] |
//!
//! # In scope
//!
//! The receiver's durability, cosigning, forks and flags; giving entries back to nodes that lost them; the read model,
//! provisional rankings, and the course of a period from its opening to a published ranking and its amendments; API, pages,
//! live updates; the fleet as it reports itself.
//! `schemas/config/aggregator.md` describes the settings, `schemas/api/aggregator.md` the API.
//!
//! # Out of scope
//!
//! What an event means, how it scores, how batches travel, how entries lie on the disk: crates of their own.
//!
//! # Must never know
//!
//! The node: it is met only through batches, receipts and heartbeats.

mod approval;
mod archive;
mod closing;
mod course;
mod enrolment;
mod evaluators;
mod fleet;
mod fork;
mod group;
mod held_standings;
mod init;
mod keeping;
mod key_file;
mod layout;
mod lending;
mod metrics;
mod mirror;
mod notary;
mod opening;
mod policy;
mod prepared;
mod proof;
mod publication;
mod published_files;
mod reading;
mod reform;
mod replay;
mod roll;
mod running;
mod scribe;
mod settings;
mod shelf;
mod snapshot;
mod spool;
mod standing;
mod succession;
#[cfg(test)]
mod trial;
mod web;

pub use approval::{Operators, operator_add, operator_delist, operators};
pub use enrolment::{Enrolled, OperationError, unit_add, units_add};
pub use evaluators::{Evaluators, evaluator_add, evaluator_delist, evaluators};
pub use init::{Identity, InitError, InitOptions, init, init_with};
pub use key_file::KeyFileError;
pub use mirror::StateError;
pub use notary::{Cosigner, CosignerError};
pub use opening::OpenError;
pub use policy::{PolicyTextFailure, policy_text};
pub use prepared::CheckError;
pub use published_files::{PublishedCatalogue, catalogue_publish, catalogues, tree_publish, units_assign};
pub use reading::FoldingGone;
pub use reform::unit_succeed;
pub use running::{Overrides, RunError, check, run};
pub use scribe::ScribeError;
pub use shelf::rulebook_adopt;
