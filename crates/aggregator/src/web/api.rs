//! The public JSON API. `schemas/api/aggregator.md` describes every answer.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use danvan_event::UnitId;
use danvan_projection::Period;
use danvan_tlog::leaf_hash;
use serde_json::{Value, json};

use super::breakdown::feedback_by_kind;
use super::completeness::{Completeness, Holding};
use super::parameters::{Parameters, Segments, index};
use super::period::publication_json;
use super::problems::Refusal;
use super::request::{answer, fresh};
use super::unit_logs::UnitLogs;
use super::{Face, off_thread, problems, published_files, succession, unit_catalogues};
use crate::publication::{PublicationReadError, Published};
use crate::shelf::ShelfError;
use crate::standing::{Standing, stand};

/// The ranking of a period as it stands; the one that is kept current costs nothing.
pub(crate) fn standing(face: &Face, period: &Period) -> Result<Arc<Standing>, ShelfError> {
    if *period == face.period {
        return Ok(Arc::clone(&face.standing.borrow()));
    }
    stand(&face.mirror, period, face.clock.now().get()).map(Arc::new)
}

/// The publication that says exactly this, if it is the period's last one.
pub(crate) fn official(published: &[Published], digest: &str) -> Option<Published> {
    published.last().filter(|last| last.fact.output_sha256 == digest).cloned()
}

pub(crate) async fn ranking(State(face): State<Arc<Face>>, parameters: Parameters) -> Response {
    off_thread(face, move |face| answer(ranking_now(face, &parameters).map(fresh))).await
}

fn ranking_now(face: &Face, parameters: &Parameters) -> Result<Value, Refusal> {
    let period = parameters.period()?.unwrap_or(face.period);
    let standing = standing(face, &period).map_err(|error| problems::internal(&error))?;
    let official = official(&face.mirror.published(&period), &standing.digest);
    let mut document: Value = serde_json::to_value(&standing.ranking).map_err(|error| problems::internal(&error))?;
    document["sha256"] = json!(standing.digest);
    document["state"] = json!(if official.is_some() { "official" } else { "provisional" });
    document["own_log_size"] = json!(standing.size);
    document["completeness"] = completeness_json(face);
    if let Some(published) = official {
        document["publication"] = publication_json(face, &published);
    }
    Ok(document)
}

/// How much of what is known has been received.
pub(crate) fn completeness_json(face: &Face) -> Value {
    let complete = Completeness::of(face, &face.mirror.reading.model());
    json!({
        "units": complete.total(),
        "units_received": complete.present(),
        "entries_known": complete.known(),
        "entries_received": complete.held(),
    })
}

pub(crate) async fn published(State(face): State<Arc<Face>>) -> Response {
    off_thread(face, |face| {
        let mut periods: Vec<Period> = {
            let model = face.mirror.reading.model();
            model.registry().publications().iter().filter_map(|held| held.fact.period.parse().ok()).collect()
        };
        periods.sort_unstable();
        periods.dedup();
        let all: Vec<Value> = periods
            .iter()
            .flat_map(|period| face.mirror.published(period))
            .map(|one| publication_json(face, &one))
            .collect();
        Json(json!({ "publications": all })).into_response()
    })
    .await
}

/// The exact bytes of a published ranking: their SHA-256 is its `output_sha256`.
pub(crate) async fn publication(State(face): State<Arc<Face>>, place: Result<Segments<String>, Refusal>) -> Response {
    off_thread(face, move |face| match documents(face, place) {
        Ok(ranking) => ([(header::CONTENT_TYPE, "application/json")], ranking).into_response(),
        Err(problem) => problem.into_response(),
    })
    .await
}

fn documents(face: &Face, place: Result<Segments<String>, Refusal>) -> Result<Vec<u8>, Refusal> {
    let Segments(place) = place?;
    let documents = face.mirror.documents(index("/index", &place)?).map_err(|error| match error {
        PublicationReadError::None(_) => problems::not_found("bản công bố", "publication"),
        other => problems::internal(&other),
    })?;
    Ok(documents.ranking)
}

pub(crate) async fn unit(
    State(face): State<Arc<Face>>,
    unit: Result<Segments<String>, Refusal>,
    parameters: Parameters,
) -> Response {
    off_thread(face, move |face| answer(unit.and_then(|Segments(unit)| unit_now(face, &unit, &parameters)).map(fresh)))
        .await
}

fn unit_now(face: &Face, unit: &str, parameters: &Parameters) -> Result<Value, Refusal> {
    let missing = || problems::not_found("đơn vị", "unit");
    let period = parameters.period()?.unwrap_or(face.period);
    let unit: UnitId = unit.parse().map_err(|_| missing())?;
    let rulebook = face.mirror.rules_of(&period).map_err(|error| problems::internal(&error))?;
    let (explanation, model) = face.mirror.explain(&rulebook, &period, &unit).ok_or_else(missing)?;
    let complete = Completeness::of(face, &model);
    let mut document = serde_json::to_value(&explanation).map_err(|error| problems::internal(&error))?;
    document["succession"] = succession::json(&succession::of(face, model.registry(), &unit));
    if let Some(holding) = complete.unit(&unit) {
        document["log"] = holding_json(holding);
    }
    let flagged = model.unit(&unit).map(|known| {
        let flags = known.flagged().iter();
        flags.map(|(at, reason)| json!({ "index": at.index(), "reason": reason.code() })).collect::<Vec<_>>()
    });
    document["flagged"] = json!(flagged.unwrap_or_default());
    if let Some(assigned) = published_files::assigned(face, model.registry(), &unit) {
        document["assigned"] = assigned;
    }
    let now = model.registry().now();
    if let Some(table) = model.unit(&unit).and_then(|known| feedback_by_kind(known, &period, now)) {
        document["feedback_by_kind"] = table;
    }
    let places = model.unit(&unit).map(unit_catalogues::places).unwrap_or_default();
    let logs = UnitLogs::of(model.registry(), &unit);
    // What follows reads the disk; the fold goes on meanwhile.
    drop(model);
    let used = logs.map_or_else(|| Ok(Vec::new()), |logs| unit_catalogues::json(face, &logs, &places))?;
    document["catalogues"] = json!(used);
    Ok(document)
}

pub(crate) async fn entry(
    State(face): State<Arc<Face>>,
    place: Result<Segments<(String, String)>, Refusal>,
) -> Response {
    off_thread(face, move |face| {
        answer(place.and_then(|Segments((unit, place))| entry_now(face, &unit, &place)).map(fresh))
    })
    .await
}

fn entry_now(face: &Face, unit: &str, place: &str) -> Result<Value, Refusal> {
    let missing = || problems::not_found("mục", "entry");
    let index = index("/index", place)?;
    let unit: UnitId = unit.parse().map_err(|_| missing())?;
    let logs = UnitLogs::of(face.mirror.reading.model().registry(), &unit).ok_or_else(missing)?;
    let (origin, index) = logs.place(index).ok_or_else(missing)?;
    let found = face.mirror.archive.entries(origin, vec![index]).map_err(|error| problems::internal(&error))?;
    let found = found.into_iter().next().ok_or_else(missing)?;
    Ok(json!({
        "origin": origin,
        "index": found.index,
        "entry": String::from_utf8_lossy(&found.bytes),
        "leaf_hash": leaf_hash(&found.bytes),
        "batch": { "start": found.held.range.start(), "end": found.held.range.end(), "own_index": found.held.own },
    }))
}

pub(crate) async fn fleet(State(face): State<Arc<Face>>) -> Response {
    off_thread(face, |face| {
        let model = face.mirror.reading.model();
        let complete = Completeness::of(face, &model);
        let registry = model.registry();
        let flagged: usize = registry.flagged().values().map(std::collections::BTreeMap::len).sum();
        let units: Vec<Value> = complete
            .units
            .iter()
            .map(|holding| {
                let mut row = holding_json(holding);
                row["unit"] = json!(holding.unit);
                row["name"] = json!(registry.units().get(&holding.unit).map(|held| held.fact.name.clone()));
                let of_origin = holding.origin.as_ref().and_then(|origin| registry.flagged().get(origin));
                row["flagged"] = json!(of_origin.map_or(0, std::collections::BTreeMap::len));
                row
            })
            .collect();
        Json(json!({ "units": units, "entries": complete.held(), "flagged": flagged })).into_response()
    })
    .await
}

fn holding_json(holding: &Holding) -> Value {
    let mut row = json!({
        "origin": holding.origin,
        "size": holding.held,
        "known": holding.known,
        "forked": holding.forked,
    });
    if let Some(seen) = &holding.sighting {
        row["heartbeat"] = json!({ "seen_at_ms": seen.at.get(), "said": seen.heartbeat });
    }
    row
}
