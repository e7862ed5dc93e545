//! Idempotent append: for each key one entry, however often and from how many sides it is asked for.
//!
//! The key of an entry is opaque here; the caller says which key an entry has. Requests for one key take turns, so that
//! those who wait find what the first one left. Where the entry of each key stands is kept in a table behind a port. It
//! lags behind the ledger: what is durable and not in the table yet is in memory, and after a crash it is read again from
//! the ledger. So the table is derived state and may be thrown away at any time.
//!
//! Keys span incarnations: the entries of logs that ended come before those of the log that goes on. The table knows one
//! running number for all of them.

use crate::ledger::Ledger;
use crate::reader::LedgerReader;
use danvan_journal::{AppendError, Done, ReadError, Record};
use danvan_tlog::{Index, IndexRange, Size};
use std::collections::HashMap;
use std::sync::mpsc::{Receiver, SyncSender, channel, sync_channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use thiserror::Error;

/// Keys that are noted at once.
const AT_ONCE: usize = 1024;
/// Keys that may wait to be noted; one more holds up the ledger's thread until some are in.
const WAITING: usize = 8 * AT_ONCE;

/// Where the keys of durable entries are kept.
pub trait KeyTable: Send + Sync + 'static {
    /// The number that was noted for a key.
    fn find(&self, key: &[u8]) -> Result<Option<u64>, KeyTableError>;

    /// Up to which number, exclusive, every key was noted; 0 in an empty table.
    fn noted(&self) -> Result<u64, KeyTableError>;

    /// Notes keys and, in the same step, that every key below `upto` is noted now.
    fn note(&self, upto: u64, keys: &[(Vec<u8>, u64)]) -> Result<(), KeyTableError>;
}

/// The table is out of order: it must be thrown away and built anew. The text is for the operator.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("the table of keys is out of order: {reason}")]
pub struct KeyTableError {
    reason: String,
}

impl KeyTableError {
    /// With the reason, for the operator.
    #[must_use]
    pub fn new(reason: impl Into<String>) -> Self {
        Self { reason: reason.into() }
    }
}

/// Why the keys of a ledger cannot be used yet.
#[derive(Debug, Error)]
pub enum KeysError {
    /// The table is out of order, or speaks of entries that do not exist: throw it away and open again.
    #[error(transparent)]
    Table(#[from] KeyTableError),
    /// A ledger could not be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// The thread that writes the table could not be started.
    #[error("cannot start the keeper of the keys: {0}")]
    Thread(#[from] std::io::Error),
}

/// Where an entry stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// The incarnation of the log, from 1.
    pub incarnation: u64,
    /// Its index there.
    pub index: Index,
}

/// What became of a request for a key.
pub enum Claim {
    /// There is an entry of that key.
    Held(Place),
    /// There is none, and nobody else decides about it until the turn ends.
    Turn(Turn),
    /// Somebody else decides about it; ask again when woken.
    Waits,
}

/// Called once when a turn ends, from any thread; it must return quickly.
pub type Wake = Box<dyn FnOnce() + Send>;

/// The keys of a ledger and of the logs that it goes on for. Clones share them. When the last one is dropped, and with it the last
/// [`Turn`], what waits is noted and the table is let go of.
#[derive(Clone)]
pub struct Once {
    inner: Arc<Inner>,
}

struct Inner {
    kept: Arc<Kept>,
    /// `None` only while it is dropped.
    orders: Option<SyncSender<Order>>,
    keeper: Option<JoinHandle<()>>,
}

/// A key and the number of its entry.
type Order = (Vec<u8>, u64);

/// What the keeper shares with those who ask.
struct Kept {
    table: Arc<dyn KeyTable>,
    /// How many entries the logs that ended have, in order.
    ended: Vec<u64>,
    asked: Mutex<Asked>,
}

#[derive(Default)]
struct Asked {
    /// Keys that somebody decides about, and who waits.
    turns: HashMap<Vec<u8>, Vec<Wake>>,
    /// Durable and not in the table yet.
    fresh: HashMap<Vec<u8>, u64>,
}

/// The right to decide about one key. It ends when its last clone is dropped.
#[derive(Clone)]
pub struct Turn {
    held: Arc<HeldTurn>,
}

struct HeldTurn {
    once: Arc<Inner>,
    key: Vec<u8>,
}

impl Once {
    /// Brings the table up to the end of the ledger and of the logs that `ended` before it, in order.
    ///
    /// `key_of` says which key an entry has, if any. `failed` is told when the table cannot be written any more; what is
    /// durable is known all the same, and the process should end.
    pub fn open(
        ended: &[LedgerReader],
        ledger: &Ledger,
        table: Arc<dyn KeyTable>,
        key_of: impl Fn(&[u8]) -> Option<Vec<u8>>,
        failed: impl Fn(KeyTableError) + Send + 'static,
    ) -> Result<Self, KeysError> {
        let sizes: Vec<u64> = ended.iter().map(|log| log.size().get()).collect();
        let before: u64 = sizes.iter().sum();
        let mut noted = table.noted()?;
        if noted > before + ledger.size().get() {
            return Err(KeyTableError::new("it knows entries that do not exist").into());
        }
        let mut first = 0;
        for log in ended {
            let visit = |range, see: &mut See<'_>| log.visit(range, see);
            noted = catch_up(table.as_ref(), (first, noted), log.size(), &key_of, visit)?;
            first += log.size().get();
        }
        let visit = |range, see: &mut See<'_>| ledger.visit(range, see);
        catch_up(table.as_ref(), (first, noted), ledger.size(), &key_of, visit)?;
        let (sender, orders) = sync_channel(WAITING);
        let kept = Arc::new(Kept { table, ended: sizes, asked: Mutex::default() });
        let keeping = Arc::clone(&kept);
        let keeper = thread::Builder::new().name("keys".to_owned()).spawn(move || keep(&keeping, &orders, failed))?;
        Ok(Self { inner: Arc::new(Inner { kept, orders: Some(sender), keeper: Some(keeper) }) })
    }

    /// Where the entry of a key stands, if there is one. Somebody may be deciding about it.
    pub fn find(&self, key: &[u8]) -> Result<Option<Place>, KeyTableError> {
        let kept = &self.inner.kept;
        let fresh = kept.asked().fresh.get(key).copied();
        // A key is in the table before it leaves the memory, so it is found in one of them.
        let number = match fresh {
            Some(number) => Some(number),
            None => kept.table.find(key)?,
        };
        Ok(number.map(|number| kept.place(number)))
    }

    /// Asks for the right to decide about a key. When somebody else has it, `wake` is called once that one is done.
    pub fn claim(&self, key: &[u8], wake: Wake) -> Result<Claim, KeyTableError> {
        let kept = &self.inner.kept;
        let mut asked = kept.asked();
        if let Some(number) = asked.fresh.get(key) {
            return Ok(Claim::Held(kept.place(*number)));
        }
        if let Some(waiting) = asked.turns.get_mut(key) {
            waiting.push(wake);
            return Ok(Claim::Waits);
        }
        asked.turns.insert(key.to_vec(), Vec::new());
        drop(asked);
        // From here on dropping the turn lets the next one in, whatever the table says.
        let turn = Turn { held: Arc::new(HeldTurn { once: Arc::clone(&self.inner), key: key.to_vec() }) };
        Ok(match kept.table.find(key)? {
            Some(number) => Claim::Held(kept.place(number)),
            None => Claim::Turn(turn),
        })
    }

    /// Appends the record that `make` makes, unless there is an entry of that key, and returns once it is durable.
    pub fn append(&self, ledger: &Ledger, key: &[u8], make: impl FnOnce() -> Record) -> Result<Appended, OnceError> {
        loop {
            let (sender, woken) = channel();
            let wake = Box::new(move || {
                let _ = sender.send(());
            });
            let turn = match self.claim(key, wake)? {
                Claim::Held(place) => return Ok(Appended { place, is_new: false }),
                Claim::Turn(turn) => turn,
                Claim::Waits => {
                    // A dropped sender means the same as a sent word: the turn is over.
                    let _ = woken.recv();
                    continue;
                }
            };
            let (sender, fate) = channel();
            let done = turn.done(move |fate| {
                let _ = sender.send(fate.map_err(|(error, _)| error));
            });
            ledger.submit(make(), done).map_err(|_| OnceError::Busy)?;
            let index = fate.recv().unwrap_or(Err(AppendError::Closed))?;
            let kept = &self.inner.kept;
            return Ok(Appended { place: kept.place(kept.number(index)), is_new: true });
        }
    }
}

/// The entry of a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Appended {
    /// Where it stands.
    pub place: Place,
    /// Whether this request appended it; else it was there before.
    pub is_new: bool,
}

/// Why nothing was appended for a key.
#[derive(Debug, Error)]
pub enum OnceError {
    /// The queue is full and nothing was written: try later.
    #[error("the queue before the journal is full")]
    Busy,
    /// The ledger did not take it.
    #[error(transparent)]
    Append(#[from] AppendError),
    /// The table cannot be asked: restart.
    #[error(transparent)]
    Table(#[from] KeyTableError),
}

impl Turn {
    /// The continuation for the record of this key, which is handed to the ledger with it. When the record is durable
    /// its key is known and the turn ends; when it failed, `then` gets the turn back, to undo what it did before anybody
    /// else decides. Continuations run in the order of the indices.
    pub fn done(self, then: impl FnOnce(Result<Index, (AppendError, Self)>) + Send + 'static) -> Done {
        Box::new(move |outcome| match outcome {
            Ok(index) => {
                self.held.once.add(self.held.key.clone(), index);
                drop(self);
                then(Ok(index));
            }
            Err(error) => then(Err((error, self))),
        })
    }
}

impl Drop for HeldTurn {
    fn drop(&mut self) {
        let waiting = self.once.kept.asked().turns.remove(&self.key).unwrap_or_default();
        for wake in waiting {
            wake();
        }
    }
}

impl Inner {
    fn add(&self, key: Vec<u8>, index: Index) {
        let number = self.kept.number(index);
        self.kept.asked().fresh.insert(key.clone(), number);
        if let Some(orders) = &self.orders {
            // The keeper ends before its orders only after it has told that it failed.
            let _ = orders.send((key, number));
        }
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        drop(self.orders.take());
        if let Some(keeper) = self.keeper.take() {
            // A keeper that panicked has noted less; the next start notes the rest.
            let _ = keeper.join();
        }
    }
}

impl Kept {
    fn asked(&self) -> MutexGuard<'_, Asked> {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The running number of an entry of the log that goes on.
    fn number(&self, index: Index) -> u64 {
        self.ended.iter().sum::<u64>() + index.get()
    }

    fn place(&self, number: u64) -> Place {
        let (mut incarnation, mut rest) = (1, number);
        for size in &self.ended {
            match rest.checked_sub(*size) {
                Some(behind) => (incarnation, rest) = (incarnation + 1, behind),
                None => break,
            }
        }
        Place { incarnation, index: Index::new(rest).unwrap_or(Index::ZERO) }
    }

    fn write(&self, keys: &[Order]) -> Result<(), KeyTableError> {
        let Some((_, last)) = keys.last() else { return Ok(()) };
        self.table.note(last + 1, keys)?;
        let mut asked = self.asked();
        for (key, _) in keys {
            asked.fresh.remove(key);
        }
        Ok(())
    }
}

/// The keeper's thread: notes what became durable, in batches, until nobody is left who could append.
fn keep(kept: &Kept, orders: &Receiver<Order>, failed: impl Fn(KeyTableError)) {
    while let Some(keys) = next_batch(orders) {
        if let Err(error) = kept.write(&keys) {
            failed(error);
            return;
        }
    }
}

fn next_batch(orders: &Receiver<Order>) -> Option<Vec<Order>> {
    let first = orders.recv().ok()?;
    let mut batch = vec![first];
    batch.extend(orders.try_iter().take(AT_ONCE - 1));
    Some(batch)
}

type See<'s> = dyn FnMut(Index, &[u8], Option<&[u8]>) -> bool + 's;

/// Notes the keys of one log, whose first entry has the number `first`, from `noted` on; returns up to where they are.
fn catch_up(
    table: &dyn KeyTable,
    (first, noted): (u64, u64),
    size: Size,
    key_of: &impl Fn(&[u8]) -> Option<Vec<u8>>,
    visit: impl Fn(IndexRange, &mut See<'_>) -> Result<(), ReadError>,
) -> Result<u64, KeysError> {
    let mut noted = noted;
    while noted < first + size.get() {
        let start = Size::new(noted.saturating_sub(first)).unwrap_or(size);
        let end = start.checked_add(AT_ONCE as u64).map_or(size, |end| end.min(size));
        let Ok(range) = IndexRange::new(start, end) else { break };
        let mut keys = Vec::new();
        visit(range, &mut |index, entry, _| {
            keys.extend(key_of(entry).map(|key| (key, first + index.get())));
            true
        })?;
        noted = first + end.get();
        table.note(noted, &keys)?;
    }
    Ok(noted)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc::TrySendError;

    struct Nothing;

    impl KeyTable for Nothing {
        fn find(&self, _: &[u8]) -> Result<Option<u64>, KeyTableError> {
            Ok(None)
        }

        fn noted(&self) -> Result<u64, KeyTableError> {
            Ok(0)
        }

        fn note(&self, _: u64, _: &[Order]) -> Result<(), KeyTableError> {
            Ok(())
        }
    }

    #[test]
    fn a_slow_keeper_bounds_what_waits_for_it() {
        let (sender, orders) = sync_channel(WAITING);
        let kept = Arc::new(Kept { table: Arc::new(Nothing), ended: Vec::new(), asked: Mutex::default() });
        let inner = Inner { kept, orders: Some(sender.clone()), keeper: None };
        for number in 0..WAITING {
            inner.add(number.to_le_bytes().to_vec(), Index::ZERO);
        }
        let more = || (b"more".to_vec(), 0);
        assert_eq!(sender.try_send(more()), Err(TrySendError::Full(more())));
        assert_eq!(next_batch(&orders).map(|batch| batch.len()), Some(AT_ONCE));
        assert_eq!(sender.try_send(more()), Ok(()));
    }
}
