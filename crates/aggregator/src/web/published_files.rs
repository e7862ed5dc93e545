//! Pledge catalogues and unit trees: which were published, their files byte by byte, and publishing one.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use danvan_event::{
    AggregatorAssigned, CatalogueFile, FormError, MAX_FILE_BYTES, Timestamp, UnitId, UnitTree, UnitTreePublished,
};
use danvan_projection::{Day, Registered, Registry};
use danvan_tlog::Index;
use serde_json::{Value, json};

use super::admin::{refusal, refusal_naming};
use super::parameters::{Parameters, Segments, index};
use super::problems::{Refusal, field_error};
use super::request::{Body, answer, authorised, fresh, members, whole, wrong};
use super::{Face, off_thread, problems};
use crate::closing::Stated;

/// The number of an entry in an address.
type Place = Result<Segments<String>, Refusal>;

pub(crate) async fn catalogues(State(face): State<Arc<Face>>) -> Response {
    off_thread(face, |face| answer(all_catalogues(face))).await
}

pub(crate) async fn trees(State(face): State<Arc<Face>>, parameters: Parameters) -> Response {
    off_thread(face, move |face| answer(all_trees(face, &parameters))).await
}

/// The exact bytes of a catalogue's file.
pub(crate) async fn catalogue(State(face): State<Arc<Face>>, place: Place) -> Response {
    off_thread(face, move |face| {
        answer(file(face, place, |registry| places(registry.catalogues()), ("bộ cam kết", "catalogue")))
    })
    .await
}

/// The exact bytes of a tree's file.
pub(crate) async fn tree(State(face): State<Arc<Face>>, place: Place) -> Response {
    off_thread(face, move |face| {
        answer(file(face, place, |registry| places(registry.trees()), ("cây đơn vị", "tree of units")))
    })
    .await
}

pub(crate) async fn publish_catalogue(State(face): State<Arc<Face>>, headers: HeaderMap, body: Body) -> Response {
    off_thread(face, move |face| answer(catalogue_published(face, &headers, body))).await
}

pub(crate) async fn publish_tree(State(face): State<Arc<Face>>, headers: HeaderMap, body: Body) -> Response {
    off_thread(face, move |face| answer(tree_published(face, &headers, body))).await
}

pub(crate) async fn assign(State(face): State<Arc<Face>>, headers: HeaderMap, body: Body) -> Response {
    off_thread(face, move |face| answer(assigned_now(face, &headers, body))).await
}

/// Who gathers the unit today, as the aggregator states it.
pub(crate) fn assigned(face: &Face, registry: &Registry, unit: &UnitId) -> Option<Value> {
    let held = registry.assigned_on(unit, today(face)?)?;
    let said = &held.fact;
    let mut row = json!({
        "index": held.evidence, "aggregator": said.aggregator, "tier": said.tier, "valid_from": said.valid_from,
    });
    if let Some(until) = &said.valid_until {
        row["valid_until"] = json!(until);
    }
    Some(row)
}

fn all_catalogues(face: &Face) -> Result<Response, Refusal> {
    let rows = face.mirror.published_catalogues().map_err(|error| problems::internal(&error))?;
    Ok(fresh(json!({ "catalogues": rows })))
}

fn all_trees(face: &Face, parameters: &Parameters) -> Result<Response, Refusal> {
    let on = match parameters.text("on") {
        Some(text) => Some(text.parse::<Day>().map_err(|_| bad_day())?),
        None => today(face),
    };
    let (held, in_force) = {
        let model = face.mirror.reading.model();
        let in_force = on.and_then(|on| model.registry().tree_on(on)).map(|held| held.evidence);
        (model.registry().trees().to_vec(), in_force)
    };
    let rows = held.iter().map(|held| tree_json(face, held)).collect::<Result<Vec<Value>, Refusal>>()?;
    Ok(fresh(json!({ "on": on.map(|on| on.to_string()), "in_force": in_force, "trees": rows })))
}

fn tree_json(face: &Face, held: &Registered<UnitTreePublished>) -> Result<Value, Refusal> {
    let said = &held.fact;
    let place = Index::new(held.evidence.index()).ok_or_else(|| problems::internal(&"no such entry"))?;
    let title = face.mirror.tree_title(place).map_err(|error| problems::internal(&error))?;
    let mut row = json!({
        "index": held.evidence,
        "tree": said.tree,
        "name_vi": title.vi,
        "name_en": title.en,
        "valid_from": said.valid_from,
        "units_count": said.units_count,
        "sha256": title.sha256,
    });
    for (name, text) in [("valid_until", &said.valid_until), ("doc_no", &said.doc_no)] {
        if let Some(text) = text {
            row[name] = json!(text);
        }
    }
    Ok(row)
}

fn places<Fact>(held: &[Registered<Fact>]) -> Vec<u64> {
    held.iter().map(|held| held.evidence.index()).collect()
}

fn file(
    face: &Face,
    place: Place,
    known: impl Fn(&Registry) -> Vec<u64>,
    (vi, en): (&str, &str),
) -> Result<Response, Refusal> {
    let Segments(place) = place?;
    let place = index("/index", &place)?;
    if !known(face.mirror.reading.model().registry()).contains(&place.get()) {
        return Err(problems::not_found(vi, en));
    }
    let file = face.mirror.attached(place).map_err(|error| problems::internal(&error))?;
    Ok(([(header::CONTENT_TYPE, "application/json")], file).into_response())
}

fn catalogue_published(face: &Face, headers: &HeaderMap, body: Body) -> Result<Response, Refusal> {
    authorised(face, headers)?;
    let file = whole(body, MAX_FILE_BYTES)?;
    let catalogue = CatalogueFile::parse(&file).map_err(|error| faults(&error))?;
    let stated = face.mirror.publish_catalogue(&catalogue, &file).map_err(|error| refusal(&error))?;
    let document = json!({ "catalog": catalogue.catalog, "version": catalogue.version });
    answered(face, stated, document)
}

fn tree_published(face: &Face, headers: &HeaderMap, body: Body) -> Result<Response, Refusal> {
    authorised(face, headers)?;
    let file = whole(body, MAX_FILE_BYTES)?;
    let tree = UnitTree::parse(&file).map_err(|error| faults(&error))?;
    let stated = face.mirror.publish_tree(&tree, &file).map_err(|error| refusal(&error))?;
    answered(face, stated, json!({ "tree": tree.tree }))
}

fn assigned_now(face: &Face, headers: &HeaderMap, body: Body) -> Result<Response, Refusal> {
    let texts = ["aggregator", "tier", "valid_from"];
    let members = members(face, headers, body, &texts, &["units", "valid_until"])?;
    let stated: AggregatorAssigned = serde_json::from_value(Value::Object(members)).map_err(|error| {
        let vi = "units là danh sách mã đơn vị, aggregator là mã cấp tổng hợp.";
        wrong(vec![field_error("", "value", vi, format!("A list of units and the name of an aggregator: {error}."))])
    })?;
    let stated = face.mirror.assign_units(&stated).map_err(|error| {
        let place = |unknown: &UnitId| stated.units.iter().position(|unit| unit == unknown);
        refusal_naming(&error, |unknown| place(unknown).map(|place| format!("/units/{place}")))
    })?;
    answered(face, stated, json!({}))
}

/// What was said is cosigned before the answer.
fn answered(face: &Face, stated: Stated, mut document: Value) -> Result<Response, Refusal> {
    face.mirror.notary.cosign_own(&face.mirror.ledger).map_err(|error| problems::internal(&error))?;
    document["index"] = json!(stated.index);
    document["again"] = json!(stated.again);
    let status = if stated.again { StatusCode::OK } else { StatusCode::CREATED };
    Ok((status, Json(document)).into_response())
}

/// A file with an error is refused whole, with all of its errors.
pub(crate) fn faults(error: &FormError) -> Refusal {
    let each = error.problems.iter();
    wrong(each.map(|fault| field_error(&fault.field, fault.code.as_str(), &*fault.vi, &*fault.en)).collect())
}

fn bad_day() -> Refusal {
    problems::bad_field("/on", "day", "Ngày viết dạng 2025-07-01.", "A day is written 2025-07-01.")
}

/// Today in Vietnam; `None` for a clock that shows no nameable year.
fn today(face: &Face) -> Option<Day> {
    Timestamp::from_millis(face.clock.now().get()).ok().map(Day::of)
}
