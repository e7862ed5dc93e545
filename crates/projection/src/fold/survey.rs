//! Survey answers.

use danvan_event::{CommitmentRating, SurveyAnswered, SurveyChannel, Timestamp};

use crate::period::Month;
use crate::rule::Rule;
use crate::unit::{Fact, FavourableAnswer, UnitModel};

/// The lowest rating that counts as satisfied: 4 is "hài lòng", 5 "rất hài lòng".
const SATISFIED_FROM: u8 = 4;

pub(super) fn check(model: &UnitModel, recordedtime: Timestamp, answer: &SurveyAnswered) -> Result<(), Rule> {
    match &answer.visit_token {
        Some(token) if model.seen.visits.contains(token, recordedtime) => Err(Rule::VisitTokenReused),
        _ => Ok(()),
    }
}

pub(super) fn record(
    model: &mut UnitModel,
    fact: Fact,
    month: Month,
    recordedtime: Timestamp,
    answer: &SurveyAnswered,
) {
    if let Some(token) = &answer.visit_token {
        model.seen.visits.insert(token, recordedtime);
    }
    let assisted = answer.assisted;
    let satisfied = answer.rating >= SATISFIED_FROM;
    let tally = model.surveys.of(month);
    tally.add(answer.channel, satisfied, assisted, fact.evidence);

    let rated = &answer.commitments;
    let (mut all_kept, mut kept) = (true, 0);
    for (place, item) in rated.iter().enumerate() {
        // One citizen has one opinion of a commitment, however often the form repeats it: the last one stands.
        if !is_repeated(item, rated.get(place + 1..).unwrap_or_default()) {
            all_kept &= item.kept;
            kept += u32::from(item.kept);
            tally.add_commitment(answer.channel, item.kept, assisted);
        }
    }
    if !rated.is_empty() {
        let whole = if all_kept { &mut tally.places.all_kept } else { &mut tally.places.some_broken };
        whole.insert(fact.evidence);
    }
    if answer.channel == SurveyChannel::Kiosk {
        let answer = FavourableAnswer { month, evidence: fact.evidence, satisfied, assisted, kept };
        for answer in model.seen.sitting.take(recordedtime, answer) {
            model.surveys.of(answer.month).add_crowded(&answer);
        }
    }
}

/// Forms name a dozen commitments at most, so looking through the rest is cheaper than a set. Codes have two or three letters, so a
/// comparison letter by letter is cheaper than a call.
fn is_repeated(item: &CommitmentRating, later: &[CommitmentRating]) -> bool {
    later.iter().any(|other| other.code.len() == item.code.len() && other.code.bytes().eq(item.code.bytes()))
}
