//! Reading a journal without its lock: for auditors, beside a running writer or after it.

use crate::corruption::{Corruption, CorruptionKind, Damage, ReadError, TornTail};
use crate::header::{Header, Identity, SegmentDigest, segment_name};
use crate::record::Record;
use crate::recovery::OpenError;
use crate::scan::{Place, Step, Tail, Walk, has_grown, judge_tail};
use crate::seal::RunningDigest;
use crate::segment::{Segment, Segments};
use crate::storage::{File, Storage};
use crate::survey::{Survey, read_header, segment_numbers};
use danvan_tlog::{Index, IndexRange, Size};
use std::collections::VecDeque;
use std::sync::Arc;

/// How many records are read at a time, at most.
const STRETCH_RECORDS: usize = 256;
/// After how many bytes of records a stretch ends, so that long attachments do not pile up.
const STRETCH_BYTES: usize = 1 << 20;

/// One segment as a copy of the journal takes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SegmentFile {
    /// The name of the file.
    pub name: String,
    /// How many bytes from its beginning on belong to the copy. What lies behind them is reserved space, or a commit
    /// group in the making.
    pub bytes: u64,
    /// Whether it ends with its seal, and so never changes again.
    pub is_sealed: bool,
}

/// A journal as it lies on the disk. Nothing is locked, changed or repaired.
pub struct JournalReader {
    storage: Arc<dyn Storage>,
    segments: Vec<u64>,
    identity: Identity,
    size: Size,
    torn_tail: Option<TornTail>,
    corruption: Option<Corruption>,
    /// The last segment up to its last sound frame; only where it is sound.
    last: Option<SegmentFile>,
    /// For reading by index; only where headers, seals and the last segment are sound.
    by_index: Option<Segments>,
}

impl JournalReader {
    /// Looks at all segments. A corrupt journal can be opened; one without any sound header cannot.
    pub fn open(storage: Arc<dyn Storage>) -> Result<Self, OpenError> {
        let segments = segment_numbers(storage.as_ref())?;
        let identity = first_identity(storage.as_ref(), &segments)?;
        let mut reader = Self {
            storage,
            segments,
            identity,
            size: Size::ZERO,
            torn_tail: None,
            corruption: None,
            last: None,
            by_index: None,
        };
        match Survey::of(reader.storage.as_ref(), &reader.segments, Some(&reader.identity)) {
            Ok(survey) => {
                let last = &survey.last;
                reader.size = last.size;
                if let Tail::Torn(bytes) = last.tail {
                    reader.torn_tail = Some(TornTail {
                        segment: last.header.segment,
                        offset: last.offset,
                        bytes,
                        size: last.size,
                        kept_in: None,
                    });
                }
                reader.last = Some(SegmentFile {
                    name: segment_name(last.header.segment),
                    bytes: last.sealed_at.unwrap_or(last.offset),
                    is_sealed: last.sealed_at.is_some(),
                });
                reader.by_index = Some(by_index(&reader.storage, survey)?);
            }
            Err(OpenError::Corrupt(corruption)) => {
                reader.size = corruption.index.map_or(Size::ZERO, Index::size_before);
                reader.corruption = Some(corruption);
            }
            Err(other) => return Err(other),
        }
        Ok(reader)
    }

    /// Whose journal it is.
    #[must_use]
    pub fn identity(&self) -> &Identity {
        &self.identity
    }

    /// How many records can be read; where the journal is corrupt, at least so many before the damage.
    #[must_use]
    pub fn size(&self) -> Size {
        self.size
    }

    /// The torn tail, left as it is.
    #[must_use]
    pub fn torn_tail(&self) -> Option<&TornTail> {
        self.torn_tail.as_ref()
    }

    /// The first damage among headers, seals and the last segment. The frames of sealed segments are judged by
    /// [`JournalReader::entries`].
    #[must_use]
    pub fn corruption(&self) -> Option<&Corruption> {
        self.corruption.as_ref()
    }

    /// The files that a copy of the journal is made of, in order: together they are a journal of [`JournalReader::size`]
    /// records. Their bytes are durable. They never change either, but for one case: a disk that fills up while a writer is
    /// in the middle of its last group makes it take that group back. A copy of that moment has other records, and
    /// whoever puts it back finds that they are not those that were promised, or fewer.
    pub fn files(&self) -> Result<Vec<SegmentFile>, ReadError> {
        if let Some(corruption) = &self.corruption {
            return Err(corruption.clone().into());
        }
        let sealed = self.segments.split_last().map_or(&[][..], |(_, sealed)| sealed);
        let mut files = Vec::with_capacity(self.segments.len());
        for number in sealed {
            let name = segment_name(*number);
            let bytes = self.storage.open_to_read(&name)?.len()?;
            files.push(SegmentFile { name, bytes, is_sealed: true });
        }
        if let Some(last) = &self.last {
            // A writer may not have synced its last group yet. If a power cut took it, other records could get its
            // indices, and a copy that has it would contradict the log.
            self.storage.open_to_read(&last.name)?.sync_all()?;
            files.push(last.clone());
        }
        Ok(files)
    }

    /// Shows the records of a range, without copying them, to `visit` in order until it returns `false`. It reads the
    /// range only; a journal with a [`JournalReader::corruption`] cannot be read by index.
    pub fn visit(
        &self,
        range: IndexRange,
        mut visit: impl FnMut(Index, &[u8], Option<&[u8]>) -> bool,
    ) -> Result<(), ReadError> {
        match (&self.by_index, &self.corruption) {
            (Some(segments), _) => segments.visit(range, &mut visit),
            (None, Some(corruption)) => Err(corruption.clone().into()),
            (None, None) => Err(ReadError::BeyondEnd { asked: range.end(), durable: self.size }),
        }
    }

    /// Every record in order, every byte checked. After damage it goes on with the next segment.
    #[must_use]
    pub fn entries(&self) -> Entries<'_> {
        let start = Some((Size::ZERO, SegmentDigest::default()));
        Entries { journal: self, place: 0, expected: start, open: None, ready: VecDeque::new() }
    }
}

fn by_index(storage: &Arc<dyn Storage>, survey: Survey) -> Result<Segments, OpenError> {
    let last = survey.last;
    let file = storage.open_to_read(&segment_name(last.header.segment))?;
    let growing = Segment::growing(last.header, Arc::from(file), last.offsets);
    let all = survey.sealed.into_iter().map(Segment::sealed).chain([growing]).map(Arc::new);
    Ok(Segments::new(Arc::clone(storage), all.collect(), last.size.get()))
}

pub(crate) fn first_identity(storage: &dyn Storage, segments: &[u64]) -> Result<Identity, OpenError> {
    let mut refused = OpenError::Missing;
    for &number in segments {
        let file = storage.open_to_read(&segment_name(number))?;
        match read_header(file.as_ref(), (number, number), None, None) {
            Ok(header) => return Ok(header.identity),
            Err(error) => refused = error,
        }
    }
    Err(refused)
}

/// The records of a [`JournalReader`].
pub struct Entries<'j> {
    journal: &'j JournalReader,
    /// Position in the list of segments.
    place: usize,
    /// What the next segment must continue; `None` behind damage.
    expected: Option<(Size, SegmentDigest)>,
    open: Option<OpenSegment>,
    ready: VecDeque<Result<(Index, Record), Damage>>,
}

struct OpenSegment {
    file: Box<dyn File>,
    header: Header,
    digest: RunningDigest,
    at: Place,
}

/// Why a segment was left.
enum Left {
    Sealed(Size, SegmentDigest),
    Ended(CorruptionKind),
}

impl Iterator for Entries<'_> {
    type Item = Result<(Index, Record), Damage>;

    fn next(&mut self) -> Option<Self::Item> {
        while self.ready.is_empty() {
            let number = *self.journal.segments.get(self.place)?;
            if let Err(damage) = self.advance(number) {
                self.leave(None);
                self.ready.push_back(Err(damage));
            }
        }
        self.ready.pop_front()
    }
}

impl Entries<'_> {
    fn leave(&mut self, expected: Option<(Size, SegmentDigest)>) {
        self.open = None;
        self.expected = expected;
        self.place += 1;
    }

    /// Opens the segment, or reads a stretch of it.
    fn advance(&mut self, number: u64) -> Result<(), Damage> {
        let Some(open) = &mut self.open else {
            self.open = Some(self.begin(number)?);
            return Ok(());
        };
        let Some(left) = open.read_stretch(&mut self.ready)? else { return Ok(()) };
        let is_last = self.place + 1 == self.journal.segments.len();
        match left {
            Left::Sealed(end, digest) => self.leave(Some((end, digest))),
            Left::Ended(kind) => {
                let damage = open.judge_end(kind, is_last)?;
                if let Some(damage) = &damage
                    && open.has_grown(damage)?
                {
                    return Ok(());
                }
                self.leave(None);
                self.ready.extend(damage.map(|corruption| Err(corruption.into())));
            }
        }
        Ok(())
    }

    fn begin(&self, number: u64) -> Result<OpenSegment, Damage> {
        let file = self.journal.storage.open_to_read(&segment_name(number))?;
        let place = if self.expected.is_some() { self.place as u64 } else { number };
        let header = read_header(file.as_ref(), (place, number), Some(&self.journal.identity), self.expected);
        let header = header.map_err(|error| match error {
            OpenError::Corrupt(corruption) => Damage::Corrupt(corruption),
            OpenError::Io(error) => error.into(),
            _ => Corruption { segment: number, offset: 0, index: None, kind: CorruptionKind::Chain }.into(),
        })?;
        let digest = RunningDigest::of(&header.encode());
        Ok(OpenSegment { file, digest, at: Place::first(&header), header })
    }
}

impl OpenSegment {
    /// Reads some records; says why the segment ends when it does.
    fn read_stretch(&mut self, into: &mut VecDeque<Result<(Index, Record), Damage>>) -> Result<Option<Left>, Damage> {
        let mut walk = Walk::from(self.file.as_ref(), self.header.salt, self.at);
        let mut left = None;
        let mut bytes = 0;
        for _ in 0..STRETCH_RECORDS {
            match walk.step()? {
                Step::Record { index, header, entry, attachment, .. } => {
                    self.digest.add(header);
                    bytes += entry.len() + attachment.map_or(0, <[u8]>::len);
                    let attachment = attachment.map(<[u8]>::to_vec);
                    into.push_back(Ok((index, Record { entry: entry.to_vec(), attachment })));
                }
                Step::Seal(seal, _) if seal.digest == self.digest.finish() => {
                    left = Some(Left::Sealed(seal.end, seal.digest));
                }
                Step::Seal(..) => left = Some(Left::Ended(CorruptionKind::Seal)),
                Step::Unwritten => left = Some(Left::Ended(CorruptionKind::FrameHeader)),
                Step::Bad(kind) => left = Some(Left::Ended(kind)),
            }
            if left.is_some() || bytes >= STRETCH_BYTES {
                break;
            }
        }
        self.at = walk.place();
        Ok(left)
    }

    /// The damage that ended the segment; `None` where it just ends.
    fn judge_end(&self, kind: CorruptionKind, is_last: bool) -> Result<Option<Corruption>, Damage> {
        let is_tail = is_last && kind != CorruptionKind::Seal;
        let kind = if is_tail {
            match judge_tail(self.file.as_ref(), self.header.salt, self.at, kind)? {
                Tail::Clean | Tail::Torn(_) => return Ok(None),
                Tail::Corrupt(kind) => kind,
            }
        } else {
            kind
        };
        let index = Some(self.at.size.next_index());
        Ok(Some(Corruption { segment: self.header.segment, offset: self.at.offset, index, kind }))
    }

    /// Whether reading can go on where it ended a moment ago, because a writer did.
    fn has_grown(&self, damage: &Corruption) -> Result<bool, Damage> {
        Ok(damage.kind != CorruptionKind::Seal && has_grown(self.file.as_ref(), self.header.salt, self.at)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::journal::{Config, Journal};
    use crate::memory::MemoryStorage;
    use crate::record::MAX_ATTACHMENT_BYTES;

    #[test]
    fn long_attachments_do_not_pile_up_before_a_reader() {
        const RECORDS: usize = 20;
        let storage: Arc<dyn Storage> = Arc::new(MemoryStorage::new());
        let identity = Identity::new("example.vn/u/x").unwrap();
        let journal = Journal::create(Arc::clone(&storage), &identity, Config::default()).unwrap();
        for _ in 0..RECORDS {
            journal.append(Record::with_attachment(vec![1; 100], vec![2; MAX_ATTACHMENT_BYTES])).unwrap();
        }
        let reader = JournalReader::open(storage).unwrap();
        let mut entries = reader.entries();
        let mut read = 0;
        while let Some(item) = entries.next() {
            item.unwrap();
            read += 1;
            assert!(entries.ready.len() <= 1, "{} records wait in memory", entries.ready.len());
        }
        assert_eq!(read, RECORDS);
    }
}
