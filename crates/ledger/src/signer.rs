//! Signing, off the path of acknowledgement: re-read the bytes, recompute the root, persist the intent, sign, store.

use crate::error::{CheckpointError, DrainError, OpenError};
use crate::fact::{CHECKPOINT, INTENT, Intent, StoredNote};
use crate::tree::Tree;
use danvan_journal::{Journal, SlotError, Slots, Storage};
use danvan_tlog::{Frontier, LogKey, SignedCheckpoint, Size};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, RwLock};
use std::time::{Duration, Instant};

type SignedListener = Box<dyn Fn(&SignedCheckpoint) + Send + Sync>;

/// All that signing needs.
pub(crate) struct Signer {
    journal: Journal,
    pub(crate) tree: Arc<Tree>,
    pen: Mutex<Pen>,
    /// Held while the latest checkpoint is replaced, so that it never goes back.
    turn: Mutex<()>,
    latest: RwLock<Option<SignedCheckpoint>>,
    listeners: RwLock<Vec<SignedListener>>,
    bell: Arc<Bell>,
}

/// The key and what was promised with it; held by one thread at a time.
struct Pen {
    key: LogKey,
    intent: Slots,
    intended: Size,
    checkpoint: Slots,
}

/// Wakes the signing thread.
#[derive(Default)]
pub(crate) struct Bell {
    state: Mutex<BellState>,
    changed: Condvar,
}

#[derive(Default)]
struct BellState {
    durable: Size,
    stop: bool,
    /// The signing thread has nothing to do. While it keeps the interval it is not woken: under load that would be a wake-up
    /// for every commit group.
    is_idle: bool,
}

fn hold<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Bell {
    pub(crate) fn ring(&self, durable: Size) {
        let mut state = hold(&self.state);
        state.durable = state.durable.max(durable);
        let is_idle = std::mem::take(&mut state.is_idle);
        drop(state);
        if is_idle {
            self.changed.notify_one();
        }
    }

    pub(crate) fn stop(&self) {
        hold(&self.state).stop = true;
        self.changed.notify_one();
    }

    /// Waits until there is more than `signed`; false when it is time to stop.
    fn wait_for_more(&self, signed: Size) -> bool {
        let mut state = hold(&self.state);
        while !state.stop && state.durable <= signed {
            state.is_idle = true;
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        !state.stop
    }

    /// Waits until `until`, or until it is time to stop.
    fn wait_until(&self, until: Instant) {
        let mut state = hold(&self.state);
        while !state.stop {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return;
            }
            state = self.changed.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }
}

impl Signer {
    pub(crate) fn new(
        journal: Journal,
        tree: Arc<Tree>,
        storage: &dyn Storage,
        key: LogKey,
    ) -> Result<Self, OpenError> {
        let intent = Slots::open(storage, INTENT)?;
        let checkpoint = Slots::open(storage, CHECKPOINT)?;
        let intended = intent.get().and_then(Intent::decode).map_or(Size::ZERO, |intent| intent.size());
        let latest = checkpoint.get().and_then(StoredNote::decode).and_then(|s| s.verified(key.verifier_key()));
        Ok(Self {
            journal,
            tree,
            pen: Mutex::new(Pen { key, intent, intended, checkpoint }),
            turn: Mutex::default(),
            latest: RwLock::new(latest),
            listeners: RwLock::default(),
            bell: Arc::default(),
        })
    }

    pub(crate) fn bell(&self) -> &Arc<Bell> {
        &self.bell
    }

    pub(crate) fn latest(&self) -> Option<SignedCheckpoint> {
        self.latest.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(crate) fn listen(&self, listener: SignedListener) {
        self.listeners.write().unwrap_or_else(PoisonError::into_inner).push(listener);
    }

    /// Signs the first `size` entries, from their bytes on the disk.
    pub(crate) fn sign(&self, size: Size) -> Result<(SignedCheckpoint, Frontier), CheckpointError> {
        let durable = self.journal.size();
        if size > durable {
            return Err(CheckpointError::NotDurable { asked: size, durable });
        }
        let frontier = self.tree.frontier_at(&self.journal, size)?;
        let root = frontier.root();
        if let Some(latest) = self.latest().filter(|latest| latest.size() == size) {
            if latest.root() == root {
                return Ok((latest, frontier));
            }
            return Err(CheckpointError::RootDiffers { size, signed: latest.root(), found: root });
        }
        let mut pen = hold(&self.pen);
        if size > pen.intended {
            let intent = Intent { root, frontier: frontier.clone() };
            pen.intent.store(&intent.encode()).map_err(|error| CheckpointError::Intent(Arc::new(error)))?;
            pen.intended = size;
        }
        Ok((pen.key.sign(size, root), frontier))
    }

    /// Signs everything that is durable, stores it as the latest checkpoint and tells the listeners.
    pub(crate) fn sign_latest(&self) -> Result<(), DrainError> {
        let _turn = hold(&self.turn);
        let size = self.journal.size();
        let known = self.latest().map_or(Size::ZERO, |latest| latest.size());
        if size <= known {
            return Ok(());
        }
        let (signed, frontier) = self.sign(size)?;
        self.store(&signed, frontier)?;
        *self.latest.write().unwrap_or_else(PoisonError::into_inner) = Some(signed.clone());
        for listener in self.listeners.read().unwrap_or_else(PoisonError::into_inner).iter() {
            listener(&signed);
        }
        Ok(())
    }

    fn store(&self, signed: &SignedCheckpoint, frontier: Frontier) -> Result<(), SlotError> {
        let stored = StoredNote { by: None, frontier: Some(frontier), note: signed.note().clone() };
        hold(&self.pen).checkpoint.store(&stored.encode())
    }

    /// The signing thread: at once when idle, else once per `interval`, and once more at the end.
    pub(crate) fn run(&self, interval: Duration) {
        let mut due = Instant::now();
        loop {
            let signed = self.latest().map_or(Size::ZERO, |latest| latest.size());
            let goes_on = self.bell.wait_for_more(signed);
            if goes_on {
                self.bell.wait_until(due);
            }
            due = Instant::now() + interval;
            if self.sign_or_poison().is_err() || !goes_on {
                return;
            }
        }
    }

    /// Signs, or ends the ledger: bytes that were acknowledged cannot be read back, or nothing can be stored.
    pub(crate) fn sign_or_poison(&self) -> Result<(), DrainError> {
        self.sign_latest().inspect_err(|error| {
            tracing::error!(%error, "signing failed; the ledger stops");
            self.journal.poison(&format!("signing failed: {error}"));
        })
    }
}
