//! Component C: how feedback is handled.
//!
//! A case is judged at one moment, and so in exactly one period: when it was first answered or when the answer fell due,
//! whichever came first. A case that is open and not yet due has no verdict. Nothing here asks what time it is now.

use danvan_event::{FeedbackOutcome, Timestamp};
use danvan_projection::{Evidence, FeedbackCase, Period, REOPEN_WINDOW_DAYS, Response, UnitModel};

use super::{Scene, survey};
use crate::ratio::Ratio;
use crate::sample::Sample;

const DAY_MS: i64 = 86_400_000;

/// A case with its verdict on time.
struct Judged<'model> {
    case: &'model FeedbackCase,
    on_time: Option<Response>,
}

/// How a case ended, with the entry that shows it.
enum Settled {
    Lasting(Evidence),
    Not(Evidence),
}

pub(super) fn answered_on_time(scene: &Scene<'_>) -> Sample {
    let judged = judged(scene);
    let favourable: Vec<Evidence> =
        judged.iter().filter_map(|case| case.on_time).map(|response| response.evidence).collect();
    let on_time = favourable.len() as u64;
    Sample::share(on_time, judged.len() as u64).with_evidence(favourable, late_cases(scene))
}

/// The entries of receipt of the cases judged late in the period.
pub(super) fn late_cases(scene: &Scene<'_>) -> Vec<Evidence> {
    judged(scene).iter().filter(|case| case.on_time.is_none()).map(|late| late.case.received.evidence).collect()
}

pub(super) fn resolved_lasting(scene: &Scene<'_>) -> Sample {
    let (mut lasting, mut not) = (Vec::new(), Vec::new());
    for case in owed(scene.unit) {
        match settled(case, scene.period) {
            Some(Settled::Lasting(at)) => lasting.push(at),
            Some(Settled::Not(at)) => not.push(at),
            None => {}
        }
    }
    let (k, n) = (lasting.len() as u64, (lasting.len() + not.len()) as u64);
    Sample::share(k, n).with_evidence(lasting, not)
}

/// How a case ended in the period, if it did: when the citizen asked again, when the time to ask again ran out, or when
/// the answer fell due and none came.
fn settled(case: &FeedbackCase, period: &Period) -> Option<Settled> {
    let Some(response) = case.first_response().filter(|response| response.at < period.end()) else {
        return period.contains(case.due).then_some(Settled::Not(case.received.evidence));
    };
    let window_end = millis_after_window(response.at);
    if let Some(again) = case.first_reopening().filter(|reopening| reopening.at.as_millis() <= window_end) {
        return period.contains(again.at.max(response.at)).then_some(Settled::Not(again.evidence));
    }
    // What another office must do, or what never was, is neither resolved nor left undone here.
    let handled = matches!(response.value, FeedbackOutcome::Resolved | FeedbackOutcome::Explained);
    (handled && contains_millis(period, window_end)).then_some(Settled::Lasting(response.evidence))
}

pub(super) fn answer_age(scene: &Scene<'_>) -> Sample {
    let judged = judged(scene);
    let mut ages: Vec<(Ratio, Evidence)> = judged
        .iter()
        .map(|case| match case.on_time {
            Some(response) => (age(case.case, response), response.evidence),
            None => (Ratio::ONE, case.case.received.evidence),
        })
        .collect();
    ages.sort_unstable();
    let median = ages.len().checked_sub(1).and_then(|last| ages.get(last / 2));
    let rate = median.map_or(Ratio::ZERO, |(age, _)| *age);
    let count = ages.len() as u64;
    let (quick, slow): (Vec<_>, Vec<_>) = ages.into_iter().partition(|(age, _)| *age <= rate);
    let places = |side: Vec<(Ratio, Evidence)>| side.into_iter().map(|(_, evidence)| evidence).collect();
    Sample::value(rate, count).with_evidence(places(quick), places(slow))
}

pub(super) fn results_published(scene: &Scene<'_>) -> Sample {
    let (mut published, mut not) = (Vec::new(), Vec::new());
    for case in owed(scene.unit) {
        let Some(response) = case.first_response() else { continue };
        let window_end = millis_after_window(response.at);
        if !contains_millis(scene.period, window_end) {
            continue;
        }
        match case.first_publication().filter(|publication| publication.at.as_millis() <= window_end) {
            Some(publication) => published.push(publication.evidence),
            None => not.push(response.evidence),
        }
    }
    let (k, n) = (published.len() as u64, (published.len() + not.len()) as u64);
    Sample::share(k, n).with_evidence(published, not)
}

/// Whether nobody said anything in a period in which many came to the desk.
pub(crate) fn is_silent(unit: &UnitModel, period: &Period, from_transactions: u64) -> bool {
    let heard = owed(unit).any(|case| period.contains(case.received.at));
    !heard && survey::transactions(unit, period) >= from_transactions
}

/// The cases to which the office owes an answer.
fn owed(unit: &UnitModel) -> impl Iterator<Item = &FeedbackCase> {
    unit.feedback().values().filter(|case| case.needs_answer())
}

fn judged<'model>(scene: &Scene<'model>) -> Vec<Judged<'model>> {
    let of_period = |case: &'model FeedbackCase| {
        let on_time = case.first_response().filter(|response| response.at <= case.due);
        let moment = on_time.map_or(case.due, |response| response.at);
        scene.period.contains(moment).then_some(Judged { case, on_time })
    };
    owed(scene.unit).filter_map(of_period).collect()
}

/// The time taken, as a share of the time allowed.
fn age(case: &FeedbackCase, response: Response) -> Ratio {
    let received = case.received.at.as_millis();
    let taken = i128::from(response.at.as_millis() - received);
    Ratio::new(taken, i128::from(case.due.as_millis() - received)).clamped()
}

/// The moment at which the citizen's time to ask again runs out.
fn millis_after_window(response: Timestamp) -> i64 {
    response.as_millis() + i64::from(REOPEN_WINDOW_DAYS) * DAY_MS
}

fn contains_millis(period: &Period, millis: i64) -> bool {
    (period.start().as_millis()..period.end().as_millis()).contains(&millis)
}
