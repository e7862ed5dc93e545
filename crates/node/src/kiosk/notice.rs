//! A page that says why something did not work, in words for a citizen.

use askama::Template;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;
use danvan_daemon::Text;
use danvan_ui::{Frame, Preferences, page_with_status};

use super::frame;
use super::patience::Patience;
use crate::face::Face;
use crate::refusal::Refusal;

#[derive(Template)]
#[template(path = "notice.html")]
struct Notice {
    frame: Frame,
    text: Text,
}

/// The refusal as a page; the citizen can begin again.
pub(super) fn refused(face: &Face, refusal: &Refusal, preferences: Preferences) -> Response {
    let problem = refusal.problem();
    let text = match refusal {
        Refusal::OtherContent(_) => Text::new("Ý kiến này đã được ghi nhận rồi", "This answer was recorded already"),
        _ => problem.title(),
    };
    let mut page = show(face, problem.status(), text, preferences);
    if *refusal == Refusal::Starting {
        page = Patience::until_started().bound(page);
    }
    if problem.status() == StatusCode::SERVICE_UNAVAILABLE {
        page.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("2"));
    }
    page
}

/// Any sentence as a page.
pub(super) fn show(face: &Face, status: StatusCode, text: Text, preferences: Preferences) -> Response {
    let frame = frame(face, "Thông báo", "/", preferences);
    Patience::for_a_tap(face).bound(page_with_status(status, &Notice { frame, text }))
}
