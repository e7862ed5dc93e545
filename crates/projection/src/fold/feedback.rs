//! The course of a feedback.

use danvan_event::{Entry, FeedbackConfirmed, FeedbackReceived, FeedbackResponded};

use super::days_after;
use crate::applied::Rule;
use crate::unit::{Fact, FeedbackCase, REOPEN_WINDOW_DAYS, Step, UnitModel};

pub(super) fn check_received(model: &UnitModel, entry: &Entry) -> Result<(), Rule> {
    if model.feedback.contains_key(entry.subject()) {
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
    if case.responses.is_empty() {
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
    let case = model.feedback.get(entry.subject()).ok_or(Rule::UnknownFeedback)?;
    if entry.time() < case.received.at {
        return Err(Rule::StepBeforeReceipt);
    }
    Ok(case)
}

pub(super) fn record_received(model: &mut UnitModel, fact: Fact, subject: &str, received: &FeedbackReceived) {
    let case = FeedbackCase {
        kind: received.kind,
        received: fact,
        due: days_after(fact.at, received.days_allowed()),
        responses: Vec::new(),
        confirmations: Vec::new(),
        reopenings: Vec::new(),
        publications: Vec::new(),
    };
    model.feedback.insert(subject.to_owned(), case);
}

pub(super) fn record_responded(model: &mut UnitModel, fact: Fact, subject: &str, response: &FeedbackResponded) {
    with_case(model, subject, |case| case.responses.push(step(fact, response.outcome)));
}

pub(super) fn record_confirmed(model: &mut UnitModel, fact: Fact, subject: &str, confirmed: &FeedbackConfirmed) {
    with_case(model, subject, |case| case.confirmations.push(step(fact, confirmed.satisfied)));
}

pub(super) fn record_reopened(model: &mut UnitModel, fact: Fact, subject: &str) {
    with_case(model, subject, |case| case.reopenings.push(fact));
}

pub(super) fn record_published(model: &mut UnitModel, fact: Fact, subject: &str) {
    with_case(model, subject, |case| case.publications.push(fact));
}

fn step<Value>(fact: Fact, value: Value) -> Step<Value> {
    Step { at: fact.at, evidence: fact.evidence, value }
}

fn with_case(model: &mut UnitModel, subject: &str, change: impl FnOnce(&mut FeedbackCase)) {
    if let Some(case) = model.feedback.get_mut(subject) {
        change(case);
    }
}
