//! The ledger: one handle for appending, reading, checkpoints and receipts.

mod notes;

pub use notes::Kept;

use crate::beside::make_whole;
use crate::config::{LedgerConfig, Signing};
use crate::contradiction::{Contradictions, settle};
use crate::error::{CheckpointError, CreateError, DrainError, OpenError};
use crate::frozen::Frozen;
use crate::promises::Promises;
use crate::receipts::Receipts;
use crate::repair::finish_switch;
use crate::signer::Signer;
use crate::tree::Tree;
use danvan_journal::{
    AppendError, Busy, DiskStorage, Done, Identity, Journal, OpenError as JournalError, ReadError, Record, Recovery,
    Storage,
};
use danvan_tlog::{Frontier, Hash, Index, IndexRange, LogKey, Origin, SignedCheckpoint, Size, VerifierKey, leaf_hash};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};

/// At most so many of the entries below the latest checkpoint are hashed again when a ledger is opened. More would
/// make a start slow; an audit hashes them all.
const REHASHED_AT_OPEN: u64 = 65_536;

/// A handle; clones share one ledger, which is closed when the last one is dropped.
///
/// A listener that holds a clone keeps the ledger open until [`Ledger::drain`].
#[derive(Clone)]
pub struct Ledger {
    inner: Arc<Inner>,
}

struct Inner {
    origin: Origin,
    verifier: VerifierKey,
    journal: Journal,
    signer: Arc<Signer>,
    receipts: Receipts,
    contradictions: Contradictions,
    thread: Mutex<Option<JoinHandle<()>>>,
}

/// What is expected of a log that is opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// It takes records in.
    Live,
    /// Another goes on for it.
    Ended,
}

impl Ledger {
    /// Makes the ledger of `origin` in a directory that has none, with `first` as its entry 0, signed and durable.
    ///
    /// What an attempt that was interrupted left behind is taken up.
    pub fn create(
        directory: &Path,
        origin: Origin,
        key: LogKey,
        first: Record,
        config: LedgerConfig,
    ) -> Result<Self, CreateError> {
        finish_switch(directory)?;
        Self::create_on(Arc::new(DiskStorage::create(directory)?), origin, key, first, config)
    }

    /// [`Ledger::create`] on any storage.
    pub fn create_on(
        storage: Arc<dyn Storage>,
        origin: Origin,
        key: LogKey,
        first: Record,
        config: LedgerConfig,
    ) -> Result<Self, CreateError> {
        first.check()?;
        if key.origin() != origin {
            return Err(CreateError::WrongKey { key: key.verifier_key().name().clone(), origin });
        }
        let identity = identity_of(&origin)?;
        // Promises that outlived their journal: a second entry 0 would be a fork. Opening says what is lost.
        let is_promised = Promises::read(storage.as_ref(), key.verifier_key())?.size() > Size::ZERO;
        let journal = if is_promised {
            Err(JournalError::Exists)
        } else {
            Journal::create(Arc::clone(&storage), &identity, config.journal())
        };
        let ledger = match journal {
            Ok(journal) => Self::start(journal, storage, (origin, key), Promises::default(), config)?,
            Err(JournalError::Exists) => Self::open_on(storage, origin, key, config)?.0,
            Err(error) => return Err(OpenError::from(error).into()),
        };
        if ledger.size() > Size::ZERO {
            return Err(CreateError::Exists { size: ledger.size() });
        }
        ledger.append(first)?;
        ledger.inner.signer.sign_latest()?;
        Ok(ledger)
    }

    /// Opens a ledger: repairs what a crash explains, and refuses one that is shorter than what it signed or holds
    /// receipts for, or that has other bytes than were signed.
    pub fn open(
        directory: &Path,
        origin: Origin,
        key: LogKey,
        config: LedgerConfig,
    ) -> Result<(Self, Recovery), OpenError> {
        finish_switch(directory)?;
        Self::open_on(Arc::new(DiskStorage::open(directory)?), origin, key, config)
    }

    /// Opens a log that has ended, to hand its entries on: it is read, signed and receipted as any other, and answers
    /// `Closed` to whoever appends. A ledger that has not ended is refused as [`OpenError::NotEnded`].
    pub fn open_ended(directory: &Path, origin: Origin, key: LogKey) -> Result<Self, OpenError> {
        let storage: Arc<dyn Storage> = Arc::new(DiskStorage::open(directory)?);
        if Frozen::read(storage.as_ref())?.is_none() {
            return Err(OpenError::NotEnded { origin });
        }
        let config = LedgerConfig { reserve_bytes: 0, signing: Signing::OnDemand, ..LedgerConfig::default() };
        let (ledger, _) = Self::open_any(storage, origin, key, config, Stage::Ended)?;
        ledger.inner.journal.close().map_err(|error| OpenError::Io(std::io::Error::other(error)))?;
        Ok(ledger)
    }

    /// [`Ledger::open`] on any storage.
    pub fn open_on(
        storage: Arc<dyn Storage>,
        origin: Origin,
        key: LogKey,
        config: LedgerConfig,
    ) -> Result<(Self, Recovery), OpenError> {
        refuse_ended(storage.as_ref())?;
        Self::open_any(storage, origin, key, config, Stage::Live)
    }

    fn open_any(
        storage: Arc<dyn Storage>,
        origin: Origin,
        key: LogKey,
        config: LedgerConfig,
        stage: Stage,
    ) -> Result<(Self, Recovery), OpenError> {
        if key.origin() != origin {
            return Err(OpenError::WrongKey { key: key.verifier_key().name().clone(), origin });
        }
        let identity = identity_of(&origin)?;
        // Read without the lock only to know what the journal must hold; read again below, under the lock.
        let least = Promises::read(storage.as_ref(), key.verifier_key())?.size();
        let opened = Journal::open(Arc::clone(&storage), &identity, least, config.journal());
        let (journal, recovery) = opened.map_err(|error| match error {
            JournalError::Missing if least > Size::ZERO => JournalError::Lost { held: Size::ZERO, promised: least },
            other => other,
        })?;
        if stage == Stage::Live {
            // A log may have ended since it was looked at before; under the lock it cannot.
            refuse_ended(storage.as_ref())?;
        }
        let promises = Promises::read(storage.as_ref(), key.verifier_key())?;
        if promises.size() > journal.size() {
            return Err(JournalError::Lost { held: journal.size(), promised: promises.size() }.into());
        }
        promises.check_against(&journal, REHASHED_AT_OPEN)?;
        make_whole(storage.as_ref())?;
        settle(&promises, &journal, storage.as_ref())?;
        let ledger = Self::start(journal, storage, (origin, key), promises, config)?;
        Ok((ledger, recovery))
    }

    fn start(
        journal: Journal,
        storage: Arc<dyn Storage>,
        (origin, key): (Origin, LogKey),
        promises: Promises,
        config: LedgerConfig,
    ) -> Result<Self, OpenError> {
        let verifier = key.verifier_key().clone();
        let tree = Arc::new(Tree::new(promises.frontiers()));
        let signer = Arc::new(Signer::new(journal.clone(), tree, storage.as_ref(), key)?);
        let contradictions = Contradictions::new(Arc::clone(&storage));
        let receipts = Receipts::open(storage, promises.receipts)?;
        let thread = match config.signing {
            Signing::Background { interval } => {
                let bell = Arc::clone(signer.bell());
                journal.on_durable(Box::new(move |size| bell.ring(size)));
                signer.bell().ring(journal.size());
                let runner = Arc::clone(&signer);
                Some(thread::Builder::new().name("signer".to_owned()).spawn(move || runner.run(interval))?)
            }
            Signing::OnDemand => None,
        };
        let thread = Mutex::new(thread);
        let inner = Inner { origin, verifier, journal, signer, receipts, contradictions, thread };
        Ok(Self { inner: Arc::new(inner) })
    }

    /// The log whose entries these are.
    #[must_use]
    pub fn origin(&self) -> &Origin {
        &self.inner.origin
    }

    /// The key that verifies its checkpoints.
    #[must_use]
    pub fn verifier_key(&self) -> &VerifierKey {
        &self.inner.verifier
    }

    /// Appends a record and returns once it is durable; waits while the queue is full.
    pub fn append(&self, record: Record) -> Result<Index, AppendError> {
        self.inner.journal.append(record)
    }

    /// [`Ledger::append`] for a record that must be written although the disk is full: an erasure, an alarm, the end of
    /// the process. It may take the space of the reserve; then ordinary records are refused until the disk has room again.
    pub fn append_control(&self, record: Record) -> Result<Index, AppendError> {
        self.inner.journal.append_control(record)
    }

    /// Appends records together, with as few syncs as possible, and returns once each has its outcome.
    #[must_use = "what is not Ok was not acknowledged"]
    pub fn append_all(&self, records: Vec<Record>) -> Vec<Result<Index, AppendError>> {
        self.inner.journal.append_all(records)
    }

    /// Offers a record; `done` is called on the writer's thread once it is durable, and must return quickly. The order
    /// of offers is the order of indices.
    pub fn submit(&self, record: Record, done: Done) -> Result<(), Busy> {
        self.inner.journal.submit(record, done)
    }

    /// [`Ledger::submit`] for a record that must be written although the disk is full, as [`Ledger::append_control`]
    /// says.
    pub fn submit_control(&self, record: Record, done: Done) -> Result<(), Busy> {
        self.inner.journal.submit_control(record, done)
    }

    /// The number of durable entries.
    #[must_use]
    pub fn size(&self) -> Size {
        self.inner.journal.size()
    }

    /// Why nothing is taken in any more. The process should exit non-zero; the next start finds out what is on the disk.
    #[must_use]
    pub fn failure(&self) -> Option<AppendError> {
        self.inner.journal.failure()
    }

    /// The signed checkpoint of the first `size` entries, whatever was signed before.
    pub fn checkpoint_at(&self, size: Size) -> Result<SignedCheckpoint, CheckpointError> {
        self.inner.signer.sign(size).map(|(signed, _)| signed)
    }

    /// Signs everything that is durable now, stores it as the latest checkpoint and returns that. After a failure the
    /// ledger takes nothing in any more, as when the signing thread fails.
    pub fn sign_latest(&self) -> Result<Option<SignedCheckpoint>, DrainError> {
        self.inner.signer.sign_or_poison()?;
        Ok(self.latest())
    }

    /// The latest checkpoint on the disk. Its size never goes back.
    #[must_use]
    pub fn latest(&self) -> Option<SignedCheckpoint> {
        self.inner.signer.latest()
    }

    /// Has `listener` called on the thread that signs, with each new latest checkpoint, once it is on the disk.
    pub fn on_signed(&self, listener: Box<dyn Fn(&SignedCheckpoint) + Send + Sync>) {
        self.inner.signer.listen(listener);
    }

    /// Has `listener` called on the writer's thread with the durable size after each group; it must return quickly.
    pub fn on_durable(&self, listener: Box<dyn Fn(Size) + Send + Sync>) {
        self.inner.journal.on_durable(listener);
    }

    /// Reads durable records back from the disk, checksums verified.
    pub fn read(&self, range: IndexRange) -> Result<Vec<Record>, ReadError> {
        self.inner.journal.read(range)
    }

    /// Reads one record back.
    pub fn read_one(&self, index: Index) -> Result<Record, ReadError> {
        self.see_one(index, |entry, attachment| Record {
            entry: entry.to_vec(),
            attachment: attachment.map(<[u8]>::to_vec),
        })
    }

    /// The leaf hash of one entry, from its bytes on the disk.
    pub fn leaf_hash(&self, index: Index) -> Result<Hash, ReadError> {
        self.see_one(index, |entry, _| leaf_hash(entry))
    }

    /// The tree over the first `size` entries, from their bytes on the disk; what was computed for a checkpoint is used again.
    pub fn tree_at(&self, size: Size) -> Result<Frontier, ReadError> {
        self.inner.signer.tree.frontier_at(&self.inner.journal, size)
    }

    /// Whether the log begins with the entries of this tree. Only what stands between the tree and the latest checkpoint is
    /// read: it must lead from the one to the signed root of the other.
    pub fn begins_with(&self, tree: &Frontier) -> Result<bool, ReadError> {
        let size = tree.size();
        let Some(signed) = self.latest().filter(|signed| signed.size() >= size) else {
            return Ok(size <= self.size() && self.tree_at(size)?.root() == tree.root());
        };
        let mut grown = tree.clone();
        if let Ok(rest) = IndexRange::new(size, signed.size())
            && !rest.is_empty()
        {
            self.visit(rest, |_, entry, _| {
                grown.push(leaf_hash(entry));
                true
            })?;
        }
        Ok(grown.root() == signed.root())
    }

    /// Shows the records of a range, without copying them, to `visit` in order until it returns `false`.
    pub fn visit(
        &self,
        range: IndexRange,
        visit: impl FnMut(Index, &[u8], Option<&[u8]>) -> bool,
    ) -> Result<(), ReadError> {
        self.inner.journal.visit(range, visit)
    }

    fn see_one<T>(&self, index: Index, see: impl Fn(&[u8], Option<&[u8]>) -> T) -> Result<T, ReadError> {
        let beyond = || ReadError::BeyondEnd { asked: index.size_after(), durable: self.size() };
        let range = IndexRange::new(index.size_before(), index.size_after()).map_err(|_| beyond())?;
        let mut seen = None;
        self.visit(range, |_, entry, attachment| {
            seen = Some(see(entry, attachment));
            true
        })?;
        seen.ok_or_else(beyond)
    }

    /// Writes what waits, signs the last checkpoint and closes; clones answer `Closed` from now on. Returns the latest
    /// checkpoint.
    pub fn drain(self) -> Result<Option<SignedCheckpoint>, DrainError> {
        let closed = self.inner.journal.close();
        self.inner.stop_signer();
        closed?;
        self.inner.signer.sign_latest()?;
        self.inner.journal.release();
        Ok(self.latest())
    }
}

impl Inner {
    fn stop_signer(&self) {
        self.signer.bell().stop();
        let thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner).take();
        // The last handle may be dropped by a listener, on the signing thread itself.
        if let Some(thread) = thread.filter(|t| t.thread().id() != thread::current().id()) {
            let _ = thread.join();
        }
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        // The journal first, so that the signer sees its last size; then the directory is given back.
        let _ = self.journal.close();
        self.stop_signer();
        self.journal.release();
    }
}

fn refuse_ended(storage: &dyn Storage) -> Result<(), OpenError> {
    match Frozen::read(storage)? {
        Some(Frozen { size, successor, .. }) => Err(OpenError::Frozen { size, successor }),
        None => Ok(()),
    }
}

fn identity_of(origin: &Origin) -> Result<Identity, OpenError> {
    Identity::new(origin.as_str()).map_err(|error| OpenError::Io(std::io::Error::other(error)))
}
