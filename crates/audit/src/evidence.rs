//! Contradictions that an aggregator was sent and kept: batches, signed by their log, against what it had mirrored.

use crate::aggregator_log::batch_of;
use crate::finding::{Fault, Finding};
use crate::held_log::HeldLog;
use crate::place::subdirectories;
use crate::testimony::Testimony;
use danvan_ledger::Attachment;
use danvan_tlog::{Batch, Frontier, Hash, Index, IndexRange, MAX_BATCH_UNPACKED_BYTES, Origin, Policy, leaf_hash};
use std::collections::BTreeMap;
use std::fs;
use std::ops::ControlFlow;
use std::path::Path;

/// The forks that the files in `directory` prove, one finding per log. A batch proves something only when its log's key in
/// the policy signed it.
pub(crate) fn forks(
    directory: &Path,
    aggregator: &dyn HeldLog,
    testimony: &Testimony,
    policy: &Policy,
) -> Vec<Finding> {
    let mut found = BTreeMap::new();
    for log in subdirectories(directory).unwrap_or_default() {
        let Ok(files) = fs::read_dir(&log) else { continue };
        for file in files.filter_map(Result::ok) {
            if let Some(fork) = fork(&file.path(), aggregator, testimony, policy) {
                found.entry(fork.origin.clone()).or_insert(fork);
            }
        }
    }
    found.into_values().collect()
}

fn fork(file: &Path, aggregator: &dyn HeldLog, testimony: &Testimony, policy: &Policy) -> Option<Finding> {
    let packed = fs::read(file).ok()?;
    let batch = Batch::decode(&Attachment::unpack(&packed, MAX_BATCH_UNPACKED_BYTES).ok()?).ok()?;
    let (origin, size) = (batch.origin().clone(), batch.range().end());
    let signed = batch.open(policy.log_key(&origin)?).ok()?;
    let mut held = mirrored_leaves(aggregator, testimony, &origin, size.range());
    held.retain(|index, _| size.covers(*index));
    let differs = batch.range().iter().zip(batch.leaves()).find_map(|(index, own)| {
        let mirrored = *held.get(&index).filter(|mirrored| **mirrored != own)?;
        Some((index, Fault::Forked { own, mirrored }))
    });
    if let Some((index, fault)) = differs {
        return Some(Finding::at(origin, index, fault));
    }
    // Every entry in the batch may be the one that is held; then the histories differ before it.
    let whole = held.len() as u64 == size.get();
    let mirrored = whole.then(|| Frontier::of(held.into_values()).root())?;
    let other = signed.root();
    (mirrored != other).then(|| Finding::of_log(origin, Fault::TwoRoots { size, mirrored, other }))
}

fn mirrored_leaves(
    aggregator: &dyn HeldLog,
    testimony: &Testimony,
    origin: &Origin,
    range: IndexRange,
) -> BTreeMap<Index, Hash> {
    let points = testimony.points(origin).iter();
    let overlapping = points.filter(|point| point.start < range.end() && range.start() < point.size);
    let stated_at: Vec<Index> = overlapping.map(|point| point.stated_at).collect();
    let mut leaves = BTreeMap::new();
    aggregator.visit(&mut |index, record| {
        if stated_at.last().is_none_or(|last| index > *last) {
            return ControlFlow::Break(());
        }
        if let (true, Some(batch)) = (stated_at.contains(&index), batch_of(aggregator, record)) {
            leaves.extend(batch.range().iter().zip(batch.entries().iter().map(|entry| leaf_hash(entry))));
        }
        ControlFlow::Continue(())
    });
    leaves
}
