//! When a snapshot is written, and what a start makes of it.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use std::{fs, io};

use danvan_daemon::{DrainToken, create_private_dir, remove_durably, write_atomic};
use danvan_ledger::{Ledger, ReadError};
use danvan_projection::SnapshotError;
use danvan_tlog::Size;

use crate::metrics::AggregatorMetrics;
use crate::mirror::Mirror;
use crate::proof::Unproven;
use crate::reading::FoldingGone;
use crate::snapshot::{Kept, Resumed, read};

/// A start takes in so many records in some seconds: they may carry four million entries. More of them are not left to it.
const RECORDS: u64 = 16_384;
/// After so long a quiet aggregator writes what little is new: the file of 3,321 units has a quarter of a gigabyte, and is no
/// burden on a disk six times in an hour.
const EVERY: Duration = Duration::from_mins(10);
/// How often it is looked, and so how often the file of a busy aggregator is written at most.
const LOOK_EVERY: Duration = Duration::from_mins(1);

/// The file, and how much of it is known.
pub(crate) struct SnapshotFile {
    path: PathBuf,
    /// What is on the disk; held while the file is written, so that there is one writer.
    cursor: Mutex<Size>,
    /// What this process began with and did not fold itself.
    unproven: Mutex<Option<Unproven>>,
}

/// Why no snapshot was written. The next start reads more of the own log, nothing else.
#[derive(Debug, thiserror::Error)]
pub(crate) enum KeepError {
    #[error(transparent)]
    Folding(#[from] FoldingGone),
    #[error(transparent)]
    Read(#[from] ReadError),
    #[error(transparent)]
    Snapshot(#[from] SnapshotError),
    #[error(transparent)]
    Io(#[from] io::Error),
}

impl SnapshotFile {
    pub(crate) fn new(path: PathBuf) -> Self {
        Self { path, cursor: Mutex::default(), unproven: Mutex::default() }
    }

    /// What the start goes on from. A file that is refused is moved aside and counted by its reason.
    pub(crate) fn resume(&self, ledger: &Ledger, metrics: &AggregatorMetrics) -> Option<Kept> {
        match read(&self.path, ledger) {
            Ok(None) => None,
            Ok(Some(Resumed { kept, model_sha256 })) => {
                tracing::info!(cursor = %kept.cursor(), size = %ledger.size(), "going on from a snapshot");
                *self.cursor() = kept.cursor();
                *self.unproven() = Some(Unproven { cursor: kept.cursor(), model_sha256 });
                Some(kept)
            }
            Err(refusal) => {
                tracing::warn!(%refusal, "the snapshot is not used: the own log is folded from its beginning");
                metrics.snapshot_refused(refusal.label());
                if let Err(error) = fs::rename(&self.path, self.path.with_extension("refused")) {
                    tracing::warn!(%error, path = %self.path.display(), "the snapshot could not be moved aside");
                }
                None
            }
        }
    }

    pub(crate) fn unproven(&self) -> MutexGuard<'_, Option<Unproven>> {
        self.unproven.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Removes the file, and one that is being written: what it says is wrong.
    pub(crate) fn remove(&self) {
        let _nobody_writes = self.cursor();
        if let Err(error) = remove_durably(&self.path) {
            tracing::error!(%error, path = %self.path.display(), "the snapshot could not be removed");
        }
    }

    fn cursor(&self) -> MutexGuard<'_, Size> {
        self.cursor.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self, kept: Kept, ledger: &Ledger) -> Result<(), KeepError> {
        let bytes = kept.to_bytes(ledger.origin())?;
        // While the copy is there, whatever the fold changes is kept twice.
        drop(kept);
        if let Some(directory) = self.path.parent() {
            create_private_dir(directory)?;
        }
        Ok(write_atomic(&self.path, &bytes)?)
    }
}

impl Mirror {
    /// Writes a snapshot of everything that is durable now. Returns its cursor; nothing when there is nothing new.
    ///
    /// Nothing is taken in while the copy is made, which shares with the read model what does not change; bytes are made and
    /// written after that.
    pub(crate) fn keep_snapshot(&self) -> Result<Option<Size>, KeepError> {
        let mut cursor = self.snapshot.cursor();
        // Most of what waits to be folded is folded before the desk is asked for.
        self.reading.wait_for(self.ledger.size())?;
        self.reading.failure().map_or(Ok(()), Err)?;
        if *cursor == self.ledger.size() {
            return Ok(None);
        }
        let (size, model, roll, held) = {
            let desk = self.desk();
            let begun = Instant::now();
            let size = self.ledger.size();
            self.reading.wait_for(size)?;
            let copy = (size, self.reading.model().clone(), desk.roll.clone(), self.archive.held());
            self.metrics.snapshot_copied(begun.elapsed());
            copy
        };
        self.reading.failure().map_or(Ok(()), Err)?;
        let tree = self.ledger.tree_at(size)?;
        self.snapshot.write(Kept { tree, model, roll, held }, &self.ledger)?;
        self.metrics.snapshots.inc();
        *cursor = size;
        Ok(Some(size))
    }

    /// Writes a snapshot and traces what came of it: a failure is nobody's concern but the next start's.
    pub(crate) fn keep_snapshot_if_possible(&self) {
        match self.keep_snapshot() {
            Ok(Some(cursor)) => tracing::info!(%cursor, "a snapshot was written"),
            Ok(None) => {}
            Err(error) => tracing::warn!(%error, "no snapshot was written; the next start reads more of the own log"),
        }
    }
}

/// Writes snapshots while the aggregator runs.
pub(crate) async fn keep_snapshots(mirror: Arc<Mirror>, drain: DrainToken) {
    let mut ticks = tokio::time::interval(LOOK_EVERY);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let mut last = Instant::now();
    while drain.run_until_cancelled(ticks.tick()).await.is_some() {
        let new = mirror.ledger.size().entries_since(*mirror.snapshot.cursor());
        if !is_due(new, last.elapsed()) {
            continue;
        }
        let keeping = Arc::clone(&mirror);
        if let Err(error) = tokio::task::spawn_blocking(move || keeping.keep_snapshot_if_possible()).await {
            tracing::error!(%error, "writing a snapshot ended abnormally");
        }
        last = Instant::now();
    }
}

/// Whether so many new records, the last snapshot being so old, are worth a new one.
const fn is_due(new: u64, age: Duration) -> bool {
    new >= RECORDS || (new > 0 && age.as_secs() >= EVERY.as_secs())
}

#[cfg(test)]
mod tests;
