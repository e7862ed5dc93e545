//! The one writer: a commit group is one write and one sync.

use crate::failure::Failure;
use crate::frame::{self, FRAME_HEADER_BYTES, MAX_GROUP_BYTES};
use crate::header::{HEADER_BYTES, Header, Identity, SegmentDigest, segment_name};
use crate::journal::Config;
use crate::record::Record;
use crate::recovery::{Recovered, UNFINISHED};
use crate::reserve::Reserve;
use crate::seal::{RunningDigest, STRIDE, Seal};
use crate::segment::{Segment, Segments};
use crate::space::{Space, allocate_ahead};
use crate::storage::{File, Storage, allocate_fully, write_fully};
use danvan_tlog::Size;
use std::io;
use std::sync::Arc;

/// Appends to the last segment; lives on one thread.
pub(crate) struct Writer {
    segments: Arc<Segments>,
    config: Config,
    active: Active,
    reserve: Reserve,
    size: Size,
    /// Why nothing may be written any more.
    poison: Option<String>,
    group: Vec<u8>,
    /// Where the frames of `group` begin.
    starts: Vec<usize>,
}

/// The segment that is written.
struct Active {
    shared: Arc<Segment>,
    file: Arc<dyn File>,
    offset: u64,
    space: Space,
    digest: RunningDigest,
    /// Its own digest, once its seal is durable: the next append begins the next segment.
    sealed: Option<SegmentDigest>,
}

impl Writer {
    /// Begins an empty journal. The caller holds the directory's lock.
    pub(crate) fn create(storage: Arc<dyn Storage>, identity: &Identity, config: Config) -> io::Result<Self> {
        let salt = storage.salt()?;
        let header = Header {
            segment: 0,
            first: Size::ZERO,
            salt,
            identity: identity.clone(),
            previous: SegmentDigest::default(),
        };
        let active = begin_segment(storage.as_ref(), header, config.preallocate_bytes, config.segment_bytes)?;
        let segments = Arc::new(Segments::new(Arc::clone(&storage), vec![Arc::clone(&active.shared)], 0));
        Self::start(storage, segments, active, Size::ZERO, config)
    }

    /// Goes on where recovery ended.
    pub(crate) fn resume(storage: Arc<dyn Storage>, recovered: Recovered, config: Config) -> io::Result<Self> {
        let Recovered { survey, file, .. } = recovered;
        let last = survey.last;
        let shared = Arc::new(Segment::growing(last.header, Arc::clone(&file), last.offsets));
        let mut segments: Vec<_> = survey.sealed.into_iter().map(|h| Arc::new(Segment::sealed(h))).collect();
        segments.push(Arc::clone(&shared));
        let active = Active {
            shared,
            offset: last.offset,
            space: Space::new(last.offset, file.len()?),
            file,
            sealed: last.sealed_at.map(|_| last.digest.finish()),
            digest: last.digest,
        };
        let segments = Arc::new(Segments::new(Arc::clone(&storage), segments, last.size.get()));
        Self::start(storage, segments, active, last.size, config)
    }

    fn start(
        storage: Arc<dyn Storage>,
        segments: Arc<Segments>,
        active: Active,
        size: Size,
        config: Config,
    ) -> io::Result<Self> {
        let reserve = Reserve::open(storage, config.reserve_bytes)?;
        Ok(Self { segments, config, active, reserve, size, poison: None, group: Vec::new(), starts: Vec::new() })
    }

    pub(crate) fn segments(&self) -> &Arc<Segments> {
        &self.segments
    }

    /// Whether the reserve is whole, after an attempt to make it so.
    pub(crate) fn restore_reserve(&mut self) -> Result<bool, Failure> {
        let restored = self.reserve.restore();
        self.remember(restored)
    }

    /// Gives the space of the reserve back to the disk; false when there is none to give.
    pub(crate) fn release_reserve(&mut self) -> Result<bool, Failure> {
        let released = self.reserve.release();
        self.remember(released)
    }

    /// Makes the first records of `queue` durable, as many as go into one group; returns the size after them.
    ///
    /// The records are within their limits. After a fatal failure every later call gets the same.
    pub(crate) fn commit<'r>(&mut self, queue: impl Iterator<Item = &'r Record> + Clone) -> Result<Size, Failure> {
        if let Some(reason) = &self.poison {
            return Err(Failure::Fatal(reason.clone()));
        }
        let committed = self.try_commit(queue);
        self.remember(committed)
    }

    /// After a fatal failure nothing may be written any more.
    fn remember<T>(&mut self, outcome: Result<T, Failure>) -> Result<T, Failure> {
        if let Err(Failure::Fatal(reason)) = &outcome {
            self.poison = Some(reason.clone());
        }
        outcome
    }

    fn try_commit<'r>(&mut self, queue: impl Iterator<Item = &'r Record> + Clone) -> Result<Size, Failure> {
        let Some(first) = queue.clone().next() else { return Ok(self.size) };
        let has_frames = self.active.offset > HEADER_BYTES as u64;
        let is_full = self.active.offset + frame::frame_bytes(first) as u64 > self.config.segment_bytes;
        if self.active.sealed.is_some() || (has_frames && is_full) {
            self.rotate()?;
        }
        let (end, offsets) = self.encode_group(queue);
        let ahead = self.ahead();
        let active = &mut self.active;
        let group = [active.offset, self.group.len() as u64];
        active.space.make(active.file.as_ref(), group, [ahead, self.config.segment_bytes])?;
        if let Err(error) = write_fully(active.file.as_ref(), active.offset, &self.group) {
            let failure = Failure::of("writing a commit group", &error);
            return Err(active.take_back(failure));
        }
        // Never retried: after a failed sync the kernel forgets which pages were dirty, and a second sync succeeds
        // without having written them.
        active.file.sync_data().map_err(|e| Failure::fatal("syncing a commit group", &e))?;
        active.account(&self.group, &self.starts);
        active.shared.note_offsets(&offsets);
        self.size = end;
        self.segments.set_durable(end.get());
        Ok(end)
    }

    /// How much space is reserved ahead. On a full disk none: what is left is for the records themselves.
    fn ahead(&self) -> u64 {
        if self.reserve.is_whole() { self.config.preallocate_bytes } else { 0 }
    }

    /// Fills `self.group` with frames; returns the size after them and what the sparse index notes.
    fn encode_group<'r>(&mut self, queue: impl Iterator<Item = &'r Record>) -> (Size, Vec<u32>) {
        let header = &self.active.shared.header;
        let mut offsets = Vec::new();
        let mut end = self.size;
        self.group.clear();
        self.starts.clear();
        for record in queue {
            let bytes = frame::frame_bytes(record);
            let place = self.active.offset + self.group.len() as u64;
            let overflows =
                self.group.len() + bytes > MAX_GROUP_BYTES || place + bytes as u64 > self.config.segment_bytes;
            if overflows && !self.group.is_empty() {
                break;
            }
            if end.entries_since(header.first).is_multiple_of(u64::from(STRIDE)) {
                offsets.push(u32::try_from(place).unwrap_or(u32::MAX));
            }
            self.starts.push(self.group.len());
            frame::encode(&mut self.group, record, end.get(), self.size.get(), header.salt);
            end = end.next_index().size_after();
        }
        (end, offsets)
    }

    /// Seals the active segment and begins the next; can be called again after `NoSpace` at any step.
    fn rotate(&mut self) -> Result<(), Failure> {
        let previous = match self.active.sealed {
            Some(digest) => digest,
            None => self.active.seal(self.size)?,
        };
        let old = &self.active.shared.header;
        let storage = self.segments.storage();
        let header = Header {
            segment: old.segment + 1,
            first: self.size,
            salt: storage.salt().map_err(|e| Failure::fatal("drawing a salt", &e))?,
            identity: old.identity.clone(),
            previous,
        };
        self.active = begin_segment(storage.as_ref(), header, self.ahead(), self.config.segment_bytes)?;
        self.segments.begin(Arc::clone(&self.active.shared));
        Ok(())
    }
}

impl Active {
    /// Undoes a write that failed half-way for lack of space. Durably: what was refused must not come back.
    fn take_back(&mut self, failure: Failure) -> Failure {
        if matches!(failure, Failure::Fatal(_)) {
            return failure;
        }
        match self.file.set_len(self.offset).and_then(|()| self.file.sync_all()) {
            Ok(()) => {
                self.space = Space::new(self.offset, self.offset);
                Failure::NoSpace
            }
            Err(e) => Failure::fatal("taking back a write that did not fit", &e),
        }
    }

    fn account(&mut self, group: &[u8], starts: &[usize]) {
        for &at in starts {
            self.digest.add(&group[at..at + FRAME_HEADER_BYTES]);
        }
        self.offset += group.len() as u64;
    }

    fn seal(&mut self, size: Size) -> Result<SegmentDigest, Failure> {
        let seal = Seal {
            first: self.shared.header.first,
            end: size,
            digest: self.digest.finish(),
            offsets: self.shared.offsets(),
        };
        let frame = seal.encode(self.offset, self.shared.header.salt);
        let end = self.offset + frame.len() as u64;
        let file = self.file.as_ref();
        let written = allocate_fully(file, end).and_then(|()| write_fully(file, self.offset, &frame));
        if let Err(error) = written {
            return Err(self.take_back(Failure::of("sealing a segment", &error)));
        }
        self.file
            .set_len(end)
            .and_then(|()| self.file.sync_all())
            .map_err(|e| Failure::fatal("syncing a sealed segment", &e))?;
        self.sealed = Some(seal.digest);
        Ok(seal.digest)
    }
}

/// Makes a segment under a temporary name, so that a segment that can be seen always has a whole header.
fn begin_segment(storage: &dyn Storage, header: Header, ahead: u64, segment_bytes: u64) -> Result<Active, Failure> {
    let name = segment_name(header.segment);
    let unfinished = format!("{name}{UNFINISHED}");
    let bytes = header.encode();
    let wanted = (HEADER_BYTES as u64 + ahead).min(segment_bytes);
    let (file, allocated) = match make_file(storage, &unfinished, &bytes, wanted) {
        Ok(made) => made,
        Err(failure) => {
            // Left behind it does no harm either: the next attempt or the next start removes it.
            if storage.remove(&unfinished).is_ok() {
                sync_names(storage)?;
            }
            return Err(failure);
        }
    };
    storage.rename(&unfinished, &name).map_err(|e| Failure::of("naming a segment", &e))?;
    sync_names(storage)?;
    let file: Arc<dyn File> = Arc::from(file);
    let shared = Arc::new(Segment::growing(header, Arc::clone(&file), Vec::new()));
    let digest = RunningDigest::of(&bytes);
    let offset = HEADER_BYTES as u64;
    Ok(Active { shared, file, offset, space: Space::new(offset, allocated), digest, sealed: None })
}

/// Makes names durable. After a removal too, before the name is used again: otherwise a power cut could give it back to
/// the file that was removed, and a rename could make a segment of that one.
fn sync_names(storage: &dyn Storage) -> Result<(), Failure> {
    storage.sync_directory().map_err(|e| Failure::fatal("syncing the directory", &e))
}

/// A file with this header and space up to `wanted` if the disk has it; returns up to where it has.
fn make_file(storage: &dyn Storage, name: &str, header: &[u8], wanted: u64) -> Result<(Box<dyn File>, u64), Failure> {
    let creating = |e| Failure::of("creating a segment", &e);
    let file = match storage.create(name) {
        Err(e) if e.kind() == io::ErrorKind::AlreadyExists => {
            storage.remove(name).map_err(creating)?;
            sync_names(storage)?;
            storage.create(name).map_err(creating)?
        }
        other => other.map_err(creating)?,
    };
    let allocated = allocate_ahead(file.as_ref(), header.len() as u64, wanted)?;
    write_fully(file.as_ref(), 0, header).map_err(|e| Failure::of("writing a segment header", &e))?;
    file.sync_all().map_err(|e| Failure::fatal("syncing a new segment", &e))?;
    Ok((file, allocated))
}
