//! Repair: a damaged or shortened ledger becomes whole again, from its own sound bytes and from mirrors.
//!
//! A complete copy is written beside the damaged directory: what is sound here where it is sound, entries of mirrors
//! where it is not. It counts only when the roots of its written bytes are those that were promised: the own checkpoints
//! and the intent, the receipts, and what the mirrors hold signed by this log. Then the two directories change places in
//! one step. The damaged one stays beside it as evidence; nothing in it is ever changed.

mod assembly;
mod job;
mod outcome;
mod rebuild;
mod switch;

pub(crate) use job::{Job, Judged, lock};
pub use outcome::{Fetched, FrozenAt, Loss, LossCause, RefusedMirror, RepairError, RepairOutcome, Repaired};
pub(crate) use switch::{Switch, finish_switch};

use crate::config::LedgerConfig;
use crate::error::OpenError;
use crate::mirror_source::{Attachments, MirrorSource};
use crate::verdict::Finding;
use danvan_journal::{DiskStorage, Storage};
use danvan_tlog::VerifierKey;
use std::num::NonZeroUsize;
use std::path::Path;
use std::sync::Arc;

/// How a ledger is repaired.
#[derive(Debug, Clone, Copy, Default)]
pub struct RepairOptions {
    /// How the new segments are written.
    pub config: LedgerConfig,
    /// How many threads verify; the machine's cores when absent.
    pub threads: Option<NonZeroUsize>,
    /// Goes on without a mirror although some of the promises cannot be read: an operator decided that none of them was
    /// for more than is held here.
    pub accept_forgotten: bool,
    /// Takes entries from a mirror although attachments that they vouch for are not to be had.
    pub accept_missing_attachments: bool,
}

/// Where lost entries and their attachments come from.
pub struct RepairSources<'m> {
    /// The mirrors, in the order in which they are asked.
    pub mirrors: Vec<&'m mut dyn MirrorSource>,
    /// Gives the attachments of entries that come from a mirror.
    pub attachments: &'m mut Attachments<'m>,
}

/// Repairs the ledger in `directory`, whose log is signed by the key `log`.
///
/// No process may have the ledger open. The directory may be empty: then everything comes from the mirrors. What came out
/// of a backup keeps its mark: that everybody was asked is for [`crate::rejoin`] to see.
pub fn repair(
    directory: &Path,
    log: &VerifierKey,
    sources: RepairSources<'_>,
    options: RepairOptions,
) -> Result<RepairOutcome, RepairError> {
    finish_switch(directory).map_err(RepairError::Switch)?;
    let damaged: Arc<dyn Storage> = Arc::new(DiskStorage::open(directory).map_err(OpenError::Io)?);
    let _lock = lock(&damaged)?;
    let mut job = Job::open(damaged, log, sources, options)?;
    match job.judge()? {
        Judged::Sound(verdict) => Ok(RepairOutcome::NothingToDo(verdict)),
        Judged::Damaged(findings) => replace(directory, &mut job, findings),
    }
}

/// Writes the whole copy beside the damaged directory, whose lock the caller holds, and puts it in place.
pub(crate) fn replace(
    directory: &Path,
    job: &mut Job<'_>,
    findings: Vec<Finding>,
) -> Result<RepairOutcome, RepairError> {
    let switch = Switch::of(directory).map_err(RepairError::Switch)?;
    let fresh: Arc<dyn Storage> = Arc::new(switch.begin().map_err(RepairError::Switch)?);
    let mut outcome = job.rebuild(findings, Some(&fresh))?;
    match &mut outcome {
        RepairOutcome::Repaired(repaired) => repaired.evidence = Some(switch.put_in_place(fresh.as_ref())?),
        _ => switch.abandon().map_err(RepairError::Switch)?,
    }
    Ok(outcome)
}

/// Says what [`repair`] would do; nothing is written.
pub fn rehearse_repair(
    directory: &Path,
    log: &VerifierKey,
    sources: RepairSources<'_>,
    options: RepairOptions,
) -> Result<RepairOutcome, RepairError> {
    let damaged: Arc<dyn Storage> = Arc::new(DiskStorage::open(directory).map_err(OpenError::Io)?);
    repair_on(damaged, None, log, sources, options)
}

/// The part of [`repair`] that is the same on any storage: writes the whole copy into `fresh`, which is emptied first,
/// and proves it; without `fresh` it is a rehearsal. Putting the copy in place is the caller's part.
pub fn repair_on(
    damaged: Arc<dyn Storage>,
    fresh: Option<&Arc<dyn Storage>>,
    log: &VerifierKey,
    sources: RepairSources<'_>,
    options: RepairOptions,
) -> Result<RepairOutcome, RepairError> {
    let _lock = fresh.map(|_| lock(&damaged)).transpose()?;
    let mut job = Job::open(damaged, log, sources, options)?;
    match job.judge()? {
        Judged::Sound(verdict) => Ok(RepairOutcome::NothingToDo(verdict)),
        Judged::Damaged(findings) => job.rebuild(findings, fresh),
    }
}
