//! Component F: how soon and how well things are recorded.

use super::Scene;
use crate::ratio::Ratio;
use crate::sample::{Sample, Sides};

/// The lower median of whole days over the facts of the period.
pub(super) fn recording_delay(scene: &Scene<'_>) -> Sample {
    let mut facts_by_days: Vec<(u8, u64)> = Vec::new();
    for delays in scene.period.months().filter_map(|month| scene.unit.delays().get(&month)) {
        for (days, facts) in delays.iter() {
            match facts_by_days.binary_search_by_key(&days, |(held, _)| *held) {
                Ok(place) => facts_by_days[place].1 += u64::from(facts),
                Err(place) => facts_by_days.insert(place, (days, u64::from(facts))),
            }
        }
    }
    let total: u64 = facts_by_days.iter().map(|(_, facts)| facts).sum();
    let mut below = 0;
    let median = facts_by_days.iter().find(|(_, facts)| {
        below += facts;
        2 * below >= total
    });
    Sample::value(Ratio::new(median.map_or(0, |(days, _)| i128::from(*days)), 1), total)
}

/// Over the whole log: an entry that breaks a rule may have no time that could be believed, so it has no period.
pub(super) fn unflagged_entries(scene: &Scene<'_>) -> Sample {
    let unflagged = scene.unit.counted();
    Sample::share(unflagged, unflagged + scene.unit.flagged().len() as u64)
}

pub(super) fn flag_sides(scene: &Scene<'_>) -> Sides {
    Sides::new(Vec::new(), scene.unit.flagged().keys().copied().collect())
}
