//! The file of a pledge catalogue: what officials sign, word by word, and how far the words can be relied on.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use serde::Deserialize;

use crate::schema::FileSchema;
use crate::{
    Attestation, Canon, CatalogGroup, CatalogItem, CatalogStatus, FieldProblem, FormError, MAX_ENTRY_BYTES,
    PledgeCatalogPublished, ProblemCode,
};

/// The sample catalogue for communes of Thanh Hoá, as it lies in `schemas/catalogues/`.
pub const THANHHOA_2024: &[u8] = include_bytes!("../../../schemas/catalogues/thanhhoa-2024.json");

/// What an entry holds beside its data, at most: the attributes of the envelope.
const ENVELOPE_BYTES: usize = 1024;

static SCHEMA: LazyLock<FileSchema> =
    LazyLock::new(|| FileSchema::new(include_str!("../../../schemas/catalogues/catalogue.schema.json")));

#[expect(clippy::expect_used, reason = "the file is embedded; a test reads it")]
static SAMPLE: LazyLock<CatalogueFile> =
    LazyLock::new(|| CatalogueFile::parse(THANHHOA_2024).expect("the embedded catalogue reads"));

/// A pledge catalogue, read from its file.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct CatalogueFile {
    /// Slug of the catalogue.
    pub catalog: String,
    /// Its version.
    pub version: String,
    /// Its name, Vietnamese.
    pub title_vi: String,
    /// Its name, English.
    pub title_en: String,
    /// Whether a unit has confirmed the texts as its own.
    pub status: CatalogStatus,
    /// Number of the document that it rests on.
    #[serde(default)]
    pub basis_doc_no: Option<String>,
    /// Groups such as "5 biết".
    pub groups: Vec<CatalogueGroup>,
}

/// A group of pledges.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct CatalogueGroup {
    /// Code, such as `thuc_hien`: the same whatever a unit calls the group.
    pub code: String,
    /// The label where a unit has none of its own.
    pub label: String,
    /// What the group is called elsewhere, such as "4 thể hiện" for "4 thực hiện".
    #[serde(default)]
    pub other_labels: Vec<String>,
    /// The pledges.
    pub items: Vec<CatalogueItem>,
}

/// One pledge.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct CatalogueItem {
    /// Code, such as `B1`.
    pub code: String,
    /// Its text.
    pub text: String,
    /// Its text in English, for readers from elsewhere; nobody signs it.
    #[serde(default)]
    pub text_en: Option<String>,
    /// How the wording is attested.
    pub attestation: Attestation,
}

impl CatalogueFile {
    /// Reads a file. One with a fault is refused whole, with all its faults at once.
    pub fn parse(bytes: &[u8]) -> Result<CatalogueFile, FormError> {
        SCHEMA.read(bytes, faults)
    }

    /// The sample catalogue, [`THANHHOA_2024`] as read.
    #[must_use]
    pub fn thanhhoa_2024() -> &'static CatalogueFile {
        &SAMPLE
    }

    /// The event that publishes it. In an aggregator's log the digest is that of the attachment as stored, in a unit's that of the
    /// file. `labels` are the unit's own, by the code of the group.
    #[must_use]
    pub fn published(&self, labels: &BTreeMap<String, String>, attachment_sha256: String) -> PledgeCatalogPublished {
        let group = |group: &CatalogueGroup| CatalogGroup {
            code: group.code.clone(),
            label: labels.get(&group.code).unwrap_or(&group.label).clone(),
            count: u32::try_from(group.items.len()).unwrap_or(u32::MAX),
            items: group.items.iter().map(item).collect(),
        };
        PledgeCatalogPublished {
            catalog: self.catalog.clone(),
            version: self.version.clone(),
            groups: self.groups.iter().map(group).collect(),
            status: Some(self.status),
            basis_doc_no: self.basis_doc_no.clone(),
            attachment_sha256: Some(attachment_sha256),
        }
    }
}

fn item(item: &CatalogueItem) -> CatalogItem {
    CatalogItem { code: item.code.clone(), text: item.text.clone(), attestation: Some(item.attestation) }
}

/// Codes that stand twice, because a rating of a pledge must mean one pledge; and more text than an entry holds.
fn faults(file: &CatalogueFile) -> Vec<FieldProblem> {
    let mut problems = Vec::new();
    let (mut groups, mut items) = (BTreeSet::new(), BTreeSet::new());
    for (place, group) in file.groups.iter().enumerate() {
        if !groups.insert(&group.code) {
            problems.push(twice(format!("/groups/{place}/code")));
        }
        for (item_place, item) in group.items.iter().enumerate() {
            if !items.insert(&item.code) {
                problems.push(twice(format!("/groups/{place}/items/{item_place}/code")));
            }
        }
    }
    let published = Canon::encode(&file.published(&BTreeMap::new(), "0".repeat(64)));
    if published.is_ok_and(|data| data.to_bytes().len() + ENVELOPE_BYTES > MAX_ENTRY_BYTES) {
        problems.push(FieldProblem::new(
            "/groups",
            ProblemCode::TooLarge,
            "Nội dung các cam kết dài hơn một mục ghi cho phép.",
            "The pledges together are longer than an entry may be.",
        ));
    }
    problems
}

fn twice(field: String) -> FieldProblem {
    FieldProblem::new(
        field,
        ProblemCode::NotUnique,
        "Mã này đã dùng trong tệp.",
        "This code was used before in the file.",
    )
}

impl CatalogStatus {
    /// What stands beside the catalogue on a page, Vietnamese.
    #[must_use]
    pub fn label_vi(self) -> &'static str {
        match self {
            CatalogStatus::Sample => "nội dung mẫu – cần đơn vị xác nhận",
            CatalogStatus::Confirmed => "đơn vị đã xác nhận",
        }
    }

    /// What stands beside the catalogue on a page, English.
    #[must_use]
    pub fn label_en(self) -> &'static str {
        match self {
            CatalogStatus::Sample => "sample content, to be confirmed by the unit",
            CatalogStatus::Confirmed => "confirmed by the unit",
        }
    }
}

impl Attestation {
    /// Where the wording is attested, as it stands beside a pledge on a page, Vietnamese.
    #[must_use]
    pub fn label_vi(self) -> &'static str {
        match self {
            Attestation::Attested => "có văn bản của địa phương",
            Attestation::AttestedElsewhere => "có văn bản của địa phương khác",
            Attestation::Unverified => "chưa kiểm chứng",
        }
    }

    /// Where the wording is attested, as it stands beside a pledge on a page, English.
    #[must_use]
    pub fn label_en(self) -> &'static str {
        match self {
            Attestation::Attested => "in a document of this place",
            Attestation::AttestedElsewhere => "in a document of another place",
            Attestation::Unverified => "not verified",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problems(text: &str) -> Vec<(String, ProblemCode)> {
        let refused = CatalogueFile::parse(text.as_bytes()).unwrap_err();
        refused.problems.into_iter().map(|problem| (problem.field, problem.code)).collect()
    }

    #[test]
    fn the_sample_has_twelve_pledges_and_says_that_it_is_one() {
        let sample = CatalogueFile::thanhhoa_2024();
        assert_eq!(CatalogueFile::parse(THANHHOA_2024).as_ref(), Ok(sample));
        let counts: Vec<(&str, usize)> =
            sample.groups.iter().map(|group| (group.label.as_str(), group.items.len())).collect();
        assert_eq!(counts, [("5 biết", 5), ("3 không", 3), ("4 thực hiện", 4)]);
        assert_eq!(
            (sample.status, sample.status.label_vi()),
            (CatalogStatus::Sample, "nội dung mẫu – cần đơn vị xác nhận")
        );
        let unverified = sample.groups.iter().flat_map(|group| &group.items);
        let codes: Vec<&str> = unverified
            .filter(|item| item.attestation == Attestation::Unverified)
            .map(|item| item.code.as_str())
            .collect();
        assert_eq!(codes, ["K1", "K2", "K3", "T4"]);
    }

    #[test]
    fn a_unit_publishes_it_under_its_own_label() {
        let sample = CatalogueFile::thanhhoa_2024();
        let own = BTreeMap::from([("thuc_hien".to_owned(), "4 thể hiện".to_owned())]);
        let published = sample.published(&own, "0".repeat(64));
        let labels: Vec<(&str, u32)> =
            published.groups.iter().map(|group| (group.label.as_str(), group.count)).collect();
        assert_eq!(labels, [("5 biết", 5), ("3 không", 3), ("4 thể hiện", 4)]);
        assert_eq!(
            (published.status, published.attachment_sha256),
            (Some(CatalogStatus::Sample), Some("0".repeat(64)))
        );
    }

    #[test]
    fn a_file_with_faults_is_refused_with_all_of_them() {
        let text = String::from_utf8(THANHHOA_2024.to_vec()).unwrap();
        let text = text.replace("\"unverified\"", "\"rumour\"").replace("\"version\"", "\"edition\"");
        let fields: Vec<String> = problems(&text).into_iter().map(|(field, _)| field).collect();
        let expected = [
            "/edition",
            "/groups/1/items/0/attestation",
            "/groups/1/items/1/attestation",
            "/groups/1/items/2/attestation",
            "/groups/2/items/3/attestation",
            "/version",
        ];
        assert_eq!(fields, expected);
    }

    #[test]
    fn pledges_that_no_entry_could_hold_are_refused() {
        let item = |place: usize| {
            let text = "ắ".repeat(500);
            format!(r#"{{"code":"X{place}","text":"{text}","attestation":"unverified"}}"#)
        };
        let group = |place: usize| {
            let items: Vec<String> = (0..30).map(|at| item(30 * place + at)).collect();
            format!(r#"{{"code":"g{place}","label":"G","items":[{}]}}"#, items.join(","))
        };
        let file = |groups: usize| {
            let groups: Vec<String> = (0..groups).map(group).collect();
            let head = r#""catalog":"dai","version":"1","title_vi":"Dài","title_en":"Long","status":"confirmed""#;
            format!(r#"{{{head},"groups":[{}]}}"#, groups.join(","))
        };
        assert!(CatalogueFile::parse(file(1).as_bytes()).is_ok());
        assert_eq!(problems(&file(2)), [("/groups".to_owned(), ProblemCode::TooLarge)]);
        assert_eq!(problems(&" ".repeat(crate::MAX_FILE_BYTES + 1)), [(String::new(), ProblemCode::TooLarge)]);
    }

    #[test]
    fn a_code_that_stands_twice_is_refused_where_it_stands_again() {
        let text = String::from_utf8(THANHHOA_2024.to_vec()).unwrap();
        let text = text.replace("\"K1\"", "\"B1\"").replace("\"khong\"", "\"biet\"");
        let twice = |field: &str| (field.to_owned(), ProblemCode::NotUnique);
        assert_eq!(problems(&text), [twice("/groups/1/code"), twice("/groups/1/items/0/code")]);
        assert_eq!(problems("{"), [(String::new(), ProblemCode::NotJson)]);
    }
}
