//! The closed set of measures that a rulebook can name.

mod answers;
mod conduct;
mod discipline;
mod feedback;
mod reads;
mod rollout;
mod sharing;
mod survey;

use std::cell::OnceCell;
use std::ops::RangeInclusive;

use danvan_event::UnitId;
use danvan_projection::{Evidence, Month, Period, ReadModel, Registry, UnitModel};
use serde::Serialize;

use crate::engine::Engine;
use crate::rulebook::{CapGround, Criterion, Rulebook, Safeguards};
use crate::sample::{Sample, Sides};
use crate::strata::Strata;
use answers::CountedAnswers;
use feedback::Handling;

pub(crate) use reads::DELISTING;

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
    /// The board's points for the item named as the criterion, out of the criterion's points.
    BoardItem,
    /// Dialogues with the people, per year.
    Dialogues,
    /// Different items of the facility checklist, ready by the end of the period.
    Facilities,
    /// Practices that the unit took over, or that another says to have taken over from it.
    PracticesReplicated,
    /// Initiatives recognised at the level of a province or above.
    Recognitions,
    /// The lower median of days from what happened to its recording at the node.
    RecordingDelay,
    /// Entries that were not flagged, out of all.
    UnflaggedEntries,
}

/// What a rate of a measure is a number of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scale {
    /// A share, 0 to 1.
    Share,
    /// A number of things.
    Count,
    /// A number of days.
    Days,
}

/// What a measure looks at. What several measures ask for is gone through once.
pub(crate) struct Scene<'model> {
    pub(crate) engine: Engine,
    pub(crate) safeguards: Safeguards,
    pub(crate) model: &'model ReadModel,
    pub(crate) id: &'model UnitId,
    /// The unit; an empty one when nothing of its log is held.
    pub(crate) unit: &'model UnitModel,
    pub(crate) registry: &'model Registry,
    pub(crate) period: &'model Period,
    /// Its first and its last month.
    pub(crate) months: RangeInclusive<Month>,
    handling: OnceCell<Handling>,
    answers: OnceCell<CountedAnswers>,
}

impl<'model> Scene<'model> {
    pub(crate) fn new(
        rulebook: &Rulebook,
        model: &'model ReadModel,
        id: &'model UnitId,
        unit: &'model UnitModel,
        period: &'model Period,
    ) -> Scene<'model> {
        Scene {
            engine: rulebook.engine(),
            safeguards: *rulebook.safeguards(),
            model,
            id,
            unit,
            registry: model.registry(),
            period,
            months: Month::of(period.start())..=period.months().last().unwrap_or(Month::of(period.start())),
            handling: OnceCell::new(),
            answers: OnceCell::new(),
        }
    }

    fn handling(&self) -> &Handling {
        self.handling.get_or_init(|| Handling::of(self))
    }

    fn answers(&self) -> &CountedAnswers {
        self.answers.get_or_init(|| CountedAnswers::of(self))
    }

    /// Whether nobody said anything in a period in which many came to the desk.
    pub(crate) fn is_silent(&self, from_transactions: u64) -> bool {
        self.handling().received == 0 && survey::transactions(self) >= from_transactions
    }

    /// Whether an appeal against a board's evaluation waits for its decision. The first procedure knows no appeals.
    pub(crate) fn has_open_appeal(&self) -> bool {
        self.engine >= Engine::Second && conduct::has_open_appeal(self)
    }

    /// Whether the ground of a cap is given.
    pub(crate) fn is_met(&self, ground: CapGround) -> bool {
        match ground {
            CapGround::SeriousBreach => sharing::serious_breaches(self).next().is_some(),
            CapGround::FalsifiedEvidence => sharing::falsifications(self).next().is_some(),
        }
    }

    /// The entries that show the ground of a cap.
    pub(crate) fn grounds(&self, ground: CapGround) -> Vec<Evidence> {
        match ground {
            CapGround::SeriousBreach => sharing::serious_breaches(self).collect(),
            CapGround::FalsifiedEvidence => sharing::falsifications(self).collect(),
        }
    }
}

impl Measure {
    /// All measures.
    pub const ALL: [Measure; 19] = [
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
        Measure::BoardItem,
        Measure::Dialogues,
        Measure::Facilities,
        Measure::PracticesReplicated,
        Measure::Recognitions,
        Measure::RecordingDelay,
        Measure::UnflaggedEntries,
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
            Measure::BoardItem => "board_item",
            Measure::Dialogues => "dialogues",
            Measure::Facilities => "facilities",
            Measure::PracticesReplicated => "practices_replicated",
            Measure::Recognitions => "recognitions",
            Measure::RecordingDelay => "recording_delay",
            Measure::UnflaggedEntries => "unflagged_entries",
        }
    }

    /// The first procedure that knows the measure.
    #[must_use]
    pub fn since(self) -> Engine {
        if self <= Measure::ResponseCoverage { Engine::First } else { Engine::Second }
    }

    /// Whether it counts what citizens answered to surveys, and not cases or deeds.
    #[must_use]
    pub fn is_of_answers(self) -> bool {
        matches!(self, Measure::CommitmentsKept | Measure::Satisfied | Measure::ResponseCoverage)
    }

    /// Whether a smaller rate earns more points.
    #[must_use]
    pub fn less_is_better(self) -> bool {
        matches!(self, Measure::AnswerAge | Measure::RecordingDelay)
    }

    /// Whether a prior can be added to it: the rate is a share of observations, each of which speaks for the unit or against it.
    #[must_use]
    pub fn takes_prior(self) -> bool {
        let is_no_sample =
            matches!(self, Self::AnswerAge | Self::BoardItem | Self::BoardPoints | Self::ResponseCoverage);
        self.scale() == Scale::Share && !is_no_sample
    }

    /// What its rate is a number of.
    #[must_use]
    pub fn scale(self) -> Scale {
        match self {
            Measure::Dialogues | Measure::Facilities | Measure::PracticesReplicated | Measure::Recognitions => {
                Scale::Count
            }
            Measure::RecordingDelay => Scale::Days,
            _ => Scale::Share,
        }
    }

    pub(crate) fn observe(self, criterion: &Criterion, scene: &Scene<'_>) -> Sample {
        match self {
            Measure::RolloutDocuments => rollout::documents(scene),
            Measure::PledgeCoverage => rollout::pledge_coverage(scene),
            Measure::OutreachQuarters => rollout::outreach_quarters(scene),
            Measure::BoardPoints => conduct::board_points(criterion, scene),
            Measure::CommitmentsKept => conduct::commitments_kept(scene),
            Measure::Apologies => conduct::apologies(scene),
            Measure::AnsweredOnTime => scene.handling().answered_on_time(),
            Measure::ResolvedLasting => scene.handling().resolved_lasting(),
            Measure::AnswerAge => scene.handling().answer_age(),
            Measure::ResultsPublished => scene.handling().results_published(),
            Measure::Satisfied => survey::satisfied(scene),
            Measure::ResponseCoverage => survey::response_coverage(scene),
            Measure::BoardItem => conduct::board_item(criterion, scene),
            Measure::Dialogues => sharing::dialogues(scene),
            Measure::Facilities => sharing::facilities(scene),
            Measure::PracticesReplicated => sharing::practices_replicated(scene),
            Measure::Recognitions => sharing::recognitions(scene),
            Measure::RecordingDelay => discipline::recording_delay(scene),
            Measure::UnflaggedEntries => discipline::unflagged_entries(scene),
        }
    }

    /// The sample by the way it came, where the measure is of answers to surveys.
    pub(crate) fn strata(self, scene: &Scene<'_>) -> Option<Strata> {
        match self {
            Measure::CommitmentsKept => Some(conduct::commitment_strata(scene)),
            Measure::Satisfied => Some(survey::satisfied_strata(scene)),
            Measure::ResponseCoverage => Some(survey::coverage_strata(scene)),
            _ => None,
        }
    }

    /// The entries behind the sample.
    pub(crate) fn sides(self, criterion: &Criterion, scene: &Scene<'_>) -> Sides {
        match self {
            Measure::RolloutDocuments => rollout::document_sides(scene),
            Measure::PledgeCoverage => rollout::pledge_sides(scene),
            Measure::OutreachQuarters => rollout::outreach_sides(scene),
            Measure::BoardPoints => conduct::board_sides(criterion, scene),
            Measure::CommitmentsKept => conduct::commitment_sides(scene),
            Measure::Apologies => conduct::apology_sides(scene),
            Measure::AnsweredOnTime => feedback::on_time_sides(scene),
            Measure::ResolvedLasting => feedback::lasting_sides(scene),
            Measure::AnswerAge => feedback::age_sides(scene),
            Measure::ResultsPublished => feedback::published_sides(scene),
            Measure::Satisfied => survey::satisfied_sides(scene),
            Measure::ResponseCoverage => survey::coverage_sides(scene),
            Measure::BoardItem => conduct::item_sides(criterion, scene),
            Measure::Dialogues => sharing::dialogue_sides(scene),
            Measure::Facilities => sharing::facility_sides(scene),
            Measure::PracticesReplicated => sharing::practice_sides(scene),
            Measure::Recognitions => sharing::recognition_sides(scene),
            // A year's facts are thousands; the histogram in the read model is their witness.
            Measure::RecordingDelay => Sides::default(),
            Measure::UnflaggedEntries => discipline::flag_sides(scene),
        }
    }
}
