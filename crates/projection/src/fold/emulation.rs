//! The movement: entries, recognitions, awards, what was taken back, reviews.

use danvan_event::{AwardGranted, AwardRevoked, EmulationEntryRegistered, EventId, RecognitionGranted, ReviewHeld};

use crate::period::Period;
use crate::rule::Rule;
use crate::unit::{Award, EmulationEntry, Fact, Granted, Recognition, Review, UnitModel, Withdrawal};

pub(super) fn record_entry(model: &mut UnitModel, fact: Fact, registered: &EmulationEntryRegistered) {
    model.emulation_entries.push(EmulationEntry {
        at: fact.at,
        evidence: fact.evidence,
        model: registered.model_id.as_str().into(),
        level: registered.level,
        year: registered.year,
    });
}

pub(super) fn record_recognition(model: &mut UnitModel, fact: Fact, id: EventId, granted: &RecognitionGranted) {
    model.recognitions.push(Recognition {
        id,
        at: fact.at,
        evidence: fact.evidence,
        form: granted.form,
        level: granted.level,
        model: granted.model_id.as_deref().map(Into::into),
        revoked: None,
    });
}

pub(super) fn record_award(model: &mut UnitModel, fact: Fact, id: EventId, granted: &AwardGranted) {
    model.awards.push(Award {
        id,
        at: fact.at,
        evidence: fact.evidence,
        form: granted.form,
        level: granted.level,
        model: granted.model_id.as_deref().map(Into::into),
        revoked: None,
    });
}

pub(super) fn check_award_revoked(model: &UnitModel, revoked: &AwardRevoked) -> Result<(), Rule> {
    let award = model.awards.iter().find(|award| award.id == revoked.award).map(|award| award.revoked);
    let recognition = || model.recognitions.iter().find(|held| held.id == revoked.award).map(|held| held.revoked);
    match award.or_else(recognition) {
        None => Err(Rule::UnknownAward),
        Some(Some(_)) => Err(Rule::AwardRevokedTwice),
        Some(None) => Ok(()),
    }
}

pub(super) fn record_award_revoked(model: &mut UnitModel, fact: Fact, revoked: &AwardRevoked) {
    let withdrawal = Withdrawal { fact, ground: revoked.ground };
    take_back(&mut model.awards, revoked.award, withdrawal);
    take_back(&mut model.recognitions, revoked.award, withdrawal);
}

fn take_back<Form>(granted: &mut [Granted<Form>], id: EventId, withdrawal: Withdrawal) {
    for held in granted.iter_mut().filter(|held| held.id == id) {
        held.revoked = Some(withdrawal);
    }
}

pub(super) fn check_review(held: &ReviewHeld) -> Result<(), Rule> {
    held.period.parse::<Period>().map(|_| ()).map_err(|_| Rule::PeriodShape)
}

pub(super) fn record_review(model: &mut UnitModel, fact: Fact, held: &ReviewHeld) {
    let Ok(period) = held.period.parse() else { return };
    model.reviews.push(Review { at: fact.at, evidence: fact.evidence, kind: held.kind, period });
}
