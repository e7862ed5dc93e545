//! Incarnations: a log that is past repair is frozen for ever, and goes on under its next origin.
//!
//! The old directory is written anew up to the size where it ends, marked as frozen, and takes the place of the damaged
//! one; it can be read and never appended to again. The new log begins at index 0 with an entry of the caller that names
//! the old one. What was acknowledged beyond the end and can still be read is handed to the caller, who decides how it
//! goes on in the new log; what cannot be read is told by number.
//!
//! The name of a key is the origin of its log, so the new log has a key of its own, which is enrolled like that of a new
//! node. It should be a fresh seed: notes of the old one may still be on their way.
//!
//! The new log takes the name of the old directory, so that whoever looks for the ledger finds the one that goes on; the
//! ended ones lie beside it, see [`ended`].

use crate::directories::Directories;
use crate::error::{CreateError, DrainError, OpenError};
use crate::frozen::{FROZEN, Frozen, PREVIOUS, Previous, store_for_ever};
use crate::ledger::Ledger;
use crate::repair::{Job, Judged, Loss, RepairError, RepairOptions, RepairSources, Switch, finish_switch, lock};
use danvan_journal::{AppendError, DirectoryLock, DiskStorage, Record, SlotError, Storage};
use danvan_tlog::{Hash, Index, IndexRange, LogKey, NameError, Origin, Size, VerifierKey};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use thiserror::Error;

/// Records that are appended at once.
const AT_ONCE: usize = 256;

/// How a log goes on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Succession {
    /// The log that ended.
    pub origin: Origin,
    /// Its last size.
    pub size: Size,
    /// Its last root.
    pub root: Hash,
    /// The log that goes on.
    pub successor: Origin,
    /// How many acknowledged entries beyond the end could still be read.
    pub carried: u64,
    /// How many acknowledged entries beyond the end are lost.
    pub lost: u64,
}

/// The log that takes over.
pub struct Successor<'s> {
    /// Its key, whose name is the next incarnation of the old origin.
    pub key: LogKey,
    /// Makes its entry 0, which names the old log.
    pub first: &'s mut dyn FnMut(&Succession) -> Result<Record, FirstEntryError>,
    /// Is asked when entries of the old log are lost.
    pub lost: &'s mut TellLost<'s>,
    /// Says what becomes of a record of the old log that was acknowledged beyond its end: mostly itself, with the same
    /// bytes. `None` leaves it out. Records come in their old order.
    pub carry: &'s mut dyn FnMut(Index, Record) -> Option<Record>,
}

/// Makes what the new log tells, behind everything that was carried on, of the ranges of entries of the old one that nobody gives
/// back.
pub type TellLost<'a> = dyn FnMut(&[IndexRange]) -> Result<Vec<Record>, FirstEntryError> + 'a;

/// Why an own entry of the next log was not made, in the words of whoever makes it.
pub type FirstEntryError = Box<dyn std::error::Error + Send + Sync>;

/// Why a log was not given up. The old directory is unchanged and still in its place, unless it says otherwise.
#[derive(Debug, Error)]
pub enum SucceedError {
    /// The ledger is sound, or can be repaired: do that instead.
    #[error("the ledger is not past repair: repair it")]
    NotNeeded,
    /// The key is of another log: make one for the expected origin.
    #[error("the next log is {expected}; the key is that of {found}")]
    WrongKey {
        /// The next incarnation of the old origin.
        expected: Origin,
        /// The origin of the key.
        found: Origin,
    },
    /// The old origin is so long that no other fits behind it.
    #[error(transparent)]
    Name(#[from] NameError),
    /// The log ended before, and what goes on does not lie beside it: look for it, or restore it.
    #[error("the log ended at {size} and goes on as {successor}, which is not here")]
    SuccessorMissing {
        /// Where it ended.
        size: Size,
        /// How it goes on.
        successor: Origin,
    },
    /// The old log could not be read, or not be written up to its end.
    #[error(transparent)]
    Repair(#[from] RepairError),
    /// An own entry of the new log could not be made.
    #[error("what the next log says itself: {0}")]
    First(FirstEntryError),
    /// The new log could not be made.
    #[error(transparent)]
    Create(#[from] CreateError),
    /// The new log did not take a record.
    #[error(transparent)]
    Append(#[from] AppendError),
    /// The new log could not be signed.
    #[error(transparent)]
    Drain(#[from] DrainError),
    /// A small file could not be read or written.
    #[error(transparent)]
    Slots(#[from] SlotError),
    /// A directory could not be made or named. Where the old log has ended already, trying again finishes it.
    #[error("cannot put the new log in place: {0}")]
    Io(#[from] io::Error),
}

/// Ends the log in `directory`, signed by the key `log`, and puts the ledger of its next incarnation in its place.
///
/// The old log has ended, and the new one is whole, from one moment on. When the process dies before, nothing has
/// changed; when it dies after, the same call finishes it, and says the same again.
pub fn succeed(
    (directory, log): (&Path, &VerifierKey),
    sources: RepairSources<'_>,
    options: RepairOptions,
    successor: Successor<'_>,
) -> Result<Succession, SucceedError> {
    check_key(log, &successor.key)?;
    finish_switch(directory)?;
    let directories = Directories::of(directory)?;
    directories.finish()?;
    let damaged: Arc<dyn Storage> = Arc::new(DiskStorage::open(directory)?);
    let origin = log.name().origin();
    if let Some(Previous { size, root, carried, lost, .. }) =
        Previous::read(damaged.as_ref())?.filter(|previous| previous.origin == origin)
    {
        let successor = successor.key.origin();
        return Ok(Succession { origin, size, root, successor, carried, lost });
    }
    if let Some(Frozen { size, successor, .. }) = Frozen::read(damaged.as_ref())? {
        return Err(SucceedError::SuccessorMissing { size, successor });
    }
    let ending = Ending::of(damaged, log, sources, options)?;
    let switch = Switch::of(directory)?;
    let old: Arc<dyn Storage> = Arc::new(switch.begin()?);
    let new: Arc<dyn Storage> = Arc::new(directories.begin()?);
    let (succession, _locks) = ending.write(&old, &new, successor)?;
    // Both are whole. Once the old one is in place and says that it has ended, the rest is a matter of names. Nobody
    // takes up the damaged or the ended log meanwhile: what a node acknowledged into either would be in no log.
    switch.put_in_place(old.as_ref())?;
    directories.finish()?;
    Ok(succession)
}

/// The logs that ended before the one in `directory` began, the first one first. Names that a crash left in between are put
/// right.
pub fn ended(directory: &Path) -> io::Result<Vec<PathBuf>> {
    finish_switch(directory)?;
    let directories = Directories::of(directory)?;
    directories.finish()?;
    directories.ended()
}

/// [`ended`] for whoever only reads: nothing is changed.
pub fn ended_beside(directory: &Path) -> io::Result<Vec<PathBuf>> {
    Directories::of(directory)?.ended()
}

/// The part of [`succeed`] that is the same on any storage: writes the ended log into `old` and the one that goes on into
/// `new`, both of which are emptied first. Putting them in place, the old one first, is the caller's part.
pub fn succeed_on(
    (damaged, log): (Arc<dyn Storage>, &VerifierKey),
    sources: RepairSources<'_>,
    options: RepairOptions,
    (old, new): (&Arc<dyn Storage>, &Arc<dyn Storage>),
    successor: Successor<'_>,
) -> Result<Succession, SucceedError> {
    check_key(log, &successor.key)?;
    for name in new.names()? {
        new.remove(&name)?;
    }
    Ok(Ending::of(damaged, log, sources, options)?.write(old, new, successor)?.0)
}

fn check_key(log: &VerifierKey, key: &LogKey) -> Result<(), SucceedError> {
    let (expected, found) = (log.name().origin().next_incarnation()?, key.origin());
    if found == expected { Ok(()) } else { Err(SucceedError::WrongKey { expected, found }) }
}

/// A log that is past repair.
struct Ending<'m> {
    job: Job<'m>,
    loss: Loss,
    options: RepairOptions,
    lock: DirectoryLock,
}

impl<'m> Ending<'m> {
    fn of(
        damaged: Arc<dyn Storage>,
        log: &VerifierKey,
        sources: RepairSources<'m>,
        options: RepairOptions,
    ) -> Result<Self, SucceedError> {
        let lock = lock(&damaged)?;
        let mut job = Job::open(damaged, log, sources, options)?;
        let loss = match job.judge()? {
            Judged::Sound(_) => None,
            Judged::Damaged(_) => job.foresee_loss()?,
        };
        let loss = loss.ok_or(SucceedError::NotNeeded)?;
        Ok(Self { job, loss, options, lock })
    }

    /// Also returns the locks of the damaged log and of the ended one that is to take its place.
    fn write(
        mut self,
        old: &Arc<dyn Storage>,
        new: &Arc<dyn Storage>,
        successor: Successor<'_>,
    ) -> Result<(Succession, [DirectoryLock; 2]), SucceedError> {
        let succession = Succession {
            origin: self.loss.origin.clone(),
            size: self.loss.frozen.size,
            root: self.loss.frozen.root,
            successor: successor.key.origin(),
            carried: self.loss.readable_entries(),
            lost: self.loss.lost_entries(),
        };
        self.job.rebuild_to(self.loss.frozen, old)?;
        let frozen = Frozen { size: succession.size, root: succession.root, successor: succession.successor.clone() };
        store_for_ever(old.as_ref(), FROZEN, &frozen.encode())?;
        self.write_successor(new, &succession, successor)?;
        let previous = Previous {
            size: succession.size,
            root: succession.root,
            carried: succession.carried,
            lost: succession.lost,
            origin: succession.origin.clone(),
        };
        store_for_ever(new.as_ref(), PREVIOUS, &previous.encode())?;
        Ok((succession, [self.lock, lock(old)?]))
    }

    fn write_successor(
        &self,
        new: &Arc<dyn Storage>,
        succession: &Succession,
        successor: Successor<'_>,
    ) -> Result<(), SucceedError> {
        let first = (successor.first)(succession).map_err(SucceedError::First)?;
        let origin = successor.key.origin();
        let ledger = Ledger::create_on(Arc::clone(new), origin, successor.key, first, self.options.config)?;
        let mut waiting = Vec::new();
        let mut carried = succession.size;
        let append = |waiting: &mut Vec<Record>| {
            ledger.append_all(std::mem::take(waiting)).into_iter().try_for_each(|outcome| outcome.map(drop))
        };
        let mut outcome = Ok(());
        // Of a directory without segments nothing is carried on.
        let sweep = self.job.sweep()?;
        let segments = sweep.iter().flat_map(|sweep| (0..sweep.segments()).map(move |place| (sweep, place)));
        for (sweep, place) in segments {
            let swept = sweep.segment(place, &mut |index, entry: &[u8], attachment: Option<&[u8]>| {
                if index.size_before() < carried || outcome.is_err() {
                    return;
                }
                carried = index.size_after();
                let record = Record { entry: entry.to_vec(), attachment: attachment.map(<[u8]>::to_vec) };
                waiting.extend((successor.carry)(index, record));
                if waiting.len() == AT_ONCE {
                    outcome = append(&mut waiting);
                }
            });
            swept.map_err(OpenError::from).map_err(RepairError::from)?;
        }
        outcome?;
        if !self.loss.lost.is_empty() {
            waiting.extend((successor.lost)(&self.loss.lost).map_err(SucceedError::First)?);
        }
        append(&mut waiting)?;
        ledger.drain()?;
        Ok(())
    }
}
