//! Component F: how soon and how well things are recorded.

use danvan_projection::Delays;

use super::Scene;
use crate::ratio::Ratio;
use crate::sample::{Sample, Sides};

/// The lower median of whole days over the facts of the period.
pub(super) fn recording_delay(scene: &Scene<'_>) -> Sample {
    let mut facts = [0_u64; Delays::MOST as usize + 1];
    for (_, delays) in scene.unit.delays().range(scene.months.clone()) {
        for (days, count) in delays.iter() {
            if let Some(of_days) = facts.get_mut(usize::from(days)) {
                *of_days += u64::from(count);
            }
        }
    }
    let total: u64 = facts.iter().sum();
    let mut so_far = 0;
    let median = facts.iter().position(|count| {
        so_far += count;
        2 * so_far >= total
    });
    Sample::value(Ratio::new(median.map_or(0, |days| days as i128), 1), total)
}

/// Over the whole log: an entry that breaks a rule may have no time that could be believed, so it has no period.
pub(super) fn unflagged_entries(scene: &Scene<'_>) -> Sample {
    let unflagged = scene.unit.counted();
    Sample::share(unflagged, unflagged + scene.unit.flagged().len() as u64)
}

pub(super) fn flag_sides(scene: &Scene<'_>) -> Sides {
    Sides::new(Vec::new(), scene.unit.flagged().keys().copied().collect())
}
