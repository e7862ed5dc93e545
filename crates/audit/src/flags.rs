//! What an aggregator says of entries that do not count, against the rules themselves.

use crate::finding::{Fault, Finding};
use crate::fold::Fold;
use crate::testimony::Testimony;
use danvan_tlog::{Index, Origin};
use std::collections::BTreeMap;

/// The flags that the folded entries do not lead to, and those that a publication should have found stated: every entry that
/// does not count is flagged below the cut of the first publication that it comes before.
pub(crate) fn judge(fold: &Fold, testimony: &Testimony) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut first: BTreeMap<(&Origin, Index), Index> = BTreeMap::new();
    for flag in &testimony.flags {
        first.entry((&flag.log, flag.index)).or_insert(flag.stated_at);
        let computed = fold.flags.get(&(flag.log.clone(), flag.index)).map(|reason| reason.code());
        // An entry that is mirrored and cannot be read may well be as it is said to be.
        let read = fold.size_of(&flag.log).covers(flag.index);
        let mirrored = testimony.mirrors.get(&flag.log).is_some_and(|mirror| mirror.size().covers(flag.index));
        if computed != Some(flag.reason.as_str()) && (read || !mirrored) {
            let (log, entry, stated) = (flag.log.clone(), flag.index, flag.reason.clone());
            let fault = Fault::FlagFalse { log, entry, stated, computed: computed.map(str::to_owned) };
            findings.push(Finding::at(testimony.origin.clone(), flag.stated_at, fault));
        }
    }
    for ((log, index), reason) in &fold.flags {
        let brought = testimony.points(log).iter().find(|point| point.size.covers(*index));
        let cut = brought.and_then(|point| testimony.cuts.iter().filter(|cut| cut.covers(point.stated_at)).min());
        let stated_at = first.get(&(log, *index));
        if cut.is_some_and(|cut| !stated_at.is_some_and(|stated_at| cut.covers(*stated_at))) {
            let fault = Fault::FlagMissing { reason: reason.code().to_owned(), by: testimony.origin.clone() };
            findings.push(Finding::at(log.clone(), *index, fault));
        }
    }
    findings
}
