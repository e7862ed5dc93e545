//! The journal: one handle for appending and reading.

use crate::committer::{self, AppendError, Busy, Done, Queue};
use crate::corruption::ReadError;
use crate::header::Identity;
use crate::job::{Answer, Job, Urgency};
use crate::outcomes::{Outcomes, Waiter};
use crate::record::Record;
use crate::recovery::{OpenError, Recovery, recover};
use crate::segment::Segments;
use crate::storage::{DirectoryLock, Storage};
use crate::survey::segment_numbers;
use crate::writer::Writer;
use danvan_tlog::{Index, IndexRange, Size};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle, ThreadId};

/// Offsets of the sparse index have 32 bits, and a seal must fit into a frame.
const MAX_SEGMENT_BYTES: u64 = 512 << 20;

/// Settings of a journal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Config {
    /// A segment is sealed before it grows over this many bytes; at most 512 MiB count.
    pub segment_bytes: u64,
    /// Space that is reserved ahead of the append position, in bytes.
    pub preallocate_bytes: u64,
    /// How many records may wait for the writer.
    pub queue_records: usize,
    /// How many bytes of records may wait for the writer.
    pub queue_bytes: usize,
    /// Space that is kept back for control records, in bytes; with 0 a full disk refuses them too.
    pub reserve_bytes: u64,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            segment_bytes: 64 << 20,
            preallocate_bytes: 4 << 20,
            queue_records: 4096,
            queue_bytes: 32 << 20,
            reserve_bytes: 8 << 20,
        }
    }
}

/// A handle; clones share one journal, which is closed when the last one is dropped.
#[derive(Clone)]
pub struct Journal {
    inner: Arc<Inner>,
}

struct Inner {
    queue: Arc<Queue>,
    segments: Arc<Segments>,
    thread: Mutex<Option<JoinHandle<()>>>,
    writer: ThreadId,
    lock: SharedLock,
}

/// The directory stays locked until the last handle has given it back and the writer has ended: a continuation may drop
/// the last handle while the writer goes on with what waits.
type SharedLock = Arc<Mutex<Option<DirectoryLock>>>;

impl Journal {
    /// Begins a journal in a directory that has none.
    pub fn create(storage: Arc<dyn Storage>, identity: &Identity, config: Config) -> Result<Self, OpenError> {
        let lock = storage.lock()?.ok_or(OpenError::Locked)?;
        if !segment_numbers(storage.as_ref())?.is_empty() {
            return Err(OpenError::Exists);
        }
        let config = config.bounded();
        let writer = Writer::create(storage, identity, config)?;
        Self::start(writer, lock, config)
    }

    /// Opens a journal and repairs what a crash explains.
    ///
    /// `promised` is the largest size that others were told of; a journal that is shorter is refused.
    pub fn open(
        storage: Arc<dyn Storage>,
        identity: &Identity,
        promised: Size,
        config: Config,
    ) -> Result<(Self, Recovery), OpenError> {
        let lock = storage.lock()?.ok_or(OpenError::Locked)?;
        let recovered = recover(storage.as_ref(), identity, promised)?;
        let recovery = recovered.recovery.clone();
        let config = config.bounded();
        let writer = Writer::resume(storage, recovered, config)?;
        Ok((Self::start(writer, lock, config)?, recovery))
    }

    fn start(writer: Writer, lock: DirectoryLock, config: Config) -> Result<Self, OpenError> {
        let queue = Arc::new(Queue::new(config.queue_records, config.queue_bytes));
        let segments = Arc::clone(writer.segments());
        let lock: SharedLock = Arc::new(Mutex::new(Some(lock)));
        let (shared, held) = (Arc::clone(&queue), Arc::clone(&lock));
        let thread = thread::Builder::new().name("journal".to_owned()).spawn(move || {
            committer::run(&shared, writer);
            drop(held);
        })?;
        let writer = thread.thread().id();
        let inner = Inner { queue, segments, thread: Mutex::new(Some(thread)), writer, lock };
        Ok(Self { inner: Arc::new(inner) })
    }

    /// Appends a record and returns once it is durable; waits while the queue is full.
    pub fn append(&self, record: Record) -> Result<Index, AppendError> {
        self.append_as(Urgency::Ordinary, record)
    }

    /// [`Journal::append`] for a record that must be written although the disk is full: an erasure, an alarm, the end of
    /// the process.
    ///
    /// When it finds no space it is given that of the reserve. From then on ordinary records are refused until the disk
    /// has room for the reserve again; control records are taken as long as there is any space at all.
    pub fn append_control(&self, record: Record) -> Result<Index, AppendError> {
        self.append_as(Urgency::Control, record)
    }

    fn append_as(&self, urgency: Urgency, record: Record) -> Result<Index, AppendError> {
        record.check()?;
        let (waiter, teller) = Waiter::new();
        self.inner.queue.push(Job::one(record, urgency, Answer::Waiter(teller)));
        waiter.wait().take()
    }

    /// Appends records together, with as few syncs as possible, and returns once each has its outcome. Their indices
    /// follow each other when all are within their limits and the disk has room. A list that is larger than the queue
    /// waits until nothing else does.
    #[must_use = "what is not Ok was not acknowledged"]
    pub fn append_all(&self, records: Vec<Record>) -> Vec<Result<Index, AppendError>> {
        let checks: Vec<_> = records.iter().map(Record::check).collect();
        let within_limits: Vec<Record> =
            records.into_iter().zip(&checks).filter(|(_, check)| check.is_ok()).map(|(record, _)| record).collect();
        let mut outcomes = if within_limits.is_empty() {
            Outcomes::none(None)
        } else {
            let (waiter, teller) = Waiter::new();
            self.inner.queue.push(Job::many(within_limits, teller));
            waiter.wait()
        };
        checks.into_iter().map(|check| check.map_err(AppendError::from).and_then(|()| outcomes.take())).collect()
    }

    /// Offers a record; `done` is called once it is durable. The order of offers is the order of indices.
    ///
    /// A record over a limit, and any record after a failure or the end, is answered through `done`.
    pub fn submit(&self, record: Record, done: Done) -> Result<(), Busy> {
        self.submit_as(Urgency::Ordinary, record, done)
    }

    /// [`Journal::submit`] for a record that must be written although the disk is full, as
    /// [`Journal::append_control`] says.
    pub fn submit_control(&self, record: Record, done: Done) -> Result<(), Busy> {
        self.submit_as(Urgency::Control, record, done)
    }

    fn submit_as(&self, urgency: Urgency, record: Record, done: Done) -> Result<(), Busy> {
        if let Err(error) = record.check() {
            done(Err(error.into()));
            return Ok(());
        }
        self.inner.queue.offer(record, urgency, done)
    }

    /// The number of durable records.
    #[must_use]
    pub fn size(&self) -> Size {
        self.inner.segments.durable()
    }

    /// Why the journal takes nothing any more; the process should exit.
    #[must_use]
    pub fn failure(&self) -> Option<AppendError> {
        self.inner.queue.failure()
    }

    /// Has `listener` called on the writer's thread with the durable size after each group; it must return quickly.
    pub fn on_durable(&self, listener: Box<dyn Fn(Size) + Send + Sync>) {
        self.inner.queue.listen(listener);
    }

    /// Reads durable records back from the storage, checksums verified.
    pub fn read(&self, range: IndexRange) -> Result<Vec<Record>, ReadError> {
        let mut records = Vec::new();
        self.visit(range, |_, entry, attachment| {
            records.push(Record { entry: entry.to_vec(), attachment: attachment.map(<[u8]>::to_vec) });
            true
        })?;
        Ok(records)
    }

    /// Shows durable records, read back from the storage, to `visit` in order until it returns `false`.
    pub fn visit(
        &self,
        range: IndexRange,
        mut visit: impl FnMut(Index, &[u8], Option<&[u8]>) -> bool,
    ) -> Result<(), ReadError> {
        self.inner.segments.visit(range, &mut visit)
    }

    /// Takes nothing in any more, for a reason that the caller found: what lies on the disk cannot be trusted.
    pub fn poison(&self, reason: &str) {
        self.inner.queue.end(AppendError::Poisoned { reason: reason.to_owned() });
    }

    /// Writes what waits and ends the writer; appends answer `Closed` from now on. Reading goes on.
    pub fn close(&self) -> Result<(), AppendError> {
        self.inner.close();
        self.failure().map_or(Ok(()), Err)
    }

    /// Closes and gives the directory back to the next writer; from a continuation or a listener, when the last handle is
    /// dropped and the writer has ended.
    pub fn release(&self) {
        if self.inner.close() {
            self.inner.lock.lock().unwrap_or_else(PoisonError::into_inner).take();
        }
    }
}

impl Inner {
    /// Lets nothing more in and waits for the writer to end; whether it has. It cannot wait for itself.
    fn close(&self) -> bool {
        self.queue.end(AppendError::Closed);
        if thread::current().id() == self.writer {
            return false;
        }
        // Held while waiting: whoever closes too must not go on before the writer has ended.
        let mut thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(thread) = thread.take() {
            let _ = thread.join();
        }
        true
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.close();
    }
}

impl Config {
    fn bounded(self) -> Self {
        Self { segment_bytes: self.segment_bytes.min(MAX_SEGMENT_BYTES), ..self }
    }
}
