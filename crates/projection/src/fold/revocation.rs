//! Taking back what the office itself recorded.
//!
//! After a revocation the model is as if the entry had never counted: only what the fold remembers to judge later entries (ids,
//! clock, size) knows of it, and the list of what was revoked. What others said, citizens, boards, competent bodies, is never
//! the office's to take back, and what later entries rest on stays until they are revoked.

use danvan_event::{EntryRevoked, EvaluationKind, Event, EventId};

use crate::evidence::Evidence;
use crate::rule::Rule;
use crate::unit::{Revocable, Revoked, UnitModel};

/// Whether the office may revoke an entry that says this.
pub(super) fn is_revocable(event: &Event) -> bool {
    match event {
        Event::EvaluationConducted(evaluation) => evaluation.kind == EvaluationKind::SelfAssessment,
        Event::AwardGranted(_)
        | Event::CoordinationPlanAdopted(_)
        | Event::DialogueHeld(_)
        | Event::DirectiveGiven(_)
        | Event::DirectiveProgressed(_)
        | Event::EmulationEntryRegistered(_)
        | Event::EvaluationAppealed(_)
        | Event::FacilityInvested(_)
        | Event::GuidanceIssued(_)
        | Event::LaunchConferenceHeld(_)
        | Event::LeadershipResolutionAdopted(_)
        | Event::LessonRecorded(_)
        | Event::LetterSent(_)
        | Event::ModelRegistered(_)
        | Event::ModelReplicated(_)
        | Event::OutreachConducted(_)
        | Event::PledgeCatalogPublished(_)
        | Event::PledgeRenewed(_)
        | Event::PledgeSigned(_)
        | Event::PracticePublished(_)
        | Event::RecognitionGranted(_)
        | Event::ReviewHeld(_)
        | Event::ServiceCounted(_)
        | Event::StaffDeclared(_)
        | Event::SteeringBoardChanged(_)
        | Event::SteeringBoardEstablished(_) => true,
        _ => false,
    }
}

pub(super) fn check(model: &UnitModel, revoked: &EntryRevoked) -> Result<(), Rule> {
    if !model.seen.ids.contains(revoked.event) {
        return Err(Rule::UnknownEntry);
    }
    let revocable = model.revocables.find(revoked.event).ok_or(Rule::NotRevocable)?;
    if is_cited(model, revoked.event, revocable.evidence) { Err(Rule::StillCited) } else { Ok(()) }
}

pub(super) fn record(model: &mut UnitModel, at: Evidence, revoked: &EntryRevoked) {
    let Some(revocable) = model.revocables.find(revoked.event) else { return };
    forget(model, &revocable);
    model.seen.revoked.push(Revoked { entry: revocable.evidence, by: at, reason: revoked.reason });
}

/// Whether a later entry rests on this one.
fn is_cited(model: &UnitModel, id: EventId, at: Evidence) -> bool {
    let pledge = model.pledges.iter().find(|(pledge, _)| pledge.evidence == at);
    let pledge_cited = pledge.is_some_and(|(pledge, signed)| {
        !pledge.renewals().is_empty()
            || pledge.revoked().is_some()
            || model.breaches.iter().any(|breach| breach.pledge == signed.id)
    });
    let reported = model.directives.iter().any(|given| given.evidence == at && !given.progress.is_empty());
    let appealed = model.appeals.iter().any(|appeal| appeal.evaluation == id);
    let decided = model.appeals.iter().any(|appeal| appeal.evidence == at && !appeal.decisions.is_empty());
    let award_revoked = model.awards.iter().any(|award| award.evidence == at && award.revoked.is_some());
    let recognition_revoked = model.recognitions.iter().any(|held| held.evidence == at && held.revoked.is_some());
    pledge_cited || reported || appealed || decided || award_revoked || recognition_revoked || is_pledged(model, at)
}

/// Whether the entry published a catalogue that somebody pledged to.
fn is_pledged(model: &UnitModel, at: Evidence) -> bool {
    model.catalogues.iter().any(|(slug, catalogue)| {
        let Some(published) = catalogue.published_at(at) else { return false };
        let cites = |version: Option<&str>| version.is_none_or(|version| version == published);
        model.pledges.iter().filter(|(_, signed)| *signed.catalogue == **slug).any(|(pledge, signed)| {
            let renewed =
                pledge.renewals().iter().any(|renewal| renewal.version.as_deref().is_some_and(|v| v == published));
            renewed || cites(signed.version.as_deref())
        })
    })
}

fn forget(model: &mut UnitModel, revocable: &Revocable) {
    let at = revocable.evidence;
    model.rollout.take_back(at);
    model.services.take_back(at);
    model.catalogues.retain(|_, catalogue| !catalogue.take_back(at));
    model.seen.catalogues.remove(&at);
    model.headcounts.retain(|fact| fact.evidence != at);
    model.outreach.retain(|fact| fact.evidence != at);
    model.lessons.retain(|fact| fact.evidence != at);
    model.board_changes.retain(|fact| fact.evidence != at);
    model.letters.retain(|letter| letter.sent().evidence != at);
    model.dialogues.retain(|fact| fact.evidence != at);
    model.facilities.retain(|fact| fact.evidence != at);
    model.practices.retain(|fact| fact.evidence != at);
    model.replications.retain(|fact| fact.evidence != at);
    model.directives.retain(|fact| fact.evidence != at);
    model.directives.iter_mut().for_each(|given| given.progress.retain(|report| report.evidence != at));
    model.pledges.take_back(at);
    model.evaluations.retain(|fact| fact.evidence != at);
    model.appeals.retain(|fact| fact.evidence != at);
    model.emulation_entries.retain(|fact| fact.evidence != at);
    model.recognitions.retain(|fact| fact.evidence != at);
    model.awards.retain(|fact| fact.evidence != at);
    model.reviews.retain(|fact| fact.evidence != at);
    model.revocables.remove(at);
    model.uncount(revocable.month, revocable.days, revocable.synthetic);
}
