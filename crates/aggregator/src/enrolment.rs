//! What an operator states: which nodes speak for which units.

use std::path::Path;
use std::sync::Arc;

use danvan_daemon::{OsRandomness, SystemClock};
use danvan_event::{Gazetteer, NodeEnrolled, Timestamp, UnitId, UnitRegistered};
use danvan_ledger::{DrainError, ReceiptError};
use danvan_tlog::{Algorithm, Index, KeyName, Origin, VerifierKey};

use crate::mirror::{Mirror, StateError};
use crate::opening::{OpenError, Ports, open};
use crate::scribe::{Statement, named};
use crate::settings::unit_origin;

/// Why an operator's statement was not made.
#[derive(Debug, thiserror::Error)]
pub enum OperationError {
    /// The aggregator could not be opened; [`OpenError::Running`] means: ask it over HTTP.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// No such unit is known: check the id.
    #[error("{0} is not a known administrative unit")]
    UnknownUnit(UnitId),
    /// The key does not sign for a log of this unit in this deployment: check which key belongs to which node.
    #[error("the key signs for {found}; a log of this unit is named {expected}")]
    ForeignKey {
        /// What the unit's first log is called here.
        expected: String,
        /// What the key signs for.
        found: Origin,
    },
    /// The key is not one that signs logs.
    #[error("the key {0} does not sign logs")]
    WrongRole(KeyName),
    /// Another key is enrolled for this log and entries of it are held: a new key needs a new log.
    #[error("another key is enrolled for {0}, and entries of that log are held")]
    KeyInUse(Origin),
    /// The post is empty or too long.
    #[error("a post has between 1 and 200 characters")]
    Post,
    /// The reason is empty or too long.
    #[error("a reason has between 1 and 500 characters")]
    Reason,
    /// The name of the cluster is empty or too long.
    #[error("the name of a cluster has between 1 and 80 characters")]
    Cluster,
    /// The number of the decision is empty or too long.
    #[error("the number of a decision has between 1 and 60 characters")]
    DocNo,
    /// No operator of this key was ever listed: check the key.
    #[error("{0} is no listed operator's key")]
    UnknownOperator(String),
    /// No evaluator of this key was ever listed: check the key.
    #[error("{0} is no listed evaluator's key")]
    UnknownEvaluator(String),
    /// The key was delisted. Whoever means that it counts again for all that it signed says so; a key that was stolen never does.
    #[error("the key was delisted from {0} on; say that it is listed again if all that it signed is to count")]
    EvaluatorDelisted(Timestamp),
    /// The moment from which on a key does not count has not come yet: state it when it has.
    #[error("{0} has not come yet")]
    SinceAhead(Timestamp),
    /// The file is no rulebook; these are all of its errors.
    #[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
    Rulebook(Vec<danvan_ranking::RulebookError>),
    /// The file is no catalogue or no tree; these are all of its errors.
    #[error(transparent)]
    File(#[from] danvan_event::FormError),
    /// Another file was published as this version: give the new one a version of its own.
    #[error("version {version} of the catalogue {catalog} was published with another file")]
    OtherFile {
        /// Slug of the catalogue.
        catalog: String,
        /// Its version.
        version: String,
    },
    /// What was published before cannot be read back: the own log needs repair.
    #[error("{0}")]
    Unreadable(String),
    /// The file could not be packed.
    #[error(transparent)]
    Attachment(#[from] danvan_ledger::AttachmentError),
    /// It breaks a rule of the domain: an auditor would find it in the log.
    #[error("{} | {}", .0.title_vi(), .0.title_en())]
    Refused(danvan_projection::FlagReason),
    /// The own ledger took no entry.
    #[error(transparent)]
    State(#[from] StateError),
    /// The own log could not be cosigned. The statement is durable.
    #[error(transparent)]
    Receipt(#[from] ReceiptError),
    /// The own log could not be closed in order. The statement is durable.
    #[error(transparent)]
    Drain(#[from] DrainError),
}

impl From<crate::course::StepError> for OperationError {
    fn from(error: crate::course::StepError) -> Self {
        match error {
            crate::course::StepError::Refused(reason) => Self::Refused(reason),
            crate::course::StepError::State(error) => Self::State(error),
        }
    }
}

impl From<crate::shelf::ShelfError> for OperationError {
    fn from(error: crate::shelf::ShelfError) -> Self {
        Self::Unreadable(error.to_string())
    }
}

/// What became of an enrolment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Enrolled {
    /// Index of the `node.enrolled` in the aggregator's log.
    pub index: Index,
    /// It stood there before.
    pub again: bool,
}

impl Mirror {
    /// Enrols a node and leaves the cluster of its unit as it is. See [`Mirror::enrol_in`].
    pub(crate) fn enrol(&self, unit: &UnitId, vkey: &VerifierKey) -> Result<Enrolled, OperationError> {
        self.enrol_in(unit, vkey, None)
    }

    /// Enrols a node: `unit.registered` where the unit is not registered yet or in another cluster than is named, then
    /// `node.enrolled`. Saying the same again changes nothing. Where no cluster is named a registered unit stays in its own.
    pub(crate) fn enrol_in(
        &self,
        unit: &UnitId,
        vkey: &VerifierKey,
        cluster: Option<&str>,
    ) -> Result<Enrolled, OperationError> {
        let origin = vkey.name().origin();
        self.check_key(unit, vkey, &origin)?;
        let cluster = cluster.map(cluster_of).transpose()?;
        let mut desk = self.desk();
        self.reading.wait_for(self.ledger.size()).map_err(StateError::from)?;
        let (registration, registered, enrolled) = {
            let model = self.reading.model();
            let registry = model.registry();
            let enrolled = registry.enrolled().get(origin.as_str());
            let same = enrolled.filter(|held| held.fact.vkey == vkey.to_string() && held.fact.unit == *unit);
            let again = same.and_then(|held| Index::new(held.evidence.index()));
            let held = registry.units().get(unit).map(|held| &held.fact);
            let registration = registration(unit, cluster.or_else(|| held.map(|held| held.cluster.clone())))?;
            let registered = held == Some(&registration);
            (registration, registered, again)
        };
        if let Some(index) = enrolled.filter(|_| registered) {
            return Ok(Enrolled { index, again: true });
        }
        if desk.roll.get(&origin).is_some_and(|held| held.state.vkey() != vkey && !held.state.size().is_empty()) {
            return Err(OperationError::KeyInUse(origin));
        }
        if !registered {
            self.state(&mut desk, &Statement::UnitRegistered(registration), None)?;
        }
        let fact = NodeEnrolled { origin: named(&origin), vkey: vkey.to_string(), unit: unit.clone() };
        let index = self.state(&mut desk, &Statement::NodeEnrolled(fact), None)?;
        desk.roll.enrol(unit.clone(), vkey.clone());
        desk.untold.insert(origin);
        self.enrolment.notify_one();
        self.reading.wait_for(index.size_after()).map_err(StateError::from)?;
        Ok(Enrolled { index, again: false })
    }

    fn check_key(&self, unit: &UnitId, vkey: &VerifierKey, origin: &Origin) -> Result<(), OperationError> {
        if vkey.algorithm() != Algorithm::Log {
            return Err(OperationError::WrongRole(vkey.name().clone()));
        }
        let expected = unit_origin(self.ledger.origin(), unit.as_str());
        let incarnation = origin.as_str().strip_prefix(&expected);
        match incarnation {
            Some(suffix) if suffix.is_empty() || suffix.starts_with('/') => Ok(()),
            _ => Err(OperationError::ForeignKey { expected, found: origin.clone() }),
        }
    }
}

/// A post as it is recorded.
pub(crate) fn post_of(text: &str) -> Result<String, OperationError> {
    let post = text.trim();
    if post.is_empty() || post.chars().count() > 200 { Err(OperationError::Post) } else { Ok(post.to_owned()) }
}

/// A reason as it is recorded.
pub(crate) fn reason_of(text: &str) -> Result<String, OperationError> {
    let reason = text.trim();
    if reason.is_empty() || reason.chars().count() > 500 { Err(OperationError::Reason) } else { Ok(reason.to_owned()) }
}

fn cluster_of(text: &str) -> Result<String, OperationError> {
    let cluster = text.trim();
    if cluster.is_empty() || cluster.chars().count() > 80 {
        Err(OperationError::Cluster)
    } else {
        Ok(cluster.to_owned())
    }
}

/// What is registered of a unit; without a cluster, in the one that the lists give it.
fn registration(unit: &UnitId, cluster: Option<String>) -> Result<UnitRegistered, OperationError> {
    let known = Gazetteer::find(unit).ok_or_else(|| OperationError::UnknownUnit(unit.clone()))?;
    Ok(UnitRegistered {
        unit: unit.clone(),
        name: known.name.clone(),
        kind: known.kind,
        parent_name: known.parent_name.clone(),
        cluster: cluster.unwrap_or_else(|| Gazetteer::cluster_of(known)),
    })
}

/// Enrols a node with an aggregator that does not run. See [`OperationError`]. Where no cluster is named, a unit that is
/// registered stays in its own, and a new one comes into that of its preset, or of units of its kind under the same unit above.
pub fn unit_add(
    dir: &Path,
    unit: &UnitId,
    vkey: &VerifierKey,
    cluster: Option<&str>,
) -> Result<Enrolled, OperationError> {
    at_rest(dir, |mirror| mirror.enrol_in(unit, vkey, cluster))
}

/// Enrols several nodes at once with an aggregator that does not run; stops at the first that cannot be.
pub fn units_add(dir: &Path, nodes: &[(UnitId, VerifierKey)]) -> Result<Vec<Enrolled>, OperationError> {
    at_rest(dir, |mirror| nodes.iter().map(|(unit, vkey)| mirror.enrol(unit, vkey)).collect())
}

/// Does something with an aggregator that does not run.
pub(crate) fn at_rest<T>(
    dir: &Path,
    work: impl FnOnce(&Mirror) -> Result<T, OperationError>,
) -> Result<T, OperationError> {
    let ports = Ports { clock: Arc::new(SystemClock), randomness: Arc::new(OsRandomness) };
    let opened = open(dir, ports)?;
    let outcome = work(&opened.mirror);
    opened.mirror.notary.cosign_own(&opened.mirror.ledger)?;
    let ledger = opened.mirror.ledger.clone();
    drop(opened);
    ledger.drain()?;
    outcome
}
