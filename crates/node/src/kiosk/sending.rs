//! "Sổ gửi dữ liệu": what is kept here, what the aggregators have confirmed, what waits.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use danvan_ui::{Frame, Preferences, count, duration, duration_en, page};

use super::frame;
use super::patience::Patience;
use crate::face::Face;
use crate::sync::Status;

#[derive(Template)]
#[template(path = "sending.html")]
struct SendingPage {
    frame: Frame,
    status: Status,
    delivered: String,
    size: String,
    backlog: String,
    age: String,
    age_en: String,
    receipts: Vec<(String, String)>,
}

/// `GET /status`.
pub(super) async fn show(State(face): State<Arc<Face>>, preferences: Preferences) -> Response {
    let status = face.sync.status();
    let frame = frame(&face, "Sổ gửi dữ liệu", "/status", preferences);
    let shown = page(&SendingPage {
        frame,
        delivered: count(status.size.saturating_sub(status.backlog)),
        size: count(status.size),
        backlog: count(status.backlog),
        age: duration(status.backlog_age_ms),
        age_en: duration_en(status.backlog_age_ms),
        receipts: status.receipted.iter().map(|(name, size)| (name.clone(), count(*size))).collect(),
        status,
    });
    Patience::for_answers(&face).bound(shown)
}
