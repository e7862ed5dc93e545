//! Staff, letters, services.

use danvan_event::{Entry, LetterSent, ServiceCounted, StaffDeclared};

use crate::evidence::Evidence;
use crate::growth;
use crate::period::Month;
use crate::rule::Rule;
use crate::unit::{Fact, Headcount, Letter, ServiceCount, UnitModel};

pub(super) fn record_staff(model: &mut UnitModel, fact: Fact, staff: &StaffDeclared) {
    model.headcounts.push(Headcount { at: fact.at, evidence: fact.evidence, officials: u64::from(staff.headcount) });
}

pub(super) fn check_letter(model: &UnitModel, letter: &LetterSent) -> Result<(), Rule> {
    match &letter.feedback {
        Some(subject) if model.feedback.about(subject).is_none() => Err(Rule::UnknownFeedback),
        _ => Ok(()),
    }
}

pub(super) fn record_letter(model: &mut UnitModel, fact: Fact, letter: &LetterSent) {
    growth::push(&mut model.letters, Letter::new(fact, letter.kind));
}

pub(super) fn check_service(entry: &Entry, count: &ServiceCounted) -> Result<(), Rule> {
    let month: Month = count.period.parse().map_err(|_| Rule::PeriodShape)?;
    if month > Month::of(entry.recordedtime()) {
        return Err(Rule::CountOfTheFuture);
    }
    Ok(())
}

pub(super) fn record_service(model: &mut UnitModel, at: Evidence, count: &ServiceCounted) {
    let Ok(month) = count.period.parse() else { return };
    let stated = ServiceCount { evidence: at, transactions: u64::from(count.received) };
    model.services.state(month, stated);
}
