//! A file on a failing disk: what cannot be read comes as bytes that no frame has, so that reading goes on behind it.

use crate::storage::File;
use std::io;
use std::sync::atomic::{AtomicU64, Ordering};

/// Disks fail by sectors of 512 or 4096 bytes; so much is given up for one failure.
const PIECE: u64 = 4096;

/// Neither zero, which would look like space that was never written to, nor anything that a checksum accepts.
const UNREADABLE: u8 = 0xee;

const NOTHING: u64 = u64::MAX;

/// Reads of a file that never fail.
pub(crate) struct Tolerant<'f> {
    file: &'f dyn File,
    unreadable_from: AtomicU64,
}

impl<'f> Tolerant<'f> {
    pub(crate) fn new(file: &'f dyn File) -> Self {
        Self { file, unreadable_from: AtomicU64::new(NOTHING) }
    }

    /// The first byte that could not be read.
    pub(crate) fn unreadable_from(&self) -> Option<u64> {
        Some(self.unreadable_from.load(Ordering::Relaxed)).filter(|offset| *offset != NOTHING)
    }
}

fn refused() -> io::Error {
    io::Error::from(io::ErrorKind::ReadOnlyFilesystem)
}

impl File for Tolerant<'_> {
    fn read_at(&self, offset: u64, into: &mut [u8]) -> io::Result<usize> {
        match self.file.read_at(offset, into) {
            Err(error) if error.kind() != io::ErrorKind::Interrupted => {}
            read => return read,
        }
        let end = self.file.len()?.min((offset / PIECE + 1) * PIECE);
        let room = usize::try_from(end.saturating_sub(offset)).unwrap_or(usize::MAX).min(into.len());
        let piece = &mut into[..room];
        if let Ok(read) = self.file.read_at(offset, piece) {
            return Ok(read);
        }
        piece.fill(UNREADABLE);
        self.unreadable_from.fetch_min(offset, Ordering::Relaxed);
        Ok(room)
    }

    fn len(&self) -> io::Result<u64> {
        self.file.len()
    }

    fn write_at(&self, _: u64, _: &[u8]) -> io::Result<usize> {
        Err(refused())
    }

    fn set_len(&self, _: u64) -> io::Result<()> {
        Err(refused())
    }

    fn allocate(&self, _: u64) -> io::Result<()> {
        Err(refused())
    }

    fn sync_data(&self) -> io::Result<()> {
        Err(refused())
    }

    fn sync_all(&self) -> io::Result<()> {
        Err(refused())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::storage::read_up_to;

    /// 16 KiB of ones, of which the second page cannot be read.
    struct Failing;

    impl File for Failing {
        fn read_at(&self, offset: u64, into: &mut [u8]) -> io::Result<usize> {
            let rest = usize::try_from(16384_u64.saturating_sub(offset)).unwrap().min(into.len());
            let end = offset + rest as u64;
            if offset < 2 * PIECE && end > PIECE {
                return Err(io::Error::other("input/output error"));
            }
            into[..rest].fill(1);
            Ok(rest)
        }

        fn len(&self) -> io::Result<u64> {
            Ok(16384)
        }

        fn write_at(&self, _: u64, _: &[u8]) -> io::Result<usize> {
            Err(refused())
        }

        fn set_len(&self, _: u64) -> io::Result<()> {
            Err(refused())
        }

        fn allocate(&self, _: u64) -> io::Result<()> {
            Err(refused())
        }

        fn sync_data(&self) -> io::Result<()> {
            Err(refused())
        }

        fn sync_all(&self) -> io::Result<()> {
            Err(refused())
        }
    }

    #[test]
    fn one_unreadable_page_hides_no_other() {
        let file = Tolerant::new(&Failing);
        let mut bytes = vec![0; 20000];
        assert_eq!(read_up_to(&file, 100, &mut bytes).unwrap(), 16284);
        for (at, byte) in (100..16384).zip(&bytes) {
            assert_eq!(*byte, if (4096..8192).contains(&at) { UNREADABLE } else { 1 }, "byte {at}");
        }
        assert_eq!(file.unreadable_from(), Some(4096));
    }
}
