//! The power goes at every operation of the script, with every mixture of what the disk kept.

use crate::workload::{CONFIG, broken_promises, complete, identity, run_script, survivals};
use danvan_journal::{Journal, Storage};
use danvan_testkit::{Fault, FaultyStorage};
use danvan_tlog::Size;
use std::sync::Arc;

/// Runs the matrix with a layer between journal and disk, until it has found `enough` broken promises.
pub(crate) fn matrix(layer: impl Fn(Arc<dyn Storage>) -> Arc<dyn Storage>, seeds: u64, enough: usize) -> Vec<String> {
    let operations = {
        let disk = FaultyStorage::new();
        run_script(&layer(Arc::new(disk.clone())));
        disk.operations().len() as u64
    };
    let mut broken = Vec::new();
    for at in 0..=operations {
        if broken.len() >= enough {
            break;
        }
        let disk = FaultyStorage::new().with_fault(at, Fault::PowerCut);
        let progress = run_script(&layer(Arc::new(disk.clone())));
        for (kept, image) in survivals(&disk, seeds) {
            let storage = layer(Arc::new(image));
            let found = broken_promises(&storage, progress);
            broken.extend(found.into_iter().map(|what| format!("power cut at operation {at}, {kept}: {what}")));
        }
    }
    broken
}

#[test]
fn no_power_cut_loses_what_was_acknowledged() {
    let broken = matrix(|storage| storage, 12, 5);
    assert!(broken.is_empty(), "{} broken promises, first: {}", broken.len(), broken[0]);
}

#[test]
fn no_second_power_cut_during_recovery_loses_anything() {
    let operations = complete().0.operations().len() as u64;
    for at in (0..operations).step_by(7) {
        let disk = FaultyStorage::new().with_fault(at, Fault::PowerCut);
        let progress = run_script(&(Arc::new(disk.clone()) as Arc<dyn Storage>));
        for (kept, image) in survivals(&disk, 2) {
            for second in 0..10 {
                let again = FaultyStorage::with_files(image.files()).with_fault(second, Fault::PowerCut);
                // Whatever this finds is cut short by the second cut; only the third start counts.
                let _ = broken_promises(&(Arc::new(again.clone()) as Arc<dyn Storage>), progress);
                for (kept_again, last) in survivals(&again, 2) {
                    let storage: Arc<dyn Storage> = Arc::new(last);
                    let mut found = broken_promises(&storage, progress);
                    // The interrupted recovery may have appended its own seven records.
                    found.retain(|what| !what.contains("were submitted"));
                    assert!(found.is_empty(), "cuts at {at} ({kept}) and {second} ({kept_again}): {found:?}");
                }
            }
        }
    }
}

#[test]
fn a_torn_tail_is_set_aside_and_reported() {
    let (disk, size) = complete();
    let mut files = disk.files();
    // The last frame loses its last written byte: what a power cut in the middle of a write leaves.
    let name = files.keys().filter(|name| name.ends_with(".segment")).max().unwrap().clone();
    let bytes = files.get_mut(&name).unwrap();
    let last = bytes.iter().rposition(|b| *b != 0).unwrap();
    bytes[last - 9..=last].fill(0);
    let image = FaultyStorage::with_files(files.clone());
    let (journal, recovery) = Journal::open(Arc::new(image.clone()), &identity(), Size::ZERO, CONFIG).unwrap();
    let torn = recovery.torn_tail.unwrap();
    assert_eq!((journal.size().get(), torn.size.get()), (size - 1, size - 1));
    let kept = &image.files()[&torn.kept_in.unwrap()];
    let start = usize::try_from(torn.offset).unwrap();
    assert_eq!(kept.as_slice(), &files[&name][start..start + kept.len()]);
    assert_eq!(kept.len() as u64, torn.bytes);
}
