//! Sequences of operations by seed, against a model that fits on a page; a failing one is shrunk and printed.
#![expect(clippy::unwrap_used, reason = "a test that cannot build its input has failed")]

mod journal;
mod slots;
