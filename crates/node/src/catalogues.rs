//! `GET /api/v1/catalogues`: the pledge catalogues of the unit, as its own log has them.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use danvan_event::{Entry, EntryError, Event, EventId, PledgeCatalogPublished};
use danvan_ledger::{Place, ReadError};
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
        Ok(Ok(rows)) => Json(json!({ "catalogues": rows })).into_response(),
        Ok(Err(error)) => {
            tracing::error!(%error, "the catalogues cannot be listed");
            Refusal::Failing.into_response()
        }
        Err(_) => Refusal::Failing.into_response(),
    }
}

/// Why an entry that published a catalogue cannot be shown.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CatalogueError {
    #[error(transparent)]
    Read(#[from] ReadError),
    #[error(transparent)]
    Entry(#[from] EntryError),
}

/// What the entry at this place published; `None` where it is no catalogue.
pub(crate) fn published_at(intake: &Intake, at: Evidence) -> Result<Option<Published>, CatalogueError> {
    let Some(place) = place_of(at) else { return Ok(None) };
    let entry = Entry::parse(intake.history.read_one(place)?.entry)?;
    Ok(match entry.event() {
        Event::PledgeCatalogPublished(said) => Some(Published { id: entry.id(), place, said: said.clone() }),
        _ => None,
    })
}

/// Each version where it was published last, in the order of the log.
fn listed(intake: &Intake) -> Result<Vec<Value>, CatalogueError> {
    let places = intake.recorder.look(|known| {
        let versions = known.catalogues().values().flat_map(Catalogue::versions);
        let mut places: Vec<Evidence> = versions.map(|(_, fact)| fact.evidence).collect();
        places.sort_unstable();
        places
    });
    let published = places.unwrap_or_default().into_iter().map(|at| published_at(intake, at));
    published.filter_map(|read| read.map(|one| one.map(|one| row(&one))).transpose()).collect()
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
    use std::fs;
    use std::os::unix::fs::FileExt as _;
    use std::path::Path;

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
        publish(3, "1", "5 biết").await;
        let groups = json!([{ "code": "biet", "label": "5 biết", "count": 5 }]);
        let second = json!({ "id": id(2), "index": 2, "catalog": "mau", "version": "2", "groups": groups });
        let again = json!({ "id": id(3), "index": 3, "catalog": "mau", "version": "1", "groups": groups });
        assert_eq!(listed().await, json!([second, again]));
        let revoked = json!({
            "specversion": "1.0", "type": "vn.danvan.entry.revoked.v1", "id": id(4),
            "data": { "event": id(2), "reason": "wrong_content" },
        });
        assert_eq!(bed.post(&revoked).await.status, 201);
        assert_eq!(listed().await, json!([again]));
    }

    /// Flips a bit of the entry of this id in the only segment of the log, while the node runs.
    fn damage(dir: &Path, id: &str) {
        let segment = dir.join("ledger/0000000000.segment");
        let bytes = fs::read(&segment).unwrap();
        let at = bytes.windows(id.len()).position(|window| window == id.as_bytes()).unwrap();
        let file = fs::OpenOptions::new().write(true).open(segment).unwrap();
        file.write_all_at(&[bytes[at] ^ 1], u64::try_from(at).unwrap()).unwrap();
    }

    #[tokio::test]
    async fn a_catalogue_that_cannot_be_read_does_not_make_the_list_shorter() {
        let bed = Bed::new().await;
        let groups = json!([{ "code": "biet", "label": "5 biết", "count": 5 }]);
        for number in [1, 2] {
            let form = json!({
                "specversion": "1.0", "type": "vn.danvan.pledge.catalog_published.v1", "id": id(number),
                "data": { "catalog": "mau", "version": number.to_string(), "groups": groups },
            });
            assert_eq!(bed.post(&form).await.status, 201);
        }
        damage(bed.dir.path(), &id(2));
        let answer = bed.get("/api/v1/catalogues").await;
        assert_eq!((answer.status, &answer.json()["type"]), (503, &json!("urn:danvan:problem:failing")));
    }

    #[tokio::test]
    async fn a_node_that_has_not_read_its_log_lists_nothing_yet() {
        let bed = Bed::starting().await;
        assert_eq!(bed.get("/api/v1/catalogues").await.status, 503);
    }
}
