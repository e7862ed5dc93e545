//! Stages of the roll-out.

use danvan_event::{Event, EventId};

use super::practice;
use crate::unit::{Fact, Stage, UnitModel};

/// The stage that an event records.
pub(super) fn stage(event: &Event) -> Option<Stage> {
    match event {
        Event::ModelRegistered(_) => Some(Stage::Registered),
        Event::GuidanceIssued(_) => Some(Stage::Guidance),
        Event::CoordinationPlanAdopted(_) => Some(Stage::CoordinationPlan),
        Event::LeadershipResolutionAdopted(_) => Some(Stage::Resolution),
        Event::SteeringBoardEstablished(_) => Some(Stage::SteeringBoard),
        Event::LaunchConferenceHeld(_) => Some(Stage::Launch),
        Event::DirectiveGiven(_) => Some(Stage::Directive),
        _ => None,
    }
}

pub(super) fn record(model: &mut UnitModel, stage: Stage, fact: Fact, id: EventId, event: &Event) {
    model.rollout.record(stage, fact);
    if let Event::DirectiveGiven(given) = event {
        practice::record_directive(model, fact, id, given);
    }
}
