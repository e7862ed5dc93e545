//! Reading every byte of a journal, one segment at a time: in any order, from several threads, beside a running writer,
//! and on behind damage.

use crate::corruption::{Corruption, CorruptionKind, TornTail};
use crate::frame::{FRAME_HEADER_BYTES, FrameHeader};
use crate::header::{HEADER_BYTES, Header, Identity, SegmentDigest, segment_name, u64_at};
use crate::reader::first_identity;
use crate::recovery::OpenError;
use crate::scan::{Place, Step, Tail, Walk, has_grown, judge_tail, next_frame};
use crate::seal::{RunningDigest, STRIDE, Seal};
use crate::storage::{File, Storage, read_up_to};
use crate::survey::{read_header, segment_numbers};
use crate::tolerant::Tolerant;
use danvan_tlog::{Index, Size};
use std::io;
use std::sync::Arc;

/// Sees one sound record, without a copy.
pub type See<'s> = dyn FnMut(Index, &[u8], Option<&[u8]>) + 's;

/// The segments of a journal, to be read whole. Nothing is locked, changed or repaired.
pub struct Sweep {
    storage: Arc<dyn Storage>,
    segments: Vec<u64>,
    identity: Identity,
    promised: Size,
}

/// What one segment holds.
#[derive(Debug, Clone)]
pub struct Swept {
    /// Number of the segment.
    pub segment: u64,
    /// Length of its file in bytes.
    pub bytes: u64,
    /// How many sound records were seen.
    pub records: u64,
    /// How many records come before the segment; `None` where neither its header nor its first frame tells.
    pub start: Option<Size>,
    /// The size at its end, as far as it can be read.
    pub end: Size,
    /// Bytes that no crash explains, in order.
    pub damage: Vec<Corruption>,
    /// The remains of a group that was never acknowledged, in the last segment only.
    pub torn_tail: Option<TornTail>,
    header: Option<Header>,
    seal: Option<(Size, SegmentDigest)>,
}

impl Sweep {
    /// Lists the segments. Without an `identity`, whose journal it is must be told by at least one sound header.
    pub fn open(storage: Arc<dyn Storage>, identity: Option<Identity>) -> Result<Self, OpenError> {
        let segments = segment_numbers(storage.as_ref())?;
        let identity = match identity {
            Some(_) if segments.is_empty() => return Err(OpenError::Missing),
            Some(identity) => identity,
            None => first_identity(storage.as_ref(), &segments)?,
        };
        Ok(Self { storage, segments, identity, promised: Size::ZERO })
    }

    /// So many records were synced in these segments, as what was promised of them proves: where one of them is gone, no crash
    /// explains it, and what lies behind it in its commit group was acknowledged as well. Without that the remains of the last group
    /// are a torn tail, and are not read.
    #[must_use]
    pub fn promising(self, size: Size) -> Self {
        Self { promised: size, ..self }
    }

    /// Whose journal it is.
    #[must_use]
    pub fn identity(&self) -> &Identity {
        &self.identity
    }

    /// How many segments there are.
    #[must_use]
    pub fn segments(&self) -> usize {
        self.segments.len()
    }

    /// Reads the segment at `place`, in the order of numbers, and shows each sound record to `see`. Where damage hides
    /// records, the indices jump.
    ///
    /// The errors are a newer format and a file whose length is not told; what the disk cannot read is damage.
    pub fn segment(&self, place: usize, see: &mut See<'_>) -> Result<Swept, OpenError> {
        let number = self.segments.get(place).copied().ok_or(OpenError::Missing)?;
        let mut swept = Swept {
            segment: number,
            bytes: 0,
            records: 0,
            start: None,
            end: Size::ZERO,
            damage: Vec::new(),
            torn_tail: None,
            header: None,
            seal: None,
        };
        let Ok(file) = self.storage.open_to_read(&segment_name(number)) else {
            swept.damage_at(0, None, CorruptionKind::Unreadable);
            return Ok(swept);
        };
        swept.bytes = file.len()?;
        let file = Tolerant::new(file.as_ref());
        if let Some(passage) = Passage::begin(&file, &self.identity, swept.segment, &mut swept)? {
            let is_last = place + 1 == self.segments.len();
            passage.walk(&mut swept, is_last.then_some(self.promised), see)?;
        }
        if let Some(offset) = file.unreadable_from().filter(|_| swept.damage.is_empty()) {
            // Bytes that cannot be read explain themselves; they are not what a crash left.
            swept.torn_tail = None;
            swept.damage_at(offset, Some(swept.end), CorruptionKind::Unreadable);
        }
        Ok(swept)
    }

    /// What does not fit between the segments of `all`: every one of this sweep, in order.
    #[must_use]
    pub fn breaks(all: &[Swept]) -> Vec<Corruption> {
        let mut breaks = Vec::new();
        let mut expected = Some((Size::ZERO, SegmentDigest::default()));
        let mut next = 0;
        for swept in all {
            let mut broken = |segment, kind| {
                let index = expected.map(|(size, _)| size.next_index());
                breaks.push(Corruption { segment, offset: 0, index, kind });
            };
            if swept.segment != next {
                broken(next, CorruptionKind::Missing);
            } else if let (Some(expected), Some(header)) = (expected, &swept.header)
                && expected != (header.first, header.previous)
            {
                broken(swept.segment, CorruptionKind::Chain);
            }
            expected = swept.seal;
            next = swept.segment + 1;
        }
        breaks
    }
}

impl Swept {
    fn damage_at(&mut self, offset: u64, size: Option<Size>, kind: CorruptionKind) {
        let index = size.map(Size::next_index);
        self.damage.push(Corruption { segment: self.segment, offset, index, kind });
    }
}

/// The way through one segment.
struct Passage<'f> {
    file: &'f dyn File,
    salt: u64,
    first: Size,
    /// As long as every frame was sound.
    digest: Option<RunningDigest>,
    offsets: Vec<u32>,
}

impl<'f> Passage<'f> {
    /// `None` where nothing tells how the frames of this segment look.
    fn begin(
        file: &'f dyn File,
        identity: &Identity,
        number: u64,
        swept: &mut Swept,
    ) -> Result<Option<Self>, OpenError> {
        let begun = match read_header(file, (number, number), Some(identity), None) {
            Ok(header) => {
                let digest = Some(RunningDigest::of(&header.encode()));
                let begun = Self { file, salt: header.salt, first: header.first, digest, offsets: Vec::new() };
                swept.header = Some(header);
                Some(begun)
            }
            Err(OpenError::Corrupt(corruption)) => {
                let (kind, is_own) = (corruption.kind, corruption.kind == CorruptionKind::Header);
                swept.damage_at(0, None, kind);
                let found = if is_own { salt_and_first(file)? } else { None };
                found.map(|(salt, first)| Self { file, salt, first, digest: None, offsets: Vec::new() })
            }
            Err(OpenError::Foreign { .. }) => {
                swept.damage_at(0, None, CorruptionKind::Chain);
                None
            }
            Err(other) => return Err(other),
        };
        swept.start = begun.as_ref().map(|begun| begun.first);
        swept.end = swept.start.unwrap_or_default();
        Ok(begun)
    }

    /// Of the last segment it is known how many records were promised of it.
    fn walk(mut self, swept: &mut Swept, promised: Option<Size>, see: &mut See<'_>) -> io::Result<()> {
        let is_last = promised.is_some();
        let mut walk = Walk::from(self.file, self.salt, Place::new(HEADER_BYTES as u64, self.first));
        loop {
            let kind = match walk.step()? {
                Step::Record { index, offset, header, entry, attachment, .. } => {
                    if let Some(digest) = &mut self.digest {
                        digest.add(header);
                    }
                    if index.size_before().entries_since(self.first).is_multiple_of(u64::from(STRIDE)) {
                        self.offsets.push(u32::try_from(offset).unwrap_or(u32::MAX));
                    }
                    swept.records += 1;
                    see(index, entry, attachment);
                    continue;
                }
                Step::Seal(seal, end) => {
                    swept.end = seal.end;
                    let has_more = !is_last && self.file.len()? != end;
                    if has_more || !self.agrees(&seal) {
                        swept.damage_at(walk.place().offset, Some(seal.end), CorruptionKind::Seal);
                    }
                    swept.seal = Some((seal.end, seal.digest));
                    return Ok(());
                }
                Step::Unwritten if is_last => CorruptionKind::FrameHeader,
                Step::Unwritten => CorruptionKind::Seal,
                Step::Bad(kind) => kind,
            };
            let at = walk.place();
            swept.end = at.size;
            match self.go_on(swept, at, kind, promised)? {
                Some(place) => walk = Walk::from(self.file, self.salt, place),
                None => return Ok(()),
            }
        }
    }

    /// Whether the seal says what was read; behind damage nothing can be compared.
    fn agrees(&self, seal: &Seal) -> bool {
        seal.first == self.first
            && self.digest.as_ref().is_none_or(|d| d.finish() == seal.digest && self.offsets == seal.offsets)
    }

    /// Judges a place where a frame should be and is not; returns from where to go on.
    fn go_on(
        &mut self,
        swept: &mut Swept,
        at: Place,
        kind: CorruptionKind,
        promised: Option<Size>,
    ) -> io::Result<Option<Place>> {
        let mut kind = kind;
        if let Some(promised) = promised {
            match judge_tail(self.file, self.salt, at, kind)? {
                Tail::Clean => return Ok(None),
                Tail::Torn(_) if at.size < promised => {}
                Tail::Torn(bytes) => {
                    let (segment, Place { offset, size, .. }) = (swept.segment, at);
                    swept.torn_tail = Some(TornTail { segment, offset, bytes, size, kept_in: None });
                    return Ok(None);
                }
                Tail::Corrupt(_) if has_grown(self.file, self.salt, at)? => return Ok(Some(at)),
                Tail::Corrupt(judged) => kind = judged,
            }
        }
        self.digest = None;
        swept.damage_at(at.offset, Some(at.size), kind);
        next_frame(self.file, self.salt, at)
    }
}

/// The salt and the first index of a segment whose header is damaged, as its first frame or its seal tells them.
fn salt_and_first(file: &dyn File) -> io::Result<Option<(u64, Size)>> {
    let mut bytes = [0; FRAME_HEADER_BYTES];
    read_up_to(file, HEADER_BYTES as u64, &mut bytes)?;
    let salt = u64_at(&bytes, 8).unwrap_or(0);
    let frame = FrameHeader::decode(&bytes, salt).filter(|frame| !frame.is_seal);
    match frame.and_then(|frame| Size::new(frame.index)) {
        Some(first) => Ok(Some((salt, first))),
        None => Ok(Seal::find_with_salt(file)?.map(|(salt, seal)| (salt, seal.first))),
    }
}

#[cfg(test)]
mod tests;
