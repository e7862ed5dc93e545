//! What an operator's request says: read so that everything that is wrong with it is named at once.

use std::fmt::Display;
use std::str::FromStr;

use axum::Json;
use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use danvan_daemon::{FieldError, bearer_token};
use serde::Serialize;
use serde_json::{Map, Value};

use super::problems::{Refusal, field_error};
use super::{Face, MAX_BODY_BYTES, problems};

/// A body as axum read it, or why it could not.
pub(crate) type Body = Result<Bytes, BytesRejection>;

pub(crate) fn answer(outcome: Result<Response, Refusal>) -> Response {
    outcome.unwrap_or_else(IntoResponse::into_response)
}

/// A document that changes while entries arrive: whoever keeps it asks again before showing it.
pub(crate) fn fresh(document: impl Serialize) -> Response {
    ([(header::CACHE_CONTROL, "no-cache")], Json(document)).into_response()
}

/// The texts that an operator's request consists of.
pub(crate) fn asked<const N: usize>(
    face: &Face,
    headers: &HeaderMap,
    body: Body,
    names: [&str; N],
) -> Result<[String; N], Refusal> {
    members(face, headers, body, &names, &[]).map(|members| names.map(|name| text(&members, name)))
}

/// The members of an operator's request: texts that must be there, and others of any kind that may be.
pub(crate) fn members(
    face: &Face,
    headers: &HeaderMap,
    body: Body,
    texts: &[&str],
    others: &[&str],
) -> Result<Map<String, Value>, Refusal> {
    authorised(face, headers)?;
    let body = whole(body, MAX_BODY_BYTES)?;
    let members: Map<String, Value> = serde_json::from_slice(&body).map_err(|error| {
        let en = format!("The body is a JSON object: {error}.");
        wrong(vec![field_error("", "json", "Nội dung phải là một đối tượng JSON.", en)])
    })?;
    let unknown = members.keys().filter(|name| !texts.contains(&name.as_str()) && !others.contains(&name.as_str()));
    let unknown = unknown.map(|name| named(name, "unknown", "Không có trường này.", "There is no such member."));
    let unfit = texts.iter().filter_map(|name| match members.get(*name) {
        Some(Value::String(_)) => None,
        Some(_) => Some(named(name, "type", "Giá trị phải là văn bản.", "The value is a text.")),
        None => Some(named(name, "missing", "Thiếu trường này.", "This member is missing.")),
    });
    let errors: Vec<FieldError> = unfit.chain(unknown).collect();
    if errors.is_empty() { Ok(members) } else { Err(wrong(errors)) }
}

/// Whether the operator's token is shown.
pub(crate) fn authorised(face: &Face, headers: &HeaderMap) -> Result<(), Refusal> {
    let shown = bearer_token(headers).is_some_and(|shown| face.operator.matches(shown));
    if shown { Ok(()) } else { Err(problems::unauthorized()) }
}

/// The body, if all of it came and it is not longer than the route takes.
pub(crate) fn whole(body: Body, max_bytes: usize) -> Result<Bytes, Refusal> {
    body.map_err(|rejection| match rejection.into_response().status() {
        StatusCode::PAYLOAD_TOO_LARGE => problems::too_large(max_bytes),
        _ => wrong(vec![field_error("", "unread", "Nội dung không đến đủ.", "The body did not arrive whole.")]),
    })
}

pub(crate) fn wrong(errors: Vec<FieldError>) -> Refusal {
    problems::bad_fields(StatusCode::UNPROCESSABLE_ENTITY, errors)
}

/// A text that [`members`] has found to be there.
pub(crate) fn text(members: &Map<String, Value>, name: &str) -> String {
    members.get(name).and_then(Value::as_str).unwrap_or_default().to_owned()
}

/// A text that may be left out.
pub(crate) fn optional_text(members: &Map<String, Value>, name: &str) -> Result<Option<String>, Refusal> {
    match members.get(name) {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.clone())),
        Some(_) => Err(wrong(vec![named(name, "type", "Giá trị phải là văn bản.", "The value is a text.")])),
    }
}

fn named(name: &str, code: &str, vi: &str, en: &str) -> FieldError {
    // The two characters that a JSON pointer escapes (RFC 6901).
    field_error(&format!("/{}", name.replace('~', "~0").replace('/', "~1")), code, vi, en)
}

pub(crate) fn field<T: FromStr<Err: Display>>(pointer: &str, text: &str, vi: &str) -> Result<T, Refusal> {
    text.parse().map_err(|error: T::Err| problems::bad_field(pointer, "value", vi, error.to_string()))
}
