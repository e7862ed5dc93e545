//! The course of one feedback: received, assigned or transferred, responded, confirmed or reopened, result published.
//!
//! *Answered*, *resolved* and *confirmed by the citizen* are three different facts: an office may answer that it cannot help, and
//! what it calls resolved the citizen may call unresolved.

mod changing;
mod times;

use std::num::NonZeroU16;

use danvan_event::{FeedbackKind, FeedbackOutcome, Timestamp};
use serde::{Deserialize, Serialize};

pub(super) use changing::ChangingCase;
pub use times::{CaseTimes, OfficeDates};

use super::Fact;
use crate::evidence::Evidence;
use crate::stamp::{Moment, Place, Stamp, days_after};
use crate::unit::{Claim, Timing, Traits};

/// Days after a response in which the citizen may ask for the case to be handled again.
pub const REOPEN_WINDOW_DAYS: u32 = 15;

/// One feedback, looked at.
///
/// Of each kind of step the one that decides is kept: the first and the last response, the first request to handle the case
/// again, the first publication, the citizen's last word; first and last by the claimed date, the lower index first among equals.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FeedbackCase<'model> {
    pub(super) course: &'model Course,
    pub(super) trace: &'model Trace,
}

/// When what happened to a case, in the same few bytes however long it was: all that a ranking asks of most cases. A million of
/// them lie side by side in the memory of an aggregator, so nothing else stands between them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Course {
    received: Moment,
    /// The days allowed for the answer, the extension included.
    due_days: u16,
    /// The days that were allowed before the due date was put off.
    extended_from: Option<NonZeroU16>,
    first: Timing,
    outcome: FeedbackOutcome,
    published: Timing,
    reopened: Moment,
    kind: FeedbackKind,
    standing: Standing,
    traits: Traits,
}

/// Where in the log a case's steps stand, and the steps that seldom decide.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Trace {
    received: Place,
    first: Place,
    published: Place,
    confirmed: Stamp,
    /// What most cases never have.
    seldom: Option<Box<Seldom>>,
}

/// A response, or none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct Answer {
    claim: Claim,
    outcome: FeedbackOutcome,
}

/// Steps of the few cases that did not end with their first response.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Seldom {
    /// The last response, where it is not the first one.
    last: Answer,
    reopened: Place,
    /// The transfer or the withdrawal.
    left: Claim,
}

/// Whose the case is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
enum Standing {
    Here,
    Transferred,
    Withdrawn,
}

/// Who put a case into the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum EnteredBy {
    Citizen,
    Office,
}

/// A response and what it came to.
pub type Response = Step<FeedbackOutcome>;

/// A step that carries a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Step<Value> {
    /// When it happened, as claimed.
    pub at: Timestamp,
    /// Where it stands in the unit's log.
    pub evidence: Evidence,
    /// What it came to.
    pub value: Value,
}

impl Course {
    pub(crate) fn new(kind: FeedbackKind, entered_by: EnteredBy, received: Timestamp, due_days: u32) -> Course {
        Course {
            received: Moment::from(received),
            due_days: few(due_days),
            extended_from: None,
            first: Timing::NONE,
            outcome: Answer::NONE.outcome,
            published: Timing::NONE,
            reopened: Moment::NONE,
            kind,
            standing: Standing::Here,
            traits: Traits::default().with(Traits::BY_CITIZEN, entered_by == EnteredBy::Citizen),
        }
    }
}

/// A ranking of a country goes through a million of them, so a byte more is a megabyte more that it waits for.
const _: () = assert!(size_of::<Course>() == 46);

impl Trace {
    pub(crate) fn new(received: Evidence) -> Trace {
        let received = Place::from(received);
        Trace { received, first: Place::NONE, published: Place::NONE, confirmed: Stamp::NONE, seldom: None }
    }
}

impl<'model> FeedbackCase<'model> {
    /// Whether course and trace can have come from the same steps: it was received, what has a place has a date, what is claimed was
    /// recorded, and what left has a step by which it did.
    pub(super) fn is_sound(self) -> bool {
        let sound = |is_dated: bool, place: Place| is_dated || place == Place::NONE;
        let left = self.seldom().is_some_and(|seldom| seldom.left.claimed().is_some());
        let often = [self.course.first, self.course.published].into_iter();
        let mut timings =
            often.chain(self.seldom().into_iter().flat_map(|seldom| [seldom.last.claim.timing, seldom.left.timing]));
        self.course.received.get().is_some()
            && sound(self.first().claim.claimed().is_some(), self.trace.first)
            && sound(self.published().claimed().is_some(), self.trace.published)
            && sound(self.course.reopened.get().is_some(), self.reopened().place)
            && left == (self.course.standing != Standing::Here)
            && timings.all(Timing::is_sound)
    }

    /// What kind of feedback it is.
    #[must_use]
    #[inline]
    pub fn kind(self) -> FeedbackKind {
        self.course.kind
    }

    #[inline]
    fn first(self) -> Answer {
        Answer { claim: Claim { timing: self.course.first, place: self.trace.first }, outcome: self.course.outcome }
    }

    #[inline]
    fn published(self) -> Claim {
        Claim { timing: self.course.published, place: self.trace.published }
    }

    #[inline]
    fn reopened(self) -> Stamp {
        Stamp { at: self.course.reopened, place: self.seldom().map_or(Place::NONE, |seldom| seldom.reopened) }
    }

    #[inline]
    fn seldom(self) -> Option<&'model Seldom> {
        self.trace.seldom.as_deref()
    }

    fn last(self) -> Answer {
        let later = self.seldom().map(|seldom| seldom.last).filter(|last| last.claim.claimed().is_some());
        later.unwrap_or(self.first())
    }

    #[inline]
    fn left(self) -> Option<Claim> {
        if self.course.standing == Standing::Here { None } else { self.seldom().map(|seldom| seldom.left) }
    }

    /// When it was received and where that stands.
    #[must_use]
    #[inline]
    pub fn received(self) -> Fact {
        Stamp { at: self.course.received, place: self.trace.received }.known()
    }

    /// When the answer is due, the extension included.
    #[must_use]
    #[inline]
    pub fn due(self) -> Timestamp {
        days_after(self.received().at, u32::from(self.course.due_days))
    }

    /// Whether the office owes an answer: praise is welcome and needs none.
    #[must_use]
    #[inline]
    pub fn needs_answer(self) -> bool {
        self.course.kind != FeedbackKind::Praise
    }

    /// Whether the citizen entered it, at the kiosk, by QR code or Zalo: it stood in the log before the office could judge whether
    /// it was welcome. Everything else is there because the office wrote it down.
    #[must_use]
    #[inline]
    pub fn is_entered_by_citizen(self) -> bool {
        self.course.traits.has(Traits::BY_CITIZEN)
    }

    /// Whether somebody in the unit has the case.
    #[must_use]
    pub fn is_assigned(self) -> bool {
        self.course.traits.has(Traits::ASSIGNED)
    }

    /// The transfer to another body, which is to answer.
    #[must_use]
    #[inline]
    pub fn transferred(self) -> Option<Fact> {
        self.left().filter(|_| self.course.standing == Standing::Transferred)?.claimed()
    }

    /// That the citizen took the case back, which ends it.
    #[must_use]
    #[inline]
    pub fn withdrawn(self) -> Option<Fact> {
        self.left().filter(|_| self.course.standing == Standing::Withdrawn)?.claimed()
    }

    /// Whether the due date was put off. That may be done once.
    #[must_use]
    pub fn is_extended(self) -> bool {
        self.course.extended_from.is_some()
    }

    /// Whether an answer is owed now: none was given, or none since the citizen asked again.
    #[must_use]
    pub fn awaits_answer(self) -> bool {
        !self.is_answered_since_asked() && self.needs_answer() && self.course.standing == Standing::Here
    }

    /// Answered: the first response, whatever it says.
    #[must_use]
    pub fn answered(self) -> Option<Fact> {
        self.first().claim.claimed()
    }

    /// Resolved, by the office's last word: that response, unless the citizen asked again since.
    #[must_use]
    pub fn resolved(self) -> Option<Fact> {
        let last = self.last();
        last.claim.claimed().filter(|_| last.outcome == FeedbackOutcome::Resolved && self.is_answered_since_asked())
    }

    /// Confirmed by the citizen who brought the case forward: that citizen's last word, when it says satisfied and nobody asked
    /// again since. What somebody else says of the result (`by_anyone`) is no such word.
    #[must_use]
    pub fn confirmed(self) -> Option<Fact> {
        self.trace
            .confirmed
            .get()
            .filter(|_| self.course.traits.has(Traits::SATISFIED) && self.is_answered_since_asked())
    }

    /// The earliest response.
    #[must_use]
    #[inline]
    pub fn first_response(self) -> Option<Response> {
        self.first().claim.claimed().map(|fact| Step::of(fact, self.course.outcome))
    }

    /// The latest response.
    #[must_use]
    pub fn last_response(self) -> Option<Response> {
        let last = self.last();
        last.claim.claimed().map(|fact| Step::of(fact, last.outcome))
    }

    /// The earliest request to handle the case again, whoever made it.
    #[must_use]
    #[inline]
    pub fn first_reopening(self) -> Option<Fact> {
        // Of the cases that were never handled again the trace is not looked at.
        self.course.reopened.get().and_then(|_| self.reopened().get())
    }

    /// The earliest publication of the result.
    #[must_use]
    #[inline]
    pub fn first_publication(self) -> Option<Fact> {
        self.published().claimed()
    }

    /// When the office last answered, by its claim or by its recording, whichever is later: the citizen's time to ask again does not
    /// run out before the answer can be known.
    pub(crate) fn answered_at_last(self) -> Option<Timestamp> {
        self.last().claim.later()
    }

    /// The last word on the response of the citizen who brought the case forward: satisfied or not.
    #[must_use]
    pub fn last_confirmation(self) -> Option<Step<bool>> {
        self.trace.confirmed.get().map(|fact| Step::of(fact, self.course.traits.has(Traits::SATISFIED)))
    }

    pub(crate) fn is_answered_since_asked(self) -> bool {
        self.course.traits.has(Traits::ANSWERED)
    }
}

/// Days allowed in two bytes; the schema ends at one year.
fn few(days: u32) -> u16 {
    u16::try_from(days).unwrap_or(u16::MAX)
}

impl Answer {
    const NONE: Answer = Answer { claim: Claim::NONE, outcome: FeedbackOutcome::Resolved };
}

impl<Value> Step<Value> {
    #[inline]
    fn of(fact: Fact, value: Value) -> Step<Value> {
        Step { at: fact.at, evidence: fact.evidence, value }
    }
}
