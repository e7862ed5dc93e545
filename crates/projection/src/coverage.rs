//! How complete the data of a period is: which units' logs reach its end.

use std::collections::BTreeSet;
use std::sync::Arc;

use danvan_event::{Timestamp, UnitId};
use serde::Serialize;

use crate::period::Period;
use crate::read_model::ReadModel;
use crate::unit::UnitModel;

/// How far the log of one registered unit reaches.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct UnitCoverage {
    /// The unit.
    pub unit: UnitId,
    /// Whether everything that it recorded in the period is held.
    pub reach: Reach,
    /// The number of entries held.
    pub size: u64,
    /// When the last of them was recorded, by the node's clock.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_recorded: Option<Timestamp>,
}

/// How far a log reaches into a period. A log has no gaps: an entry that was recorded after the period's end proves that
/// everything before it is held.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Reach {
    /// Something was recorded at or after the end of the period, or the unit was not there in the period.
    Covered,
    /// Something is held, and nothing that was recorded after the end of the period: more may come.
    Late,
    /// Nothing is held.
    Absent,
}

impl ReadModel {
    /// How far the log of every registered unit reaches into a period, in the order of the units' ids. Of a unit that others
    /// went on for, nothing is waited for after its last day.
    #[must_use]
    pub fn coverage(&self, period: &Period) -> Vec<UnitCoverage> {
        let registry = self.registry();
        let of = |unit: &UnitId| {
            let held = UnitCoverage::of(unit, self.unit(unit), registry.end_in(unit, period));
            if registry.exists_in(unit, period) { held } else { UnitCoverage { reach: Reach::Covered, ..held } }
        };
        registry.units().keys().map(of).collect()
    }

    /// Takes the logs of some units out, as if nothing of them were held; [`ReadModel::put_back`] undoes it. So a unit that is
    /// left out of a ranking leaves no trace in it.
    pub fn set_aside(&mut self, units: &BTreeSet<UnitId>) -> SetAside {
        SetAside(units.iter().filter_map(|unit| self.units.take(unit)).collect())
    }

    /// Puts back what was set aside.
    pub fn put_back(&mut self, aside: SetAside) {
        for (unit, model) in aside.0 {
            self.units.put(unit, model);
        }
    }
}

/// Logs that were set aside.
#[derive(Debug)]
#[must_use = "what is set aside is to be put back"]
pub struct SetAside(Vec<(UnitId, Arc<UnitModel>)>);

impl UnitCoverage {
    fn of(unit: &UnitId, model: Option<&UnitModel>, end: Timestamp) -> UnitCoverage {
        let size = model.map_or(0, UnitModel::size);
        let last_recorded = model.and_then(UnitModel::last_recorded);
        let reach = match last_recorded {
            _ if size == 0 => Reach::Absent,
            Some(last) if last >= end => Reach::Covered,
            _ => Reach::Late,
        };
        UnitCoverage { unit: unit.clone(), reach, size, last_recorded }
    }
}
