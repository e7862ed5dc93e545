//! The fold of a unit's log: judge an entry by the log's own past, then record it.
//!
//! Each family of events has a room with two functions: `check` names the rule that an entry breaks and changes nothing;
//! `record` changes the model and cannot fail, because `check` went before.

mod conduct;
mod emulation;
mod evaluation;
mod feedback;
mod pledge;
mod practice;
mod privacy;
mod revocation;
mod rollout;
mod survey;

use danvan_event::{Entry, EntryError, Event, Source, Timestamp};

use crate::applied::{Applied, FlagReason};
use crate::evidence::Evidence;
use crate::period::Month;
use crate::rule::Rule;
use crate::speaker;
use crate::unit::{Fact, Gap, Revocable, UnitModel};

/// How far `time` may lie after `recordedtime`: two clocks of one office differ, but nobody records the future.
const TIME_AHEAD_MAX_MS: i64 = 120_000;

/// Why bytes that are no entry are flagged.
pub(crate) fn reason(error: &EntryError) -> FlagReason {
    match error {
        EntryError::TooLarge(_) | EntryError::NotCanonical(_) => FlagReason::NotCanonical,
        _ => FlagReason::SchemaViolation,
    }
}

/// Whether the entry can count as the next one of the unit's log.
pub(crate) fn check(model: &UnitModel, source: &Source, entry: &Entry) -> Result<(), FlagReason> {
    check_at(model, source, model.seen.next == 0, !model.seen.ids.contains(entry.id()), entry)
}

/// [`check`] for an entry that `begins` a log, the first one or that of a later incarnation, and whose id is `new` to the log.
fn check_at(model: &UnitModel, source: &Source, begins: bool, new: bool, entry: &Entry) -> Result<(), FlagReason> {
    if entry.source() != source {
        return Err(FlagReason::ForeignSource);
    }
    if !new {
        return Err(FlagReason::DuplicateId);
    }
    if model.seen.last_recorded.is_some_and(|last| entry.recordedtime() < last) && !goes_on(begins, entry) {
        return Err(FlagReason::RecordedTimeBackwards);
    }
    if entry.time().as_millis() - entry.recordedtime().as_millis() > TIME_AHEAD_MAX_MS {
        return Err(FlagReason::TimeAheadOfRecord);
    }
    check_event(model, begins, entry)
}

/// Whether the entry begins a later incarnation of the log. It says when that log was made; behind it stand entries of the log before,
/// with their own times, so that the order of times is that of all other entries.
fn goes_on(begins: bool, entry: &Entry) -> bool {
    begins && matches!(entry.event(), Event::NodeOpened(opened) if opened.previous.is_some())
}

/// Folds one entry of the unit's log; see [`ReadModel::apply`](crate::ReadModel::apply).
pub(crate) fn apply(
    model: &mut UnitModel,
    source: &Source,
    at: Evidence,
    entry: Result<&Entry, FlagReason>,
) -> Applied {
    if at.index() < model.seen.next {
        return Applied::Ignored;
    }
    let begins = at.index_in_incarnation() == 0;
    let vacancy = entry.ok().and_then(|entry| model.seen.ids.vacancy(entry.id()));
    let judged = entry.and_then(|entry| check_at(model, source, begins, vacancy.is_some(), entry).map(|()| entry));
    model.seen.next = at.index() + 1;
    model.seen.folded += 1;
    // A flagged entry of this log still uses up its id and moves the clock: the rules speak of what the log holds, and one
    // entry with an absurd clock then costs its neighbour, not every entry after it.
    if let Ok(own) = entry
        && judged != Err(FlagReason::ForeignSource)
    {
        if let Some(vacancy) = vacancy {
            model.seen.ids.fill(vacancy);
        }
        if !goes_on(begins, own) {
            model.seen.last_recorded = Some(own.recordedtime());
            model.seen.latest_recorded = model.seen.latest_recorded.max(model.seen.last_recorded);
        }
    }
    match judged {
        Ok(entry) => {
            // Whatever a machine records, about itself or for the office, shows that it runs. The opening of a later incarnation tells
            // the time of another machine.
            if !goes_on(begins, entry) {
                model.seen.operation.see(entry.recordedtime());
            }
            record(model, at, entry)
        }
        Err(reason) => {
            model.flag(at, reason);
            Applied::Flagged(reason)
        }
    }
}

fn check_event(model: &UnitModel, begins: bool, entry: &Entry) -> Result<(), FlagReason> {
    let kept = match entry.event() {
        Event::NodeOpened(_) if !begins => Err(Rule::OpenedLater),
        Event::SurveyAnswered(fact) => survey::check(model, entry.recordedtime(), fact),
        // A case has the id of its receipt, and an id counts once in a log.
        Event::FeedbackReceived(_) => Ok(()),
        Event::FeedbackAssigned(fact) => feedback::check_step(model, entry, fact.due_days),
        Event::FeedbackTransferred(fact) => feedback::check_step(model, entry, fact.due_days),
        Event::FeedbackResponded(_) | Event::FeedbackWithdrawn(_) => feedback::check_step(model, entry, None),
        Event::FeedbackConfirmed(_) => feedback::check_confirmed(model, entry),
        Event::FeedbackReopened(_) => feedback::check_reopened(model, entry),
        Event::FeedbackResultPublished(_) => feedback::check_published(model, entry),
        Event::PledgeCatalogPublished(fact) => pledge::check_published(model, entry, fact),
        Event::PledgeSigned(fact) => pledge::check_signed(model, fact),
        Event::PledgeRenewed(fact) => pledge::check_renewed(model, fact),
        Event::PledgeRevoked(fact) => pledge::check_revoked(model, fact),
        Event::BreachConfirmed(fact) => pledge::check_breach(model, fact),
        Event::ServiceCounted(fact) => conduct::check_service(entry, fact),
        Event::LetterSent(fact) => conduct::check_letter(model, fact),
        Event::ModelReplicated(fact) => practice::check_replicated(entry, fact),
        Event::DirectiveProgressed(fact) => practice::check_progress(model, fact),
        Event::AwardRevoked(fact) => emulation::check_award_revoked(model, fact),
        Event::ReviewHeld(fact) => emulation::check_review(fact),
        Event::EvaluationAppealed(fact) => evaluation::check_appealed(model, fact),
        Event::EntryRevoked(fact) => revocation::check(model, fact),
        event @ (Event::PrivacyErased(_)
        | Event::ErasureRequested(_)
        | Event::ErasureRefused(_)
        | Event::ConsentWithdrawn(_)
        | Event::PrivacyDisclosed(_)) => privacy::check(model, event),
        Event::EvaluationConducted(fact) => return evaluation::check(entry, fact),
        Event::AppealDecided(fact) => return evaluation::check_decided(model, entry, fact),
        _ => return speaker::check(entry),
    };
    kept.map_err(Into::into)
}

fn record(model: &mut UnitModel, at: Evidence, entry: &Entry) -> Applied {
    let fact = Fact { at: entry.time(), evidence: at };
    match entry.event() {
        // What the machine says of itself is no act of the office: it counts, and has no delay.
        Event::NodeOpened(opened) => model.opened = Some(opened.clone()),
        Event::GapDetected(gap) => model.gaps.push(Gap {
            fact,
            origin: gap.origin.as_str().into(),
            start: gap.start,
            end: gap.end,
            repaired: gap.repaired,
        }),
        Event::EntryRevoked(revoked) => {
            revocation::record(model, at, revoked);
            return Applied::Counted;
        }
        _ => return record_act(model, fact, entry),
    }
    model.counted += 1;
    model.synthetic += u64::from(entry.synthetic());
    Applied::Counted
}

/// When an entry was recorded, by a clock that never goes back: nobody dates a signature or an answer back by sacrificing an entry that
/// is flagged for it.
fn recorded(model: &UnitModel, entry: &Entry) -> Timestamp {
    model.seen.latest_recorded.map_or(entry.recordedtime(), |latest| latest.max(entry.recordedtime()))
}

/// Records what the office did or what was said to it.
fn record_act(model: &mut UnitModel, fact: Fact, entry: &Entry) -> Applied {
    let (id, subject) = (entry.id(), entry.subject());
    let month = Month::of(fact.at);
    match entry.event() {
        Event::SurveyAnswered(answer) => survey::record(model, fact, month, entry.recordedtime(), answer),
        Event::FeedbackReceived(received) => feedback::record_received(model, fact, id, received),
        Event::FeedbackAssigned(step) => feedback::record_assigned(model, subject, step.due_days),
        Event::FeedbackTransferred(step) => feedback::record_transferred(model, entry, fact.evidence, step.due_days),
        Event::FeedbackResponded(response) => feedback::record_responded(model, entry, fact.evidence, response),
        Event::FeedbackConfirmed(step) => feedback::record_confirmed(model, fact, subject, step),
        Event::FeedbackReopened(_) => feedback::record_reopened(model, fact, subject),
        Event::FeedbackResultPublished(_) => feedback::record_published(model, entry, fact.evidence),
        Event::FeedbackWithdrawn(_) => feedback::record_withdrawn(model, entry, fact.evidence),
        Event::StaffDeclared(staff) => conduct::record_staff(model, fact, staff),
        Event::OutreachConducted(_) => model.outreach.push(fact),
        Event::LessonRecorded(_) => model.lessons.push(fact),
        Event::SteeringBoardChanged(_) => model.board_changes.push(fact),
        Event::LetterSent(letter) => conduct::record_letter(model, fact, letter),
        Event::ServiceCounted(count) => conduct::record_service(model, fact.evidence, count),
        Event::DialogueHeld(held) => practice::record_dialogue(model, fact, held),
        Event::FacilityInvested(invested) => practice::record_facility(model, fact, invested),
        Event::PracticePublished(published) => practice::record_practice(model, fact, published),
        Event::ModelReplicated(replicated) => practice::record_replicated(model, fact, replicated),
        Event::DirectiveProgressed(progress) => practice::record_progress(model, fact, progress),
        Event::EvaluationConducted(evaluation) => evaluation::record(model, fact.evidence, entry, evaluation),
        Event::EvaluationAppealed(appealed) => evaluation::record_appealed(model, fact, id, appealed),
        Event::AppealDecided(decided) => evaluation::record_decided(model, fact.evidence, entry, decided),
        Event::PledgeCatalogPublished(catalogue) => pledge::record_catalogue(model, fact, entry, catalogue),
        Event::PledgeSigned(pledge) => pledge::record_signed(model, fact, id, pledge),
        Event::PledgeRenewed(renewed) => pledge::record_renewed(model, fact, renewed),
        Event::PledgeRevoked(revoked) => pledge::record_revoked(model, fact, revoked),
        Event::BreachConfirmed(breach) => pledge::record_breach(model, fact, breach),
        Event::EmulationEntryRegistered(entered) => emulation::record_entry(model, fact, entered),
        Event::RecognitionGranted(granted) => emulation::record_recognition(model, fact, id, granted),
        Event::AwardGranted(granted) => emulation::record_award(model, fact, id, granted),
        Event::AwardRevoked(revoked) => emulation::record_award_revoked(model, fact, revoked),
        Event::ReviewHeld(held) => emulation::record_review(model, fact, held),
        other => {
            let Some(stage) = rollout::stage(other) else {
                privacy::record(model, id, other);
                return Applied::Ignored;
            };
            rollout::record(model, stage, fact, id, other);
        }
    }
    let days = model.count(month, entry);
    if revocation::is_revocable(entry.event()) {
        model.revocables.push(Revocable::new(id, fact.evidence, month, days, entry.synthetic()));
    }
    Applied::Counted
}
