//! The steps of a period, asked for with the operator's token: open, close, approve, publish.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use danvan_daemon::FieldError;
use danvan_event::Exclusion;
use danvan_projection::{FlagReason, Period, REQUIRED_APPROVALS, Rule};
use serde_json::{Map, Value};

use super::period::{course_json, publication_json};
use super::problems::{Refusal, field_error};
use super::request::{Body, answer, asked, field, members, optional_text, text, wrong};
use super::{Face, off_thread, problems, words};
use crate::approval::SignedApproval;
use crate::closing::{CloseOrder, Stated};
use crate::course::CourseError;
use crate::shelf::ShelfError;
use crate::standing::{renew, stand};

pub(crate) async fn open(State(face): State<Arc<Face>>, headers: HeaderMap, body: Body) -> Response {
    off_thread(face, move |face| answer(open_now(face, &headers, body))).await
}

pub(crate) async fn close(State(face): State<Arc<Face>>, headers: HeaderMap, body: Body) -> Response {
    off_thread(face, move |face| answer(close_now(face, &headers, body))).await
}

pub(crate) async fn approve(State(face): State<Arc<Face>>, headers: HeaderMap, body: Body) -> Response {
    off_thread(face, move |face| answer(approve_now(face, &headers, body))).await
}

pub(crate) async fn publish(State(face): State<Arc<Face>>, headers: HeaderMap, body: Body) -> Response {
    off_thread(face, move |face| answer(publish_now(face, &headers, body))).await
}

fn open_now(face: &Face, headers: &HeaderMap, body: Body) -> Result<Response, Refusal> {
    let members = members(face, headers, body, &["period"], &["rulebook_sha256"])?;
    let period = period_of(&members)?;
    let rulebook = optional_text(&members, "rulebook_sha256")?;
    let stated = face.mirror.open_period(&period, rulebook.as_deref());
    stepped(face, &period, stated.map_err(|error| refusal(face, &period, &error))?)
}

fn close_now(face: &Face, headers: &HeaderMap, body: Body) -> Result<Response, Refusal> {
    let members = members(face, headers, body, &["period"], &["exclude", "reason"])?;
    let period = period_of(&members)?;
    let excluded = members.get("exclude").map(exclusions).transpose()?.unwrap_or_default();
    let order = CloseOrder { period, excluded, reason: optional_text(&members, "reason")? };
    let stated = face.mirror.close_period(&order);
    stepped(face, &period, stated.map_err(|error| refusal(face, &period, &error))?)
}

fn approve_now(face: &Face, headers: &HeaderMap, body: Body) -> Result<Response, Refusal> {
    let [period, draft_sha256, vkey, sig] = asked(face, headers, body, ["period", "draft_sha256", "vkey", "sig"])?;
    let period: Period = period.parse().map_err(|_| problems::bad_period())?;
    let vkey = field("/vkey", &vkey, "Khoá xác minh của người phê duyệt không đúng dạng.")?;
    let approval = SignedApproval { period, draft_sha256, vkey, sig };
    let index = face.mirror.approve(&approval).map_err(|error| refusal(face, &period, &error))?;
    stepped(face, &period, Stated { index, again: false })
}

fn publish_now(face: &Face, headers: &HeaderMap, body: Body) -> Result<Response, Refusal> {
    let members = members(face, headers, body, &["period"], &["draft_sha256"])?;
    let period = period_of(&members)?;
    let draft = optional_text(&members, "draft_sha256")?;
    let published = face.mirror.publish(&period, draft.as_deref());
    let published = published.map_err(|error| refusal(face, &period, &error))?;
    settle(face, &period)?;
    let status = if published.again { StatusCode::OK } else { StatusCode::CREATED };
    let mut document = publication_json(face, &published);
    document["again"] = published.again.into();
    Ok((status, Json(document)).into_response())
}

fn period_of(members: &Map<String, Value>) -> Result<Period, Refusal> {
    text(members, "period").parse().map_err(|_| problems::bad_period())
}

/// `[{"unit", "reason"}]`
fn exclusions(value: &Value) -> Result<Vec<Exclusion>, Refusal> {
    serde_json::from_value(value.clone()).map_err(|error| {
        let vi = "Danh sách đơn vị không đưa vào: mỗi dòng gồm unit và reason.";
        wrong(vec![field_error("/exclude", "value", vi, format!("A list of units with reasons: {error}."))])
    })
}

/// The answer to a step: where the period stands now.
fn stepped(face: &Face, period: &Period, stated: Stated) -> Result<Response, Refusal> {
    settle(face, period)?;
    let course = face.mirror.course(period).map_err(|error| refusal(face, period, &error))?;
    let mut document = course_json(face, &course);
    document["index"] = serde_json::json!(stated.index);
    document["again"] = stated.again.into();
    let status = if stated.again { StatusCode::OK } else { StatusCode::CREATED };
    Ok((status, Json(document)).into_response())
}

/// So that whoever asked can audit at once, and every open page hears of it: a cosigned checkpoint of the own log covers what
/// was stated, and the ranking is the one of today.
fn settle(face: &Face, period: &Period) -> Result<(), Refusal> {
    face.mirror.notary.cosign_own(&face.mirror.ledger).map_err(|error| problems::internal(&error))?;
    if *period == face.period {
        let standing = stand(&face.mirror, period, face.clock.now().get());
        renew(&face.standing, standing.map_err(|error| problems::internal(&error))?);
    }
    Ok(())
}

/// Why a step was not taken, and everything that is missing.
pub(crate) fn refusal(face: &Face, period: &Period, error: &CourseError) -> Refusal {
    match error {
        CourseError::Refused(reason) => {
            let first = field_error(place(*reason), reason.code(), reason.title_vi(), reason.title_en());
            problems::against_rules([first].into_iter().chain(missing(face, period, error)).collect())
        }
        CourseError::NotLate(unit) => {
            let vi = format!("{unit} không thuộc diện chậm dữ liệu của kỳ này nên không được loại ra.");
            let en = format!("{unit} is not late in this period and cannot be left out.");
            problems::against_rules(vec![field_error("/exclude", "not_late", vi, en)])
        }
        CourseError::Shelf(ShelfError::NotAdopted(sha256)) => {
            let vi = "Bộ tiêu chí này chưa được áp dụng.";
            problems::bad_field("/rulebook_sha256", "unknown", vi, format!("No rulebook {sha256} was adopted."))
        }
        CourseError::State(crate::mirror::StateError::Scribe(crate::scribe::ScribeError::Entry(broken))) => {
            let vi = format!("Nội dung không lập được thành một mục: {broken}.");
            problems::against_rules(vec![field_error("", "unfit", vi, format!("It makes no entry: {broken}."))])
        }
        other => problems::internal(other),
    }
}

/// The member of the request that a rule speaks of.
fn place(reason: FlagReason) -> &'static str {
    match reason {
        FlagReason::BadSignature => "/sig",
        FlagReason::Rule(Rule::UnknownOperator | Rule::ApprovedTwice | Rule::ApprovedByPost) => "/vkey",
        FlagReason::Rule(Rule::NotTheDraft) => "/draft_sha256",
        FlagReason::Rule(Rule::ExclusionUnfounded | Rule::PeriodIncomplete) => "/exclude",
        FlagReason::Rule(Rule::AmendmentUnfounded) => "/reason",
        FlagReason::Rule(Rule::RulebookNotAdopted) => "/rulebook_sha256",
        _ => "/period",
    }
}

/// The units that are waited for and the approvals that are there, where the rule is about those.
fn missing(face: &Face, period: &Period, error: &CourseError) -> Vec<FieldError> {
    let model = face.mirror.reading.model();
    let course = model.registry().periods().get(period);
    let Some(closing) = course.and_then(danvan_projection::PeriodCourse::pending) else { return Vec::new() };
    match error.rule() {
        Some(Rule::PeriodWaiting) => {
            let units = closing.closed.fact.waiting.iter();
            let waiting = units.map(|unit| {
                let name = words::unit_name(unit, model.registry().units().get(unit).map(|held| &held.fact));
                let vi = format!("Còn chờ dữ liệu của {name} ({unit}).");
                field_error(
                    "/waiting",
                    "late",
                    vi,
                    format!("The data of {name} ({unit}) has not come to the end of the period."),
                )
            });
            waiting.collect()
        }
        Some(Rule::ApprovalsMissing) => {
            let posts: Vec<&str> = closing.approvals.iter().map(|approval| approval.post.as_str()).collect();
            let more = REQUIRED_APPROVALS.saturating_sub(posts.len());
            let (vi, en) = if posts.is_empty() {
                (
                    format!("Còn thiếu {more} phê duyệt; chưa có phê duyệt nào."),
                    format!("{more} approvals are missing; there is none."),
                )
            } else {
                let posts = posts.join(", ");
                (
                    format!("Còn thiếu {more} phê duyệt; đã có: {posts}."),
                    format!("{more} approvals are missing; given by: {posts}."),
                )
            };
            vec![field_error("/approvals", "missing", vi, en)]
        }
        _ => Vec::new(),
    }
}
