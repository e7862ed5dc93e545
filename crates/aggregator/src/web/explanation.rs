//! Every point of a unit down to the events: the explanation with the entries that it names, read when asked for.

use std::collections::BTreeSet;
use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use danvan_event::{Entry, UnitId, known_types};
use danvan_ranking::Explanation;
use danvan_tlog::Index;
use serde_json::{Value, json};

use super::parameters::{Parameters, Segments};
use super::problems::Refusal;
use super::request::{answer, fresh};
use super::unit_logs::UnitLogs;
use super::{Face, off_thread, problems, succession};
use crate::archive::Found;

pub(crate) async fn show(
    State(face): State<Arc<Face>>,
    unit: Result<Segments<String>, Refusal>,
    parameters: Parameters,
) -> Response {
    let shown = move |face: &Face| unit.and_then(|Segments(unit)| explained(face, &unit, &parameters));
    off_thread(face, move |face| answer(shown(face).map(fresh))).await
}

fn explained(face: &Face, unit: &str, parameters: &Parameters) -> Result<Value, Refusal> {
    let missing = || problems::not_found("đơn vị", "unit");
    let period = parameters.period()?.unwrap_or(face.period);
    let unit: UnitId = unit.parse().map_err(|_| missing())?;
    let rulebook = face.mirror.rules_of(&period).map_err(|error| problems::internal(&error))?;
    let (explanation, logs, succession) = {
        let (explanation, model) = face.mirror.explain(&rulebook, &period, &unit).ok_or_else(missing)?;
        let logs = UnitLogs::of(model.registry(), &unit);
        (explanation, logs, succession::of(face, model.registry(), &unit))
    };
    let found = logs.map(|logs| logs.entries(&face.mirror.archive, &evidence(&explanation))).transpose();
    let found = found.map_err(|error| problems::internal(&error))?.unwrap_or_default();
    let entries = found.iter().map(entry_json).collect();
    let mut document = serde_json::to_value(&explanation).map_err(|error| problems::internal(&error))?;
    document["entries"] = Value::Array(entries);
    document["succession"] = succession::json(&succession);
    Ok(document)
}

/// The entries behind any criterion, each once.
fn evidence(explanation: &Explanation) -> Vec<Index> {
    let components = explanation.components.iter().chain(&explanation.bonus);
    let criteria = components.flat_map(|component| &component.criteria);
    let named = criteria.flat_map(|criterion| {
        let counted = criterion.favourable.iter().chain(&criterion.unfavourable);
        counted.chain(&criterion.shown)
    });
    let named: BTreeSet<u64> = named.map(|evidence| evidence.index()).collect();
    named.into_iter().filter_map(Index::new).collect()
}

/// What an entry says; of one that cannot be read, that it is there.
fn entry_json(found: &Found) -> Value {
    let Ok(entry) = Entry::parse(found.bytes.clone()) else { return json!({ "index": found.index }) };
    let info = known_types().iter().find(|info| info.name == entry.event_type().as_str());
    let data: Option<Value> = serde_json::from_slice(&entry.data().to_bytes()).ok();
    json!({
        "index": found.index,
        "id": entry.id(),
        "type": entry.event_type().as_str(),
        "title_vi": info.map(|info| info.title_vi),
        "title_en": info.map(|info| info.title_en),
        "time": entry.time(),
        "recordedtime": entry.recordedtime(),
        "data": data,
    })
}
