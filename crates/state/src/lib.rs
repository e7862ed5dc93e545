//! Derived, disposable state: rows that can always be computed again from a ledger, kept so that a start need not read it whole.
//!
//! # What's in scope
//! * [`Table`]: one sled tree whose every batch carries the cursor and a digest of all rows; opened with panics, hangs and
//!   crashes contained; anything odd is moved aside and the table starts empty, which the caller answers by a rebuild.
//!
//! # What's out of scope
//! Anything that must not be lost. sled 0.34.7 was measured to roll back silently after damage, and its flush is no
//! `fdatasync`. Keys, journals, receipts and openings live elsewhere.
//!
//! This is the only crate that names sled. It must never know the domain.

mod contained;
mod quarantine;
mod seal;
mod table;

pub use quarantine::QuarantineReason;
pub use table::{KeyValue, OpenError, Opened, Row, StateError, Table};
