//! Component D: satisfaction and how many were asked.

use danvan_event::SurveyChannel;
use danvan_projection::{Evidence, Month, Places, ServiceCount, SurveyTally};

use super::Scene;
use crate::engine::Engine;
use crate::mark::Mark;
use crate::sample::{Sample, Sides, Stratum};

pub(super) fn satisfied(scene: &Scene<'_>) -> Sample {
    let (mut k, mut n, mut k_halves, mut n_halves) = (0, 0, 0, 0);
    for tally in tallies(scene) {
        let crowd = &scene.safeguards.crowd(tally).satisfied;
        let (satisfied, halves) = (tally.satisfied.count - crowd.count, tally.satisfied.halves() - crowd.halves());
        k += satisfied;
        n += satisfied + tally.dissatisfied.count;
        k_halves += halves;
        n_halves += halves + tally.dissatisfied.halves();
    }
    let strata = if scene.engine == Engine::First { Vec::new() } else { strata(scene) };
    Sample { strata, ..Sample::weighted(k, n, k_halves, n_halves) }
}

/// The same answers by the way they came.
fn strata(scene: &Scene<'_>) -> Vec<Stratum> {
    let mut strata: Vec<Stratum> = Vec::new();
    let of_months = tallies(scene).flat_map(|tally| tally.channels().map(move |of_channel| (tally, of_channel)));
    for (tally, (channel, answers)) in of_months {
        // Only the kiosk has crowded hours.
        let is_kiosk = channel == SurveyChannel::Kiosk;
        let crowd = if is_kiosk { scene.safeguards.crowd(tally).satisfied.halves() } else { 0 };
        let (k_halves, n_halves) = (u64::from(answers.satisfied_halves()) - crowd, u64::from(answers.halves()) - crowd);
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
        favourable.extend(uncrowded(scene, tally, &tally.satisfied.evidence));
        unfavourable.extend(&tally.dissatisfied.evidence);
    }
    Sides::new(favourable, unfavourable)
}

/// The favourable answers among these that count.
pub(super) fn uncrowded(scene: &Scene<'_>, tally: &SurveyTally, answers: &Places) -> Vec<Evidence> {
    let crowd: Vec<Evidence> = scene.safeguards.crowd(tally).evidence.iter().collect();
    answers.iter().filter(|at| crowd.binary_search(at).is_err()).collect()
}

/// Only months whose transactions are stated count, on both sides: leaving out a month must not raise the share.
pub(super) fn response_coverage(scene: &Scene<'_>) -> Sample {
    let (mut answers, mut transactions) = (0, 0);
    for (month, stated) in stated(scene) {
        transactions += stated.transactions;
        let tally = scene.unit.surveys().get(month);
        answers += tally.map_or(0, |tally| tally.answers() - scene.safeguards.crowd(tally).satisfied.count);
    }
    let sample = Sample::share(answers.min(transactions), transactions);
    if transactions == 0 { sample.with_mark(Mark::ChuaCoSoGiaoDich) } else { sample }
}

pub(super) fn coverage_sides(scene: &Scene<'_>) -> Sides {
    Sides::favourable(stated(scene).map(|(_, stated)| stated.evidence))
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

/// The answers of the months of the period.
pub(super) fn tallies<'model>(scene: &Scene<'model>) -> impl Iterator<Item = &'model SurveyTally> {
    scene.unit.surveys().range(scene.months.clone())
}
