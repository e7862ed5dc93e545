//! Contradictions that an aggregator was sent and kept: batches, signed by their log, against what it had mirrored.

use crate::aggregator_log::batch_of;
use crate::finding::{Fault, Finding};
use crate::held_log::HeldLog;
use crate::place::subdirectories;
use crate::testimony::Testimony;
use danvan_ledger::Attachment;
use danvan_tlog::{Batch, Hash, Index, IndexRange, MAX_BATCH_UNPACKED_BYTES, Origin, Policy, leaf_hash};
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
            if let Some((origin, index, fault)) = fork(&file.path(), aggregator, testimony, policy) {
                found.entry(origin).or_insert((index, fault));
            }
        }
    }
    found.into_iter().map(|(origin, (index, fault))| Finding::at(origin, index, fault)).collect()
}

fn fork(
    file: &Path,
    aggregator: &dyn HeldLog,
    testimony: &Testimony,
    policy: &Policy,
) -> Option<(Origin, Index, Fault)> {
    let packed = fs::read(file).ok()?;
    let batch = Batch::decode(&Attachment::unpack(&packed, MAX_BATCH_UNPACKED_BYTES).ok()?).ok()?;
    batch.open(policy.log_key(batch.origin())?).ok()?;
    let held = mirrored_leaves(aggregator, testimony, batch.origin(), batch.range());
    batch.range().iter().zip(batch.leaves()).find_map(|(index, own)| {
        let mirrored = *held.get(&index).filter(|mirrored| **mirrored != own)?;
        Some((batch.origin().clone(), index, Fault::Forked { own, mirrored }))
    })
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
