//! The writer's thread and the bounded queue before it.
//!
//! There is no waiting for company: while one group is being synced the next one gathers in the queue. A lone writer
//! is never held up, and under load a group holds what arrived during one sync.

use crate::failure::Failure;
use crate::job::{Answer, Job, Urgency, panicked};
use crate::record::{Record, RecordError};
use crate::writer::Writer;
use danvan_tlog::{Index, Size};
use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, RwLock};
use std::thread;
use thiserror::Error;

/// Called once with the outcome of one record, on the writer's thread or, when nothing is to be written, on the caller's. It
/// must return quickly; a panic in it poisons the journal.
pub type Done = Box<dyn FnOnce(Result<Index, AppendError>) + Send>;

/// Called on the writer's thread with the new durable size after each group; it must return quickly.
pub(crate) type DurableListener = Box<dyn Fn(Size) + Send + Sync>;

/// The queue is full and nothing was written. Try later.
pub struct Busy {
    /// What was offered.
    pub record: Record,
    /// Its continuation, not called.
    pub done: Done,
}

impl std::fmt::Debug for Busy {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Busy").field("record", &self.record).finish_non_exhaustive()
    }
}

impl std::fmt::Display for Busy {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("the queue before the journal is full")
    }
}

impl std::error::Error for Busy {}

/// Why a record was not acknowledged.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum AppendError {
    /// The record is over a limit and was not written: refuse it.
    #[error(transparent)]
    Record(#[from] RecordError),
    /// The disk is full, or its reserve is used up; nothing was written and the journal is sound: refuse politely, free
    /// space, try again.
    #[error("the disk is full")]
    NoSpace,
    /// The disk failed, and what lies on it is not known until it is read again. The process must exit; the next
    /// start finds out. The record may or may not be there.
    #[error("the journal is poisoned: {reason}")]
    Poisoned {
        /// What failed first.
        reason: String,
    },
    /// The journal was closed before the record was written.
    #[error("the journal is closed")]
    Closed,
}

#[derive(Default)]
struct Waiting {
    jobs: VecDeque<Job>,
    records: usize,
    bytes: usize,
    /// Set once: why nothing is taken in any more.
    ended: Option<AppendError>,
    writer_sleeps: bool,
    /// How many appends wait for room.
    crowd: usize,
}

/// The queue; shared by all who append and the writer's thread.
pub(crate) struct Queue {
    waiting: Mutex<Waiting>,
    work: Condvar,
    room: Condvar,
    max_records: usize,
    max_bytes: usize,
    listeners: RwLock<Vec<DurableListener>>,
}

impl Queue {
    pub(crate) fn new(max_records: usize, max_bytes: usize) -> Self {
        Self {
            waiting: Mutex::default(),
            work: Condvar::new(),
            room: Condvar::new(),
            max_records: max_records.max(1),
            max_bytes,
            listeners: RwLock::default(),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn has_room(&self, waiting: &Waiting, job: &Job) -> bool {
        let records = waiting.records + job.records().len();
        let fits = records <= self.max_records && waiting.bytes + job.bytes() <= self.max_bytes;
        fits || waiting.jobs.is_empty()
    }

    fn wait_for_room<'q>(&self, mut waiting: MutexGuard<'q, Waiting>) -> MutexGuard<'q, Waiting> {
        waiting.crowd += 1;
        waiting = self.room.wait(waiting).unwrap_or_else(PoisonError::into_inner);
        waiting.crowd -= 1;
        waiting
    }

    fn wake_writer(&self, mut waiting: MutexGuard<'_, Waiting>) {
        let is_asleep = std::mem::take(&mut waiting.writer_sleeps);
        drop(waiting);
        if is_asleep {
            self.work.notify_one();
        }
    }

    fn put(&self, mut waiting: MutexGuard<'_, Waiting>, job: Job) {
        waiting.records += job.records().len();
        waiting.bytes += job.bytes();
        waiting.jobs.push_back(job);
        self.wake_writer(waiting);
    }

    /// Takes the record in, or gives it back when there is no room.
    pub(crate) fn offer(&self, record: Record, urgency: Urgency, done: Done) -> Result<(), Busy> {
        let mut job = Job::one(record, urgency, Answer::Call(done));
        let waiting = self.lock();
        if let Some(error) = waiting.ended.clone() {
            drop(waiting);
            job.refuse(error);
            return Ok(());
        }
        if !self.has_room(&waiting, &job)
            && let Some((record, done)) = job.take_back()
        {
            return Err(Busy { record, done });
        }
        self.put(waiting, job);
        Ok(())
    }

    /// Takes the records in as soon as there is room for them together, so that they are written together.
    pub(crate) fn push(&self, job: Job) {
        let mut waiting = self.lock();
        while waiting.ended.is_none() && !self.has_room(&waiting, &job) {
            waiting = self.wait_for_room(waiting);
        }
        if let Some(error) = waiting.ended.clone() {
            drop(waiting);
            job.refuse(error);
            return;
        }
        self.put(waiting, job);
    }

    /// Lets nothing more in; what waits is still written unless the disk failed.
    pub(crate) fn end(&self, why: AppendError) {
        let mut waiting = self.lock();
        if waiting.ended.as_ref().is_none_or(|ended| *ended == AppendError::Closed) {
            waiting.ended = Some(why);
        }
        drop(waiting);
        self.work.notify_all();
        self.room.notify_all();
    }

    /// What broke the disk, if anything did.
    pub(crate) fn failure(&self) -> Option<AppendError> {
        self.lock().ended.clone().filter(|why| *why != AppendError::Closed)
    }

    pub(crate) fn listen(&self, listener: DurableListener) {
        self.listeners.write().unwrap_or_else(PoisonError::into_inner).push(listener);
    }

    /// Everything that waits; `None` when nothing will ever come again.
    fn take(&self, into: &mut VecDeque<Job>) -> bool {
        let mut waiting = self.lock();
        while waiting.jobs.is_empty() {
            if waiting.ended.is_some() {
                return false;
            }
            waiting.writer_sleeps = true;
            waiting = self.work.wait(waiting).unwrap_or_else(PoisonError::into_inner);
        }
        waiting.writer_sleeps = false;
        std::mem::swap(&mut waiting.jobs, into);
        (waiting.records, waiting.bytes) = (0, 0);
        let crowd = waiting.crowd > 0;
        drop(waiting);
        if crowd {
            self.room.notify_all();
        }
        true
    }

    fn announce(&self, size: Size) {
        for listener in self.listeners.read().unwrap_or_else(PoisonError::into_inner).iter() {
            listener(size);
        }
    }
}

/// Lets nobody wait for a writer's thread that a panic ends.
struct LastWord<'q>(&'q Queue);

impl Drop for LastWord<'_> {
    fn drop(&mut self) {
        if thread::panicking() {
            self.0.end(panicked());
            let jobs = std::mem::take(&mut self.0.lock().jobs);
            drop(jobs);
        }
    }
}

/// The writer's thread: runs until the queue is closed and empty, or the disk fails.
pub(crate) fn run(queue: &Arc<Queue>, mut writer: Writer) {
    let _last_word = LastWord(queue);
    let mut jobs = VecDeque::new();
    while queue.take(&mut jobs) {
        while !jobs.is_empty() {
            // Looked at before each group: a disk that was found to contradict what it confirmed takes nothing more.
            if let Some(error) = queue.failure() {
                answer_all(&mut jobs, &error);
            } else if let Err(failure) = write_group(queue, &mut writer, &mut jobs) {
                let error = AppendError::from(failure);
                if matches!(error, AppendError::Poisoned { .. }) {
                    queue.end(error.clone());
                }
                answer_all(&mut jobs, &error);
            }
        }
    }
}

/// Writes the first group of `jobs`, or finds out which of them a full disk refuses; called until none is left.
///
/// Ordinary records need the reserve whole. Control records that find no space are written at its cost.
fn write_group(queue: &Queue, writer: &mut Writer, jobs: &mut VecDeque<Job>) -> Result<(), Failure> {
    let is_ordinary = |job: &Job| job.urgency() == Urgency::Ordinary;
    let has_ordinary = jobs.iter().any(is_ordinary);
    if has_ordinary && !writer.restore_reserve()? {
        refuse_ordinary(jobs);
        return Ok(());
    }
    let before = writer.segments().durable();
    match writer.commit(jobs.iter().flat_map(Job::rest)) {
        Ok(after) => {
            let (mut size, mut answered) = (before, 0);
            for job in jobs.iter_mut() {
                if size == after {
                    break;
                }
                size = job.advance([size, after]);
                answered += usize::from(job.rest().is_empty());
            }
            queue.announce(after);
            // Last: nobody waits for memory to be given back.
            jobs.drain(..answered);
            Ok(())
        }
        Err(Failure::NoSpace) if has_ordinary => {
            refuse_ordinary(jobs);
            Ok(())
        }
        Err(Failure::NoSpace) if writer.release_reserve()? => Ok(()),
        Err(failure) => Err(failure),
    }
}

fn refuse_ordinary(jobs: &mut VecDeque<Job>) {
    for job in std::mem::take(jobs) {
        match job.urgency() {
            Urgency::Ordinary => job.refuse(AppendError::NoSpace),
            Urgency::Control => jobs.push_back(job),
        }
    }
}

fn answer_all(jobs: &mut VecDeque<Job>, error: &AppendError) {
    for job in jobs.drain(..) {
        job.refuse(error.clone());
    }
}
