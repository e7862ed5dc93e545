//! A glance at a ledger's directory: beside a running writer, after it, and on whatever is left of it.
#![expect(clippy::unwrap_used, reason = "a test that cannot build its input has failed")]

use danvan_journal::SlotError;
use danvan_ledger::{
    Holder, Ledger, LedgerConfig, OpenError, PartsError, Record, RepairError, RepairOptions, RepairSources, Supplied,
    Trouble, VerifyOptions, mark_restored, parts, repair, status, verify,
};
use danvan_tlog::{CosignedAt, KeyName, LogKey, MirrorKey, Origin, Size, leaf_hash};
use std::fs;
use std::path::Path;

fn origin() -> Origin {
    Origin::new("example.vn/u/gso2024-15097").unwrap()
}

fn key() -> LogKey {
    LogKey::from_seed(origin().key_name(), [7; 32])
}

fn mirror() -> MirrorKey {
    MirrorKey::from_seed(KeyName::new("example.vn/a/ngoc-lac/mirror").unwrap(), [8; 32])
}

/// A ledger of 200 entries, of which the first 100 are receipted.
fn make(directory: &Path) -> Ledger {
    let config = LedgerConfig { segment_bytes: 16 << 10, preallocate_bytes: 8 << 10, ..LedgerConfig::default() };
    let record = |n: u64| Record::new(format!("{{\"n\":{n},\"text\":\"{}\"}}", "x".repeat(150)).into_bytes());
    let ledger = Ledger::create(directory, origin(), key(), record(0), config).unwrap();
    for n in 1..200 {
        ledger.append(record(n)).unwrap();
    }
    let signed = ledger.checkpoint_at(Size::from(100)).unwrap();
    let receipt = mirror().cosign(&signed, CosignedAt::from_unix_seconds(1_735_689_600));
    ledger.keep_receipt(mirror().verifier_key().name(), receipt.note()).unwrap();
    ledger.sign_latest().unwrap();
    ledger
}

#[test]
fn a_running_ledger_is_looked_at_and_not_disturbed() {
    let directory = tempfile::tempdir().unwrap();
    let ledger = make(directory.path());
    let found = status(directory.path()).unwrap();
    assert_eq!((found.origin, found.size, found.checkpoint), (Some(origin()), ledger.size(), Some(ledger.size())));
    assert_eq!(found.receipts.into_iter().collect::<Vec<_>>(), [(mirror().verifier_key().name().clone(), 100.into())]);
    assert!(found.extent.segments > 1 && found.extent.bytes > 200 * 150);
    assert_eq!((found.extent.reserve_bytes, found.troubles), (LedgerConfig::default().reserve_bytes, vec![]));
    assert_ne!(found.holder, Holder::Nobody);
    ledger.drain().unwrap();
    let found = status(directory.path()).unwrap();
    assert_ne!(found.holder, Holder::Process(std::process::id()));
    assert!(found.is_sound() && !found.restored && found.frozen.is_none() && found.previous.is_none());
}

#[test]
fn marks_and_proofs_against_the_disk_are_shown() {
    let directory = tempfile::tempdir().unwrap();
    let ledger = make(directory.path());
    let signed = key().sign(Size::from(900), leaf_hash(b"what another disk held"));
    ledger.confront(signed.note()).unwrap_err();
    drop(ledger);
    mark_restored(directory.path(), "a test").unwrap();
    let found = status(directory.path()).unwrap();
    assert!(found.restored && !found.contradicted.unwrap().is_settled);
    assert_eq!(found.troubles, [Trouble::Contradicted { signed: 900.into() }, Trouble::Restored]);
}

#[test]
fn no_damage_to_one_file_hides_the_rest_and_none_makes_it_panic() {
    let made = tempfile::tempdir().unwrap();
    drop(make(made.path()));
    let mut names: Vec<_> = fs::read_dir(made.path()).unwrap().map(|item| item.unwrap().file_name()).collect();
    names.sort();
    for name in &names {
        for how in ["gone", "empty", "half", "zeros", "garbled"] {
            let directory = tempfile::tempdir().unwrap();
            for other in &names {
                fs::copy(made.path().join(other), directory.path().join(other)).unwrap();
            }
            let file = directory.path().join(name);
            let mut bytes = fs::read(&file).unwrap();
            match how {
                "gone" => fs::remove_file(&file).unwrap(),
                "empty" => fs::write(&file, []).unwrap(),
                "half" => fs::write(&file, &bytes[..bytes.len() / 2]).unwrap(),
                "zeros" => fs::write(&file, vec![0; bytes.len()]).unwrap(),
                _ => {
                    for byte in &mut bytes {
                        *byte ^= 0xa5;
                    }
                    fs::write(&file, bytes).unwrap();
                }
            }
            let found = status(directory.path()).unwrap();
            assert_eq!(found.origin, Some(origin()), "{} {how}", name.display());
            let is_segment = file.extension().is_some_and(|ending| ending == "segment");
            assert_eq!(found.is_sound(), !is_segment, "{} {how}: {:?}", name.display(), found.troubles);
        }
    }
}

#[test]
fn a_directory_without_a_ledger_is_no_status() {
    let directory = tempfile::tempdir().unwrap();
    assert!(matches!(status(directory.path()), Err(OpenError::Journal(_))));
    assert!(matches!(status(&directory.path().join("nowhere")), Err(OpenError::Io(_))));
}

#[test]
fn what_a_newer_program_wrote_is_called_that_and_never_repaired_away() {
    let directory = tempfile::tempdir().unwrap();
    make(directory.path()).drain().unwrap();
    let path = directory.path().join("checkpoint.a");
    let mut bytes = fs::read(&path).unwrap();
    let length = 32 + u32::from_le_bytes(*bytes[12..].first_chunk().unwrap()) as usize;
    bytes[8..12].copy_from_slice(&9_u32.to_le_bytes());
    bytes[24..28].fill(0);
    let checksum = crc32c::crc32c(&bytes[..length]);
    bytes[24..28].copy_from_slice(&checksum.to_le_bytes());
    fs::write(&path, &bytes).unwrap();

    let found = status(directory.path()).unwrap();
    let words = "checkpoint has format version 9, newer than this program knows";
    assert!(matches!(&found.troubles[..], [Trouble::Beside(reason)] if reason == words), "{:?}", found.troubles);
    let is_newer = |error: &OpenError| matches!(error, OpenError::Slots(SlotError::Newer { version: 9, .. }));
    let verified = verify(directory.path(), VerifyOptions::default());
    assert!(matches!(&verified, Err(error) if is_newer(error)), "{verified:?}");
    let copied = parts(directory.path());
    assert!(matches!(copied, Err(PartsError::Slots(SlotError::Newer { version: 9, .. }))), "{copied:?}");
    let sources = RepairSources { mirrors: vec![], attachments: &mut |_, _, _| Supplied::Missing };
    let log = key();
    let repaired = repair(directory.path(), log.verifier_key(), sources, RepairOptions::default());
    assert!(matches!(&repaired, Err(RepairError::Open(error)) if is_newer(error)), "{repaired:?}");
    assert_eq!(fs::read(&path).unwrap(), bytes);
}
