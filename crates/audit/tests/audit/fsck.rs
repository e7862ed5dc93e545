//! Was history kept? A sound deployment has no findings; every lie and every changed byte has at least one.

use crate::fleet::{Fleet, aggregator_origin, falsified, keep_fork, key, origin, phantom, rewrite};
use crate::fraud::Fraud;
use danvan_audit::{Fault, Finding, Forgone, History, Place, Report, export_tlog, fsck};
use danvan_ledger::{
    Ledger, LedgerConfig, LedgerReader, Record, RepairOptions, RepairSources, SilentMirror, Supplied, mark_restored,
    rejoin,
};
use danvan_tlog::{Index, KeyName, LogKey, Policy, Size, leaf_hash};
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

fn check(fleet: &Fleet) -> Report {
    fsck(&Place::Data(fleet.path().to_owned()), &fleet.policy).unwrap()
}

fn codes(report: &Report) -> Vec<&'static str> {
    report.findings.iter().map(Finding::code).collect()
}

#[test]
fn a_sound_deployment_has_no_findings() {
    let fleet = Fleet::build(Fraud::None);
    let place = Place::detect(fleet.path()).unwrap();
    assert_eq!(place, Place::Data(fleet.path().to_owned()));
    let report = fsck(&place, &place.policy().unwrap()).unwrap();
    assert_eq!(report.findings, []);
    assert_eq!((report.logs, report.entries), (4, fleet.entries));
    let commune = report.origins.iter().find(|log| log.origin == origin(0)).unwrap();
    assert_eq!((commune.signed, commune.mirrored), (commune.size, commune.size));
}

#[test]
fn what_operators_decided_about_a_ledger_is_shown_and_is_no_finding() {
    let fleet = Fleet::build(Fraud::None);
    let history_of = |unit| {
        let report = check(&fleet);
        assert_eq!(report.findings, []);
        report.origins.into_iter().find(|log| log.origin == origin(unit)).unwrap().history
    };
    assert_eq!(history_of(0), History::default());
    mark_restored(&fleet.node_ledger(0), "a test").unwrap();
    assert_eq!(history_of(0), History { restored: true, ..History::default() });
    let mut silent = SilentMirror::new("the aggregator", "no answer");
    let mut attachments = |_, _: &[u8], _: Option<Vec<u8>>| Supplied::NotNeeded;
    let sources = RepairSources { mirrors: vec![&mut silent], attachments: &mut attachments };
    let without = BTreeSet::from(["the aggregator".to_owned()]);
    let key = key(0);
    rejoin(&fleet.node_ledger(0), key.verifier_key(), sources, &without, RepairOptions::default()).unwrap();
    let size = LedgerReader::open(&fleet.node_ledger(0)).unwrap().size();
    let forgone = vec![Forgone { size, aggregator: "the aggregator".to_owned() }];
    assert_eq!(history_of(0), History { forgone, ..History::default() });
}

#[test]
fn one_ledger_is_judged_alone() {
    let fleet = Fleet::build(Fraud::None);
    for ledger in [fleet.node_ledger(1), fleet.aggregator_ledger()] {
        for directory in [ledger.as_path(), ledger.parent().unwrap()] {
            let place = Place::detect(directory).unwrap();
            assert_eq!(place, Place::OneLog(ledger.clone()));
            assert!(fsck(&place, &fleet.policy).unwrap().is_clean());
        }
    }
    let nothing = tempfile::tempdir().unwrap();
    assert!(Place::detect(nothing.path()).is_err());
}

#[test]
fn what_the_aggregator_lies_about_is_found() {
    for (fraud, code) in [
        (Fraud::SecretReceipt, "receipt_unrecorded"),
        (Fraud::Gap, "discontinuous"),
        (Fraud::OtherBatch, "batch_differs"),
        (Fraud::Stranger, "not_enrolled"),
        (Fraud::TwiceTheSame, "duplicate_id"),
        (Fraud::Unapproved, "against_rules"),
        (Fraud::OnePost, "against_rules"),
        (Fraud::ForgedApproval, "against_rules"),
    ] {
        let report = check(&Fleet::build(fraud));
        assert!(codes(&report).contains(&code), "{fraud:?}: {:#?}", report.findings);
    }
}

#[test]
fn what_does_not_count_is_said_and_nothing_else() {
    for (fraud, code, others) in [
        (Fraud::Unsaid, "flag_missing", &["duplicate_id"][..]),
        (Fraud::Slander, "flag_false", &[]),
        (Fraud::OtherReason, "flag_false", &["duplicate_id"]),
    ] {
        let fleet = Fleet::build(fraud);
        let out = fleet.path().join("out");
        let data = Place::Data(fleet.path().to_owned());
        export_tlog(&data, &fleet.policy, &out, None).unwrap();
        for place in [data, Place::OneLog(fleet.aggregator_ledger()), Place::Export(out.clone())] {
            let report = fsck(&place, &fleet.policy).unwrap();
            let mut found = codes(&report);
            assert_eq!(found.pop(), Some(code), "{fraud:?} {place:?}: {:#?}", report.findings);
            assert_eq!(found, others, "{fraud:?} {place:?}");
        }
    }
}

#[test]
fn rewritten_history_is_a_fork_with_both_hashes() {
    let fleet = Fleet::build(Fraud::None);
    let mut own = None;
    rewrite(&fleet, 0, |records| {
        records[50] = falsified(&records[50]);
        own = Some(leaf_hash(&records[50].entry));
    });
    let report = check(&fleet);
    let forked = report.findings.iter().find(|finding| finding.code() == "forked").unwrap();
    assert_eq!((forked.origin.as_ref(), forked.index), (Some(&origin(0)), Index::new(50)));
    let Fault::Forked { own: found, mirrored } = &forked.fault else { panic!("{forked:?}") };
    assert_eq!(Some(*found), own);
    assert_ne!(found, mirrored);
}

#[test]
fn a_fork_that_the_aggregator_was_sent_and_kept_is_found() {
    let fleet = Fleet::build(Fraud::None);
    let index = keep_fork(&fleet, 1, 1);
    let report = check(&fleet);
    let [forked] = &report.findings[..] else { panic!("{:#?}", report.findings) };
    assert_eq!((forked.code(), forked.origin.as_ref()), ("forked", Some(&origin(1))));
    assert_eq!(forked.index.map(Index::get), Some(index));
}

#[test]
fn a_kept_batch_that_the_log_did_not_sign_accuses_nobody() {
    let fleet = Fleet::build(Fraud::None);
    keep_fork(&fleet, 1, 2);
    assert!(check(&fleet).is_clean());
}

#[test]
fn lost_entries_are_found_by_the_mirror() {
    let fleet = Fleet::build(Fraud::None);
    rewrite(&fleet, 2, |records| records.truncate(60));
    let report = check(&fleet);
    let shorter = report.findings.iter().find(|finding| finding.code() == "shorter").unwrap();
    assert_eq!(shorter.origin.as_ref(), Some(&origin(2)));
    let Fault::Shorter { size, claimed, .. } = &shorter.fault else { panic!("{shorter:?}") };
    assert_eq!((size.get(), claimed.get()), (60, 102));
}

#[test]
fn the_mirror_is_judged_where_the_commune_is_not_here() {
    let sound = Fleet::build(Fraud::None).without_nodes();
    let report = check(&sound);
    assert_eq!(report.findings, []);
    assert_eq!((report.logs, report.entries), (4, sound.entries));
    assert!(report.origins.iter().all(|log| log.signed == log.size), "{:#?}", report.origins);
    let twice = Fleet::build(Fraud::TwiceTheSame).without_nodes();
    assert_eq!(codes(&check(&twice)), ["duplicate_id"]);
}

#[test]
fn a_commune_that_only_the_aggregator_vouches_for_is_unknown() {
    let fleet = Fleet::build(Fraud::None).without_nodes();
    let policy = fleet.policy_with(0, None);
    for place in [Place::Data(fleet.path().to_owned()), Place::OneLog(fleet.aggregator_ledger())] {
        let report = fsck(&place, &policy).unwrap();
        let [unknown] = &report.findings[..] else { panic!("{:#?}", report.findings) };
        assert_eq!((unknown.code(), unknown.origin.as_ref()), ("unknown_log", Some(&origin(0))));
        let invented = report.origins.iter().find(|log| log.origin == origin(0)).unwrap();
        assert_eq!(invented.signed, Size::ZERO, "nothing is believed of it");
    }
    let phantom_report = check(&Fleet::build(Fraud::Phantom).without_nodes());
    let [unknown] = &phantom_report.findings[..] else { panic!("{:#?}", phantom_report.findings) };
    assert_eq!((unknown.code(), unknown.origin.as_ref()), ("unknown_log", Some(&phantom())));
}

#[test]
fn a_mirror_is_verified_by_the_key_of_the_policy_and_not_by_the_one_that_the_aggregator_states() {
    let fleet = Fleet::build(Fraud::None).without_nodes();
    let policy = fleet.policy_with(0, Some(Fleet::forged_key(0)));
    let report = fsck(&Place::Data(fleet.path().to_owned()), &policy).unwrap();
    assert!(codes(&report).contains(&"key_differs") && codes(&report).contains(&"batch_differs"), "{report:#?}");
    let mirrored = report.origins.iter().find(|log| log.origin == origin(0)).unwrap();
    assert_eq!(mirrored.signed, Size::ZERO);
}

#[test]
fn another_policy_believes_nothing_of_it() {
    let fleet = Fleet::build(Fraud::None);
    let stranger = Policy::mirrored([], []).unwrap();
    let report = fsck(&Place::Data(fleet.path().to_owned()), &stranger).unwrap();
    assert_eq!(codes(&report).iter().filter(|code| **code == "unknown_log").count(), 4);

    let policy = fleet.policy_with(0, Some(Fleet::forged_key(0)));
    let report = fsck(&Place::Data(fleet.path().to_owned()), &policy).unwrap();
    assert!(codes(&report).contains(&"key_differs") && codes(&report).contains(&"bad_note"), "{:?}", codes(&report));
}

#[test]
fn findings_speak_both_languages_and_carry_their_evidence() {
    let fleet = Fleet::build(Fraud::None);
    rewrite(&fleet, 0, |records| records[50] = falsified(&records[50]));
    let report = check(&fleet);
    let json = serde_json::to_value(&report).unwrap();
    let forked = json["findings"].as_array().unwrap().iter().find(|finding| finding["code"] == "forked").unwrap();
    assert_eq!(forked["origin"], origin(0).as_str());
    assert_eq!(forked["index"], 50);
    assert!(forked["vi"].as_str().unwrap().starts_with("Lịch sử bị viết lại"));
    assert!(forked["en"].as_str().unwrap().starts_with("history was rewritten"));
    for (finding, json) in report.findings.iter().zip(json["findings"].as_array().unwrap()) {
        assert_eq!(json["code"], finding.code());
    }
}

/// Every file of the deployment whose bytes say something.
fn files(directory: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut open = vec![directory.to_owned()];
    while let Some(directory) = open.pop() {
        for entry in fs::read_dir(directory).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else if fs::metadata(&path).unwrap().len() > 0 {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

/// How many bytes of a file are history: not what is reserved behind the last record, nor, in a slot, what an earlier and
/// longer fact left behind the present one.
fn used(path: &Path, bytes: &[u8]) -> usize {
    let is_slot = path.extension().is_some_and(|extension| extension == "a" || extension == "b");
    match bytes.get(12..16) {
        Some(length) if is_slot => 32 + u32::from_le_bytes(length.try_into().unwrap()) as usize,
        _ => bytes.len() - bytes.iter().rev().take_while(|byte| **byte == 0).count(),
    }
}

/// Where a file says the same once more: a slot holds its fact twice, in blocks of their own, and one whole copy is enough.
fn twin(path: &Path, used: usize) -> Option<usize> {
    let is_slot = path.extension().is_some_and(|extension| extension == "a" || extension == "b");
    is_slot.then(|| used.next_multiple_of(4096))
}

#[test]
fn no_flipped_bit_on_the_disk_stays_unseen() {
    let fleet = Fleet::build(Fraud::None);
    let place = Place::Data(fleet.path().to_owned());
    let mut state = 0x5eed_u64;
    let mut random = move |below: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(state >> 33).unwrap() % below
    };
    for path in files(fleet.path()) {
        let good = fs::read(&path).unwrap();
        let used = used(&path, &good);
        // The space that is kept back for a full disk holds nothing.
        if used == 0 {
            continue;
        }
        for _ in 0..4 {
            let (at, bit) = (random(used), random(8));
            let mut bad = good.clone();
            for at in [Some(at), twin(&path, used).map(|twin| twin + at)].into_iter().flatten() {
                bad[at] ^= 1 << bit;
            }
            fs::write(&path, &bad).unwrap();
            let seen = match place.policy() {
                Ok(policy) => fsck(&place, &policy).is_ok_and(|report| !report.is_clean()),
                Err(_) => true,
            };
            assert!(seen, "{} byte {at} of {used} bit {bit}", path.display());
        }
        fs::write(&path, &good).unwrap();
    }
    assert!(check(&fleet).is_clean());
}

#[test]
fn an_audit_beside_a_running_writer_finds_nothing() {
    let fleet = Fleet::build(Fraud::None);
    let key = LogKey::from_seed(KeyName::new(origin(1).as_str()).unwrap(), [2; 32]);
    let config = LedgerConfig { segment_bytes: 64 << 10, preallocate_bytes: 16 << 10, ..LedgerConfig::default() };
    let (ledger, _) = Ledger::open(&fleet.node_ledger(1), origin(1), key, config).unwrap();
    let enough = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let mut n = 0_u64;
            while !enough.load(Ordering::Relaxed) {
                n += 1;
                ledger.append(Record::new(format!("{{\"n\":{n}}}").into_bytes())).unwrap();
            }
        });
        for _ in 0..20 {
            let report = check(&fleet);
            if !report.is_clean() {
                enough.store(true, Ordering::Relaxed);
            }
            assert_eq!(report.findings, []);
        }
        enough.store(true, Ordering::Relaxed);
    });
    let grown = check(&fleet).origins.into_iter().find(|log| log.origin == origin(1)).unwrap();
    assert!(grown.size > Size::from(101), "{grown:?}");
    assert_eq!(check(&fleet).origins.iter().filter(|log| log.origin == aggregator_origin()).count(), 1);
}

#[test]
fn a_note_that_the_disk_contradicted_is_found_until_the_ledger_keeps_it() {
    let fleet = Fleet::build(Fraud::None);
    let (ledger, _) = Ledger::open(&fleet.node_ledger(0), origin(0), key(0), LedgerConfig::default()).unwrap();
    let more = Size::new(ledger.size().get() + 7).unwrap();
    let signed = key(0).sign(more, leaf_hash(b"what another disk held"));
    ledger.confront(signed.note()).unwrap_err();
    drop(ledger);
    let report = check(&fleet);
    let found = report.findings.iter().find(|finding| finding.origin == Some(origin(0))).unwrap();
    let Fault::Shorter { claimed, by, .. } = &found.fault else { panic!("{found:?}") };
    assert_eq!((*claimed, by.as_str()), (more, "contradiction"));
}
