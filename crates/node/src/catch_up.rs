//! The start of intake: rules and keys are read from the ledger, openings without an entry destroyed; then the gate opens.

use std::path::Path;

use danvan_event::EventId;
use danvan_state::{OpenError, Opened, Row, StateError, Table};
use danvan_tlog::Index;

use crate::intake::Intake;
use crate::intake_keys::{KeysError, index_of, row};
use crate::recorder::FoldError;
use crate::vault::OrphanError;

/// The code that computes the keys; a change of their meaning changes it.
const KEYS_VERSION: &str = "intake keys 1";
/// Rows written at once.
const BATCH: usize = 4096;

/// Why intake cannot start. The node ends with this reason.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CatchUpError {
    #[error(transparent)]
    Open(#[from] OpenError),
    #[error(transparent)]
    Fold(#[from] FoldError),
    #[error(transparent)]
    State(#[from] StateError),
    #[error(transparent)]
    Vault(#[from] OrphanError<KeysError>),
}

/// Blocks until intake may begin.
pub(crate) fn catch_up(intake: &Intake, dir: &Path) -> Result<(), CatchUpError> {
    let size = intake.ledger.size();
    let version = format!("{KEYS_VERSION} of {}", intake.ledger.origin().as_str());
    let (table, opened) = Table::open_up_to(&dir.join("state"), &version, size)?;
    if let Opened::Quarantined { reason } = opened {
        intake.metrics.state_rebuilds.with_label_values(&[reason.as_str()]).inc();
    }
    let mut keys: Vec<(EventId, Index)> = Vec::new();
    intake.recorder.catch_up(&mut |index, entry| keys.push((entry.id(), index)))?;
    let missing = missing_rows(&table, keys)?;
    tracing::info!(entries = size.get(), missing = missing.len(), "intake keys checked");
    let mut rest = missing.as_slice();
    loop {
        let (batch, after) = rest.split_at(rest.len().min(BATCH));
        let cursor = if after.is_empty() { size } else { table.cursor() };
        table.apply(cursor, batch.iter().cloned())?;
        rest = after;
        if rest.is_empty() {
            break;
        }
    }
    intake.keys.ready(table);
    let orphans = intake.vault.destroy_orphans(|id| intake.keys.find(id).map(|found| found.is_some()))?;
    if orphans > 0 {
        tracing::warn!(orphans, "openings without an entry were destroyed");
        intake.metrics.orphans.inc_by(orphans);
    }
    intake.gate.open();
    Ok(())
}

/// The rows that the table lacks or has otherwise. Of two entries with one id the first counts.
fn missing_rows(table: &Table, keys: Vec<(EventId, Index)>) -> Result<Vec<Row>, StateError> {
    let mut known = std::collections::BTreeSet::new();
    let mut rows = Vec::new();
    for (id, index) in keys {
        if !known.insert(id) {
            tracing::error!(index = index.get(), "an event id occurs twice in the log");
            continue;
        }
        let stored = table.get(id.as_bytes())?.and_then(|value| index_of(&value));
        if stored != Some(index) {
            rows.push(row(id, index));
        }
    }
    Ok(rows)
}
