//! Ledgers that are damaged, judged, mended from a mirror, or given up for a new incarnation.
#![expect(clippy::unwrap_used, reason = "a test that cannot build its input has failed")]

mod commune;
mod incarnations;
mod mending;
mod mirrors;
mod mutants;
mod on_disk;
mod rejoining;
mod sparing;
mod verifying;
