//! Attachments: what is stored beside an entry, packed with zstd.

use danvan_journal::MAX_ATTACHMENT_BYTES;
use std::io::Read;
use thiserror::Error;

/// zstd's fastest ordinary level: batches and tables shrink to a fifth, at the speed of the disk.
const LEVEL: i32 = 1;

/// No frame may ask the decoder for a window larger than this power of two: 16 MiB, the most that is unpacked at all.
const WINDOW_LOG_MAX: u32 = 24;

/// Packing and unpacking; the limits hold before anything is allocated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Attachment;

impl Attachment {
    /// Most bytes of one attachment as stored.
    pub const MAX_STORED: usize = MAX_ATTACHMENT_BYTES;
    /// Most bytes of one attachment when unpacked.
    pub const MAX_UNPACKED: usize = 16 << 20;

    /// The packed form of `bytes`: one zstd frame with its content size and checksum.
    pub fn pack(bytes: &[u8]) -> Result<Vec<u8>, AttachmentError> {
        if bytes.len() > Self::MAX_UNPACKED {
            return Err(AttachmentError::TooLarge { bytes: bytes.len() as u64, limit: Self::MAX_UNPACKED });
        }
        let mut encoder = zstd::bulk::Compressor::new(LEVEL).map_err(|_| AttachmentError::Packing)?;
        encoder.include_checksum(true).map_err(|_| AttachmentError::Packing)?;
        let packed = encoder.compress(bytes).map_err(|_| AttachmentError::Packing)?;
        if packed.len() > Self::MAX_STORED {
            return Err(AttachmentError::TooLarge { bytes: packed.len() as u64, limit: Self::MAX_STORED });
        }
        Ok(packed)
    }

    /// The bytes that were packed, at most `limit` of them. Memory grows with what really comes out, never with what
    /// the frame claims.
    pub fn unpack(packed: &[u8], limit: usize) -> Result<Vec<u8>, AttachmentError> {
        let limit = limit.min(Self::MAX_UNPACKED);
        if packed.len() > Self::MAX_STORED {
            return Err(AttachmentError::TooLarge { bytes: packed.len() as u64, limit: Self::MAX_STORED });
        }
        if let Ok(Some(claimed)) = zstd::zstd_safe::get_frame_content_size(packed)
            && claimed > limit as u64
        {
            return Err(AttachmentError::TooLarge { bytes: claimed, limit });
        }
        let mut decoder = zstd::stream::read::Decoder::with_buffer(packed).map_err(|_| AttachmentError::NotPacked)?;
        decoder.window_log_max(WINDOW_LOG_MAX).map_err(|_| AttachmentError::NotPacked)?;
        let mut unpacked = Vec::new();
        let more_than_allowed = limit as u64 + 1;
        decoder.by_ref().take(more_than_allowed).read_to_end(&mut unpacked).map_err(|_| AttachmentError::NotPacked)?;
        if unpacked.len() > limit {
            return Err(AttachmentError::TooLarge { bytes: unpacked.len() as u64, limit });
        }
        Ok(unpacked)
    }
}

/// Why an attachment cannot be packed or unpacked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum AttachmentError {
    /// Over a limit: split it or refuse it.
    #[error("{bytes} bytes are over the limit of {limit}")]
    TooLarge {
        /// How many bytes there are, or are claimed, or were read before giving up.
        bytes: u64,
        /// The limit in bytes.
        limit: usize,
    },
    /// Not a sound zstd frame: refuse it.
    #[error("not a zstd frame")]
    NotPacked,
    /// The compressor failed, for lack of memory: try later.
    #[error("the compressor failed")]
    Packing,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_packed_comes_back() {
        for len in [0, 1, 1000, 3 << 20] {
            let bytes: Vec<u8> = (0..len).map(|i: u32| (i % 251) as u8).collect();
            let packed = Attachment::pack(&bytes).unwrap();
            assert_eq!(Attachment::unpack(&packed, Attachment::MAX_UNPACKED), Ok(bytes));
        }
    }

    #[test]
    fn a_bomb_is_refused_by_its_claim_and_by_what_comes_out() {
        let packed = Attachment::pack(&vec![0; 4 << 20]).unwrap();
        let refused = AttachmentError::TooLarge { bytes: 4 << 20, limit: 1 << 20 };
        assert_eq!(Attachment::unpack(&packed, 1 << 20), Err(refused));
        let unclaimed = zstd::stream::encode_all(&vec![0; 4 << 20][..], 1).unwrap();
        let refused = AttachmentError::TooLarge { bytes: (1 << 20) + 1, limit: 1 << 20 };
        assert_eq!(Attachment::unpack(&unclaimed, 1 << 20), Err(refused));
    }

    #[test]
    fn noise_is_refused() {
        assert_eq!(Attachment::unpack(b"not a frame", 1 << 20), Err(AttachmentError::NotPacked));
        let mut packed = Attachment::pack(b"twelve bytes and a few more").unwrap();
        packed.pop();
        assert_eq!(Attachment::unpack(&packed, 1 << 20), Err(AttachmentError::NotPacked));
    }
}
