//! `/units/{unit}/entries/{index}`: one entry, what proves it, and its exact bytes.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::response::Response;
use danvan_event::{Entry, UnitId};
use danvan_tlog::{Index, Origin, leaf_hash};
use danvan_ui::{Pair, Preferences, date_time, page};

use super::unit_page::{flag_of, log_of};
use super::view::{EntryPage, Term};
use super::{Face, off_thread, shell, timeline};
use crate::archive::{ArchiveError, Found};

pub(crate) async fn show(
    State(face): State<Arc<Face>>,
    preferences: Preferences,
    Path((unit, index)): Path<(String, u64)>,
) -> Response {
    off_thread(face, move |face| {
        let path = format!("/units/{unit}/entries/{index}");
        match read(face, &unit, index) {
            Ok(Some(scene)) => scene.page(face, preferences, &path),
            Ok(None) => shell::missing(face, preferences, &path),
            Err(error) => shell::broken(face, preferences, &path, &error),
        }
    })
    .await
}

struct Scene {
    unit: UnitId,
    name: String,
    origin: Origin,
    found: Found,
    held_since: String,
    checkpoint: String,
}

fn read(face: &Face, unit: &str, index: u64) -> Result<Option<Scene>, ArchiveError> {
    let Some((unit, index)) = unit.parse::<UnitId>().ok().zip(Index::new(index)) else { return Ok(None) };
    let Some((origin, name)) = log_of(face, &unit) else { return Ok(None) };
    let archive = &face.mirror.archive;
    let Some(found) = archive.entries(&origin, vec![index])?.into_iter().next() else { return Ok(None) };
    let checkpoint = String::from_utf8_lossy(&archive.read(found.held)?.note().to_bytes()).into_owned();
    let own = face.mirror.ledger.read_one(found.held.own)?;
    let held_since = Entry::parse(own.entry).map_or_else(|_| "–".to_owned(), |own| date_time(own.time().as_millis()));
    Ok(Some(Scene { unit, name, origin, found, held_since, checkpoint }))
}

impl Scene {
    fn page(self, face: &Face, preferences: Preferences, path: &str) -> Response {
        let Found { index, bytes, held } = self.found;
        let entry = Entry::parse(bytes.clone()).ok();
        let title = entry
            .as_ref()
            .map_or_else(|| Pair::new("Mục không đọc được", "An entry that cannot be read"), timeline::title);
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let flag = flag_of(face, &self.unit, index);
        page(&EntryPage {
            frame: shell::frame(face, &format!("Mục {index}, {}", self.name), path, preferences, None),
            unit: self.unit.to_string(),
            unit_name: self.name,
            origin: self.origin.to_string(),
            index: index.get(),
            previous: index.get().checked_sub(1),
            next: Index::new(index.get() + 1)
                .filter(|next| face.mirror.archive.covering(&self.origin, *next).is_some())
                .map(Index::get),
            title,
            synthetic: entry.as_ref().is_some_and(Entry::synthetic),
            flag,
            facts: entry.as_ref().map(facts).unwrap_or_default(),
            pretty: pretty(entry.as_ref(), &text),
            hides_personal: text.contains("\"_sd\":["),
            leaf: leaf_hash(&bytes).to_string(),
            batch_start: held.range.start().get(),
            batch_end: held.range.end().get(),
            own_index: held.own.get(),
            held_since: self.held_since,
            checkpoint: self.checkpoint,
            bytes: text,
        })
    }
}

fn facts(entry: &Entry) -> Vec<Term> {
    vec![
        Term::new("Xảy ra lúc", "Happened", date_time(entry.time().as_millis())),
        Term::new("Ghi lúc", "Recorded", date_time(entry.recordedtime().as_millis())),
        Term::new("Loại", "Type", entry.event_type().to_string()),
        Term::new("Về", "About", entry.subject()),
        Term::new("Mã", "Id", entry.id().to_string()),
    ]
}

/// The data on several lines; the whole text as it is when it is no entry.
fn pretty(entry: Option<&Entry>, text: &str) -> String {
    let data = entry.map(|entry| entry.data().to_bytes());
    let value: Option<serde_json::Value> = data.and_then(|bytes| serde_json::from_slice(&bytes).ok());
    value.and_then(|value| serde_json::to_string_pretty(&value).ok()).unwrap_or_else(|| text.to_owned())
}
