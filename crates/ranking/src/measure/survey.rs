//! Component D: satisfaction and how many were asked.

use danvan_projection::{Month, ServiceCount, SurveyTally};

use super::Scene;
use super::answers::{self, ShownOnly};
use crate::mark::Mark;
use crate::sample::{Sample, Sides};
use crate::strata::Strata;

pub(super) fn satisfied(scene: &Scene<'_>) -> Sample {
    let counted = scene.answers();
    let (k, n) = (counted.sum(|of| of.satisfied), counted.sum(|of| of.answers));
    let (k_halves, n_halves) = (counted.sum(|of| of.satisfied_halves), counted.sum(|of| of.answers_halves));
    Sample::weighted(k, n, k_halves, n_halves)
}

pub(super) fn satisfied_strata(scene: &Scene<'_>) -> Strata {
    scene.answers().strata(|of| (of.satisfied_halves, of.answers_halves))
}

pub(super) fn satisfied_sides(scene: &Scene<'_>) -> Sides {
    answers::sides(scene, |tally| (&tally.satisfied.evidence, &tally.dissatisfied.evidence))
}

/// Only months whose transactions are stated count, on both sides: leaving out a month must not raise the share. An answer is an answer,
/// however it was given.
pub(super) fn response_coverage(scene: &Scene<'_>) -> Sample {
    let transactions = transactions(scene);
    let answers = scene.answers().sum(|of| of.of_stated_months);
    let sample = Sample::share(answers.min(transactions), transactions);
    if transactions == 0 { sample.with_mark(Mark::ChuaCoSoGiaoDich) } else { sample }
}

pub(super) fn coverage_strata(scene: &Scene<'_>) -> Strata {
    let transactions = transactions(scene);
    scene.answers().strata(|of| (2 * of.of_stated_months, 2 * transactions))
}

pub(super) fn coverage_sides(scene: &Scene<'_>) -> Sides {
    let mut shown = Vec::new();
    for tally in stated(scene).filter_map(|(month, _)| scene.unit.surveys().get(month)) {
        let only = ShownOnly::of(scene, tally);
        shown.extend(only.part_favourable(&tally.satisfied.evidence).1);
        shown.extend(only.part_unfavourable(&tally.dissatisfied.evidence).1);
    }
    Sides::favourable(stated(scene).map(|(_, stated)| stated.evidence)).with_shown(shown)
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
