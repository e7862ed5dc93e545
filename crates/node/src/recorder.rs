//! The recorder: under one lock, an entry gets its `recordedtime`, is judged by the domain's rules, and takes its place in the
//! queue of the ledger, so that the order of times, of rules and of indices is one order.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use danvan_daemon::DrainToken;
use danvan_event::{
    Canon, Entry, EntryError, Event, EventId, EventType, Form, FormError, Opening, Salt, Source, Timestamp,
    TimestampError,
};
use danvan_ledger::{AppendError, Busy, Done, Ledger, ReadError, Record};
use danvan_projection::{Evidence, FlagReason, ReadModel, UnitModel};
use danvan_tlog::{Index, PositionError, Size};

use crate::history::History;
use crate::node_clock::NodeClock;

/// Records read at once while folding.
const READ_AT_ONCE: u64 = 512;
const ERASURE: &str = "privacy.erased.v1";
const PRIVACY: &str = "privacy";

/// How a record is handed to the ledger.
type Submit = fn(&Ledger, Record, Done) -> Result<(), Busy>;

/// Sees the entries of all logs in order, each with its number.
pub(crate) type Visit<'v, E> = dyn FnMut(Index, Option<EventId>, &Event) -> Result<(), E> + 'v;

/// Sees the bytes of each entry with its number and its place.
type EachEntry<'v, E> = dyn FnMut(Index, Evidence, &[u8]) -> Result<(), E> + 'v;

pub(crate) struct Recorder {
    ledger: Ledger,
    history: History,
    source: Source,
    clock: NodeClock,
    tolerance_ms: i64,
    recording: Mutex<Recording>,
    /// Held by whoever reads the model again.
    rereading: Mutex<()>,
    queued: Arc<Queued>,
    drain: DrainToken,
}

/// What the next entry is judged by.
struct Recording {
    model: ReadModel,
    last: Option<Timestamp>,
    next: Size,
}

#[derive(Default)]
struct Queued {
    entries: AtomicU64,
    /// An entry that the model counts did not become durable: the model is read again before the next one.
    model_is_ahead: AtomicBool,
}

/// A form with its id and the salts of its personal fields: everything that its entry needs but the time of recording.
#[derive(Clone)]
pub(crate) struct Draft {
    pub(crate) form: Form,
    pub(crate) salts: Vec<Salt>,
}

/// Why an entry was not queued. Nothing was stored.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RecordError {
    /// The form makes no entry.
    #[error(transparent)]
    Form(#[from] FormError),
    /// The form claims a time too far ahead.
    #[error("the time is later than {latest}")]
    Future {
        /// The latest time that would have been taken.
        latest: Timestamp,
    },
    /// What the node writes by itself makes no entry: a mistake of the program.
    #[error(transparent)]
    Own(#[from] EntryError),
    /// The entry, of this type, would break a rule.
    #[error("{0}")]
    Rule(FlagReason, EventType),
    /// The queue is full, or the model is being read again.
    #[error("busy")]
    Busy,
    /// The machine's clock shows no plausible time.
    #[error("the machine's clock is out of order: {0}")]
    Clock(#[from] TimestampError),
    /// The ledger cannot be read.
    #[error(transparent)]
    Fold(#[from] FoldError),
}

/// Why a ledger was not folded.
#[derive(Debug, thiserror::Error)]
pub(crate) enum FoldError {
    /// The node drains: whoever asked gives up too.
    #[error("the node drains")]
    Drained,
    /// It cannot be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// A range was wrong; cannot happen.
    #[error(transparent)]
    Range(#[from] PositionError),
}

impl Draft {
    /// Whether it is about personal data of other events, which it names.
    pub(crate) fn concerns_openings(&self) -> bool {
        self.form.event_type().family() == PRIVACY
    }

    /// Whether openings are destroyed once its entry is durable.
    pub(crate) fn is_erasure(&self) -> bool {
        self.form.event_type().short() == ERASURE
    }

    /// The entry as it would be if it were recorded at `recordedtime`, and the openings of its personal fields.
    pub(crate) fn entry_at(
        &self,
        source: &Source,
        recordedtime: Timestamp,
    ) -> Result<(Entry, Vec<Opening>), FormError> {
        let mut salts = self.salts.iter().copied();
        // A field more than salts cannot come: both are counted from the same form.
        let mut next = || salts.next().unwrap_or(Salt::new([0; 16]));
        self.form.clone().into_entry(source, recordedtime, &mut next)
    }
}

impl Recorder {
    /// A recorder that has folded nothing yet; see [`Recorder::catch_up`]. `drain` ends every reading of the ledger.
    pub(crate) fn new(
        ledger: Ledger,
        history: History,
        source: Source,
        clock: NodeClock,
        tolerance_s: u32,
        drain: DrainToken,
    ) -> Self {
        let recording = Recording { model: ReadModel::default(), last: None, next: Size::ZERO };
        Self {
            ledger,
            history,
            source,
            clock,
            tolerance_ms: i64::from(tolerance_s) * 1000,
            recording: Mutex::new(recording),
            rereading: Mutex::default(),
            queued: Arc::default(),
            drain,
        }
    }

    /// Folds the whole ledger, and the logs that ended before it, and tells `visit` what each entry says, and its id, `None` where
    /// there is no reading it. Until then nothing may be recorded. Blocks; holds up nobody who looks meanwhile.
    pub(crate) fn catch_up<E: From<FoldError>>(&self, visit: &mut Visit<'_, E>) -> Result<(), E> {
        let read = self.fold(visit)?;
        *self.lock() = read;
        Ok(())
    }

    /// Tells `visit` the ids that [`Recorder::catch_up`] tells it, and folds nothing. Blocks.
    pub(crate) fn ids<E: From<FoldError>>(
        &self,
        visit: &mut dyn FnMut(Index, Option<EventId>) -> Result<(), E>,
    ) -> Result<(), E> {
        self.each_entry(&mut |number, _, bytes| visit(number, id_of(bytes))).map(drop)
    }

    /// Whether the model counts an entry that never became durable. Nothing is recorded before [`Recorder::reread`].
    pub(crate) fn is_ahead(&self) -> bool {
        self.queued.model_is_ahead.load(Ordering::SeqCst)
    }

    /// Reads the model again from the ledger when it counts an entry that never became durable. Blocks for as long as a start does,
    /// and holds up nobody who looks meanwhile.
    pub(crate) fn reread(&self) -> Result<(), RecordError> {
        let Ok(_turn) = self.rereading.try_lock() else { return Err(RecordError::Busy) };
        let last = {
            let recording = self.lock();
            if !self.is_ahead() {
                return Ok(());
            }
            if self.queued.entries.load(Ordering::SeqCst) > 0 {
                return Err(RecordError::Busy);
            }
            recording.last
        };
        // Nothing is in the queue, and nothing comes in while the model is ahead: the ledger stands still.
        let mut read = self.fold::<FoldError>(&mut |_, _, _| Ok(()))?;
        read.last = read.last.max(last);
        let mut recording = self.lock();
        *recording = read;
        self.queued.model_is_ahead.store(false, Ordering::SeqCst);
        Ok(())
    }

    /// Queues the entry of `draft`. `done` is called when it is durable or has failed; it must not block.
    pub(crate) fn record(&self, draft: &Draft, done: Done) -> Result<(), RecordError> {
        let recording = self.sound()?;
        let (entry, _) = self.judged(&recording, draft)?;
        // A full disk must not stop an erasure.
        let submit: Submit = if draft.is_erasure() { Ledger::submit_control } else { Ledger::submit };
        self.queue(recording, &entry, submit, done)
    }

    /// Queues an entry that the node writes by itself, made by `make` for the time of its recording; `done` as in [`Recorder::record`].
    pub(crate) fn record_own(
        &self,
        make: impl FnOnce(Timestamp) -> Result<Entry, EntryError>,
        done: Done,
    ) -> Result<(), RecordError> {
        let recording = self.sound()?;
        let entry = make(self.recordedtime(&recording)?)?;
        self.check(&recording, &entry)?;
        self.queue(recording, &entry, Ledger::submit, done)
    }

    fn queue(
        &self,
        mut recording: MutexGuard<'_, Recording>,
        entry: &Entry,
        submit: Submit,
        done: Done,
    ) -> Result<(), RecordError> {
        let index = recording.next.next_index();
        let queued = self.queued.clone();
        queued.entries.fetch_add(1, Ordering::SeqCst);
        let done = Box::new(move |outcome: Result<Index, AppendError>| {
            if outcome.as_ref().ok() != Some(&index) {
                queued.model_is_ahead.store(true, Ordering::SeqCst);
            }
            queued.entries.fetch_sub(1, Ordering::SeqCst);
            done(outcome);
        });
        if submit(&self.ledger, Record::new(entry.bytes().to_vec()), done).is_err() {
            self.queued.entries.fetch_sub(1, Ordering::SeqCst);
            return Err(RecordError::Busy);
        }
        let at = Evidence::in_incarnation(self.history.incarnation(), index.get());
        recording.model.apply_entry(&self.source, at, entry);
        recording.last = Some(entry.recordedtime());
        recording.next = index.size_after();
        Ok(())
    }

    /// What [`Recorder::record`] would say now: the entry as it would be, and the openings that it would have; queues nothing.
    pub(crate) fn rehearse(&self, draft: &Draft) -> Result<(Entry, Vec<Opening>), RecordError> {
        self.judged(&*self.sound()?, draft)
    }

    /// The time that an entry would be recorded at now.
    pub(crate) fn now(&self) -> Result<Timestamp, TimestampError> {
        self.recordedtime(&self.lock())
    }

    /// Looks into the model of this node's own unit; `None` before the first entry is folded.
    pub(crate) fn look<T>(&self, see: impl FnOnce(&UnitModel) -> T) -> Option<T> {
        self.lock().model.unit(self.source.unit()?).map(see)
    }

    fn lock(&self) -> MutexGuard<'_, Recording> {
        self.recording.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The recording, unless its model counts what is not there.
    fn sound(&self) -> Result<MutexGuard<'_, Recording>, RecordError> {
        let recording = self.lock();
        if self.is_ahead() { Err(RecordError::Busy) } else { Ok(recording) }
    }

    /// The clock's time, but never before the last entry's. A machine whose clock has lost its battery goes on recording.
    fn recordedtime(&self, recording: &Recording) -> Result<Timestamp, TimestampError> {
        match (self.clock.now(), recording.last) {
            (Ok(now), Some(last)) => Ok(now.max(last)),
            (Err(_), Some(last)) => Ok(last),
            (now, None) => now,
        }
    }

    fn judged(&self, recording: &Recording, draft: &Draft) -> Result<(Entry, Vec<Opening>), RecordError> {
        if let Some(time) = draft.form.time() {
            self.clock.hear(time);
            let latest = self.recordedtime(recording)?.as_millis().saturating_add(self.tolerance_ms);
            if time.as_millis() > latest {
                return Err(RecordError::Future { latest: Timestamp::from_millis(latest)? });
            }
        }
        let (entry, openings) = draft.entry_at(&self.source, self.recordedtime(recording)?)?;
        self.check(recording, &entry)?;
        Ok((entry, openings))
    }

    fn check(&self, recording: &Recording, entry: &Entry) -> Result<(), RecordError> {
        let judged = recording.model.check(&self.source, entry);
        judged.map_err(|reason| RecordError::Rule(reason, entry.event_type().clone()))
    }

    fn fold<E: From<FoldError>>(&self, visit: &mut Visit<'_, E>) -> Result<Recording, E> {
        let (mut model, mut last) = (ReadModel::default(), None);
        let end = self.each_entry::<E>(&mut |number, at, bytes| match Entry::parse(bytes.to_vec()) {
            Ok(entry) => {
                model.apply_entry(&self.source, at, &entry);
                self.clock.hear(entry.recordedtime());
                last = last.max(Some(entry.recordedtime()));
                visit(number, Some(entry.id()), entry.event())
            }
            Err(error) => {
                tracing::error!(number = number.get(), %error, "an entry of the own log cannot be read");
                model.apply(&self.source, at, bytes);
                visit(number, id_of(bytes), &Event::Unknown)
            }
        })?;
        Ok(Recording { model, last, next: end })
    }

    /// Shows every entry that is durable now to `visit`, in order, unless the node drains; how many the log has that goes on. Blocks.
    pub(crate) fn each_entry<E: From<FoldError>>(&self, visit: &mut EachEntry<'_, E>) -> Result<Size, E> {
        let mut end = Size::ZERO;
        for part in self.history.incarnations() {
            for range in part.steps(READ_AT_ONCE) {
                if self.drain.is_cancelled() {
                    return Err(FoldError::Drained.into());
                }
                let mut outcome = Ok(());
                let see = |index, bytes: &[u8]| {
                    outcome = visit(part.number(index), part.evidence(index), bytes);
                    outcome.is_ok()
                };
                part.visit(range.map_err(FoldError::from)?, see).map_err(FoldError::from)?;
                outcome?;
            }
            end = part.size();
        }
        Ok(end)
    }
}

/// The id of an entry, where it has one; the rest of it is not judged.
pub(crate) fn id_of(bytes: &[u8]) -> Option<EventId> {
    match Canon::parse(bytes) {
        Ok(Canon::Map(attributes)) => attributes.get("id")?.as_str()?.parse().ok(),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
