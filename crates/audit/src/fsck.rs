//! Was history kept? Every log of a place against its own bytes, its signatures, and the other logs.

use crate::aggregator_log::{self, AggregatorLog};
use crate::error::AuditError;
use crate::evidence;
use crate::finding::{Fault, Finding};
use crate::flags;
use crate::fold::Fold;
use crate::held_log::{HeldLog, HeldNote};
use crate::history::{self, History, Successions};
use crate::note_check::{NoteCheck, claimed_size};
use crate::place::{Opened, Place};
use crate::report::{LogSummary, Report};
use crate::testimony::Testimony;
use crate::unit_log;
use crate::walk::Walk;
use danvan_event::{Entry, Event, Source};
use danvan_tlog::{Index, Origin, Policy, Size};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;
use std::path::Path;

/// Checks every log of a place under a policy.
///
/// On a running system notes are read before the entries that they speak of, and the aggregator's log before those of the
/// units, so that what is appended meanwhile is no finding.
pub fn fsck(place: &Place, policy: &Policy) -> Result<Report, AuditError> {
    let mut audit = Audit {
        policy,
        export: matches!(place, Place::Export(_)),
        findings: Vec::new(),
        logs: BTreeMap::new(),
        walks: BTreeMap::new(),
    };
    let first = audit.keep(place.open()?);
    if first.is_empty() && audit.findings.is_empty() {
        return Err(AuditError::NotAPlace(place.directory().to_owned()));
    }
    let notes: BTreeMap<Origin, Vec<HeldNote>> = first.iter().map(|log| (log.origin().clone(), log.notes())).collect();
    let (aggregators, units): (Vec<_>, Vec<_>) = first.into_iter().partition(|log| is_aggregator(log.as_ref()));
    let present: BTreeSet<Origin> = units.iter().map(|log| log.origin().clone()).collect();
    let mut testimonies = Vec::new();
    for log in &aggregators {
        testimonies.push(audit.aggregator(log.as_ref(), &notes, &present));
    }
    let successions = history::successions(units.iter().map(AsRef::as_ref), &testimonies);
    drop(units);
    let again = place.open()?.into_iter().filter_map(Result::ok);
    for log in again.filter(|log| present.contains(log.origin())) {
        audit.unit(log.as_ref(), &notes, &aggregators, &testimonies, &successions);
    }
    audit.mirrored_only(&testimonies);
    audit.successions(&successions, &testimonies);
    audit.flags(place, &aggregators, &testimonies)?;
    if let Place::Data(directory) = place {
        audit.kept_forks(&directory.join("aggregator/forks"), &aggregators, &testimonies);
    }
    let Audit { findings, logs, .. } = audit;
    Ok(Report::new(logs.into_values().collect(), findings))
}

/// Whether the first entry of a log was spoken by an aggregator.
pub(crate) fn is_aggregator(log: &dyn HeldLog) -> bool {
    let mut found = false;
    log.visit(&mut |index, record| {
        if let (Index::ZERO, Ok(entry)) = (index, Entry::parse(record.entry.clone())) {
            found = matches!((entry.event(), entry.source()), (Event::NodeOpened(_), Source::Aggregator(_)));
        }
        ControlFlow::Break(())
    });
    found
}

struct Audit<'a> {
    policy: &'a Policy,
    export: bool,
    findings: Vec<Finding>,
    logs: BTreeMap<Origin, LogSummary>,
    /// The logs of units that lie here themselves.
    walks: BTreeMap<Origin, Walk>,
}

impl Audit<'_> {
    /// Keeps the logs that could be opened and reports the others.
    fn keep(&mut self, opened: Vec<Opened>) -> Vec<Box<dyn HeldLog>> {
        let mut kept = Vec::new();
        for log in opened {
            match log {
                Ok(log) => kept.push(log),
                Err(error) => {
                    let (place, reason) = match error {
                        AuditError::Unreadable { place, reason } => (place, reason),
                        other => (String::new(), other.to_string()),
                    };
                    self.findings.push(Finding {
                        origin: None,
                        index: None,
                        fault: Fault::Unreadable { place, reason },
                    });
                }
            }
        }
        kept
    }

    fn aggregator(
        &mut self,
        log: &dyn HeldLog,
        notes: &BTreeMap<Origin, Vec<HeldNote>>,
        present: &BTreeSet<Origin>,
    ) -> Testimony {
        let origin = log.origin();
        let notes = notes.get(origin).map_or(&[][..], Vec::as_slice);
        let AggregatorLog { walk, testimony, findings } =
            aggregator_log::read(log, self.policy, wanted(notes), present);
        self.findings.extend(findings);
        let check = NoteCheck { origin, policy: self.policy, walk: &walk, testimonies: &[], quorum: false };
        let signed = check.run(notes, &mut self.findings);
        self.files(log);
        self.summary(origin, walk.size(), signed, Size::ZERO, log.history());
        testimony
    }

    fn unit(
        &mut self,
        log: &dyn HeldLog,
        notes: &BTreeMap<Origin, Vec<HeldNote>>,
        aggregators: &[Box<dyn HeldLog>],
        testimonies: &[Testimony],
        successions: &Successions,
    ) {
        let origin = log.origin();
        let notes = notes.get(origin).map_or(&[][..], Vec::as_slice);
        let mut wanted = wanted(notes);
        wanted.extend(history::ends_of(origin, successions).map(|(_, previous)| previous.size));
        let (walk, findings) = unit_log::read(log, self.policy, wanted, testimonies);
        self.findings.extend(findings);
        let check = NoteCheck { origin, policy: self.policy, walk: &walk, testimonies, quorum: self.export };
        let signed = check.run(notes, &mut self.findings);
        let mut mirrored = Size::ZERO;
        for testimony in testimonies {
            let aggregator = aggregators.iter().find(|log| *log.origin() == testimony.origin && log.has_batches());
            self.findings.extend(unit_log::compare(log, &walk, aggregator.map(AsRef::as_ref), testimony));
            mirrored = testimony.mirrors.get(origin).map_or(mirrored, |mirror| mirrored.max(mirror.size()));
        }
        self.files(log);
        self.summary(origin, walk.size(), signed, mirrored, log.history());
        self.walks.insert(origin.clone(), walk);
    }

    /// The logs of which only a mirror, or only an enrolment, is here. In an export every mirrored log must be there. One that the
    /// policy does not list proves nothing, whatever key the aggregator states for it.
    fn mirrored_only(&mut self, testimonies: &[Testimony]) {
        for testimony in testimonies {
            for (origin, mirror) in &testimony.mirrors {
                if self.logs.contains_key(origin) {
                    continue;
                }
                let unknown = Finding::of_log(origin.clone(), Fault::UnknownLog);
                if self.policy.log_key(origin).is_none() && !self.findings.contains(&unknown) {
                    self.findings.push(unknown);
                }
                if mirror.size().is_empty() {
                    continue;
                }
                if self.export {
                    let path = format!("{}/checkpoint", origin.directory());
                    self.findings.push(Finding::of_log(origin.clone(), Fault::FileMissing { path }));
                }
                self.summary(origin, mirror.size(), mirror.signed, mirror.size(), History::default());
            }
        }
    }

    /// Names the log before each one that goes on, and holds its end against what is here of it.
    fn successions(&mut self, successions: &Successions, testimonies: &[Testimony]) {
        for (origin, previous) in successions {
            if let Some(log) = self.logs.get_mut(origin) {
                log.history.previous.get_or_insert_with(|| previous.clone());
            }
        }
        self.findings.extend(history::judge(successions, &self.walks, testimonies));
    }

    /// What the aggregators say does not count. An export has no batches: there the logs themselves are folded.
    fn flags(
        &mut self,
        place: &Place,
        aggregators: &[Box<dyn HeldLog>],
        testimonies: &[Testimony],
    ) -> Result<(), AuditError> {
        let logs: Vec<_> =
            if self.export { place.open()?.into_iter().filter_map(Result::ok).collect() } else { vec![] };
        let logs: Vec<&dyn HeldLog> = logs.iter().map(AsRef::as_ref).collect();
        for (aggregator, testimony) in aggregators.iter().zip(testimonies) {
            let read = self.logs.get(&testimony.origin).map_or(Size::ZERO, |log| log.size);
            self.findings.extend(flags::judge(&Fold::at(aggregator.as_ref(), &logs, read), testimony));
        }
        Ok(())
    }

    /// The forks that the aggregator was sent and that the logs here do not show.
    fn kept_forks(&mut self, directory: &Path, aggregators: &[Box<dyn HeldLog>], testimonies: &[Testimony]) {
        for (aggregator, testimony) in aggregators.iter().zip(testimonies) {
            for fork in evidence::forks(directory, aggregator.as_ref(), testimony, self.policy) {
                if !self.findings.iter().any(|known| known.origin == fork.origin && known.code() == fork.code()) {
                    self.findings.push(fork);
                }
            }
        }
    }

    fn files(&mut self, log: &dyn HeldLog) {
        let faults = log.faults().into_iter().map(|fault| Finding::of_log(log.origin().clone(), fault));
        self.findings.extend(faults);
    }

    fn summary(&mut self, origin: &Origin, own: Size, signed: Size, mirrored: Size, history: History) {
        let summary = LogSummary { origin: origin.clone(), size: own.max(mirrored), signed, mirrored, history };
        if self.logs.insert(origin.clone(), summary).is_some() {
            let (place, reason) = (origin.to_string(), "the log lies here more than once".to_owned());
            self.findings.push(Finding::of_log(origin.clone(), Fault::Unreadable { place, reason }));
        }
    }
}

fn wanted(notes: &[HeldNote]) -> BTreeSet<Size> {
    notes.iter().filter_map(claimed_size).collect()
}
