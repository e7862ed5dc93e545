//! Component C: how feedback is handled.
//!
//! A case is judged at one moment, and so in exactly one period: when it was first answered or when the answer fell due,
//! whichever came first. A case that is open and not yet due has no verdict. Nothing here asks what time it is now.

use std::cmp::Ordering;

use danvan_event::{FeedbackOutcome, Timestamp};
use danvan_projection::{Evidence, FeedbackCase, Period, REOPEN_WINDOW_DAYS, Response, UnitModel};

use super::Scene;
use crate::engine::Engine;
use crate::ratio::Ratio;
use crate::sample::{Sample, Sides};

const DAY_MS: i64 = 86_400_000;

/// What a period says of a case, with the entry that shows it. One case can get one of each pair.
#[derive(Debug, Clone, Copy)]
enum Verdict {
    OnTime(Evidence, Age),
    Late(Evidence),
    Lasting(Evidence),
    Undone(Evidence),
    Published(Evidence),
    Unpublished(Evidence),
}

/// Time taken and time allowed, in milliseconds.
#[derive(Debug, Clone, Copy)]
struct Age {
    taken: i64,
    allowed: i64,
}

/// The verdicts of a period, counted.
#[derive(Debug, Default)]
pub(crate) struct Handling {
    /// Cases received in the period.
    pub(crate) received: u64,
    on_time: u64,
    late: u64,
    lasting: u64,
    undone: u64,
    published: u64,
    unpublished: u64,
    /// The lower median of time taken out of time allowed; zero when nothing was judged.
    median_age: Ratio,
}

impl Handling {
    /// Goes through the cases once.
    pub(crate) fn of(scene: &Scene<'_>) -> Handling {
        let mut counted = Handling::default();
        let mut ages = Vec::with_capacity(scene.unit.feedback().len());
        for case in owed(scene.unit) {
            counted.received += u64::from(scene.period.contains(case.received().at));
            if !scene.safeguards.judges(case) {
                continue;
            }
            judge(case, scene, |verdict| match verdict {
                Verdict::OnTime(_, age) => {
                    counted.on_time += 1;
                    ages.push(age);
                }
                Verdict::Late(_) => {
                    counted.late += 1;
                    ages.push(Age::LATE);
                }
                Verdict::Lasting(_) => counted.lasting += 1,
                Verdict::Undone(_) => counted.undone += 1,
                Verdict::Published(_) => counted.published += 1,
                Verdict::Unpublished(_) => counted.unpublished += 1,
            });
        }
        if let Some(last) = ages.len().checked_sub(1) {
            counted.median_age = ages.select_nth_unstable_by(last / 2, Age::compare).1.ratio();
        }
        counted
    }

    pub(super) fn answered_on_time(&self) -> Sample {
        Sample::share(self.on_time, self.on_time + self.late)
    }

    pub(super) fn resolved_lasting(&self) -> Sample {
        Sample::share(self.lasting, self.lasting + self.undone)
    }

    pub(super) fn answer_age(&self) -> Sample {
        Sample::value(self.median_age, self.on_time + self.late)
    }

    pub(super) fn results_published(&self) -> Sample {
        Sample::share(self.published, self.published + self.unpublished)
    }

    pub(super) fn late(&self) -> u64 {
        self.late
    }
}

impl Age {
    const LATE: Age = Age { taken: 1, allowed: 1 };

    fn of(case: FeedbackCase<'_>, due: Timestamp, response: Response) -> Age {
        let received = case.received().at.as_millis();
        let allowed = (due.as_millis() - received).max(1);
        Age { taken: (response.at.as_millis() - received).clamp(0, allowed), allowed }
    }

    fn compare(&self, other: &Age) -> Ordering {
        // Most cases are allowed the same time.
        if self.allowed == other.allowed {
            return self.taken.cmp(&other.taken);
        }
        (i128::from(self.taken) * i128::from(other.allowed)).cmp(&(i128::from(other.taken) * i128::from(self.allowed)))
    }

    fn ratio(&self) -> Ratio {
        Ratio::new(i128::from(self.taken), i128::from(self.allowed))
    }
}

pub(super) fn on_time_sides(scene: &Scene<'_>) -> Sides {
    sides(scene, |verdict| match verdict {
        Verdict::OnTime(at, _) => Some((true, at)),
        Verdict::Late(at) => Some((false, at)),
        _ => None,
    })
}

pub(super) fn lasting_sides(scene: &Scene<'_>) -> Sides {
    sides(scene, |verdict| match verdict {
        Verdict::Lasting(at) => Some((true, at)),
        Verdict::Undone(at) => Some((false, at)),
        _ => None,
    })
}

pub(super) fn published_sides(scene: &Scene<'_>) -> Sides {
    sides(scene, |verdict| match verdict {
        Verdict::Published(at) => Some((true, at)),
        Verdict::Unpublished(at) => Some((false, at)),
        _ => None,
    })
}

/// Those that took at most the median speak for the unit.
pub(super) fn age_sides(scene: &Scene<'_>) -> Sides {
    let median = scene.handling().median_age;
    sides(scene, |verdict| match verdict {
        Verdict::OnTime(at, age) => Some((age.ratio() <= median, at)),
        Verdict::Late(at) => Some((Age::LATE.ratio() <= median, at)),
        _ => None,
    })
}

fn sides(scene: &Scene<'_>, side_of: impl Fn(Verdict) -> Option<(bool, Evidence)>) -> Sides {
    let (mut favourable, mut unfavourable, mut shown) = (Vec::new(), Vec::new(), Vec::new());
    for case in owed(scene.unit) {
        let counts = scene.safeguards.judges(case);
        judge(case, scene, |verdict| match side_of(verdict) {
            Some((_, at)) if !counts => shown.push(at),
            Some((true, at)) => favourable.push(at),
            Some((false, at)) => unfavourable.push(at),
            None => {}
        });
    }
    Sides::new(favourable, unfavourable).with_shown(shown)
}

/// The cases to which the office owes an answer.
fn owed(unit: &UnitModel) -> impl Iterator<Item = FeedbackCase<'_>> {
    unit.feedback().values().filter(|case| case.needs_answer())
}

/// Tells every verdict that a case gets in the period. In the second procedure a case that was handed on to who is
/// competent, or taken back by the citizen, before the answer was due and without one, gets none.
fn judge(case: FeedbackCase<'_>, scene: &Scene<'_>, mut tell: impl FnMut(Verdict)) {
    let period = scene.period;
    let due = scene.safeguards.due(case);
    let response = scene.safeguards.response(case);
    let on_time = response.filter(|response| response.at <= due);
    let left = || scene.safeguards.departure(case).filter(|left| left.at <= due);
    if scene.engine >= Engine::Second && on_time.is_none() && left().is_some() {
        return;
    }
    match on_time {
        Some(response) if period.contains(response.at) => {
            tell(Verdict::OnTime(response.evidence, Age::of(case, due, response)));
        }
        None if period.contains(due) => tell(Verdict::Late(case.received().evidence)),
        _ => {}
    }
    if let Some(settled) = settled(case, due, response, period) {
        tell(settled);
    }
    let Some(response) = response else { return };
    let window_end = millis_after_window(response.at);
    if contains_millis(period, window_end) {
        match scene.safeguards.publication(case).filter(|publication| publication.at.as_millis() <= window_end) {
            Some(publication) => tell(Verdict::Published(publication.evidence)),
            None => tell(Verdict::Unpublished(response.evidence)),
        }
    }
}

/// How a case ended in the period, if it did: when the citizen asked again, when the time to ask again ran out, or when
/// the answer fell due and none came.
fn settled(case: FeedbackCase<'_>, due: Timestamp, response: Option<Response>, period: &Period) -> Option<Verdict> {
    let Some(response) = response.filter(|response| response.at < period.end()) else {
        return period.contains(due).then_some(Verdict::Undone(case.received().evidence));
    };
    let window_end = millis_after_window(response.at);
    if let Some(again) = case.first_reopening().filter(|reopening| reopening.at.as_millis() <= window_end) {
        return period.contains(again.at.max(response.at)).then_some(Verdict::Undone(again.evidence));
    }
    // What another office must do, or what never was, is neither resolved nor left undone here.
    let handled = matches!(response.value, FeedbackOutcome::Resolved | FeedbackOutcome::Explained);
    (handled && contains_millis(period, window_end)).then_some(Verdict::Lasting(response.evidence))
}

/// The moment at which the citizen's time to ask again runs out.
fn millis_after_window(response: Timestamp) -> i64 {
    response.as_millis() + i64::from(REOPEN_WINDOW_DAYS) * DAY_MS
}

fn contains_millis(period: &Period, millis: i64) -> bool {
    (period.start().as_millis()..period.end().as_millis()).contains(&millis)
}
