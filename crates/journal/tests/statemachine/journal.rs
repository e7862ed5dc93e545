//! A journal against a list of records, on a disk that fills up and loses power.

use danvan_journal::{AppendError, Busy, Config, Identity, Journal, JournalReader, Record, Storage};
use danvan_testkit::{Dice, Fault, FaultyStorage, Mutant, Mutation, first_failure};
use danvan_tlog::{Index, IndexRange, Size};
use proptest::prelude::*;
use std::collections::BTreeMap;
use std::sync::{Arc, mpsc};

const CONFIG: Config = Config {
    segment_bytes: 4096 + 2500,
    preallocate_bytes: 900,
    queue_records: 6,
    queue_bytes: 4000,
    reserve_bytes: 9000,
};

/// A record: so many bytes of entry and of attachment.
type Shape = (usize, Option<usize>);

#[derive(Debug, Clone)]
enum Operation {
    Append(Shape),
    AppendControl(Shape),
    AppendAll(Vec<Shape>),
    /// Offers records until one comes back.
    SubmitUntilBusy(Shape),
    CloseAndOpen,
    /// The power goes at this operation of the disk from now, or at the next open; each unsynced piece survives with
    /// this probability.
    PowerCut {
        after: u8,
        percent: u64,
        seed: u64,
    },
    /// Parts of the size, in 256ths.
    Read(u8, u8),
    /// Others leave so many bytes free.
    Fill(usize),
    Free,
}

fn shape() -> impl Strategy<Value = Shape> {
    (0_usize..500, prop::option::weighted(0.2, 0_usize..800))
}

fn operation() -> impl Strategy<Value = Operation> {
    prop_oneof![
        8 => shape().prop_map(Operation::Append),
        2 => shape().prop_map(Operation::AppendControl),
        4 => prop::collection::vec(shape(), 1..12).prop_map(Operation::AppendAll),
        2 => shape().prop_map(Operation::SubmitUntilBusy),
        2 => Just(Operation::CloseAndOpen),
        4 => (0_u8..25, 0_u64..=100, any::<u64>())
            .prop_map(|(after, percent, seed)| Operation::PowerCut { after, percent, seed }),
        3 => (any::<u8>(), any::<u8>()).prop_map(|(a, b)| Operation::Read(a.min(b), a.max(b))),
        2 => (0_usize..6000).prop_map(Operation::Fill),
        2 => Just(Operation::Free),
    ]
}

fn identity() -> Identity {
    Identity::new("example.vn/u/gso2024-15097").unwrap()
}

type Layer = fn(FaultyStorage) -> Arc<dyn Storage>;

struct Machine {
    disk: FaultyStorage,
    /// What lies between the journal and the disk.
    layer: Layer,
    journal: Journal,
    /// What was acknowledged.
    model: Vec<Record>,
    /// What was handed in after that and is in doubt, in order.
    in_doubt: Vec<Record>,
    /// How the disk comes back from a power cut.
    survival: (u64, u64),
    has_room: bool,
    made: u64,
}

impl Machine {
    fn new(layer: Layer) -> Self {
        let disk = FaultyStorage::new();
        let journal = Journal::create(layer(disk.clone()), &identity(), CONFIG).unwrap();
        Self {
            disk,
            layer,
            journal,
            model: Vec::new(),
            in_doubt: Vec::new(),
            survival: (0, 0),
            has_room: true,
            made: 0,
        }
    }

    fn record(&mut self, (entry, attachment): Shape) -> Record {
        self.made += 1;
        let mut dice = Dice::new(self.made);
        let entry = [self.made.to_le_bytes().to_vec(), dice.bytes(entry)].concat();
        Record { entry, attachment: attachment.map(|bytes| dice.bytes(bytes)) }
    }

    fn note(&mut self, record: Record, outcome: Result<Index, AppendError>, is_control: bool) {
        match outcome {
            Ok(index) => {
                assert_eq!(index.get(), self.model.len() as u64, "an acknowledgement names another index");
                self.model.push(record);
            }
            Err(AppendError::NoSpace) => {
                assert!(!self.has_room, "a disk with room refuses (control: {is_control})");
            }
            Err(AppendError::Poisoned { .. }) => self.in_doubt.push(record),
            Err(error) => panic!("{error}"),
        }
    }

    fn run(&mut self, operation: Operation) {
        match operation {
            Operation::Append(shape) => {
                let record = self.record(shape);
                let outcome = self.journal.append(record.clone());
                self.note(record, outcome, false);
            }
            Operation::AppendControl(shape) => {
                let record = self.record(shape);
                let outcome = self.journal.append_control(record.clone());
                self.note(record, outcome, true);
            }
            Operation::AppendAll(shapes) => {
                let records: Vec<Record> = shapes.into_iter().map(|shape| self.record(shape)).collect();
                let outcomes = self.journal.append_all(records.clone());
                records.into_iter().zip(outcomes).for_each(|(record, outcome)| self.note(record, outcome, false));
            }
            Operation::SubmitUntilBusy(shape) => self.submit_until_busy(shape),
            Operation::CloseAndOpen => {
                let _ = self.journal.close();
                self.open();
            }
            Operation::PowerCut { after, percent, seed } => {
                self.survival = (percent, seed);
                let at = self.disk.operations().len() as u64 + u64::from(after);
                let _ = self.disk.clone().with_fault(at, Fault::PowerCut);
            }
            Operation::Read(from, to) => self.read(from, to),
            Operation::Fill(free) => {
                self.has_room = false;
                self.disk.set_capacity(self.disk.used() + free);
            }
            Operation::Free => {
                self.has_room = true;
                self.disk.set_capacity(usize::MAX);
            }
        }
        if self.journal.failure().is_some() {
            self.open();
        }
        assert_eq!(self.journal.size().get(), self.model.len() as u64);
    }

    fn submit_until_busy(&mut self, shape: Shape) {
        let (sender, outcomes) = mpsc::channel();
        let mut offered = Vec::new();
        // The writer may be as fast as we are; then there is no end.
        for n in 0..30 {
            let record = self.record(shape);
            let sender = sender.clone();
            let done = Box::new(move |outcome| sender.send((n, outcome)).unwrap());
            match self.journal.submit(record.clone(), done) {
                Ok(()) => offered.push(record),
                Err(Busy { record: back, .. }) => {
                    assert_eq!(back, record, "another record came back");
                    break;
                }
            }
        }
        drop(sender);
        let answers: Vec<(usize, Result<Index, AppendError>)> = outcomes.iter().collect();
        // A journal that has failed answers at once, before those that still wait.
        assert!(answers.iter().filter(|(_, outcome)| outcome.is_ok()).is_sorted_by_key(|(n, _)| n));
        let answers: BTreeMap<usize, _> = answers.into_iter().collect();
        assert_eq!(answers.len(), offered.len(), "not every offer was answered once");
        offered.into_iter().zip(answers).for_each(|(record, (_, outcome))| self.note(record, outcome, false));
    }

    /// Opens what is there; after a power cut, what survived.
    fn open(&mut self) {
        let _ = self.journal.close();
        self.journal.release();
        for _ in 0..4 {
            let opened = Journal::open((self.layer)(self.disk.clone()), &identity(), Size::ZERO, CONFIG);
            // A start that needs no answer from the disk any more may end without seeing that the power is gone.
            match (opened, self.disk.names()) {
                (Ok((journal, _)), Ok(_)) => {
                    self.journal = journal;
                    return self.settle();
                }
                (Err(error), Ok(_)) => {
                    // Without a reserve a torn tail that does not fit beside itself waits for space; nothing else does.
                    assert!(!self.has_room, "a disk with power and room: {error}");
                    self.has_room = true;
                    self.disk.set_capacity(usize::MAX);
                    continue;
                }
                (_, Err(_)) => {}
            }
            let (percent, seed) = self.survival;
            let mut dice = Dice::new(seed);
            self.disk = self.disk.after_power_cut(&mut || dice.chance(percent));
        }
        panic!("no start succeeds");
    }

    /// What the disk holds is now the truth: everything acknowledged, and of the rest a beginning.
    fn settle(&mut self) {
        let held = usize::try_from(self.journal.size().get()).unwrap();
        assert!(held >= self.model.len(), "{} were acknowledged, {held} are left", self.model.len());
        assert!(held <= self.model.len() + self.in_doubt.len(), "{held} are there, and nobody submitted so many");
        let kept = held - self.model.len();
        self.model.extend(self.in_doubt.drain(..).take(kept));
        assert_eq!(self.journal.read(self.journal.size().range()).unwrap(), self.model);
        let reader = JournalReader::open(Arc::new(self.disk.clone())).unwrap();
        assert_eq!((reader.corruption(), reader.torn_tail()), (None, None));
        assert_eq!(reader.entries().map(|item| item.unwrap().1).collect::<Vec<_>>(), self.model);
    }

    fn read(&self, from: u8, to: u8) {
        let part = |part: u8| self.model.len() * usize::from(part) / 256;
        let (from, to) = (part(from), part(to));
        let size = |n: usize| Size::new(n as u64).unwrap();
        let read = self.journal.read(IndexRange::new(size(from), size(to)).unwrap());
        match read {
            Ok(records) => assert_eq!(records, self.model[from..to]),
            Err(error) => assert!(self.disk.names().is_err(), "a disk with power: {error}"),
        }
        let beyond = IndexRange::new(size(from), size(self.model.len() + 1)).unwrap();
        assert!(self.journal.read(beyond).is_err());
    }
}

fn failure(attempts: u32, layer: Layer) -> Option<String> {
    first_failure(&prop::collection::vec(operation(), 1..40), attempts, move |operations| {
        let mut machine = Machine::new(layer);
        for operation in operations {
            machine.run(operation);
        }
        machine.open();
    })
}

#[test]
fn a_journal_does_what_a_list_of_records_does() {
    assert_eq!(failure(3000, |disk| Arc::new(disk)), None);
}

#[test]
fn a_journal_that_acknowledges_too_early_is_no_list_of_records() {
    let early = failure(0, |disk| Arc::new(Mutant::new(Arc::new(disk), Mutation::AcknowledgeBeforeSync)));
    assert!(early.is_some());
}
