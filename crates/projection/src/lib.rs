//! The fold: entries of many logs become one read model.
//!
//! The law of this crate: the same entries, each log in its own order, give the same read model, whatever the order
//! between the logs. Only a log's own past decides whether an entry counts, so two logs never race. The incarnations of one log
//! ([`Evidence::incarnation`]) follow each other: once one of a later incarnation is folded, an earlier one is over.
//!
//! | concern | here |
//! |---|---|
//! | folding one entry | [`ReadModel::apply`], [`Applied`], [`FlagReason`], [`Rule`] |
//! | what is known of a unit | [`UnitModel`] and the facts that it lists |
//! | what the aggregator states | [`Registry`], [`Inputs`], [`Succession`], [`Premises`] |
//! | periods: opened, closed, approved, published | [`PeriodCourse`], [`PeriodState`], [`UnitCoverage`] |
//! | where a fact stands | [`Evidence`], [`Places`] |
//! | keeping a read model | [`Snapshot`] |
//! | spans of time | [`Period`], [`Month`], [`Quarter`], [`Day`] |
//!
//! In scope: decoding entries, the domain's state rules, counting by month with evidence.
//! Out of scope: points and order (`danvan-ranking`), texts (they are read from the ledger on demand), storage.
//!
//! This crate must never know files, the network, a clock, floats, or the order of a hash table.

mod aggregator;
mod applied;
mod by_month;
mod course;
mod coverage;
mod day;
mod document;
mod event_ids;
mod evidence;
mod field;
mod fold;
mod grouped;
mod growth;
mod inputs;
mod period;
mod places;
mod premises;
mod publishing;
mod read_model;
mod registry;
mod rule;
mod snapshot;
mod speaker;
mod spelling;
mod stamp;
mod stated;
mod succession;
mod successions;
mod unit;
mod units;
mod when;

pub use applied::{Applied, FlagReason, UnknownFlagReason};
pub use by_month::ByMonth;
pub use course::{Approval, Closing, PeriodCourse, PeriodState, REQUIRED_APPROVALS, RulebookFixed};
pub use coverage::{Reach, SetAside, UnitCoverage};
pub use day::{Day, DayError};
pub use document::document_bytes;
pub use evidence::Evidence;
pub use inputs::{Input, Inputs};
pub use period::{Month, Period, PeriodError, Quarter};
pub use places::{Places, PlacesIter};
pub use premises::Premises;
pub use read_model::ReadModel;
pub use registry::{FormerEvaluator, FormerOperator, Registered, Registry};
pub use rule::Rule;
pub use snapshot::{Snapshot, SnapshotError};
pub use succession::{Succession, Turn};
pub use unit::{
    AnswerPlaces, Appeal, Award, Breach, CaseTimes, Catalogue, ChannelAnswers, Crowd, Decision, Delays, Dialogue,
    Directive, EmulationEntry, Evaluation, Facility, Fact, FeedbackCase, FeedbackCases, Gap, Granted, Headcount,
    ItemPoints, KIOSK_ANSWERS_PER_HOUR, Letter, OfficeDates, Opinions, Pledge, PledgeEnd, Practice, Progress,
    REOPEN_WINDOW_DAYS, Recognition, Renewal, Replication, Response, Review, Revoked, Rollout, ServiceCount, Services,
    Stage, Step, SurveyTally, UnitModel, VISIT_TOKEN_DAYS, Withdrawal,
};
pub use when::When;
