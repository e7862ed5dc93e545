//! What an aggregator's own log says: units, enrolments, held checkpoints, evaluators, operators, rulebooks, flags,
//! periods and publications.

use std::collections::BTreeMap;

use danvan_event::{
    AggregatorAssigned, CheckpointCosigned, EntryFlagged, EvaluatorDelisted, EvaluatorListed, NodeEnrolled,
    OperatorDelisted, OperatorListed, PeriodClosed, PeriodOpened, PledgeCatalogPublished, RankingApproved,
    RankingPublished, RulebookAdopted, Timestamp, UnitId, UnitRegistered, UnitSucceeded, UnitTreePublished,
};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::course::{Approval, PeriodCourse};
use crate::day::Day;
use crate::evidence::Evidence;
use crate::period::Period;
use crate::spelling::as_text;
use crate::stated::Stated;
use crate::successions::Successions;

/// The facts that an aggregator states about its units, each with the index of its entry in the aggregator's log.
///
/// Later entries replace earlier ones of the same key: a unit that is registered again has the newer name.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Registry {
    log: Option<String>,
    now: Option<Timestamp>,
    units: Stated<UnitId, UnitRegistered>,
    enrolled: BTreeMap<String, Registered<NodeEnrolled>>,
    cosigned: BTreeMap<String, Registered<CheckpointCosigned>>,
    /// When the last checkpoint of an origin was cosigned, by the aggregator's clock.
    received: BTreeMap<String, Timestamp>,
    evaluators: Stated<String, EvaluatorListed>,
    /// The keys whose last statement is a delisting.
    former_evaluators: BTreeMap<String, FormerEvaluator>,
    operators: BTreeMap<String, Registered<OperatorListed>>,
    former_operators: Vec<FormerOperator>,
    rulebooks: Vec<Registered<RulebookAdopted>>,
    flagged: BTreeMap<String, BTreeMap<u64, Registered<EntryFlagged>>>,
    periods: BTreeMap<Period, PeriodCourse>,
    publications: Vec<Registered<RankingPublished>>,
    catalogues: Vec<Registered<PledgeCatalogPublished>>,
    trees: Vec<Registered<UnitTreePublished>>,
    successions: Successions,
    assignments: Vec<Registered<AggregatorAssigned>>,
}

/// A fact of the aggregator's log and where it stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(bound(serialize = "Fact: Serialize", deserialize = "Fact: DeserializeOwned"))]
pub struct Registered<Fact> {
    /// Index in the aggregator's log.
    pub evidence: Evidence,
    /// What was stated.
    #[serde(with = "as_text")]
    pub fact: Fact,
}

/// An evaluator whose key was listed and is the board's no more.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FormerEvaluator {
    /// The listing that ended.
    pub listed: Registered<EvaluatorListed>,
    /// How it ended, and from when on.
    pub delisted: Registered<EvaluatorDelisted>,
}

/// An operator whose key was listed and does not count any more.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FormerOperator {
    /// The listing that ended.
    pub listed: Registered<OperatorListed>,
    /// How it ended.
    pub delisted: Registered<OperatorDelisted>,
}

impl Registry {
    /// A registry in which nothing was stated yet.
    pub(crate) const fn empty() -> Registry {
        Registry {
            log: None,
            now: None,
            units: Stated::empty(),
            enrolled: BTreeMap::new(),
            cosigned: BTreeMap::new(),
            received: BTreeMap::new(),
            evaluators: Stated::empty(),
            former_evaluators: BTreeMap::new(),
            operators: BTreeMap::new(),
            former_operators: Vec::new(),
            rulebooks: Vec::new(),
            flagged: BTreeMap::new(),
            periods: BTreeMap::new(),
            publications: Vec::new(),
            catalogues: Vec::new(),
            trees: Vec::new(),
            successions: Successions::empty(),
            assignments: Vec::new(),
        }
    }

    /// The origin of the aggregator's log, once it was opened.
    #[must_use]
    pub fn log(&self) -> Option<&str> {
        self.log.as_deref()
    }

    /// When the aggregator last recorded something.
    #[must_use]
    pub fn now(&self) -> Option<Timestamp> {
        self.now
    }

    /// The units under this aggregator, in the order of their ids.
    #[must_use]
    pub fn units(&self) -> &BTreeMap<UnitId, Registered<UnitRegistered>> {
        self.units.facts()
    }

    /// The enrolled origins with their keys, in the order of the origins.
    #[must_use]
    pub fn enrolled(&self) -> &BTreeMap<String, Registered<NodeEnrolled>> {
        &self.enrolled
    }

    /// The last checkpoint that was cosigned for each origin.
    #[must_use]
    pub fn cosigned(&self) -> &BTreeMap<String, Registered<CheckpointCosigned>> {
        &self.cosigned
    }

    /// When the last checkpoint of an origin was cosigned: the aggregator's own clock, which it states in the entry.
    #[must_use]
    pub fn received_from(&self, origin: &str) -> Option<Timestamp> {
        self.received.get(origin).copied()
    }

    /// The evaluators that are listed now, by the text of their verifier key.
    #[must_use]
    pub fn evaluators(&self) -> &BTreeMap<String, Registered<EvaluatorListed>> {
        self.evaluators.facts()
    }

    /// The evaluators whose keys were delisted and not listed again, by the text of their verifier key.
    #[must_use]
    pub fn former_evaluators(&self) -> &BTreeMap<String, FormerEvaluator> {
        &self.former_evaluators
    }

    /// Whether what a unit recorded at this moment, signed by this key, is the board's. The last statement about a key decides:
    /// all that it signed when it is listed, what was recorded before the moment that a delisting names.
    #[must_use]
    pub fn is_boards(&self, vkey: &str, recorded: Timestamp) -> bool {
        let before = |former: &FormerEvaluator| recorded < former.delisted.fact.since;
        self.evaluators.facts().contains_key(vkey) || self.former_evaluators.get(vkey).is_some_and(before)
    }

    /// The delisting because of which what a unit recorded at this moment, signed by this key, is not the board's.
    #[must_use]
    pub fn delisted(&self, vkey: &str, recorded: Timestamp) -> Option<&FormerEvaluator> {
        self.former_evaluators.get(vkey).filter(|_| !self.is_boards(vkey, recorded))
    }

    /// The operators whose approvals count now, by the text of their verifier key.
    #[must_use]
    pub fn operators(&self) -> &BTreeMap<String, Registered<OperatorListed>> {
        &self.operators
    }

    /// The operators whose keys were delisted, in the order of that. What they approved before stays approved; a key that was
    /// listed again stands among the operators, too.
    #[must_use]
    pub fn former_operators(&self) -> &[FormerOperator] {
        &self.former_operators
    }

    /// The periods that were opened.
    #[must_use]
    pub fn periods(&self) -> &BTreeMap<Period, PeriodCourse> {
        &self.periods
    }

    /// The rulebooks, each once, in the order of their last adoption.
    #[must_use]
    pub fn rulebooks(&self) -> &[Registered<RulebookAdopted>] {
        &self.rulebooks
    }

    /// The entries that the aggregator flagged: origin, then index in that origin's log.
    #[must_use]
    pub fn flagged(&self) -> &BTreeMap<String, BTreeMap<u64, Registered<EntryFlagged>>> {
        &self.flagged
    }

    /// The published rankings in the order of their publication.
    #[must_use]
    pub fn publications(&self) -> &[Registered<RankingPublished>] {
        &self.publications
    }

    /// Where the last statement stands that a score can rest on. Another kind of statement that a measure comes to read belongs
    /// here, too.
    pub(crate) fn last_premise(&self) -> Option<Evidence> {
        let succeeded = self.successions.stated().last().map(|stated| stated.evidence);
        let delisted = self.former_evaluators.values().map(|former| former.delisted.evidence).max();
        self.units.last().max(self.evaluators.last()).max(delisted).max(succeeded)
    }

    pub(crate) fn open_log(&mut self, origin: &str) {
        self.log = Some(origin.to_owned());
    }

    pub(crate) fn tell_time(&mut self, recorded: Timestamp) {
        self.now = self.now.max(Some(recorded));
    }

    /// The pledge catalogues that the aggregator published for its units, in the order of their publication.
    #[must_use]
    pub fn catalogues(&self) -> &[Registered<PledgeCatalogPublished>] {
        &self.catalogues
    }

    /// The unit trees in the order of their publication. The files are attached to the entries.
    #[must_use]
    pub fn trees(&self) -> &[Registered<UnitTreePublished>] {
        &self.trees
    }

    /// The tree that holds on a day: the one published last among those in force.
    #[must_use]
    pub fn tree_on(&self, day: Day) -> Option<&Registered<UnitTreePublished>> {
        let in_force = |held: &&Registered<UnitTreePublished>| {
            holds_on(&held.fact.valid_from, held.fact.valid_until.as_deref(), day)
        };
        self.trees.iter().rev().find(in_force)
    }

    /// What was stated about units that end and units that go on for them.
    #[must_use]
    pub fn successions(&self) -> &[Registered<UnitSucceeded>] {
        self.successions.stated()
    }

    /// The successions with their days, found by unit.
    pub(crate) fn dated_successions(&self) -> &Successions {
        &self.successions
    }

    /// The assignment of a unit that holds on a day: the one stated last among those in force.
    #[must_use]
    pub fn assigned_on(&self, unit: &UnitId, day: Day) -> Option<&Registered<AggregatorAssigned>> {
        let in_force = |held: &&Registered<AggregatorAssigned>| {
            held.fact.units.contains(unit) && holds_on(&held.fact.valid_from, held.fact.valid_until.as_deref(), day)
        };
        self.assignments.iter().rev().find(in_force)
    }

    pub(crate) fn publish_catalogue(&mut self, at: Evidence, fact: PledgeCatalogPublished) {
        self.catalogues.push(Registered { evidence: at, fact });
    }

    pub(crate) fn publish_tree(&mut self, at: Evidence, fact: UnitTreePublished) {
        self.trees.push(Registered { evidence: at, fact });
    }

    pub(crate) fn succeed(&mut self, at: Evidence, fact: UnitSucceeded) {
        self.successions.state(Registered { evidence: at, fact });
    }

    pub(crate) fn assign(&mut self, at: Evidence, fact: AggregatorAssigned) {
        self.assignments.push(Registered { evidence: at, fact });
    }

    pub(crate) fn register(&mut self, at: Evidence, fact: UnitRegistered) {
        self.units.state(fact.unit.clone(), Registered { evidence: at, fact });
    }

    pub(crate) fn enrol(&mut self, at: Evidence, fact: NodeEnrolled) {
        self.enrolled.insert(fact.origin.clone(), Registered { evidence: at, fact });
    }

    pub(crate) fn cosign(&mut self, at: Evidence, recorded: Timestamp, fact: CheckpointCosigned) {
        self.received.insert(fact.origin.clone(), recorded);
        self.cosigned.insert(fact.origin.clone(), Registered { evidence: at, fact });
    }

    pub(crate) fn list_evaluator(&mut self, at: Evidence, fact: EvaluatorListed) {
        self.former_evaluators.remove(&fact.vkey);
        self.evaluators.state(fact.vkey.clone(), Registered { evidence: at, fact });
    }

    pub(crate) fn delist_evaluator(&mut self, at: Evidence, fact: EvaluatorDelisted) {
        let listed = self.evaluators.take_out(&fact.vkey);
        let listed = listed.or_else(|| self.former_evaluators.remove(&fact.vkey).map(|former| former.listed));
        if let Some(listed) = listed {
            let vkey = fact.vkey.clone();
            let former = FormerEvaluator { listed, delisted: Registered { evidence: at, fact } };
            self.former_evaluators.insert(vkey, former);
        }
    }

    /// Adopted once more, by another decision, it stands where that is said.
    pub(crate) fn adopt(&mut self, at: Evidence, fact: RulebookAdopted) {
        self.rulebooks.retain(|held| held.fact.rulebook_sha256 != fact.rulebook_sha256);
        self.rulebooks.push(Registered { evidence: at, fact });
    }

    pub(crate) fn flag(&mut self, at: Evidence, fact: EntryFlagged) {
        let of_origin = self.flagged.entry(fact.origin.clone()).or_default();
        of_origin.insert(fact.index, Registered { evidence: at, fact });
    }

    pub(crate) fn list_operator(&mut self, at: Evidence, fact: OperatorListed) {
        self.operators.insert(fact.vkey.clone(), Registered { evidence: at, fact });
    }

    pub(crate) fn delist_operator(&mut self, at: Evidence, fact: OperatorDelisted) {
        if let Some(listed) = self.operators.remove(&fact.vkey) {
            self.former_operators.push(FormerOperator { listed, delisted: Registered { evidence: at, fact } });
        }
    }

    pub(crate) fn open_period(&mut self, at: Evidence, recorded: Timestamp, fact: PeriodOpened) {
        if let Ok(period) = fact.period.parse() {
            self.periods.insert(period, PeriodCourse::new(period, recorded, Registered { evidence: at, fact }));
        }
    }

    pub(crate) fn close_period(&mut self, at: Evidence, fact: PeriodClosed) {
        if let Some(course) = self.course_mut(&fact.period) {
            course.close(Registered { evidence: at, fact });
        }
    }

    pub(crate) fn approve(&mut self, at: Evidence, fact: RankingApproved) {
        let post = self.operators.get(&fact.vkey).map(|held| held.fact.post.clone()).unwrap_or_default();
        if let Some(course) = self.course_mut(&fact.period) {
            course.approve(Approval { evidence: at, vkey: fact.vkey, post });
        }
    }

    pub(crate) fn publish(&mut self, at: Evidence, fact: RankingPublished) {
        let publication = Registered { evidence: at, fact };
        if let Some(course) = self.course_mut(&publication.fact.period) {
            course.publish(publication.clone());
        }
        self.publications.push(publication);
    }

    fn course_mut(&mut self, period: &str) -> Option<&mut PeriodCourse> {
        self.periods.get_mut(&period.parse::<Period>().ok()?)
    }
}

/// Whether a day lies in `[from, until)`. The fold took only what reads as days.
fn holds_on(from: &str, until: Option<&str>, day: Day) -> bool {
    let starts = from.parse().is_ok_and(|from: Day| from <= day);
    starts && until.is_none_or(|until| until.parse().is_ok_and(|until: Day| day < until))
}
