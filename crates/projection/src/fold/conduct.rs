//! Staff, letters, services, evaluations.

use danvan_event::{
    Entry, EvaluationConducted, EvaluationKind, LetterSent, ServiceCounted, StaffDeclared, Verdict, verify_evaluation,
};

use crate::applied::{FlagReason, Rule};
use crate::evidence::Evidence;
use crate::period::{Month, Period};
use crate::unit::{Evaluation, Fact, Headcount, Letter, ServiceCount, UnitModel, case_id};

/// A board has at least two members, so that one opinion is never the verdict.
const PANEL_MIN: usize = 2;

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
    model.letters.push(Letter {
        at: fact.at,
        evidence: fact.evidence,
        kind: letter.kind,
        feedback: letter.feedback.as_deref().and_then(case_id),
    });
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
    let stated = ServiceCount {
        evidence: at,
        transactions: u64::from(count.received),
        on_time: count.on_time.map(u64::from),
        overdue: count.overdue.map(u64::from),
    };
    model.services.insert(month, stated);
}

pub(super) fn check_evaluation(entry: &Entry, evaluation: &EvaluationConducted) -> Result<(), FlagReason> {
    if evaluation.kind == EvaluationKind::Board && evaluation.panel.len() < PANEL_MIN {
        return Err(Rule::PanelTooSmall.into());
    }
    if evaluation.period.parse::<Period>().is_err() {
        return Err(Rule::PeriodShape.into());
    }
    if evaluation.signature.is_none() {
        return Ok(());
    }
    let signed_here =
        entry.source().unit().map(|unit| verify_evaluation(Verdict::Evaluation, unit, &entry.id(), entry.data()));
    if matches!(signed_here, Some(Ok(_))) { Ok(()) } else { Err(FlagReason::BadSignature) }
}

pub(super) fn record_evaluation(model: &mut UnitModel, fact: Fact, evaluation: &EvaluationConducted) {
    let Ok(period) = evaluation.period.parse() else { return };
    let mut points_centi: Vec<u32> = evaluation.panel.iter().map(|member| member.points_centi).collect();
    points_centi.sort_unstable();
    let signed_by = match (&evaluation.kind, &evaluation.signature) {
        (EvaluationKind::Board, Some(signature)) => Some(signature.vkey.clone()),
        _ => None,
    };
    model.evaluations.push(Evaluation { at: fact.at, evidence: fact.evidence, period, points_centi, signed_by });
}
