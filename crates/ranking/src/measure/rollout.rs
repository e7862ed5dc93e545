//! Component A: roll-out, pledges, outreach.

use std::collections::{BTreeMap, BTreeSet};

use danvan_projection::{Evidence, Fact, Month, Stage};

use super::Scene;
use crate::mark::Mark;
use crate::sample::Sample;

/// The stages whose documents are scored, a like share of the points each.
const SCORED_STAGES: [Stage; 4] = [Stage::CoordinationPlan, Stage::Resolution, Stage::SteeringBoard, Stage::Launch];

pub(super) fn documents(scene: &Scene<'_>) -> Sample {
    let reached: Vec<Evidence> = SCORED_STAGES
        .iter()
        .filter_map(|stage| scene.unit.rollout().reached(*stage))
        .filter(|fact| fact.at < scene.period.end())
        .map(|fact| fact.evidence)
        .collect();
    Sample::share(reached.len() as u64, SCORED_STAGES.len() as u64).with_evidence(reached, Vec::new())
}

pub(super) fn pledge_coverage(scene: &Scene<'_>) -> Sample {
    let declared = scene.unit.headcounts().iter().rev().find(|headcount| headcount.at < scene.period.end());
    let Some(declared) = declared.filter(|headcount| headcount.officials > 0) else {
        return Sample::share(0, 0).with_mark(Mark::ChuaKhaiBaoCanBo);
    };
    let given = scene
        .unit
        .pledges()
        .iter()
        .filter(|pledge| pledge.at < scene.period.end() && pledge.period.overlaps(scene.period));
    let mut by_key: BTreeMap<&str, Evidence> = BTreeMap::new();
    let mut together: Option<(u64, Evidence)> = None;
    for pledge in given {
        if let Some(key) = &pledge.staff_key {
            by_key.entry(key).or_insert(pledge.evidence);
        } else if let Some(signers) = pledge.signers
            && together.is_none_or(|(most, _)| signers > most)
        {
            together = Some((signers, pledge.evidence));
        }
    }
    // The signers of a collective pledge may be the same persons as those who signed one by one, so the two are not added.
    let (signed, evidence) = match together {
        Some((signers, at)) if signers > by_key.len() as u64 => (signers, vec![at]),
        _ => (by_key.len() as u64, by_key.into_values().collect()),
    };
    Sample::share(signed.min(declared.officials), declared.officials).with_evidence(evidence, Vec::new())
}

pub(super) fn outreach_quarters(scene: &Scene<'_>) -> Sample {
    let inside: Vec<&Fact> = scene.unit.outreach().iter().filter(|fact| scene.period.contains(fact.at)).collect();
    let quarters: BTreeSet<_> = inside.iter().map(|fact| Month::of(fact.at).quarter()).collect();
    let evidence = inside.iter().map(|fact| fact.evidence).collect();
    Sample::share(quarters.len() as u64, u64::from(scene.period.quarters())).with_evidence(evidence, Vec::new())
}
