//! Which units went on for which, so that what an old unit recorded stays under its name and says where it is now.

use std::collections::BTreeSet;

use danvan_event::{Gazetteer, UnitId, UnitSucceeded};

use crate::day::Day;
use crate::period::Period;
use crate::registry::Registry;
use crate::rule::Rule;

/// What became of a unit by a day, and what it was before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Succession {
    /// The units that go on for it now, in the order of their ids; empty while it goes on itself.
    pub now: Vec<Turn>,
    /// The units that it went on for, in the order of their ids; empty when it is nobody's successor.
    pub formerly: Vec<Turn>,
}

/// A unit and the first day on which it went on for another.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Turn {
    /// The unit.
    pub unit: UnitId,
    /// Its name with its kind in small letters, `xã Ngọc Liên`; its id where no list names it.
    pub name: String,
    /// The first day of the new unit.
    pub since: Day,
    /// Number of the legal act.
    pub doc_no: String,
}

impl Succession {
    /// `Nay thuộc xã Ngọc Liên (từ 01/7/2025)`; nothing while the unit goes on itself.
    #[must_use]
    pub fn now_vi(&self) -> Option<String> {
        Some(format!("Nay thuộc {} (từ {})", names(&self.now)?, self.now.first()?.since.written_vi()))
    }

    /// `Now part of xã Ngọc Liên (since 2025-07-01)`; nothing while the unit goes on itself.
    #[must_use]
    pub fn now_en(&self) -> Option<String> {
        Some(format!("Now part of {} (since {})", names(&self.now)?, self.now.first()?.since))
    }

    /// `Trước đây: xã Lộc Thịnh, xã Ngọc Liên (trước 01/7/2025)`; nothing when the unit is nobody's successor.
    #[must_use]
    pub fn formerly_vi(&self) -> Option<String> {
        Some(format!("Trước đây: {} (trước {})", names(&self.formerly)?, self.formerly.first()?.since.written_vi()))
    }

    /// `Formerly: xã Lộc Thịnh, xã Ngọc Liên (before 2025-07-01)`; nothing when the unit is nobody's successor.
    #[must_use]
    pub fn formerly_en(&self) -> Option<String> {
        Some(format!("Formerly: {} (before {})", names(&self.formerly)?, self.formerly.first()?.since))
    }
}

fn names(turns: &[Turn]) -> Option<String> {
    let names: Vec<&str> = turns.iter().map(|turn| turn.name.as_str()).collect();
    (!names.is_empty()).then(|| names.join(", "))
}

pub(crate) fn check(fact: &UnitSucceeded) -> Result<(), Rule> {
    fact.effective_on.parse::<Day>().map_err(|_| Rule::DayShape)?;
    let itself = |from: &UnitId| fact.to_units.iter().all(|to| to.unit == *from);
    if fact.from_units.iter().all(itself) { Err(Rule::SucceedsItself) } else { Ok(()) }
}

impl Registry {
    /// What became of a unit by the given day, step by step to those that go on today, and what it was before.
    #[must_use]
    pub fn succession(&self, unit: &UnitId, on: Day) -> Succession {
        let mut now = BTreeSet::new();
        let mut passed = BTreeSet::from([unit.clone()]);
        let mut ended: Vec<(UnitId, Option<Day>)> = vec![(unit.clone(), None)];
        while let Some((held, since)) = ended.pop() {
            for (fact, day) in self.taking_effect(on) {
                let earlier = since.is_some_and(|since| day < since);
                if earlier || !fact.from_units.contains(&held) || goes_on(fact, &held) {
                    continue;
                }
                for next in fact.to_units.iter().map(|successor| &successor.unit) {
                    if passed.insert(next.clone()) {
                        ended.push((next.clone(), Some(day)));
                    }
                    if self.ended_on(next, day, on).is_none() {
                        now.insert(self.turn(next, day, fact));
                    }
                }
            }
        }
        let became = |(fact, _): &(&UnitSucceeded, Day)| fact.to_units.iter().any(|to| to.unit == *unit);
        let formerly: BTreeSet<Turn> = self
            .taking_effect(on)
            .filter(became)
            .flat_map(|(fact, day)| fact.from_units.iter().map(move |from| (from, day, fact)))
            .filter(|(from, ..)| *from != unit)
            .map(|(from, day, fact)| self.turn(from, day, fact))
            .collect();
        Succession { now: now.into_iter().collect(), formerly: formerly.into_iter().collect() }
    }

    /// Whether the unit was the same from the first to the last moment of the period: it neither began, nor ended, nor took over
    /// another. A ranking of a period is of such units; no mean is taken across a succession.
    #[must_use]
    pub fn is_whole_in(&self, unit: &UnitId, period: &Period) -> bool {
        self.successions().iter().all(|held| {
            let Ok(day) = held.fact.effective_on.parse::<Day>() else { return true };
            let (before, after) = (day.start() <= period.start(), period.end() <= day.start());
            match (held.fact.from_units.contains(unit), goes_on(&held.fact, unit)) {
                (true, true) => before || after,
                (true, false) => after,
                (false, true) => before,
                (false, false) => true,
            }
        })
    }

    /// Whether the unit existed at any moment of the period: it did not begin after it, and did not end before it.
    #[must_use]
    pub fn exists_in(&self, unit: &UnitId, period: &Period) -> bool {
        self.successions().iter().all(|held| {
            let Ok(day) = held.fact.effective_on.parse::<Day>() else { return true };
            match (held.fact.from_units.contains(unit), goes_on(&held.fact, unit)) {
                (true, false) => period.start() < day.start(),
                (false, true) => day.start() < period.end(),
                (true, true) | (false, false) => true,
            }
        })
    }

    /// The successions in effect on a day, each with its own.
    fn taking_effect(&self, on: Day) -> impl Iterator<Item = (&UnitSucceeded, Day)> {
        let dated =
            self.successions().iter().filter_map(|held| Some((&held.fact, held.fact.effective_on.parse().ok()?)));
        dated.filter(move |(_, day)| *day <= on)
    }

    /// The day, from `since` to `on`, on which a unit ended.
    fn ended_on(&self, unit: &UnitId, since: Day, on: Day) -> Option<Day> {
        let ends = |(fact, day): &(&UnitSucceeded, Day)| {
            *day > since && fact.from_units.contains(unit) && !goes_on(fact, unit)
        };
        self.taking_effect(on).find(ends).map(|(_, day)| day)
    }

    fn turn(&self, unit: &UnitId, since: Day, fact: &UnitSucceeded) -> Turn {
        Turn { unit: unit.clone(), name: self.name_of(unit), since, doc_no: fact.doc_no.clone() }
    }

    /// A unit's name with its kind in small letters: as registered, else as the lists of the presets have it, else its id.
    #[must_use]
    pub fn name_of(&self, unit: &UnitId) -> String {
        let registered = self.units().get(unit).map(|held| (held.fact.kind, held.fact.name.as_str()));
        let listed = || Gazetteer::find(unit).map(|held| (held.kind, held.name.as_str()));
        match registered.or_else(listed) {
            Some((kind, name)) => format!("{} {name}", kind.label_vi().to_lowercase()),
            None => unit.to_string(),
        }
    }
}

/// Whether a unit of the old ones is one of the new ones, too: it took others over and kept its id.
fn goes_on(fact: &UnitSucceeded, unit: &UnitId) -> bool {
    fact.to_units.iter().any(|to| to.unit == *unit)
}
