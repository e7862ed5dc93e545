//! `verify` says what is true of a ledger, whatever state it is in.

use crate::commune::{
    ENTRIES, MIRRORED, aggregator, config, damage, entry, files, key, origin, record, root_of, ruin, segments, size,
    storage,
};
use danvan_ledger::{
    CorruptionKind, Finding, Ledger, LedgerConfig, Promise, Record, Storage, Verdict, VerifyOptions, VerifyProgress,
    verify, verify_on,
};
use danvan_testkit::{Dice, FaultyStorage, Files};
use danvan_tlog::{CosignedAt, LogKey};
use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;

const SEEDS: u64 = 600;

fn judged(files: Files) -> Verdict {
    let key = key();
    let options = VerifyOptions { log: Some(key.verifier_key()), threads: NonZeroUsize::new(1), ..Default::default() };
    verify_on(&storage(files), options).unwrap()
}

#[test]
fn a_sound_ledger_keeps_every_promise() {
    let verdict = judged(files());
    assert_eq!(verdict.findings, []);
    assert_eq!((verdict.origin, verdict.size, verdict.root), (origin(), size(ENTRIES), root_of(ENTRIES)));
    assert_eq!((verdict.entries, verdict.segments), (ENTRIES, segments(&files()).len()));
    assert!(verdict.segments > 5 && verdict.torn_tail.is_none() && verdict.damaged_copies.is_empty());
    let receipt = Promise::Receipt(aggregator().verifier_key().name().clone());
    for kept in [(Promise::Checkpoint, ENTRIES), (Promise::Intent, ENTRIES), (receipt.clone(), MIRRORED), (receipt, 50)]
    {
        assert!(verdict.kept.contains(&(kept.0.clone(), size(kept.1))), "{kept:?} is not in {:?}", verdict.kept);
    }
}

#[test]
fn the_number_of_threads_changes_nothing_but_the_time() {
    let mut damaged = files();
    damaged.get_mut(&segments(&damaged)[2]).unwrap()[4096 + 300] ^= 4;
    for files in [files(), damaged] {
        let verdicts = [1, 2, 3, 8, 100].map(|threads| {
            let told = Mutex::new(Vec::new());
            let tell = |progress: VerifyProgress| told.lock().unwrap().push(progress);
            let threads = NonZeroUsize::new(threads);
            let options = VerifyOptions { threads, progress: Some(&tell), ..Default::default() };
            let verdict = verify_on(&storage(files.clone()), options).unwrap();
            let told = told.into_inner().unwrap();
            assert!(told.iter().map(|progress| progress.segments_done).eq(1..=verdict.segments));
            let last = *told.last().unwrap();
            assert_eq!((last.bytes_done, last.entries_done), (verdict.bytes, verdict.entries));
            format!("{verdict:?}")
        });
        assert!(verdicts.iter().all(|verdict| *verdict == verdicts[0]), "{verdicts:#?}");
    }
}

#[test]
fn no_damage_panics_goes_unnoticed_or_makes_a_verdict_untrue() {
    for seed in 0..SEEDS {
        let (whole, mut files, mut dice) = (files(), files(), Dice::new(seed));
        let what = damage(&mut files, &mut dice, 1 + seed % 3);
        let key = key();
        let options = VerifyOptions { log: Some(key.verifier_key()), ..Default::default() };
        let Ok(verdict) = verify_on(&storage(files.clone()), options) else {
            assert!(segments(&files).is_empty(), "seed {seed}, {what}: no verdict");
            continue;
        };
        assert_eq!(verdict.root, root_of(verdict.size.get()), "seed {seed}, {what}: a root of other entries");
        let quiet = verdict.is_sound() && verdict.torn_tail.is_none() && verdict.damaged_copies.is_empty();
        if quiet {
            let unused = |name: &String| !name.ends_with(".segment");
            let differs: Vec<_> = files.keys().filter(|name| !unused(name) && files[*name] != whole[*name]).collect();
            assert_eq!((verdict.size, differs), (size(ENTRIES), vec![]), "seed {seed}, {what}: unnoticed");
        }
    }
}

#[test]
fn what_is_lost_is_named_and_what_follows_is_still_read() {
    let mut files = files();
    let name = segments(&files)[1].clone();
    files.remove(&name);
    let verdict = judged(files);
    assert!(matches!(&verdict.findings[0], Finding::Damaged(c) if c.kind == CorruptionKind::Missing && c.segment == 1));
    let Some(Finding::Missing(lost)) = verdict.findings.iter().find(|f| matches!(f, Finding::Missing(_))) else {
        panic!("{:?}", verdict.findings)
    };
    assert_eq!((verdict.size, verdict.entries), (lost.start(), ENTRIES - lost.len()));
    let short = verdict.findings.iter().filter(|f| matches!(f, Finding::Short { held, .. } if *held == verdict.size));
    assert_eq!(short.count(), verdict.findings.len() - 2);
}

#[test]
fn a_lost_end_is_known_by_what_was_promised() {
    let mut files = files();
    let name = segments(&files).pop().unwrap();
    files.remove(&name);
    let verdict = judged(files);
    assert!(verdict.findings.iter().any(|f| matches!(f, Finding::Short { promise: Promise::Checkpoint, .. })));
}

#[test]
fn sound_bytes_of_another_life_do_not_have_the_promised_roots() {
    let disk = FaultyStorage::new();
    let other: Arc<dyn Storage> = Arc::new(disk.clone());
    let ledger = Ledger::create_on(other, origin(), key(), Record::new(b"other".to_vec()), config()).unwrap();
    assert!(ledger.append_all((0..ENTRIES).map(record).collect()).iter().all(Result::is_ok));
    ledger.drain().unwrap();
    let mut mixed = files();
    mixed.retain(|name, _| !name.ends_with(".segment"));
    mixed.extend(disk.files().into_iter().filter(|(name, _)| name.ends_with(".segment")));
    let findings = judged(mixed).findings;
    assert!(findings.iter().all(|f| matches!(f, Finding::RootDiffers { .. })), "{findings:?}");
    assert!(findings.len() >= 3, "{findings:?}");
}

#[test]
fn a_note_of_another_key_is_foreign_and_both_copies_damaged_are_lost() {
    let mut files = files();
    let other = LogKey::from_seed(origin().key_name(), [9; 32]);
    let options = VerifyOptions { log: Some(other.verifier_key()), ..Default::default() };
    let verdict = verify_on(&storage(files.clone()), options).unwrap();
    assert!(verdict.findings.iter().any(|f| matches!(f, Finding::ForeignNote { promise: Promise::Checkpoint, .. })));
    for name in ["checkpoint.a", "checkpoint.b"] {
        ruin(&mut files, name);
    }
    let verdict = judged(files);
    assert_eq!(verdict.findings, [Finding::SlotsLost { name: "checkpoint".to_owned() }]);
}

#[test]
fn a_ledger_is_sound_whenever_it_is_read_beside_its_writer() {
    let directory = tempfile::tempdir().unwrap();
    let small = LedgerConfig { segment_bytes: 40 << 10, preallocate_bytes: 8 << 10, ..config() };
    let ledger = Ledger::create(directory.path(), origin(), key(), record(0), small).unwrap();
    let ends = AtomicBool::new(false);
    thread::scope(|scope| {
        let reader = scope.spawn(|| {
            let mut verdicts = 0;
            while !ends.load(Ordering::Relaxed) || verdicts < 3 {
                let verdict = verify(directory.path(), VerifyOptions::default()).unwrap();
                assert_eq!(verdict.findings, [], "verdict {verdicts}");
                verdicts += 1;
            }
        });
        for n in 1..400 {
            let records = (n * 10..n * 10 + 10).map(|n| Record::new(entry(n)));
            assert!(ledger.append_all(records.collect()).iter().all(Result::is_ok));
            if n % 20 == 0 {
                let signed = ledger.checkpoint_at(ledger.size()).unwrap();
                let receipt = aggregator().cosign(&signed, CosignedAt::from_unix_seconds(n));
                ledger.keep_receipt(aggregator().verifier_key().name(), receipt.note()).unwrap();
            }
        }
        ends.store(true, Ordering::Relaxed);
        reader.join().unwrap();
    });
    let last = ledger.drain().unwrap().unwrap();
    let verdict = verify(directory.path(), VerifyOptions::default()).unwrap();
    assert_eq!((verdict.size, verdict.root), (last.size(), last.root()));
}

#[test]
fn every_missing_entry_lies_in_a_range_that_is_named() {
    let mut files = files();
    for name in segments(&files) {
        let bytes = files.get_mut(&name).unwrap();
        let at = 4096 + bytes.len() / 4;
        bytes[at..at + 10].fill(0xaa);
    }
    let verdict = judged(files);
    let missing: u64 =
        verdict.findings.iter().map(|f| if let Finding::Missing(lost) = f { lost.len() } else { 0 }).sum();
    let torn = verdict.torn_tail.map_or(0, |torn| ENTRIES - torn.size.get());
    assert!(missing > 3, "{missing} are missing");
    assert_eq!(verdict.entries + missing + torn, ENTRIES);
}
