//! The stages in which a unit introduces the model.

use serde::{Deserialize, Serialize};

use super::Fact;
use crate::evidence::Evidence;
use crate::grouped::Grouped;

/// A stage of the roll-out, in the usual order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// The model is registered.
    Registered,
    /// The upper level issued its guidance.
    Guidance,
    /// The coordination plan between the mass mobilisation bloc and the people's committee.
    CoordinationPlan,
    /// The party committee's resolution on leading the work.
    Resolution,
    /// The decision that establishes the steering board.
    SteeringBoard,
    /// The launch conference.
    Launch,
    /// A directive given by the upper level.
    Directive,
}

impl Stage {
    /// All stages, in the usual order.
    pub const ALL: [Stage; 7] = [
        Stage::Registered,
        Stage::Guidance,
        Stage::CoordinationPlan,
        Stage::Resolution,
        Stage::SteeringBoard,
        Stage::Launch,
        Stage::Directive,
    ];

    /// The stage's name on Vietnamese screens.
    #[must_use]
    pub fn title_vi(self) -> &'static str {
        match self {
            Stage::Registered => "Đăng ký mô hình",
            Stage::Guidance => "Ban hành hướng dẫn",
            Stage::CoordinationPlan => "Kế hoạch phối hợp",
            Stage::Resolution => "Nghị quyết lãnh đạo thực hiện",
            Stage::SteeringBoard => "Quyết định thành lập ban điều hành",
            Stage::Launch => "Hội nghị ra mắt",
            Stage::Directive => "Ý kiến chỉ đạo",
        }
    }

    /// The stage's name in English.
    #[must_use]
    pub fn title_en(self) -> &'static str {
        match self {
            Stage::Registered => "Model registered",
            Stage::Guidance => "Guidance issued",
            Stage::CoordinationPlan => "Coordination plan",
            Stage::Resolution => "Leadership resolution",
            Stage::SteeringBoard => "Steering board",
            Stage::Launch => "Launch conference",
            Stage::Directive => "Directive",
        }
    }
}

/// The facts of each stage, in the order of their recording. A stage may be recorded more than once.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rollout(Grouped<Stage, Fact>);

impl Rollout {
    /// The facts of a stage; none when it was not reached.
    #[must_use]
    pub fn facts(&self, stage: Stage) -> impl ExactSizeIterator<Item = Fact> {
        self.0.of(stage).copied()
    }

    /// The earliest fact of a stage by its claimed date, the lower index first among equals.
    #[must_use]
    pub fn reached(&self, stage: Stage) -> Option<Fact> {
        self.facts(stage).min_by_key(|fact| (fact.at, fact.evidence))
    }

    pub(crate) fn record(&mut self, stage: Stage, fact: Fact) {
        self.0.add(stage, fact);
    }

    pub(crate) fn take_back(&mut self, evidence: Evidence) {
        self.0.retain(|fact| fact.evidence != evidence);
    }
}
