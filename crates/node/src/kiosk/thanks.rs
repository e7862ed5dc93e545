//! The page after an answer: thanks, and the code by which it can be found again.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;
use danvan_event::{Entry, EventId};
use danvan_ui::{Frame, Preferences, page};

use super::{back_to_start, frame, idle_back, notice};
use crate::face::Face;

#[derive(Template)]
#[template(path = "thanks.html")]
struct ThanksPage {
    frame: Frame,
    id: EventId,
    code: String,
    feedback: bool,
}

/// `GET /kiosk/thanks/{id}`: only for what is in the log.
pub(super) async fn show(State(face): State<Arc<Face>>, Path(id): Path<String>, preferences: Preferences) -> Response {
    let Ok(id) = id.parse::<EventId>() else { return back_to_start() };
    let index = match face.intake.find(id) {
        Ok(Some(index)) => index,
        Ok(None) => return back_to_start(),
        Err(refusal) => return notice::refused(&face, &refusal, preferences),
    };
    let entry = face.intake.ledger.read_one(index).ok().and_then(|record| Entry::parse(record.entry).ok());
    let feedback = entry.is_some_and(|entry| entry.event_type().family() == "feedback");
    let frame = frame(&face, "Xin cảm ơn", "/", preferences);
    idle_back(&face, page(&ThanksPage { frame, id, code: receipt_code(id), feedback }))
}

/// The last twelve digits of the id, which are random, in groups that can be read aloud.
fn receipt_code(id: EventId) -> String {
    let text = id.to_string().to_uppercase();
    let digits = &text[text.len() - 12..];
    format!("{}-{}-{}", &digits[..4], &digits[4..8], &digits[8..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_receipt_code_is_short_enough_to_read_aloud() {
        let id = "018e1cfa-1b40-7abc-8def-0123456789ab".parse().unwrap();
        assert_eq!(receipt_code(id), "0123-4567-89AB");
    }
}
