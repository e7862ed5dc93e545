//! The closed set of measures that a rulebook can name.

mod conduct;
mod feedback;
mod rollout;
mod survey;

use danvan_projection::{Period, Registry, UnitModel};
use serde::Serialize;

use crate::sample::Sample;

pub(crate) use feedback::is_silent;

/// What is counted. Each measure is defined once, in `schemas/ranking.md`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Measure {
    /// Stages documented by the end of the period: plan, resolution, steering board, launch.
    RolloutDocuments,
    /// Officials who signed, out of the declared number.
    PledgeCoverage,
    /// Quarters of the period with outreach.
    OutreachQuarters,
    /// The board's points out of 8.
    BoardPoints,
    /// Commitments that citizens saw kept, out of those rated.
    CommitmentsKept,
    /// Apologies out of overdue cases.
    Apologies,
    /// Cases answered on time, out of those whose verdict fell in the period.
    AnsweredOnTime,
    /// Answered cases that were resolved or explained and stayed so for 15 days.
    ResolvedLasting,
    /// The lower median of time taken out of time allowed.
    AnswerAge,
    /// Answered cases whose result was published within 15 days.
    ResultsPublished,
    /// Ratings 4 and 5 out of all answers.
    Satisfied,
    /// Answers out of transactions.
    ResponseCoverage,
}

/// What a measure looks at.
pub(crate) struct Scene<'model> {
    pub(crate) unit: &'model UnitModel,
    pub(crate) registry: &'model Registry,
    pub(crate) period: &'model Period,
}

impl Measure {
    /// All measures.
    pub const ALL: [Measure; 12] = [
        Measure::RolloutDocuments,
        Measure::PledgeCoverage,
        Measure::OutreachQuarters,
        Measure::BoardPoints,
        Measure::CommitmentsKept,
        Measure::Apologies,
        Measure::AnsweredOnTime,
        Measure::ResolvedLasting,
        Measure::AnswerAge,
        Measure::ResultsPublished,
        Measure::Satisfied,
        Measure::ResponseCoverage,
    ];

    /// The word for the measure in a rulebook file.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Measure::RolloutDocuments => "rollout_documents",
            Measure::PledgeCoverage => "pledge_coverage",
            Measure::OutreachQuarters => "outreach_quarters",
            Measure::BoardPoints => "board_points",
            Measure::CommitmentsKept => "commitments_kept",
            Measure::Apologies => "apologies",
            Measure::AnsweredOnTime => "answered_on_time",
            Measure::ResolvedLasting => "resolved_lasting",
            Measure::AnswerAge => "answer_age",
            Measure::ResultsPublished => "results_published",
            Measure::Satisfied => "satisfied",
            Measure::ResponseCoverage => "response_coverage",
        }
    }

    /// Whether a smaller rate earns more points.
    #[must_use]
    pub fn less_is_better(self) -> bool {
        self == Measure::AnswerAge
    }

    /// Whether the rate is a count out of a count, so that a prior with a weight has a meaning.
    #[must_use]
    pub fn is_proportion(self) -> bool {
        !matches!(self, Measure::AnswerAge | Measure::BoardPoints)
    }

    pub(crate) fn observe(self, scene: &Scene<'_>) -> Sample {
        match self {
            Measure::RolloutDocuments => rollout::documents(scene),
            Measure::PledgeCoverage => rollout::pledge_coverage(scene),
            Measure::OutreachQuarters => rollout::outreach_quarters(scene),
            Measure::BoardPoints => conduct::board_points(scene),
            Measure::CommitmentsKept => conduct::commitments_kept(scene),
            Measure::Apologies => conduct::apologies(scene),
            Measure::AnsweredOnTime => feedback::answered_on_time(scene),
            Measure::ResolvedLasting => feedback::resolved_lasting(scene),
            Measure::AnswerAge => feedback::answer_age(scene),
            Measure::ResultsPublished => feedback::results_published(scene),
            Measure::Satisfied => survey::satisfied(scene),
            Measure::ResponseCoverage => survey::response_coverage(scene),
        }
    }
}
