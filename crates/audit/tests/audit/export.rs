//! Handing logs to others: the export says the same as the ledgers, and no byte of it can change unseen.

use crate::fleet::{Fleet, aggregator_origin, cosign, origin};
use crate::fraud::Fraud;
use danvan_audit::{AuditError, Exported, Finding, Place, export_tlog, fsck, replay};
use std::fs;
use std::path::{Path, PathBuf};

fn data(fleet: &Fleet) -> Place {
    Place::Data(fleet.path().to_owned())
}

fn exported(fleet: &Fleet) -> (PathBuf, Exported) {
    let out = fleet.path().join("out");
    let exported = export_tlog(&data(fleet), &fleet.policy, &out, None).unwrap();
    (out, exported)
}

#[test]
fn an_export_passes_the_same_checks_as_the_ledgers() {
    let fleet = Fleet::build(Fraud::None);
    let (out, exported) = exported(&fleet);
    assert_eq!((exported.logs, exported.entries, exported.objects), (4, fleet.entries, 5));
    assert_eq!(exported.uncosigned, []);
    let place = Place::detect(&out).unwrap();
    assert_eq!(place, Place::Export(out));
    let policy = place.policy().unwrap();
    assert_eq!(policy, fleet.policy);
    let report = fsck(&place, &policy).unwrap();
    assert_eq!(report.findings, []);
    assert_eq!((report.logs, report.entries), (4, fleet.entries));
    let from_export = replay(&place, &policy, None).unwrap();
    assert!(from_export.matches, "{from_export:#?}");
    assert_eq!(from_export, replay(&Place::Data(fleet.path().to_owned()), &policy, None).unwrap());
}

#[test]
fn every_log_has_its_place_in_the_public_layout() {
    let fleet = Fleet::build(Fraud::None);
    let (out, _) = exported(&fleet);
    for log in [aggregator_origin(), origin(0), origin(1), origin(2)] {
        let directory = out.join(log.directory());
        assert!(fleet.policy.check(&fs::read(directory.join("checkpoint")).unwrap()).is_ok(), "{log}");
        assert!(directory.join("tile/entries/000.p").is_dir() && directory.join("tile/0/000.p").is_dir(), "{log}");
    }
}

#[test]
fn without_the_receipts_of_the_communes_the_aggregator_cosigns_again() {
    let fleet = Fleet::build(Fraud::None);
    let fleet = fleet.without_nodes();
    let bare = fleet.path().join("bare");
    let exported = export_tlog(&data(&fleet), &fleet.policy, &bare, None).unwrap();
    assert_eq!(exported.uncosigned, [origin(1), origin(2), origin(0)]);
    let findings = fsck(&Place::Export(bare), &fleet.policy).unwrap().findings;
    assert_eq!(findings.iter().map(Finding::code).collect::<Vec<_>>(), ["no_quorum"; 3]);
    for (number, place) in [data(&fleet), Place::OneLog(fleet.aggregator_ledger())].iter().enumerate() {
        let full = fleet.path().join(format!("full-{number}"));
        let exported = export_tlog(place, &fleet.policy, &full, Some(&cosign)).unwrap();
        assert_eq!((exported.logs, exported.uncosigned), (4, vec![]));
        assert_eq!(fsck(&Place::Export(full), &fleet.policy).unwrap().findings, []);
    }
}

#[test]
fn nothing_is_written_over() {
    let fleet = Fleet::build(Fraud::None);
    let full = export_tlog(&data(&fleet), &fleet.policy, fleet.path(), None);
    assert!(matches!(full, Err(AuditError::NotEmpty(_))));
    let (out, _) = exported(&fleet);
    let again = export_tlog(&Place::Export(out), &fleet.policy, &fleet.path().join("again"), None);
    assert!(matches!(again, Err(AuditError::NoLedger(_))));
}

fn files(directory: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { files(&path, found) } else { found.push(path) }
    }
}

#[test]
fn no_changed_file_of_an_export_stays_unseen() {
    let fleet = Fleet::build(Fraud::None);
    let (out, _) = exported(&fleet);
    let place = Place::Export(out.clone());
    let seen = || match place.policy() {
        Ok(policy) => !fsck(&place, &policy).is_ok_and(|report| report.is_clean()),
        Err(_) => true,
    };
    let mut all = Vec::new();
    files(&out, &mut all);
    all.sort();
    for path in all {
        let good = fs::read(&path).unwrap();
        for at in [0, 1, good.len() / 3, good.len() / 2, good.len() - 1] {
            let mut bad = good.clone();
            bad[at] ^= 1;
            fs::write(&path, &bad).unwrap();
            assert!(seen(), "{} byte {at} of {}", path.display(), good.len());
        }
        fs::remove_file(&path).unwrap();
        assert!(seen(), "{} removed", path.display());
        fs::write(&path, &good).unwrap();
    }
    let extra = out.join(origin(0).directory()).join("tile/0/001");
    fs::write(&extra, [0; 32]).unwrap();
    assert!(seen(), "a tile too many");
    fs::remove_file(extra).unwrap();
    assert!(!seen());
}
