//! What is known of periods: how far each has come, who is late, what lies ready to be approved, what was published.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use danvan_event::{Exclusion, UnitId, UnitRegistered};
use danvan_projection::{Approval, Closing, Period, PeriodCourse, REQUIRED_APPROVALS, Reach, Registry, UnitCoverage};
use serde_json::{Value, json};

use super::parameters::Segments;
use super::problems::Refusal;
use super::request::{answer, fresh};
use super::{Face, course, off_thread, problems, words};
use crate::publication::{Published, closing_of};

pub(crate) async fn operators(State(face): State<Arc<Face>>) -> Response {
    off_thread(face, |face| fresh(face.mirror.operators().document())).await
}

pub(crate) async fn all(State(face): State<Arc<Face>>) -> Response {
    off_thread(face, |face| {
        let model = face.mirror.reading.model();
        let registry = model.registry();
        let periods = registry.periods().iter().map(|(period, course)| {
            let state = course.state(registry.now());
            json!({ "period": period, "state": state, "title_vi": state.title_vi(), "title_en": state.title_en() })
        });
        fresh(json!({ "periods": periods.collect::<Vec<_>>() }))
    })
    .await
}

pub(crate) async fn one(State(face): State<Arc<Face>>, period: Result<Segments<String>, Refusal>) -> Response {
    off_thread(face, move |face| answer(one_now(face, period).map(fresh))).await
}

pub(crate) async fn draft(State(face): State<Arc<Face>>, period: Result<Segments<String>, Refusal>) -> Response {
    off_thread(face, move |face| answer(draft_now(face, period).map(fresh))).await
}

fn named(period: Result<Segments<String>, Refusal>) -> Result<Period, Refusal> {
    let Segments(period) = period?;
    period.parse().map_err(|_| problems::bad_period())
}

fn one_now(face: &Face, period: Result<Segments<String>, Refusal>) -> Result<Value, Refusal> {
    let period = named(period)?;
    let coverage = face.mirror.coverage(&period).map_err(|error| problems::internal(&error))?;
    let mut document = match face.mirror.course(&period) {
        Ok(course) => course_json(face, &course),
        Err(_) => json!({ "period": period, "state": "not_open" }),
    };
    document["coverage"] = coverage_json(face, &coverage);
    Ok(document)
}

fn coverage_json(face: &Face, coverage: &[UnitCoverage]) -> Value {
    let model = face.mirror.reading.model();
    let rows = |reach: Reach| {
        let of_reach = coverage.iter().filter(|unit| unit.reach == reach);
        of_reach
            .map(|unit| {
                let mut row =
                    json!({ "unit": unit.unit, "name": name(model.registry(), &unit.unit), "size": unit.size });
                if let Some(last) = unit.last_recorded {
                    row["last_recorded"] = json!(last);
                }
                if let Some(last) = unit.last_received {
                    row["last_received"] = json!(last);
                }
                row
            })
            .collect::<Vec<_>>()
    };
    let covered = coverage.iter().filter(|unit| unit.reach == Reach::Covered).count();
    json!({ "covered": covered, "late": rows(Reach::Late), "absent": rows(Reach::Absent) })
}

/// The draft with its documents, as texts of which the bytes are exactly those that the digests are about.
fn draft_now(face: &Face, period: Result<Segments<String>, Refusal>) -> Result<Value, Refusal> {
    let period = named(period)?;
    let drafted = face.mirror.draft(&period).map_err(|error| course::refusal(face, &period, &error))?;
    let drafted = drafted.ok_or_else(|| problems::not_found("bản dự thảo", "draft"))?;
    let exact = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let model = face.mirror.reading.model();
    Ok(json!({
        "draft": drafted.draft,
        "draft_sha256": drafted.closing.draft_sha256(),
        "inputs": exact(&drafted.documents.inputs),
        "ranking": exact(&drafted.documents.ranking),
        "closing": closing_json(model.registry(), &drafted.closing),
    }))
}

/// How far a period has come.
pub(crate) fn course_json(face: &Face, course: &PeriodCourse) -> Value {
    let published: Vec<Value> =
        face.mirror.published(course.period()).iter().map(|one| publication_json(face, one)).collect();
    let model = face.mirror.reading.model();
    let registry = model.registry();
    let state = course.state(registry.now());
    let (opened, fixed) = (course.opened(), course.rulebook_fixed());
    let mut document = json!({
        "period": course.period(),
        "state": state,
        "title_vi": state.title_vi(),
        "title_en": state.title_en(),
        "opened": {
            "index": opened.evidence,
            "at": course.opened_at(),
            "rulebook_sha256": opened.fact.rulebook_sha256,
            "rulebook_fixed": fixed,
            "rulebook_fixed_vi": fixed.title_vi(),
            "rulebook_fixed_en": fixed.title_en(),
        },
        "approvals_required": REQUIRED_APPROVALS,
        "publications": published,
    });
    if let Some(pending) = course.pending() {
        document["closing"] = closing_json(registry, pending);
    }
    document
}

fn closing_json(registry: &Registry, closing: &Closing) -> Value {
    let fact = &closing.closed.fact;
    let waiting = fact.waiting.iter().map(|unit| json!({ "unit": unit, "name": name(registry, unit) }));
    let mut document = json!({
        "index": closing.closed.evidence,
        "cut": fact.cut,
        "waiting": waiting.collect::<Vec<_>>(),
        "excluded": excluded_json(registry, &fact.excluded),
        "approvals": approvals_json(&closing.approvals),
    });
    if let Some(digest) = closing.draft_sha256() {
        document["draft_sha256"] = json!(digest);
    }
    if let (Some(earlier), Some(reason)) = (&fact.supersedes, &fact.reason) {
        document["supersedes"] = json!({ "index": earlier.index });
        document["reason"] = json!(reason);
    }
    document
}

fn excluded_json(registry: &Registry, excluded: &[Exclusion]) -> Vec<Value> {
    let rows = excluded.iter();
    rows.map(|one| json!({ "unit": one.unit, "name": name(registry, &one.unit), "reason": one.reason })).collect()
}

fn approvals_json(approvals: &[Approval]) -> Vec<Value> {
    let rows = approvals.iter();
    rows.map(|one| json!({ "index": one.evidence, "post": one.post, "vkey": one.vkey })).collect()
}

fn name(registry: &Registry, unit: &UnitId) -> String {
    let registered: Option<&UnitRegistered> = registry.units().get(unit).map(|held| &held.fact);
    words::unit_name(unit, registered)
}

/// A publication as the API tells it.
pub(crate) fn publication_json(face: &Face, published: &Published) -> Value {
    let said = &published.fact;
    let model = face.mirror.reading.model();
    let registry = model.registry();
    let course = said.period.parse().ok().and_then(|period: Period| registry.periods().get(&period));
    let approvals =
        course.and_then(|course| closing_of(course, said)).map(|closing| approvals_json(&closing.approvals));
    let mut document = json!({
        "index": published.index,
        "number": published.number,
        "period": said.period,
        "cut": said.cut,
        "inputs_count": said.inputs_count,
        "inputs_sha256": said.inputs_sha256,
        "output_sha256": said.output_sha256,
        "rulebook_sha256": said.rulebook_sha256,
        "engine": said.engine,
        "draft_sha256": said.draft_sha256,
        "approvals": approvals.unwrap_or_default(),
        "excluded": excluded_json(registry, &said.excluded),
    });
    if let (Some(earlier), Some(reason)) = (&said.supersedes, &said.reason) {
        document["supersedes"] = json!({ "index": earlier.index });
        document["reason"] = json!(reason);
    }
    document
}
