//! Component D: satisfaction and how many were asked.

use danvan_projection::{Month, ServiceCount, SurveyTally};

use super::Scene;
use super::answers;
use crate::mark::Mark;
use crate::sample::{Sample, Sides};
use crate::strata::Strata;

pub(super) fn satisfied(scene: &Scene<'_>) -> Sample {
    scene.answers().sample(|counted| counted.satisfaction)
}

pub(super) fn satisfied_strata(scene: &Scene<'_>) -> Strata {
    scene.answers().strata(|counted| counted.satisfaction)
}

pub(super) fn satisfied_sides(scene: &Scene<'_>) -> Sides {
    answers::sides(scene, tallies(scene).map(|(_, tally)| tally), |tally| {
        (&tally.places.satisfied, &tally.places.dissatisfied)
    })
}

/// Only months whose transactions are stated count, on both sides: leaving out a month must not raise the share. An assisted answer counts
/// whole: it was asked for like any other.
pub(super) fn response_coverage(scene: &Scene<'_>) -> Sample {
    let transactions = transactions(scene);
    let answers = scene.answers().of_stated_months();
    let sample = Sample::share(answers.min(transactions), transactions);
    if transactions == 0 { sample.with_mark(Mark::ChuaCoSoGiaoDich) } else { sample }
}

pub(super) fn coverage_strata(scene: &Scene<'_>) -> Strata {
    scene.answers().coverage(transactions(scene))
}

pub(super) fn coverage_sides(scene: &Scene<'_>) -> Sides {
    let months = stated(scene).filter_map(|(month, _)| scene.unit.surveys().get(month));
    let answers = answers::sides(scene, months, |tally| (&tally.places.satisfied, &tally.places.dissatisfied));
    Sides::favourable(stated(scene).map(|(_, stated)| stated.evidence)).with_shown(answers.shown)
}

/// The transactions that the unit stated for the period.
pub(super) fn transactions(scene: &Scene<'_>) -> u64 {
    stated(scene).map(|(_, stated)| stated.transactions).sum()
}

/// The statements about months of the period.
fn stated<'model>(scene: &Scene<'model>) -> impl Iterator<Item = (Month, &'model ServiceCount)> {
    let months = scene.months.clone();
    scene.unit.services().iter().filter(move |(month, _)| months.contains(month))
}

/// The months of the period with their answers.
pub(super) fn tallies<'model>(scene: &Scene<'model>) -> impl Iterator<Item = (Month, &'model SurveyTally)> {
    scene.unit.surveys().range(scene.months.clone())
}
