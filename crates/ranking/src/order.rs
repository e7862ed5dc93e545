//! The order of a ranking: score, then ties, then shared ranks.

use std::cmp::Ordering;

use crate::class::Class;
use crate::ratio::Ratio;
use crate::rulebook::Rulebook;
use crate::score::UnitScore;

/// Compares two units of one cluster, the better one first. Equal means: they share a rank.
pub(crate) fn compare(rulebook: &Rulebook, a: &UnitScore<'_>, b: &UnitScore<'_>) -> Ordering {
    let by_score = b.score_centi.cmp(&a.score_centi);
    let by_rates = rulebook.ties().iter().map(|code| rate(b, code).cmp(&rate(a, code)));
    let by_answers = rulebook.ties().first().map(|code| observed(b, code).cmp(&observed(a, code)));
    std::iter::once(by_score).chain(by_rates).chain(by_answers).find(|order| order.is_ne()).unwrap_or(Ordering::Equal)
}

/// Ranks for units that stand in order already: 1, 2, 2, 4.
pub(crate) fn ranks(rulebook: &Rulebook, in_order: &[UnitScore<'_>]) -> Vec<Option<u32>> {
    let mut ranks: Vec<Option<u32>> = Vec::with_capacity(in_order.len());
    let mut place = 0;
    for (at, unit) in in_order.iter().enumerate() {
        if unit.class == Class::ChuaDuDuLieu {
            ranks.push(None);
            continue;
        }
        place += 1;
        let before =
            at.checked_sub(1).and_then(|before| in_order.get(before).zip(ranks.get(before).copied().flatten()));
        match before {
            Some((equal, shared)) if compare(rulebook, equal, unit).is_eq() => ranks.push(Some(shared)),
            _ => ranks.push(Some(place)),
        }
    }
    ranks
}

fn rate(unit: &UnitScore<'_>, code: &str) -> Ratio {
    unit.criterion(code).and_then(|scored| scored.rate).unwrap_or(Ratio::ZERO)
}

fn observed(unit: &UnitScore<'_>, code: &str) -> u64 {
    unit.criterion(code).map_or(0, |scored| scored.sample.n)
}
