//! The fold of an aggregator's own log.

use std::collections::BTreeMap;

use danvan_event::{Entry, Event, PledgeCatalogPublished, Source, Timestamp};
use serde::{Deserialize, Serialize};

use crate::applied::{Applied, FlagReason};
use crate::day::Day;
use crate::event_ids::EventIds;
use crate::evidence::Evidence;
use crate::publishing;
use crate::registry::Registry;
use crate::rule::Rule;
use crate::speaker;
use crate::succession;

/// What an aggregator's log says, and what the fold must remember to judge its next entries.
///
/// The clock rules of a unit's log are not asked here: the order of an aggregator's facts is that of their indices, and a
/// corrected clock must not hide a receipt.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct AggregatorModel {
    next: u64,
    ids: EventIds,
    flagged: BTreeMap<Evidence, FlagReason>,
    registry: Registry,
}

impl AggregatorModel {
    pub(crate) fn registry(&self) -> &Registry {
        &self.registry
    }

    pub(crate) fn check(&self, source: &Source, entry: &Entry) -> Result<(), FlagReason> {
        if entry.source() != source {
            return Err(FlagReason::ForeignSource);
        }
        if self.ids.contains(entry.id()) {
            return Err(FlagReason::DuplicateId);
        }
        match entry.event() {
            Event::NodeOpened(_) if self.next > 0 => Err(Rule::OpenedLater.into()),
            // The most frequent type of these logs by far.
            Event::CheckpointCosigned(_) => Ok(()),
            Event::UnitSucceeded(fact) => succession::check(fact).map_err(Into::into),
            Event::UnitTreePublished(fact) => check_span(&fact.valid_from, fact.valid_until.as_deref()),
            Event::AggregatorAssigned(fact) => check_span(&fact.valid_from, fact.valid_until.as_deref()),
            Event::PledgeCatalogPublished(fact) => {
                speaker::check(entry)?;
                self.check_version(fact)
            }
            event @ (Event::EvaluatorDelisted(_)
            | Event::OperatorDelisted(_)
            | Event::PeriodOpened(_)
            | Event::PeriodClosed(_)
            | Event::RankingApproved(_)
            | Event::RankingPublished(_)) => publishing::check(&self.registry, self.next, entry.recordedtime(), event),
            _ => speaker::check(entry),
        }
    }

    /// A version of a catalogue never changes: units cite it by its name.
    fn check_version(&self, fact: &PledgeCatalogPublished) -> Result<(), FlagReason> {
        let mut held = self.registry.catalogues().iter().map(|held| &held.fact);
        let again = held.any(|held| (&held.catalog, &held.version) == (&fact.catalog, &fact.version));
        if again { Err(Rule::CataloguePublishedBefore.into()) } else { Ok(()) }
    }

    pub(crate) fn apply(&mut self, source: &Source, at: Evidence, entry: Result<&Entry, FlagReason>) -> Applied {
        if at.index() < self.next {
            return Applied::Ignored;
        }
        let judged = entry.and_then(|entry| self.check(source, entry).map(|()| entry));
        self.next = at.index() + 1;
        match judged {
            Ok(entry) => {
                self.ids.insert(entry.id());
                self.registry.tell_time(entry.recordedtime());
                self.record(at, entry.recordedtime(), entry.event())
            }
            Err(reason) => {
                self.flagged.insert(at, reason);
                Applied::Flagged(reason)
            }
        }
    }

    fn record(&mut self, at: Evidence, recorded: Timestamp, event: &Event) -> Applied {
        match event {
            Event::NodeOpened(fact) => self.registry.open_log(&fact.origin),
            Event::UnitRegistered(fact) => self.registry.register(at, fact.clone()),
            Event::NodeEnrolled(fact) => self.registry.enrol(at, fact.clone()),
            Event::CheckpointCosigned(fact) => self.registry.cosign(at, recorded, fact.clone()),
            Event::EvaluatorListed(fact) => self.registry.list_evaluator(at, fact.clone()),
            Event::EvaluatorDelisted(fact) => self.registry.delist_evaluator(at, fact.clone()),
            Event::RulebookAdopted(fact) => self.registry.adopt(at, fact.clone()),
            Event::EntryFlagged(fact) => self.registry.flag(at, fact.clone()),
            Event::OperatorListed(fact) => self.registry.list_operator(at, fact.clone()),
            Event::OperatorDelisted(fact) => self.registry.delist_operator(at, fact.clone()),
            Event::PeriodOpened(fact) => self.registry.open_period(at, recorded, fact.clone()),
            Event::PeriodClosed(fact) => self.registry.close_period(at, fact.clone()),
            Event::RankingApproved(fact) => self.registry.approve(at, fact.clone()),
            Event::RankingPublished(fact) => self.registry.publish(at, fact.clone()),
            Event::PledgeCatalogPublished(fact) => self.registry.publish_catalogue(at, fact.clone()),
            Event::UnitTreePublished(fact) => self.registry.publish_tree(at, fact.clone()),
            Event::UnitSucceeded(fact) => self.registry.succeed(at, fact.clone()),
            Event::AggregatorAssigned(fact) => self.registry.assign(at, fact.clone()),
            _ => return Applied::Ignored,
        }
        Applied::Counted
    }
}

/// Whether something begins and ends on days of the calendar, and ends after it began.
fn check_span(from: &str, until: Option<&str>) -> Result<(), FlagReason> {
    let day = |text: &str| text.parse::<Day>().map_err(|_| Rule::DayShape);
    let from = day(from)?;
    match until.map(day).transpose()? {
        Some(until) if until <= from => Err(Rule::SpanReversed.into()),
        _ => Ok(()),
    }
}
