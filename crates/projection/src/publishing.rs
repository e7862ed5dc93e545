//! The rules of opening, closing, approving and publishing, and of ending the listing of an evaluator or an operator: judged
//! by the aggregator's own log alone.

use std::collections::BTreeSet;

use danvan_event::{
    Event, OperatorVkey, PeriodClosed, PeriodOpened, RankingApproved, RankingDraft, RankingPublished, Timestamp,
    UnitId, approval_statement,
};

use crate::applied::FlagReason;
use crate::course::{Closing, PeriodCourse, REQUIRED_APPROVALS};
use crate::period::Period;
use crate::registry::Registry;
use crate::rule::Rule;

/// Whether an event about a period, an operator or an evaluator may stand next in the log, at index `next` and recorded at
/// `recorded`.
pub(crate) fn check(registry: &Registry, next: u64, recorded: Timestamp, event: &Event) -> Result<(), FlagReason> {
    match event {
        // Another moment may be stated of a key that was delisted: the last statement decides.
        Event::EvaluatorDelisted(fact)
            if !registry.evaluators().contains_key(&fact.vkey)
                && !registry.former_evaluators().contains_key(&fact.vkey) =>
        {
            Err(Rule::UnknownEvaluator.into())
        }
        Event::OperatorDelisted(fact) if !registry.operators().contains_key(&fact.vkey) => {
            Err(Rule::UnknownOperator.into())
        }
        Event::PeriodOpened(fact) => check_opened(registry, fact).map_err(Into::into),
        Event::PeriodClosed(fact) => check_closed(registry, next, recorded, fact).map_err(Into::into),
        Event::RankingApproved(fact) => check_approved(registry, fact),
        Event::RankingPublished(fact) => check_published(registry, fact).map_err(Into::into),
        _ => Ok(()),
    }
}

/// Two posts are the same when they differ in nothing but capitals and spaces.
pub(crate) fn same_post(a: &str, b: &str) -> bool {
    let plain = |post: &str| post.split_whitespace().map(str::to_lowercase).collect::<Vec<_>>();
    plain(a) == plain(b)
}

fn check_opened(registry: &Registry, fact: &PeriodOpened) -> Result<(), Rule> {
    let period: Period = fact.period.parse().map_err(|_| Rule::PeriodShape)?;
    if registry.periods().contains_key(&period) {
        return Err(Rule::PeriodOpenedTwice);
    }
    let adopted = registry.rulebooks().iter().any(|held| held.fact.rulebook_sha256 == fact.rulebook_sha256);
    if adopted { Ok(()) } else { Err(Rule::RulebookNotAdopted) }
}

fn course<'a>(registry: &'a Registry, period: &str) -> Result<&'a PeriodCourse, Rule> {
    let period: Period = period.parse().map_err(|_| Rule::PeriodShape)?;
    registry.periods().get(&period).ok_or(Rule::PeriodNotOpen)
}

fn check_closed(registry: &Registry, next: u64, recorded: Timestamp, fact: &PeriodClosed) -> Result<(), Rule> {
    let course = course(registry, &fact.period)?;
    if recorded < course.period().end() {
        return Err(Rule::PeriodNotOver);
    }
    if fact.rulebook_sha256 != course.opened().fact.rulebook_sha256 {
        return Err(Rule::RulebookNotAdopted);
    }
    let last = course.published().last();
    let before = course.closings().last().map_or(0, |closing| closing.closed.fact.cut);
    if fact.cut > next || fact.cut < before || last.is_some_and(|last| fact.cut <= last.fact.cut) {
        return Err(Rule::CutBackwards);
    }
    let amended = fact.supersedes.as_ref().map(|earlier| earlier.index);
    if amended != last.map(|last| last.evidence.index()) || amended.is_some() != fact.reason.is_some() {
        return Err(Rule::AmendmentUnfounded);
    }
    check_late_units(registry, course.period(), fact)?;
    let draft = draft_of(registry, fact)?;
    let is_new = |draft: &RankingDraft| last.is_none_or(|last| !says_the_same(draft, &last.fact));
    if draft.as_ref().is_none_or(is_new) { Ok(()) } else { Err(Rule::PublishedTwice) }
}

/// Every unit that is named is registered, and named once; a unit of whose log nothing ever came is named.
fn check_late_units(registry: &Registry, period: &Period, fact: &PeriodClosed) -> Result<(), Rule> {
    let named = fact.waiting.iter().chain(fact.excluded.iter().map(|excluded| &excluded.unit));
    let named: Vec<&UnitId> = named.collect();
    let different: BTreeSet<&UnitId> = named.iter().copied().collect();
    let known = named.iter().all(|unit| registry.units().contains_key(*unit));
    let reasoned = fact.excluded.iter().all(|excluded| !excluded.reason.trim().is_empty());
    if !(known && reasoned && different.len() == named.len()) {
        return Err(Rule::ExclusionUnfounded);
    }
    let silent = registry.silent_in(period, fact.cut);
    if silent.is_subset(&different) { Ok(()) } else { Err(Rule::PeriodIncomplete) }
}

/// The draft of a closing, if nobody is waited for. Its digest is that of what the closing says.
fn draft_of(registry: &Registry, fact: &PeriodClosed) -> Result<Option<RankingDraft>, Rule> {
    let draft = RankingDraft::of_closing(registry.log().unwrap_or_default(), fact);
    let digest = draft.as_ref().map(RankingDraft::sha256).transpose().map_err(|_| Rule::NotTheDraft)?;
    if draft.is_some() != fact.waiting.is_empty() || digest != fact.draft_sha256 {
        return Err(Rule::NotTheDraft);
    }
    Ok(draft)
}

fn says_the_same(draft: &RankingDraft, published: &RankingPublished) -> bool {
    draft.inputs_sha256 == published.inputs_sha256
        && draft.output_sha256 == published.output_sha256
        && draft.rulebook_sha256 == published.rulebook_sha256
        && draft.engine == published.engine
        && draft.excluded == published.excluded
}

fn check_approved(registry: &Registry, fact: &RankingApproved) -> Result<(), FlagReason> {
    let course = course(registry, &fact.period)?;
    let listed = registry.operators().get(&fact.vkey).ok_or(Rule::UnknownOperator)?;
    let vkey: OperatorVkey = fact.vkey.parse().map_err(|_| Rule::UnknownOperator)?;
    let statement = approval_statement(registry.log().unwrap_or_default(), &fact.period, &fact.draft_sha256);
    if !vkey.verify(&statement, &fact.sig) {
        return Err(FlagReason::BadSignature);
    }
    let closing = course.pending().ok_or(Rule::NotTheDraft)?;
    if !closing.closed.fact.waiting.is_empty() {
        return Err(Rule::PeriodWaiting.into());
    }
    if closing.draft_sha256() != Some(fact.draft_sha256.as_str()) {
        return Err(Rule::NotTheDraft.into());
    }
    if closing.approvals.iter().any(|given| given.vkey == fact.vkey) {
        return Err(Rule::ApprovedTwice.into());
    }
    if closing.approvals.iter().any(|given| same_post(&given.post, &listed.fact.post)) {
        return Err(Rule::ApprovedByPost.into());
    }
    Ok(())
}

fn check_published(registry: &Registry, fact: &RankingPublished) -> Result<(), Rule> {
    let course = course(registry, &fact.period)?;
    if let Some(last) = course.published().last() {
        if fact.draft_sha256 == last.fact.draft_sha256 {
            return Err(Rule::PublishedTwice);
        }
        if fact.cut <= last.fact.cut {
            return Err(Rule::CutBackwards);
        }
    }
    let closing = course.pending().ok_or(Rule::NotTheDraft)?;
    if !closing.closed.fact.waiting.is_empty() {
        return Err(Rule::PeriodWaiting);
    }
    let log = registry.log().unwrap_or_default();
    let drafted = RankingDraft::of_closing(log, &closing.closed.fact);
    if closing.draft_sha256() != Some(fact.draft_sha256.as_str())
        || drafted != Some(RankingDraft::of_publication(log, fact))
    {
        return Err(Rule::NotTheDraft);
    }
    check_approvals(closing, &fact.approvals)
}

fn check_approvals(closing: &Closing, named: &[u64]) -> Result<(), Rule> {
    let given = |index: &u64| closing.approvals.iter().any(|approval| approval.evidence.index() == *index);
    let different: BTreeSet<u64> = named.iter().copied().collect();
    let sound = named.iter().all(given) && different.len() == named.len() && named.len() >= REQUIRED_APPROVALS;
    if sound { Ok(()) } else { Err(Rule::ApprovalsMissing) }
}
