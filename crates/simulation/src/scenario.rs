//! What is simulated: a seed, a year, and units with their behaviour.

use danvan_event::{EvaluatorKey, UnitId};

use crate::behaviour::Behaviour;
use crate::outage::Outage;
use crate::strategy::Strategy;

/// A fleet and a year to imagine.
pub struct Scenario {
    /// The one source of chance.
    pub seed: u64,
    /// The civil year, 2001 to 2199. Offices bear the names of their time: districts up to 2025, the province from 2026 on.
    pub year: u16,
    /// The units, in the order of the result.
    pub units: Vec<SimulatedUnit>,
    /// The board's key. Without one, evaluations by a board stay unsigned and count as self-assessments.
    pub evaluator: Option<EvaluatorKey>,
}

/// A unit of the fleet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SimulatedUnit {
    /// Its id.
    pub id: UnitId,
    /// Whether the stages of its roll-out are invented too. False for a unit whose roll-out is recorded from a real source.
    pub rollout: bool,
    /// Forms of an honest year, exactly so many; a strategy takes away from them or adds to them.
    pub events: usize,
    /// How it conducts itself; without one, the seed deals out the usual shares among all such units.
    pub behaviour: Option<Behaviour>,
    /// How it treats its records.
    pub strategy: Strategy,
    /// When its node stood still.
    pub outages: Vec<Outage>,
}

impl SimulatedUnit {
    /// An honest unit without outages whose roll-out is invented and whose behaviour the seed deals out.
    #[must_use]
    pub fn new(id: UnitId, events: usize) -> SimulatedUnit {
        SimulatedUnit { id, rollout: true, events, behaviour: None, strategy: Strategy::Honest, outages: Vec::new() }
    }
}

impl Scenario {
    /// A scenario for 2024 in which every unit's roll-out is invented and no evaluation is signed.
    #[must_use]
    pub fn new(seed: u64, units: impl IntoIterator<Item = UnitId>, events_per_unit: usize) -> Scenario {
        let units = units.into_iter().map(|id| SimulatedUnit::new(id, events_per_unit)).collect();
        Scenario { seed, year: 2024, units, evaluator: None }
    }

    /// Another year.
    #[must_use]
    pub fn in_year(mut self, year: u16) -> Scenario {
        self.year = year;
        self
    }

    /// Evaluations by a board are signed with this key.
    #[must_use]
    pub fn evaluated_by(mut self, key: EvaluatorKey) -> Scenario {
        self.evaluator = Some(key);
        self
    }

    /// The roll-out of this unit is recorded elsewhere: none of its stages is invented.
    #[must_use]
    pub fn without_rollout_of(mut self, unit: &UnitId) -> Scenario {
        for simulated in self.units.iter_mut().filter(|simulated| simulated.id == *unit) {
            simulated.rollout = false;
        }
        self
    }
}
