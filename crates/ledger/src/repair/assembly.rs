//! Putting a log together: what is sound here, what is not from mirrors, and every promised root held against it.

use super::outcome::{Fetched, LossCause, RefusedMirror, RepairError};
use crate::beside::Promised;
use crate::mirror_source::{Attachments, MirrorSource, Supplied};
use danvan_journal::Record;
use danvan_tlog::{Frontier, Index, IndexRange, SignedCheckpoint, Size, leaf_hash};
use std::collections::VecDeque;

/// How many entries a mirror is asked for at once.
const ASKED_AT_ONCE: u64 = 1024;

/// A mirror whose newest note was verified.
pub(crate) struct Mirror<'m> {
    pub(crate) source: &'m mut dyn MirrorSource,
    pub(crate) name: String,
    pub(crate) newest: SignedCheckpoint,
    /// Why it is not asked again in this attempt.
    pub(crate) failed: Option<String>,
}

/// Whose bytes are taken where both have some. They differ only where bytes with right checksums are false.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Prefer {
    Local,
    Mirror,
}

/// One way to put a log together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Choice {
    pub(crate) prefer: Prefer,
    /// The mirror that is asked first; the others follow in their order.
    pub(crate) first: usize,
}

/// Takes what was put together.
pub(crate) trait Target {
    /// Forgets what it took before.
    fn begin(&mut self) -> Result<(), RepairError>;
    fn take(&mut self, record: Record) -> Result<(), RepairError>;
    /// Makes all of it durable.
    fn end(&mut self) -> Result<(), RepairError>;
}

/// A rehearsal: nothing is written.
pub(crate) struct Nowhere;

impl Target for Nowhere {
    fn begin(&mut self) -> Result<(), RepairError> {
        Ok(())
    }

    fn take(&mut self, _: Record) -> Result<(), RepairError> {
        Ok(())
    }

    fn end(&mut self) -> Result<(), RepairError> {
        Ok(())
    }
}

/// What came out of one attempt.
#[derive(Debug, Default)]
pub(crate) struct Built {
    /// At the end.
    pub(crate) end: Frontier,
    /// At each promised size that was reached and kept.
    pub(crate) kept: Vec<Frontier>,
    /// Why it ended before everything that was promised.
    pub(crate) stop: Option<LossCause>,
    /// The sound entries here, whether they were used or not.
    pub(crate) local: Vec<IndexRange>,
    pub(crate) fetched: Vec<Fetched>,
    pub(crate) replaced: Vec<IndexRange>,
    pub(crate) without_attachment: Vec<Index>,
    pub(crate) failed: Vec<RefusedMirror>,
}

impl Built {
    /// The largest size up to which every promise was kept.
    pub(crate) fn proven(&self) -> Size {
        self.kept.last().map(Frontier::size).unwrap_or_default()
    }

    pub(crate) fn frontier_at(&self, size: Size) -> Option<&Frontier> {
        std::iter::once(&self.end).chain(&self.kept).find(|frontier| frontier.size() == size)
    }
}

/// One attempt.
pub(crate) struct Assembly<'a, 'm> {
    /// In order of size; those beyond `upto` are not held against anything.
    promised: &'a [Promised],
    upto: Option<Size>,
    choice: Choice,
    mirrors: &'a mut [Mirror<'m>],
    attachments: &'a mut Attachments<'m>,
    target: &'a mut dyn Target,
    tree: Frontier,
    /// Fetched records from the size of the tree on, and the place of their mirror.
    ahead: VecDeque<(Record, usize)>,
    built: Built,
    error: Option<RepairError>,
}

impl<'a, 'm> Assembly<'a, 'm> {
    /// Begins an attempt; it ends at `upto` where that is given.
    pub(crate) fn begin(
        promised: &'a [Promised],
        (choice, upto): (Choice, Option<Size>),
        mirrors: &'a mut [Mirror<'m>],
        attachments: &'a mut Attachments<'m>,
        target: &'a mut dyn Target,
    ) -> Result<Self, RepairError> {
        target.begin()?;
        for mirror in mirrors.iter_mut() {
            mirror.failed = None;
        }
        Ok(Self {
            promised,
            upto,
            choice,
            mirrors,
            attachments,
            target,
            tree: Frontier::empty(),
            ahead: VecDeque::new(),
            built: Built::default(),
            error: None,
        })
    }

    /// A sound record of this disk; they come in order.
    pub(crate) fn local(&mut self, index: Index, entry: &[u8], attachment: Option<&[u8]>) {
        add(&mut self.built.local, index);
        let at = index.size_before();
        if at < self.tree.size() || self.upto.is_some_and(|upto| upto <= at) {
            return;
        }
        self.fill(at);
        if self.is_over() || self.tree.size() != at {
            return;
        }
        if self.choice.prefer == Prefer::Mirror
            && let Some((theirs, mirror)) = self.fetch(at.checked_add(ASKED_AT_ONCE).unwrap_or(Size::MAX))
            && theirs.entry != entry
        {
            add(&mut self.built.replaced, index);
            self.take_fetched(theirs, mirror);
            return;
        }
        self.take(Record { entry: entry.to_vec(), attachment: attachment.map(<[u8]>::to_vec) });
    }

    /// Takes what only the mirrors have at the end.
    pub(crate) fn end(mut self) -> Result<Built, RepairError> {
        let upto = self.upto.unwrap_or(Size::MAX);
        let most = self.mirrors.iter().map(|mirror| mirror.newest.size().min(upto)).max().unwrap_or_default();
        self.fill(most);
        let promised = self.promised.iter().map(|promised| promised.size).filter(|size| *size <= upto).max();
        let promised = promised.unwrap_or_default();
        if !self.is_over() && promised > self.tree.size() {
            self.built.stop = IndexRange::new(self.tree.size(), promised).ok().map(LossCause::Missing);
        }
        if let Some(error) = self.error {
            return Err(error);
        }
        self.target.end()?;
        let failed = |mirror: &Mirror<'_>| {
            let reason = mirror.failed.clone()?;
            Some(RefusedMirror { mirror: mirror.name.clone(), reason, holds_nothing: false })
        };
        self.built.failed = self.mirrors.iter().filter_map(failed).collect();
        self.built.end = self.tree;
        Ok(self.built)
    }

    fn is_over(&self) -> bool {
        self.built.stop.is_some() || self.error.is_some()
    }

    /// Takes entries from mirrors up to `size`, where that is further than the log has come.
    fn fill(&mut self, size: Size) {
        while !self.is_over() && self.tree.size() < size {
            match self.fetch(size) {
                Some((record, mirror)) => self.take_fetched(record, mirror),
                None => self.built.stop = IndexRange::new(self.tree.size(), size).ok().map(LossCause::Missing),
            }
        }
    }

    /// The next record from a mirror, which may be asked for more of them up to `limit`.
    fn fetch(&mut self, limit: Size) -> Option<(Record, usize)> {
        if self.ahead.is_empty() {
            self.ask(limit);
        }
        self.ahead.pop_front()
    }

    fn ask(&mut self, limit: Size) {
        let start = self.tree.size();
        let limit = start.checked_add(ASKED_AT_ONCE).map_or(limit, |most| most.min(limit));
        for step in 0..self.mirrors.len() {
            let place = (self.choice.first + step) % self.mirrors.len();
            let mirror = &mut self.mirrors[place];
            let end = mirror.newest.size().min(limit);
            let Some(range) = IndexRange::new(start, end).ok().filter(|range| !range.is_empty()) else { continue };
            if mirror.failed.is_some() {
                continue;
            }
            let failed = match mirror.source.records(range) {
                Ok(records) if records.is_empty() => format!("gave none of the entries {range}"),
                Ok(records) if records.iter().any(|record| record.check().is_err()) => {
                    format!("gave an entry among {range} that is over a limit")
                }
                Ok(records) => {
                    let most = usize::try_from(range.len()).unwrap_or(usize::MAX);
                    self.ahead.extend(records.into_iter().take(most).map(|record| (record, place)));
                    return;
                }
                Err(error) => error.to_string(),
            };
            mirror.failed = Some(failed);
        }
    }

    fn take_fetched(&mut self, record: Record, mirror: usize) {
        let index = self.tree.size().next_index();
        let attachment = match (self.attachments)(index, &record.entry, record.attachment) {
            Supplied::NotNeeded => None,
            Supplied::Found(bytes) => Some(bytes),
            Supplied::Missing => {
                self.built.without_attachment.push(index);
                None
            }
        };
        let name = self.mirrors.get(mirror).map(|mirror| mirror.name.as_str()).unwrap_or_default();
        let last = self.built.fetched.last_mut().filter(|last| last.mirror == name);
        if !last.is_some_and(|last| extend(&mut last.range, index)) {
            self.built.fetched.extend(one(index).map(|range| Fetched { range, mirror: name.to_owned() }));
        }
        self.take(Record { entry: record.entry, attachment });
    }

    fn take(&mut self, record: Record) {
        self.tree.push(leaf_hash(&record.entry));
        if let Err(error) = self.target.take(record) {
            self.error = Some(error);
            return;
        }
        let size = self.tree.size();
        let from = self.promised.partition_point(|promised| promised.size < size);
        let here = self.promised[from..].iter().take_while(|promised| promised.size == size);
        let mut kept = None;
        for Promised { promise, root, .. } in here {
            let found = kept.get_or_insert_with(|| self.tree.clone()).root();
            if found != *root {
                let promise = promise.clone();
                self.built.stop = Some(LossCause::Unproven { promise, size, signed: *root, found });
                return;
            }
        }
        self.built.kept.extend(kept);
    }
}

fn one(index: Index) -> Option<IndexRange> {
    IndexRange::new(index.size_before(), index.size_after()).ok()
}

/// Extends a range that ends at `index` by it.
fn extend(range: &mut IndexRange, index: Index) -> bool {
    let extended = IndexRange::new(range.start(), index.size_after()).ok();
    match extended.filter(|_| range.end() == index.size_before()) {
        Some(extended) => {
            *range = extended;
            true
        }
        None => false,
    }
}

/// Notes an index behind the ones before it.
fn add(ranges: &mut Vec<IndexRange>, index: Index) {
    if !ranges.last_mut().is_some_and(|last| index.size_before() < last.end() || extend(last, index)) {
        ranges.extend(one(index));
    }
}
