//! The end of a mirrored log: its unit says it in the first entry of the log that goes on.
//!
//! From then on nothing more of the old log is taken in, so that in the aggregator's own log, and in every fold of it, an
//! entry of an earlier incarnation never stands behind one of a later incarnation. What was held of it stays, is lent
//! and is exported.

use danvan_event::{Entry, Event};
use danvan_tlog::{Batch, Hash, Origin, Size};

use crate::archive::Archive;
use crate::roll::Roll;

/// Where a log ended, as the one that goes on says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Ended {
    pub(crate) size: Size,
    pub(crate) root: Hash,
    pub(crate) successor: Origin,
}

/// The log that this batch ends: only the first batch of its next incarnation does.
pub(crate) fn ended_by(batch: &Batch) -> Option<(Origin, Ended)> {
    if batch.range().start() != Size::ZERO {
        return None;
    }
    let first = Entry::parse(batch.entries().first()?.clone()).ok()?;
    let Event::NodeOpened(opened) = first.event() else { return None };
    let previous = opened.previous.as_ref()?;
    let origin = Origin::new(&*previous.origin).ok()?;
    let goes_on = origin.next_incarnation().is_ok_and(|next| next == *batch.origin());
    let ended =
        Ended { size: Size::new(previous.size)?, root: previous.root.parse().ok()?, successor: batch.origin().clone() };
    goes_on.then_some((origin, ended))
}

/// Ends the log that the batch ends, and traces what is held of it against what its unit says.
pub(crate) fn end(roll: &mut Roll, archive: &Archive, batch: &Batch) {
    let Some((origin, ended)) = ended_by(batch) else { return };
    let Some(member) = roll.get_mut(&origin) else { return };
    let (held, size) = (member.state.size(), ended.size);
    let (beyond, missing) = (held.entries_since(size), size.entries_since(held));
    let differs = size <= held && archive.frontier(&origin, size).is_ok_and(|tree| tree.root() != ended.root);
    tracing::warn!(%origin, successor = %ended.successor, %size, beyond, missing, "a log ended, past repair, and goes on");
    if differs {
        tracing::error!(%origin, %size, "the log that goes on names another root than that of the entries held here");
    }
    member.ended = Some(ended);
}

/// What a batch of a log that ended is told, where it would lead to more of it.
pub(crate) fn refusal(ended: &Ended) -> String {
    let Ended { size, successor, .. } = ended;
    format!("the log ended at {size} and goes on as {successor}: no more of it is taken in")
}
