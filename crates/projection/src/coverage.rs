//! How complete the data of a period is: which units' logs reach its end.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use danvan_event::{Timestamp, UnitId};
use serde::Serialize;

use crate::period::Period;
use crate::read_model::ReadModel;
use crate::registry::Registry;
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
    /// When the aggregator cosigned the last of them, by its own clock.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_received: Option<Timestamp>,
}

/// How far a log reaches into a period. A log has no gaps: an entry that was recorded after the period's end proves that
/// everything before it is held. By the node's clock alone it proves nothing, for a clock may be wrong by years: it must also have
/// been received after the period's end, by the aggregator's clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Reach {
    /// Something was recorded, and received, at or after the end of the period, or the unit was not there in the period.
    Covered,
    /// A log of the unit is enrolled, and nothing of it that was recorded and received after the end of the period is held, or
    /// nothing at all: more may come.
    Late,
    /// No log of the unit is enrolled: there is nothing to wait for.
    Absent,
}

impl ReadModel {
    /// How far the log of every registered unit reaches into a period, in the order of the units' ids. Of a unit that others
    /// went on for, nothing is waited for after its last day.
    #[must_use]
    pub fn coverage(&self, period: &Period) -> Vec<UnitCoverage> {
        let registry = self.registry();
        let logs = registry.logs_of_units();
        let of = |unit: &UnitId| {
            let held = UnitCoverage::of(unit, self.unit(unit), logs.get(unit).copied(), registry.end_in(unit, period));
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
    fn of(unit: &UnitId, model: Option<&UnitModel>, logs: Option<LastReceived>, end: Timestamp) -> UnitCoverage {
        let size = model.map_or(0, UnitModel::size);
        let last_recorded = model.and_then(UnitModel::last_recorded);
        let last_received = logs.flatten();
        let reach = match (last_recorded, last_received) {
            _ if logs.is_none() => Reach::Absent,
            (Some(recorded), Some(received)) if recorded.min(received) >= end => Reach::Covered,
            _ => Reach::Late,
        };
        UnitCoverage { unit: unit.clone(), reach, size, last_recorded, last_received }
    }
}

/// When the last entry of any log of a unit was received, by the aggregator's clock; absent when nothing ever was.
type LastReceived = Option<Timestamp>;

impl Registry {
    /// The units that a log is enrolled for: one, or the incarnations of one.
    fn logs_of_units(&self) -> BTreeMap<&UnitId, LastReceived> {
        let mut logs: BTreeMap<&UnitId, LastReceived> = BTreeMap::new();
        for (origin, enrolled) in self.enrolled() {
            let of_unit = logs.entry(&enrolled.fact.unit).or_default();
            *of_unit = (*of_unit).max(self.received_from(origin));
        }
        logs
    }

    /// The registered units that were there in a period and of whose logs, enrolled below `cut`, nothing was received so far: the
    /// aggregator's log alone tells that they are late.
    pub(crate) fn silent_in(&self, period: &Period, cut: u64) -> BTreeSet<&UnitId> {
        let logs = self.logs_of_units();
        let silent = |unit: &UnitId| logs.get(unit).copied().flatten().is_none();
        let there = |unit: &UnitId| self.units().contains_key(unit) && self.exists_in(unit, period);
        let enrolled = self.enrolled().values().filter(|enrolled| enrolled.evidence.index() < cut);
        enrolled.map(|enrolled| &enrolled.fact.unit).filter(|unit| silent(unit) && there(unit)).collect()
    }
}
