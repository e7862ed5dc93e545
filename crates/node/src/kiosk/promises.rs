//! The commitments that a citizen is asked about: those of the unit's newest published catalogue.

use danvan_event::{CatalogGroup, Entry, Event, PledgeCatalogPublished};
use danvan_projection::Catalogue;

use crate::history::place_of;
use crate::intake::Intake;

/// A group as the page shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PromiseGroup {
    pub(crate) label: String,
    pub(crate) promises: Vec<Promise>,
}

/// One question of the page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Promise {
    pub(crate) code: String,
    pub(crate) text: String,
}

/// The movement's three groups, asked about as wholes while the unit has published no texts.
const GROUPS: [(&str, &str); 3] = [("biet", "5 biết"), ("khong", "3 không"), ("thuc_hien", "4 thực hiện")];

/// The groups to ask about.
pub(crate) fn promises(intake: &Intake) -> Vec<PromiseGroup> {
    match newest_catalogue(intake) {
        Some(catalogue) if !catalogue.groups.is_empty() => catalogue.groups.into_iter().map(group).collect(),
        _ => GROUPS.iter().map(|(code, label)| whole(code, label)).collect(),
    }
}

fn newest_catalogue(intake: &Intake) -> Option<PledgeCatalogPublished> {
    let newest = intake.recorder.look(|unit| {
        let versions = unit.catalogues().values().flat_map(Catalogue::versions);
        versions.map(|(_, fact)| fact.evidence).max()
    })??;
    let record = intake.history.read_one(place_of(newest)?).ok()?;
    match Entry::parse(record.entry).ok()?.event() {
        Event::PledgeCatalogPublished(catalogue) => Some(catalogue.clone()),
        _ => None,
    }
}

fn group(group: CatalogGroup) -> PromiseGroup {
    if group.items.is_empty() {
        return whole(&group.code, &group.label);
    }
    let promises = group.items.into_iter().map(|item| Promise { code: item.code, text: item.text }).collect();
    PromiseGroup { label: group.label, promises }
}

fn whole(code: &str, label: &str) -> PromiseGroup {
    let text = format!("Cán bộ thực hiện đúng “{label}”");
    PromiseGroup { label: label.to_owned(), promises: vec![Promise { code: code.to_owned(), text }] }
}
