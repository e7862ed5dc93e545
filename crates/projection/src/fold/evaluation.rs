//! Evaluations by boards and by the unit itself, appeals and decisions about them.

use danvan_event::{
    AppealDecided, Entry, EvaluationAppealed, EvaluationConducted, EvaluationKind, EventId, Verdict, verify_evaluation,
};

use crate::applied::FlagReason;
use crate::evidence::Evidence;
use crate::period::Period;
use crate::rule::Rule;
use crate::unit::{Appeal, Decision, Evaluation, Fact, ItemPoints, UnitModel};

/// Members of a board where two of them are far apart.
const PANEL_MIN_APART: usize = 3;
/// The most that a member can give, in centi-points.
const SCALE_CENTI: u32 = 800;
/// Members are far apart when they differ by more than 15 points of 100. The members' scale ends at 8 points, so the same share of
/// it: more than 120 centi-points.
const APART_PERCENT: u32 = 15;

pub(super) fn check(entry: &Entry, evaluation: &EvaluationConducted) -> Result<(), FlagReason> {
    let panel = &evaluation.panel;
    // A board has two members at least, so that one opinion is never the verdict: the schema of the type says so.
    if evaluation.kind == EvaluationKind::Board && panel.len() < PANEL_MIN_APART && is_apart(evaluation) {
        return Err(Rule::ThirdMemberNeeded.into());
    }
    if evaluation.period.parse::<Period>().is_err() {
        return Err(Rule::PeriodShape.into());
    }
    if evaluation.signature.is_some() { check_signature(entry, Verdict::Evaluation) } else { Ok(()) }
}

fn is_apart(evaluation: &EvaluationConducted) -> bool {
    let points = || evaluation.panel.iter().map(|member| member.points_centi);
    let spread = points().max().unwrap_or(0) - points().min().unwrap_or(0);
    u64::from(spread) * 100 > u64::from(SCALE_CENTI * APART_PERCENT)
}

fn check_signature(entry: &Entry, verdict: Verdict) -> Result<(), FlagReason> {
    let signed_here = entry.source().unit().map(|unit| verify_evaluation(verdict, unit, &entry.id(), entry.data()));
    if matches!(signed_here, Some(Ok(_))) { Ok(()) } else { Err(FlagReason::BadSignature) }
}

pub(super) fn record(model: &mut UnitModel, evidence: Evidence, entry: &Entry, evaluation: &EvaluationConducted) {
    let Ok(period) = evaluation.period.parse() else { return };
    let mut points_centi: Vec<u32> = evaluation.panel.iter().map(|member| member.points_centi).collect();
    points_centi.sort_unstable();
    let signed_by = match (&evaluation.kind, &evaluation.signature) {
        (EvaluationKind::Board, Some(signature)) => Some(signature.vkey.clone()),
        _ => None,
    };
    let items = evaluation.items.iter();
    model.evaluations.push(Evaluation {
        id: entry.id(),
        at: entry.time(),
        recorded: super::recorded(model, entry),
        evidence,
        period,
        occasion: evaluation.occasion,
        points_centi,
        items: items
            .map(|item| ItemPoints { criterion: item.criterion.as_str().into(), points_centi: item.points_centi })
            .collect(),
        signed_by,
    });
}

pub(super) fn check_appealed(model: &UnitModel, appealed: &EvaluationAppealed) -> Result<(), Rule> {
    let known = model.evaluations.iter().any(|evaluation| evaluation.id == appealed.evaluation);
    if known { Ok(()) } else { Err(Rule::UnknownEvaluation) }
}

pub(super) fn record_appealed(model: &mut UnitModel, fact: Fact, id: EventId, appealed: &EvaluationAppealed) {
    model.appeals.push(Appeal {
        id,
        at: fact.at,
        evidence: fact.evidence,
        evaluation: appealed.evaluation,
        criterion: appealed.criterion.as_deref().map(Into::into),
        decisions: Vec::new(),
    });
}

pub(super) fn check_decided(model: &UnitModel, entry: &Entry, decided: &AppealDecided) -> Result<(), FlagReason> {
    let appeal = model.appeals.iter().find(|appeal| appeal.id == decided.appeal).ok_or(Rule::UnknownAppeal)?;
    if decided.signature.is_some() {
        check_signature(entry, Verdict::AppealDecision)?;
    }
    // Who is listed stands in another log. So nobody's word takes the place of the board's: each key has one.
    let key = decided.signature.as_ref().map(|signature| signature.vkey.as_str());
    if appeal.decisions.iter().any(|decision| decision.signed_by.as_deref() == key) {
        return Err(Rule::AppealDecidedTwice.into());
    }
    Ok(())
}

pub(super) fn record_decided(model: &mut UnitModel, evidence: Evidence, entry: &Entry, decided: &AppealDecided) {
    let recorded = super::recorded(model, entry);
    if let Some(appeal) = model.appeals.iter_mut().find(|appeal| appeal.id == decided.appeal) {
        appeal.decisions.push(Decision {
            at: entry.time(),
            recorded,
            evidence,
            decision: decided.decision,
            points_delta_centi: decided.points_delta_centi.unwrap_or(0),
            signed_by: decided.signature.as_ref().map(|signature| signature.vkey.clone()),
        });
    }
}
