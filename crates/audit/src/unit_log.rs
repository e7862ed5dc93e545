//! A unit's log against its checkpoints, its receipts and what the aggregators mirrored of it.

use crate::finding::{Fault, Finding};
use crate::fork;
use crate::held_log::HeldLog;
use crate::opening;
use crate::testimony::{Point, Testimony};
use crate::walk::Walk;
use danvan_tlog::{Index, Policy, Size};
use std::collections::BTreeSet;
use std::ops::ControlFlow;

/// Reads a unit's log; remembers the roots at the `wanted` sizes and at every mirrored one.
pub(crate) fn read(
    log: &dyn HeldLog,
    policy: &Policy,
    mut wanted: BTreeSet<Size>,
    testimonies: &[Testimony],
) -> (Walk, Vec<Finding>) {
    let origin = log.origin();
    wanted.extend(testimonies.iter().flat_map(|testimony| testimony.points(origin)).map(|point| point.size));
    let mut walk = Walk::new(wanted);
    let mut findings = Vec::new();
    let damage = log.visit(&mut |index, record| {
        let duplicate = walk.push(index, &record.entry);
        findings.extend(duplicate.map(|fault| Finding::at(origin.clone(), index, fault)));
        if index == Index::ZERO {
            findings.extend(
                opening::fault(&record.entry, origin, policy).map(|fault| Finding::at(origin.clone(), index, fault)),
            );
        }
        if record.attachment.is_some() && log.has_batches() {
            findings.push(Finding::at(origin.clone(), index, Fault::AttachmentUnclaimed));
        }
        ControlFlow::Continue(())
    });
    findings.extend(damage.into_iter().map(|(index, fault)| Finding { origin: Some(origin.clone()), index, fault }));
    (walk, findings)
}

/// Compares a unit's log with its mirror; `aggregator` is the log in which `testimony` stands.
pub(crate) fn compare(
    log: &dyn HeldLog,
    walk: &Walk,
    aggregator: Option<&dyn HeldLog>,
    testimony: &Testimony,
) -> Option<Finding> {
    let origin = log.origin();
    let points = testimony.points(origin);
    let by = format!("mirror of {}", testimony.origin);
    let differing = points.iter().find(|point| walk.root_at(point.size).is_some_and(|root| root != point.root));
    if let Some(point) = differing {
        if let Some((index, own, mirrored)) = aggregator.and_then(|aggregator| fork::find(log, aggregator, point)) {
            return Some(Finding::at(origin.clone(), index, Fault::Forked { own, mirrored }));
        }
        let computed = walk.root_at(point.size)?;
        let fault = Fault::RootDiffers { size: point.size, computed, signed: point.root, by };
        return Some(Finding::of_log(origin.clone(), fault));
    }
    let claimed = points.iter().map(|point: &Point| point.size).max()?;
    let shorter = walk.is_whole() && walk.size() < claimed;
    shorter.then(|| Finding::of_log(origin.clone(), Fault::Shorter { size: walk.size(), claimed, by }))
}
