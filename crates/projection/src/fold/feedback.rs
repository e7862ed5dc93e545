//! The course of a feedback.

use danvan_event::{Entry, EventId, FeedbackConfirmed, FeedbackReceived, FeedbackResponded, Timestamp};

use crate::evidence::Evidence;
use crate::rule::Rule;
use crate::stamp::days_after;
use crate::unit::{Claim, Course, EnteredBy, Fact, FeedbackCase, REOPEN_WINDOW_DAYS, Trace, UnitModel};

/// A step that goes on with the case. `due_days` are those of an assignment or a transfer.
pub(super) fn check_step(model: &UnitModel, entry: &Entry, due_days: Option<u32>) -> Result<(), Rule> {
    let case = open_case(model, entry)?;
    match due_days.map(|days| days_after(case.received().at, days)) {
        Some(wanted) if wanted > case.due() => check_extension(case, entry, wanted),
        _ => Ok(()),
    }
}

/// An extension comes once, in time, and adds no more than the days that were allowed before it: whoever needs longer than twice the
/// term answers with what there is, and is heard when the citizen asks again.
fn check_extension(case: FeedbackCase<'_>, entry: &Entry, wanted: Timestamp) -> Result<(), Rule> {
    let (received, due) = (case.received().at.as_millis(), case.due().as_millis());
    if case.is_extended() {
        Err(Rule::ExtendedTwice)
    } else if entry.time() > case.due() {
        Err(Rule::ExtendedTooLate)
    } else if wanted.as_millis() - due > due - received {
        Err(Rule::ExtendedTooFar)
    } else {
        Ok(())
    }
}

pub(super) fn check_published(model: &UnitModel, entry: &Entry) -> Result<(), Rule> {
    answered_case(model, entry).map(|_| ())
}

pub(super) fn check_confirmed(model: &UnitModel, entry: &Entry) -> Result<(), Rule> {
    if answered_case(model, entry)?.is_answered_since_asked() { Ok(()) } else { Err(Rule::NotYetAnswered) }
}

pub(super) fn check_reopened(model: &UnitModel, entry: &Entry) -> Result<(), Rule> {
    check_confirmed(model, entry)?;
    match answered_case(model, entry)?.answered_at_last() {
        Some(last) if entry.time() > days_after(last, REOPEN_WINDOW_DAYS) => Err(Rule::ReopenedTooLate),
        _ => Ok(()),
    }
}

/// The case that a step of it names, unless it has ended.
fn open_case<'model>(model: &'model UnitModel, entry: &Entry) -> Result<FeedbackCase<'model>, Rule> {
    let case = model.feedback.about(entry.subject()).ok_or(Rule::UnknownFeedback)?;
    if case.withdrawn().is_some() {
        return Err(Rule::FeedbackWithdrawn);
    }
    if entry.time() < case.received().at { Err(Rule::StepBeforeReceipt) } else { Ok(case) }
}

/// The case, answered before the step.
fn answered_case<'model>(model: &'model UnitModel, entry: &Entry) -> Result<FeedbackCase<'model>, Rule> {
    let case = open_case(model, entry)?;
    let answered = case.answered().ok_or(Rule::NotYetAnswered)?;
    if entry.time() < answered.at { Err(Rule::StepBeforeResponse) } else { Ok(case) }
}

pub(super) fn record_received(model: &mut UnitModel, fact: Fact, id: EventId, received: &FeedbackReceived) {
    let entered_by = if received.channel.is_the_citizens() { EnteredBy::Citizen } else { EnteredBy::Office };
    let course = Course::new(received.kind, entered_by, fact.at, received.days_allowed());
    model.feedback.insert(id, course, Trace::new(fact.evidence));
}

pub(super) fn record_responded(model: &mut UnitModel, entry: &Entry, at: Evidence, response: &FeedbackResponded) {
    let claim = claim(model, entry, at);
    model.feedback.change(entry.subject(), |case| case.respond(claim, response.outcome));
}

/// What somebody else says of the result takes the place of no citizen's word.
pub(super) fn record_confirmed(model: &mut UnitModel, fact: Fact, subject: &str, confirmed: &FeedbackConfirmed) {
    if !confirmed.by_anyone {
        model.feedback.change(subject, |case| case.confirm(fact, confirmed.satisfied));
    }
}

/// Whoever asks: it speaks against the office, not in its favour.
pub(super) fn record_reopened(model: &mut UnitModel, fact: Fact, subject: &str) {
    model.feedback.change(subject, |case| case.reopen(fact));
}

pub(super) fn record_published(model: &mut UnitModel, entry: &Entry, at: Evidence) {
    let claim = claim(model, entry, at);
    model.feedback.change(entry.subject(), |case| case.publish(claim));
}

/// When the office says that it did this, and what the log says of that.
fn claim(model: &UnitModel, entry: &Entry, at: Evidence) -> Claim {
    let recorded = super::recorded(model, entry);
    let days = model.seen.operation.between(entry.time(), recorded);
    Claim::new(Fact { at: entry.time(), evidence: at }, recorded, days)
}

pub(super) fn record_assigned(model: &mut UnitModel, subject: &str, due_days: Option<u32>) {
    model.feedback.change(subject, |case| case.assign(due_days));
}

pub(super) fn record_transferred(model: &mut UnitModel, entry: &Entry, at: Evidence, due_days: Option<u32>) {
    let claim = claim(model, entry, at);
    model.feedback.change(entry.subject(), |case| case.transfer(claim, due_days));
}

pub(super) fn record_withdrawn(model: &mut UnitModel, entry: &Entry, at: Evidence) {
    let claim = claim(model, entry, at);
    model.feedback.change(entry.subject(), |case| case.withdraw(claim));
}
