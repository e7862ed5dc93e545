//! Dialogue, facilities, practices and their replication, directives and progress on them.

use danvan_event::{
    DialogueHeld, DirectiveGiven, DirectiveProgressed, Entry, EventId, FacilityInvested, ModelReplicated,
    PracticePublished,
};

use crate::rule::Rule;
use crate::unit::{Dialogue, Directive, Facility, Fact, Practice, Progress, Replication, UnitModel};

pub(super) fn record_dialogue(model: &mut UnitModel, fact: Fact, held: &DialogueHeld) {
    model.dialogues.push(Dialogue {
        at: fact.at,
        evidence: fact.evidence,
        attendees: held.attendees,
        issues_raised: held.issues_raised,
        issues_resolved: held.issues_resolved,
    });
}

pub(super) fn record_facility(model: &mut UnitModel, fact: Fact, invested: &FacilityInvested) {
    model.facilities.push(Facility {
        at: fact.at,
        evidence: fact.evidence,
        item_code: invested.item_code.as_str().into(),
        amount_vnd: invested.amount_vnd,
        funding: invested.funding,
    });
}

pub(super) fn record_practice(model: &mut UnitModel, fact: Fact, published: &PracticePublished) {
    model.practices.push(Practice {
        at: fact.at,
        evidence: fact.evidence,
        practice: published.practice.as_str().into(),
        field: published.field,
    });
}

/// A unit speaks for itself: it took a practice over, or one of its own was taken over.
pub(super) fn check_replicated(entry: &Entry, replicated: &ModelReplicated) -> Result<(), Rule> {
    let sides = [&replicated.source_unit, &replicated.target_unit];
    let own = entry.source().unit().is_some_and(|unit| sides.contains(&unit));
    if own && sides[0] != sides[1] { Ok(()) } else { Err(Rule::ForeignReplication) }
}

pub(super) fn record_replicated(model: &mut UnitModel, fact: Fact, replicated: &ModelReplicated) {
    model.replications.push(Replication {
        at: fact.at,
        evidence: fact.evidence,
        practice: replicated.practice.as_str().into(),
        source: replicated.source_unit.clone(),
        target: replicated.target_unit.clone(),
    });
}

pub(super) fn record_directive(model: &mut UnitModel, fact: Fact, id: EventId, given: &DirectiveGiven) {
    let items = u32::try_from(given.items.len()).unwrap_or(u32::MAX);
    model.directives.push(Directive { id, at: fact.at, evidence: fact.evidence, items, progress: Vec::new() });
}

pub(super) fn check_progress(model: &UnitModel, progressed: &DirectiveProgressed) -> Result<(), Rule> {
    let directive = model.directives.iter().find(|directive| directive.id == progressed.directive);
    let directive = directive.ok_or(Rule::UnknownDirective)?;
    if progressed.item.is_none_or(|item| item < directive.items) { Ok(()) } else { Err(Rule::UnknownDirective) }
}

pub(super) fn record_progress(model: &mut UnitModel, fact: Fact, progressed: &DirectiveProgressed) {
    let (item, status) = (progressed.item, progressed.status);
    let progress = Progress { at: fact.at, evidence: fact.evidence, item, status };
    if let Some(directive) = model.directives.iter_mut().find(|directive| directive.id == progressed.directive) {
        directive.progress.push(progress);
    }
}
