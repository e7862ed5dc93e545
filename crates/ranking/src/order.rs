//! The order of a ranking: score, then ties, then shared ranks.

use std::cmp::Ordering;

use crate::ratio::Ratio;
use crate::rulebook::Rulebook;
use crate::score::{UnitScore, scored_criteria};

/// The order that a rulebook gives to the units of one cluster.
#[derive(Debug, Clone)]
pub(crate) struct Order {
    /// Places of the criteria that part equal scores.
    ties: Vec<usize>,
}

impl Order {
    pub(crate) fn of(rulebook: &Rulebook) -> Order {
        let place = |code: &String| scored_criteria(rulebook).position(|criterion| criterion.code == *code);
        Order { ties: rulebook.ties().iter().filter_map(place).collect() }
    }

    /// Compares two units, the better one first. Equal means: they share a rank.
    pub(crate) fn compare(&self, a: &UnitScore, b: &UnitScore) -> Ordering {
        if !a.class.is_ranked() || !b.class.is_ranked() {
            return b.class.is_ranked().cmp(&a.class.is_ranked());
        }
        let by_score = b.score_centi.cmp(&a.score_centi);
        let by_rates = self.ties.iter().map(|place| rate(b, *place).cmp(&rate(a, *place)));
        let by_answers = self.ties.first().map(|place| observed(b, *place).cmp(&observed(a, *place)));
        let mut all = std::iter::once(by_score).chain(by_rates).chain(by_answers);
        all.find(|order| order.is_ne()).unwrap_or(Ordering::Equal)
    }

    /// Ranks for units that stand in order already: 1, 2, 2, 4.
    pub(crate) fn ranks<'scores>(
        &self,
        in_order: impl Iterator<Item = &'scores UnitScore>,
    ) -> impl Iterator<Item = Option<u32>> {
        let mut before: Option<(&UnitScore, u32)> = None;
        in_order.zip(1..).map(move |(unit, place)| {
            if !unit.class.is_ranked() {
                return None;
            }
            let rank = match before {
                Some((equal, shared)) if self.compare(equal, unit).is_eq() => shared,
                _ => place,
            };
            before = Some((unit, rank));
            Some(rank)
        })
    }
}

fn rate(unit: &UnitScore, place: usize) -> Ratio {
    unit.nth(place).and_then(|scored| scored.rate).unwrap_or(Ratio::ZERO)
}

fn observed(unit: &UnitScore, place: usize) -> u64 {
    unit.nth(place).map_or(0, |scored| scored.n)
}
