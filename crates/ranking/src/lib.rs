//! Rulebook, score, order and explanation.
//!
//! [`rank`] is a pure function of a read model, a rulebook and a period. Whoever has the entries and the rulebook file gets
//! the same bytes, on any machine, at any time: integers in centi-points, exact fractions, one rounding half to even per
//! criterion and one for the whole; no float, no clock, no hash order, no locale.
//!
//! | concern | here |
//! |---|---|
//! | rules as data | [`Rulebook`], [`RulebookError`], [`RB_CQTT_0`] |
//! | what is counted | [`Measure`]; each is defined in `schemas/ranking.md` |
//! | the list | [`rank`], [`Ranking`], [`Row`], [`Class`], [`Mark`] |
//! | why | [`explain`], [`Explanation`] |
//!
//! In scope: points, classes, order, shared ranks, evidence by entry index.
//! Out of scope: which entries count (`danvan-projection`), publishing (the aggregator), texts of entries (the ledger).
//!
//! This crate must never know files, the network, a clock, floats, or the order of a hash table.
#![deny(clippy::float_arithmetic, clippy::float_cmp)]

mod class;
mod explain;
mod mark;
mod measure;
mod order;
mod ranking;
mod ratio;
mod rulebook;
mod sample;
mod score;

pub use class::Class;
pub use explain::{ComponentExplanation, CriterionExplanation, Explanation, explain};
pub use mark::Mark;
pub use measure::Measure;
pub use ranking::{CriterionRow, ENGINE, Ranking, Row, RulebookRef, rank};
pub use rulebook::{
    BasisPoints, ClassBand, Component, Criterion, MAX_RULEBOOK_BYTES, Missing, Prior, RB_CQTT_0, Rulebook,
    RulebookError,
};
