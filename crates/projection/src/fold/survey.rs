//! Survey answers.

use std::collections::BTreeMap;

use danvan_event::SurveyAnswered;

use crate::applied::Rule;
use crate::period::Month;
use crate::unit::{Fact, UnitModel};

/// The lowest rating that counts as satisfied: 4 is "hài lòng", 5 "rất hài lòng".
const SATISFIED_FROM: u8 = 4;

pub(super) fn check(model: &UnitModel, answer: &SurveyAnswered) -> Result<(), Rule> {
    match &answer.visit_token {
        Some(token) if model.seen.visit_tokens.contains(token) => Err(Rule::VisitTokenReused),
        _ => Ok(()),
    }
}

pub(super) fn record(model: &mut UnitModel, fact: Fact, answer: &SurveyAnswered) {
    if let Some(token) = &answer.visit_token {
        model.seen.visit_tokens.insert(token.clone());
    }
    let assisted = answer.assisted;
    let tally = model.surveys.entry(Month::of(fact.at)).or_default();
    if let Some(count) = tally.ratings.get_mut(usize::from(answer.rating.saturating_sub(1))) {
        *count += 1;
    }
    let side = if answer.rating >= SATISFIED_FROM { &mut tally.satisfied } else { &mut tally.dissatisfied };
    side.add(assisted, fact.evidence);

    // One citizen has one opinion of a commitment, however often the form repeats it.
    let rated: BTreeMap<&str, bool> = answer.commitments.iter().map(|item| (item.code.as_str(), item.kept)).collect();
    if rated.is_empty() {
        return;
    }
    let whole = if rated.values().all(|kept| *kept) { &mut tally.all_kept } else { &mut tally.some_broken };
    whole.push(fact.evidence);
    for (code, kept) in rated {
        tally.commitments.entry(code.to_owned()).or_default().add(kept, assisted);
    }
}
