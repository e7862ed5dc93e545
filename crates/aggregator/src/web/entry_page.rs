//! `/units/{unit}/entries/{index}`: one entry, what proves it, and its exact bytes.

use axum::response::Response;
use danvan_event::{Entry, UnitId};
use danvan_projection::Evidence;
use danvan_tlog::{Index, Origin, leaf_hash};
use danvan_ui::{Pair, Preferences, date_time, page};

use super::parameters::{self, Segments};
use super::problems::Refusal;
use super::reader::{NoPage, Reader};
use super::unit_logs::UnitLogs;
use super::unit_page::{flag_of, logs_of};
use super::view::{EntryPage, Term};
use super::{Face, shell, synthetic, timeline};
use crate::archive::{ArchiveError, Found};

pub(crate) async fn show(reader: Reader, place: Result<Segments<(String, String)>, Refusal>) -> Response {
    reader
        .shown(move |face, preferences| {
            let Segments((unit, index)) = place?;
            let path = format!("/units/{unit}/entries/{index}");
            let unit: UnitId = unit.parse().map_err(|_| NoPage::Missing)?;
            let index = parameters::index("/index", &index)?;
            match read(face, unit, index) {
                Ok(scene) => Ok(scene.ok_or(NoPage::Missing)?.page(face, preferences, &path)),
                Err(error) => Err(NoPage::broken(&error)),
            }
        })
        .await
}

struct Scene {
    unit: UnitId,
    name: String,
    logs: UnitLogs,
    origin: Origin,
    found: Found,
    held_since: String,
    checkpoint: String,
    clock_simulated: bool,
}

fn read(face: &Face, unit: UnitId, index: Index) -> Result<Option<Scene>, ArchiveError> {
    let Some((logs, name)) = logs_of(face, &unit) else { return Ok(None) };
    let archive = &face.mirror.archive;
    let Some(found) = logs.entries(archive, &[index])?.into_iter().next() else { return Ok(None) };
    let Some((origin, _)) = logs.place(index) else { return Ok(None) };
    let origin = origin.clone();
    let checkpoint = String::from_utf8_lossy(&archive.read(found.held)?.note().to_bytes()).into_owned();
    let own = face.mirror.ledger.read_one(found.held.own)?;
    let held_since = Entry::parse(own.entry).map_or_else(|_| "–".to_owned(), |own| date_time(own.time().as_millis()));
    let clock_simulated = synthetic::runs_simulated_clock(&face.mirror.reading.model(), &unit);
    Ok(Some(Scene { unit, name, logs, origin, found, held_since, checkpoint, clock_simulated }))
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
        let generated = entry.as_ref().is_some_and(Entry::synthetic);
        let notice = (generated || self.clock_simulated).then(|| {
            let attribution = synthetic::attribution(face, &self.unit).filter(|_| !generated);
            synthetic::of_entry(generated).but(attribution, None)
        });
        page(&EntryPage {
            frame: shell::frame(face, &format!("Mục {index}, {}", self.name), path, preferences, None),
            unit: self.unit.to_string(),
            unit_name: self.name,
            origin: self.origin.to_string(),
            index: index.get(),
            previous: Evidence::new(index.get()).index_in_incarnation().checked_sub(1).map(|_| index.get() - 1),
            next: Index::new(index.get() + 1)
                .filter(|next| self.logs.holds(&face.mirror.archive, *next))
                .map(Index::get),
            title,
            synthetic: generated,
            notice,
            flag,
            facts: entry.as_ref().map(|entry| facts(entry, self.clock_simulated)).unwrap_or_default(),
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

/// What stands around the data of an entry. Its `time` is what the form claims, not what anybody has established.
fn facts(entry: &Entry, clock_simulated: bool) -> Vec<Term> {
    let recorded = date_time(entry.recordedtime().as_millis());
    vec![
        Term::new("Thời điểm nêu trong phiếu", "Time claimed in the form", date_time(entry.time().as_millis())),
        if clock_simulated {
            Term::new("Ghi lúc (đồng hồ mô phỏng)", "Recorded (simulated clock)", recorded)
        } else {
            Term::new("Ghi lúc", "Recorded", recorded)
        },
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
