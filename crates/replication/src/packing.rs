//! Batches as they travel: the framing of `danvan-tlog`, packed with zstd, within the limits of one message.

use danvan_ledger::{Attachment, AttachmentError};
use danvan_tlog::{Batch, BatchError, MAX_BATCH_UNPACKED_BYTES};

/// The most bytes of one packed batch, 256 KiB: far below every broker's limit, and small enough for a weak line.
pub const MAX_PACKED_BYTES: usize = 256 * 1024;

/// The most bytes of the entries of one batch with their length fields: the rest is for origin, range and note.
pub(crate) const MAX_ENTRIES_BYTES: usize = MAX_BATCH_UNPACKED_BYTES - 64 * 1024;

/// Why a batch cannot be packed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PackError {
    /// It would not fit one message: the caller makes a smaller batch.
    #[error("the packed batch is over the limit of {MAX_PACKED_BYTES} bytes")]
    TooLarge,
    /// The compressor failed: the caller tries later.
    #[error(transparent)]
    Packing(AttachmentError),
}

/// Why bytes are not a batch. The caller answers 422 and applies nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UnpackError {
    /// Longer than a message may be.
    #[error("the packed batch has {0} bytes, over the limit of {MAX_PACKED_BYTES}")]
    TooLarge(usize),
    /// Not a zstd frame, or one that grows over 4 MiB.
    #[error(transparent)]
    Frame(#[from] AttachmentError),
    /// Not the framing of a batch.
    #[error(transparent)]
    Batch(#[from] BatchError),
}

/// The bytes of one message.
pub fn pack(batch: &Batch) -> Result<Vec<u8>, PackError> {
    match Attachment::pack(&batch.encode()) {
        Ok(packed) if packed.len() <= MAX_PACKED_BYTES => Ok(packed),
        Ok(_) | Err(AttachmentError::TooLarge { .. }) => Err(PackError::TooLarge),
        Err(error) => Err(PackError::Packing(error)),
    }
}

/// Reads what [`pack`] wrote. Its shape is checked, its truth is not: that is [`crate::judge`]'s.
pub fn unpack(packed: &[u8]) -> Result<Batch, UnpackError> {
    if packed.len() > MAX_PACKED_BYTES {
        return Err(UnpackError::TooLarge(packed.len()));
    }
    Ok(Batch::decode(&Attachment::unpack(packed, MAX_BATCH_UNPACKED_BYTES)?)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use danvan_tlog::{Frontier, KeyName, LogKey, Size};

    fn batch(entries: Vec<Vec<u8>>) -> Batch {
        let key = LogKey::from_seed(KeyName::new("example.com/u/x-1").unwrap(), [1; 32]);
        let frontier = Frontier::of(entries.iter().map(|entry| danvan_tlog::leaf_hash(entry)));
        let note = key.sign(frontier.size(), frontier.root()).note().clone();
        Batch::new(key.origin(), Size::ZERO, entries, note).unwrap()
    }

    #[test]
    fn a_packed_batch_comes_back() {
        let batch = batch((0..1024_u32).map(|n| format!("entry {n}").into_bytes()).collect());
        assert_eq!(unpack(&pack(&batch).unwrap()).unwrap(), batch);
    }

    #[test]
    fn noise_and_oversize_are_refused() {
        let mut jitter = crate::Jitter::new(1);
        let noise: Vec<Vec<u8>> =
            (0..8).map(|_| (0..60_000).map(|_| jitter.next_bits().to_be_bytes()[0]).collect()).collect();
        assert_eq!(pack(&batch(noise)), Err(PackError::TooLarge));
        assert_eq!(unpack(&vec![0; MAX_PACKED_BYTES + 1]), Err(UnpackError::TooLarge(MAX_PACKED_BYTES + 1)));
        assert!(matches!(unpack(b"noise"), Err(UnpackError::Frame(_))));
        let bomb = Attachment::pack(&vec![0; MAX_BATCH_UNPACKED_BYTES + 1]).unwrap();
        assert!(matches!(unpack(&bomb), Err(UnpackError::Frame(AttachmentError::TooLarge { .. }))));
        let cut = Attachment::pack(&batch(vec![b"x".to_vec()]).encode()[..20]).unwrap();
        assert!(matches!(unpack(&cut), Err(UnpackError::Batch(_))));
    }
}
