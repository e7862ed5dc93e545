//! The format on the disk does not move: what was written once is read for ever, here and by a foreign reader, and what is written
//! today has the bytes that are kept.
#![expect(clippy::unwrap_used, reason = "a test that cannot build its input has failed")]

mod beside;
mod fields;
mod foreign;
mod ledger;
mod stories;
