//! Rulebook files: those that are shipped, their schema, and what a wrong one is told.
#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

mod document;
mod linter;
mod shipped;
