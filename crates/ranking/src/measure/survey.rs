//! Component D: satisfaction and how many were asked.

use danvan_projection::Period;
use danvan_projection::UnitModel;

use super::Scene;
use crate::mark::Mark;
use crate::sample::Sample;

pub(super) fn satisfied(scene: &Scene<'_>) -> Sample {
    let (mut k, mut n, mut k_halves, mut n_halves) = (0, 0, 0, 0);
    let (mut favourable, mut unfavourable) = (Vec::new(), Vec::new());
    for tally in scene.period.months().filter_map(|month| scene.unit.surveys().get(&month)) {
        k += tally.satisfied.count;
        n += tally.answers();
        k_halves += tally.satisfied.halves();
        n_halves += tally.satisfied.halves() + tally.dissatisfied.halves();
        favourable.extend(&tally.satisfied.evidence);
        unfavourable.extend(&tally.dissatisfied.evidence);
    }
    Sample::weighted(k, n, k_halves, n_halves).with_evidence(favourable, unfavourable)
}

/// Only months whose transactions are stated count, on both sides: leaving out a month must not raise the share.
pub(super) fn response_coverage(scene: &Scene<'_>) -> Sample {
    let (mut answers, mut transactions) = (0, 0);
    let mut evidence = Vec::new();
    for month in scene.period.months() {
        let Some(stated) = scene.unit.services().get(&month) else { continue };
        transactions += stated.transactions;
        answers += scene.unit.surveys().get(&month).map_or(0, danvan_projection::SurveyTally::answers);
        evidence.push(stated.evidence);
    }
    let sample = Sample::share(answers.min(transactions), transactions).with_evidence(evidence, Vec::new());
    if transactions == 0 { sample.with_mark(Mark::ChuaCoSoGiaoDich) } else { sample }
}

/// The transactions that the unit stated for the period.
pub(super) fn transactions(unit: &UnitModel, period: &Period) -> u64 {
    period.months().filter_map(|month| unit.services().get(&month)).map(|stated| stated.transactions).sum()
}
