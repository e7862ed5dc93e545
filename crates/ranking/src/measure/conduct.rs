//! Component B: the board's view, commitments kept, apologies.

use danvan_event::LetterKind;
use danvan_projection::Evaluation;

use super::{Scene, feedback};
use crate::mark::Mark;
use crate::ratio::Ratio;
use crate::sample::Sample;

/// The most that a member of the board can give, in centi-points.
const BOARD_POINTS_MAX_CENTI: i128 = 800;

pub(super) fn board_points(scene: &Scene<'_>) -> Sample {
    let of_period = scene.unit.evaluations().iter().filter(|evaluation| evaluation.period.overlaps(scene.period));
    let (by_board, others): (Vec<&Evaluation>, Vec<&Evaluation>) =
        of_period.partition(|evaluation| is_listed(scene, evaluation));
    let doubled: i128 = by_board.iter().map(|evaluation| doubled_median(&evaluation.points_centi)).sum();
    let count = by_board.len() as u64;
    let rate = Ratio::new(doubled, 2 * BOARD_POINTS_MAX_CENTI * i128::from(count));
    let mut sample = Sample::value(rate, count)
        .with_evidence(by_board.iter().map(|evaluation| evaluation.evidence).collect(), Vec::new());
    if by_board.is_empty() {
        sample = sample.with_mark(Mark::ChuaThamDinh);
    }
    if !others.is_empty() {
        sample = sample.with_mark(Mark::CoTuDanhGia);
    }
    sample
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
    let (mut favourable, mut unfavourable) = (Vec::new(), Vec::new());
    for tally in scene.period.months().filter_map(|month| scene.unit.surveys().get(&month)) {
        for item in tally.commitments.values() {
            kept += item.kept;
            rated += item.kept + item.broken;
            kept_halves += 2 * item.kept - item.kept_assisted;
            rated_halves += 2 * (item.kept + item.broken) - item.kept_assisted - item.broken_assisted;
        }
        favourable.extend(&tally.all_kept);
        unfavourable.extend(&tally.some_broken);
    }
    Sample::weighted(kept, rated, kept_halves, rated_halves).with_evidence(favourable, unfavourable)
}

pub(super) fn apologies(scene: &Scene<'_>) -> Sample {
    let overdue = feedback::late_cases(scene);
    let letters: Vec<_> = scene
        .unit
        .letters()
        .iter()
        .filter(|letter| letter.kind == LetterKind::Apology && scene.period.contains(letter.at))
        .map(|letter| letter.evidence)
        .collect();
    let owed = overdue.len() as u64;
    let sample = Sample::share((letters.len() as u64).min(owed), owed).with_evidence(letters, overdue);
    if owed == 0 { sample.with_mark(Mark::KhongQuaHan) } else { sample }
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
