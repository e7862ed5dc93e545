//! A pair of slots against the one fact that it holds.

use danvan_journal::{Slots, Storage};
use danvan_testkit::{Dice, Fault, FaultyStorage, Mutant, Mutation, first_failure};
use proptest::prelude::*;
use std::sync::Arc;

#[derive(Debug, Clone)]
enum Operation {
    /// Stores a fact of so many bytes.
    Store(usize),
    CloseAndOpen,
    /// The power goes at this operation of the disk from now; each unsynced piece survives with this probability.
    PowerCut {
        after: u8,
        percent: u64,
        seed: u64,
    },
    /// A block of one of the files becomes zeros while the pair is closed.
    LoseBlock {
        is_second: bool,
        block: usize,
    },
}

fn operation() -> impl Strategy<Value = Operation> {
    prop_oneof![
        8 => prop_oneof![4 => 0_usize..600, 1 => 3900_usize..9000].prop_map(Operation::Store),
        2 => Just(Operation::CloseAndOpen),
        3 => (0_u8..6, 0_u64..=100, any::<u64>())
            .prop_map(|(after, percent, seed)| Operation::PowerCut { after, percent, seed }),
        2 => (any::<bool>(), 0_usize..6).prop_map(|(is_second, block)| Operation::LoseBlock { is_second, block }),
    ]
}

type Layer = fn(FaultyStorage) -> Arc<dyn Storage>;

struct Machine {
    disk: FaultyStorage,
    /// What lies between the pair and the disk.
    layer: Layer,
    slots: Slots,
    held: Option<Vec<u8>>,
    /// What was being stored when the disk failed.
    in_doubt: Option<Vec<u8>>,
    survival: (u64, u64),
    made: u64,
}

impl Machine {
    fn new(layer: Layer) -> Self {
        let disk = FaultyStorage::new();
        let slots = Slots::open(layer(disk.clone()).as_ref(), "pair").unwrap();
        Self { disk, layer, slots, held: None, in_doubt: None, survival: (0, 0), made: 0 }
    }

    fn run(&mut self, operation: &Operation) {
        match *operation {
            Operation::Store(bytes) => {
                self.made += 1;
                let fact = [self.made.to_le_bytes().to_vec(), Dice::new(self.made).bytes(bytes)].concat();
                if self.slots.store(&fact).is_ok() {
                    self.held = Some(fact);
                } else {
                    assert!(self.slots.store(b"after a failure").is_err(), "a failed pair stores again");
                    self.in_doubt = Some(fact);
                    self.open();
                }
            }
            Operation::CloseAndOpen => self.open(),
            Operation::PowerCut { after, percent, seed } => {
                self.survival = (percent, seed);
                let at = self.disk.operations().len() as u64 + u64::from(after);
                let _ = self.disk.clone().with_fault(at, Fault::PowerCut);
            }
            Operation::LoseBlock { is_second, block } => {
                self.open();
                let mut files = self.disk.files();
                let bytes = files.get_mut(if is_second { "pair.b" } else { "pair.a" }).unwrap();
                bytes.chunks_mut(4096).skip(block).take(1).for_each(|block| block.fill(0));
                self.disk = FaultyStorage::with_files(files);
                self.open();
            }
        }
        assert_eq!(self.slots.get(), self.held.as_deref());
        if let Ok(read) = Slots::read(&self.disk, "pair") {
            assert_eq!(read, self.held, "a reader without the lock sees another fact");
        }
    }

    fn open(&mut self) {
        for _ in 0..3 {
            let opened = Slots::open((self.layer)(self.disk.clone()).as_ref(), "pair");
            if let Ok(slots) = opened {
                self.slots = slots;
                let found = self.slots.get().map(<[u8]>::to_vec);
                let in_doubt = self.in_doubt.take();
                assert!(found == self.held || (in_doubt.is_some() && found == in_doubt), "the confirmed fact is gone");
                self.held = found;
                return;
            }
            assert!(self.disk.names().is_err(), "a disk with power: {:?}", opened.err());
            let (percent, seed) = self.survival;
            let mut dice = Dice::new(seed);
            self.disk = self.disk.after_power_cut(&mut || dice.chance(percent));
        }
        panic!("no start succeeds");
    }
}

fn failure(attempts: u32, layer: Layer) -> Option<String> {
    first_failure(&prop::collection::vec(operation(), 1..40), attempts, move |operations| {
        let mut machine = Machine::new(layer);
        for operation in operations {
            machine.run(&operation);
        }
    })
}

#[test]
fn a_pair_of_slots_holds_the_last_fact_that_it_confirmed() {
    assert_eq!(failure(3000, |disk| Arc::new(disk)), None);
}

#[test]
fn a_pair_that_confirms_too_early_does_not_hold_its_fact() {
    let early = failure(0, |disk| Arc::new(Mutant::new(Arc::new(disk), Mutation::AcknowledgeBeforeSync)));
    assert!(early.is_some());
}
