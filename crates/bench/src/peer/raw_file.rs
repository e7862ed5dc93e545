//! The physical limit: a preallocated file, one write and one `fdatasync` per commit, nothing else.

use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::FileExt as _;
use std::path::Path;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Mutex, PoisonError};
use std::thread::JoinHandle;

use super::{SetUpError, Store};

/// Room of the ring file in bytes: larger than a round writes in a second, so that no round waits for an allocation.
const RING_BYTES: u64 = 64 << 20;

/// A zero-filled ring that is overwritten from the start when its end is reached.
#[derive(Debug)]
struct RawFile {
    file: File,
    offset: u64,
}

impl RawFile {
    /// Creates and fills the ring, so that a later write allocates nothing.
    fn create(path: &Path) -> io::Result<Self> {
        let file = OpenOptions::new().create(true).truncate(true).read(true).write(true).open(path)?;
        let zeroes = vec![0; 1 << 20];
        for block in 0..RING_BYTES >> 20 {
            file.write_all_at(&zeroes, block << 20)?;
        }
        file.sync_all()?;
        Ok(Self { file, offset: 0 })
    }

    /// Writes `bytes` at the next place and returns after `fdatasync`.
    fn commit(&mut self, bytes: &[u8]) -> io::Result<()> {
        if self.offset + bytes.len() as u64 > RING_BYTES {
            self.offset = 0;
        }
        self.file.write_all_at(bytes, self.offset)?;
        self.offset += bytes.len() as u64;
        self.file.sync_data()
    }
}

/// One caller: a write and a sync on its own thread.
#[derive(Debug)]
pub struct RawLone(Mutex<RawFile>);

impl RawLone {
    /// A filled ring in `folder`.
    ///
    /// # Errors
    /// The file cannot be created, written or synced.
    pub fn open(folder: &Path) -> Result<Self, SetUpError> {
        Ok(Self(Mutex::new(RawFile::create(&folder.join("raw"))?)))
    }
}

impl Store for RawLone {
    fn append(&self, events: &[Vec<u8>]) {
        let bytes;
        let bytes = if let [event] = events {
            event
        } else {
            bytes = events.concat();
            &bytes
        };
        let committed = self.0.lock().unwrap_or_else(PoisonError::into_inner).commit(bytes);
        assert!(committed.is_ok(), "the raw file failed: {committed:?}");
    }
}

type Waiting = (Vec<u8>, SyncSender<()>);

/// The same grouping as the journal's: one thread takes all that wait, writes once, syncs once, answers all.
#[derive(Debug)]
pub struct RawGroups {
    queue: Option<SyncSender<Waiting>>,
    thread: Option<JoinHandle<io::Result<()>>>,
}

impl RawGroups {
    /// Starts the committing thread over a filled ring in `folder`.
    ///
    /// # Errors
    /// The file cannot be created, written or synced.
    pub fn open(folder: &Path) -> Result<Self, SetUpError> {
        let file = RawFile::create(&folder.join("raw"))?;
        let (queue, waiting) = sync_channel(4096);
        let thread = std::thread::spawn(move || commit_groups(file, &waiting));
        Ok(Self { queue: Some(queue), thread: Some(thread) })
    }
}

impl Store for RawGroups {
    fn append(&self, events: &[Vec<u8>]) {
        let (done, answer) = sync_channel(1);
        let is_queued = self.queue.as_ref().is_some_and(|queue| queue.send((events.concat(), done)).is_ok());
        assert!(is_queued && answer.recv().is_ok(), "the committing thread ended");
    }
}

impl Drop for RawGroups {
    fn drop(&mut self) {
        self.queue = None;
        if let Some(thread) = self.thread.take() {
            let _ended = thread.join();
        }
    }
}

fn commit_groups(mut file: RawFile, waiting: &Receiver<Waiting>) -> io::Result<()> {
    let mut bytes = Vec::new();
    let mut answers = Vec::new();
    while let Ok(first) = waiting.recv() {
        for (record, done) in std::iter::once(first).chain(waiting.try_iter()) {
            bytes.extend_from_slice(&record);
            answers.push(done);
        }
        file.commit(&bytes)?;
        bytes.clear();
        for done in answers.drain(..) {
            let _gone = done.send(());
        }
    }
    Ok(())
}
