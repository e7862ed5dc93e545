//! Frames: one record each, with separate checksums for the header and the payload.

use crate::header::{u32_at, u64_at};
use crate::record::{MAX_ATTACHMENT_BYTES, Record};

/// Most bytes of frames that are written between two syncs. What is unreadable beyond this at the end of a journal is
/// no torn tail.
pub const MAX_GROUP_BYTES: usize = 4 << 20;

/// Length of a frame's header in bytes.
pub(crate) const FRAME_HEADER_BYTES: usize = 40;

/// Every frame begins at a multiple of this.
pub(crate) const ALIGNMENT: usize = 8;

const HAS_ATTACHMENT: u16 = 1;
const IS_SEAL: u16 = 2;

/// The decoded header of a frame whose own checksum is right.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct FrameHeader {
    pub(crate) payload_checksum: u32,
    /// Index of the record; for a seal, the size of the journal.
    pub(crate) index: u64,
    /// Size that was durable before the commit group of this frame was written.
    pub(crate) durable: u64,
    pub(crate) entry_bytes: usize,
    pub(crate) attachment_bytes: Option<usize>,
    pub(crate) is_seal: bool,
}

impl FrameHeader {
    /// `None` unless the checksum, the salt and every field are right: such bytes are no frame of this segment.
    pub(crate) fn decode(bytes: &[u8], salt: u64) -> Option<Self> {
        let bytes = bytes.get(..FRAME_HEADER_BYTES)?;
        // The salt first: it rejects nearly everything without computing a checksum.
        if u64_at(bytes, 8)? != salt || u32_at(bytes, 0)? != crc32c::crc32c(&bytes[4..]) {
            return None;
        }
        let flags = u16::from_le_bytes(*bytes.get(34..)?.first_chunk()?);
        let attachment_bytes = usize::try_from(u32_at(bytes, 36)?).ok()?;
        let has_attachment = flags & HAS_ATTACHMENT != 0;
        if flags & !(HAS_ATTACHMENT | IS_SEAL) != 0
            || attachment_bytes > MAX_ATTACHMENT_BYTES
            || (attachment_bytes > 0 && !has_attachment)
        {
            return None;
        }
        let header = Self {
            payload_checksum: u32_at(bytes, 4)?,
            index: u64_at(bytes, 16)?,
            durable: u64_at(bytes, 24)?,
            entry_bytes: usize::from(u16::from_le_bytes(*bytes.get(32..)?.first_chunk()?)),
            attachment_bytes: has_attachment.then_some(attachment_bytes),
            is_seal: flags & IS_SEAL != 0,
        };
        (header.durable <= header.index && header.index < 1 << 63).then_some(header)
    }

    /// Length of the payload with its padding.
    pub(crate) fn payload_bytes(&self) -> usize {
        padded(self.entry_bytes + self.attachment_bytes.unwrap_or(0))
    }

    /// Length of the whole frame.
    pub(crate) fn frame_bytes(&self) -> usize {
        FRAME_HEADER_BYTES + self.payload_bytes()
    }

    /// Entry and attachment, when the payload is what was written.
    pub(crate) fn split<'p>(&self, payload: &'p [u8]) -> Option<(&'p [u8], Option<&'p [u8]>)> {
        if payload.len() != self.payload_bytes() || crc32c::crc32c(payload) != self.payload_checksum {
            return None;
        }
        let (entry, rest) = payload.split_at(self.entry_bytes);
        let (attachment, padding) = rest.split_at(self.attachment_bytes.unwrap_or(0));
        let is_padded = padding.iter().all(|b| *b == 0);
        is_padded.then(|| (entry, self.attachment_bytes.map(|_| attachment)))
    }
}

fn padded(bytes: usize) -> usize {
    bytes.next_multiple_of(ALIGNMENT)
}

/// Length of the frame of a record, in bytes.
pub(crate) fn frame_bytes(record: &Record) -> usize {
    FRAME_HEADER_BYTES + padded(record.entry.len() + record.attachment.as_ref().map_or(0, Vec::len))
}

/// Appends the frame of a record, which is within its limits, to `into`.
pub(crate) fn encode(into: &mut Vec<u8>, record: &Record, index: u64, durable: u64, salt: u64) {
    let flags = if record.attachment.is_some() { HAS_ATTACHMENT } else { 0 };
    encode_parts(into, (&record.entry, record.attachment.as_deref()), flags, [index, durable, salt]);
}

/// Appends the frame that seals a segment of a journal of `size` records.
pub(crate) fn encode_seal(into: &mut Vec<u8>, seal: &[u8], size: u64, salt: u64) {
    encode_parts(into, (&[], Some(seal)), HAS_ATTACHMENT | IS_SEAL, [size, size, salt]);
}

fn encode_parts(
    into: &mut Vec<u8>,
    (entry, attachment): (&[u8], Option<&[u8]>),
    flags: u16,
    [index, durable, salt]: [u64; 3],
) {
    let start = into.len();
    into.extend_from_slice(&[0; 8]);
    into.extend_from_slice(&salt.to_le_bytes());
    into.extend_from_slice(&index.to_le_bytes());
    into.extend_from_slice(&durable.to_le_bytes());
    // Both lengths were checked against limits that fit; a saturated one would fail its checksum on reading.
    into.extend_from_slice(&u16::try_from(entry.len()).unwrap_or(u16::MAX).to_le_bytes());
    into.extend_from_slice(&flags.to_le_bytes());
    let attachment = attachment.unwrap_or_default();
    into.extend_from_slice(&u32::try_from(attachment.len()).unwrap_or(u32::MAX).to_le_bytes());
    into.extend_from_slice(entry);
    into.extend_from_slice(attachment);
    into.resize(start + FRAME_HEADER_BYTES + padded(entry.len() + attachment.len()), 0);
    let payload = crc32c::crc32c(&into[start + FRAME_HEADER_BYTES..]);
    into[start + 4..start + 8].copy_from_slice(&payload.to_le_bytes());
    let header = crc32c::crc32c(&into[start + 4..start + FRAME_HEADER_BYTES]);
    into[start..start + 4].copy_from_slice(&header.to_le_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const SALT: u64 = 0xfeed_beef_0123_4567;

    fn decode(bytes: &[u8]) -> Option<(FrameHeader, Record)> {
        let header = FrameHeader::decode(bytes, SALT)?;
        let payload = bytes.get(FRAME_HEADER_BYTES..header.frame_bytes())?;
        let (entry, attachment) = header.split(payload)?;
        Some((header, Record { entry: entry.to_vec(), attachment: attachment.map(<[u8]>::to_vec) }))
    }

    proptest! {
        #[test]
        fn a_frame_comes_back_as_it_was_written(
            entry in prop::collection::vec(any::<u8>(), 0..300),
            attachment in prop::option::of(prop::collection::vec(any::<u8>(), 0..300)),
            index in 0_u64..1 << 62,
        ) {
            let record = Record { entry, attachment };
            let mut bytes = Vec::new();
            encode(&mut bytes, &record, index, index / 2, SALT);
            prop_assert_eq!(bytes.len(), frame_bytes(&record));
            prop_assert_eq!(bytes.len() % ALIGNMENT, 0);
            let (header, back) = decode(&bytes).unwrap();
            prop_assert_eq!((header.index, header.durable, header.is_seal), (index, index / 2, false));
            prop_assert_eq!(back, record);
        }

        #[test]
        fn noise_is_no_frame(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            prop_assert!(decode(&bytes).is_none());
        }
    }

    #[test]
    fn every_flipped_bit_is_noticed() {
        let record = Record::with_attachment(b"an entry".to_vec(), b"and more".to_vec());
        let mut bytes = Vec::new();
        encode(&mut bytes, &record, 5, 5, SALT);
        for bit in 0..bytes.len() * 8 {
            let mut damaged = bytes.clone();
            damaged[bit / 8] ^= 1 << (bit % 8);
            assert!(decode(&damaged).is_none(), "bit {bit}");
        }
    }

    #[test]
    fn an_empty_attachment_is_not_no_attachment() {
        for record in [Record::new(Vec::new()), Record::with_attachment(Vec::new(), Vec::new())] {
            let mut bytes = Vec::new();
            encode(&mut bytes, &record, 0, 0, SALT);
            assert_eq!(decode(&bytes).unwrap().1, record);
        }
    }

    #[test]
    fn a_frame_of_another_life_of_the_file_is_no_frame() {
        let mut bytes = Vec::new();
        encode(&mut bytes, &Record::new(b"old".to_vec()), 0, 0, SALT + 1);
        assert!(decode(&bytes).is_none());
    }
}
