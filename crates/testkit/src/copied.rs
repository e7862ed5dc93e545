//! What a backup would give back of a journal's segments.

use danvan_journal::{MemoryStorage, SegmentFile, Storage, read_up_to, write_fully};
use std::io;
use std::sync::Arc;

/// A storage in memory with the segments as a copy takes them: each up to the bytes that belong to the copy.
///
/// # Errors
/// A segment that is not there, or shorter than that.
pub fn copied(from: &dyn Storage, segments: &[SegmentFile]) -> io::Result<Arc<dyn Storage>> {
    let copy = MemoryStorage::new();
    for segment in segments {
        let mut bytes = vec![0; usize::try_from(segment.bytes).map_err(io::Error::other)?];
        if read_up_to(from.open_to_read(&segment.name)?.as_ref(), 0, &mut bytes)? < bytes.len() {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        write_fully(copy.create(&segment.name)?.as_ref(), 0, &bytes)?;
    }
    Ok(Arc::new(copy))
}
