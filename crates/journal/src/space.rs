//! Space ahead of the append position: reserved, so that most appends do not change the file's length, and for small
//! groups filled too.
//!
//! Space that is reserved and was never written has a price at its first write: the file system notes beside the file that
//! there is data now, and a sync of data waits until that note is durable too. Where zeros were written before, a group
//! only overwrites them. All that was reserved is filled in one go: the sync that carries it is paid once for ten thousand small
//! records. Filling costs a second write of every byte, which large groups feel more than the note.

use crate::failure::Failure;
use crate::storage::{File, allocate_fully, write_fully};

/// Groups of so many bytes and more pay for the note rather than for a second write.
const LARGE_GROUP_BYTES: u64 = 64 << 10;

/// What lies behind the append position of the segment that is written.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Space {
    /// The length of the file: up to here there is space on the disk.
    allocated: u64,
    /// Up to here there were bytes or zeros written.
    filled: u64,
}

impl Space {
    /// That of a file of `allocated` bytes, of which nothing is known behind `offset`.
    pub(crate) fn new(offset: u64, allocated: u64) -> Self {
        Self { allocated, filled: offset }
    }

    /// Makes room for a group of `bytes` at `offset`, and reserves `ahead` if there is none; never beyond
    /// `segment_bytes`, unless the group itself is.
    pub(crate) fn make(
        &mut self,
        file: &dyn File,
        [offset, bytes]: [u64; 2],
        [ahead, segment_bytes]: [u64; 2],
    ) -> Result<(), Failure> {
        let needed = offset + bytes;
        if needed > self.allocated {
            let wanted = (offset + ahead).min(segment_bytes);
            self.allocated = allocate_ahead(file, needed, wanted)?;
        }
        if needed > self.filled {
            self.filled = needed;
            if bytes < LARGE_GROUP_BYTES {
                self.fill(file)?;
            }
        }
        Ok(())
    }

    /// Fills what is reserved. A file system that needs more space for this goes without.
    fn fill(&mut self, file: &dyn File) -> Result<(), Failure> {
        let zeros = vec![0; usize::try_from(self.allocated.saturating_sub(self.filled)).unwrap_or(0)];
        match write_fully(file, self.filled, &zeros).map_err(|error| Failure::of("filling space", &error)) {
            Ok(()) => self.filled += zeros.len() as u64,
            Err(Failure::NoSpace) => {}
            Err(failure) => return Err(failure),
        }
        Ok(())
    }
}

/// Reserves space up to `wanted`, or at least up to `needed`; returns which.
pub(crate) fn allocate_ahead(file: &dyn File, needed: u64, wanted: u64) -> Result<u64, Failure> {
    let wanted = wanted.max(needed);
    let allocated = match allocate_fully(file, wanted) {
        Err(_) if wanted > needed => allocate_fully(file, needed).map(|()| needed),
        other => other.map(|()| wanted),
    };
    allocated.map_err(|e| Failure::of("reserving space", &e))
}
