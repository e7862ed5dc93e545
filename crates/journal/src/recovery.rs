//! Opening a journal: what is sound is kept and synced, a torn tail is set aside and cut off, anything else is refused.

use crate::corruption::{Corruption, TornTail};
use crate::failure::is_lack_of_space;
use crate::header::{Identity, segment_name};
use crate::reserve;
use crate::scan::Tail;
use crate::storage::{File, Storage, read_up_to, write_fully};
use crate::survey::{Last, Survey, segment_numbers};
use danvan_tlog::Size;
use std::io;
use std::sync::Arc;
use thiserror::Error;

/// Suffix of a segment that is being made and does not count yet.
pub(crate) const UNFINISHED: &str = ".new";

/// What opening a journal found and did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recovery {
    /// The durable size.
    pub size: Size,
    /// The torn tail that was cut off, if there was one.
    pub torn_tail: Option<TornTail>,
}

/// Why a journal could not be opened. None of these changes a byte of it.
#[derive(Debug, Error)]
pub enum OpenError {
    /// Another process holds the directory: stop that one first.
    #[error("another process holds this directory")]
    Locked,
    /// There is no journal here: check the path, or create one.
    #[error("there is no journal in this directory")]
    Missing,
    /// There is a journal here already: open it instead.
    #[error("there is a journal in this directory already")]
    Exists,
    /// The directory belongs to another origin: check the path.
    #[error("segment {segment} belongs to {found}, not to {expected}")]
    Foreign {
        /// Number of the segment.
        segment: u64,
        /// The identity asked for.
        expected: String,
        /// The identity in the header.
        found: String,
    },
    /// A newer program wrote this: use that one.
    #[error("segment {segment} has format version {version}; this program knows versions up to {known}")]
    NewerFormat {
        /// Number of the segment.
        segment: u64,
        /// Version in its header.
        version: u32,
        /// Newest version that this program knows.
        known: u32,
    },
    /// Bytes are damaged that no crash explains: read only, alarm, repair from a mirror.
    #[error("the journal is corrupt: {0}")]
    Corrupt(#[from] Corruption),
    /// The journal is shorter than what was promised of it: catch up from every mirror before anything is appended.
    #[error("the journal holds {held} entries, but {promised} were signed or receipted")]
    Lost {
        /// The size that can be read.
        held: Size,
        /// The size that was promised to others.
        promised: Size,
    },
    /// The disk failed while reading or repairing: fix it and try again.
    #[error("cannot open the journal: {0}")]
    Io(#[from] io::Error),
}

/// A journal that is ready to be appended to.
pub(crate) struct Recovered {
    pub(crate) survey: Survey,
    pub(crate) file: Arc<dyn File>,
    pub(crate) recovery: Recovery,
}

/// Surveys the journal and repairs what a crash explains. The caller holds the directory's lock.
pub(crate) fn recover(storage: &dyn Storage, identity: &Identity, promised: Size) -> Result<Recovered, OpenError> {
    let survey = Survey::of(storage, &segment_numbers(storage)?, Some(identity))?;
    let last = &survey.last;
    if last.size < promised {
        return Err(OpenError::Lost { held: last.size, promised });
    }
    let file: Arc<dyn File> = Arc::from(storage.open(&segment_name(last.header.segment))?);
    let torn_tail = match last.tail {
        Tail::Torn(bytes) => Some(cut_off(storage, file.as_ref(), last, bytes)?),
        Tail::Clean | Tail::Corrupt(_) => None,
    };
    if let Some(end) = last.sealed_at {
        file.set_len(end)?;
    }
    if last.size > promised || last.sealed_at.is_some() {
        write_again(file.as_ref(), last)?;
    }
    // What is served from here on was perhaps only in the page cache of a process that died.
    file.sync_all()?;
    for name in storage.names()?.iter().filter(|name| name.ends_with(UNFINISHED)) {
        storage.remove(name)?;
    }
    storage.sync_directory()?;
    let recovery = Recovery { size: last.size, torn_tail };
    Ok(Recovered { survey, file, recovery })
}

/// Writes the last commit group, or the seal, over itself.
///
/// If its sync failed, the process that wrote it has ended and the kernel shows pages that it believes to be clean: a
/// sync now would succeed and write nothing. Whatever was promised was synced before, and needs no such care.
fn write_again(file: &dyn File, last: &Last) -> io::Result<()> {
    let end = last.sealed_at.unwrap_or(last.offset);
    let mut bytes = vec![0; usize::try_from(end - last.group).unwrap_or(0)];
    let read = read_up_to(file, last.group, &mut bytes)?;
    write_fully(file, last.group, &bytes[..read])
}

/// Cuts the torn tail off, once its bytes are durable in a file of their own.
fn cut_off(storage: &dyn Storage, file: &dyn File, last: &Last, bytes: u64) -> Result<TornTail, OpenError> {
    // Bounded by the size of a commit group: the survey calls anything longer corrupt.
    let mut torn = vec![0; usize::try_from(bytes).unwrap_or(0)];
    let read = read_up_to(file, last.offset, &mut torn)?;
    torn.truncate(read);
    let kept = match set_aside(storage, last, &torn) {
        Err(error) if is_lack_of_space(&error) && reserve::release(storage).map_err(io::Error::from)? => {
            set_aside(storage, last, &torn)
        }
        other => other,
    };
    let name = kept?;
    file.set_len(last.offset)?;
    Ok(TornTail { segment: last.header.segment, offset: last.offset, bytes, size: last.size, kept_in: Some(name) })
}

/// Keeps the bytes of a torn tail, durably, under a name that no other has; returns the name.
fn set_aside(storage: &dyn Storage, last: &Last, torn: &[u8]) -> io::Result<String> {
    let names = storage.names()?;
    let stem = format!("{}.{}", segment_name(last.header.segment), last.offset);
    let free = (1..=u32::MAX).map(|n| format!("{stem}.{n}.broken")).find(|name| !names.contains(name));
    let name = free.ok_or_else(|| io::Error::from(io::ErrorKind::AlreadyExists))?;
    let broken = storage.create(&name)?;
    let written = write_fully(broken.as_ref(), 0, torn).and_then(|()| broken.sync_all());
    if let Err(error) = written {
        // A part of the tail is of use to nobody, and takes space that may be what was missing.
        let _ = storage.remove(&name);
        return Err(error);
    }
    storage.sync_directory()?;
    Ok(name)
}
