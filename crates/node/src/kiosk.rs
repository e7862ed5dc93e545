//! The pages for citizens, and the page that says what was sent. They work without JavaScript.

mod feedback;
mod notice;
mod patience;
mod pending;
mod promises;
mod rating;
mod sending;
mod thanks;
mod unit_word;

use std::sync::Arc;

use axum::Router;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use danvan_event::{EventId, Timestamp};
use danvan_ui::{Badge, Frame, NavLink, Pair, Preferences, Tone};
use serde_json::{Value, json};

use crate::face::Face;
use crate::refusal::Refusal;
use crate::sync::Status;

pub(crate) use pending::{Pending, follow_pending};
pub(crate) use unit_word::unit_word;

/// The fields of a form of a page, in their order.
type Fields = Vec<(String, String)>;

/// The routes of the pages.
pub(crate) fn pages() -> Router<Arc<Face>> {
    Router::new()
        .route("/", get(rating::start))
        .route("/kiosk/rating", post(rating::tap))
        .route("/kiosk/commitments/{id}", get(rating::commitments).post(rating::commitments_again))
        .route("/kiosk/answer", post(rating::answer))
        .route("/kiosk/feedback", get(feedback::show).post(feedback::send))
        .route("/kiosk/feedback/again", get(feedback::show).post(feedback::again))
        .route("/kiosk/thanks/{id}", get(thanks::show))
        .route("/status", get(sending::show))
}

/// The frame around a page of this node.
fn frame(face: &Face, title: &str, path: &str, preferences: Preferences) -> Frame {
    let link = |href: &str, vi: &str, en: &str| NavLink {
        href: href.to_owned(),
        text: Pair::new(vi, en),
        current: href == path.split('?').next().unwrap_or(path),
    };
    let nav = vec![
        link("/", "Đánh giá", "Rate"),
        link("/kiosk/feedback", "Góp ý, phản ánh", "Feedback"),
        link("/status", "Sổ gửi dữ liệu", "What was sent"),
    ];
    let role =
        Pair::new("Ý kiến của Nhân dân về cán bộ và Bộ phận Một cửa", "Citizens on officials and the one-stop desk");
    Frame::new(title, &face.place, role, path, preferences)
        .with_style("kiosk.css")
        .with_nav(nav)
        .with_badge(badge(&face.sync.status()))
        .with_synthetic(face.synthetic)
}

/// Whether the pages may ask the rules and the keys. While the node starts they would wait for it.
fn ready(face: &Face) -> Result<(), Refusal> {
    if face.intake.gate.is_open() { Ok(()) } else { Err(Refusal::Starting) }
}

/// A new id for a form of a page.
fn mint(face: &Face) -> Result<EventId, Refusal> {
    ready(face)?;
    face.intake.mint()
}

/// An intake form made of what was answered here. In a demonstration nothing is real, whoever touches the screen.
fn intake_form(synthetic: bool, event_type: &str, id: EventId, time: Option<Timestamp>, data: &Value) -> Vec<u8> {
    let mut form = json!({ "specversion": "1.0", "type": event_type, "id": id.to_string(), "data": data });
    if let Some(time) = time {
        form["time"] = time.to_string().into();
    }
    if synthetic {
        form["synthetic"] = true.into();
    }
    form.to_string().into_bytes()
}

/// What the header says about the data: green only after the aggregators' signed word.
fn badge(status: &Status) -> Badge {
    if status.alarm.is_some() || !status.refused.is_empty() {
        Badge::new(Tone::Bad, "Cần người phụ trách", "Needs attention")
    } else if status.required == 0 {
        Badge::new(Tone::Quiet, "Lưu tại chỗ", "Kept here")
    } else if status.backlog == 0 {
        Badge::new(Tone::Good, "Đã gửi đủ", "All sent")
    } else if status.connected {
        Badge::new(Tone::Wait, format!("Đang gửi {}", danvan_ui::count(status.backlog)), "Sending")
    } else {
        Badge::new(
            Tone::Wait,
            format!("Đang lưu tại chỗ, còn {} chờ mạng", danvan_ui::count(status.backlog)),
            "Kept here, waiting for the network",
        )
    }
}

fn back_to_start() -> Response {
    Redirect::to("/").into_response()
}

fn to_thanks(id: EventId) -> Response {
    Redirect::to(&format!("/kiosk/thanks/{id}")).into_response()
}

#[cfg(test)]
mod tests;
