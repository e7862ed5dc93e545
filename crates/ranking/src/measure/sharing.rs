//! Component E: dialogue with the people, facilities, practices that spread; and what the province recognises.

use danvan_event::Level;
use danvan_projection::{Dialogue, Evidence, Facility, Recognition, Replication};

use super::Scene;
use crate::ratio::Ratio;
use crate::sample::{Sample, Sides};

const MONTHS_OF_A_YEAR: i128 = 12;

/// Dialogues per year: a quarter asks for a quarter of them.
pub(super) fn dialogues(scene: &Scene<'_>) -> Sample {
    let count = held(scene).count() as u64;
    let months = scene.period.months().count() as u64;
    Sample::value(Ratio::new(i128::from(count) * MONTHS_OF_A_YEAR, i128::from(months)), count)
}

pub(super) fn dialogue_sides(scene: &Scene<'_>) -> Sides {
    Sides::favourable(held(scene).map(|dialogue| dialogue.evidence))
}

fn held<'model>(scene: &Scene<'model>) -> impl Iterator<Item = &'model Dialogue> {
    let period = scene.period;
    scene.unit.dialogues().iter().filter(move |dialogue| period.contains(dialogue.at))
}

pub(super) fn facilities(scene: &Scene<'_>) -> Sample {
    counted(ready(scene).map(|facility| &*facility.item_code))
}

pub(super) fn facility_sides(scene: &Scene<'_>) -> Sides {
    Sides::favourable(ready(scene).map(|facility| facility.evidence))
}

/// A facility stays: what was ready in an earlier period counts in this one too.
fn ready<'model>(scene: &Scene<'model>) -> impl Iterator<Item = &'model Facility> {
    let end = scene.period.end();
    scene.unit.facilities().iter().filter(move |facility| facility.at < end)
}

pub(super) fn practices_replicated(scene: &Scene<'_>) -> Sample {
    counted(accepted(scene).map(|replication| &*replication.practice))
}

pub(super) fn practice_sides(scene: &Scene<'_>) -> Sides {
    Sides::favourable(accepted(scene).map(|replication| replication.evidence))
}

/// That a practice went from one unit to another counts for both when both say so, each in its own log: nobody makes up alone what he
/// took over, or what was taken over from him.
fn accepted<'scene>(scene: &'scene Scene<'_>) -> impl Iterator<Item = &'scene Replication> {
    let in_period = scene.unit.replications().iter().filter(|replication| scene.period.contains(replication.at));
    in_period.filter(|claimed| {
        let other = if claimed.target == *scene.id { &claimed.source } else { &claimed.target };
        let by_other = scene.model.unit(other).map_or(&[][..], |other| other.replications());
        *other != *scene.id
            && by_other.iter().any(|said| {
                said.practice == claimed.practice && said.source == claimed.source && said.target == claimed.target
            })
    })
}

pub(super) fn recognitions(scene: &Scene<'_>) -> Sample {
    let count = recognised(scene).count() as u64;
    Sample::value(Ratio::new(i128::from(count), 1), count)
}

pub(super) fn recognition_sides(scene: &Scene<'_>) -> Sides {
    Sides::favourable(recognised(scene).map(|recognition| recognition.evidence))
}

fn recognised<'model>(scene: &Scene<'model>) -> impl Iterator<Item = &'model Recognition> {
    let period = scene.period;
    scene.unit.recognitions().iter().filter(move |recognition| {
        let revoked = recognition.revoked.is_some_and(|revoked| revoked.fact.at < period.end());
        matches!(recognition.level, Level::Province | Level::Central) && period.contains(recognition.at) && !revoked
    })
}

/// The number of different names.
fn counted<'name>(names: impl Iterator<Item = &'name str>) -> Sample {
    let mut names: Vec<&str> = names.collect();
    names.sort_unstable();
    names.dedup();
    let count = names.len() as u64;
    Sample::value(Ratio::new(i128::from(count), 1), count)
}

/// The entries that show a serious breach of a pledge, confirmed in the period.
pub(super) fn serious_breaches(scene: &Scene<'_>) -> impl Iterator<Item = Evidence> {
    let serious =
        scene.unit.breaches().iter().filter(|breach| breach.severity == danvan_event::BreachSeverity::Serious);
    serious.filter(|breach| scene.period.contains(breach.at)).map(|breach| breach.evidence)
}

/// The entries by which, in the period, a recognition or an award was taken back for what was not true.
pub(super) fn falsifications(scene: &Scene<'_>) -> impl Iterator<Item = Evidence> {
    let of_recognitions = scene.unit.recognitions().iter().map(|recognition| recognition.revoked);
    let of_awards = scene.unit.awards().iter().map(|award| award.revoked);
    let false_ones = of_recognitions.chain(of_awards).flatten().filter(|withdrawal| {
        use danvan_event::AwardRevocation::{FalseDossier, Fraud};
        matches!(withdrawal.ground, Fraud | FalseDossier) && scene.period.contains(withdrawal.fact.at)
    });
    false_ones.map(|withdrawal| withdrawal.fact.evidence)
}
