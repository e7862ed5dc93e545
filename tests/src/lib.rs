//! What the system tests stand on: the design's table of layers and the house rules as data and pure judges, and the
//! real binary and broker as processes that a test can start, kill and question.
//!
//! In scope: anything that more than one file under `tests/` needs. Out of scope: tests of one crate, which live in it.

pub mod appender;
pub mod architecture;
pub mod binary;
pub mod contract;
pub mod documents;
pub mod eventually;
pub mod fleet;
pub mod leak;
pub mod mirrored;
pub mod publishing;
pub mod rules;
pub mod schemas;
pub mod source;
pub mod spelling;
