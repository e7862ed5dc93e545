//! The pages for citizens, and the page that says what was sent. They work without JavaScript.

mod feedback;
mod notice;
mod pending;
mod promises;
mod rating;
mod sending;
mod thanks;

use std::sync::Arc;

use axum::Router;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use danvan_event::EventId;
use danvan_ui::{Badge, Frame, NavLink, Pair, Preferences, Tone};

use crate::face::Face;
use crate::sync::Status;

pub(crate) use pending::{Pending, follow_pending};

/// The routes of the pages.
pub(crate) fn pages() -> Router<Arc<Face>> {
    Router::new()
        .route("/", get(rating::start))
        .route("/kiosk/rating", post(rating::tap))
        .route("/kiosk/commitments/{id}", get(rating::commitments))
        .route("/kiosk/answer", post(rating::answer))
        .route("/kiosk/feedback", get(feedback::show).post(feedback::send))
        .route("/kiosk/thanks/{id}", get(thanks::show))
        .route("/status", get(sending::show))
}

/// The frame around a page of this node.
fn frame(face: &Face, title: &str, path: &str, preferences: Preferences) -> Frame {
    let link = |href: &str, vi: &str, en: &str| NavLink {
        href: href.to_owned(),
        text: Pair::new(vi, en),
        current: href == path,
    };
    let nav = vec![
        link("/", "Đánh giá", "Rate"),
        link("/kiosk/feedback", "Góp ý, phản ánh", "Feedback"),
        link("/status", "Sổ gửi dữ liệu", "What was sent"),
    ];
    let role =
        Pair::new("Ý kiến của nhân dân về cán bộ và bộ phận một cửa", "Citizens on officials and the one-stop desk");
    Frame::new(title, &face.place, role, path, preferences)
        .with_style("kiosk.css")
        .with_nav(nav)
        .with_badge(badge(&face.sync.status()))
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

/// Lets the browser go back to the start by itself when nobody touches the page; the header needs no script.
fn idle_back(face: &Face, mut page: Response) -> Response {
    if let Ok(value) = HeaderValue::from_str(&format!("{}; url=/", face.idle_seconds)) {
        page.headers_mut().insert(header::REFRESH, value);
    }
    page
}

fn back_to_start() -> Response {
    Redirect::to("/").into_response()
}

fn to_thanks(id: EventId) -> Response {
    Redirect::to(&format!("/kiosk/thanks/{id}")).into_response()
}

#[cfg(test)]
mod tests;
