//! The aggregator's own words: entries of its own log, in the order in which they are written.

use std::sync::Arc;

use danvan_daemon::{Clock, Randomness};
use danvan_event::{
    AggregatorAssigned, AggregatorName, Canon, CanonError, CheckpointCosigned, Entry, EntryError, EntryFlagged,
    EvaluatorDelisted, EvaluatorListed, EventId, EventType, NodeEnrolled, NodeOpened, OperatorDelisted, OperatorListed,
    OwnEvent, PeriodClosed, PeriodOpened, PledgeCatalogPublished, RankingApproved, RankingPublished, RulebookAdopted,
    Source, Timestamp, UnitRegistered, UnitSucceeded, UnitTreePublished, make_entry,
};
use danvan_tlog::Origin;

/// Why an entry could not be written down. A mistake of the program or a failed source of randomness; the caller reports it.
#[derive(Debug, thiserror::Error)]
pub enum ScribeError {
    /// The generator of ids is out of order.
    #[error("no random bytes for an id: {0}")]
    Randomness(#[from] std::io::Error),
    /// The clock shows a year that no entry can name. The operator sets the clock.
    #[error("the clock cannot be used: {0}")]
    Clock(#[from] danvan_event::TimestampError),
    /// The words do not make an entry.
    #[error(transparent)]
    Entry(#[from] EntryError),
    /// The words have no canonical form.
    #[error(transparent)]
    Canon(#[from] CanonError),
    /// The type has no valid name.
    #[error(transparent)]
    Type(#[from] danvan_event::EventTypeError),
}

/// One statement of an aggregator.
pub(crate) enum Statement {
    Opened(NodeOpened),
    RulebookAdopted(RulebookAdopted),
    CataloguePublished(PledgeCatalogPublished),
    TreePublished(UnitTreePublished),
    Assigned(AggregatorAssigned),
    UnitRegistered(UnitRegistered),
    UnitSucceeded(UnitSucceeded),
    NodeEnrolled(NodeEnrolled),
    EvaluatorListed(EvaluatorListed),
    EvaluatorDelisted(EvaluatorDelisted),
    OperatorListed(OperatorListed),
    OperatorDelisted(OperatorDelisted),
    Cosigned(CheckpointCosigned),
    Flagged(EntryFlagged),
    PeriodOpened(PeriodOpened),
    PeriodClosed(PeriodClosed),
    Approved(RankingApproved),
    Published(RankingPublished),
}

impl Statement {
    const fn short_type(&self) -> &'static str {
        match self {
            Self::Opened(_) => "node.opened.v1",
            Self::RulebookAdopted(_) => "rulebook.adopted.v1",
            Self::CataloguePublished(_) => "pledge.catalog_published.v1",
            Self::TreePublished(_) => "unit.tree_published.v1",
            Self::Assigned(_) => "unit.aggregator_assigned.v1",
            Self::UnitRegistered(_) => "unit.registered.v1",
            Self::UnitSucceeded(_) => "unit.succeeded.v1",
            Self::NodeEnrolled(_) => "node.enrolled.v1",
            Self::EvaluatorListed(_) => "evaluation.evaluator_listed.v1",
            Self::EvaluatorDelisted(_) => "evaluation.evaluator_delisted.v1",
            Self::OperatorListed(_) => "ranking.operator_listed.v1",
            Self::OperatorDelisted(_) => "ranking.operator_delisted.v1",
            Self::Cosigned(_) => "checkpoint.cosigned.v1",
            Self::Flagged(_) => "entry.flagged.v1",
            Self::PeriodOpened(_) => "ranking.period_opened.v1",
            Self::PeriodClosed(_) => "ranking.period_closed.v1",
            Self::Approved(_) => "ranking.approved.v1",
            Self::Published(_) => "ranking.published.v1",
        }
    }

    /// What the statement is about; of what an aggregator does for all of its units, itself.
    fn subject(&self, speaker: &AggregatorName) -> String {
        match self {
            Self::CataloguePublished(_) | Self::TreePublished(_) | Self::Assigned(_) => format!("aggregator/{speaker}"),
            Self::Opened(fact) => format!("log/{}", fact.origin),
            Self::RulebookAdopted(fact) => format!("rulebook/{}", fact.rulebook),
            Self::UnitRegistered(fact) => format!("unit/{}", fact.unit),
            Self::UnitSucceeded(fact) => match fact.to_units.first() {
                Some(successor) => format!("unit/{}", successor.unit),
                None => "units".to_owned(),
            },
            Self::NodeEnrolled(fact) => format!("log/{}", fact.origin),
            Self::EvaluatorListed(_) | Self::EvaluatorDelisted(_) => "evaluators".to_owned(),
            Self::OperatorListed(_) | Self::OperatorDelisted(_) => "operators".to_owned(),
            Self::Cosigned(fact) => format!("log/{}", fact.origin),
            Self::Flagged(fact) => format!("log/{}/{}", fact.origin, fact.index),
            Self::PeriodOpened(fact) => format!("ranking/{}", fact.period),
            Self::PeriodClosed(fact) => format!("ranking/{}", fact.period),
            Self::Approved(fact) => format!("ranking/{}", fact.period),
            Self::Published(fact) => format!("ranking/{}", fact.period),
        }
    }

    fn data(&self) -> Result<Canon, CanonError> {
        match self {
            Self::Opened(fact) => Canon::encode(fact),
            Self::RulebookAdopted(fact) => Canon::encode(fact),
            Self::CataloguePublished(fact) => Canon::encode(fact),
            Self::TreePublished(fact) => Canon::encode(fact),
            Self::Assigned(fact) => Canon::encode(fact),
            Self::UnitRegistered(fact) => Canon::encode(fact),
            Self::UnitSucceeded(fact) => Canon::encode(fact),
            Self::NodeEnrolled(fact) => Canon::encode(fact),
            Self::OperatorListed(fact) => Canon::encode(fact),
            Self::OperatorDelisted(fact) => Canon::encode(fact),
            Self::PeriodOpened(fact) => Canon::encode(fact),
            Self::PeriodClosed(fact) => Canon::encode(fact),
            Self::Approved(fact) => Canon::encode(fact),
            Self::EvaluatorListed(fact) => Canon::encode(fact),
            Self::EvaluatorDelisted(fact) => Canon::encode(fact),
            Self::Cosigned(fact) => Canon::encode(fact),
            Self::Flagged(fact) => Canon::encode(fact),
            Self::Published(fact) => Canon::encode(fact),
        }
    }
}

/// Writes statements down with ids and times that never go back.
pub(crate) struct Scribe {
    name: AggregatorName,
    source: Source,
    clock: Arc<dyn Clock>,
    randomness: Arc<dyn Randomness>,
    last_ms: i64,
}

impl Scribe {
    pub(crate) fn new(name: AggregatorName, clock: Arc<dyn Clock>, randomness: Arc<dyn Randomness>) -> Self {
        Self { name: name.clone(), source: Source::Aggregator(name), clock, randomness, last_ms: i64::MIN }
    }

    pub(crate) const fn source(&self) -> &Source {
        &self.source
    }

    /// Remembers that an entry of this time stands in the log.
    pub(crate) fn remember(&mut self, written: Timestamp) {
        self.last_ms = self.last_ms.max(written.as_millis());
    }

    /// The time of the last entry, in milliseconds since the Unix epoch: a floor for whatever is signed next.
    pub(crate) const fn last_ms(&self) -> i64 {
        self.last_ms
    }

    /// The time of the next entry, in milliseconds since the Unix epoch.
    pub(crate) fn now_ms(&self) -> i64 {
        self.clock.now().get().max(self.last_ms)
    }

    pub(crate) fn write(&mut self, statement: &Statement) -> Result<Entry, ScribeError> {
        let now_ms = self.now_ms();
        let now = Timestamp::from_millis(now_ms)?;
        let mut random = [0; 10];
        self.randomness.fill(&mut random)?;
        let id = EventId::from_parts(u64::try_from(now_ms).unwrap_or(0), random);
        let event_type: EventType = format!("vn.danvan.{}", statement.short_type()).parse()?;
        let entry = make_entry(OwnEvent {
            id,
            event_type: &event_type,
            source: &self.source,
            subject: &statement.subject(&self.name),
            time: now,
            recordedtime: now,
            synthetic: false,
            data: statement.data()?,
        })?;
        self.last_ms = now_ms;
        Ok(entry)
    }
}

/// The name of an origin as text, for statements.
pub(crate) fn named(origin: &Origin) -> String {
    origin.as_str().to_owned()
}
