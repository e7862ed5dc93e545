//! A read model as bytes: versioned, checksummed, with the place to go on from.

use serde::{Deserialize, Serialize};

use crate::read_model::ReadModel;

/// What every snapshot begins with: a name, and the number of the layout behind it. Raised whenever a type of the read model or
/// a rule of the fold changes; a test pins the bytes of a small model.
const HEADER: &[u8; 16] = b"danvan-model\0\0\0\x0f";
/// CRC-32C of everything before it, at the end.
const CHECKSUM_BYTES: usize = 4;

/// A read model and how far it has come in the log that it is folded from.
///
/// Disposable: whoever cannot read one folds again. The bytes are derived from the model alone, so equal models give equal bytes.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Snapshot {
    /// The next index to be read of the log that leads the fold; for an aggregator its own.
    pub cursor: u64,
    /// What was folded below the cursor.
    pub model: ReadModel,
}

/// Why bytes are no snapshot. Fold again from the logs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SnapshotError {
    /// Not a snapshot, or one of another program version.
    #[error("not a snapshot of this version")]
    Foreign,
    /// Damaged: the checksum differs.
    #[error("the checksum differs")]
    Damaged,
    /// The checksum holds and the content is no read model: a mistake of the program that wrote it.
    #[error("the content is no read model")]
    Content,
}

impl Snapshot {
    /// The bytes of the snapshot.
    ///
    /// # Errors
    /// [`SnapshotError::Content`] when the model cannot be written, by a mistake in the definition of a type.
    pub fn to_bytes(&self) -> Result<Vec<u8>, SnapshotError> {
        let mut bytes = postcard::to_extend(self, HEADER.to_vec()).map_err(|_| SnapshotError::Content)?;
        bytes.extend(crc32c::crc32c(&bytes).to_le_bytes());
        Ok(bytes)
    }

    /// Reads a snapshot and checks it: header, checksum, and that every list is what the fold would have made.
    pub fn from_bytes(bytes: &[u8]) -> Result<Snapshot, SnapshotError> {
        let body = bytes.strip_prefix(HEADER).ok_or(SnapshotError::Foreign)?;
        let (body, checksum) = body.split_last_chunk::<CHECKSUM_BYTES>().ok_or(SnapshotError::Damaged)?;
        let covered = bytes.len() - CHECKSUM_BYTES;
        if bytes.get(..covered).map(crc32c::crc32c) != Some(u32::from_le_bytes(*checksum)) {
            return Err(SnapshotError::Damaged);
        }
        match postcard::take_from_bytes(body) {
            Ok((snapshot, [])) => Ok(snapshot),
            _ => Err(SnapshotError::Content),
        }
    }
}
