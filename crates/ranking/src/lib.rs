//! Rulebook, score, order and explanation.
//!
//! [`rank`] is a pure function of a read model, a rulebook and a period. Whoever has the entries and the rulebook file gets
//! the same bytes, on any machine, at any time: integers in centi-points, exact fractions, one rounding half to even per
//! criterion and one for the whole; no float, no clock, no hash order, no locale.
//!
//! | concern | here |
//! |---|---|
//! | rules as data | [`Rulebook`], [`RulebookError`], [`RB_CQTT_0`], [`RB_CQTT_1`], [`RB_DONGNAI_54`] |
//! | procedures | [`Engine`] |
//! | what is counted | [`Measure`]; each is defined in `schemas/ranking.md` |
//! | the list | [`rank`], [`Ranking`], [`Row`], [`Class`], [`Mark`] |
//! | the list kept current | [`Standings`], [`Followed`] |
//! | why | [`explain`], [`Explanation`] |
//! | why another | [`Change`], [`Trial`] |
//!
//! In scope: points, classes, order, shared ranks, evidence by entry index.
//! Out of scope: which entries count (`danvan-projection`), publishing (the aggregator), texts of entries (the ledger).
//!
//! This crate must never know files, the network, a clock, floats, or the order of a hash table.
#![deny(clippy::float_arithmetic, clippy::float_cmp)]

mod change;
mod class;
mod engine;
mod explain;
mod interval;
mod mark;
mod measure;
mod order;
mod ranking;
mod ratio;
mod rulebook;
mod sample;
mod score;
mod standings;
mod strata;
mod trial;

pub use change::{Change, ChangeTerm, Direction, Part};
pub use class::Class;
pub use engine::Engine;
pub use explain::{
    CapExplanation, ChannelExplanation, ComponentExplanation, CriterionExplanation, Explanation, IntervalExplanation,
    explain,
};
pub use mark::Mark;
pub use measure::{Measure, Scale};
pub use ranking::{CriterionRow, Ranking, RankingError, Row, RowCap, RulebookRef, rank};
pub use rulebook::{
    BasisPoints, Bonus, Cap, CapGround, ChannelShares, ClassBand, ClusterTerms, Component, Criterion, Goalpost,
    KioskRule, MAX_RULEBOOK_BYTES, Missing, Prior, RB_CQTT_0, RB_CQTT_1, RB_DONGNAI_54, Rulebook, RulebookError,
    RulebookFault, Safeguards,
};
pub use standings::{Followed, Standings};
pub use trial::{Trial, TrialSummary};
