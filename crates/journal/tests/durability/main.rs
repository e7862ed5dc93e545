//! What a journal promises, tried against a disk that loses power, space and bytes.
#![expect(clippy::unwrap_used, reason = "a test that cannot build its input has failed")]

mod beside;
mod concurrency;
mod continuations;
mod crash_matrix;
mod damage;
mod faults;
mod mutants;
mod refusals;
mod workload;
