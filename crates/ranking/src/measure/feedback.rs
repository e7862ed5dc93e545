//! Component C: how feedback is handled.
//!
//! A case is judged at one moment, and so in exactly one period: when it was first answered or when the answer fell due,
//! whichever came first. A case that is open and not yet due has no verdict. Nothing here asks what time it is now.

use std::cmp::Ordering;

use danvan_event::FeedbackOutcome;
use danvan_projection::{CaseTimes, Evidence, FeedbackCase, OfficeDates, Period, REOPEN_WINDOW_DAYS, UnitModel, When};

use super::Scene;
use crate::engine::Engine;
use crate::ratio::Ratio;
use crate::sample::{Sample, Sides};

/// By what cases are judged.
struct Judge {
    period: Period,
    dates: OfficeDates,
    /// Whether a case gets no verdict that was handed on to who is competent, or taken back by the citizen, before the answer was due
    /// and without one: so in the second procedure.
    departures: bool,
}

/// What a period says of a case. A case can be judged in one period for its answer, in another for its end.
#[derive(Debug, Clone, Copy, Default)]
struct Verdicts {
    answer: Option<Answer>,
    end: Option<End>,
    /// Whether the result was published in time, or not.
    published: Option<bool>,
}

#[derive(Debug, Clone, Copy)]
enum Answer {
    OnTime(Age),
    Late,
}

/// How a case ended: when the citizen asked again, when the time to ask again ran out, or when the answer fell due and none came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    Lasting,
    Reopened,
    Unanswered,
}

/// Time taken and time allowed, in milliseconds; never more taken than allowed.
#[derive(Debug, Clone, Copy)]
struct Age {
    taken: u64,
    allowed: u64,
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
        let judge = Judge::of(scene);
        let mut counted = Handling::default();
        let mut ages = Vec::with_capacity(scene.unit.feedback().len());
        for case in owed(scene.unit) {
            counted.received += u64::from(scene.period.contains(case.received_when()));
            if !scene.safeguards.judges(case) {
                continue;
            }
            let Verdicts { answer, end, published } = judge.verdicts(case);
            match answer {
                Some(Answer::OnTime(age)) => ages.push(age),
                Some(Answer::Late) => counted.late += 1,
                None => {}
            }
            counted.lasting += u64::from(end == Some(End::Lasting));
            counted.undone += u64::from(matches!(end, Some(End::Reopened | End::Unanswered)));
            counted.published += u64::from(published == Some(true));
            counted.unpublished += u64::from(published == Some(false));
        }
        counted.on_time = ages.len() as u64;
        counted.median_age = lower_median(&mut ages, counted.late);
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

/// The lower median of the ages of what was answered on time and of so many late cases, none of which is younger.
fn lower_median(on_time: &mut [Age], late: u64) -> Ratio {
    let Some(last) = (on_time.len() as u64 + late).checked_sub(1) else { return Ratio::ZERO };
    match usize::try_from(last / 2) {
        Ok(middle) if middle < on_time.len() => on_time.select_nth_unstable_by(middle, Age::compare).1.ratio(),
        _ => Age::LATE,
    }
}

impl Age {
    /// A late answer is as old as it can be.
    const LATE: Ratio = Ratio::ONE;

    fn of(received: When, due: When, answered: When) -> Age {
        let allowed = due.millis_since(received).max(1);
        Age { taken: answered.millis_since(received).min(allowed), allowed }
    }

    fn compare(&self, other: &Age) -> Ordering {
        let of = |taken: u64, allowed: u64| u128::from(taken) * u128::from(allowed);
        of(self.taken, other.allowed).cmp(&of(other.taken, self.allowed))
    }

    fn ratio(&self) -> Ratio {
        Ratio::new(i128::from(self.taken), i128::from(self.allowed))
    }
}

pub(super) fn on_time_sides(scene: &Scene<'_>) -> Sides {
    sides(scene, |case, verdicts| match verdicts.answer? {
        Answer::OnTime(_) => Some((true, response(case)?)),
        Answer::Late => Some((false, case.received().evidence)),
    })
}

pub(super) fn lasting_sides(scene: &Scene<'_>) -> Sides {
    sides(scene, |case, verdicts| match verdicts.end? {
        End::Lasting => Some((true, response(case)?)),
        End::Reopened => Some((false, case.first_reopening()?.evidence)),
        End::Unanswered => Some((false, case.received().evidence)),
    })
}

pub(super) fn published_sides(scene: &Scene<'_>) -> Sides {
    sides(scene, |case, verdicts| {
        let in_time = verdicts.published?;
        let shown = if in_time { case.first_publication()?.evidence } else { response(case)? };
        Some((in_time, shown))
    })
}

/// Those that took at most the median speak for the unit.
pub(super) fn age_sides(scene: &Scene<'_>) -> Sides {
    let median = scene.handling().median_age;
    sides(scene, |case, verdicts| match verdicts.answer? {
        Answer::OnTime(age) => Some((age.ratio() <= median, response(case)?)),
        Answer::Late => Some((Age::LATE <= median, case.received().evidence)),
    })
}

fn response(case: FeedbackCase<'_>) -> Option<Evidence> {
    case.first_response().map(|response| response.evidence)
}

fn sides(scene: &Scene<'_>, side_of: impl Fn(FeedbackCase<'_>, Verdicts) -> Option<(bool, Evidence)>) -> Sides {
    let judge = Judge::of(scene);
    let (mut favourable, mut unfavourable, mut shown) = (Vec::new(), Vec::new(), Vec::new());
    for case in owed(scene.unit) {
        let counts = scene.safeguards.judges(case);
        match side_of(case, judge.verdicts(case)) {
            Some((_, at)) if !counts => shown.push(at),
            Some((true, at)) => favourable.push(at),
            Some((false, at)) => unfavourable.push(at),
            None => {}
        }
    }
    Sides::new(favourable, unfavourable).with_shown(shown)
}

/// The cases to which the office owes an answer.
fn owed(unit: &UnitModel) -> impl Iterator<Item = FeedbackCase<'_>> {
    unit.feedback().values().filter(|case| case.needs_answer())
}

impl Judge {
    fn of(scene: &Scene<'_>) -> Judge {
        Judge {
            period: *scene.period,
            dates: scene.safeguards.office_dates(),
            departures: scene.engine >= Engine::Second,
        }
    }

    /// Every verdict that a case gets in the period.
    #[expect(
        clippy::inline_always,
        reason = "asked of every case of a country: the call would cost a tenth of a ranking"
    )]
    #[inline(always)]
    fn verdicts(&self, case: FeedbackCase<'_>) -> Verdicts {
        let period = &self.period;
        let CaseTimes { received, due, answered, published, reopened } = case.times(self.dates);
        let is_on_time = answered <= due;
        if !is_on_time && self.departures && case.left_when(self.dates) <= due {
            return Verdicts::default();
        }
        let answer = period
            .contains(answered.min(due))
            .then(|| if is_on_time { Answer::OnTime(Age::of(received, due, answered)) } else { Answer::Late });
        // The citizen's time to ask again runs out.
        let window_end = answered.plus_days(REOPEN_WINDOW_DAYS);
        let runs_out_now = period.contains(window_end);
        let end = if answered >= When::from(period.end()) {
            period.contains(due).then_some(End::Unanswered)
        } else if reopened <= window_end {
            period.contains(reopened.max(answered)).then_some(End::Reopened)
        } else {
            (runs_out_now && is_handled(case)).then_some(End::Lasting)
        };
        Verdicts { answer, end, published: runs_out_now.then_some(published <= window_end) }
    }
}

/// What another office must do, or what never was, is neither resolved nor left undone here.
fn is_handled(case: FeedbackCase<'_>) -> bool {
    let handled = |outcome| matches!(outcome, FeedbackOutcome::Resolved | FeedbackOutcome::Explained);
    case.first_response().is_some_and(|response| handled(response.value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lower_median_counts_a_late_answer_as_the_oldest() {
        let ages = [3, 1, 2].map(|taken| Age { taken, allowed: 4 });
        for (on_time, late, median) in [
            (0, 0, Ratio::ZERO),
            (0, 1, Ratio::ONE),
            (1, 0, Ratio::new(3, 4)),
            (1, 1, Ratio::new(3, 4)),
            (1, 2, Ratio::ONE),
            (3, 0, Ratio::new(2, 4)),
            (3, 2, Ratio::new(3, 4)),
            (3, 3, Ratio::new(3, 4)),
            (3, 4, Ratio::ONE),
        ] {
            let mut judged = ages;
            assert_eq!(lower_median(&mut judged[..on_time], late), median, "{on_time} on time, {late} late");
        }
    }
}
