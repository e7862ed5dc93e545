//! The power goes at every operation while the reserve is given away and taken back.

use crate::life::{CONFIG, Life, RESERVE_BYTES, has_reserve, identity, open};
use danvan_journal::{AppendError, Journal, OpenError, Storage};
use danvan_testkit::{Dice, Fault, FaultyStorage, Mutant, Mutation, Operation};
use std::sync::Arc;

const CAPACITY: usize = 26_000;

/// Fills the disk, writes control records, makes room, goes on, and fills it again; until something fails.
fn run_script(disk: &FaultyStorage, storage: Arc<dyn Storage>) -> Life {
    let mut life = Life::default();
    disk.set_capacity(CAPACITY);
    let Ok(journal) = Journal::create(storage, &identity(), CONFIG) else { return life };
    for round in 1..3 {
        if !life.fill(&journal) {
            return life;
        }
        while has_reserve(disk) {
            if life.control(&journal).is_err() && journal.failure().is_some() {
                return life;
            }
        }
        disk.set_capacity(CAPACITY + round * (RESERVE_BYTES + 3000));
        if life.ordinary(&journal).is_err() && journal.failure().is_some() {
            return life;
        }
    }
    life
}

fn matrix(layer: impl Fn(Arc<dyn Storage>) -> Arc<dyn Storage>, fault: Fault) -> Vec<String> {
    let operations = {
        let disk = FaultyStorage::new();
        run_script(&disk, layer(Arc::new(disk.clone())));
        assert!(has_reserve(&disk), "the script ends with the reserve taken back");
        disk.operations().len() as u64
    };
    let mut broken = Vec::new();
    for at in 0..operations {
        let disk = FaultyStorage::new().with_fault(at, fault);
        let life = run_script(&disk, layer(Arc::new(disk.clone())));
        for seed in 0..10 {
            let mut dice = Dice::new(seed);
            let percent = [0, 100, 20, 80][usize::try_from(seed).unwrap() % 4];
            let image = disk.after_power_cut(&mut || dice.chance(percent));
            let case = format!("{fault:?} at operation {at}, seed {seed}");
            match open(layer(Arc::new(image.clone()))) {
                Ok(journal) => {
                    let found = life.broken_promises(&journal);
                    broken.extend(found.into_iter().map(|what| format!("{case}: {what}")));
                    let mut after = Life::default();
                    if let Err(error) = after.control(&journal) {
                        broken.push(format!("{case}: a control record after it: {error}"));
                    }
                }
                Err(OpenError::Missing) if life.acknowledged.is_empty() => {}
                Err(error) => broken.push(format!("{case}: {error}")),
            }
        }
    }
    broken
}

#[test]
fn no_power_cut_around_the_reserve_loses_anything() {
    assert_eq!(matrix(|storage| storage, Fault::PowerCut), Vec::<String>::new());
}

#[test]
fn no_broken_disk_around_the_reserve_loses_anything() {
    assert_eq!(matrix(|storage| storage, Fault::Io), Vec::<String>::new());
}

/// Ordinary records over several segments; who is refused tries again.
fn insist(disk: &FaultyStorage) -> Life {
    let mut life = Life::default();
    let Ok(journal) = Journal::create(Arc::new(disk.clone()), &identity(), CONFIG) else { return life };
    for _ in 0..40 {
        for _ in 0..2 {
            match life.ordinary(&journal) {
                Ok(_) => break,
                Err(AppendError::NoSpace) => {}
                Err(_) => return life,
            }
        }
    }
    life
}

#[test]
fn a_segment_that_is_begun_a_second_time_is_whole_after_a_power_cut() {
    let operations = {
        let disk = FaultyStorage::new();
        insist(&disk);
        disk.operations()
    };
    let renames = (0_u64..).zip(&operations).filter(|(_, operation)| **operation == Operation::Rename);
    let renames: Vec<u64> = renames.map(|(at, _)| at).skip(1).collect();
    assert!(renames.len() > 2, "hardly a segment is begun");
    for rename in renames {
        for full in rename - 3..=rename {
            for cut in full + 1..full + 10 {
                let disk = FaultyStorage::new().with_fault(full, Fault::NoSpace).with_fault(cut, Fault::PowerCut);
                let life = insist(&disk);
                for seed in 0..40 {
                    let mut dice = Dice::new(seed);
                    let image = disk.after_power_cut(&mut || dice.chance(50));
                    let case = format!("full at operation {full}, power cut at {cut}, seed {seed}");
                    let journal = open(Arc::new(image)).unwrap_or_else(|error| panic!("{case}: {error}"));
                    assert_eq!(life.broken_promises(&journal), Vec::<String>::new(), "{case}");
                }
            }
        }
    }
}

#[test]
fn using_the_space_of_the_reserve_before_it_is_free_is_noticed() {
    // The mistake: the reserve is removed and the directory is not synced, so that its space is not free yet.
    let first_that_needs_it = |layer: &dyn Fn(Arc<dyn Storage>) -> Arc<dyn Storage>| {
        let disk = FaultyStorage::new();
        disk.set_capacity(CAPACITY);
        drop(Journal::create(Arc::new(disk.clone()), &identity(), CONFIG).unwrap());
        let journal = open(layer(Arc::new(disk.clone()))).unwrap();
        let mut life = Life::default();
        assert!(life.fill(&journal));
        loop {
            let outcome = life.control(&journal);
            if !has_reserve(&disk) {
                return outcome;
            }
        }
    };
    assert!(first_that_needs_it(&|storage| storage).is_ok());
    let mutant = |storage| Arc::new(Mutant::new(storage, Mutation::SkipDirectorySync)) as Arc<dyn Storage>;
    assert_eq!(first_that_needs_it(&mutant), Err(AppendError::NoSpace));
}
