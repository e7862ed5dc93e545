//! The history of a log: the one that it goes on for, where it ended, and what operators decided about it.

use crate::finding::{Fault, Finding};
use crate::held_log::HeldLog;
use crate::testimony::Testimony;
use crate::walk::Walk;
use danvan_event::{Entry, Event, PreviousLog};
use danvan_ledger::LedgerReader;
use danvan_tlog::{Hash, Index, Origin, Size};
use serde::Serialize;
use std::collections::BTreeMap;
use std::ops::ControlFlow;

/// What is known of the history of a log beside its entries. Most logs have nothing of it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct History {
    /// The log before it, which ended past repair, as its first entry says.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub previous: Option<Previous>,
    /// Where it ended, as the ledger says.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ended: Option<Ended>,
    /// Each decision of an operator to go on without an aggregator that did not say what it holds, the oldest first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub forgone: Vec<Forgone>,
    /// It came out of a backup, and nobody was asked yet what it lacks.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub restored: bool,
}

/// A log that ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Previous {
    /// Its name.
    pub origin: Origin,
    /// Its last size.
    pub size: Size,
    /// Its last root.
    pub root: Hash,
    /// How many acknowledged entries beyond that went on, as the ledger says; absent where there is none to read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub carried: Option<u64>,
    /// How many are lost.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lost: Option<u64>,
}

/// The end of a log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Ended {
    /// Its last size.
    pub size: Size,
    /// The log that goes on.
    pub successor: Origin,
}

/// A decision of an operator.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Forgone {
    /// How many entries the log had when it went on.
    pub size: Size,
    /// Who was not heard.
    pub aggregator: String,
}

impl History {
    /// What a ledger says of it.
    pub(crate) fn of_ledger(ledger: &LedgerReader) -> Self {
        let previous = ledger.previous().map(|previous| Previous {
            origin: previous.origin.clone(),
            size: previous.size,
            root: previous.root,
            carried: Some(previous.carried),
            lost: Some(previous.lost),
        });
        let ended = ledger.frozen();
        let forgone = ledger.forgone().iter();
        Self {
            previous,
            ended: ended.map(|frozen| Ended { size: frozen.size, successor: frozen.successor.clone() }),
            forgone: forgone.map(|d| Forgone { size: d.size, aggregator: d.aggregator.clone() }).collect(),
            restored: ledger.is_restored(),
        }
    }
}

impl Previous {
    fn named(previous: &PreviousLog) -> Option<Self> {
        let (origin, size) = (Origin::new(&*previous.origin).ok()?, Size::new(previous.size)?);
        Some(Self { origin, size, root: previous.root.parse().ok()?, carried: None, lost: None })
    }
}

/// The log that the first entry of a log goes on for.
pub(crate) fn previous_in(first: &[u8]) -> Option<Previous> {
    let entry = Entry::parse(first.to_vec()).ok()?;
    match entry.event() {
        Event::NodeOpened(opened) => Previous::named(opened.previous.as_ref()?),
        _ => None,
    }
}

/// The successions that the first entries of logs speak of, by the log that goes on.
pub(crate) type Successions = BTreeMap<Origin, Previous>;

/// Takes in what the logs here and those that are mirrored say.
pub(crate) fn successions<'l>(
    logs: impl IntoIterator<Item = &'l dyn HeldLog>,
    testimonies: &[Testimony],
) -> Successions {
    let mirrored = testimonies.iter().flat_map(|testimony| &testimony.mirrors);
    let mirrored = mirrored.filter_map(|(origin, mirror)| Some((origin.clone(), mirror.previous.clone()?)));
    let mut found: Successions = mirrored.collect();
    for log in logs {
        log.visit(&mut |index, record| {
            if index == Index::ZERO
                && let Some(previous) = previous_in(&record.entry)
            {
                found.insert(log.origin().clone(), previous);
            }
            ControlFlow::Break(())
        });
    }
    found
}

/// The sizes at which a log ended, as those say that go on for it.
pub(crate) fn ends_of<'s>(
    log: &'s Origin,
    successions: &'s Successions,
) -> impl Iterator<Item = (&'s Origin, &'s Previous)> {
    successions.iter().filter(move |(_, previous)| previous.origin == *log)
}

/// What is wrong with the successions: a log that goes on for another than the one before it, an end that the entries do not have,
/// and entries behind an end, as far as the `walks` of the logs here and the testimonies tell.
pub(crate) fn judge(
    successions: &Successions,
    walks: &BTreeMap<Origin, Walk>,
    testimonies: &[Testimony],
) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (origin, previous) in successions {
        if previous.origin.next_incarnation().ok().as_ref() != Some(origin) {
            let reason = format!("it goes on for {}", previous.origin);
            findings.push(Finding::at(origin.clone(), Index::ZERO, Fault::BadOpening { reason }));
            continue;
        }
        let own = walks.get(&previous.origin);
        let points = || testimonies.iter().flat_map(|testimony| testimony.points(&previous.origin));
        let mirrored = || points().find(|point| point.size == previous.size).map(|point| point.root);
        let computed = own.and_then(|walk| walk.root_at(previous.size)).or_else(mirrored);
        if let Some(computed) = computed.filter(|computed| *computed != previous.root) {
            let (size, signed, by) = (previous.size, previous.root, format!("first entry of {origin}"));
            let fault = Fault::RootDiffers { size, computed, signed, by };
            findings.push(Finding::of_log(previous.origin.clone(), fault));
        }
        let held = points().map(|point| point.size).chain(own.map(Walk::size)).max().unwrap_or_default();
        if held > previous.size {
            let fault = Fault::BeyondEnd { size: held, end: previous.size, successor: origin.clone() };
            findings.push(Finding::of_log(previous.origin.clone(), fault));
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testimony::{Mirror, Point};
    use danvan_tlog::{Frontier, leaf_hash};

    fn origin(text: &str) -> Origin {
        Origin::new(text).unwrap()
    }

    fn entries(count: u8) -> Vec<Vec<u8>> {
        (0..count).map(|n| vec![n]).collect()
    }

    fn root_of(count: u8) -> Hash {
        Frontier::of(entries(count).iter().map(|entry| leaf_hash(entry))).root()
    }

    /// The codes for a log of which `own` entries lie here and `mirrored` are mirrored, when the next log says that it ended so.
    fn codes(own: Option<u8>, mirrored: u8, (next, size, root): (&str, u8, Hash)) -> Vec<&'static str> {
        let previous =
            Previous { origin: origin("x/u/y"), size: Size::from(u32::from(size)), root, carried: None, lost: None };
        let mut walks = BTreeMap::new();
        if let Some(own) = own {
            let mut walk = Walk::new([previous.size]);
            for (index, entry) in Size::MAX.range().iter().zip(entries(own)) {
                walk.hash(index, &entry);
            }
            walks.insert(origin("x/u/y"), walk);
        }
        let mut testimony = Testimony::new(origin("x/a/z"));
        let points = (1..=mirrored).map(|count| Point {
            start: Size::from(u32::from(count - 1)),
            size: Size::from(u32::from(count)),
            root: root_of(count),
            stated_at: Index::ZERO,
        });
        testimony.mirrors.insert(origin("x/u/y"), Mirror { points: points.collect(), ..Mirror::default() });
        let findings = judge(&Successions::from([(origin(next), previous)]), &walks, &[testimony]);
        findings.iter().map(Finding::code).collect()
    }

    #[test]
    fn an_end_is_held_against_the_entries_wherever_they_are() {
        let nothing: [&str; 0] = [];
        for (own, mirrored) in [(Some(5), 5), (Some(5), 3), (None, 5), (None, 3), (None, 0)] {
            assert_eq!(codes(own, mirrored, ("x/u/y/2", 5, root_of(5))), nothing, "{own:?} {mirrored}");
        }
        for (own, mirrored) in [(Some(5), 5), (None, 5)] {
            assert_eq!(codes(own, mirrored, ("x/u/y/2", 5, root_of(4))), ["root_differs"], "{own:?} {mirrored}");
        }
    }

    #[test]
    fn entries_behind_an_end_and_a_life_out_of_turn_are_found() {
        assert_eq!(codes(Some(5), 7, ("x/u/y/2", 5, root_of(5))), ["beyond_end"]);
        assert_eq!(codes(None, 7, ("x/u/y/2", 5, root_of(5))), ["beyond_end"]);
        assert_eq!(codes(Some(5), 5, ("x/u/y/3", 5, root_of(5))), ["bad_opening"]);
        assert_eq!(codes(Some(5), 5, ("x/u/other/2", 5, root_of(5))), ["bad_opening"]);
    }
}
