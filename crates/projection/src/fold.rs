//! The fold of a unit's log: judge an entry by the log's own past, then record it.
//!
//! Each family of events has a room with two functions: `check` names the rule that an entry breaks and changes nothing;
//! `record` changes the model and cannot fail, because `check` went before.

mod conduct;
mod feedback;
mod pledge;
mod rollout;
mod survey;

use danvan_event::{Entry, EntryError, Event, Source, Timestamp};

use crate::applied::{Applied, FlagReason, Rule};
use crate::evidence::Evidence;
use crate::unit::{Fact, UnitModel};

/// How far `time` may lie after `recordedtime`: two clocks of one office differ, but nobody records the future.
const TIME_AHEAD_MAX_MS: i64 = 120_000;

/// The last moment that a [`Timestamp`] can name.
const END_OF_TIME: Timestamp = match Timestamp::from_millis(7_258_118_399_999) {
    Ok(last) => last,
    Err(_) => panic!("the end of the year 2199 is a timestamp"),
};

/// Why bytes that are no entry are flagged.
pub(crate) fn reason(error: &EntryError) -> FlagReason {
    match error {
        EntryError::TooLarge(_) | EntryError::NotCanonical(_) => FlagReason::NotCanonical,
        _ => FlagReason::SchemaViolation,
    }
}

/// Whether the entry can count as the next one of the unit's log.
pub(crate) fn check(model: &UnitModel, source: &Source, entry: &Entry) -> Result<(), FlagReason> {
    if entry.source() != source {
        return Err(FlagReason::ForeignSource);
    }
    if model.seen.ids.contains(entry.id()) {
        return Err(FlagReason::DuplicateId);
    }
    if model.seen.last_recorded.is_some_and(|last| entry.recordedtime() < last) {
        return Err(FlagReason::RecordedTimeBackwards);
    }
    if entry.time().as_millis() - entry.recordedtime().as_millis() > TIME_AHEAD_MAX_MS {
        return Err(FlagReason::TimeAheadOfRecord);
    }
    check_event(model, entry)
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
    let judged = entry.and_then(|entry| check(model, source, entry).map(|()| entry));
    model.seen.next = at.index() + 1;
    // A flagged entry of this log still uses up its id and moves the clock: the rules speak of what the log holds, and one
    // entry with an absurd clock then costs its neighbour, not every entry after it.
    if let Ok(own) = entry
        && own.source() == source
    {
        model.seen.ids.insert(own.id());
        model.seen.last_recorded = Some(own.recordedtime());
    }
    match judged {
        Ok(entry) => record(model, at, entry),
        Err(reason) => {
            model.flagged.insert(at, reason);
            Applied::Flagged(reason)
        }
    }
}

fn check_event(model: &UnitModel, entry: &Entry) -> Result<(), FlagReason> {
    match entry.event() {
        Event::NodeOpened(_) if model.seen.next > 0 => Err(Rule::OpenedLater.into()),
        Event::FeedbackReceived(_) => feedback::check_received(model, entry).map_err(Into::into),
        Event::FeedbackResponded(_) => feedback::check_responded(model, entry).map_err(Into::into),
        Event::FeedbackConfirmed(_) | Event::FeedbackResultPublished(_) => {
            feedback::check_after_response(model, entry).map(|_| ()).map_err(Into::into)
        }
        Event::FeedbackReopened(_) => feedback::check_reopened(model, entry).map_err(Into::into),
        Event::SurveyAnswered(fact) => survey::check(model, entry.recordedtime(), fact).map_err(Into::into),
        Event::PledgeSigned(fact) => pledge::check_signed(model, fact).map_err(Into::into),
        Event::ServiceCounted(fact) => conduct::check_service(entry, fact).map_err(Into::into),
        Event::LetterSent(fact) => conduct::check_letter(model, fact).map_err(Into::into),
        Event::EvaluationConducted(fact) => conduct::check_evaluation(entry, fact),
        Event::NodeEnrolled(_)
        | Event::UnitRegistered(_)
        | Event::EvaluatorListed(_)
        | Event::RulebookAdopted(_)
        | Event::CheckpointCosigned(_)
        | Event::EntryFlagged(_)
        | Event::OperatorListed(_)
        | Event::PeriodOpened(_)
        | Event::PeriodClosed(_)
        | Event::RankingApproved(_)
        | Event::RankingPublished(_)
        | Event::UnitSucceeded(_)
        | Event::UnitTreePublished(_)
        | Event::AggregatorAssigned(_) => Err(FlagReason::WrongSpeaker),
        _ => Ok(()),
    }
}

fn record(model: &mut UnitModel, at: Evidence, entry: &Entry) -> Applied {
    let fact = Fact { at: entry.time(), evidence: at };
    match entry.event() {
        Event::NodeOpened(opened) => model.opened = Some(opened.clone()),
        Event::StaffDeclared(staff) => conduct::record_staff(model, fact, staff),
        Event::OutreachConducted(_) => model.outreach.push(fact),
        Event::LetterSent(letter) => conduct::record_letter(model, fact, letter),
        Event::ServiceCounted(count) => conduct::record_service(model, at, count),
        Event::EvaluationConducted(evaluation) => conduct::record_evaluation(model, fact, evaluation),
        Event::PledgeCatalogPublished(catalogue) => pledge::record_catalogue(model, fact, catalogue),
        Event::PledgeSigned(pledge) => pledge::record_signed(model, fact, pledge),
        Event::SurveyAnswered(answer) => survey::record(model, fact, entry.recordedtime(), answer),
        Event::FeedbackReceived(received) => feedback::record_received(model, fact, entry.id(), received),
        Event::FeedbackResponded(response) => feedback::record_responded(model, fact, entry.subject(), response),
        Event::FeedbackConfirmed(step) => feedback::record_confirmed(model, fact, entry.subject(), step),
        Event::FeedbackReopened(_) => feedback::record_reopened(model, fact, entry.subject()),
        Event::FeedbackResultPublished(_) => feedback::record_published(model, fact, entry.subject()),
        other => match rollout::stage(other) {
            Some(stage) => model.rollout.record(stage, fact),
            None => return Applied::Ignored,
        },
    }
    model.counted += 1;
    model.synthetic += u64::from(entry.synthetic());
    Applied::Counted
}

/// A moment some days later; at the end of time, the last moment that can be named.
fn days_after(at: Timestamp, days: u32) -> Timestamp {
    Timestamp::from_millis(at.as_millis() + i64::from(days) * 86_400_000).unwrap_or(END_OF_TIME)
}
