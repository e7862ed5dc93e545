//! The header of a segment: 4096 bytes that say whose it is, which one, and what it continues.

use danvan_tlog::Size;
use sha2::{Digest as _, Sha256};
use thiserror::Error;

/// The format that this program writes, and the newest that it reads.
pub const FORMAT_VERSION: u32 = 1;

/// Length of the header in bytes; frames begin here.
pub(crate) const HEADER_BYTES: usize = 4096;

/// Not text in any encoding, and broken by every transfer that touches line ends (the trick of PNG's signature).
const MAGIC: [u8; 8] = *b"\x89DVJ\r\n\x1a\n";
const CHECKSUM_AT: usize = HEADER_BYTES - 4;
const IDENTITY_AT: usize = 106;
const MAX_IDENTITY_BYTES: usize = 255;

/// SHA-256 over a segment's header and the headers of its frames; the next segment names it.
pub(crate) type SegmentDigest = [u8; 32];

/// Whose journal this is: the origin of the log whose entries it holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity(String);

impl Identity {
    /// A text of 1 to 255 bytes.
    pub fn new(text: &str) -> Result<Self, IdentityError> {
        if (1..=MAX_IDENTITY_BYTES).contains(&text.len()) {
            Ok(Self(text.to_owned()))
        } else {
            Err(IdentityError { bytes: text.len() })
        }
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    fn digest(&self) -> [u8; 32] {
        Sha256::digest(self.0.as_bytes()).into()
    }
}

/// An identity must have 1 to 255 bytes: give another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("an identity of {bytes} bytes does not fit; 1 to 255 do")]
pub struct IdentityError {
    bytes: usize,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Header {
    pub(crate) segment: u64,
    pub(crate) first: Size,
    pub(crate) salt: u64,
    pub(crate) identity: Identity,
    pub(crate) previous: SegmentDigest,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum HeaderFault {
    Damaged,
    Newer(u32),
}

impl Header {
    pub(crate) fn encode(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(HEADER_BYTES);
        bytes.extend_from_slice(&MAGIC);
        bytes.extend_from_slice(&FORMAT_VERSION.to_le_bytes());
        bytes.extend_from_slice(&4096_u32.to_le_bytes());
        bytes.extend_from_slice(&self.segment.to_le_bytes());
        bytes.extend_from_slice(&self.first.get().to_le_bytes());
        bytes.extend_from_slice(&self.salt.to_le_bytes());
        bytes.extend_from_slice(&self.identity.digest());
        bytes.extend_from_slice(&self.previous);
        let text = self.identity.as_str().as_bytes();
        // At most 255 by construction.
        bytes.extend_from_slice(&u16::try_from(text.len()).unwrap_or(0).to_le_bytes());
        bytes.extend_from_slice(text);
        bytes.resize(CHECKSUM_AT, 0);
        bytes.extend_from_slice(&crc32c::crc32c(&bytes).to_le_bytes());
        bytes
    }

    /// Every version keeps the magic, the version at byte 8 and the checksum at byte 4092, so that "newer" and
    /// "damaged" can always be told apart.
    pub(crate) fn decode(bytes: &[u8]) -> Result<Self, HeaderFault> {
        Self::checked(bytes)?;
        let version = u32_at(bytes, 8).ok_or(HeaderFault::Damaged)?;
        if version > FORMAT_VERSION {
            return Err(HeaderFault::Newer(version));
        }
        Self::fields(bytes, version).ok_or(HeaderFault::Damaged)
    }

    fn checked(bytes: &[u8]) -> Result<(), HeaderFault> {
        let sound = bytes.len() == HEADER_BYTES
            && bytes.starts_with(&MAGIC)
            && u32_at(bytes, CHECKSUM_AT) == Some(crc32c::crc32c(&bytes[..CHECKSUM_AT]));
        if sound { Ok(()) } else { Err(HeaderFault::Damaged) }
    }

    fn fields(bytes: &[u8], version: u32) -> Option<Self> {
        let length = usize::from(u16::from_le_bytes(*bytes.get(104..)?.first_chunk()?));
        let text = bytes.get(IDENTITY_AT..IDENTITY_AT + length)?;
        let header = Self {
            segment: u64_at(bytes, 16)?,
            first: Size::new(u64_at(bytes, 24)?)?,
            salt: u64_at(bytes, 32)?,
            identity: Identity::new(str::from_utf8(text).ok()?).ok()?,
            previous: *bytes.get(72..)?.first_chunk()?,
        };
        let consistent = version == FORMAT_VERSION
            && u32_at(bytes, 12)? == 4096
            && bytes.get(40..72)? == header.identity.digest()
            && bytes.get(IDENTITY_AT + length..CHECKSUM_AT)?.iter().all(|b| *b == 0);
        consistent.then_some(header)
    }
}

pub(crate) fn u64_at(bytes: &[u8], at: usize) -> Option<u64> {
    bytes.get(at..)?.first_chunk().map(|b| u64::from_le_bytes(*b))
}

pub(crate) fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..)?.first_chunk().map(|b| u32::from_le_bytes(*b))
}

/// The file name of a segment; ten digits keep the order of a listing for every journal that fits on a disk.
pub(crate) fn segment_name(segment: u64) -> String {
    format!("{segment:010}.segment")
}

/// The number in a segment's file name.
pub(crate) fn segment_number(name: &str) -> Option<u64> {
    let digits = name.strip_suffix(".segment")?;
    let number = digits.parse().ok()?;
    (segment_name(number) == name).then_some(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header() -> Header {
        Header {
            segment: 3,
            first: Size::from(77),
            salt: 0x0123_4567_89ab_cdef,
            identity: Identity::new("example.vn/u/gso2024-15097").unwrap(),
            previous: [7; 32],
        }
    }

    #[test]
    fn a_header_comes_back_as_it_was_written() {
        let bytes = header().encode();
        assert_eq!(bytes.len(), HEADER_BYTES);
        assert_eq!(Header::decode(&bytes), Ok(header()));
    }

    #[test]
    fn every_flipped_bit_is_noticed() {
        let bytes = header().encode();
        for at in 0..bytes.len() {
            let mut damaged = bytes.clone();
            damaged[at] ^= 1 << (at % 8);
            assert_eq!(Header::decode(&damaged), Err(HeaderFault::Damaged), "byte {at}");
        }
        assert_eq!(Header::decode(&bytes[..4095]), Err(HeaderFault::Damaged));
        assert_eq!(Header::decode(&[]), Err(HeaderFault::Damaged));
    }

    #[test]
    fn a_newer_version_is_told_apart_from_damage() {
        let mut bytes = header().encode();
        bytes[8] = 9;
        let checksum = crc32c::crc32c(&bytes[..CHECKSUM_AT]).to_le_bytes();
        bytes[CHECKSUM_AT..].copy_from_slice(&checksum);
        assert_eq!(Header::decode(&bytes), Err(HeaderFault::Newer(9)));
    }

    #[test]
    fn file_names_are_read_strictly() {
        assert_eq!(segment_number(&segment_name(42)), Some(42));
        for name in ["42.segment", "0000000042.segment.new", "x000000042.segment", "+000000042.segment"] {
            assert_eq!(segment_number(name), None, "{name}");
        }
    }
}
