//! The read model of this aggregator, folded on a thread of its own so that receipts never wait for it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};
use std::thread::JoinHandle;

use danvan_event::{Source, UnitId};
use danvan_projection::{Applied, Evidence, FlagReason, ReadModel, SetAside, UnitModel};
use danvan_tlog::{Batch, Index, Origin, Size};
use tokio::sync::Notify;

use crate::metrics::AggregatorMetrics;
use crate::roll::{Member, Roll};

/// How many durable records may wait to be folded; more make the writer wait.
const WAITING: usize = 64;

/// One durable record of the own ledger.
pub(crate) struct Durable {
    pub(crate) own: Index,
    pub(crate) entry: Vec<u8>,
    /// The batch beside a `checkpoint.cosigned`, and the unit that it speaks for.
    pub(crate) batch: Option<(UnitId, Batch)>,
}

/// An entry that the fold left out, still to be stated in the own log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Flag {
    pub(crate) origin: Origin,
    pub(crate) index: u64,
    pub(crate) reason: FlagReason,
}

/// The thread that folds is gone, by a mistake of the program: the read model stands still. The process must end; the next
/// start folds anew.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the thread that folds the read model is gone")]
pub struct FoldingGone;

/// The read model and how far it has come. Cloned handles share it.
#[derive(Clone)]
pub(crate) struct Reading {
    shared: Arc<Shared>,
}

struct Shared {
    source: Source,
    model: RwLock<ReadModel>,
    progress: Mutex<Progress>,
    moved: Condvar,
    flags: Mutex<BTreeMap<(Origin, u64), FlagReason>>,
    flagged: Notify,
    changed: Notify,
    metrics: AggregatorMetrics,
}

struct Progress {
    folded: Size,
    /// Nothing will be folded any more.
    gone: bool,
}

/// The writer's end: records go in, in the order of their indices.
pub(crate) struct Folding {
    sender: Option<SyncSender<Durable>>,
    thread: Option<JoinHandle<()>>,
}

impl Reading {
    pub(crate) fn new(source: Source, metrics: AggregatorMetrics) -> Self {
        let shared = Shared {
            source,
            model: RwLock::default(),
            progress: Mutex::new(Progress { folded: Size::ZERO, gone: false }),
            moved: Condvar::new(),
            flags: Mutex::default(),
            flagged: Notify::new(),
            changed: Notify::new(),
            metrics,
        };
        Self { shared: Arc::new(shared) }
    }

    /// The read model as far as it has come. Readers must not hold it across an await.
    pub(crate) fn model(&self) -> RwLockReadGuard<'_, ReadModel> {
        self.shared.model.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// Looks at the read model as if nothing of these units were held.
    pub(crate) fn without<T>(&self, units: &BTreeSet<UnitId>, look: impl FnOnce(&ReadModel) -> T) -> T {
        if units.is_empty() {
            return look(&self.model());
        }
        let mut model = self.shared.model.write().unwrap_or_else(PoisonError::into_inner);
        let aside = model.set_aside(units);
        let lessened = Lessened { model, aside: Some(aside) };
        look(&lessened.model)
    }

    /// How many records of the own log are folded.
    pub(crate) fn folded(&self) -> Size {
        self.progress().folded
    }

    /// Whether folding has ended for good.
    pub(crate) fn failure(&self) -> Option<FoldingGone> {
        self.progress().gone.then_some(FoldingGone)
    }

    /// Blocks until everything below `size` is folded, or nothing will be any more.
    pub(crate) fn wait_for(&self, size: Size) -> Result<(), FoldingGone> {
        let mut progress = self.progress();
        while progress.folded < size {
            if progress.gone {
                return Err(FoldingGone);
            }
            progress = self.shared.moved.wait(progress).unwrap_or_else(PoisonError::into_inner);
        }
        Ok(())
    }

    fn progress(&self) -> MutexGuard<'_, Progress> {
        self.shared.progress.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Wakes after the read model moved.
    pub(crate) async fn changed(&self) {
        self.shared.changed.notified().await;
    }

    /// Wakes when there are flags to state.
    pub(crate) async fn flagged(&self) {
        self.shared.flagged.notified().await;
    }

    /// Takes the flags that the own log does not state yet.
    pub(crate) fn take_flags(&self) -> Vec<Flag> {
        let taken = std::mem::take(&mut *self.shared.flags.lock().unwrap_or_else(PoisonError::into_inner));
        let model = self.model();
        let stated = model.registry().flagged();
        taken
            .into_iter()
            .filter(|((origin, index), _)| !stated.get(origin.as_str()).is_some_and(|held| held.contains_key(index)))
            .map(|((origin, index), reason)| Flag { origin, index, reason })
            .collect()
    }

    /// Takes back flags that could not be stated: the next [`Reading::take_flags`] gives them out again.
    pub(crate) fn put_back(&self, unsaid: impl IntoIterator<Item = Flag>) {
        let mut flags = self.shared.flags.lock().unwrap_or_else(PoisonError::into_inner);
        flags.extend(unsaid.into_iter().map(|flag| ((flag.origin, flag.index), flag.reason)));
    }

    /// Goes on from what a snapshot says of the records below `folded`. What it flagged and the own log does not state
    /// yet, because
    /// the process ended in between, is given out by the next [`Reading::take_flags`].
    pub(crate) fn resume(&self, model: ReadModel, folded: Size, roll: &Roll) {
        self.put_back(unstated(&model, roll));
        *self.shared.model.write().unwrap_or_else(PoisonError::into_inner) = model;
        self.count_units();
        self.progress().folded = folded;
    }

    /// Folds one record now, on the caller's thread.
    pub(crate) fn fold(&self, durable: &Durable) {
        let shared = &*self.shared;
        let flags = {
            let mut model = shared.model.write().unwrap_or_else(PoisonError::into_inner);
            fold_into(&mut model, &shared.source, durable)
        };
        shared.metrics.records_folded.inc();
        self.count_units();
        if !flags.is_empty() {
            self.put_back(flags);
            shared.flagged.notify_one();
        }
        self.progress().folded = durable.own.size_after();
        shared.moved.notify_all();
        shared.changed.notify_one();
    }

    /// Ends the following for good: the read model is not what the own log gives.
    pub(crate) fn give_up(&self) -> FoldingGone {
        self.progress().gone = true;
        self.shared.moved.notify_all();
        FoldingGone
    }

    fn count_units(&self) {
        let gauge = |number: usize| i64::try_from(number).unwrap_or(i64::MAX);
        let model = self.model();
        self.shared.metrics.units.set(gauge(model.registry().units().len()));
        self.shared.metrics.units_held.set(gauge(model.registry().cosigned().len()));
    }

    /// Starts the thread that folds what it is given, until the folding is dropped.
    pub(crate) fn start_folding(&self) -> std::io::Result<Folding> {
        let (sender, receiver) = sync_channel(WAITING);
        let reading = self.clone();
        let run = move || reading.fold_all(&receiver);
        let thread = std::thread::Builder::new().name("folding".to_owned()).spawn(run)?;
        Ok(Folding { sender: Some(sender), thread: Some(thread) })
    }

    fn fold_all(&self, receiver: &Receiver<Durable>) {
        let _told = LastWord(self);
        while let Ok(durable) = receiver.recv() {
            self.fold(&durable);
            self.shared.metrics.unfolded.dec();
        }
    }
}

/// Folds one record of the own log, with the batch beside it. Returns what of the batch does not count.
pub(crate) fn fold_into(model: &mut ReadModel, source: &Source, durable: &Durable) -> Vec<Flag> {
    let mut flags = Vec::new();
    let at = Evidence::new(durable.own.get());
    if let Applied::Flagged(reason) = model.apply(source, at, &durable.entry) {
        tracing::error!(index = durable.own.get(), %reason, "an entry of the own log does not count");
    }
    let Some((unit, batch)) = &durable.batch else { return flags };
    let (source, incarnation) = (Source::Unit(unit.clone()), batch.origin().incarnation());
    for (index, bytes) in batch.range().iter().zip(batch.entries()) {
        let at = Evidence::in_incarnation(incarnation, index.get());
        if let Applied::Flagged(reason) = model.apply(&source, at, bytes) {
            flags.push(Flag { origin: batch.origin().clone(), index: index.get(), reason });
        }
    }
    flags
}

/// What a read model flagged in the logs of a roll and does not know to be stated.
fn unstated(model: &ReadModel, roll: &Roll) -> Vec<Flag> {
    let stated = model.registry().flagged();
    let of_log = |(origin, member): (&Origin, &Member)| {
        let flagged = model.unit(&member.unit).map(UnitModel::flagged).into_iter().flatten();
        let of_incarnation = flagged.filter(|(at, _)| at.incarnation() == origin.incarnation());
        let flags = of_incarnation.map(|(at, reason)| (at.index_in_incarnation(), *reason));
        let unstated =
            flags.filter(|(index, _)| !stated.get(origin.as_str()).is_some_and(|held| held.contains_key(index)));
        unstated.map(|(index, reason)| Flag { origin: origin.clone(), index, reason }).collect::<Vec<_>>()
    };
    roll.members().flat_map(of_log).collect()
}

/// The read model without some units, which come back whatever happens to whoever looks at it.
struct Lessened<'a> {
    model: RwLockWriteGuard<'a, ReadModel>,
    aside: Option<SetAside>,
}

impl Drop for Lessened<'_> {
    fn drop(&mut self) {
        if let Some(aside) = self.aside.take() {
            self.model.put_back(aside);
        }
    }
}

/// Wakes whoever waits when the thread ends, however it ends.
struct LastWord<'a>(&'a Reading);

impl Drop for LastWord<'_> {
    fn drop(&mut self) {
        self.0.progress().gone = true;
        self.0.shared.moved.notify_all();
    }
}

impl Folding {
    /// Hands on a durable record. Blocks while too many wait.
    pub(crate) fn hand_on(&self, durable: Durable, metrics: &AggregatorMetrics) {
        metrics.unfolded.inc();
        if let Some(sender) = &self.sender
            && sender.send(durable).is_err()
        {
            tracing::error!("{FoldingGone}: what is durable is folded at the next start");
        }
    }
}

impl Folding {
    /// Ends the thread; what is handed on afterwards is not folded.
    pub(crate) fn end(&mut self) {
        drop(self.sender.take());
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the folding thread died");
        }
    }
}

impl Drop for Folding {
    fn drop(&mut self) {
        self.end();
    }
}

#[cfg(test)]
mod tests {
    use danvan_daemon::Metrics;

    use super::*;

    #[test]
    fn whoever_waits_is_told_that_the_folding_thread_died() {
        let metrics = AggregatorMetrics::register(&Metrics::new("test")).expect("metrics");
        let reading = Reading::new("/a/test".parse().expect("a source"), metrics);
        let waiting = reading.clone();
        let waiter = std::thread::spawn(move || waiting.wait_for(Size::from(1)));
        let dying = reading.clone();
        let folding = std::thread::spawn(move || {
            let _told = LastWord(&dying);
            panic!("a mistake of the fold");
        });
        folding.join().expect_err("it dies");
        assert_eq!(waiter.join().expect("the waiter lives"), Err(FoldingGone));
        assert_eq!(reading.failure(), Some(FoldingGone));
        assert_eq!(reading.wait_for(Size::ZERO), Ok(()), "what is folded is there");
    }
}
