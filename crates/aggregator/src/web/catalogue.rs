//! A catalogue of pledges as its unit published it: the texts, and beside them what they are worth.

use danvan_event::{CatalogGroup, CatalogItem, CatalogStatus, PledgeCatalogPublished};
use danvan_tlog::Index;
use danvan_ui::{Badge, Pair, Tone};
use serde_json::{Value, json};

use super::view::{CatalogueView, PledgeGroupView, PledgeView};

/// What the timeline shows of it, beside the names of its groups.
pub(crate) fn view(published: &PledgeCatalogPublished) -> CatalogueView {
    let with_texts = published.groups.iter().filter(|group| !group.items.is_empty());
    CatalogueView { status: published.status.map(badge), groups: with_texts.map(group_view).collect() }
}

fn badge(status: CatalogStatus) -> Badge {
    let tone = match status {
        CatalogStatus::Sample => Tone::Wait,
        CatalogStatus::Confirmed => Tone::Good,
    };
    Badge::new(tone, status.label_vi(), status.label_en())
}

fn group_view(group: &CatalogGroup) -> PledgeGroupView {
    let pledge = |item: &CatalogItem| PledgeView {
        code: item.code.clone(),
        text: item.text.clone(),
        source: item.attestation.map(|held| Pair::new(held.label_vi(), held.label_en())),
    };
    PledgeGroupView { label: group.label.clone(), pledges: group.items.iter().map(pledge).collect() }
}

/// The same for programs: the data of the event with its place, and each code of a status or an attestation with its words.
pub(crate) fn document(number: Index, published: &PledgeCatalogPublished) -> Value {
    let mut document = json!(published);
    document["index"] = json!(number);
    if let Some(status) = published.status {
        (document["status_vi"], document["status_en"]) = (json!(status.label_vi()), json!(status.label_en()));
    }
    for (place, group) in published.groups.iter().enumerate() {
        for (at, item) in group.items.iter().enumerate() {
            let Some(held) = item.attestation else { continue };
            let item = &mut document["groups"][place]["items"][at];
            (item["attestation_vi"], item["attestation_en"]) = (json!(held.label_vi()), json!(held.label_en()));
        }
    }
    document
}
