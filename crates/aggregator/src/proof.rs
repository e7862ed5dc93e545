//! Folding the own log again before a draft rests on the read model, when this process began with a snapshot.
//!
//! What is published must follow from the entries of the log. A snapshot is a promise of an earlier process about them; a
//! program that folds by other rules than that one, or memory that lied to it, would otherwise reach a publication.

use std::collections::BTreeMap;

use danvan_event::UnitId;
use danvan_ledger::ReadError;
use danvan_projection::{ReadModel, Snapshot, SnapshotError};
use danvan_tlog::{Index, Origin, Size};
use sha2::{Digest as _, Sha256};

use crate::archive::steps;
use crate::mirror::Mirror;
use crate::reading::{Durable, FoldingGone, fold_into};
use crate::replay::{REPLAY_STEP, Told, told};

/// A read model that this process did not fold itself, as of a start.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Unproven {
    pub(crate) cursor: Size,
    pub(crate) model_sha256: [u8; 32],
}

/// Why the read model is not proven. No draft is made.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ProofError {
    /// The own log cannot be read back: it needs repair.
    #[error(transparent)]
    Read(#[from] ReadError),
    #[error("entry {index} of the own log: {reason}")]
    OwnLog { index: Index, reason: String },
    #[error(transparent)]
    Snapshot(#[from] SnapshotError),
    /// The process ends first.
    #[error("the process ends")]
    Ended,
    /// It is another one than the entries give: the process ends, and the next start folds anew.
    #[error("the read model is not the one that the own log gives: {0}")]
    Differs(FoldingGone),
}

impl Mirror {
    /// Makes sure that the read model is the one that the own log gives. Takes as long as folding it, once in a process that
    /// began with a snapshot; nothing is held up meanwhile, and who asks while it is under way waits for it.
    pub(crate) fn prove_model(&self) -> Result<(), ProofError> {
        self.prove_model_unless(|| false)
    }

    /// The same, given up as soon as the process ends.
    pub(crate) fn prove_model_unless(&self, ends: impl Fn() -> bool) -> Result<(), ProofError> {
        let mut unproven = self.snapshot.unproven();
        let Some(Unproven { cursor, model_sha256 }) = *unproven else { return Ok(()) };
        let model = self.folded_again(cursor, ends)?;
        let bytes = Snapshot { cursor: cursor.get(), model }.to_bytes()?;
        if Sha256::digest(&bytes).as_slice() != model_sha256 {
            tracing::error!(%cursor, "the snapshot that this process began with is not what the own log gives: ending");
            self.metrics.snapshot_refused("disproved");
            // First the end is known, then the file goes: whoever writes one meanwhile is waited for.
            let failure = self.reading.give_up();
            self.snapshot.remove();
            return Err(ProofError::Differs(failure));
        }
        *unproven = None;
        Ok(())
    }

    /// The read model of the first records of the own log, from their bytes.
    fn folded_again(&self, cursor: Size, ends: impl Fn() -> bool) -> Result<ReadModel, ProofError> {
        let (source, units) = {
            let desk = self.desk();
            let units: BTreeMap<Origin, UnitId> =
                desk.roll.members().map(|(origin, member)| (origin.clone(), member.unit.clone())).collect();
            (desk.scribe.source().clone(), units)
        };
        let mut model = ReadModel::default();
        for range in steps(Size::ZERO, cursor, REPLAY_STEP) {
            if ends() {
                return Err(ProofError::Ended);
            }
            for (own, record) in range.iter().zip(self.ledger.read(range)?) {
                let wrong = |reason: String| ProofError::OwnLog { index: own, reason };
                let Told { batch, .. } = told(&record).map_err(wrong)?;
                let of_unit = batch.map(|batch| match units.get(batch.origin()) {
                    Some(unit) => Ok((unit.clone(), batch)),
                    None => Err(wrong("the batch is of a log that is not enrolled".to_owned())),
                });
                let durable = Durable { own, entry: record.entry, batch: of_unit.transpose()? };
                fold_into(&mut model, &source, &durable);
            }
        }
        Ok(model)
    }
}
