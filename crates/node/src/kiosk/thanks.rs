//! The page after an answer: thanks, what becomes of it, and the code under which it is kept.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;
use danvan_event::{Entry, Event, EventId, FeedbackKind, FeedbackReceived};
use danvan_ui::{Frame, Pair, Preferences, page};

use super::patience::Patience;
use super::{back_to_start, frame, notice};
use crate::face::Face;

#[derive(Template)]
#[template(path = "thanks.html")]
struct ThanksPage {
    frame: Frame,
    id: EventId,
    code: String,
    /// What the pages call the unit.
    unit: Pair,
    /// The citizen's own words lie in the vault.
    has_words: bool,
    /// Days until the answer is due, where one is owed.
    answer_days: Option<u32>,
}

/// `GET /kiosk/thanks/{id}`: only for what is in the log.
pub(super) async fn show(State(face): State<Arc<Face>>, Path(id): Path<String>, preferences: Preferences) -> Response {
    let Ok(id) = id.parse::<EventId>() else { return back_to_start() };
    let place = match face.intake.find(id) {
        Ok(Some(place)) => place,
        Ok(None) => return back_to_start(),
        Err(refusal) => return notice::refused(&face, &refusal, preferences),
    };
    let entry = face.intake.history.read_one(place).ok().and_then(|record| Entry::parse(record.entry).ok());
    let received = entry.as_ref().and_then(|entry| match entry.event() {
        Event::FeedbackReceived(received) => Some(received),
        _ => None,
    });
    let owes_answer = |received: &&FeedbackReceived| received.kind != FeedbackKind::Praise;
    let shown = ThanksPage {
        frame: frame(&face, "Xin cảm ơn", "/", preferences),
        id,
        code: form_code(id),
        unit: face.unit.clone(),
        has_words: received.is_some(),
        answer_days: received.filter(owes_answer).map(FeedbackReceived::days_allowed),
    };
    Patience::for_answers(&face).bound(page(&shown))
}

/// The last twelve digits of the id, which are random, in groups that can be read aloud.
fn form_code(id: EventId) -> String {
    let text = id.to_string().to_uppercase();
    let digits = &text[text.len() - 12..];
    format!("{}-{}-{}", &digits[..4], &digits[4..8], &digits[8..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_code_is_short_enough_to_read_aloud() {
        let id = "018e1cfa-1b40-7abc-8def-0123456789ab".parse().unwrap();
        assert_eq!(form_code(id), "0123-4567-89AB");
    }
}
