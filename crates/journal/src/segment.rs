//! The segments of an open journal, as its readers share them.

use crate::corruption::{Corruption, CorruptionKind, ReadError};
use crate::header::{Header, segment_name};
use crate::scan::{Place, Step, Walk};
use crate::seal::{STRIDE, Seal};
use crate::storage::{File, Storage};
use danvan_tlog::{Index, IndexRange, Size};
use std::io;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock, PoisonError, RwLock};

/// One segment.
pub(crate) struct Segment {
    pub(crate) header: Header,
    /// Kept open for the segment that is written; a sealed one is opened when it is read.
    file: Option<Arc<dyn File>>,
    growing: RwLock<Vec<u32>>,
    sealed: OnceLock<Vec<u32>>,
}

impl Segment {
    pub(crate) fn growing(header: Header, file: Arc<dyn File>, offsets: Vec<u32>) -> Self {
        Self { header, file: Some(file), growing: RwLock::new(offsets), sealed: OnceLock::new() }
    }

    pub(crate) fn sealed(header: Header) -> Self {
        Self { header, file: None, growing: RwLock::default(), sealed: OnceLock::new() }
    }

    /// Notes where the frames of a group begin: offsets of those that the sparse index keeps.
    pub(crate) fn note_offsets(&self, offsets: &[u32]) {
        if !offsets.is_empty() {
            self.growing.write().unwrap_or_else(PoisonError::into_inner).extend_from_slice(offsets);
        }
    }

    pub(crate) fn offsets(&self) -> Vec<u32> {
        self.growing.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn corruption(&self, offset: u64, size: Size, kind: CorruptionKind) -> Corruption {
        Corruption { segment: self.header.segment, offset, index: Some(size.next_index()), kind }
    }

    /// The place of the last frame in the sparse index that is not behind `size` others.
    fn nearest(&self, file: &dyn File, size: Size) -> Result<Place, ReadError> {
        let first = self.header.first;
        let slot = usize::try_from(size.entries_since(first) / u64::from(STRIDE)).unwrap_or(usize::MAX);
        let offset = if self.file.is_some() {
            self.growing.read().unwrap_or_else(PoisonError::into_inner).get(slot).copied()
        } else {
            self.sealed_offsets(file)?.get(slot).copied()
        };
        let size = first.checked_add(slot as u64 * u64::from(STRIDE));
        let known = offset.zip(size).map(|(offset, size)| Place::new(u64::from(offset), size));
        Ok(known.unwrap_or(Place::first(&self.header)))
    }

    fn sealed_offsets(&self, file: &dyn File) -> Result<&[u32], ReadError> {
        if let Some(known) = self.sealed.get() {
            return Ok(known);
        }
        let Some(seal) = Seal::find(file, &self.header)? else {
            return Err(self.corruption(file.len()?, self.header.first, CorruptionKind::Seal).into());
        };
        Ok(self.sealed.get_or_init(|| seal.offsets))
    }
}

/// All segments and the durable size.
pub(crate) struct Segments {
    storage: Arc<dyn Storage>,
    list: RwLock<Vec<Arc<Segment>>>,
    durable: AtomicU64,
}

impl Segments {
    pub(crate) fn new(storage: Arc<dyn Storage>, list: Vec<Arc<Segment>>, durable: u64) -> Self {
        Self { storage, list: RwLock::new(list), durable: AtomicU64::new(durable) }
    }

    pub(crate) fn storage(&self) -> &Arc<dyn Storage> {
        &self.storage
    }

    pub(crate) fn durable(&self) -> Size {
        Size::new(self.durable.load(Ordering::Acquire)).unwrap_or(Size::MAX)
    }

    pub(crate) fn set_durable(&self, size: u64) {
        self.durable.store(size, Ordering::Release);
    }

    /// Takes in the new last segment; the one before it is sealed now.
    pub(crate) fn begin(&self, segment: Arc<Segment>) {
        let mut list = self.list.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(last) = list.last_mut() {
            *last = Arc::new(Segment::sealed(last.header.clone()));
        }
        list.push(segment);
    }

    /// Calls `visit` for each record of the range in order, without copying it, until it says stop.
    pub(crate) fn visit(&self, range: IndexRange, visit: &mut Visit<'_>) -> Result<(), ReadError> {
        let durable = self.durable();
        if range.end() > durable {
            return Err(ReadError::BeyondEnd { asked: range.end(), durable });
        }
        let mut next = range.start();
        while next < range.end() {
            let Some((segment, end)) = self.holding(next) else {
                return Err(io::Error::from(io::ErrorKind::NotFound).into());
            };
            let end = end.min(range.end());
            if !self.visit_segment(&segment, (next, end), visit)? {
                return Ok(());
            }
            next = end;
        }
        Ok(())
    }

    /// The segment that holds the record after `size` others, and the size at its end.
    fn holding(&self, size: Size) -> Option<(Arc<Segment>, Size)> {
        let list = self.list.read().unwrap_or_else(PoisonError::into_inner);
        let after = list.partition_point(|s| s.header.first <= size);
        let segment = list.get(after.checked_sub(1)?)?;
        let end = list.get(after).map_or(Size::MAX, |s| s.header.first);
        Some((Arc::clone(segment), end))
    }

    fn visit_segment(
        &self,
        segment: &Segment,
        (start, end): (Size, Size),
        visit: &mut Visit<'_>,
    ) -> Result<bool, ReadError> {
        let opened;
        let file: &dyn File = if let Some(file) = &segment.file {
            file.as_ref()
        } else {
            opened = self.storage.open_to_read(&segment_name(segment.header.segment))?;
            opened.as_ref()
        };
        let mut walk = Walk::from(file, segment.header.salt, segment.nearest(file, start)?);
        while walk.place().size < end {
            let Place { offset, size, .. } = walk.place();
            match walk.step()? {
                Step::Record { index, entry, attachment, .. } => {
                    if size >= start && !visit(index, entry, attachment) {
                        return Ok(false);
                    }
                }
                Step::Bad(kind) => return Err(segment.corruption(offset, size, kind).into()),
                Step::Seal(..) | Step::Unwritten => {
                    return Err(segment.corruption(offset, size, CorruptionKind::FrameHeader).into());
                }
            }
        }
        Ok(true)
    }
}

/// Sees one record; `false` ends the visit.
pub(crate) type Visit<'v> = dyn FnMut(Index, &[u8], Option<&[u8]>) -> bool + 'v;
