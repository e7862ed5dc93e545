//! Component A: roll-out, pledges, outreach.

use std::collections::BTreeMap;

use danvan_projection::{Evidence, Fact, Month, Pledge, Stage};

use super::Scene;
use crate::engine::Engine;
use crate::mark::Mark;
use crate::sample::{Sample, Sides};

/// The stages whose documents are scored, a like share of the points each.
const SCORED_STAGES: [Stage; 4] = [Stage::CoordinationPlan, Stage::Resolution, Stage::SteeringBoard, Stage::Launch];

pub(super) fn documents(scene: &Scene<'_>) -> Sample {
    Sample::share(reached(scene).count() as u64, SCORED_STAGES.len() as u64)
}

pub(super) fn document_sides(scene: &Scene<'_>) -> Sides {
    Sides::favourable(reached(scene).map(|fact| fact.evidence))
}

fn reached(scene: &Scene<'_>) -> impl Iterator<Item = Fact> {
    let stages = SCORED_STAGES.iter().filter_map(|stage| scene.unit.rollout().reached(*stage));
    stages.filter(|fact| fact.at < scene.period.end())
}

pub(super) fn pledge_coverage(scene: &Scene<'_>) -> Sample {
    let declared = scene.unit.headcounts().iter().rev().find(|headcount| headcount.at < scene.period.end());
    let Some(declared) = declared.filter(|headcount| headcount.officials > 0) else {
        return Sample::share(0, 0).with_mark(Mark::ChuaKhaiBaoCanBo);
    };
    let mut together = 0;
    let mut keys: Vec<(u64, &str)> = Vec::with_capacity(scene.unit.pledges().len());
    for (pledge, _) in given(scene) {
        match pledge.staff_key.as_deref() {
            // Short keys are told apart by their first eight bytes, without looking at the texts.
            Some(key) => keys.push((beginning(key), key)),
            None => together = together.max(u64::from(pledge.signers.unwrap_or(0))),
        }
    }
    keys.sort_unstable();
    keys.dedup();
    let signed = together.max(keys.len() as u64);
    Sample::share(signed.min(declared.officials), declared.officials)
}

/// The first eight bytes of a text as a number, zeros where it is shorter.
fn beginning(text: &str) -> u64 {
    let mut bytes = [0; 8];
    bytes.iter_mut().zip(text.bytes()).for_each(|(place, byte)| *place = byte);
    u64::from_be_bytes(bytes)
}

/// Nothing speaks for a unit that never declared its officials: the share has no denominator.
pub(super) fn pledge_sides(scene: &Scene<'_>) -> Sides {
    if !pledge_coverage(scene).marks.is_empty() {
        return Sides::default();
    }
    let mut by_key: BTreeMap<&str, Evidence> = BTreeMap::new();
    for (pledge, at) in given(scene) {
        if let Some(key) = &pledge.staff_key {
            by_key.entry(key).or_insert(at);
        }
    }
    match together(scene) {
        Some((signers, at)) if signers > by_key.len() as u64 => Sides::favourable([at]),
        _ => Sides::favourable(by_key.into_values()),
    }
}

/// The largest collective pledge. Its signers may be the same persons as those who signed one by one, so the two are not
/// added.
fn together(scene: &Scene<'_>) -> Option<(u64, Evidence)> {
    let collective = given(scene).filter(|(pledge, _)| pledge.staff_key.is_none());
    let mut largest: Option<(u64, Evidence)> = None;
    for (signers, at) in collective.filter_map(|(pledge, at)| Some((u64::from(pledge.signers?), at))) {
        if largest.is_none_or(|(most, _)| signers > most) {
            largest = Some((signers, at));
        }
    }
    largest
}

/// The pledges that are given for the period, each with the entry that gives it. The first procedure knows neither
/// renewals nor revocations.
fn given<'model>(scene: &Scene<'model>) -> impl Iterator<Item = (&'model Pledge, Evidence)> {
    let (period, engine) = (scene.period, scene.engine);
    scene.unit.pledges().iter().filter_map(move |pledge| match engine {
        Engine::First => {
            (pledge.at < period.end() && pledge.period.overlaps(period)).then_some((pledge, pledge.evidence))
        }
        Engine::Second => pledge.holds_in(period).map(|at| (pledge, at)),
    })
}

pub(super) fn outreach_quarters(scene: &Scene<'_>) -> Sample {
    let mut quarters: Vec<_> = outreach(scene).map(|fact| Month::of(fact.at).quarter()).collect();
    quarters.sort_unstable();
    quarters.dedup();
    Sample::share(quarters.len() as u64, u64::from(scene.period.quarters()))
}

pub(super) fn outreach_sides(scene: &Scene<'_>) -> Sides {
    Sides::favourable(outreach(scene).map(|fact| fact.evidence))
}

fn outreach<'model>(scene: &Scene<'model>) -> impl Iterator<Item = &'model Fact> {
    let period = scene.period;
    scene.unit.outreach().iter().filter(move |fact| period.contains(fact.at))
}
