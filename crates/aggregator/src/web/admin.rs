//! Whom the aggregator knows: nodes, operators, and which units went on for which. All of it needs the
//! token in `operator.token`.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use danvan_event::{OperatorVkey, UnitId, UnitSucceeded};
use danvan_tlog::VerifierKey;
use serde_json::{Value, json};

use super::problems::{Refusal, field_error};
use super::request::{Body, answer, asked, field, members, optional_text, text, wrong};
use super::{Face, off_thread, problems};
use crate::enrolment::OperationError;
use crate::mirror::StateError;
use crate::scribe::ScribeError;

pub(crate) async fn enrol(State(face): State<Arc<Face>>, headers: HeaderMap, body: Body) -> Response {
    off_thread(face, move |face| answer(enrol_now(face, &headers, body))).await
}

pub(crate) async fn list_operator(State(face): State<Arc<Face>>, headers: HeaderMap, body: Body) -> Response {
    off_thread(face, move |face| answer(list_operator_now(face, &headers, body))).await
}

pub(crate) async fn delist_operator(State(face): State<Arc<Face>>, headers: HeaderMap, body: Body) -> Response {
    off_thread(face, move |face| answer(delist_operator_now(face, &headers, body))).await
}

pub(crate) async fn succeed(State(face): State<Arc<Face>>, headers: HeaderMap, body: Body) -> Response {
    off_thread(face, move |face| answer(succeed_now(face, &headers, body))).await
}

fn enrol_now(face: &Face, headers: &HeaderMap, body: Body) -> Result<Response, Refusal> {
    let members = members(face, headers, body, &["unit", "vkey"], &["cluster"])?;
    let (unit, vkey) = (text(&members, "unit"), text(&members, "vkey"));
    let cluster = optional_text(&members, "cluster")?;
    let unit: UnitId = field("/unit", &unit, "Mã đơn vị viết dạng gso2024-15097.")?;
    let vkey: VerifierKey =
        field("/vkey", &vkey, "Khoá xác minh phải là nguyên dòng trong tệp keys/node.vkey của trạm.")?;
    let enrolled = face.mirror.enrol_in(&unit, &vkey, cluster.as_deref()).map_err(|error| refusal(&error))?;
    let origin = vkey.name().origin();
    Ok(Json(json!({ "unit": unit, "origin": origin, "index": enrolled.index, "again": enrolled.again }))
        .into_response())
}

fn list_operator_now(face: &Face, headers: &HeaderMap, body: Body) -> Result<Response, Refusal> {
    let [vkey, post] = asked(face, headers, body, ["vkey", "post"])?;
    let vkey: OperatorVkey = field("/vkey", &vkey, "Khoá xác minh của người phê duyệt không đúng dạng.")?;
    let listed = face.mirror.list_operator(&vkey, &post).map_err(|error| refusal(&error))?;
    Ok(Json(json!({ "vkey": vkey.to_string(), "index": listed.index, "again": listed.again })).into_response())
}

fn delist_operator_now(face: &Face, headers: &HeaderMap, body: Body) -> Result<Response, Refusal> {
    let [vkey, reason] = asked(face, headers, body, ["vkey", "reason"])?;
    let vkey: OperatorVkey = field("/vkey", &vkey, "Khoá xác minh của người phê duyệt không đúng dạng.")?;
    let delisted = face.mirror.delist_operator(&vkey, &reason).map_err(|error| refusal(&error))?;
    Ok(Json(json!({ "vkey": vkey.to_string(), "index": delisted.index, "again": delisted.again })).into_response())
}

fn succeed_now(face: &Face, headers: &HeaderMap, body: Body) -> Result<Response, Refusal> {
    let texts = ["effective_on", "doc_no"];
    let members = members(face, headers, body, &texts, &["from_units", "to_units"])?;
    let stated: UnitSucceeded = serde_json::from_value(Value::Object(members)).map_err(|error| {
        let vi = "from_units là danh sách mã đơn vị cũ, to_units là danh sách đơn vị mới dạng {\"unit\": mã}.";
        wrong(vec![field_error("", "value", vi, format!("Lists of the old and the new units: {error}."))])
    })?;
    let stated = face.mirror.succeed_units(&stated).map_err(|error| {
        let mut old = (0..).zip(&stated.from_units).map(|(place, unit)| (format!("/from_units/{place}"), unit));
        let mut new = (0..).zip(&stated.to_units).map(|(place, new)| (format!("/to_units/{place}/unit"), &new.unit));
        refusal_naming(&error, |unknown| {
            let place = old.find(|(_, unit)| *unit == unknown).or_else(|| new.find(|(_, unit)| *unit == unknown));
            place.map(|(pointer, _)| pointer)
        })
    })?;
    face.mirror.notary.cosign_own(&face.mirror.ledger).map_err(|error| problems::internal(&error))?;
    let status = if stated.again { StatusCode::OK } else { StatusCode::CREATED };
    Ok((status, Json(json!({ "index": stated.index, "again": stated.again }))).into_response())
}

/// The refusal of a request that names several units: `place` says where the unknown one stands.
pub(super) fn refusal_naming(error: &OperationError, place: impl FnOnce(&UnitId) -> Option<String>) -> Refusal {
    match error {
        OperationError::UnknownUnit(unknown) => unknown_unit(&place(unknown).unwrap_or_default(), error),
        other => refusal(other),
    }
}

fn unknown_unit(pointer: &str, error: &OperationError) -> Refusal {
    let vi = "Không có đơn vị hành chính này trong danh mục.";
    problems::bad_field(pointer, "unknown-unit", vi, error.to_string())
}

pub(super) fn refusal(error: &OperationError) -> Refusal {
    let en = error.to_string();
    match error {
        OperationError::UnknownUnit(_) => unknown_unit("/unit", error),
        OperationError::ForeignKey { .. } => {
            problems::bad_field("/vkey", "foreign-key", "Khoá này không phải của đơn vị này trong hệ thống này.", en)
        }
        OperationError::WrongRole(_) => problems::bad_field("/vkey", "wrong-role", "Khoá này không dùng để ký sổ.", en),
        OperationError::Post => problems::bad_field("/post", "length", "Chức danh dài từ 1 đến 200 ký tự.", en),
        OperationError::Reason => problems::bad_field("/reason", "length", "Lý do dài từ 1 đến 500 ký tự.", en),
        OperationError::Cluster => {
            problems::bad_field("/cluster", "length", "Tên cụm thi đua dài từ 1 đến 80 ký tự.", en)
        }
        OperationError::DocNo => problems::bad_field("/doc_no", "length", "Số quyết định dài từ 1 đến 60 ký tự.", en),
        OperationError::UnknownOperator(_) => problems::bad_field(
            "/vkey",
            "unknown-operator",
            "Khoá này chưa từng được ghi nhận cho người phê duyệt nào.",
            en,
        ),
        OperationError::UnknownEvaluator(_) => problems::bad_field(
            "/vkey",
            "unknown-evaluator",
            "Khoá này chưa từng được ghi nhận cho hội đồng đánh giá nào.",
            en,
        ),
        OperationError::EvaluatorDelisted(since) => problems::conflict(
            format!(
                "Khoá này đã thôi ghi nhận từ {}. Nếu mọi nội dung khoá đã ký đều được tính lại, ghi rõ là ghi nhận lại (again).",
                danvan_ui::date_time(since.as_millis())
            ),
            en,
        ),
        OperationError::SinceAhead(since) => problems::bad_field(
            "/since",
            "future",
            format!("Thời điểm {} chưa đến.", danvan_ui::date_time(since.as_millis())),
            en,
        ),
        OperationError::KeyInUse(_) => problems::conflict("Sổ này đã ghi nhận với một khoá khác và đã có dữ liệu.", en),
        OperationError::OtherFile { .. } => {
            problems::conflict("Phiên bản này của bộ cam kết đã công bố với một tệp khác.", en)
        }
        OperationError::Attachment(_) => {
            let vi = "Tệp quá lớn: nén lại vẫn vượt quá 1 MiB.";
            wrong(vec![field_error("", "too-large", vi, "The file is over 1 MiB even when it is packed.")])
        }
        OperationError::Refused(reason) => {
            problems::against_rules(vec![field_error("", reason.code(), reason.title_vi(), reason.title_en())])
        }
        OperationError::State(StateError::Scribe(ScribeError::Entry(broken))) => {
            let vi = "Nội dung không lập được thành một mục ghi: có giá trị không đúng quy định.";
            wrong(vec![field_error("", "unfit", vi, format!("It makes no entry: {broken}."))])
        }
        other => problems::internal(other),
    }
}
