//! Component B: the board's view, commitments kept, apologies.

use danvan_event::LetterKind;
use danvan_projection::{Evaluation, Letter};

use super::{Scene, feedback};
use crate::mark::Mark;
use crate::ratio::Ratio;
use crate::sample::{Sample, Sides};

/// The most that a member of the board can give, in centi-points.
const BOARD_POINTS_MAX_CENTI: i128 = 800;

pub(super) fn board_points(scene: &Scene<'_>) -> Sample {
    let (mut doubled, mut count, mut others) = (0, 0_u64, false);
    for evaluation in of_period(scene) {
        if is_listed(scene, evaluation) {
            doubled += doubled_median(&evaluation.points_centi);
            count += 1;
        } else {
            others = true;
        }
    }
    let rate = Ratio::new(doubled, 2 * BOARD_POINTS_MAX_CENTI * i128::from(count));
    let mut sample = Sample::value(rate, count);
    if count == 0 {
        sample = sample.with_mark(Mark::ChuaThamDinh);
    }
    if others { sample.with_mark(Mark::CoTuDanhGia) } else { sample }
}

pub(super) fn board_sides(scene: &Scene<'_>) -> Sides {
    let by_board = of_period(scene).filter(|evaluation| is_listed(scene, evaluation));
    Sides::favourable(by_board.map(|evaluation| evaluation.evidence))
}

fn of_period<'model>(scene: &Scene<'model>) -> impl Iterator<Item = &'model Evaluation> {
    let period = scene.period;
    scene.unit.evaluations().iter().filter(move |evaluation| evaluation.period.overlaps(period))
}

fn is_listed(scene: &Scene<'_>, evaluation: &Evaluation) -> bool {
    evaluation.signed_by.as_ref().is_some_and(|vkey| scene.registry.evaluators().contains_key(vkey))
}

/// Twice the median, so that the mean of two middle values stays an integer.
fn doubled_median(ascending: &[u32]) -> i128 {
    let middle = ascending.len() / 2;
    let upper = ascending.get(middle).copied().unwrap_or(0);
    let lower =
        if ascending.len().is_multiple_of(2) { middle.checked_sub(1).and_then(|at| ascending.get(at)) } else { None };
    i128::from(upper) + i128::from(lower.copied().unwrap_or(upper))
}

pub(super) fn commitments_kept(scene: &Scene<'_>) -> Sample {
    let (mut kept, mut rated, mut kept_halves, mut rated_halves) = (0, 0, 0, 0);
    for tally in scene.period.months().filter_map(|month| scene.unit.surveys().get(&month)) {
        for item in tally.commitments.values() {
            kept += item.kept;
            rated += item.kept + item.broken;
            kept_halves += 2 * item.kept - item.kept_assisted;
            rated_halves += 2 * (item.kept + item.broken) - item.kept_assisted - item.broken_assisted;
        }
    }
    Sample::weighted(kept, rated, kept_halves, rated_halves)
}

pub(super) fn commitment_sides(scene: &Scene<'_>) -> Sides {
    let (mut favourable, mut unfavourable) = (Vec::new(), Vec::new());
    for tally in scene.period.months().filter_map(|month| scene.unit.surveys().get(&month)) {
        favourable.extend(&tally.all_kept);
        unfavourable.extend(&tally.some_broken);
    }
    Sides::new(favourable, unfavourable)
}

pub(super) fn apologies(scene: &Scene<'_>) -> Sample {
    let owed = scene.handling().late();
    let sample = Sample::share((letters(scene).count() as u64).min(owed), owed);
    if owed == 0 { sample.with_mark(Mark::KhongQuaHan) } else { sample }
}

pub(super) fn apology_sides(scene: &Scene<'_>) -> Sides {
    let letters = letters(scene).map(|letter| letter.evidence).collect();
    Sides::new(letters, feedback::on_time_sides(scene).unfavourable)
}

fn letters<'model>(scene: &Scene<'model>) -> impl Iterator<Item = &'model Letter> {
    let period = scene.period;
    let letters = scene.unit.letters().iter();
    letters.filter(move |letter| letter.kind == LetterKind::Apology && period.contains(letter.at))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_of_two_is_their_mean() {
        assert_eq!(doubled_median(&[600, 701]), 1301);
        assert_eq!(doubled_median(&[600, 650, 800]), 1300);
        assert_eq!(doubled_median(&[]), 0);
    }
}
