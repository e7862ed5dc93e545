//! The operator's requests: enrolment, evaluators, publication. All need the token in `operator.token`.

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use danvan_daemon::bearer_token;
use danvan_event::{EvaluatorVkey, UnitId};
use danvan_projection::Period;
use danvan_tlog::VerifierKey;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::json;

use super::problems::Refusal;
use super::{Face, off_thread, problems};
use crate::enrolment::OperationError;
use crate::publication::Published;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Enrolment {
    unit: String,
    vkey: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Evaluator {
    vkey: String,
    post: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Publication {
    period: String,
}

pub(crate) async fn enrol(State(face): State<Arc<Face>>, headers: HeaderMap, body: Bytes) -> Response {
    off_thread(face, move |face| answer(enrol_now(face, &headers, &body))).await
}

pub(crate) async fn list_evaluator(State(face): State<Arc<Face>>, headers: HeaderMap, body: Bytes) -> Response {
    off_thread(face, move |face| answer(list_now(face, &headers, &body))).await
}

pub(crate) async fn publish(State(face): State<Arc<Face>>, headers: HeaderMap, body: Bytes) -> Response {
    off_thread(face, move |face| answer(publish_now(face, &headers, &body))).await
}

fn answer(outcome: Result<Response, Refusal>) -> Response {
    outcome.unwrap_or_else(IntoResponse::into_response)
}

fn asked<T: DeserializeOwned>(face: &Face, headers: &HeaderMap, body: &[u8]) -> Result<T, Refusal> {
    if !bearer_token(headers).is_some_and(|shown| face.operator.matches(shown)) {
        return Err(problems::unauthorized());
    }
    serde_json::from_slice(body).map_err(|error| {
        problems::bad_field(
            "",
            "shape",
            format!("Nội dung không đúng dạng: {error}"),
            format!("Not of the expected shape: {error}"),
        )
    })
}

fn field<T: std::str::FromStr<Err: std::fmt::Display>>(pointer: &str, text: &str) -> Result<T, Refusal> {
    text.parse().map_err(|error: T::Err| {
        problems::bad_field(pointer, "value", format!("Giá trị không hợp lệ: {error}"), error.to_string())
    })
}

fn enrol_now(face: &Face, headers: &HeaderMap, body: &[u8]) -> Result<Response, Refusal> {
    let Enrolment { unit, vkey } = asked(face, headers, body)?;
    let unit: UnitId = field("/unit", &unit)?;
    let vkey: VerifierKey = field("/vkey", &vkey)?;
    let enrolled = face.mirror.enrol(&unit, &vkey).map_err(|error| refusal(&error))?;
    let origin = vkey.name().origin();
    Ok(Json(json!({ "unit": unit, "origin": origin, "index": enrolled.index, "again": enrolled.again }))
        .into_response())
}

fn list_now(face: &Face, headers: &HeaderMap, body: &[u8]) -> Result<Response, Refusal> {
    let Evaluator { vkey, post } = asked(face, headers, body)?;
    let vkey: EvaluatorVkey = field("/vkey", &vkey)?;
    let index = face.mirror.list_evaluator(&vkey, &post).map_err(|error| refusal(&error))?;
    Ok(Json(json!({ "vkey": vkey.to_string(), "index": index })).into_response())
}

fn publish_now(face: &Face, headers: &HeaderMap, body: &[u8]) -> Result<Response, Refusal> {
    let Publication { period } = asked(face, headers, body)?;
    let period: Period = field("/period", &period)?;
    let published = face.mirror.publish(&face.rulebook, &period).map_err(|error| problems::internal(&error))?;
    // So that whoever asked can audit at once: the publication is covered by a cosigned checkpoint of the own log.
    face.mirror.notary.cosign_own(&face.mirror.ledger).map_err(|error| problems::internal(&error))?;
    let status = if published.again { StatusCode::OK } else { StatusCode::CREATED };
    Ok((status, Json(publication_json(&published))).into_response())
}

/// A publication as the API tells it.
pub(crate) fn publication_json(published: &Published) -> serde_json::Value {
    let fact = &published.fact;
    let mut document = json!({
        "index": published.index,
        "number": published.number,
        "period": fact.period,
        "cut": fact.cut,
        "inputs_count": fact.inputs_count,
        "inputs_sha256": fact.inputs_sha256,
        "output_sha256": fact.output_sha256,
        "rulebook_sha256": fact.rulebook_sha256,
        "engine": fact.engine,
    });
    if let Some(earlier) = &fact.supersedes {
        document["supersedes"] = json!({ "index": earlier.index });
    }
    document
}

fn refusal(error: &OperationError) -> Refusal {
    let en = error.to_string();
    match error {
        OperationError::UnknownUnit(_) => {
            problems::bad_field("/unit", "unknown-unit", "Không có đơn vị hành chính này trong danh mục.", en)
        }
        OperationError::ForeignKey { .. } => {
            problems::bad_field("/vkey", "foreign-key", "Khoá này không phải của đơn vị này trong hệ thống này.", en)
        }
        OperationError::WrongRole(_) => problems::bad_field("/vkey", "wrong-role", "Khoá này không dùng để ký sổ.", en),
        OperationError::Post => problems::bad_field("/post", "length", "Chức danh dài từ 1 đến 200 ký tự.", en),
        OperationError::KeyInUse(_) => problems::conflict("Sổ này đã ghi nhận với một khoá khác và đã có dữ liệu.", en),
        other => problems::internal(other),
    }
}
