//! A disk that is full: ordinary records are refused, control records go through, and nothing is lost.
#![expect(clippy::unwrap_used, reason = "a test that cannot build its input has failed")]

mod life;
mod power;
mod small_disk;
mod space;
