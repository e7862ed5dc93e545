//! The seal: the last frame of a segment that will never change again, with its digest and sparse index.

use crate::frame::{FRAME_HEADER_BYTES, FrameHeader, encode_seal};
use crate::header::{HEADER_BYTES, Header, SegmentDigest, u32_at, u64_at};
use crate::storage::{File, read_up_to};
use danvan_tlog::Size;
use sha2::{Digest as _, Sha256};
use std::io;

/// Every so many frames the sparse index notes where one begins.
pub(crate) const STRIDE: u32 = 64;

/// The end of every sealed file, so that its seal is found without walking through it.
const MAGIC: [u8; 8] = *b"DVSEAL\r\n";
const FIXED_BYTES: usize = 56;
const TRAILER_BYTES: usize = 16;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Seal {
    pub(crate) first: Size,
    pub(crate) end: Size,
    pub(crate) digest: SegmentDigest,
    /// Offsets of the frames `first`, `first + STRIDE`, …
    pub(crate) offsets: Vec<u32>,
}

impl Seal {
    /// The frame, to be written at `offset` as the last of its file.
    pub(crate) fn encode(&self, offset: u64, salt: u64) -> Vec<u8> {
        let mut payload = Vec::with_capacity(FIXED_BYTES + self.offsets.len() * 4 + TRAILER_BYTES + 8);
        payload.extend_from_slice(&self.first.get().to_le_bytes());
        payload.extend_from_slice(&self.end.get().to_le_bytes());
        payload.extend_from_slice(&self.digest);
        payload.extend_from_slice(&STRIDE.to_le_bytes());
        payload.extend_from_slice(&u32::try_from(self.offsets.len()).unwrap_or(0).to_le_bytes());
        for offset in &self.offsets {
            payload.extend_from_slice(&offset.to_le_bytes());
        }
        payload.resize(payload.len().next_multiple_of(8), 0);
        payload.extend_from_slice(&offset.to_le_bytes());
        payload.extend_from_slice(&MAGIC);
        let mut frame = Vec::with_capacity(FRAME_HEADER_BYTES + payload.len());
        encode_seal(&mut frame, &payload, self.end.get(), salt);
        frame
    }

    pub(crate) fn decode(payload: &[u8], at: u64) -> Option<Self> {
        let count = usize::try_from(u32_at(payload, 52)?).ok()?;
        let listed = payload.get(FIXED_BYTES..FIXED_BYTES.checked_add(count.checked_mul(4)?)?)?;
        let (offsets, _) = listed.as_chunks::<4>();
        let seal = Self {
            first: Size::new(u64_at(payload, 0)?)?,
            end: Size::new(u64_at(payload, 8)?)?,
            digest: *payload.get(16..)?.first_chunk()?,
            offsets: offsets.iter().map(|b| u32::from_le_bytes(*b)).collect(),
        };
        let listed_end = FIXED_BYTES + count * 4;
        let length = listed_end.next_multiple_of(8) + TRAILER_BYTES;
        let consistent = payload.len() == length
            && payload.get(listed_end..length - TRAILER_BYTES)?.iter().all(|b| *b == 0)
            && u32_at(payload, 48)? == STRIDE
            && trailer(payload)? == at
            && count as u64 == seal.end.get().checked_sub(seal.first.get())?.div_ceil(u64::from(STRIDE))
            && seal.offsets.iter().all(|o| u64::from(*o) < at && *o as usize >= HEADER_BYTES);
        consistent.then_some(seal)
    }

    /// The seal at the end of a file; `None` when there is no sound one.
    pub(crate) fn find(file: &dyn File, header: &Header) -> io::Result<Option<Self>> {
        let found = Self::find_with_salt(file)?;
        Ok(found.filter(|(salt, seal)| (*salt, seal.first) == (header.salt, header.first)).map(|(_, seal)| seal))
    }

    /// The seal at the end of a file and its salt, whatever the header says.
    pub(crate) fn find_with_salt(file: &dyn File) -> io::Result<Option<(u64, Self)>> {
        let len = file.len()?;
        let mut end = [0; TRAILER_BYTES];
        let Some(at) = len.checked_sub(TRAILER_BYTES as u64) else { return Ok(None) };
        read_up_to(file, at, &mut end)?;
        let Some(at) = trailer(&end).filter(|at| *at < len) else { return Ok(None) };
        let mut bytes = [0; FRAME_HEADER_BYTES];
        read_up_to(file, at, &mut bytes)?;
        let salt = u64_at(&bytes, 8).unwrap_or(0);
        let Some(frame) = FrameHeader::decode(&bytes, salt) else { return Ok(None) };
        if !frame.is_seal || at.checked_add(frame.frame_bytes() as u64) != Some(len) {
            return Ok(None);
        }
        let mut payload = vec![0; frame.payload_bytes()];
        read_up_to(file, at + FRAME_HEADER_BYTES as u64, &mut payload)?;
        Ok(Self::of_frame(&frame, &payload, at).map(|seal| (salt, seal)))
    }

    /// The seal that a frame at `at` carries.
    pub(crate) fn of_frame(frame: &FrameHeader, payload: &[u8], at: u64) -> Option<Self> {
        let (_, Some(bytes)) = frame.split(payload)? else { return None };
        Self::decode(bytes, at).filter(|seal| seal.end.get() == frame.index && frame.entry_bytes == 0)
    }
}

/// Where the seal begins whose last bytes these are.
pub(crate) fn trailer(bytes: &[u8]) -> Option<u64> {
    let (rest, magic) = bytes.split_last_chunk::<8>()?;
    let (_, at) = rest.split_last_chunk::<8>()?;
    (*magic == MAGIC).then(|| u64::from_le_bytes(*at))
}

/// The digest of a segment as it grows.
#[derive(Debug, Clone)]
pub(crate) struct RunningDigest(Sha256);

impl RunningDigest {
    pub(crate) fn of(header: &[u8]) -> Self {
        Self(Sha256::new_with_prefix(header))
    }

    pub(crate) fn add(&mut self, frame_header: &[u8]) {
        self.0.update(frame_header);
    }

    pub(crate) fn finish(&self) -> SegmentDigest {
        self.0.clone().finalize().into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seal() -> Seal {
        Seal { first: Size::from(10), end: Size::from(140), digest: [9; 32], offsets: vec![4096, 8000, 12000] }
    }

    #[test]
    fn a_seal_comes_back_as_it_was_written() {
        let frame = seal().encode(20_000, 5);
        let header = FrameHeader::decode(&frame, 5).unwrap();
        assert!(header.is_seal);
        assert_eq!(Seal::of_frame(&header, &frame[FRAME_HEADER_BYTES..], 20_000), Some(seal()));
    }

    #[test]
    fn a_seal_in_another_place_is_refused() {
        let frame = seal().encode(20_000, 5);
        let header = FrameHeader::decode(&frame, 5).unwrap();
        assert_eq!(Seal::of_frame(&header, &frame[FRAME_HEADER_BYTES..], 20_008), None);
    }

    #[test]
    fn no_payload_makes_the_decoder_panic() {
        let sound = seal().encode(20_000, 5).split_off(FRAME_HEADER_BYTES);
        for len in 0..sound.len() {
            assert_eq!(Seal::decode(&sound[..len], 20_000), None);
        }
        for at in 0..sound.len() {
            let mut damaged = sound.clone();
            damaged[at] = 0xff;
            let _ = Seal::decode(&damaged, 20_000);
        }
    }
}
