//! Making the next batch out of the ledger.

use crate::packing::{self, MAX_ENTRIES_BYTES, PackError};
use danvan_ledger::{CheckpointError, Ledger, ReadError};
use danvan_tlog::{Batch, BatchError, IndexRange, MAX_BATCH_ENTRIES, PositionError, Size};

/// A batch ready to be sent.
pub(super) struct Shipment {
    pub(super) range: IndexRange,
    pub(super) packed: Vec<u8>,
}

/// Why there is no batch. The shipper tries later; every cause but [`ShipmentError::Pack`] stands in the ledger's own
/// health too.
#[derive(Debug, thiserror::Error)]
pub(super) enum ShipmentError {
    #[error(transparent)]
    Read(#[from] ReadError),
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
    #[error(transparent)]
    Batch(#[from] BatchError),
    #[error(transparent)]
    Pack(#[from] PackError),
    #[error(transparent)]
    Range(#[from] PositionError),
}

/// The batch that starts at `start` and holds as many entries below `limit` as fit one message. Blocks.
pub(super) fn load(ledger: &Ledger, start: Size, limit: Size) -> Result<Shipment, ShipmentError> {
    let mut entries = read(ledger, start, limit)?;
    loop {
        let end = start.checked_add(entries.len() as u64).unwrap_or(Size::MAX);
        let note = ledger.checkpoint_at(end)?.note().clone();
        let batch = Batch::new(ledger.origin().clone(), start, entries, note)?;
        match packing::pack(&batch) {
            Ok(packed) => return Ok(Shipment { range: batch.range(), packed }),
            Err(PackError::TooLarge) if batch.entries().len() > 1 => {
                entries = batch.into_entries();
                entries.truncate(entries.len() / 2);
            }
            Err(error) => return Err(error.into()),
        }
    }
}

fn read(ledger: &Ledger, start: Size, limit: Size) -> Result<Vec<Vec<u8>>, ShipmentError> {
    let limit = start.checked_add(MAX_BATCH_ENTRIES).map_or(limit, |most| most.min(limit));
    let mut entries = Vec::new();
    let mut room = MAX_ENTRIES_BYTES;
    ledger.visit(IndexRange::new(start, limit)?, |_, entry, _| {
        let Some(left) = room.checked_sub(2 + entry.len()) else {
            return false;
        };
        room = left;
        entries.push(entry.to_vec());
        true
    })?;
    Ok(entries)
}
