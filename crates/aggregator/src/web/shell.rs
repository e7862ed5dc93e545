//! What stands around every page of the dashboard, and what answers where nothing stands.

use axum::http::Uri;
use axum::response::{IntoResponse, Response};
use danvan_ui::{Frame, NavLink, Pair, Preferences};

use super::completeness::Completeness;
use super::reader::{NoPage, Reader};
use super::{Face, problems};

/// The frame of a page; `path` is its path and query.
pub(crate) fn frame(
    face: &Face,
    title: &str,
    path: &str,
    preferences: Preferences,
    complete: Option<&Completeness>,
) -> Frame {
    let role =
        Pair::new("Thi đua “Dân vận khéo” · Chính quyền thân thiện, vì Nhân dân phục vụ", "Skilled mass mobilisation");
    let here = path.split('?').next().unwrap_or_default();
    let link = |href: &str, vi: &str, en: &str| NavLink {
        href: href.to_owned(),
        text: Pair::new(vi, en),
        current: here == href,
    };
    let nav = vec![link("/", "Bảng xếp hạng", "Ranking"), link("/fleet", "Tình trạng trạm", "Nodes")];
    let frame = Frame::new(title, &face.settings.aggregator.place, role, path, preferences)
        .with_style("dashboard.css")
        .with_nav(nav);
    match complete {
        Some(complete) => frame.with_badge(complete.badge()),
        None => frame,
    }
}

/// Where no route leads: programs get a problem document, people a page.
pub(crate) async fn nowhere(reader: Reader, uri: Uri) -> Response {
    if is_api(&uri) {
        problems::not_found("địa chỉ", "address").into_response()
    } else {
        reader.problem(&NoPage::Missing)
    }
}

/// A route that does not take the method.
pub(crate) async fn wrong_method(reader: Reader, uri: Uri) -> Response {
    let refusal = problems::method_not_allowed();
    if is_api(&uri) { refusal.into_response() } else { reader.problem(&NoPage::Refused(refusal)) }
}

fn is_api(uri: &Uri) -> bool {
    uri.path() == "/api" || uri.path().starts_with("/api/")
}
