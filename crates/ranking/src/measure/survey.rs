//! Component D: satisfaction and how many were asked.

use danvan_projection::SurveyTally;

use super::Scene;
use crate::engine::Engine;
use crate::mark::Mark;
use crate::sample::{Sample, Sides, Stratum};

pub(super) fn satisfied(scene: &Scene<'_>) -> Sample {
    let (mut k, mut n, mut k_halves, mut n_halves) = (0, 0, 0, 0);
    for tally in tallies(scene) {
        k += tally.satisfied.count;
        n += tally.answers();
        k_halves += tally.satisfied.halves();
        n_halves += tally.satisfied.halves() + tally.dissatisfied.halves();
    }
    let strata = if scene.engine == Engine::First { Vec::new() } else { strata(scene) };
    Sample { strata, ..Sample::weighted(k, n, k_halves, n_halves) }
}

/// The same answers by the way they came.
fn strata(scene: &Scene<'_>) -> Vec<Stratum> {
    let mut strata: Vec<Stratum> = Vec::new();
    for (channel, answers) in tallies(scene).flat_map(SurveyTally::channels) {
        let (k_halves, n_halves) = (u64::from(answers.satisfied_halves()), u64::from(answers.halves()));
        match strata.iter_mut().find(|stratum| stratum.channel == channel) {
            Some(stratum) => {
                stratum.k_halves += k_halves;
                stratum.n_halves += n_halves;
            }
            None => strata.push(Stratum { channel, k_halves, n_halves }),
        }
    }
    strata
}

pub(super) fn satisfied_sides(scene: &Scene<'_>) -> Sides {
    let (mut favourable, mut unfavourable) = (Vec::new(), Vec::new());
    for tally in tallies(scene) {
        favourable.extend(&tally.satisfied.evidence);
        unfavourable.extend(&tally.dissatisfied.evidence);
    }
    Sides::new(favourable, unfavourable)
}

/// Only months whose transactions are stated count, on both sides: leaving out a month must not raise the share.
pub(super) fn response_coverage(scene: &Scene<'_>) -> Sample {
    let (mut answers, mut transactions) = (0, 0);
    for month in scene.period.months() {
        let Some(stated) = scene.unit.services().get(&month) else { continue };
        transactions += stated.transactions;
        answers += scene.unit.surveys().get(&month).map_or(0, SurveyTally::answers);
    }
    let sample = Sample::share(answers.min(transactions), transactions);
    if transactions == 0 { sample.with_mark(Mark::ChuaCoSoGiaoDich) } else { sample }
}

pub(super) fn coverage_sides(scene: &Scene<'_>) -> Sides {
    let stated = scene.period.months().filter_map(|month| scene.unit.services().get(&month));
    Sides::favourable(stated.map(|stated| stated.evidence))
}

/// The transactions that the unit stated for the period.
pub(super) fn transactions(scene: &Scene<'_>) -> u64 {
    let stated = scene.period.months().filter_map(|month| scene.unit.services().get(&month));
    stated.map(|stated| stated.transactions).sum()
}

fn tallies<'model>(scene: &Scene<'model>) -> impl Iterator<Item = &'model SurveyTally> {
    let unit = scene.unit;
    scene.period.months().filter_map(move |month| unit.surveys().get(&month))
}
