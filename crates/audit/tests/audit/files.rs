//! The files that an aggregator publishes for everybody: sound ones pass, and every one that is not what its entry says is found.

use std::collections::BTreeMap;

use danvan_audit::{Finding, Place, export_tlog, fsck};
use danvan_event::{CatalogueFile, Gazetteer, Preset, THANHHOA_2024, UnitTree};
use danvan_ledger::Attachment;
use serde_json::{Value, json};

use crate::fleet::{Fleet, sha256};
use crate::fraud::{FileFraud, Fraud};

/// What an aggregator with this fraud says: type, data and attachment of each entry.
pub(crate) fn published(fraud: Option<FileFraud>) -> Vec<(&'static str, Value, Option<Vec<u8>>)> {
    let packed = |bytes: &[u8]| Attachment::pack(bytes).unwrap();
    let tree_file = Gazetteer::preset("ngoc-lac-2024").map(Preset::tree).unwrap();
    let (catalogue, tree) = (CatalogueFile::parse(THANHHOA_2024).unwrap(), UnitTree::parse(tree_file).unwrap());
    let (mut attached, mut of_tree) = (Some(packed(THANHHOA_2024)), Some(packed(tree_file)));
    let labels = match fraud {
        Some(FileFraud::CatalogueRelabelled) => BTreeMap::from([("thuc_hien".to_owned(), "4 thể hiện".to_owned())]),
        _ => BTreeMap::new(),
    };
    let mut said = json!(catalogue.published(&labels, sha256(attached.as_ref().unwrap())));
    let mut tree_said = json!(tree.published(sha256(of_tree.as_ref().unwrap())));
    let attach = |bytes: &[u8], said: &mut Value, attached: &mut Option<Vec<u8>>| {
        *attached = Some(packed(bytes));
        said["attachment_sha256"] = json!(sha256(attached.as_ref().unwrap()));
    };
    match fraud {
        None | Some(FileFraud::CatalogueRelabelled) => {}
        Some(FileFraud::CatalogueWithoutFile) => attached = None,
        Some(FileFraud::CatalogueUnnamed) => drop(said.as_object_mut().unwrap().remove("attachment_sha256")),
        Some(FileFraud::CatalogueOfAnotherVersion) => said["version"] = json!("2"),
        Some(FileFraud::NoCatalogue) => attach(b"{}", &mut said, &mut attached),
        Some(FileFraud::TreeWithoutFile) => of_tree = None,
        Some(FileFraud::AnotherTree) => of_tree = Some(packed(b"{}")),
        Some(FileFraud::TreeOfMoreUnits) => tree_said["units_count"] = json!(24),
        Some(FileFraud::NoTree) => attach(b"no tree", &mut tree_said, &mut of_tree),
    }
    vec![("pledge.catalog_published", said, attached), ("unit.tree_published", tree_said, of_tree)]
}

#[test]
fn a_file_that_is_not_what_its_entry_says_is_found() {
    for (fraud, code) in [
        (FileFraud::CatalogueWithoutFile, "attachment_missing"),
        (FileFraud::CatalogueUnnamed, "attachment_unclaimed"),
        (FileFraud::CatalogueOfAnotherVersion, "attachment_malformed"),
        (FileFraud::CatalogueRelabelled, "attachment_malformed"),
        (FileFraud::NoCatalogue, "attachment_malformed"),
        (FileFraud::TreeWithoutFile, "attachment_missing"),
        (FileFraud::AnotherTree, "attachment_differs"),
        (FileFraud::TreeOfMoreUnits, "attachment_malformed"),
        (FileFraud::NoTree, "attachment_malformed"),
    ] {
        let fleet = Fleet::build(Fraud::File(fraud));
        let report = fsck(&Place::Data(fleet.path().to_owned()), &fleet.policy).unwrap();
        let codes: Vec<_> = report.findings.iter().map(Finding::code).collect();
        assert_eq!(codes, [code], "{fraud:?}: {:#?}", report.findings);
    }
}

#[test]
fn an_export_carries_the_files() {
    let fleet = Fleet::build(Fraud::None);
    let out = fleet.path().join("out");
    export_tlog(&Place::Data(fleet.path().to_owned()), &fleet.policy, &out, None).unwrap();
    let object = out.join("objects").join(sha256(&Attachment::pack(THANHHOA_2024).unwrap()));
    let stored = std::fs::read(&object).unwrap();
    assert_eq!(Attachment::unpack(&stored, Attachment::MAX_UNPACKED).unwrap(), THANHHOA_2024);
    let place = Place::Export(out);
    assert_eq!(fsck(&place, &fleet.policy).unwrap().findings, []);
    std::fs::remove_file(&object).unwrap();
    let codes: Vec<_> = fsck(&place, &fleet.policy).unwrap().findings.iter().map(Finding::code).collect();
    assert_eq!(codes, ["attachment_missing"]);
}
