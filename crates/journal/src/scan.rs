//! Walking through the frames of one segment, and judging where the walk ends.

use crate::corruption::CorruptionKind;
use crate::frame::{ALIGNMENT, FRAME_HEADER_BYTES, FrameHeader, MAX_GROUP_BYTES};
use crate::header::{HEADER_BYTES, Header};
use crate::seal::Seal;
use crate::storage::{File, read_up_to};
use danvan_tlog::{Index, Size};
use std::io;

const WINDOW_BYTES: usize = 256 << 10;
const FIRST_WINDOW_BYTES: usize = 32 << 10;

/// A piece of a file in memory.
struct Window<'f> {
    file: &'f dyn File,
    at: u64,
    bytes: Vec<u8>,
    /// How much is read at once; grows, so that reading one record does not read a quarter of a megabyte.
    room: usize,
}

impl<'f> Window<'f> {
    fn new(file: &'f dyn File, room: usize) -> Self {
        Self { file, at: 0, bytes: Vec::new(), room }
    }

    /// `len` bytes at `offset`, or fewer at the end of the file.
    fn get(&mut self, offset: u64, len: usize) -> io::Result<&[u8]> {
        let held = self.at <= offset && offset + len as u64 <= self.at + self.bytes.len() as u64;
        if !held {
            self.bytes.resize(len.max(self.room), 0);
            self.room = (self.room * 2).min(WINDOW_BYTES);
            let n = read_up_to(self.file, offset, &mut self.bytes)?;
            self.bytes.truncate(n);
            self.at = offset;
        }
        let start = usize::try_from(offset - self.at).unwrap_or(usize::MAX).min(self.bytes.len());
        let end = (start + len).min(self.bytes.len());
        Ok(&self.bytes[start..end])
    }
}

/// One step of a walk.
pub(crate) enum Step<'w> {
    /// The expected record.
    Record {
        index: Index,
        offset: u64,
        /// Whether all records before it were synced before it was written.
        begins_group: bool,
        header: &'w [u8],
        entry: &'w [u8],
        attachment: Option<&'w [u8]>,
    },
    /// The seal of this segment, and where the file ends with it.
    Seal(Seal, u64),
    /// Nothing was ever written here, as far as this place shows.
    Unwritten,
    /// No sound frame, or not the expected one.
    Bad(CorruptionKind),
}

/// Where a frame is expected in a segment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) offset: u64,
    /// How many records come before it.
    pub(crate) size: Size,
    /// The durable size that the frame before it names; 0 where that is not known.
    durable: u64,
}

impl Place {
    pub(crate) fn new(offset: u64, size: Size) -> Self {
        Self { offset, size, durable: 0 }
    }

    fn at_index(offset: u64, index: u64) -> Option<Self> {
        Some(Self::new(offset, Size::new(index)?))
    }

    /// The first frame of a segment.
    pub(crate) fn first(header: &Header) -> Self {
        Self::new(HEADER_BYTES as u64, header.first)
    }
}

/// A walk from frame to frame; it stops where it cannot go on.
pub(crate) struct Walk<'f> {
    window: Window<'f>,
    salt: u64,
    at: Place,
}

impl<'f> Walk<'f> {
    pub(crate) fn from(file: &'f dyn File, salt: u64, at: Place) -> Self {
        Self { window: Window::new(file, FIRST_WINDOW_BYTES), salt, at }
    }

    /// Where the next frame is expected.
    pub(crate) fn place(&self) -> Place {
        self.at
    }

    pub(crate) fn step(&mut self) -> io::Result<Step<'_>> {
        let at = self.at.offset;
        let bytes = self.window.get(at, FRAME_HEADER_BYTES)?;
        if bytes.iter().all(|b| *b == 0) {
            return Ok(Step::Unwritten);
        }
        let Some(header) = FrameHeader::decode(bytes, self.salt) else {
            return Ok(Step::Bad(CorruptionKind::FrameHeader));
        };
        // A group's first frame names its own index as durable; the others repeat what the first one said.
        let in_order = header.index == self.at.size.get()
            && (header.durable == header.index || (header.durable >= self.at.durable && !header.is_seal));
        if !in_order {
            return Ok(Step::Bad(CorruptionKind::Order));
        }
        let whole = self.window.get(at, header.frame_bytes())?;
        if whole.len() < header.frame_bytes() {
            return Ok(Step::Bad(CorruptionKind::Payload));
        }
        let (head, payload) = whole.split_at(FRAME_HEADER_BYTES);
        if header.is_seal {
            return Ok(match Seal::of_frame(&header, payload, at) {
                Some(seal) => Step::Seal(seal, at + header.frame_bytes() as u64),
                None => Step::Bad(CorruptionKind::Payload),
            });
        }
        let Some((entry, attachment)) = header.split(payload) else {
            return Ok(Step::Bad(CorruptionKind::Payload));
        };
        let index = self.at.size.next_index();
        let offset = at + header.frame_bytes() as u64;
        self.at = Place { offset, size: index.size_after(), durable: header.durable };
        let begins_group = header.durable == header.index;
        Ok(Step::Record { index, offset: at, begins_group, header: head, entry, attachment })
    }
}

/// What the bytes behind the last sound frame of the last segment are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tail {
    /// Nothing but zeros.
    Clean,
    /// This many bytes of the last commit group.
    Torn(u64),
    /// No crash explains them.
    Corrupt(CorruptionKind),
}

/// Whether there is a sound frame where an earlier look found none: a writer beside this reader has gone on.
///
/// Whatever proves that a frame was synced is written after it. So a reader that has seen such a proof needs only one
/// fresh look to know whether the frame is really gone.
pub(crate) fn has_grown(file: &dyn File, salt: u64, at: Place) -> io::Result<bool> {
    Ok(matches!(Walk::from(file, salt, at).step()?, Step::Record { .. } | Step::Seal(..)))
}

/// Where a walk can go on behind the damage at `from`: at the next sound header of a later frame.
///
/// A frame whose header is sound says itself how long it is, whatever became of its payload. Elsewhere every place is
/// tried where a frame can begin; the salt keeps bytes of an entry from being taken for one.
pub(crate) fn next_frame(file: &dyn File, salt: u64, from: Place) -> io::Result<Option<Place>> {
    let len = file.len()?;
    let mut window = Window::new(file, WINDOW_BYTES);
    let damaged = FrameHeader::decode(window.get(from.offset, FRAME_HEADER_BYTES)?, salt);
    let mut at = match damaged {
        Some(frame) if frame.index > from.size.get() => return Ok(Place::at_index(from.offset, frame.index)),
        Some(frame) if frame.index == from.size.get() => from.offset + frame.frame_bytes() as u64,
        _ => from.offset + ALIGNMENT as u64,
    };
    while at < len {
        let bytes = window.get(at, WINDOW_BYTES)?;
        for place in (0..bytes.len()).step_by(ALIGNMENT) {
            let Some(frame) = FrameHeader::decode(&bytes[place..], salt) else { continue };
            if frame.index >= from.size.get() {
                return Ok(Place::at_index(at + place as u64, frame.index));
            }
        }
        // Headers that lie across the border are seen whole in the next piece.
        at += (WINDOW_BYTES - FRAME_HEADER_BYTES) as u64 / ALIGNMENT as u64 * ALIGNMENT as u64;
    }
    Ok(None)
}

/// Judges the bytes at a place where a frame should be and is not.
///
/// A frame that records a greater durable size than that of the place proves that the missing frame was synced before:
/// then no crash explains that it is gone.
pub(crate) fn judge_tail(file: &dyn File, salt: u64, from: Place, kind: CorruptionKind) -> io::Result<Tail> {
    let len = file.len()?;
    let mut window = Window::new(file, WINDOW_BYTES);
    let mut at = from.offset;
    let mut written_to = from.offset;
    while at < len {
        let bytes = window.get(at, WINDOW_BYTES)?;
        let read = bytes.len();
        if let Some(last) = bytes.iter().rposition(|b| *b != 0) {
            written_to = at + last as u64 + 1;
            for place in (0..read).step_by(ALIGNMENT) {
                let Some(header) = FrameHeader::decode(&bytes[place..], salt) else { continue };
                if header.durable > from.size.get() {
                    return Ok(Tail::Corrupt(kind));
                }
            }
        }
        // Headers that lie across the border are seen whole in the next piece.
        let whole_piece = read == WINDOW_BYTES;
        at += if whole_piece {
            (WINDOW_BYTES - FRAME_HEADER_BYTES).next_multiple_of(ALIGNMENT) as u64
        } else {
            read as u64
        };
        if read == 0 {
            break;
        }
    }
    Ok(match written_to - from.offset {
        0 => Tail::Clean,
        bytes if bytes > MAX_GROUP_BYTES as u64 => Tail::Corrupt(CorruptionKind::LongTail),
        bytes => Tail::Torn(bytes),
    })
}
