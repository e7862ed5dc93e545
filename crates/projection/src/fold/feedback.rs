//! The course of a feedback.

use danvan_event::{Entry, EventId, FeedbackConfirmed, FeedbackReceived, FeedbackResponded};

use super::days_after;
use crate::applied::Rule;
use crate::unit::{Fact, FeedbackCase, REOPEN_WINDOW_DAYS, UnitModel};

pub(super) fn check_received(model: &UnitModel, entry: &Entry) -> Result<(), Rule> {
    if model.feedback.get(&entry.id()).is_some() {
        return Err(Rule::FeedbackReceivedTwice);
    }
    Ok(())
}

pub(super) fn check_responded(model: &UnitModel, entry: &Entry) -> Result<(), Rule> {
    check_step(model, entry).map(|_| ())
}

pub(super) fn check_after_response<'model>(
    model: &'model UnitModel,
    entry: &Entry,
) -> Result<&'model FeedbackCase, Rule> {
    let case = check_step(model, entry)?;
    if case.first_response().is_none() {
        return Err(Rule::NotYetAnswered);
    }
    Ok(case)
}

pub(super) fn check_reopened(model: &UnitModel, entry: &Entry) -> Result<(), Rule> {
    let case = check_after_response(model, entry)?;
    match case.last_response() {
        Some(last) if entry.time() > days_after(last.at, REOPEN_WINDOW_DAYS) => Err(Rule::ReopenedTooLate),
        _ => Ok(()),
    }
}

fn check_step<'model>(model: &'model UnitModel, entry: &Entry) -> Result<&'model FeedbackCase, Rule> {
    let case = model.feedback.about(entry.subject()).ok_or(Rule::UnknownFeedback)?;
    if entry.time() < case.received.at {
        return Err(Rule::StepBeforeReceipt);
    }
    Ok(case)
}

pub(super) fn record_received(model: &mut UnitModel, fact: Fact, id: EventId, received: &FeedbackReceived) {
    let due = days_after(fact.at, received.days_allowed());
    model.feedback.insert(id, FeedbackCase::new(received.kind, fact, due));
}

pub(super) fn record_responded(model: &mut UnitModel, fact: Fact, subject: &str, response: &FeedbackResponded) {
    model.feedback.change(subject, |case| case.respond(fact, response.outcome));
}

pub(super) fn record_confirmed(model: &mut UnitModel, fact: Fact, subject: &str, confirmed: &FeedbackConfirmed) {
    model.feedback.change(subject, |case| case.confirm(fact, confirmed.satisfied));
}

pub(super) fn record_reopened(model: &mut UnitModel, fact: Fact, subject: &str) {
    model.feedback.change(subject, |case| case.reopen(fact));
}

pub(super) fn record_published(model: &mut UnitModel, fact: Fact, subject: &str) {
    model.feedback.change(subject, |case| case.publish(fact));
}
