//! Verdicts over a small deployment that was really written to a disk.

#![expect(clippy::unwrap_used, reason = "a test that cannot build its input has failed")]

mod export;
mod files;
mod fleet;
mod fraud;
mod fsck;
mod mirrors;
mod replay;
