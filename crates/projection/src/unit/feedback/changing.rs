//! The steps of a feedback.

use std::num::NonZeroU16;

use danvan_event::FeedbackOutcome;

use super::{Answer, Course, FeedbackCase, Seldom, Standing, Trace, few};
use crate::stamp::Place;
use crate::unit::{Claim, Fact, Traits};

/// One feedback to which something happens.
pub(crate) struct ChangingCase<'model> {
    pub(in crate::unit) course: &'model mut Course,
    pub(in crate::unit) trace: &'model mut Trace,
}

impl ChangingCase<'_> {
    fn case(&self) -> FeedbackCase<'_> {
        FeedbackCase { course: self.course, trace: self.trace }
    }

    fn seldom(&mut self) -> &mut Seldom {
        let none = Seldom { last: Answer::NONE, reopened: Place::NONE, left: Claim::NONE };
        self.trace.seldom.get_or_insert_with(|| Box::new(none))
    }

    pub(crate) fn assign(&mut self, due_days: Option<u32>) {
        self.course.traits = self.course.traits.with(Traits::ASSIGNED, true);
        self.put_off(due_days);
    }

    /// The first transfer stays.
    pub(crate) fn transfer(&mut self, claim: Claim, due_days: Option<u32>) {
        if self.course.standing == Standing::Here {
            self.course.standing = Standing::Transferred;
            self.seldom().left = claim;
        }
        self.put_off(due_days);
    }

    /// What was handed on before had left already.
    pub(crate) fn withdraw(&mut self, claim: Claim) {
        if self.course.standing == Standing::Here {
            self.seldom().left = claim;
        }
        self.course.standing = Standing::Withdrawn;
    }

    fn put_off(&mut self, due_days: Option<u32>) {
        if let Some(days) = due_days.map(few) {
            if days > self.course.due_days {
                self.course.extended_from = self.course.extended_from.or(NonZeroU16::new(self.course.due_days));
            }
            self.course.due_days = days;
        }
    }

    pub(crate) fn respond(&mut self, claim: Claim, outcome: FeedbackOutcome) {
        self.course.traits = self.course.traits.with(Traits::ANSWERED, true);
        let (mut first, mut last) = (self.case().first(), self.case().last());
        if last.claim.keep_later(claim) {
            last.outcome = outcome;
        }
        if first.claim.keep_earlier(claim) {
            first.outcome = outcome;
            (self.course.first, self.trace.first, self.course.outcome) = (claim.timing, claim.place, outcome);
        }
        if last != first {
            self.seldom().last = last;
        }
    }

    pub(crate) fn confirm(&mut self, fact: Fact, satisfied: bool) {
        if self.trace.confirmed.keep_later(fact) {
            self.course.traits = self.course.traits.with(Traits::SATISFIED, satisfied);
        }
    }

    pub(crate) fn reopen(&mut self, fact: Fact) {
        let mut reopened = self.case().reopened();
        if reopened.keep_earlier(fact) {
            self.course.reopened = reopened.at;
            self.seldom().reopened = reopened.place;
        }
        self.course.traits = self.course.traits.with(Traits::ANSWERED, false);
    }

    pub(crate) fn publish(&mut self, claim: Claim) {
        let mut published = self.case().published();
        if published.keep_earlier(claim) {
            (self.course.published, self.trace.published) = (claim.timing, claim.place);
        }
    }
}
