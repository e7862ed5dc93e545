//! Refusals, in both languages: problem documents for the API, and what a page says instead.

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use danvan_daemon::{FieldError, Problem, Text};

/// A problem document on its way out.
#[derive(Debug)]
pub(crate) struct Refusal(Box<Problem>);

impl Refusal {
    fn of(problem: Problem) -> Self {
        Self(Box::new(problem))
    }

    pub(crate) fn problem(&self) -> &Problem {
        &self.0
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        (*self.0).into_response()
    }
}

pub(crate) fn not_found(vi: &str, en: &str) -> Refusal {
    let title = Text::new("Không tìm thấy", "Not found");
    let detail = Text::new(format!("Không có {vi} này."), format!("There is no such {en}."));
    Refusal::of(Problem::new(StatusCode::NOT_FOUND, "not-found", title).detail(detail))
}

pub(crate) fn method_not_allowed() -> Refusal {
    let title = Text::new("Địa chỉ này không nhận phương thức đó", "This address does not take that method");
    let detail =
        Text::new("Tiêu đề Allow cho biết các phương thức được nhận.", "The header Allow names those it takes.");
    Refusal::of(Problem::new(StatusCode::METHOD_NOT_ALLOWED, "method-not-allowed", title).detail(detail))
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
    bad_fields(StatusCode::UNPROCESSABLE_ENTITY, vec![field_error(field, code, vi, en)])
}

pub(crate) fn field_error(field: &str, code: &str, vi: impl Into<String>, en: impl Into<String>) -> FieldError {
    FieldError { field: field.to_owned(), code: code.to_owned(), vi: vi.into(), en: en.into() }
}

pub(crate) fn bad_fields(status: StatusCode, errors: Vec<FieldError>) -> Refusal {
    let title = Text::new("Dữ liệu gửi lên chưa đúng", "The request is not right");
    Refusal::of(Problem::new(status, "bad-request", title).errors(errors))
}

pub(crate) fn bad_period() -> Refusal {
    let vi = "Kỳ viết dạng 2024, 2024-Q1 hoặc 2024-03, từ năm 2001 đến năm 2199.";
    bad_field("/period", "period", vi, "A period is written 2024, 2024-Q1 or 2024-03, from 2001 to 2199.")
}

/// The body is longer than `max_bytes`.
pub(crate) fn too_large(max_bytes: usize) -> Refusal {
    let title = Text::new("Nội dung gửi lên quá dài", "The body is too long");
    let error = field_error(
        "",
        "length",
        format!("Nội dung dài tối đa {max_bytes} byte."),
        format!("A body has {max_bytes} bytes at most."),
    );
    Refusal::of(Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "too-large", title).errors(vec![error]))
}

pub(crate) fn conflict(vi: impl Into<String>, en: impl Into<String>) -> Refusal {
    let title = Text::new("Trái với điều đã ghi", "Contradicts what is recorded");
    Refusal::of(Problem::new(StatusCode::CONFLICT, "conflict", title).detail(Text::new(vi, en)))
}

/// What is asked for breaks rules of the domain; each error names one of them, or a part of what is missing.
pub(crate) fn against_rules(errors: Vec<FieldError>) -> Refusal {
    let title = Text::new("Trái với quy định", "Against the rules");
    Refusal::of(Problem::new(StatusCode::CONFLICT, "against-rules", title).errors(errors))
}

pub(crate) fn internal(error: &dyn std::fmt::Display) -> Refusal {
    tracing::error!(%error, "a request failed");
    let title = Text::new("Máy chủ chưa trả lời được, xin thử lại", "The server could not answer, please try again");
    Refusal::of(Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", title).retry_after_s(5))
}
