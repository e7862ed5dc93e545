//! The start of intake: rules and keys are read from the ledger, openings of erased events and openings without an entry destroyed;
//! then the gate may open.

use std::collections::BTreeSet;
use std::path::Path;

use danvan_event::{Event, EventId};
use danvan_state::{OpenError, Opened, QuarantineReason, Table};

use crate::first_look::Standing;
use crate::intake::Intake;
use crate::intake_keys::KeysError;
use crate::key_check::{Found, KeyCheck, KeyCheckError};
use crate::recorder::FoldError;
use crate::vault::OrphanError;

/// The code that computes the keys; a change of their meaning changes it.
const KEYS_VERSION: &str = "intake keys 1";

/// Why intake cannot start. Unless it drains, the node ends with this reason.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CatchUpError {
    #[error(transparent)]
    Open(#[from] OpenError),
    #[error(transparent)]
    Fold(#[from] FoldError),
    #[error(transparent)]
    Keys(#[from] KeyCheckError),
    #[error(transparent)]
    Once(#[from] danvan_ledger::KeysError),
    #[error("the intake keys hold {rows} rows for {ids} ids even after they were computed anew")]
    Rows { rows: u64, ids: u64 },
    #[error(transparent)]
    Vault(#[from] OrphanError<KeysError>),
    #[error("the mark of the last stop: {0}")]
    Mark(#[from] std::io::Error),
}

/// Blocks until intake may begin, or until the node drains. The caller opens the gate.
pub(crate) fn catch_up(intake: &Intake, dir: &Path, standing: Standing) -> Result<(), CatchUpError> {
    let size = intake.history.size();
    let version = format!("{KEYS_VERSION} of {}", intake.ledger.origin().as_str());
    let (mut table, opened) = Table::open_up_to(&dir.join("state"), &version, size)?;
    if let Opened::Quarantined { reason } = opened {
        count(intake, reason);
    }
    let mut check = KeyCheck::new(&intake.history, &table);
    let mut erased = BTreeSet::new();
    intake.recorder.catch_up::<CatchUpError>(&mut |number, id, event| {
        if let Event::PrivacyErased(erasure) = event {
            erased.extend(&erasure.event_ids);
        }
        Ok(check.push(number, id)?)
    })?;
    let mut found = check.finish(size)?;
    if table.rows() != found.ids {
        count(intake, QuarantineReason::Stale);
        table = table.start_over(QuarantineReason::Stale)?;
        found = write_anew(intake, &table)?;
    }
    let Found { ids, mended, nameless } = found;
    if table.rows() != ids {
        return Err(CatchUpError::Rows { rows: table.rows(), ids });
    }
    tracing::info!(entries = size.get(), mended, "intake keys checked");
    intake.keys.ready(&intake.history, &intake.ledger, table, intake.failure.clone())?;
    destroy_erased(intake, &erased)?;
    destroy_orphans(intake, nameless, standing)
}

fn count(intake: &Intake, reason: QuarantineReason) {
    intake.metrics.state_rebuilds.with_label_values(&[reason.as_str()]).inc();
}

/// Fills an empty table from the ledger.
fn write_anew(intake: &Intake, table: &Table) -> Result<Found, CatchUpError> {
    let mut check = KeyCheck::new(&intake.history, table);
    intake.recorder.ids::<CatchUpError>(&mut |number, id| Ok(check.push(number, id)?))?;
    Ok(check.finish(intake.history.size())?)
}

/// What was erased stays so, whatever a crash interrupted and whatever came back from a copy of the vault.
fn destroy_erased(intake: &Intake, erased: &BTreeSet<EventId>) -> Result<(), CatchUpError> {
    let destroyed = intake.vault.destroy_all(erased).map_err(OrphanError::Io)?;
    if destroyed > 0 {
        tracing::warn!(destroyed, "openings of erased events were there and were destroyed");
    }
    Ok(())
}

/// While there is an entry whose id cannot be read, every opening may be that entry's; and while others may hold more of the
/// log, an opening may belong to an entry that comes back. Then all of them stay.
fn destroy_orphans(intake: &Intake, nameless: u64, standing: Standing) -> Result<(), CatchUpError> {
    if standing == Standing::Unconfirmed {
        tracing::info!("openings without an entry stay until everybody says that this ledger is the latest");
        return Ok(());
    }
    if nameless > 0 {
        tracing::error!(nameless, "entries without a readable id: openings without an entry stay");
        return Ok(());
    }
    let orphans = intake.vault.destroy_orphans(|id| intake.keys.find(id).map(|found| found.is_some()))?;
    if orphans > 0 {
        tracing::warn!(orphans, "openings without an entry were destroyed");
        intake.metrics.orphans.inc_by(orphans);
    }
    Ok(())
}

#[cfg(test)]
mod tests;
