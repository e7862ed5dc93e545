//! How much of the disk a journal takes, told by its file names and lengths alone.

use crate::header::segment_name;
use crate::recovery::OpenError;
use crate::reserve::RESERVE;
use crate::storage::Storage;
use crate::survey::segment_numbers;
use std::io;

/// What lies in a directory, whether it is sound or not.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Extent {
    /// How many segments.
    pub segments: usize,
    /// The lengths of their files together, in bytes; space that is reserved ahead counts.
    pub bytes: u64,
    /// The length of the reserve for a full disk, in bytes; 0 while there is none.
    pub reserve_bytes: u64,
}

impl Extent {
    /// Looks at a directory. The errors are a directory that cannot be listed and a file whose length is not told.
    pub fn of(storage: &dyn Storage) -> Result<Self, OpenError> {
        let numbers = segment_numbers(storage)?;
        let mut bytes = 0;
        for number in &numbers {
            bytes += length(storage, &segment_name(*number))?;
        }
        Ok(Self { segments: numbers.len(), bytes, reserve_bytes: length(storage, RESERVE)? })
    }
}

/// The length of a file; 0 where it is not there, as beside a writer that gives its reserve back.
fn length(storage: &dyn Storage, name: &str) -> io::Result<u64> {
    match storage.open_to_read(name) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(0),
        file => file?.len(),
    }
}
