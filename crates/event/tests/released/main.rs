//! What was released stays readable: every current schema against the frozen copies under `schemas/events/released/`.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod compatibility;
mod frozen;
mod mutants;
