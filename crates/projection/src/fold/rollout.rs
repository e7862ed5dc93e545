//! Stages of the roll-out.

use danvan_event::Event;

use crate::unit::Stage;

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
