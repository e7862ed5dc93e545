//! Component F: how soon and how well things are recorded.

use danvan_projection::{Delays, Evidence};

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

/// An act belongs to the month of its time, an entry that breaks a rule to the month in which it was recorded.
pub(super) fn unflagged_entries(scene: &Scene<'_>) -> Sample {
    let unflagged: u64 = scene.unit.delays().range(scene.months.clone()).map(|(_, delays)| delays.count()).sum();
    Sample::share(unflagged, unflagged + flagged(scene).count() as u64)
}

pub(super) fn flag_sides(scene: &Scene<'_>) -> Sides {
    Sides::new(Vec::new(), flagged(scene).collect())
}

fn flagged(scene: &Scene<'_>) -> impl Iterator<Item = Evidence> {
    scene.unit.flagged_in(scene.months.clone())
}
