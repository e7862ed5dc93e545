//! A damaged ledger is made whole from whatever holds its entries: a copy, an export, the aggregator's batches.

use crate::fleet::{Fleet, aggregator_origin, key, origin};
use crate::fraud::Fraud;
use danvan_audit::{Place, export_tlog, mirrors, opening_policy, supply_attachment};
use danvan_ledger::{
    LedgerReader, MirrorSource, RepairOptions, RepairOutcome, RepairSources, Repaired, VerifyOptions, repair, verify,
};
use danvan_tlog::Index;
use std::fs;
use std::path::{Path, PathBuf};

/// Changes every byte of a segment's middle third.
fn damage(ledger: &Path) {
    let names = fs::read_dir(ledger).unwrap().map(|item| item.unwrap().path());
    let mut segments: Vec<PathBuf> =
        names.filter(|path| path.extension().is_some_and(|ending| ending == "segment")).collect();
    segments.sort();
    let first = segments.first().unwrap();
    let mut bytes = fs::read(first).unwrap();
    let third = bytes.len() / 3;
    for byte in &mut bytes[third..2 * third] {
        *byte ^= 0x55;
    }
    fs::write(first, bytes).unwrap();
}

fn repair_from(source: &Path, fleet: &Fleet) -> RepairOutcome {
    let ledger = fleet.node_ledger(0);
    let place = Place::detect(source).unwrap();
    let mut found = mirrors(&place, &origin(0), &ledger).unwrap();
    let mut supply = |_: Index, entry: &[u8], offered| supply_attachment(entry, offered);
    let sources = RepairSources {
        mirrors: found.iter_mut().map(|mirror| mirror.as_mut() as &mut dyn MirrorSource).collect(),
        attachments: &mut supply,
    };
    repair(&ledger, key(0).verifier_key(), sources, RepairOptions::default()).unwrap()
}

fn repaired_from(source: &Path, fleet: &Fleet) -> Box<Repaired> {
    let before = LedgerReader::open(&fleet.node_ledger(0)).unwrap().size();
    damage(&fleet.node_ledger(0));
    let options = VerifyOptions { log: None, ..VerifyOptions::default() };
    assert!(!verify(&fleet.node_ledger(0), options).unwrap().is_sound());
    let RepairOutcome::Repaired(repaired) = repair_from(source, fleet) else { panic!("not repaired") };
    assert_eq!(repaired.size, before);
    let verdict = verify(&fleet.node_ledger(0), options).unwrap();
    assert_eq!((verdict.findings.as_slice(), verdict.size, verdict.root), (&[][..], repaired.size, repaired.root));
    assert!(repaired.evidence.as_ref().unwrap().is_dir());
    repaired
}

#[test]
fn the_batches_of_an_aggregator_give_a_commune_its_entries_back() {
    let fleet = Fleet::build(Fraud::None);
    let aggregator = fleet.path().join("aggregator");
    let repaired = repaired_from(&aggregator, &fleet);
    assert!(repaired.fetched.iter().all(|fetched| fetched.mirror.contains("aggregator")), "{:?}", repaired.fetched);
    assert!(!repaired.fetched.is_empty() && repaired.refused.is_empty());
}

#[test]
fn a_data_directory_gives_all_that_it_has_and_names_what_holds_nothing() {
    let fleet = Fleet::build(Fraud::None);
    let repaired = repaired_from(fleet.path(), &fleet);
    assert!(!repaired.fetched.is_empty());
    // The two other communes hold nothing of it, and the damaged ledger is no mirror of itself.
    assert_eq!(repaired.refused.len(), 2, "{:?}", repaired.refused);
}

#[test]
fn an_export_gives_a_commune_its_entries_back() {
    let fleet = Fleet::build(Fraud::None);
    let out = fleet.path().join("out");
    export_tlog(&Place::Data(fleet.path().to_owned()), &fleet.policy, &out, None).unwrap();
    let repaired = repaired_from(&out, &fleet);
    assert!(!repaired.fetched.is_empty() && repaired.refused.is_empty());
}

#[test]
fn an_export_without_the_log_and_a_ruin_say_so_and_give_nothing() {
    let fleet = Fleet::build(Fraud::None);
    let out = fleet.path().join("out");
    export_tlog(&Place::Data(fleet.path().to_owned()), &fleet.policy, &out, None).unwrap();
    fs::remove_dir_all(out.join(origin(0).directory())).unwrap();
    damage(&fleet.node_ledger(0));
    let RepairOutcome::Irreparable(loss) = repair_from(&out, &fleet) else { panic!("repaired from nothing") };
    assert_eq!(loss.refused.len(), 1);
    assert!(loss.lost_entries() > 0 && loss.beyond() >= loss.lost_entries(), "{loss:?}");
    for item in fs::read_dir(fleet.aggregator_ledger()).unwrap() {
        fs::write(item.unwrap().path(), b"ruin").unwrap();
    }
    let place = Place::Data(fleet.path().to_owned());
    let mut found = mirrors(&place, &origin(0), &fleet.node_ledger(0)).unwrap();
    let silent = found.iter_mut().find(|mirror| mirror.name().contains("aggregator")).unwrap();
    assert!(silent.newest(&origin(0)).is_err());
}

#[test]
fn one_commune_is_exported_by_its_own_word_and_an_aggregator_is_not() {
    let fleet = Fleet::build(Fraud::None);
    let ledger = fleet.node_ledger(1);
    let policy = opening_policy(&ledger).unwrap();
    let out = fleet.path().join("one");
    let exported = export_tlog(&Place::OneLog(ledger), &policy, &out, None).unwrap();
    assert_eq!((exported.logs, exported.uncosigned.len()), (1, 0));
    let place = Place::detect(&out).unwrap();
    assert!(danvan_audit::fsck(&place, &place.policy().unwrap()).unwrap().is_clean());
    assert!(opening_policy(&fleet.aggregator_ledger()).is_err());
    assert!(policy.log_key(&origin(1)).is_some() && policy.log_key(&aggregator_origin()).is_none());
}
