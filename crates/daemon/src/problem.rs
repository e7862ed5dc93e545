//! Problem documents (RFC 9457) in Vietnamese and English.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

/// One sentence in both languages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Text {
    /// Vietnamese.
    pub vi: String,
    /// English.
    pub en: String,
}

impl Text {
    /// A pair of sentences.
    pub fn new(vi: impl Into<String>, en: impl Into<String>) -> Self {
        Self { vi: vi.into(), en: en.into() }
    }
}

/// What is wrong with one field of the input. Never holds the value of a personal field.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FieldError {
    /// The field as a JSON pointer (RFC 6901), such as `/data/rating`; empty for the whole document.
    pub field: String,
    /// A stable word for programs.
    pub code: String,
    /// The reason, in Vietnamese.
    pub vi: String,
    /// The reason, in English.
    pub en: String,
}

/// A problem document: `application/problem+json` with the extension members `title_en`, `detail_en` and `errors`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// `urn:danvan:problem:<code>`.
    #[serde(rename = "type")]
    kind: String,
    status: u16,
    title: String,
    title_en: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    detail_en: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    errors: Vec<FieldError>,
    #[serde(skip)]
    retry_after_s: Option<u32>,
}

impl Problem {
    /// A problem of the kind `code` (lower case, `-` between words), such as `bad-form`.
    #[must_use]
    pub fn new(status: StatusCode, code: &str, title: Text) -> Self {
        Self {
            kind: format!("urn:danvan:problem:{code}"),
            status: status.as_u16(),
            title: title.vi,
            title_en: title.en,
            detail: None,
            detail_en: None,
            errors: Vec::new(),
            retry_after_s: None,
        }
    }

    /// Adds what is particular to this occurrence.
    #[must_use]
    pub fn detail(mut self, detail: Text) -> Self {
        self.detail = Some(detail.vi);
        self.detail_en = Some(detail.en);
        self
    }

    /// Adds the fields at fault.
    #[must_use]
    pub fn errors(mut self, errors: Vec<FieldError>) -> Self {
        self.errors = errors;
        self
    }

    /// Adds a `Retry-After` header: nothing was stored, the same request may be sent again after so many seconds.
    #[must_use]
    pub fn retry_after_s(mut self, seconds: u32) -> Self {
        self.retry_after_s = Some(seconds);
        self
    }

    /// The HTTP status.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    /// The stable word for programs: the last part of `type`.
    #[must_use]
    pub fn code(&self) -> &str {
        self.kind.rsplit(':').next().unwrap_or_default()
    }

    /// What to show a person, in both languages.
    #[must_use]
    pub fn title(&self) -> Text {
        Text::new(&self.title, &self.title_en)
    }

    /// The fields at fault.
    #[must_use]
    pub fn field_errors(&self) -> &[FieldError] {
        &self.errors
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let body = serde_json::to_vec(&self).unwrap_or_default();
        let mut response = (self.status(), body).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        headers.insert(header::CONTENT_LANGUAGE, HeaderValue::from_static("vi, en"));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if let Some(seconds) = self.retry_after_s {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        if self.status == StatusCode::UNAUTHORIZED.as_u16() {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::body::to_bytes;

    #[tokio::test]
    async fn a_problem_speaks_both_languages_and_names_its_fields() {
        let problem = Problem::new(StatusCode::SERVICE_UNAVAILABLE, "busy", Text::new("Đang bận", "Busy"))
            .detail(Text::new("Chưa lưu gì", "Nothing was stored"))
            .errors(vec![FieldError {
                field: "/data/rating".into(),
                code: "range".into(),
                vi: "từ 1 đến 5".into(),
                en: "from 1 to 5".into(),
            }])
            .retry_after_s(2);
        assert_eq!(problem.code(), "busy");
        let response = problem.into_response();
        assert_eq!(response.status(), 503);
        assert_eq!(response.headers()[header::CONTENT_TYPE], "application/problem+json");
        assert_eq!(response.headers()[header::RETRY_AFTER], "2");
        let body = to_bytes(response.into_body(), usize::MAX).await.unwrap();
        let value: serde_json::Value = serde_json::from_slice(&body).unwrap();
        assert_eq!(value["type"], "urn:danvan:problem:busy");
        assert_eq!(value["title"], "Đang bận");
        assert_eq!(value["detail_en"], "Nothing was stored");
        assert_eq!(value["errors"][0]["field"], "/data/rating");
    }
}
