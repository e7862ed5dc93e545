//! Copies of a process's directory on a real disk: taken beside a writer, interrupted, damaged, forgotten, put back.
#![expect(clippy::unwrap_used, reason = "a test that cannot build its input has failed")]

mod harm;
mod machine;
mod taking;
