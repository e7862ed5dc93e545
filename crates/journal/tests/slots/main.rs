//! Pairs of slots: what damage, and what ends of the process, they survive.
#![expect(clippy::unwrap_used, reason = "a test that cannot build its input has failed")]

mod damage;
mod lives;
