//! Where two histories of one log part.

use crate::aggregator_log::batch_of;
use crate::held_log::HeldLog;
use crate::testimony::Point;
use danvan_tlog::{Hash, Index, leaf_hash};
use std::ops::ControlFlow;

/// The first index between `point.start` and `point.size` at which the unit's log and the batch in the aggregator's log
/// differ, and both leaf hashes. `None` when one of the two cannot be read there.
pub(crate) fn find(log: &dyn HeldLog, aggregator: &dyn HeldLog, point: &Point) -> Option<(Index, Hash, Hash)> {
    let mut batch = None;
    aggregator.visit(&mut |index, record| {
        if index < point.stated_at {
            return ControlFlow::Continue(());
        }
        batch = (index == point.stated_at).then(|| batch_of(aggregator, record)).flatten();
        ControlFlow::Break(())
    });
    let batch = batch?;
    let mirrored: Vec<Hash> = batch.leaves().collect();
    let range = batch.range();
    let mut found = None;
    log.visit(&mut |index, record| {
        if index < range.start().next_index() {
            return ControlFlow::Continue(());
        }
        let at = usize::try_from(index.get() - range.start().get()).ok();
        let Some(mirrored) = at.and_then(|at| mirrored.get(at)).copied() else {
            return ControlFlow::Break(());
        };
        let own = leaf_hash(&record.entry);
        if own == mirrored {
            return ControlFlow::Continue(());
        }
        found = Some((index, own, mirrored));
        ControlFlow::Break(())
    });
    found
}
