//! Answers made of templates.

use askama::Template;
use axum::http::{StatusCode, header};
use axum::response::{Html, IntoResponse, Response};

/// A whole page with status 200. Pages show live data and are not kept by browsers.
pub fn page<T: Template>(template: &T) -> Response {
    page_with_status(StatusCode::OK, template)
}

/// A whole page with the given status.
pub fn page_with_status<T: Template>(status: StatusCode, template: &T) -> Response {
    match template.render() {
        Ok(html) => (status, [(header::CACHE_CONTROL, "no-store")], Html(html)).into_response(),
        Err(_) => (
            StatusCode::INTERNAL_SERVER_ERROR,
            "Trang này chưa hiển thị được, xin thử lại. / This page could not be shown, please try again.",
        )
            .into_response(),
    }
}

/// The text of a part of a page, empty when it cannot be rendered.
#[must_use]
pub fn fragment<T: Template>(template: &T) -> String {
    template.render().unwrap_or_default()
}
