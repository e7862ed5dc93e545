//! The operator's requests: enrolment, evaluators, publication. All need the token in `operator.token`.

use std::fmt::Display;
use std::str::FromStr;
use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::extract::rejection::BytesRejection;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use danvan_daemon::{FieldError, bearer_token};
use danvan_event::{EvaluatorVkey, UnitId};
use danvan_projection::Period;
use danvan_tlog::VerifierKey;
use serde_json::{Map, Value, json};

use super::problems::{Refusal, field_error};
use super::{Face, MAX_BODY_BYTES, off_thread, problems};
use crate::enrolment::OperationError;
use crate::publication::Published;
use crate::standing::{renew, stand};

/// A body as axum read it, or why it could not.
type Body = Result<Bytes, BytesRejection>;

pub(crate) async fn enrol(State(face): State<Arc<Face>>, headers: HeaderMap, body: Body) -> Response {
    off_thread(face, move |face| answer(enrol_now(face, &headers, body))).await
}

pub(crate) async fn list_evaluator(State(face): State<Arc<Face>>, headers: HeaderMap, body: Body) -> Response {
    off_thread(face, move |face| answer(list_now(face, &headers, body))).await
}

pub(crate) async fn publish(State(face): State<Arc<Face>>, headers: HeaderMap, body: Body) -> Response {
    off_thread(face, move |face| answer(publish_now(face, &headers, body))).await
}

fn answer(outcome: Result<Response, Refusal>) -> Response {
    outcome.unwrap_or_else(IntoResponse::into_response)
}

/// The texts that an operator's request consists of; everything that is wrong with them is named at once.
fn asked<const N: usize>(
    face: &Face,
    headers: &HeaderMap,
    body: Body,
    names: [&str; N],
) -> Result<[String; N], Refusal> {
    if !bearer_token(headers).is_some_and(|shown| face.operator.matches(shown)) {
        return Err(problems::unauthorized());
    }
    let wrong = |errors| problems::bad_fields(StatusCode::UNPROCESSABLE_ENTITY, errors);
    let body = body.map_err(|rejection| match rejection.into_response().status() {
        StatusCode::PAYLOAD_TOO_LARGE => problems::too_large(MAX_BODY_BYTES),
        _ => wrong(vec![field_error("", "unread", "Nội dung không đến đủ.", "The body did not arrive whole.")]),
    })?;
    let members: Map<String, Value> = serde_json::from_slice(&body).map_err(|error| {
        let en = format!("The body is a JSON object: {error}.");
        wrong(vec![field_error("", "json", "Nội dung phải là một đối tượng JSON.", en)])
    })?;
    let unknown = members.keys().filter(|name| !names.contains(&name.as_str()));
    let unknown = unknown.map(|name| named(name, "unknown", "Không có trường này.", "There is no such member."));
    let unfit = names.iter().filter_map(|name| match members.get(*name) {
        Some(Value::String(_)) => None,
        Some(_) => Some(named(name, "type", "Giá trị phải là văn bản.", "The value is a text.")),
        None => Some(named(name, "missing", "Thiếu trường này.", "This member is missing.")),
    });
    let errors: Vec<FieldError> = unfit.chain(unknown).collect();
    if !errors.is_empty() {
        return Err(wrong(errors));
    }
    Ok(names.map(|name| members.get(name).and_then(Value::as_str).unwrap_or_default().to_owned()))
}

fn named(name: &str, code: &str, vi: &str, en: &str) -> FieldError {
    // The two characters that a JSON pointer escapes (RFC 6901).
    field_error(&format!("/{}", name.replace('~', "~0").replace('/', "~1")), code, vi, en)
}

fn field<T: FromStr<Err: Display>>(pointer: &str, text: &str, vi: &str) -> Result<T, Refusal> {
    text.parse().map_err(|error: T::Err| problems::bad_field(pointer, "value", vi, error.to_string()))
}

fn enrol_now(face: &Face, headers: &HeaderMap, body: Body) -> Result<Response, Refusal> {
    let [unit, vkey] = asked(face, headers, body, ["unit", "vkey"])?;
    let unit: UnitId = field("/unit", &unit, "Mã đơn vị viết dạng gso2024-15097.")?;
    let vkey: VerifierKey = field("/vkey", &vkey, "Khoá xác minh phải là nguyên dòng trong tệp log.vkey của trạm.")?;
    let enrolled = face.mirror.enrol(&unit, &vkey).map_err(|error| refusal(&error))?;
    let origin = vkey.name().origin();
    Ok(Json(json!({ "unit": unit, "origin": origin, "index": enrolled.index, "again": enrolled.again }))
        .into_response())
}

fn list_now(face: &Face, headers: &HeaderMap, body: Body) -> Result<Response, Refusal> {
    let [vkey, post] = asked(face, headers, body, ["vkey", "post"])?;
    let vkey: EvaluatorVkey = field("/vkey", &vkey, "Khoá xác minh của hội đồng đánh giá không đúng dạng.")?;
    let index = face.mirror.list_evaluator(&vkey, &post).map_err(|error| refusal(&error))?;
    Ok(Json(json!({ "vkey": vkey.to_string(), "index": index })).into_response())
}

fn publish_now(face: &Face, headers: &HeaderMap, body: Body) -> Result<Response, Refusal> {
    let [period] = asked(face, headers, body, ["period"])?;
    let period: Period = period.parse().map_err(|_| problems::bad_period())?;
    let published = face.mirror.publish(&face.rulebook, &period).map_err(|error| problems::internal(&error))?;
    // So that whoever asked can audit at once: the publication is covered by a cosigned checkpoint of the own log.
    face.mirror.notary.cosign_own(&face.mirror.ledger).map_err(|error| problems::internal(&error))?;
    // So that whoever asked for the ranking next gets this one, and every open page hears of it.
    if period == face.period {
        renew(&face.standing, stand(&face.mirror, &face.rulebook, &period, face.clock.now().get()));
    }
    let status = if published.again { StatusCode::OK } else { StatusCode::CREATED };
    Ok((status, Json(publication_json(&published))).into_response())
}

/// A publication as the API tells it.
pub(crate) fn publication_json(published: &Published) -> Value {
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
