//! A whole fleet of pure machines over a courier that drops, repeats, reorders, delays, forgets and delivers late.
//!
//! Every seed is one history. At the end every entry must be cosigned by every aggregator and every mirror must equal its
//! log. The mutants prove that the histories are nasty enough: each of them must be caught.
#![expect(clippy::unwrap_used, reason = "a test that cannot build its input has failed")]

mod broker;
mod chance;
mod histories;
mod mirror;
mod mutant;
mod node;
mod plan;
mod sink;
mod world;
