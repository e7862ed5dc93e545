//! The file that spares a start the reading of the whole own log: the read model, and what the mirror remembers of each log.
//!
//! Derived and disposable, and believed only when it is whole, was written by this version of the program, names this log, and
//! the tree that it names is that of the first entries of the own log. `schemas/config/aggregator.md` describes the bytes.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::io;
use std::path::Path;

use danvan_event::UnitId;
use danvan_ledger::{Ledger, ReadError};
use danvan_projection::{ReadModel, Snapshot, SnapshotError};
use danvan_replication::OriginState;
use danvan_tlog::{Frontier, Index, IndexRange, Origin, SignedCheckpoint, Size};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::archive::{HeldBatch, HeldLog};
use crate::roll::{Member, Roll, enrolled_key};
use crate::succession::Ended;

/// Whoever wrote a file as another version of the program may have folded by other rules: nothing of it is taken.
const WRITTEN_BY: &str = concat!("danvan-aggregator ", env!("CARGO_PKG_VERSION"), " layout 1");
const DIGEST_BYTES: usize = 32;
const LENGTH_BYTES: usize = 8;

/// Everything that the own log says below a cursor, as the running aggregator holds it.
#[derive(Clone)]
pub(crate) struct Kept {
    /// The tree over the own entries below the cursor, which is its size.
    pub(crate) tree: Frontier,
    pub(crate) model: ReadModel,
    pub(crate) roll: Roll,
    pub(crate) held: BTreeMap<Origin, HeldLog>,
}

/// What a start goes on from.
pub(crate) struct Resumed {
    pub(crate) kept: Kept,
    /// SHA-256 of the read model's bytes: what folding the same entries again must come to.
    pub(crate) model_sha256: [u8; DIGEST_BYTES],
}

/// Why a file was not gone on from. The start folds the own log from its beginning.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Refusal {
    #[error("it cannot be read: {0}")]
    Unreadable(io::Error),
    #[error("its digest differs")]
    Damaged,
    #[error("another version of the program wrote it")]
    OtherVersion,
    #[error("it contradicts itself: {0}")]
    Contradictory(String),
    #[error("it is of the log {0}")]
    ForeignOrigin(String),
    #[error("it reaches to {cursor}, the own log to {size}")]
    Ahead { cursor: Size, size: Size },
    #[error("the own log does not begin with the entries that it was made from")]
    OtherEntries,
    #[error("the own log could not be compared with it: {0}")]
    OwnLog(#[from] ReadError),
}

impl Refusal {
    /// A word for a metric's label.
    pub(crate) const fn label(&self) -> &'static str {
        match self {
            Self::Unreadable(_) => "unreadable",
            Self::Damaged => "damaged",
            Self::OtherVersion => "other_version",
            Self::Contradictory(_) => "contradictory",
            Self::ForeignOrigin(_) => "foreign_origin",
            Self::Ahead { .. } => "ahead",
            Self::OtherEntries => "other_entries",
            Self::OwnLog(_) => "own_log",
        }
    }
}

/// What stands behind the read model in the file.
#[derive(Serialize, Deserialize)]
struct Bound {
    written_by: String,
    origin: String,
    tree: Vec<u8>,
    logs: Vec<LogMemory>,
}

/// What the mirror remembers of one log.
#[derive(Serialize, Deserialize)]
struct LogMemory {
    origin: String,
    unit: UnitId,
    vkey: String,
    tree: Vec<u8>,
    /// The last note, as its node signed it and this aggregator cosigned it; absent while nothing is held.
    note: Option<Vec<u8>>,
    ended: Option<(u64, String, String)>,
    /// Of every held batch its end and the own index that it lies at.
    batches: Vec<(u64, u64)>,
    trees: Vec<Vec<u8>>,
}

impl Kept {
    /// The bytes of the file.
    pub(crate) fn to_bytes(&self, origin: &Origin) -> Result<Vec<u8>, SnapshotError> {
        let snapshot = Snapshot { cursor: self.tree.size().get(), model: self.model.clone() };
        let mut bytes = snapshot.to_bytes()?;
        let logs = self.roll.members().map(|(origin, member)| memory_of(origin, member, self.held.get(origin)));
        let bound = Bound {
            written_by: WRITTEN_BY.to_owned(),
            origin: origin.to_string(),
            tree: self.tree.to_bytes(),
            logs: logs.collect(),
        };
        let model_bytes = bytes.len();
        bytes = postcard::to_extend(&bound, bytes).map_err(|_| SnapshotError::Content)?;
        let bound_bytes = (bytes.len() - model_bytes) as u64;
        bytes.extend(bound_bytes.to_le_bytes());
        let digest = Sha256::digest(&bytes);
        bytes.extend_from_slice(&digest);
        Ok(bytes)
    }

    /// Where it ends.
    pub(crate) const fn cursor(&self) -> Size {
        self.tree.size()
    }
}

/// Reads the file, if there is one, and checks everything that it says against the ledger.
pub(crate) fn read(path: &Path, ledger: &Ledger) -> Result<Option<Resumed>, Refusal> {
    let bytes = match std::fs::read(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        read => read.map_err(Refusal::Unreadable)?,
    };
    let resumed = from_bytes(&bytes, ledger.origin())?;
    let (cursor, size) = (resumed.kept.cursor(), ledger.size());
    if cursor > size {
        return Err(Refusal::Ahead { cursor, size });
    }
    if !ledger.begins_with(&resumed.kept.tree)? {
        return Err(Refusal::OtherEntries);
    }
    Ok(Some(resumed))
}

fn from_bytes(bytes: &[u8], own: &Origin) -> Result<Resumed, Refusal> {
    let (rest, digest) = bytes.split_last_chunk::<DIGEST_BYTES>().ok_or(Refusal::Damaged)?;
    if Sha256::digest(rest).as_slice() != digest {
        return Err(Refusal::Damaged);
    }
    let (rest, length) = rest.split_last_chunk::<LENGTH_BYTES>().ok_or(Refusal::Damaged)?;
    let length = usize::try_from(u64::from_le_bytes(*length)).ok();
    let split = length.and_then(|length| rest.len().checked_sub(length)).ok_or(Refusal::OtherVersion)?;
    let (model, bound) = rest.split_at(split);
    // The first field says whether the others can be read.
    let (written_by, _) = postcard::take_from_bytes::<String>(bound).map_err(|_| Refusal::OtherVersion)?;
    if written_by != WRITTEN_BY {
        return Err(Refusal::OtherVersion);
    }
    let bound: Bound = postcard::from_bytes(bound).map_err(contradictory)?;
    if bound.origin != own.as_str() {
        return Err(Refusal::ForeignOrigin(bound.origin));
    }
    let model_sha256 = Sha256::digest(model).into();
    let snapshot = Snapshot::from_bytes(model).map_err(|error| match error {
        SnapshotError::Foreign => Refusal::OtherVersion,
        other => contradictory(other),
    })?;
    let tree = Frontier::from_bytes(&bound.tree).map_err(contradictory)?;
    if tree.size().get() != snapshot.cursor || tree.size().is_empty() {
        return Err(contradictory("the read model and the tree have different sizes"));
    }
    let mut kept = Kept { tree, model: snapshot.model, roll: Roll::default(), held: BTreeMap::new() };
    for memory in bound.logs {
        remember(&mut kept, memory)?;
    }
    Ok(Resumed { kept, model_sha256 })
}

fn contradictory(reason: impl Display) -> Refusal {
    Refusal::Contradictory(format!("{reason}"))
}

fn memory_of(origin: &Origin, member: &Member, held: Option<&HeldLog>) -> LogMemory {
    let ended = member.ended.as_ref();
    let batches = held.map_or(&[][..], |log| &log.batches).iter();
    LogMemory {
        origin: origin.to_string(),
        unit: member.unit.clone(),
        vkey: member.state.vkey().to_string(),
        tree: member.state.frontier().to_bytes(),
        note: member.state.last().map(SignedCheckpoint::to_bytes),
        ended: ended.map(|ended| (ended.size.get(), ended.root.to_string(), ended.successor.to_string())),
        batches: batches.map(|batch| (batch.range.end().get(), batch.own.get())).collect(),
        trees: held.map_or(&[][..], |log| &log.frontiers).iter().map(Frontier::to_bytes).collect(),
    }
}

/// Takes the memory of one log over. What its node signed must be the tree that is remembered, and what the read model knows to
/// be cosigned.
fn remember(kept: &mut Kept, memory: LogMemory) -> Result<(), Refusal> {
    let vkey = enrolled_key(&memory.origin, &memory.vkey).map_err(contradictory)?;
    let origin = vkey.name().origin();
    let tree = Frontier::from_bytes(&memory.tree).map_err(contradictory)?;
    let note = memory.note.as_deref().map(|note| SignedCheckpoint::open(note, &vkey)).transpose();
    let note = note.map_err(contradictory)?;
    let stated = kept.model.registry().cosigned().get(origin.as_str());
    let stated = stated.map(|held| (held.fact.size, held.fact.root.clone()));
    let signed = note.as_ref().map(|signed| (signed.size().get(), signed.root().to_string()));
    let remembered = (!tree.size().is_empty()).then(|| (tree.size().get(), tree.root().to_string()));
    if remembered != signed || remembered != stated {
        return Err(contradictory(format!("{origin} is remembered otherwise than it was signed or cosigned")));
    }
    let held =
        held_log(&memory, tree.size(), kept.cursor()).ok_or_else(|| contradictory(format!("batches of {origin}")))?;
    let ended = memory.ended.map(ended_of).transpose()?;
    let member = Member { unit: memory.unit, state: OriginState::restored(vkey, tree, note), ended };
    kept.roll.restore(origin.clone(), member);
    kept.held.insert(origin, held);
    Ok(())
}

/// The batches of a log, which follow each other up to `size` and lie in the own log in that order, below `cursor`.
fn held_log(memory: &LogMemory, size: Size, cursor: Size) -> Option<HeldLog> {
    let mut log = HeldLog::default();
    let mut at = Size::ZERO;
    for (end, own) in &memory.batches {
        let (end, own) = (Size::new(*end)?, Index::new(*own)?);
        let follows = log.batches.last().is_none_or(|last| last.own < own);
        if end <= at || !follows || !cursor.covers(own) {
            return None;
        }
        log.batches.push(HeldBatch { range: IndexRange::new(at, end).ok()?, own });
        at = end;
    }
    log.frontiers = memory.trees.iter().map(|tree| Frontier::from_bytes(tree).ok()).collect::<Option<_>>()?;
    let rising = log.frontiers.is_sorted_by(|a, b| a.size() < b.size());
    let below = log.frontiers.last().is_none_or(|last| last.size() <= size);
    (at == size && rising && below).then_some(log)
}

fn ended_of((size, root, successor): (u64, String, String)) -> Result<Ended, Refusal> {
    Ok(Ended {
        size: Size::new(size).ok_or_else(|| contradictory("the size of a log that ended"))?,
        root: root.parse().map_err(|_| contradictory("the root of a log that ended"))?,
        successor: Origin::new(successor).map_err(contradictory)?,
    })
}
