//! Whole lives of ledgers on disks that fail: every power cut of a script, ten thousand stories by seed, and stories of nodes, whose
//! ledgers sign by themselves, are mirrored, repaired, and go on when they are past repair.
#![expect(clippy::unwrap_used, reason = "a test that cannot build its input has failed")]

mod bytes;
mod damage;
mod life;
mod matrix;
mod medium;
mod mending;
mod mutants;
mod node;
mod seeds;
mod step;
mod story;
mod truth;
mod world;
