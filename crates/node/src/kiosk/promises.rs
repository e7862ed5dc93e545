//! The commitments that a citizen is asked about: those of the unit's newest published catalogue, with what their words are worth.

use danvan_event::{CatalogGroup, CatalogItem, CatalogStatus, PledgeCatalogPublished};
use danvan_projection::UnitModel;
use danvan_ui::{Badge, Pair, Tone};

use crate::catalogues::published_at;
use crate::intake::Intake;

/// What the page asks about.
#[derive(Clone, Debug)]
pub(crate) struct Promises {
    /// Whether the unit confirmed the texts as its own, where the catalogue says so.
    pub(crate) status: Option<Badge>,
    pub(crate) groups: Vec<PromiseGroup>,
}

/// A group as the page shows it.
#[derive(Clone, Debug)]
pub(crate) struct PromiseGroup {
    pub(crate) label: String,
    pub(crate) promises: Vec<Promise>,
}

/// One question of the page.
#[derive(Clone, Debug)]
pub(crate) struct Promise {
    pub(crate) code: String,
    pub(crate) text: String,
    /// Where the text is attested, where the catalogue says so.
    pub(crate) source: Option<Pair>,
}

impl Promises {
    /// The codes that may be answered about.
    pub(crate) fn codes(&self) -> impl Iterator<Item = &str> {
        self.groups.iter().flat_map(|group| &group.promises).map(|promise| promise.code.as_str())
    }
}

/// The movement's three groups, asked about as wholes while the unit has published no texts.
const GROUPS: [(&str, &str); 3] = [("biet", "5 biết"), ("khong", "3 không"), ("thuc_hien", "4 thực hiện")];

/// What to ask about.
pub(crate) fn promises(intake: &Intake) -> Promises {
    match newest_catalogue(intake) {
        Some(catalogue) if !catalogue.groups.is_empty() => {
            let groups = catalogue.groups.into_iter().map(group).collect();
            Promises { status: catalogue.status.map(badge), groups }
        }
        _ => {
            let groups = GROUPS.iter().map(|(code, label)| whole(code, label)).collect();
            Promises { status: None, groups }
        }
    }
}

fn newest_catalogue(intake: &Intake) -> Option<PledgeCatalogPublished> {
    let newest = intake.recorder.look(UnitModel::newest_catalogue)??;
    let published = published_at(intake, newest).unwrap_or_else(|error| {
        tracing::error!(%error, "the newest catalogue cannot be read");
        None
    });
    published.map(|published| published.said)
}

fn badge(status: CatalogStatus) -> Badge {
    let tone = match status {
        CatalogStatus::Sample => Tone::Wait,
        CatalogStatus::Confirmed => Tone::Good,
    };
    Badge::new(tone, status.label_vi(), status.label_en())
}

fn group(group: CatalogGroup) -> PromiseGroup {
    if group.items.is_empty() {
        return whole(&group.code, &group.label);
    }
    PromiseGroup { label: group.label, promises: group.items.into_iter().map(promise).collect() }
}

fn promise(item: CatalogItem) -> Promise {
    let source = item.attestation.map(|held| Pair::new(held.label_vi(), held.label_en()));
    Promise { code: item.code, text: item.text, source }
}

fn whole(code: &str, label: &str) -> PromiseGroup {
    let text = format!("Cán bộ thực hiện đúng “{label}”");
    PromiseGroup { label: label.to_owned(), promises: vec![Promise { code: code.to_owned(), text, source: None }] }
}
