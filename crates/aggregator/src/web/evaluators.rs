//! Whose signatures count as the board's: who is listed, who was, and the statements of an operator about it.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use danvan_event::{EvaluatorVkey, Timestamp};
use serde_json::{Value, json};

use super::admin::refusal;
use super::problems::Refusal;
use super::request::{Body, answer, asked, field, fresh, members, text};
use super::{Face, off_thread, problems};

pub(crate) async fn all(State(face): State<Arc<Face>>) -> Response {
    off_thread(face, |face| fresh(face.mirror.evaluators().document())).await
}

pub(crate) async fn list(State(face): State<Arc<Face>>, headers: HeaderMap, body: Body) -> Response {
    off_thread(face, move |face| answer(list_now(face, &headers, body))).await
}

pub(crate) async fn delist(State(face): State<Arc<Face>>, headers: HeaderMap, body: Body) -> Response {
    off_thread(face, move |face| answer(delist_now(face, &headers, body))).await
}

fn list_now(face: &Face, headers: &HeaderMap, body: Body) -> Result<Response, Refusal> {
    let said = members(face, headers, body, &["vkey", "post"], &["again"])?;
    let again = match said.get("again") {
        None => false,
        Some(Value::Bool(again)) => *again,
        Some(_) => {
            let vi = "Giá trị phải là true hoặc false.";
            return Err(problems::bad_field("/again", "type", vi, "The value is true or false.".to_owned()));
        }
    };
    let vkey = key(&text(&said, "vkey"))?;
    let index = face.mirror.list_evaluator(&vkey, &text(&said, "post"), again).map_err(|error| refusal(&error))?;
    Ok(Json(json!({ "vkey": vkey.to_string(), "index": index })).into_response())
}

fn delist_now(face: &Face, headers: &HeaderMap, body: Body) -> Result<Response, Refusal> {
    let [vkey, since, reason] = asked(face, headers, body, ["vkey", "since", "reason"])?;
    let vkey = key(&vkey)?;
    let since = Timestamp::parse_rfc3339(&since).map_err(|error| {
        let vi = "Thời điểm viết dạng 2024-06-01T07:00:00+07:00, từ năm 2000 đến năm 2199.";
        problems::bad_field("/since", "value", vi, error.to_string())
    })?;
    let delisted = face.mirror.delist_evaluator(&vkey, since, &reason).map_err(|error| refusal(&error))?;
    Ok(Json(json!({ "vkey": vkey.to_string(), "index": delisted.index, "again": delisted.again })).into_response())
}

fn key(text: &str) -> Result<EvaluatorVkey, Refusal> {
    field("/vkey", text, "Khoá xác minh của hội đồng đánh giá không đúng dạng.")
}
