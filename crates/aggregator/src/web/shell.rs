//! What stands around every page of the dashboard.

use std::sync::Arc;

use axum::extract::State;
use axum::http::{StatusCode, Uri};
use axum::response::Response;
use danvan_ui::{Frame, NavLink, Pair, Preferences, page_with_status};

use super::Face;
use super::completeness::Completeness;
use super::view::ProblemPage;

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

pub(crate) async fn no_such_page(State(face): State<Arc<Face>>, preferences: Preferences, uri: Uri) -> Response {
    missing(&face, preferences, uri.path())
}

/// The page for what is not there.
pub(crate) fn missing(face: &Face, preferences: Preferences, path: &str) -> Response {
    let title = Pair::new("Không tìm thấy trang này", "There is no such page");
    let detail = Pair::new(
        "Địa chỉ có thể đã gõ nhầm, hoặc đơn vị, mục này chưa có trong dữ liệu.",
        "The address may be mistyped, or the unit or entry is not in the data yet.",
    );
    let frame = frame(face, &title.vi, path, preferences, None);
    page_with_status(StatusCode::NOT_FOUND, &ProblemPage { frame, title, detail })
}

/// The page for what could not be read.
pub(crate) fn broken(face: &Face, preferences: Preferences, path: &str, error: &dyn std::fmt::Display) -> Response {
    tracing::error!(%error, path, "a page could not be made");
    let title = Pair::new("Chưa đọc được dữ liệu", "The data could not be read");
    let detail = Pair::new(
        "Xin thử lại sau ít phút. Nếu vẫn lỗi, báo người vận hành máy chủ.",
        "Please try again in a few minutes, and tell the operator if it stays so.",
    );
    let frame = frame(face, &title.vi, path, preferences, None);
    page_with_status(StatusCode::INTERNAL_SERVER_ERROR, &ProblemPage { frame, title, detail })
}
