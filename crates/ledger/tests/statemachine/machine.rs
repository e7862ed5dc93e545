//! The ledger under test, and the model beside it.

use crate::model::{Log, cosigned, key, mirror, origin, place_of, size};
use crate::operation::{Operation, Part};
use crate::table::{Table, key_of, keyed};
use danvan_ledger::{
    AppendError, Kept, KeyTable, Ledger, LedgerConfig, LedgerReader, Once, OnceError, Record, Signing, Storage,
};
use danvan_testkit::{Dice, Fault, FaultyStorage};
use danvan_tlog::Index;
use std::sync::Arc;

pub(crate) const CONFIG: LedgerConfig = LedgerConfig {
    segment_bytes: 4096 + 2500,
    preallocate_bytes: 900,
    queue_records: 64,
    queue_bytes: 1 << 20,
    reserve_bytes: 700,
    signing: Signing::OnDemand,
};

/// What lies between a ledger and its disk.
pub(crate) type Layer = fn(FaultyStorage) -> Arc<dyn Storage>;

pub(crate) struct Machine {
    pub(crate) disk: FaultyStorage,
    pub(crate) layer: Layer,
    /// `None` only between two processes.
    running: Option<(Ledger, Once)>,
    table: Arc<Table>,
    /// The logs that ended, as they lie there.
    pub(crate) ended: Vec<FaultyStorage>,
    /// Those logs and the living one, the last.
    pub(crate) logs: Vec<Log>,
    /// How the disk comes back from a power cut.
    survival: (u64, u64),
    made: u64,
}

impl Machine {
    pub(crate) fn new(layer: Layer) -> Self {
        let disk = FaultyStorage::new();
        let first = b"opened".to_vec();
        let made = Ledger::create_on(layer(disk.clone()), origin(1), key(1), Record::new(first.clone()), CONFIG);
        drop(made.unwrap());
        let mut machine = Self {
            disk,
            layer,
            running: None,
            table: Arc::default(),
            ended: Vec::new(),
            logs: vec![Log { entries: vec![first], latest: 1, ..Log::default() }],
            survival: (0, 0),
            made: 0,
        };
        machine.open();
        machine
    }

    pub(crate) fn incarnation(&self) -> u8 {
        u8::try_from(self.logs.len()).unwrap()
    }

    pub(crate) fn log(&mut self) -> &mut Log {
        self.logs.last_mut().unwrap()
    }

    fn ledger(&self) -> Ledger {
        self.running.as_ref().unwrap().0.clone()
    }

    /// An entry that is like no other.
    fn entry(&mut self, bytes: usize) -> Vec<u8> {
        self.made += 1;
        [format!("entry {:06} ", self.made).into_bytes(), Dice::new(self.made).bytes(bytes)].concat()
    }

    fn note(&mut self, entry: Vec<u8>, outcome: Result<Index, AppendError>) {
        let log = self.log();
        match outcome {
            Ok(index) => {
                assert_eq!(index.get(), log.entries.len() as u64, "an acknowledgement names another index");
                log.entries.push(entry);
            }
            Err(AppendError::Poisoned { .. }) => log.in_doubt.push(entry),
            Err(error) => panic!("{error}"),
        }
    }

    /// A part of the size.
    pub(crate) fn part(&mut self, part: Part) -> usize {
        self.log().entries.len() * usize::from(part) / 255
    }

    /// Only a disk without power explains a failure.
    fn assert_no_power(&self, what: &dyn std::fmt::Display) {
        assert!(self.disk.names().is_err(), "a disk with power: {what}");
    }

    pub(crate) fn run(&mut self, operation: Operation) {
        match operation {
            Operation::Append(bytes) => {
                let entry = self.entry(bytes);
                let outcome = self.ledger().append(Record::new(entry.clone()));
                self.note(entry, outcome);
            }
            Operation::AppendAll(sizes) => {
                let entries: Vec<Vec<u8>> = sizes.into_iter().map(|bytes| self.entry(bytes)).collect();
                let outcomes = self.ledger().append_all(entries.iter().cloned().map(Record::new).collect());
                entries.into_iter().zip(outcomes).for_each(|(entry, outcome)| self.note(entry, outcome));
            }
            Operation::AppendOnce(key) => self.append_once(&keyed(key)),
            Operation::Sign => match self.ledger().sign_latest() {
                Ok(latest) => {
                    let signed = latest.map_or(0, |latest| self.log().check(&latest));
                    assert_eq!(signed, self.log().entries.len());
                    self.log().latest = signed;
                }
                Err(error) => self.assert_no_power(&error),
            },
            Operation::CheckpointAt(part) => {
                let asked = self.part(part);
                match self.ledger().checkpoint_at(size(asked)) {
                    Ok(signed) => assert_eq!(self.log().check(&signed), asked),
                    Err(error) => self.assert_no_power(&error),
                }
            }
            Operation::Receipt { by, size } => self.keep_receipt(by, size),
            Operation::DrainAndOpen => self.drain_and_open(),
            Operation::Kill { keeps_keys } => {
                self.disk = self.disk.after_restart();
                self.stop();
                self.table = if keeps_keys { Arc::clone(&self.table) } else { Arc::default() };
                self.open();
            }
            Operation::PowerCut { after, percent, seed } => {
                self.survival = (percent, seed);
                let at = self.disk.operations().len() as u64 + u64::from(after);
                let _ = self.disk.clone().with_fault(at, Fault::PowerCut);
            }
            Operation::Lose(part) => {
                // Unless everything is signed, a lost end looks like one that was never acknowledged.
                self.drain_and_open();
                while self.log().latest < self.log().entries.len() {
                    self.drain_and_open();
                }
                self.stop();
                let lost = self.part(part).min(self.log().entries.len() - 1);
                self.lose(lost);
                self.open();
            }
        }
        if self.disk.names().is_err() || self.ledger().failure().is_some() {
            self.open();
        }
        assert_eq!(self.ledger().size(), size(self.log().entries.len()));
    }

    fn append_once(&mut self, entry: &[u8]) {
        let key = key_of(entry).unwrap();
        let known = place_of(&self.logs, &key);
        let (ledger, once) = self.running.as_ref().unwrap();
        match (once.append(ledger, &key, || Record::new(entry.to_vec())), known) {
            (Ok(appended), Some(place)) => assert_eq!((appended.place, appended.is_new), (place, false)),
            (Ok(appended), None) => {
                assert!(appended.is_new, "an entry that nobody handed in");
                assert_eq!(appended.place.incarnation, u64::from(self.incarnation()));
                self.note(entry.to_vec(), Ok(appended.place.index));
            }
            (Err(OnceError::Append(error)), None) => self.note(entry.to_vec(), Err(error)),
            (Err(error), _) => panic!("{error}"),
        }
    }

    fn keep_receipt(&mut self, by: usize, part: Part) {
        let asked = self.part(part);
        let ledger = self.ledger();
        let signed = match ledger.checkpoint_at(size(asked)) {
            Ok(signed) => signed,
            Err(error) => return self.assert_no_power(&error),
        };
        let kept = ledger.keep_receipt(mirror(by).verifier_key().name(), cosigned(by, &signed).note());
        match kept {
            Ok(Kept::Newest) => self.log().receipts[by] = asked,
            Ok(Kept::AlreadyCovered) => assert!(asked <= self.log().receipts[by]),
            Err(error) => self.assert_no_power(&error),
        }
    }

    fn drain_and_open(&mut self) {
        let all = self.log().entries.len();
        match self.ledger().drain() {
            Ok(latest) => {
                assert_eq!(latest.map(|latest| self.log().check(&latest)), Some(all));
                self.log().latest = all;
            }
            Err(error) => self.assert_no_power(&error),
        }
        self.open();
    }

    pub(crate) fn throw_keys_away(&mut self) {
        self.table = Arc::default();
    }

    fn stop(&mut self) {
        self.running = None;
    }

    /// Opens what is there; after a power cut, what survived.
    pub(crate) fn open(&mut self) {
        self.stop();
        for _ in 0..4 {
            let who = self.incarnation();
            let opened = Ledger::open_on((self.layer)(self.disk.clone()), origin(who), key(who), CONFIG);
            // A start that needs no answer from the disk any more may end without seeing that the power is gone.
            match (opened, self.disk.names()) {
                (Ok((ledger, _)), Ok(_)) => {
                    self.log().settle(&ledger);
                    let once = self.keys(&ledger);
                    self.running = Some((ledger, once));
                    return;
                }
                (Err(error), Ok(_)) => panic!("a disk with power: {error}"),
                (_, Err(_)) => {}
            }
            let (percent, seed) = self.survival;
            let mut dice = Dice::new(seed);
            self.disk = self.disk.after_power_cut(&mut || dice.chance(percent));
        }
        panic!("no start succeeds");
    }

    fn keys(&self, ledger: &Ledger) -> Once {
        let ended = self.ended.iter().map(|disk| LedgerReader::open_on(Arc::new(disk.clone())).unwrap());
        let table = Arc::clone(&self.table) as Arc<dyn KeyTable>;
        let ended: Vec<LedgerReader> = ended.collect();
        Once::open(&ended, ledger, table, key_of, |error| panic!("{error}")).unwrap()
    }
}
