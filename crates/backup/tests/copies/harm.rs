//! What goes wrong: interruptions, damage, two at once.

use crate::machine::{Machine, fault_paths, tree};
use danvan_backup::{CreateError, ManifestNumber, ReadError, restore, verify};
use std::fs;
use std::path::Path;

#[test]
fn an_interrupted_copy_leaves_the_earlier_ones_and_the_next_one_clears_up() {
    let machine = Machine::new(100);
    machine.create(None).unwrap();
    let before = tree(&machine.backup());
    machine.grow(60);
    fs::write(machine.dir.join("vault/b.json"), b"{\"salt\":\"8\"}").unwrap();
    let second = machine.create(None).unwrap();
    let new: Vec<_> = tree(&machine.backup()).into_iter().filter(|(path, _)| !before.contains_key(path)).collect();
    let (manifest, objects): (Vec<_>, Vec<_>) = new.into_iter().partition(|(path, _)| path.starts_with("manifests/"));
    assert_eq!((manifest.len(), objects.len()), (1, second.written));
    // At the n-th object: it may be half there under no name of its own, and those before it are there.
    for at in 0..=objects.len() {
        let place = machine.path(&format!("interrupted-{at}"));
        for (path, (bytes, _)) in before.iter().chain(objects[..at].iter().map(|(path, file)| (path, file))) {
            put(&place.join(path), bytes);
        }
        match objects.get(at) {
            Some((_, (bytes, _))) => put(&place.join("objects/unfinished.new"), &bytes[..bytes.len() / 2]),
            None => put(&place.join("manifests/unfinished.new"), &manifest[0].1.0[..100]),
        }
        let checked = verify(&place, None, Some(&machine.identity)).unwrap();
        assert_eq!((checked.number.get(), checked.faults), (1, Vec::new()), "object {at}");
        let created = machine.create_in(&place, None).unwrap();
        assert_eq!((created.number.get(), created.removed), (2, at), "object {at}");
        let checked = verify(&place, None, Some(&machine.identity)).unwrap();
        assert_eq!((checked.number.get(), checked.faults), (2, Vec::new()), "object {at}");
        let left: Vec<_> = tree(&place).into_keys().filter(|path| path.contains("unfinished")).collect();
        assert_eq!(left, Vec::<String>::new(), "object {at}");
    }
}

fn put(path: &Path, bytes: &[u8]) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, bytes).unwrap();
}

#[test]
fn two_that_take_copies_at_once_do_not_meet() {
    let machine = Machine::new(100);
    machine.create(None).unwrap();
    let outcomes: Vec<_> = std::thread::scope(|scope| {
        let take = || (0..6).map(|_| machine.create(None)).collect::<Vec<_>>();
        let takers: Vec<_> = (0..4).map(|_| scope.spawn(take)).collect();
        takers.into_iter().flat_map(|taker| taker.join().unwrap()).collect()
    });
    let busy = outcomes.iter().filter(|outcome| matches!(outcome, Err(CreateError::Busy))).count();
    let mut numbers: Vec<u32> =
        outcomes.iter().filter_map(|outcome| Some(outcome.as_ref().ok()?.number.get())).collect();
    numbers.sort_unstable();
    assert_eq!(busy + numbers.len(), 24, "{outcomes:?}");
    assert_eq!(numbers, (2..2 + u32::try_from(numbers.len()).unwrap()).collect::<Vec<_>>());
    assert_eq!(verify(&machine.backup(), None, Some(&machine.identity)).unwrap().faults, []);
}

#[test]
fn who_reads_and_who_writes_wait_for_each_other() {
    let machine = Machine::new(10);
    machine.create(None).unwrap();
    let lock = fs::File::open(machine.backup().join("lock")).unwrap();
    lock.lock_shared().unwrap();
    assert!(matches!(machine.create(None), Err(CreateError::Busy)));
    verify(&machine.backup(), None, None).unwrap();
    lock.unlock().unwrap();
    lock.lock().unwrap();
    assert!(matches!(verify(&machine.backup(), None, None), Err(ReadError::Busy)));
    let restored = restore(&machine.backup(), None, &machine.identity, &machine.path("new"));
    assert!(restored.is_err() && !machine.path("new").exists(), "{restored:?}");
}

#[test]
fn nothing_is_forgotten_as_long_as_a_kept_manifest_cannot_be_read() {
    let machine = Machine::new(60);
    machine.create(None).unwrap();
    machine.grow(30);
    machine.create(None).unwrap();
    let manifests = machine.manifests();
    let bytes = fs::read(&manifests[1]).unwrap();
    fs::write(&manifests[1], &bytes[..bytes.len() - 3]).unwrap();
    let objects = machine.objects();
    machine.grow(30);
    let third = machine.create(Some(2)).unwrap();
    assert_eq!((third.removed, third.unreadable), (0, vec![ManifestNumber::new(2)]));
    assert!(objects.iter().all(|object| object.exists()) && machine.manifests().len() == 3);
    fs::write(&manifests[1], &bytes).unwrap();
    let fourth = machine.create(Some(2)).unwrap();
    assert!(fourth.removed > 0 && fourth.unreadable.is_empty() && machine.manifests().len() == 2);
    assert_eq!(verify(&machine.backup(), None, Some(&machine.identity)).unwrap().faults, []);
}

#[test]
fn whatever_byte_of_whatever_object_is_damaged_is_named_and_nothing_is_restored() {
    let machine = Machine::new(60);
    machine.create(None).unwrap();
    let objects = machine.objects();
    assert_eq!(fault_paths(&machine, None), Vec::<String>::new());
    for (number, object) in objects.iter().enumerate() {
        let bytes = fs::read(object).unwrap();
        let mut damaged = bytes.clone();
        let at = bytes.len() * number / objects.len();
        damaged[at] ^= 0x20;
        for harm in [Some(&damaged[..]), Some(&bytes[..bytes.len() - 1]), None] {
            match harm {
                Some(harm) => fs::write(object, harm).unwrap(),
                None => fs::remove_file(object).unwrap(),
            }
            let without = fault_paths(&machine, None);
            assert_eq!((without.len(), &fault_paths(&machine, Some(&machine.identity))), (1, &without), "byte {at}");
            let target = machine.path("new");
            let error = restore(&machine.backup(), None, &machine.identity, &target).unwrap_err();
            assert!(error.to_string().starts_with(&without[0]), "{error}, not {without:?}");
            assert!(!target.exists() && !machine.path("new.restoring").exists());
        }
        fs::write(object, &bytes).unwrap();
    }
}

#[test]
fn a_damaged_ledger_is_not_copied_over_a_sound_one() {
    let machine = Machine::new(200);
    machine.create(None).unwrap();
    machine.grow(100);
    let segments = machine.sealed_segments();
    let newest = machine.dir.join(format!("ledger/{:010}.segment", segments - 1));
    let bytes = fs::read(&newest).unwrap();
    let mut damaged = bytes.clone();
    damaged[5000] ^= 1;
    fs::write(&newest, damaged).unwrap();
    let refused = machine.create(Some(1));
    assert!(matches!(refused, Err(CreateError::Ledger(_))), "{refused:?}");
    let target = machine.path("new");
    assert_eq!(restore(&machine.backup(), None, &machine.identity, &target).unwrap().entries, 200);
}
