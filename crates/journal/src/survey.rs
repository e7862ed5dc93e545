//! A look at all segments of a journal that changes nothing: what recovery repairs from and what an auditor reads.

use crate::corruption::{Corruption, CorruptionKind};
use crate::header::FORMAT_VERSION;
use crate::header::{HEADER_BYTES, Header, HeaderFault, Identity, SegmentDigest, segment_name, segment_number};
use crate::recovery::OpenError;
use crate::scan::{Place, Step, Tail, Walk, has_grown, judge_tail};
use crate::seal::{RunningDigest, STRIDE, Seal};
use crate::storage::{File, Storage, read_up_to};
use danvan_tlog::Size;

/// What the last segment holds.
pub(crate) struct Last {
    pub(crate) header: Header,
    /// Where the next frame goes.
    pub(crate) offset: u64,
    /// Where the last commit group begins: what lies before it was synced, of the rest nobody knows.
    pub(crate) group: u64,
    pub(crate) size: Size,
    /// Offsets of the frames that the sparse index keeps.
    pub(crate) offsets: Vec<u32>,
    pub(crate) digest: RunningDigest,
    /// Where the file ends, when it is sealed and the next segment was never begun.
    pub(crate) sealed_at: Option<u64>,
    pub(crate) tail: Tail,
}

/// All segments, in order.
pub(crate) struct Survey {
    pub(crate) sealed: Vec<Header>,
    pub(crate) last: Last,
}

impl Survey {
    /// Reads the header and the seal of each segment of `numbers`, and every frame of the last one.
    ///
    /// The caller lists the segments, once: a writer beside it may begin another between two looks, and what is taken
    /// from both would have a gap.
    pub(crate) fn of(storage: &dyn Storage, numbers: &[u64], identity: Option<&Identity>) -> Result<Self, OpenError> {
        let Some((&last, sealed_numbers)) = numbers.split_last() else { return Err(OpenError::Missing) };
        let mut sealed: Vec<Header> = Vec::with_capacity(sealed_numbers.len());
        let mut expected = (Size::ZERO, SegmentDigest::default());
        for (place, &number) in (0..).zip(sealed_numbers) {
            let file = storage.open_to_read(&segment_name(number))?;
            let identity = identity.or(sealed.first().map(|h| &h.identity));
            let header = read_header(file.as_ref(), (place, number), identity, Some(expected))?;
            let Some(seal) = Seal::find(file.as_ref(), &header)? else {
                return Err(at(number, file.len()?, expected.0, CorruptionKind::Seal));
            };
            expected = (seal.end, seal.digest);
            sealed.push(header);
        }
        let file = storage.open_to_read(&segment_name(last))?;
        let identity = identity.or(sealed.first().map(|h| &h.identity));
        let header = read_header(file.as_ref(), (sealed.len() as u64, last), identity, Some(expected))?;
        Ok(Self { sealed, last: walk_last(file.as_ref(), header)? })
    }
}

/// Numbers of the segments in a directory, ascending.
pub(crate) fn segment_numbers(storage: &dyn Storage) -> Result<Vec<u64>, OpenError> {
    let mut numbers: Vec<u64> = storage.names()?.iter().filter_map(|name| segment_number(name)).collect();
    numbers.sort_unstable();
    Ok(numbers)
}

fn at(segment: u64, offset: u64, size: Size, kind: CorruptionKind) -> OpenError {
    Corruption { segment, offset, index: Some(size.next_index()), kind }.into()
}

/// Reads the header of segment `number`, which should be the one at `place` and continue what is `expected`.
pub(crate) fn read_header(
    file: &dyn File,
    (place, number): (u64, u64),
    identity: Option<&Identity>,
    expected: Option<(Size, SegmentDigest)>,
) -> Result<Header, OpenError> {
    let first = expected.map_or(Size::ZERO, |(first, _)| first);
    if number != place {
        return Err(at(place, 0, first, CorruptionKind::Missing));
    }
    let mut bytes = vec![0; HEADER_BYTES];
    let read = read_up_to(file, 0, &mut bytes)?;
    let header = match Header::decode(&bytes[..read]) {
        Ok(header) => header,
        Err(HeaderFault::Newer(version)) => {
            return Err(OpenError::NewerFormat { segment: number, version, known: FORMAT_VERSION });
        }
        Err(HeaderFault::Damaged) => return Err(at(number, 0, first, CorruptionKind::Header)),
    };
    if let Some(expected) = identity.filter(|expected| **expected != header.identity) {
        return Err(OpenError::Foreign {
            segment: number,
            expected: expected.as_str().to_owned(),
            found: header.identity.as_str().to_owned(),
        });
    }
    let continues = expected.is_none_or(|expected| expected == (header.first, header.previous));
    if header.segment != number || !continues {
        return Err(at(number, 0, first, CorruptionKind::Chain));
    }
    Ok(header)
}

fn walk_last(file: &dyn File, header: Header) -> Result<Last, OpenError> {
    let mut digest = RunningDigest::of(&header.encode());
    let mut offsets = Vec::new();
    let mut walk = Walk::from(file, header.salt, Place::first(&header));
    let mut group = HEADER_BYTES as u64;
    loop {
        let kind = match walk.step()? {
            Step::Record { index, offset, header: frame, begins_group, .. } => {
                digest.add(frame);
                if begins_group {
                    group = offset;
                }
                if index.size_before().entries_since(header.first).is_multiple_of(u64::from(STRIDE)) {
                    offsets.push(u32::try_from(offset).unwrap_or(u32::MAX));
                }
                continue;
            }
            Step::Seal(seal, end) => {
                let Place { offset, size, .. } = walk.place();
                if seal.first != header.first || seal.digest != digest.finish() || seal.offsets != offsets {
                    return Err(at(header.segment, offset, size, CorruptionKind::Seal));
                }
                let sealed_at = Some(end);
                return Ok(Last { header, offset, group: offset, size, offsets, digest, sealed_at, tail: Tail::Clean });
            }
            Step::Unwritten => CorruptionKind::FrameHeader,
            Step::Bad(kind) => kind,
        };
        let place = walk.place();
        let Place { offset, size, .. } = place;
        match judge_tail(file, header.salt, place, kind)? {
            Tail::Corrupt(_) if has_grown(file, header.salt, place)? => {
                walk = Walk::from(file, header.salt, place);
            }
            Tail::Corrupt(kind) => return Err(at(header.segment, offset, size, kind)),
            tail => return Ok(Last { header, offset, group, size, offsets, digest, sealed_at: None, tail }),
        }
    }
}
