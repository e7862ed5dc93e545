//! Copies as they are taken, forgotten and put back.

use crate::machine::{Machine, key, origin, record, small, tree};
use danvan_backup::{CreateError, Identity, ManifestNumber, ReadError, RestoreError, restore, verify};
use danvan_ledger::{Ledger, OpenError, VerifyOptions};
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

#[test]
fn a_directory_comes_back_as_it_was_and_is_marked() {
    let machine = Machine::new(150);
    let created = machine.create(None).unwrap();
    assert_eq!((created.number.get(), created.entries, created.removed), (1, 150, 0));
    assert_eq!((created.reused, created.left_out.len(), created.unreadable.len()), (0, 0, 0));
    let target = machine.path("new");
    let restored = restore(&machine.backup(), None, &machine.identity, &target).unwrap();
    assert_eq!((restored.entries, restored.origin.as_str(), restored.files), (150, origin().as_str(), 4));
    assert!(restored.signatures_verified);

    let mut expected = tree(&machine.dir);
    expected.retain(|path, _| !path.starts_with("ledger/") && !path.starts_with("state/"));
    let mut found = tree(&target);
    found.retain(|path, _| !path.starts_with("ledger/"));
    assert_eq!(found, expected);
    assert_eq!(fs::metadata(target.join("vault")).unwrap().permissions().mode() & 0o777, 0o700);

    let ledger = target.join("ledger");
    let opened = Ledger::open(&ledger, origin(), key(), small()).err();
    assert!(matches!(opened, Some(OpenError::Restored)), "{opened:?}");
    assert!(fs::read_to_string(ledger.join("restored")).unwrap().contains("manifest 1 "));
    // What the process does once it was told by all others what they hold.
    fs::remove_file(ledger.join("restored")).unwrap();
    let (again, recovery) = Ledger::open(&ledger, origin(), key(), small()).unwrap();
    assert_eq!((recovery.size.get(), recovery.torn_tail), (150, None));
    assert_eq!(again.append(record(150)).unwrap().get(), 150);
    again.drain().unwrap();
    let log = key();
    let options = VerifyOptions { log: Some(log.verifier_key()), ..VerifyOptions::default() };
    assert!(danvan_ledger::verify(&ledger, options).unwrap().is_sound());
}

#[test]
fn a_second_copy_writes_only_what_is_new() {
    let machine = Machine::new(600);
    let first = machine.create(None).unwrap();
    let sealed = machine.sealed_segments();
    machine.grow(60);
    fs::write(machine.dir.join("vault/b.json"), b"{\"salt\":\"8\"}").unwrap();
    let second = machine.create(None).unwrap();
    // Keys, password, an opening and sealed segments were there, perhaps a fact too; the last segment grew and was sealed.
    let new = 1 + machine.sealed_segments() - sealed + 1;
    assert!((sealed + 4..=sealed + 4 + machine.facts()).contains(&second.reused), "{sealed} sealed: {second:?}");
    assert!((new..=new + machine.facts()).contains(&second.written), "{new} new: {second:?}");
    assert!(second.bytes < first.bytes / 3, "{first:?} {second:?}");
    let third = machine.create(None).unwrap();
    assert_eq!((third.written, third.bytes), (0, 0));
    for number in 1..=3 {
        let checked = verify(&machine.backup(), Some(ManifestNumber::new(number)), Some(&machine.identity)).unwrap();
        assert_eq!((checked.faults, checked.decrypted), (Vec::new(), true), "manifest {number}");
        let target = machine.path(&format!("new-{number}"));
        let restored =
            restore(&machine.backup(), Some(ManifestNumber::new(number)), &machine.identity, &target).unwrap();
        assert_eq!(restored.entries, if number == 1 { 600 } else { 660 });
    }
}

#[test]
fn copies_beside_a_writer_that_rotates_hold_what_was_acknowledged() {
    const COPIES: usize = 12;
    let machine = Machine::new(60);
    let ledger = machine.open();
    let (stop, acknowledged) = (AtomicBool::new(false), AtomicU64::new(60));
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !stop.load(Ordering::Acquire) {
                let n = ledger.append(record(acknowledged.load(Ordering::Acquire))).unwrap().get();
                acknowledged.store(n + 1, Ordering::Release);
            }
        });
        let copied = std::panic::catch_unwind(|| {
            for number in 0..COPIES {
                let least = acknowledged.load(Ordering::Acquire);
                let created = machine.create(None).unwrap();
                assert!(created.entries >= least, "copy {number}: {created:?} after {least}");
                let target = machine.path(&format!("new-{number}"));
                let restored = restore(&machine.backup(), None, &machine.identity, &target).unwrap();
                assert_eq!(restored.entries, created.entries);
            }
        });
        stop.store(true, Ordering::Release);
        if let Err(panic) = copied {
            std::panic::resume_unwind(panic);
        }
    });
}

#[test]
fn what_was_erased_leaves_the_backup_with_the_last_copy_that_had_it() {
    let machine = Machine::new(60);
    for number in 1..=5_u32 {
        fs::write(machine.dir.join(format!("vault/{number}.json")), format!("{{\"salt\":\"{number}\"}}")).unwrap();
        if number > 1 {
            fs::remove_file(machine.dir.join(format!("vault/{}.json", number - 1))).unwrap();
        }
        machine.grow(30);
        let created = machine.create(Some(2)).unwrap();
        assert_eq!(created.number.get(), number);
        for kept in number.saturating_sub(1).max(1)..=number {
            let checked = verify(&machine.backup(), Some(ManifestNumber::new(kept)), Some(&machine.identity)).unwrap();
            assert_eq!(checked.faults, [], "manifest {kept} of {number}");
        }
        if number > 2 {
            assert!(created.removed > 0, "{created:?}");
            let gone = verify(&machine.backup(), Some(ManifestNumber::new(number - 2)), None);
            assert!(matches!(gone, Err(ReadError::Missing(_))), "{gone:?}");
        }
    }
    // No object is there that the two newest do not need: with one of them left, exactly its objects are there.
    let last = machine.create(Some(1)).unwrap();
    assert_eq!(machine.objects().len(), last.reused + last.written);
    let target = machine.path("new");
    restore(&machine.backup(), None, &machine.identity, &target).unwrap();
    let openings: Vec<_> = tree(&target.join("vault")).into_keys().collect();
    assert_eq!(openings, ["5.json", "a.json"]);
}

#[test]
fn another_key_reads_nothing_and_a_copy_for_another_key_takes_over_nothing() {
    let machine = Machine::new(60);
    let first = machine.create(None).unwrap();
    let other = Identity::generate();
    let checked = verify(&machine.backup(), None, Some(&other));
    assert!(matches!(checked, Err(ReadError::Identity { .. })), "{checked:?}");
    let target = machine.path("new");
    let restored = restore(&machine.backup(), None, &other, &target);
    assert!(restored.is_err() && !target.exists() && !machine.path("new.restoring").exists(), "{restored:?}");

    let both = [machine.identity.recipient(), other.recipient()];
    let second = machine.create_for(&both).unwrap();
    assert_eq!((second.written, second.reused), (first.written, 0));
    for identity in [&machine.identity, &other] {
        assert_eq!(verify(&machine.backup(), None, Some(identity)).unwrap().faults, []);
    }
    restore(&machine.backup(), None, &other, &target).unwrap();
}

#[test]
fn a_backup_lies_elsewhere_and_a_directory_is_never_overwritten() {
    let machine = Machine::new(10);
    let before = tree(&machine.dir);
    for inside in ["backup", "keys/deep/backup", "vault/../backup", ""] {
        let refused = machine.create_in(&machine.dir.join(inside), None);
        assert!(matches!(refused, Err(CreateError::Inside)), "{inside}: {refused:?}");
    }
    assert_eq!(tree(&machine.dir), before);
    machine.create(None).unwrap();
    assert!(restore(&machine.backup(), None, &machine.identity, &machine.dir).is_err());
    assert_eq!(tree(&machine.dir), before);
    let target = machine.path("new");
    fs::create_dir(machine.path("new.restoring")).unwrap();
    let refused = restore(&machine.backup(), None, &machine.identity, &target);
    assert!(matches!(refused, Err(RestoreError::Interrupted(_))) && !target.exists(), "{refused:?}");
    let empty = verify(&machine.path("nothing"), None, None);
    assert!(matches!(empty, Err(ReadError::Empty(_))), "{empty:?}");
}

#[test]
fn a_manifest_tells_nothing_of_what_is_secret() {
    let machine = Machine::new(10);
    machine.create(None).unwrap();
    let manifest = fs::read_to_string(&machine.manifests()[0]).unwrap();
    for secret in ["keys/node.key", "nats.password", "vault/a.json"] {
        let bytes = fs::read(machine.dir.join(secret)).unwrap();
        let digest = hex::encode(<sha2::Sha256 as sha2::Digest>::digest(&bytes));
        assert!(manifest.contains(secret) && !manifest.contains(&digest), "{secret}");
    }
}
