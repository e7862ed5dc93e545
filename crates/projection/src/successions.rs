//! What was stated about units that end and units that go on for them: each day read once, found by unit.

use std::collections::{BTreeMap, BTreeSet};

use danvan_event::{Timestamp, UnitId, UnitSucceeded};
use serde::{Deserialize, Serialize, Serializer};

use crate::day::Day;
use crate::registry::Registered;

/// Every succession in the order of its statement. Only that is written into a snapshot; the rest is made from it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(from = "Vec<Registered<UnitSucceeded>>")]
pub(crate) struct Successions {
    stated: Vec<Registered<UnitSucceeded>>,
    parts: BTreeMap<UnitId, Vec<Part>>,
}

/// What a unit has to do with one succession.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Part {
    /// The place of the succession among all.
    place: usize,
    /// The first day of the new units.
    pub(crate) day: Day,
    /// The first moment of that day.
    pub(crate) start: Timestamp,
    /// It is one of the old units.
    pub(crate) is_old: bool,
    /// It is one of the new units; one that is both took others over and kept its id.
    pub(crate) is_new: bool,
}

impl Part {
    /// Whether the unit ended: others go on for it.
    pub(crate) const fn ends(&self) -> bool {
        self.is_old && !self.is_new
    }
}

impl Successions {
    pub(crate) const fn empty() -> Successions {
        Successions { stated: Vec::new(), parts: BTreeMap::new() }
    }

    pub(crate) fn stated(&self) -> &[Registered<UnitSucceeded>] {
        &self.stated
    }

    pub(crate) fn state(&mut self, stated: Registered<UnitSucceeded>) {
        let fact = &stated.fact;
        // The fold takes only what reads as a day.
        if let Ok(day) = fact.effective_on.parse::<Day>() {
            let (place, start) = (self.stated.len(), day.start());
            let old: BTreeSet<&UnitId> = fact.from_units.iter().collect();
            let new: BTreeSet<&UnitId> = fact.to_units.iter().map(|successor| &successor.unit).collect();
            for unit in old.union(&new).copied() {
                let part = Part { place, day, start, is_old: old.contains(unit), is_new: new.contains(unit) };
                self.parts.entry(unit.clone()).or_default().push(part);
            }
        }
        self.stated.push(stated);
    }

    /// What became of the unit on each day that a succession names it for, in order. Of one day the last statement holds: so a
    /// mistake is put right by stating what is true.
    pub(crate) fn by_day(&self, unit: &UnitId) -> impl DoubleEndedIterator<Item = Part> {
        let days: BTreeMap<Day, Part> = self.of(unit).iter().map(|part| (part.day, *part)).collect();
        days.into_values()
    }

    /// The successions that name the unit, in the order of their statement.
    fn of(&self, unit: &UnitId) -> &[Part] {
        self.parts.get(unit).map_or(&[], Vec::as_slice)
    }

    /// The same, each with what was stated.
    pub(crate) fn facts_of(&self, unit: &UnitId) -> impl Iterator<Item = (&UnitSucceeded, &Part)> {
        self.of(unit).iter().filter_map(|part| Some((&self.stated.get(part.place)?.fact, part)))
    }
}

impl From<Vec<Registered<UnitSucceeded>>> for Successions {
    fn from(stated: Vec<Registered<UnitSucceeded>>) -> Successions {
        let mut successions = Successions::empty();
        for one in stated {
            successions.state(one);
        }
        successions
    }
}

impl Serialize for Successions {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.stated.serialize(serializer)
    }
}
