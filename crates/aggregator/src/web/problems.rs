//! Refusals of the API, in both languages.

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use danvan_daemon::{FieldError, Problem, Text};

/// A problem document on its way out.
pub(crate) struct Refusal(Box<Problem>);

impl Refusal {
    fn of(problem: Problem) -> Self {
        Self(Box::new(problem))
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        (*self.0).into_response()
    }
}

pub(crate) fn not_found(what: &str) -> Refusal {
    let title = Text::new("Không tìm thấy", "Not found");
    let detail = Text::new(format!("Không có {what} này."), "There is no such thing here.");
    Refusal::of(Problem::new(StatusCode::NOT_FOUND, "not-found", title).detail(detail))
}

pub(crate) fn unauthorized() -> Refusal {
    let title = Text::new("Cần mã của người vận hành", "The operator's token is needed");
    let detail = Text::new(
        "Gửi kèm tiêu đề Authorization: Bearer với nội dung tệp operator.token.",
        "Send Authorization: Bearer with the text of operator.token.",
    );
    Refusal::of(Problem::new(StatusCode::UNAUTHORIZED, "unauthorized", title).detail(detail))
}

pub(crate) fn bad_field(field: &str, code: &str, vi: impl Into<String>, en: impl Into<String>) -> Refusal {
    let error = FieldError { field: field.to_owned(), code: code.to_owned(), vi: vi.into(), en: en.into() };
    let title = Text::new("Dữ liệu gửi lên chưa đúng", "The request is not right");
    Refusal::of(Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "bad-request", title).errors(vec![error]))
}

pub(crate) fn conflict(vi: impl Into<String>, en: impl Into<String>) -> Refusal {
    let title = Text::new("Trái với điều đã ghi", "Contradicts what is recorded");
    Refusal::of(Problem::new(StatusCode::CONFLICT, "conflict", title).detail(Text::new(vi, en)))
}

pub(crate) fn internal(error: &dyn std::fmt::Display) -> Refusal {
    tracing::error!(%error, "a request failed");
    let title = Text::new("Máy chủ chưa trả lời được, xin thử lại", "The server could not answer, please try again");
    Refusal::of(Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", title).retry_after_s(5))
}
