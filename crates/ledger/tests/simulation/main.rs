//! Whole lives of ledgers on disks that fail: every power cut of a script, and ten thousand stories by seed.
#![expect(clippy::unwrap_used, reason = "a test that cannot build its input has failed")]

mod bytes;
mod damage;
mod life;
mod matrix;
mod medium;
mod mutants;
mod seeds;
mod story;
mod truth;
mod world;
