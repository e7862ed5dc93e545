//! Decoding and encoding again, piece by piece: for those who check that what can be read has only one spelling.

use crate::frame::{self, FRAME_HEADER_BYTES, FrameHeader};
use crate::header::{HEADER_BYTES, Header};
use crate::record::Record;
use crate::seal::{self, Seal};
use crate::slots::{self, SlotCopy};

/// The header at the start of `bytes`, written again; `None` where there is no sound one.
#[must_use]
pub fn header(bytes: &[u8]) -> Option<Vec<u8>> {
    let header = Header::decode(bytes.get(..HEADER_BYTES)?).ok()?;
    Some(header.encode())
}

/// The frame at the start of `bytes`, of a segment with this salt, written again; `None` where there is no sound one.
#[must_use]
pub fn frame(bytes: &[u8], salt: u64) -> Option<Vec<u8>> {
    let header = FrameHeader::decode(bytes, salt)?;
    let payload = bytes.get(FRAME_HEADER_BYTES..header.frame_bytes())?;
    if header.is_seal {
        let at = seal::trailer(payload)?;
        let seal = Seal::of_frame(&header, payload, at).filter(|_| header.durable == header.index)?;
        return Some(seal.encode(at, salt));
    }
    let (entry, attachment) = header.split(payload)?;
    let record = Record { entry: entry.to_vec(), attachment: attachment.map(<[u8]>::to_vec) };
    let mut written = Vec::new();
    frame::encode(&mut written, &record, header.index, header.durable, salt);
    Some(written)
}

/// The copy of a fact at the start of `bytes`, written again; `None` where there is no sound one of a known version.
#[must_use]
pub fn slot(bytes: &[u8]) -> Option<Vec<u8>> {
    match slots::parse(bytes)? {
        SlotCopy::Sound { generation, bytes } => Some(slots::encode(&bytes, generation)),
        _ => None,
    }
}
