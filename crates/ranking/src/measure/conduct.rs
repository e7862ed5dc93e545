//! Component B: the board's view, commitments kept, apologies.

use danvan_event::{AppealDecision, LetterKind, Timestamp};
use danvan_projection::{Appeal, Decision, Evaluation, ItemPoints, Letter};

use super::{Scene, answers, feedback, survey};
use crate::engine::Engine;
use crate::mark::Mark;
use crate::ratio::Ratio;
use crate::rulebook::Criterion;
use crate::sample::{Sample, Sides};
use crate::strata::Strata;

/// The most that a member of the board can give, in centi-points.
const BOARD_POINTS_MAX_CENTI: i128 = 800;

/// The mean of the medians of the board's evaluations.
pub(super) fn board_points(criterion: &Criterion, scene: &Scene<'_>) -> Sample {
    let (mut doubled, mut count, mut others) = (0, 0_u64, false);
    for evaluation in of_period(scene) {
        if !is_boards(scene, evaluation.signed_by.as_deref(), evaluation.recorded) {
            // What a board signed is nobody's word about himself, whatever became of its key.
            others |= !is_delisted(scene, evaluation.signed_by.as_deref(), evaluation.recorded);
        } else if let Some(delta) = appealed(scene, evaluation, &criterion.code, true) {
            let points = i128::from(evaluation.doubled_median_centi()) + 2 * delta;
            doubled += points.clamp(0, 2 * BOARD_POINTS_MAX_CENTI);
            count += 1;
        }
    }
    let rate = Ratio::new(doubled, 2 * BOARD_POINTS_MAX_CENTI * i128::from(count));
    let mut sample = Sample::value(rate, count);
    if count == 0 {
        sample = sample.with_mark(Mark::ChuaThamDinh);
    }
    if others {
        sample = sample.with_mark(Mark::CoTuDanhGia);
    }
    marked_delisted(sample, scene, &criterion.code, |_| true)
}

pub(super) fn board_sides(criterion: &Criterion, scene: &Scene<'_>) -> Sides {
    let standing = by_board(scene).filter(|evaluation| appealed(scene, evaluation, &criterion.code, true).is_some());
    Sides::favourable(standing.map(|evaluation| evaluation.evidence))
}

/// The mean of what the board gave for the item that bears the criterion's code, out of the criterion's points.
pub(super) fn board_item(criterion: &Criterion, scene: &Scene<'_>) -> Sample {
    let max = i128::from(criterion.max_centi);
    let (mut points, mut count) = (0, 0_u64);
    for (_, given) in items(criterion, scene) {
        points += given.clamp(0, max);
        count += 1;
    }
    let mut sample = Sample::value(Ratio::new(points, max * i128::from(count)), count);
    if count == 0 {
        sample = sample.with_mark(Mark::ChuaThamDinh);
    }
    marked_delisted(sample, scene, &criterion.code, |evaluation| item_of(criterion, evaluation).is_some())
}

pub(super) fn item_sides(criterion: &Criterion, scene: &Scene<'_>) -> Sides {
    Sides::favourable(items(criterion, scene).map(|(evaluation, _)| evaluation.evidence))
}

fn items<'scene>(
    criterion: &'scene Criterion,
    scene: &'scene Scene<'_>,
) -> impl Iterator<Item = (&'scene Evaluation, i128)> {
    by_board(scene).filter_map(|evaluation| {
        let item = item_of(criterion, evaluation)?;
        let delta = appealed(scene, evaluation, &criterion.code, false)?;
        Some((evaluation, i128::from(item.points_centi) + delta))
    })
}

fn item_of<'model>(criterion: &Criterion, evaluation: &'model Evaluation) -> Option<&'model ItemPoints> {
    evaluation.items.iter().find(|item| *item.criterion == criterion.code)
}

fn of_period<'model>(scene: &Scene<'model>) -> impl Iterator<Item = &'model Evaluation> {
    let period = scene.period;
    scene.unit.evaluations().iter().filter(move |evaluation| evaluation.period.overlaps(period))
}

/// Those that are the board's.
fn by_board<'scene>(scene: &'scene Scene<'_>) -> impl Iterator<Item = &'scene Evaluation> {
    of_period(scene).filter(|evaluation| is_boards(scene, evaluation.signed_by.as_deref(), evaluation.recorded))
}

/// Whether the key is a listed evaluator's, or was one's when this was recorded.
fn is_boards(scene: &Scene<'_>, signed_by: Option<&str>, recorded: Timestamp) -> bool {
    signed_by.is_some_and(|vkey| scene.registry.is_boards(vkey, recorded))
}

/// Whether the key was delisted, and this was not recorded before the moment that the delisting names.
fn is_delisted(scene: &Scene<'_>, signed_by: Option<&str>, recorded: Timestamp) -> bool {
    signed_by.is_some_and(|vkey| scene.registry.delisted(vkey, recorded).is_some())
}

/// Says beside a criterion that an evaluation which concerns it, or a decision about one of the board's, is left out because its key was
/// delisted. Without the remark a reader would find a verified signature there and no reason.
fn marked_delisted(sample: Sample, scene: &Scene<'_>, code: &str, concerns: impl Fn(&Evaluation) -> bool) -> Sample {
    if scene.registry.former_evaluators().is_empty() {
        return sample;
    }
    let is_left_out = |decided: &Decision| is_delisted(scene, decided.signed_by.as_deref(), decided.recorded);
    let left_out = of_period(scene).filter(|evaluation| concerns(evaluation)).any(|evaluation| {
        let (signed_by, recorded) = (evaluation.signed_by.as_deref(), evaluation.recorded);
        if scene.engine == Engine::First || !is_boards(scene, signed_by, recorded) {
            return is_delisted(scene, signed_by, recorded);
        }
        let mut appeals = scene.unit.appeals().iter().filter(|appeal| appeal.evaluation == evaluation.id);
        appeals.any(|appeal| {
            let concerned = appeal.criterion.as_deref().is_none_or(|named| named == code);
            concerned && appeal.decisions.iter().any(is_left_out)
        })
    });
    if left_out { sample.with_mark(Mark::KhoaThoiGhiNhan) } else { sample }
}

/// By how many centi-points the board changed an evaluation's points for a criterion after an appeal; none when they
/// annulled it. Of several decisions about one appeal the last one counts, each key's word being as good as another's. A decision
/// about the whole changes the points of the whole, where that is what is asked for. The first procedure knows no appeals.
fn appealed(scene: &Scene<'_>, evaluation: &Evaluation, code: &str, of_whole: bool) -> Option<i128> {
    if scene.engine == Engine::First {
        return Some(0);
    }
    let mut delta = 0;
    for appeal in scene.unit.appeals().iter().filter(|appeal| appeal.evaluation == evaluation.id) {
        let concerned = appeal.criterion.as_deref().map_or(of_whole, |named| named == code);
        let Some(decided) = decision(scene, appeal) else { continue };
        match decided.decision {
            AppealDecision::Annulled if concerned || appeal.criterion.is_none() => return None,
            AppealDecision::Adjusted if concerned => delta += i128::from(decided.points_delta_centi),
            AppealDecision::Kept | AppealDecision::Adjusted | AppealDecision::Annulled => {}
        }
    }
    Some(delta)
}

/// What was decided about an appeal: the board's decision that stands last in the unit's log.
fn decision<'model>(scene: &Scene<'_>, appeal: &'model Appeal) -> Option<&'model Decision> {
    let of_board = |decided: &&Decision| is_boards(scene, decided.signed_by.as_deref(), decided.recorded);
    appeal.decisions.iter().filter(of_board).max_by_key(|decided| decided.evidence)
}

/// Whether the unit asked for another look at a board's evaluation of the period and the board has not decided.
pub(super) fn has_open_appeal(scene: &Scene<'_>) -> bool {
    by_board(scene).any(|evaluation| {
        let mut appeals = scene.unit.appeals().iter().filter(|appeal| appeal.evaluation == evaluation.id);
        appeals.any(|appeal| decision(scene, appeal).is_none())
    })
}

pub(super) fn commitments_kept(scene: &Scene<'_>) -> Sample {
    scene.answers().sample(|counted| counted.commitments)
}

pub(super) fn commitment_strata(scene: &Scene<'_>) -> Strata {
    scene.answers().strata(|counted| counted.commitments)
}

pub(super) fn commitment_sides(scene: &Scene<'_>) -> Sides {
    let months = survey::tallies(scene).map(|(_, tally)| tally);
    answers::sides(scene, months, |tally| (&tally.places.all_kept, &tally.places.some_broken))
}

pub(super) fn apologies(scene: &Scene<'_>) -> Sample {
    let owed = scene.handling().late();
    let sample = Sample::share((letters(scene).count() as u64).min(owed), owed);
    if owed == 0 { sample.with_mark(Mark::KhongQuaHan) } else { sample }
}

pub(super) fn apology_sides(scene: &Scene<'_>) -> Sides {
    let letters = letters(scene).map(|letter| letter.sent().evidence).collect();
    Sides::new(letters, feedback::on_time_sides(scene).unfavourable)
}

fn letters<'model>(scene: &Scene<'model>) -> impl Iterator<Item = &'model Letter> {
    let period = scene.period;
    let letters = scene.unit.letters().iter();
    letters.filter(move |letter| letter.kind == LetterKind::Apology && period.contains(letter.sent().at))
}
