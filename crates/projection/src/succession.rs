//! Which units went on for which, so that what an old unit recorded stays under its name and says where it is now.

use std::collections::BTreeSet;

use danvan_event::{Gazetteer, Timestamp, UnitId, UnitSucceeded};

use crate::day::Day;
use crate::period::Period;
use crate::registry::Registry;
use crate::rule::Rule;
use crate::successions::Part;

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
        Some(format!("Nay thuộc {}", written(&self.now, |since| format!("từ {}", since.written_vi()))?))
    }

    /// `Now part of xã Ngọc Liên (since 2025-07-01)`; nothing while the unit goes on itself.
    #[must_use]
    pub fn now_en(&self) -> Option<String> {
        Some(format!("Now part of {}", written(&self.now, |since| format!("since {since}"))?))
    }

    /// `Trước đây: xã Lộc Thịnh, xã Ngọc Liên (trước 01/7/2025)`; nothing when the unit is nobody's successor.
    #[must_use]
    pub fn formerly_vi(&self) -> Option<String> {
        Some(format!("Trước đây: {}", written(&self.formerly, |since| format!("trước {}", since.written_vi()))?))
    }

    /// `Formerly: xã Lộc Thịnh, xã Ngọc Liên (before 2025-07-01)`; nothing when the unit is nobody's successor.
    #[must_use]
    pub fn formerly_en(&self) -> Option<String> {
        Some(format!("Formerly: {}", written(&self.formerly, |since| format!("before {since}"))?))
    }
}

/// The names, those of one day together before it: `a, b (day); c (another day)`.
fn written(turns: &[Turn], day: impl Fn(Day) -> String) -> Option<String> {
    let days: BTreeSet<Day> = turns.iter().map(|turn| turn.since).collect();
    let of_day = |since: Day| {
        let names: Vec<&str> = turns.iter().filter(|turn| turn.since == since).map(|turn| turn.name.as_str()).collect();
        format!("{} ({})", names.join(", "), day(since))
    };
    (!days.is_empty()).then(|| days.into_iter().map(of_day).collect::<Vec<_>>().join("; "))
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
            for (fact, part) in
                self.taking_effect(&held, on).filter(|(_, part)| part.ends() && self.ends_on(&held, part.day))
            {
                let day = part.day;
                if since.is_some_and(|since| day < since) {
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
        let formerly: BTreeSet<Turn> = self
            .taking_effect(unit, on)
            .filter(|(_, part)| part.is_new)
            .flat_map(|(fact, part)| fact.from_units.iter().map(move |from| (from, part.day, fact)))
            .filter(|(from, ..)| *from != unit)
            .map(|(from, day, fact)| self.turn(from, day, fact))
            .collect();
        Succession { now: now.into_iter().collect(), formerly: formerly.into_iter().collect() }
    }

    /// Whether the unit was the same from the first to the last moment of the period: it neither began, nor ended, nor took over
    /// another. A ranking of a period is of such units; no mean is taken across a succession.
    #[must_use]
    pub fn is_whole_in(&self, unit: &UnitId, period: &Period) -> bool {
        self.dated_successions().by_day(unit).all(|part| {
            let (before, after) = (part.start <= period.start(), period.end() <= part.start);
            match (part.is_old, part.is_new) {
                (true, true) => before || after,
                (true, false) => after,
                (false, _) => before,
            }
        })
    }

    /// Whether the unit existed at any moment of the period: it did not begin after it, and did not end before it.
    #[must_use]
    pub fn exists_in(&self, unit: &UnitId, period: &Period) -> bool {
        let parts = || self.dated_successions().by_day(unit);
        let begun = parts().rev().find(|part| part.start <= period.start()).map(|part| part.is_new);
        let at_first = begun.or_else(|| parts().next().map(|part| part.is_old)).unwrap_or(true);
        at_first || parts().any(|part| part.is_new && period.start() < part.start && part.start < period.end())
    }

    /// The moment of the period after which nothing comes from the unit: that of its end, or the period's.
    pub(crate) fn end_in(&self, unit: &UnitId, period: &Period) -> Timestamp {
        let last = self.dated_successions().by_day(unit).rev().find(|part| part.start < period.end());
        last.filter(Part::ends).map_or(period.end(), |part| part.start)
    }

    /// The successions that name a unit and are in effect on a day.
    fn taking_effect(&self, unit: &UnitId, on: Day) -> impl Iterator<Item = (&UnitSucceeded, &Part)> {
        self.dated_successions().facts_of(unit).filter(move |(_, part)| part.day <= on)
    }

    /// The day, from `since` to `on`, on which a unit ended.
    fn ended_on(&self, unit: &UnitId, since: Day, on: Day) -> Option<Day> {
        let mut parts = self.dated_successions().by_day(unit);
        parts.find(|part| part.ends() && part.day > since && part.day <= on).map(|part| part.day)
    }

    fn ends_on(&self, unit: &UnitId, day: Day) -> bool {
        self.dated_successions().by_day(unit).any(|part| part.day == day && part.ends())
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
