//! The pledge catalogues that a unit uses, and which of them the aggregator published: those whose file is the same.

use std::collections::BTreeMap;

use danvan_event::{Entry, Event};
use danvan_projection::{Catalogue, UnitModel};
use danvan_tlog::Index;
use serde_json::{Value, json};

use super::problems::Refusal;
use super::unit_logs::UnitLogs;
use super::{Face, catalogue, problems};

/// The entries of the aggregator's log that published a catalogue, by the digest of its file.
pub(crate) type OwnCatalogues = BTreeMap<String, u64>;

/// Where the unit's catalogues stand in its log.
pub(crate) fn places(known: &UnitModel) -> Vec<Index> {
    let versions = known.catalogues().values().flat_map(Catalogue::versions);
    let mut places: Vec<u64> = versions.map(|(_, fact)| fact.evidence.index()).collect();
    places.sort_unstable();
    places.into_iter().filter_map(Index::new).collect()
}

/// What the aggregator published. A file that cannot be read is left out: it is found by an audit, and other pages stand without it.
pub(crate) fn own(face: &Face) -> OwnCatalogues {
    let held: Vec<u64> = {
        let model = face.mirror.reading.model();
        let with_file = model.registry().catalogues().iter().filter(|held| held.fact.attachment_sha256.is_some());
        with_file.map(|held| held.evidence.index()).collect()
    };
    let named = held.into_iter().filter_map(Index::new);
    let digest_at = |index: Index| match face.mirror.file_digest(index) {
        Ok(sha256) => Some((sha256, index.get())),
        Err(error) => {
            tracing::error!(index = index.get(), %error, "the file of a published catalogue cannot be read");
            None
        }
    };
    named.filter_map(digest_at).collect()
}

/// The unit's catalogues for programs; `published` is the place of the same file in the aggregator's log.
pub(crate) fn json(face: &Face, logs: &UnitLogs, places: &[Index]) -> Result<Vec<Value>, Refusal> {
    if places.is_empty() {
        return Ok(Vec::new());
    }
    let own = own(face);
    let found = logs.entries(&face.mirror.archive, places).map_err(|error| problems::internal(&error))?;
    let row = |(index, entry): (Index, Entry)| {
        let Event::PledgeCatalogPublished(said) = entry.event() else { return None };
        let mut row = catalogue::document(index, said);
        if let Some(own) = said.attachment_sha256.as_ref().and_then(|sha256| own.get(sha256)) {
            row["published"] = json!(own);
        }
        Some(row)
    };
    let entries = found.into_iter().filter_map(|found| Some((found.index, Entry::parse(found.bytes).ok()?)));
    Ok(entries.filter_map(row).collect())
}
