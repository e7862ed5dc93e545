//! One life of a ledger: from a start to whatever ends it.

use crate::step::Step;
use crate::truth::{Truth, size};
use crate::world::{Layer, Manner, Verdict, cosigned, key_of, mirror, origin_of, record};
use danvan_ledger::{
    AppendError, CheckpointError, CreateError, Damage, JournalOpenError, Kept, Ledger, LedgerConfig, LedgerReader,
    OpenError, ReadError, Record, Recovery, Signing, SlotError, Storage,
};
use danvan_testkit::FaultyStorage;
use danvan_tlog::{Index, IndexRange, SignedCheckpoint};
use std::fmt::Debug;
use std::sync::mpsc;
use std::sync::{Arc, Mutex};
use std::thread;

/// A disk, what lies on it, and what was said of that.
pub(crate) struct Life<'t> {
    disk: FaultyStorage,
    storage: Arc<dyn Storage>,
    /// Whose ledger it is.
    incarnation: u8,
    manner: Manner,
    config: LedgerConfig,
    pub(crate) truth: &'t mut Truth,
    /// The number of the next record.
    next: &'t mut u64,
    trace: &'t mut Vec<String>,
    announced: Arc<Mutex<Vec<SignedCheckpoint>>>,
}

impl<'t> Life<'t> {
    pub(crate) fn new(
        disk: &FaultyStorage,
        layer: Layer<'_>,
        (incarnation, manner, config): (u8, Manner, LedgerConfig),
        (truth, next, trace): (&'t mut Truth, &'t mut u64, &'t mut Vec<String>),
    ) -> Self {
        let storage = layer(Arc::new(disk.clone()));
        Self { disk: disk.clone(), storage, incarnation, manner, config, truth, next, trace, announced: Arc::default() }
    }

    /// An error is no breach when the disk failed in this life; without that it is one.
    fn excuse(&mut self, what: &str, error: &dyn Debug) -> Verdict {
        self.trace.push(format!("{what}: {error:?}"));
        if self.disk.hits() > 0 { Ok(()) } else { Err(format!("nothing failed, and {what}: {error:?}")) }
    }

    fn new_record(&mut self) -> Record {
        *self.next += 1;
        record(*self.next)
    }

    fn open(&self) -> Result<(Ledger, Recovery), OpenError> {
        let (origin, key) = (origin_of(self.incarnation), key_of(self.incarnation));
        Ledger::open_on(Arc::clone(&self.storage), origin, key, self.config)
    }

    /// Starts the ledger, or makes it; `None` when the disk did not let it.
    pub(crate) fn start(&mut self) -> Result<Option<Ledger>, String> {
        match self.open() {
            Ok((ledger, _)) if ledger.size().get() == 0 => {
                drop(ledger);
                self.make()
            }
            Ok((ledger, recovery)) => {
                self.trace.push(format!("opened, {recovery:?}"));
                self.take_over(ledger)
            }
            Err(OpenError::Journal(JournalOpenError::Missing)) => self.make(),
            Err(error) if accuses(&error) => Err(format!("a crash alone: {error:?}")),
            Err(error) => self.excuse("it cannot be opened", &error).map(|()| None),
        }
    }

    fn make(&mut self) -> Result<Option<Ledger>, String> {
        self.truth.nothing_is_there()?;
        let first = self.new_record();
        let (origin, key) = (origin_of(self.incarnation), key_of(self.incarnation));
        let is_waited_for = self.manner == Manner::AtOnce;
        // Two would sign the first entry otherwise, and the machine decide which of them sees the disk fail.
        let signing = if is_waited_for { Signing::OnDemand } else { self.config.signing };
        let config = LedgerConfig { signing, ..self.config };
        let made = Ledger::create_on(Arc::clone(&self.storage), origin, key, first.clone(), config);
        match made {
            Ok(ledger) => {
                self.trace.push("made".to_owned());
                self.truth.acknowledged(first, Index::ZERO)?;
                self.truth.announced(ledger.latest().as_ref())?;
                if is_waited_for {
                    drop(ledger);
                    return self.start();
                }
                self.listen(&ledger);
                Ok(Some(ledger))
            }
            Err(CreateError::Exists { size }) => Err(format!("a ledger that was empty has {size} entries")),
            Err(CreateError::Open(error)) if accuses(&error) => Err(format!("a crash alone: {error:?}")),
            Err(error) => {
                self.truth.doubt(first);
                self.excuse("it cannot be made", &error).map(|()| None)
            }
        }
    }

    fn take_over(&mut self, ledger: Ledger) -> Result<Option<Ledger>, String> {
        if !self.settle(&ledger)? {
            return Ok(None);
        }
        match ledger.read(ledger.size().range()) {
            Ok(read) => self.truth.found(&ledger, &read)?,
            Err(ReadError::Corrupt(corruption)) => return Err(format!("a crash alone: {corruption}")),
            Err(error) => return self.excuse("what it opened cannot be read", &error).map(|()| None),
        }
        self.listen(&ledger);
        Ok(Some(ledger))
    }

    fn listen(&self, ledger: &Ledger) {
        let announced = Arc::clone(&self.announced);
        ledger.on_signed(Box::new(move |signed| announced.lock().unwrap().push(signed.clone())));
    }

    /// Does one step and checks what can be checked; false when the ledger has failed.
    pub(crate) fn step(&mut self, ledger: &Ledger, step: Step) -> Result<bool, String> {
        self.trace.push(format!("{step:?} at {}", ledger.size()));
        let goes_on = self.act(ledger, step)? && self.settle(ledger)?;
        self.hear(Some(ledger))?;
        if !goes_on || ledger.failure().is_some() {
            stays_closed(ledger)?;
            return Ok(false);
        }
        self.truth.holds_of(ledger, self.manner != Manner::Beside)?;
        Ok(true)
    }

    /// Where each step is to be done before the next one begins, waits until the thread that signs has nothing to do any more;
    /// false when the ledger has failed.
    fn settle(&mut self, ledger: &Ledger) -> Result<bool, String> {
        while self.manner == Manner::AtOnce && ledger.latest().map(|latest| latest.size()) != Some(ledger.size()) {
            if let Some(error) = ledger.failure() {
                return self.excuse("signing failed beside", &error).map(|()| false);
            }
            thread::yield_now();
        }
        Ok(true)
    }

    /// Learns which checkpoints were announced, and what is shown.
    fn hear(&mut self, ledger: Option<&Ledger>) -> Verdict {
        // A thread beside may have replaced the latest one and not announced it yet. What was announced before that is in the list
        // that is taken afterwards, so this one does not make an earlier one late.
        let shown = ledger.filter(|_| self.manner != Manner::OnDemand).and_then(Ledger::latest);
        let announced = std::mem::take(&mut *self.announced.lock().unwrap());
        announced.iter().try_for_each(|signed| self.truth.announced(Some(signed)))?;
        shown.map_or(Ok(()), |shown| self.truth.shown(&shown))
    }

    fn act(&mut self, ledger: &Ledger, step: Step) -> Result<bool, String> {
        let part = |percent: u64| size(ledger.size().get() * percent / 100);
        match step {
            Step::Append => {
                let record = self.new_record();
                let outcome = ledger.append(record.clone());
                self.outcome(record, outcome)
            }
            Step::Control => {
                let record = self.new_record();
                let outcome = ledger.append_control(record.clone());
                self.outcome(record, outcome)
            }
            Step::Together(count) => self.together(ledger, count),
            Step::Burst(count) => self.burst(ledger, count),
            Step::CheckpointAt(percent) => match ledger.checkpoint_at(part(percent)) {
                Ok(signed) => self.truth.signed(&signed).map(|()| true),
                Err(error) => self.no_checkpoint(&error),
            },
            Step::CheckpointBeyond => match ledger.checkpoint_at(ledger.size().next_index().size_after()) {
                Err(CheckpointError::NotDurable { .. }) => Ok(true),
                other => Err(format!("a checkpoint of more than there is: {other:?}")),
            },
            Step::Sign => match ledger.sign_latest() {
                Ok(latest) if latest.as_ref().map(SignedCheckpoint::size) == Some(ledger.size()) => Ok(true),
                Ok(latest) => Err(format!("the latest checkpoint is {latest:?} of {}", ledger.size())),
                Err(error) if ledger.failure().is_none() => Err(format!("signing failed and it goes on: {error}")),
                Err(error) => self.excuse("signing failed", &error).map(|()| false),
            },
            Step::Receipt(which, percent) => self.receipt(ledger, which, part(percent)),
            Step::Read(percent) => {
                let range = IndexRange::new(part(percent), ledger.size()).unwrap();
                let start = usize::try_from(range.start().get()).unwrap();
                match ledger.read(range) {
                    Ok(read) if read.len() as u64 == range.len() => self.truth.shows(start, &read).map(|()| true),
                    Ok(read) => Err(format!("{} entries were read of {}", read.len(), range.len())),
                    Err(ReadError::Io(error)) => self.excuse("reading failed", &error).map(|()| true),
                    Err(error) => Err(format!("a crash alone: {error}")),
                }
            }
            Step::Audit => self.audit(),
            Step::SecondWriter => match self.open() {
                Ok(_) => Err("a second writer was let in".to_owned()),
                Err(OpenError::Journal(JournalOpenError::Locked)) => Ok(true),
                Err(error) => self.excuse("a second writer was refused for another reason", &error).map(|()| true),
            },
            Step::MakeRoom => {
                self.disk.set_capacity(usize::MAX);
                Ok(true)
            }
        }
    }

    /// What became of a record; false when the ledger has failed.
    fn outcome(&mut self, record: Record, outcome: Result<Index, AppendError>) -> Result<bool, String> {
        match outcome {
            Ok(index) => self.truth.acknowledged(record, index).map(|()| true),
            // Refused for good: it must never be seen.
            Err(error @ AppendError::NoSpace) => self.excuse("there was no space", &error).map(|()| true),
            Err(error @ AppendError::Poisoned { .. }) => {
                self.truth.doubt(record);
                self.excuse("it was poisoned", &error).map(|()| false)
            }
            Err(error) => Err(format!("an open ledger answered {error:?}")),
        }
    }

    fn together(&mut self, ledger: &Ledger, count: u64) -> Result<bool, String> {
        let records: Vec<Record> = (0..count).map(|_| self.new_record()).collect();
        let outcomes = ledger.append_all(records.clone());
        let mut goes_on = true;
        for (record, outcome) in records.into_iter().zip(outcomes) {
            goes_on &= self.outcome(record, outcome)?;
        }
        Ok(goes_on)
    }

    /// Offers records while the writer is held in the continuation of the first, so that it is always the same ones that
    /// find the queue full and the same ones that become a group.
    fn burst(&mut self, ledger: &Ledger, count: u64) -> Result<bool, String> {
        let (held, arrived) = mpsc::channel();
        let (release, released) = mpsc::channel::<()>();
        let first = self.new_record();
        let offering = thread::current().id();
        let first_done = move |outcome| {
            held.send(outcome).unwrap();
            // A ledger that has failed beside answers here and now.
            if thread::current().id() != offering {
                let _ = released.recv();
            }
        };
        ledger.submit(first.clone(), Box::new(first_done)).map_err(|busy| format!("an empty queue is full: {busy}"))?;
        let outcome = arrived.recv().unwrap();
        let (sender, outcomes) = mpsc::channel();
        let mut taken = Vec::new();
        for place in 1..count {
            let record = self.new_record();
            let sender = sender.clone();
            let done = move |outcome| drop(sender.send((place, outcome)));
            match ledger.submit(record.clone(), Box::new(done)) {
                Ok(()) => taken.push((place, record)),
                Err(busy) if busy.record == record => self.trace.push("busy".to_owned()),
                Err(_) => return Err("a full queue gave another record back".to_owned()),
            }
        }
        drop((release, sender));
        let mut outcomes: Vec<(u64, Result<Index, AppendError>)> = outcomes.iter().collect();
        // A ledger that fails beside answers those that wait at once, before those that are being written.
        if !outcomes.iter().filter(|(_, outcome)| outcome.is_ok()).is_sorted_by_key(|(place, _)| place) {
            return Err("acknowledgements came in another order than the offers".to_owned());
        }
        outcomes.sort_by_key(|(place, _)| *place);
        if !outcomes.iter().map(|(place, _)| place).eq(taken.iter().map(|(place, _)| place)) {
            return Err("not every offer was answered once".to_owned());
        }
        let mut goes_on = self.outcome(first, outcome)?;
        for ((_, record), (_, outcome)) in taken.into_iter().zip(outcomes) {
            goes_on &= self.outcome(record, outcome)?;
        }
        Ok(goes_on)
    }

    fn receipt(&mut self, ledger: &Ledger, which: usize, size: danvan_tlog::Size) -> Result<bool, String> {
        let signed = match ledger.checkpoint_at(size) {
            Ok(signed) => signed,
            Err(error) => return self.no_checkpoint(&error),
        };
        self.truth.signed(&signed)?;
        let by = mirror(which);
        let receipt = cosigned(&by, &signed);
        let by = by.verifier_key().name();
        let before = ledger.receipts().get(by).map(SignedCheckpoint::size);
        match ledger.keep_receipt(by, receipt.note()) {
            Ok(Kept::Newest) if before < Some(size) => self.truth.receipted(by, &receipt).map(|()| true),
            Ok(Kept::AlreadyCovered) if before >= Some(size) => Ok(true),
            Ok(kept) => Err(format!("a receipt for {size} after {before:?}: {kept:?}")),
            Err(error) => self.excuse("a receipt was not kept", &error).map(|()| false),
        }
    }

    fn audit(&mut self) -> Result<bool, String> {
        let read = LedgerReader::open_on(Arc::clone(&self.storage))
            .map(|reader| reader.entries().map(|item| item.map(|(_, record)| record)).collect::<Result<Vec<_>, _>>());
        match read {
            Ok(Ok(read)) if read.len() as u64 == self.truth.size() => self.truth.shows(0, &read).map(|()| true),
            Ok(Ok(read)) => Err(format!("an auditor sees {} entries of {}", read.len(), self.truth.size())),
            Ok(Err(Damage::Io(error))) => self.excuse("an auditor cannot read on", &error).map(|()| true),
            Ok(Err(damage @ Damage::Corrupt(_))) => Err(format!("an auditor sees damage: {damage}")),
            Err(error) if accuses(&error) => Err(format!("an auditor sees damage: {error}")),
            Err(error) => self.excuse("an auditor cannot look", &error).map(|()| true),
        }
    }

    fn no_checkpoint(&mut self, error: &CheckpointError) -> Result<bool, String> {
        if let CheckpointError::RootDiffers { .. } | CheckpointError::Read(ReadError::Corrupt(_)) = error {
            return Err(format!("a crash alone: {error}"));
        }
        self.excuse("a checkpoint was refused", error).map(|()| false)
    }

    /// The process ends, in order or not: what it signed last is looked at.
    pub(crate) fn end(mut self, ledger: Ledger) -> Verdict {
        drop(ledger);
        self.hear(None)
    }

    /// The orderly end.
    pub(crate) fn drain(&mut self, ledger: Ledger) -> Verdict {
        self.trace.push("drain".to_owned());
        let size = ledger.size();
        match ledger.drain() {
            Ok(Some(latest)) if latest.size() == size => self.truth.announced(Some(&latest)),
            Ok(latest) => Err(format!("the last checkpoint is {latest:?} of {size}")),
            Err(error) => self.excuse("it was not drained", &error),
        }
    }
}

/// Whether an error says that bytes are not what was written. No power cut and no failing operation explains that, and
/// none excuses it.
fn accuses(error: &OpenError) -> bool {
    use JournalOpenError::{Corrupt, Foreign, Lost, NewerFormat};
    matches!(
        error,
        OpenError::RootDiffers { .. }
            | OpenError::ForeignNote { .. }
            | OpenError::Read(ReadError::Corrupt(_))
            | OpenError::Slots(SlotError::Damaged { .. } | SlotError::Newer { .. })
            | OpenError::Journal(Corrupt(_) | Lost { .. } | Foreign { .. } | NewerFormat { .. })
    )
}

/// After a failure nothing is acknowledged any more.
fn stays_closed(ledger: &Ledger) -> Verdict {
    if ledger.failure().is_some() && ledger.append(record(0)).is_ok() {
        return Err("something was acknowledged after a failure".to_owned());
    }
    Ok(())
}
