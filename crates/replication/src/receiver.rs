//! The receiver's judgement: what a batch means for the copy of a log that is held. Pure.

use danvan_tlog::{
    Batch, BatchError, Frontier, Hash, Index, IndexRange, NoteError, SignedCheckpoint, Size, VerifierKey,
};

/// What a receiver knows about one enrolled log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OriginState {
    vkey: VerifierKey,
    frontier: Frontier,
    last: Option<SignedCheckpoint>,
}

impl OriginState {
    /// A log that is enrolled with this key and of which nothing is held.
    #[must_use]
    pub const fn enrolled(vkey: VerifierKey) -> Self {
        Self { vkey, frontier: Frontier::empty(), last: None }
    }

    /// A log of which everything below the frontier is held, `last` being the last note cosigned for it.
    #[must_use]
    pub const fn restored(vkey: VerifierKey, frontier: Frontier, last: Option<SignedCheckpoint>) -> Self {
        Self { vkey, frontier, last }
    }

    /// How many entries are held.
    #[must_use]
    pub const fn size(&self) -> Size {
        self.frontier.size()
    }

    /// The tree over them.
    #[must_use]
    pub const fn frontier(&self) -> &Frontier {
        &self.frontier
    }

    /// The key that the log is enrolled with.
    #[must_use]
    pub const fn vkey(&self) -> &VerifierKey {
        &self.vkey
    }

    /// The last cosigned checkpoint: what a receipt for anything held repeats.
    #[must_use]
    pub const fn last(&self) -> Option<&SignedCheckpoint> {
        self.last.as_ref()
    }

    /// The state after an accepted batch whose entries are durable and whose checkpoint was cosigned.
    pub fn advance(&mut self, frontier: Frontier, cosigned: SignedCheckpoint) {
        self.frontier = frontier;
        self.last = Some(cosigned);
    }
}

/// What to do with a batch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// It continues what is held: make it durable, cosign the checkpoint, send a receipt.
    Accept {
        /// The tree after it.
        frontier: Frontier,
        /// What the node signed.
        checkpoint: SignedCheckpoint,
    },
    /// All of it is held already: send the stored receipt again, write nothing.
    Held,
    /// There is a gap, or an overlap with what is held: ask for more from `next`.
    Resend {
        /// The size held.
        next: Size,
    },
    /// It cannot be part of this log: answer with the status, apply nothing.
    Refuse(Refusal),
    /// It is signed by the right key and contradicts what is held: keep both, alarm, stop cosigning this log.
    Fork(Contradiction),
}

/// What of a signed batch contradicts the copy that is held.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Contradiction {
    /// Another entry at an index that is held, the first such one.
    #[error("another entry at index {0}")]
    Entry(Index),
    /// The same entries, and another root of a size that is held: two histories are signed, which differ before the batch.
    #[error("another root of the first {0} entries")]
    Root(Size),
}

/// The copy of a log that is held, as it can be read back.
pub trait HeldCopy {
    /// Why it could not be read.
    type Error;

    /// The leaf hashes of a range, all of which is held.
    fn leaves(&self, range: IndexRange) -> Result<Vec<Hash>, Self::Error>;

    /// The root over the first `size` entries, all of which are held. Asked for sizes below the one held.
    fn root(&self, size: Size) -> Result<Hash, Self::Error>;
}

/// Why a batch is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// No such log is enrolled: 404.
    #[error("the log is not enrolled")]
    UnknownOrigin,
    /// Not signed by the enrolled key: 403.
    #[error("the batch is not signed by the enrolled key: {0}")]
    UnknownKey(NoteError),
    /// The batch contradicts itself or the copy: 422.
    #[error(transparent)]
    BrokenLog(BatchError),
}

impl Refusal {
    /// The status of the receipt.
    #[must_use]
    pub const fn status(&self) -> crate::ReceiptStatus {
        match self {
            Self::UnknownOrigin => crate::ReceiptStatus::UnknownOrigin,
            Self::UnknownKey(_) => crate::ReceiptStatus::UnknownKey,
            Self::BrokenLog(_) => crate::ReceiptStatus::BrokenLog,
        }
    }
}

impl From<BatchError> for Refusal {
    fn from(error: BatchError) -> Self {
        match error {
            BatchError::Note(error) => Self::UnknownKey(error),
            other => Self::BrokenLog(other),
        }
    }
}

/// Judges a batch against the state of its log; `state` is `None` when the log is not enrolled.
///
/// An error of `held` ends the judgement: nothing is known then, and the caller tries again.
pub fn judge<Held: HeldCopy>(state: Option<&OriginState>, batch: &Batch, held: &Held) -> Result<Verdict, Held::Error> {
    let Some(state) = state else {
        return Ok(Verdict::Refuse(Refusal::UnknownOrigin));
    };
    if *batch.origin() != state.vkey.name().origin() {
        return Ok(Verdict::Refuse(Refusal::UnknownOrigin));
    }
    let (size, range) = (state.size(), batch.range());
    if range.start() == size {
        return Ok(match batch.follow(&state.frontier, &state.vkey) {
            Ok((frontier, checkpoint)) => Verdict::Accept { frontier, checkpoint },
            Err(error) => Verdict::Refuse(error.into()),
        });
    }
    let signed = match batch.open(&state.vkey) {
        Ok(signed) => signed,
        Err(error) => return Ok(Verdict::Refuse(error.into())),
    };
    if let Ok(common) = IndexRange::new(range.start(), range.end().min(size)) {
        let ours = held.leaves(common)?;
        let differs = common.iter().zip(batch.leaves()).zip(ours).find(|((_, theirs), ours)| theirs != ours);
        if let Some(((index, _), _)) = differs {
            return Ok(Verdict::Fork(Contradiction::Entry(index)));
        }
    }
    if range.end() > size {
        return Ok(Verdict::Resend { next: size });
    }
    let ours = if range.end() == size { state.frontier.root() } else { held.root(range.end())? };
    Ok(if signed.root() == ours { Verdict::Held } else { Verdict::Fork(Contradiction::Root(range.end())) })
}

#[cfg(test)]
#[path = "receiver/tests.rs"]
mod tests;
