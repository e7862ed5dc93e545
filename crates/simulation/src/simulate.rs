//! From a scenario to the forms of every unit.

use danvan_event::{Timestamp, UnitId};
use serde_json::Value;

use crate::behaviour::Behaviour;
use crate::calendar::Year;
use crate::diary::Diary;
use crate::dice::Dice;
use crate::flow;
use crate::scenario::{Scenario, SimulatedUnit};
use crate::strategy::Strategy;

/// The intake forms of one unit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnitForms {
    /// The unit.
    pub unit: UnitId,
    /// How it conducts itself; the hidden truth behind its forms.
    pub behaviour: Behaviour,
    /// How it treats its records; hidden as well.
    pub strategy: Strategy,
    /// The forms in the order of their recording.
    pub forms: Vec<Value>,
    /// When each of the forms is recorded; its `time`, except where a strategy or an outage parts the two.
    pub recorded: Vec<Timestamp>,
}

/// One unit in so many is silent, and one in so many is hardly asked about.
const UNITS_PER_ODD_ONE: usize = 30;
/// Fleets below this size have neither a silent nor a sparse unit.
const FLEET_WITH_ODD_ONES: usize = 8;

/// Imagines the year of every unit of the scenario.
#[must_use]
pub fn simulate(scenario: &Scenario) -> Vec<UnitForms> {
    let behaviours = behaviours(scenario);
    scenario.units.iter().zip(behaviours).map(|(unit, behaviour)| imagine(scenario, unit, behaviour)).collect()
}

/// Who behaves how where the scenario leaves it open: shares of the fleet, dealt out by the seed. A unit with a real roll-out
/// is a good one.
fn behaviours(scenario: &Scenario) -> Vec<Behaviour> {
    let open = |unit: &SimulatedUnit| unit.rollout && unit.behaviour.is_none();
    let mut invented: Vec<usize> = (0..scenario.units.len()).filter(|at| open(&scenario.units[*at])).collect();
    Dice::new(scenario.seed, "behaviours").shuffle(&mut invented);
    let mut behaviours: Vec<Behaviour> =
        scenario.units.iter().map(|unit| unit.behaviour.unwrap_or(Behaviour::Good)).collect();
    let odd =
        if scenario.units.len() < FLEET_WITH_ODD_ONES { 0 } else { scenario.units.len().div_ceil(UNITS_PER_ODD_ONE) };
    let rest = invented.len().saturating_sub(2 * odd);
    for (order, at) in invented.into_iter().enumerate() {
        behaviours[at] = match order {
            order if order < odd => Behaviour::Silent,
            order if order < 2 * odd => Behaviour::Sparse,
            order => by_share(order - 2 * odd, rest),
        };
    }
    behaviours
}

/// Of those who behave in an ordinary way, by place in the order: a fifth exemplary, three tenths good, and so on down.
fn by_share(order: usize, of: usize) -> Behaviour {
    match order * 100 / of.max(1) {
        0..20 => Behaviour::Exemplary,
        20..50 => Behaviour::Good,
        50..75 => Behaviour::Middling,
        75..90 => Behaviour::Slow,
        _ => Behaviour::Weak,
    }
}

fn imagine(scenario: &Scenario, unit: &SimulatedUnit, behaviour: Behaviour) -> UnitForms {
    let conduct = behaviour.conduct();
    let wanted = unit.events;
    let mut diary = Diary::new(unit.id.clone(), Year::new(scenario.year), scenario.seed);
    let officials = (wanted as u64 / 20).clamp(4, 24);
    if unit.rollout {
        flow::roll_out(&mut diary, &conduct);
    }
    flow::pledge(&mut diary, &conduct, officials);
    flow::reach_out(&mut diary, &conduct);
    flow::evaluate(&mut diary, &conduct, scenario.evaluator.as_ref());
    flow::write_letters(&mut diary, wanted / 100);

    let services = flow::SERVICE_EVENTS;
    let free = wanted.saturating_sub(diary.len() + services);
    let for_feedback = free * usize::try_from(conduct.feedback).unwrap_or(0) / 10_000;
    flow::hear_and_answer(&mut diary, &conduct, for_feedback);
    let free = wanted.saturating_sub(diary.len() + services);
    let answers = free.min(conduct.surveys_max);
    flow::ask(&mut diary, &conduct, answers);
    flow::count_services(&mut diary, &conduct, answers);
    let missing = wanted.saturating_sub(diary.len());
    flow::write_letters(&mut diary, missing);
    diary.truncate(wanted);
    unit.strategy.apply(&mut diary);
    unit.outages.iter().for_each(|outage| outage.apply(&mut diary));
    let (forms, recorded) = diary.into_recordings().unzip();
    UnitForms { unit: unit.id.clone(), behaviour, strategy: unit.strategy, forms, recorded }
}
