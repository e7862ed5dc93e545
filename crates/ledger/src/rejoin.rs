//! Rejoining: a ledger that may hold less than others do catches up from **every** aggregator whose receipts count, before
//! anything is appended. An index that one of them holds an entry of would get another one otherwise.

use crate::forgone::Forgone;
use crate::repair::{
    Job, Judged, RefusedMirror, RepairError, RepairOptions, RepairOutcome, RepairSources, finish_switch, lock, replace,
};
use crate::restored::remove_mark;
use crate::verdict::Finding;
use danvan_journal::{DiskStorage, Storage};
use danvan_tlog::{Size, VerifierKey};
use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;
use thiserror::Error;

/// A ledger that everybody was asked about. Unless the outcome is [`RepairOutcome::Irreparable`], the mark of a backup is
/// gone and the ledger may be opened.
#[derive(Debug)]
pub struct Rejoined {
    /// What was done for it.
    pub outcome: RepairOutcome,
    /// The aggregators that did not answer and that an operator decided to go on without. The decision lies beside the
    /// journal; the caller tells it wherever else it must be known.
    pub without: Vec<String>,
}

/// Why a ledger did not rejoin. It is unchanged and must not be appended to.
#[derive(Debug, Error)]
pub enum RejoinError {
    /// Not every mirror said what it holds. Ask again later, or have an operator decide to go on without them.
    #[error("no answer from {}", said(mirrors))]
    Silent {
        /// Those that did not, and why.
        mirrors: Vec<RefusedMirror>,
    },
    /// The ledger could not be read, or the copy not be written; its message says what to do.
    #[error(transparent)]
    Repair(#[from] RepairError),
    /// The end could not be written down: fix the disk and try again.
    #[error("cannot finish the catching up: {0}")]
    Io(#[from] std::io::Error),
}

fn said(mirrors: &[RefusedMirror]) -> String {
    let said = mirrors.iter().map(|silent| format!("{} ({})", silent.mirror, silent.reason));
    said.collect::<Vec<_>>().join(", ")
}

/// Brings the ledger in `directory` up to what every one of `sources` holds of it, and takes the mark of a backup away.
///
/// Every source must answer, also one that holds nothing. `without` names those (by [`crate::MirrorSource::name`]) whose
/// silence an operator accepts; they are asked all the same. No process may have the ledger open. The directory may be
/// empty or missing: then everything comes from the sources.
pub fn rejoin(
    directory: &Path,
    log: &VerifierKey,
    sources: RepairSources<'_>,
    without: &BTreeSet<String>,
    options: RepairOptions,
) -> Result<Rejoined, RejoinError> {
    finish_switch(directory)?;
    let storage: Arc<dyn Storage> = Arc::new(DiskStorage::create(directory)?);
    run(&storage, log, sources, without, options, &mut |job, findings| replace(directory, job, findings))
}

/// The part of [`rejoin`] that is the same on any storage. Where a copy has to be written it goes into `fresh`, which is
/// emptied first; putting it in place is then the caller's part.
pub fn rejoin_on(
    storage: &Arc<dyn Storage>,
    fresh: &Arc<dyn Storage>,
    log: &VerifierKey,
    sources: RepairSources<'_>,
    without: &BTreeSet<String>,
    options: RepairOptions,
) -> Result<Rejoined, RejoinError> {
    run(storage, log, sources, without, options, &mut |job, findings| job.rebuild(findings, Some(fresh)))
}

/// Writes the copy of a ledger that is not whole.
type Replace<'a> = dyn FnMut(&mut Job<'_>, Vec<Finding>) -> Result<RepairOutcome, RepairError> + 'a;

fn run(
    storage: &Arc<dyn Storage>,
    log: &VerifierKey,
    sources: RepairSources<'_>,
    without: &BTreeSet<String>,
    options: RepairOptions,
    replace: &mut Replace<'_>,
) -> Result<Rejoined, RejoinError> {
    let _lock = lock(storage)?;
    let mut job = Job::open(Arc::clone(storage), log, sources, options)?;
    let (forgone, silent): (Vec<_>, Vec<_>) =
        job.silent().cloned().partition(|silent| without.contains(&silent.mirror));
    if !silent.is_empty() {
        return Err(RejoinError::Silent { mirrors: silent });
    }
    let without: Vec<String> = forgone.into_iter().map(|forgone| forgone.mirror).collect();
    job.go_on_without(without.clone());
    let outcome = match job.judge()? {
        Judged::Sound(verdict) if verdict.size > Size::ZERO => {
            if let Some(decisions) = job.decisions_at(verdict.size) {
                Forgone::store_all(storage.as_ref(), &decisions).map_err(RepairError::from)?;
            }
            remove_mark(storage.as_ref())?;
            RepairOutcome::NothingToDo(verdict)
        }
        Judged::Sound(_) => return Err(RepairError::Nothing.into()),
        Judged::Damaged(findings) => replace(&mut job, findings)?,
    };
    Ok(Rejoined { outcome, without })
}
