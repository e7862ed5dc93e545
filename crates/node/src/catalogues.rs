//! `GET /api/v1/catalogues`: the pledge catalogues of the unit, as its own log has them.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use danvan_event::{Entry, Event, EventId, PledgeCatalogPublished};
use danvan_ledger::Place;
use danvan_projection::{Catalogue, Evidence};
use serde_json::{Value, json};

use crate::api::placed;
use crate::face::Face;
use crate::history::place_of;
use crate::intake::Intake;
use crate::refusal::Refusal;

/// A catalogue with the event that published it.
pub(crate) struct Published {
    pub(crate) id: EventId,
    pub(crate) place: Place,
    pub(crate) said: PledgeCatalogPublished,
}

/// `GET /api/v1/catalogues`.
pub(crate) async fn get_catalogues(State(face): State<Arc<Face>>) -> Response {
    if !face.intake.gate.is_open() {
        return Refusal::Starting.into_response();
    }
    let intake = face.intake.clone();
    match tokio::task::spawn_blocking(move || listed(&intake)).await {
        Ok(rows) => Json(json!({ "catalogues": rows })).into_response(),
        Err(_) => Refusal::Failing.into_response(),
    }
}

/// What the entry at this place published; `None` where it is no catalogue or cannot be read.
pub(crate) fn published_at(intake: &Intake, at: Evidence) -> Option<Published> {
    let place = place_of(at)?;
    let entry = Entry::parse(intake.history.read_one(place).ok()?.entry).ok()?;
    match entry.event() {
        Event::PledgeCatalogPublished(said) => Some(Published { id: entry.id(), place, said: said.clone() }),
        _ => None,
    }
}

/// Each version where it was published last, in the order of the log.
fn listed(intake: &Intake) -> Vec<Value> {
    let places = intake.recorder.look(|known| {
        let versions = known.catalogues().values().flat_map(Catalogue::versions);
        let mut places: Vec<Evidence> = versions.map(|(_, fact)| fact.evidence).collect();
        places.sort_unstable();
        places
    });
    let published = places.unwrap_or_default().into_iter().filter_map(|at| published_at(intake, at));
    published.map(|one| row(&one)).collect()
}

/// The data of the event with its id and its place.
fn row(published: &Published) -> Value {
    let mut row = placed(published.id, published.place);
    if let (Value::Object(row), Value::Object(said)) = (&mut row, json!(published.said)) {
        row.extend(said);
    }
    row
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::testbed::{Bed, id};

    #[tokio::test]
    async fn a_catalogue_is_listed_where_it_was_published_last_and_no_more_once_it_was_revoked() {
        let bed = Bed::new().await;
        let listed = async || bed.get("/api/v1/catalogues").await.json()["catalogues"].clone();
        let publish = async |number: u8, version: &str, label: &str| {
            let groups = json!([{ "code": "biet", "label": label, "count": 5 }]);
            let form = json!({
                "specversion": "1.0", "type": "vn.danvan.pledge.catalog_published.v1", "id": id(number),
                "data": { "catalog": "mau", "version": version, "groups": groups },
            });
            assert_eq!(bed.post(&form).await.status, 201);
        };
        assert_eq!(listed().await, json!([]));
        publish(1, "1", "5 biết").await;
        publish(2, "2", "5 biết").await;
        publish(3, "1", "5 hiểu").await;
        let groups = |label: &str| json!([{ "code": "biet", "label": label, "count": 5 }]);
        let second = json!({ "id": id(2), "index": 2, "catalog": "mau", "version": "2", "groups": groups("5 biết") });
        let again = json!({ "id": id(3), "index": 3, "catalog": "mau", "version": "1", "groups": groups("5 hiểu") });
        assert_eq!(listed().await, json!([second, again]));
        let revoked = json!({
            "specversion": "1.0", "type": "vn.danvan.entry.revoked.v1", "id": id(4),
            "data": { "event": id(2), "reason": "wrong_content" },
        });
        assert_eq!(bed.post(&revoked).await.status, 201);
        assert_eq!(listed().await, json!([again]));
    }

    #[tokio::test]
    async fn a_node_that_has_not_read_its_log_lists_nothing_yet() {
        let bed = Bed::starting().await;
        assert_eq!(bed.get("/api/v1/catalogues").await.status, 503);
    }
}
