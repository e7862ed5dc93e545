//! Reading a whole ledger: every byte, every checksum, every hash, the tree, and every promise that was made about it.
//!
//! Segments are read independently of each other, on as many threads as there are cores; each gives the compact ranges of
//! its entries, cut where a promise speaks of a root, and the tree is merged from those.

use crate::beside::{Beside, Promised};
use crate::error::OpenError;
use crate::verdict::{Finding, Verdict};
use danvan_journal::{DiskStorage, Identity, OpenError as JournalError, Storage, Sweep, Swept};
use danvan_tlog::{CompactRange, Frontier, Hash, Index, IndexRange, Origin, Size, VerifierKey, leaf_hash};
use std::num::NonZeroUsize;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

/// How a ledger is verified.
#[derive(Clone, Copy, Default)]
pub struct VerifyOptions<'v> {
    /// How many threads read and hash; the machine's cores when absent.
    pub threads: Option<NonZeroUsize>,
    /// The key of the log. Without it the signatures of the notes are not verified, only their roots.
    pub log: Option<&'v VerifierKey>,
    /// Called after each segment, from the thread that read it.
    pub progress: Option<&'v (dyn Fn(VerifyProgress) + Sync)>,
}

/// How far the reading came.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct VerifyProgress {
    /// Segments that were read.
    pub segments_done: usize,
    /// Segments that there are.
    pub segments: usize,
    /// Bytes that were read.
    pub bytes_done: u64,
    /// Sound entries that were read.
    pub entries_done: u64,
}

/// Verifies the ledger in a directory, whether a process has it open or not. Nothing is locked or changed.
///
/// Damage is in the verdict. The errors are a directory that holds no ledger, one of a newer format, and a disk that
/// does not even list its files.
pub fn verify(directory: &Path, options: VerifyOptions<'_>) -> Result<Verdict, OpenError> {
    let storage: Arc<dyn Storage> = Arc::new(DiskStorage::open(directory)?);
    verify_on(&storage, options)
}

/// [`verify`] on any storage.
pub fn verify_on(storage: &Arc<dyn Storage>, options: VerifyOptions<'_>) -> Result<Verdict, OpenError> {
    examine(storage, options, &[])
}

/// [`verify_on`], with promises that others know of.
pub(crate) fn examine(
    storage: &Arc<dyn Storage>,
    options: VerifyOptions<'_>,
    others: &[Promised],
) -> Result<Verdict, OpenError> {
    // The notes first: a writer beside us may go on, and entries may be more than notes speak of, never fewer.
    let beside = Beside::read(storage.as_ref())?;
    let sweep = open_sweep(storage, &beside, options.log)?;
    let origin = Origin::new(sweep.identity().as_str()).map_err(std::io::Error::other)?;
    let (mut promised, foreign) = beside.promised(&origin, options.log);
    promised.extend_from_slice(others);
    promised.sort_by_key(|promised| promised.size);
    let sweep = sweep.promising(beside.synced(&origin, options.log));
    let read = read_segments(&sweep, &promised, options)?;
    let mut verdict = judge(origin, &read, promised);
    let foreign = foreign.into_iter();
    verdict.findings.extend(foreign.map(|note| Finding::ForeignNote { promise: note.promise, reason: note.reason }));
    judge_copies(&beside, storage.as_ref(), &mut verdict)?;
    Ok(verdict)
}

fn open_sweep(storage: &Arc<dyn Storage>, beside: &Beside, log: Option<&VerifierKey>) -> Result<Sweep, OpenError> {
    let identity_of = |origin: &Origin| Identity::new(origin.as_str()).ok();
    if let Some(log) = log {
        return Ok(Sweep::open(Arc::clone(storage), identity_of(&log.name().origin()))?);
    }
    match (Sweep::open(Arc::clone(storage), None), beside.origin()) {
        // Not one header is sound: the notes say whose ledger it is.
        (Err(JournalError::Corrupt(_)), Some(origin)) => Ok(Sweep::open(Arc::clone(storage), identity_of(&origin))?),
        (opened, _) => Ok(opened?),
    }
}

/// One segment, read and hashed.
struct Hashed {
    swept: Swept,
    pieces: Vec<CompactRange>,
}

/// Reads all segments, each by whichever thread is free.
fn read_segments(
    sweep: &Sweep,
    promised: &[Promised],
    options: VerifyOptions<'_>,
) -> Result<Vec<Hashed>, JournalError> {
    let cuts: Vec<Size> = promised.iter().map(|promised| promised.size).collect();
    let cores = || thread::available_parallelism().unwrap_or(NonZeroUsize::MIN);
    let threads = options.threads.unwrap_or_else(cores).get().min(sweep.segments());
    let next = AtomicUsize::new(0);
    let progress = Mutex::new(VerifyProgress { segments: sweep.segments(), ..VerifyProgress::default() });
    let work = || -> Result<Vec<(usize, Hashed)>, JournalError> {
        let mut done = Vec::new();
        loop {
            let place = next.fetch_add(1, Ordering::Relaxed);
            if place >= sweep.segments() {
                return Ok(done);
            }
            let hashed = hash_segment(sweep, place, &cuts)?;
            let mut progress = progress.lock().unwrap_or_else(PoisonError::into_inner);
            progress.segments_done += 1;
            progress.bytes_done += hashed.swept.bytes;
            progress.entries_done += hashed.swept.records;
            if let Some(tell) = options.progress {
                tell(*progress);
            }
            done.push((place, hashed));
        }
    };
    let mut all = if threads <= 1 {
        work()?
    } else {
        thread::scope(|scope| {
            let workers: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
            let mut all = Vec::new();
            for worker in workers {
                match worker.join() {
                    Ok(done) => all.extend(done?),
                    Err(panic) => std::panic::resume_unwind(panic),
                }
            }
            Ok::<_, JournalError>(all)
        })?
    };
    all.sort_by_key(|(place, _)| *place);
    Ok(all.into_iter().map(|(_, hashed)| hashed).collect())
}

fn hash_segment(sweep: &Sweep, place: usize, cuts: &[Size]) -> Result<Hashed, JournalError> {
    let mut pieces: Vec<CompactRange> = Vec::new();
    let mut piece = CompactRange::empty_at(Size::ZERO);
    let mut cut = Some(Size::ZERO);
    let swept = sweep.segment(place, &mut |index: Index, entry: &[u8], _: Option<&[u8]>| {
        let at = index.size_before();
        if at != piece.end() || cut.is_some_and(|cut| cut <= at) {
            pieces.push(std::mem::replace(&mut piece, CompactRange::empty_at(at)));
            cut = cuts.get(cuts.partition_point(|cut| *cut <= at)).copied();
        }
        piece.push(leaf_hash(entry));
    })?;
    pieces.push(piece);
    pieces.retain(|piece| piece.start() != piece.end());
    Ok(Hashed { swept, pieces })
}

/// Merges the tree and holds every promise against it.
fn judge(origin: Origin, read: &[Hashed], promised: Vec<Promised>) -> Verdict {
    let swept = || read.iter().map(|hashed| &hashed.swept);
    let damage = swept().flat_map(|swept| &swept.damage).cloned();
    let breaks = Sweep::breaks(&swept().cloned().collect::<Vec<_>>());
    let mut findings: Vec<Finding> = damage.chain(breaks).map(Finding::from).collect();
    let mut tree = CompactRange::empty_at(Size::ZERO);
    let mut roots = vec![Frontier::empty()];
    let mut end = Size::ZERO;
    for piece in read.iter().flat_map(|hashed| &hashed.pieces) {
        if tree.append(piece).is_ok() {
            roots.extend(tree.frontier());
        }
        if let Ok(missing) = IndexRange::new(end, piece.start())
            && !missing.is_empty()
        {
            findings.push(Finding::Missing(missing));
        }
        end = end.max(piece.end());
    }
    let mut kept = Vec::new();
    for Promised { promise, size, root: signed } in promised {
        match roots.iter().find(|frontier| frontier.size() == size).map(Frontier::root) {
            Some(found) if found == signed => kept.push((promise, size)),
            Some(found) => findings.push(Finding::RootDiffers { promise, size, signed, found }),
            None => findings.push(Finding::Short { promise, promised: size, held: tree.end() }),
        }
    }
    Verdict {
        origin,
        size: tree.end(),
        root: roots.last().map_or(Hash::EMPTY_ROOT, Frontier::root),
        entries: swept().map(|swept| swept.records).sum(),
        segments: read.len(),
        bytes: swept().map(|swept| swept.bytes).sum(),
        kept,
        torn_tail: swept().find_map(|swept| swept.torn_tail.clone()),
        damaged_copies: Vec::new(),
        findings,
    }
}

fn judge_copies(beside: &Beside, storage: &dyn Storage, verdict: &mut Verdict) -> Result<(), OpenError> {
    let foreign = beside.foreign().map(|file| Finding::ForeignSlot { file: file.clone() });
    verdict.findings.extend(foreign);
    if beside.damaged().next().is_none() {
        return Ok(());
    }
    // A writer may have been in the middle of one copy; what is damaged is so at a second look too.
    let again = Beside::read(storage)?;
    let still = |file: &&String| again.damaged().any(|other| other == *file);
    verdict.damaged_copies = beside.damaged().filter(still).cloned().collect();
    let lost = again.lost().filter(|name| beside.lost().any(|before| before == *name));
    verdict.findings.extend(lost.map(|name| Finding::SlotsLost { name: name.to_owned() }));
    Ok(())
}
