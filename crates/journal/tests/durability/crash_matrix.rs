//! The power goes at every operation of the script, and the disk is in every state that this can leave.

use crate::workload::{CONFIG, Findings, Progress, SEEDS, complete, identity, run_script};
use danvan_journal::{Journal, JournalReader, Storage};
use danvan_testkit::{Fault, FaultyStorage, Files};
use danvan_tlog::Size;
use std::collections::HashSet;
use std::sync::Arc;

/// Runs the matrix with a layer between journal and disk, until it has found `enough` broken promises.
pub(crate) fn matrix(layer: impl Fn(Arc<dyn Storage>) -> Arc<dyn Storage>, enough: usize) -> Vec<String> {
    let operations = {
        let disk = FaultyStorage::new();
        run_script(&layer(Arc::new(disk.clone())));
        disk.operations().len() as u64
    };
    let mut findings = Findings::default();
    for at in 0..=operations {
        if findings.broken.len() >= enough {
            break;
        }
        let disk = FaultyStorage::new().with_fault(at, Fault::PowerCut);
        let progress = run_script(&layer(Arc::new(disk.clone())));
        let when = format!("end at operation {at}");
        findings.cut(&layer, &disk, progress, &when);
        findings.restart_and_cut(&layer, &disk, progress, &when);
    }
    findings.broken
}

/// Every state that a power cut somewhere in the script leaves and that differs, with what must hold of it.
fn first_cuts() -> Vec<(FaultyStorage, Progress)> {
    let operations = complete().0.operations().len() as u64;
    let mut seen = HashSet::new();
    let mut cuts = Vec::new();
    for at in 0..operations {
        let disk = FaultyStorage::new().with_fault(at, Fault::PowerCut);
        let progress = run_script(&(Arc::new(disk.clone()) as Arc<dyn Storage>));
        for (_, image) in disk.remains(SEEDS) {
            if seen.insert((image.files(), progress)) {
                cuts.push((image, progress));
            }
        }
    }
    cuts
}

#[test]
fn one_order_of_calls_is_one_order_of_operations() {
    let (first, _) = complete();
    for _ in 0..20 {
        let (again, _) = complete();
        assert_eq!(again.operations(), first.operations());
        assert_eq!(again.files(), first.files());
    }
}

#[test]
fn no_power_cut_loses_what_was_acknowledged() {
    let broken = matrix(|storage| storage, 5);
    assert!(broken.is_empty(), "{} broken promises, first: {}", broken.len(), broken[0]);
}

#[test]
fn no_second_power_cut_during_recovery_loses_anything() {
    for (image, progress) in first_cuts().into_iter().step_by(5) {
        let mut findings = Findings::default();
        for second in 0.. {
            let again = FaultyStorage::with_files(image.files()).with_fault(second, Fault::PowerCut);
            drop(Journal::open(Arc::new(again.clone()), &identity(), Size::ZERO, CONFIG));
            if again.operations().len() as u64 <= second {
                break;
            }
            findings.cut(&|storage| storage, &again, progress, &format!("cut at operation {second} of recovery"));
        }
        assert_eq!(findings.broken, Vec::<String>::new(), "{progress:?}");
    }
}

/// The bytes that the next start will set aside, and whether they are still where a person finds them.
struct Torn {
    segment: String,
    offset: usize,
    bytes: Vec<u8>,
}

impl Torn {
    fn of(image: &FaultyStorage) -> Option<Self> {
        let reader = JournalReader::open(Arc::new(image.clone())).ok()?;
        let torn = reader.torn_tail()?;
        let segment = format!("{:010}.segment", torn.segment);
        let offset = usize::try_from(torn.offset).ok()?;
        let bytes = image.files()[&segment][offset..offset + usize::try_from(torn.bytes).ok()?].to_vec();
        Some(Self { segment, offset, bytes })
    }

    fn is_kept(&self, files: &Files) -> bool {
        let in_place = files.get(&self.segment).and_then(|file| file.get(self.offset..));
        in_place.is_some_and(|rest| rest.starts_with(&self.bytes))
            || files.iter().any(|(name, file)| name.ends_with(".broken") && *file == self.bytes)
    }
}

/// Cuts the power at every operation of the recovery from a torn tail; returns where its bytes were lost.
pub(crate) fn lost_tails(layer: impl Fn(Arc<dyn Storage>) -> Arc<dyn Storage>) -> Vec<String> {
    let torn: Vec<_> = first_cuts().into_iter().filter_map(|(image, _)| Some((Torn::of(&image)?, image))).collect();
    assert!(torn.len() > 20, "the script leaves too few torn tails");
    let mut lost = Vec::new();
    for (torn, image) in torn.iter().step_by(3) {
        for second in 0.. {
            let disk = FaultyStorage::with_files(image.files()).with_fault(second, Fault::PowerCut);
            drop(Journal::open(layer(Arc::new(disk.clone())), &identity(), Size::ZERO, CONFIG));
            let remains = disk.remains(SEEDS);
            let gone = remains.iter().filter(|(_, left)| !torn.is_kept(&left.files()));
            lost.extend(gone.map(|(kept, _)| format!("cut at operation {second} of recovery, {kept}")));
            if disk.operations().len() as u64 <= second {
                break;
            }
        }
    }
    lost
}

#[test]
fn the_bytes_of_a_torn_tail_are_kept_whenever_the_power_goes() {
    assert_eq!(lost_tails(|storage| storage), Vec::<String>::new());
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
