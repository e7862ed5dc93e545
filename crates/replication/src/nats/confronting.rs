//! The node's own last message in the spool against its ledger: a batch that its key signed and that its disk does not hold is the
//! first sign of a disk that was put back from an older copy.

use crate::packing;
use crate::shipper::Alarm;
use danvan_ledger::{ConfrontError, Contradiction, Ledger};
use danvan_tlog::{IndexRange, VerifierKey};

/// Why nothing can be said of a message that the own key signed.
#[derive(Debug)]
pub(super) enum Confronted {
    /// The ledger contradicts it and has stopped.
    Contradicted(Alarm),
    /// The ledger could not be read; another look may tell.
    Unknown(String),
}

/// The entries of the batch in `packed`, found to be those of the ledger; `None` when it is no batch that `log` signed. Blocks.
pub(super) fn own_batch(ledger: &Ledger, log: &VerifierKey, packed: &[u8]) -> Result<Option<IndexRange>, Confronted> {
    let Some(batch) = packing::unpack(packed).ok().filter(|batch| batch.open(log).is_ok()) else { return Ok(None) };
    let by = log.name().clone();
    match ledger.confront(batch.note()) {
        Ok(()) => Ok(Some(batch.range())),
        Err(ConfrontError::Contradiction(Contradiction::Shorter { signed, held })) => {
            Err(Confronted::Contradicted(Alarm::LostEntries { by, cosigned: signed, held }))
        }
        Err(ConfrontError::Contradiction(Contradiction::OtherEntries { size })) => {
            Err(Confronted::Contradicted(Alarm::Fork { by, size }))
        }
        Err(error) => Err(Confronted::Unknown(error.to_string())),
    }
}
