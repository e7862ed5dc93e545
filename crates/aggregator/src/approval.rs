//! The operators whose approvals count, and their approvals.

use std::path::Path;

use danvan_event::{OperatorDelisted, OperatorListed, OperatorVkey, RankingApproved};
use danvan_projection::{FormerOperator, Period};
use danvan_tlog::Index;
use serde_json::{Value, json};

use crate::closing::Stated;
use crate::course::CourseError;
use crate::enrolment::{OperationError, at_rest, post_of, reason_of};
use crate::mirror::{Mirror, StateError};
use crate::scribe::Statement;

/// What an operator signed.
#[derive(Debug, Clone)]
pub(crate) struct SignedApproval {
    pub(crate) period: Period,
    pub(crate) draft_sha256: String,
    pub(crate) vkey: OperatorVkey,
    pub(crate) sig: String,
}

impl Mirror {
    /// Lists an operator's key. Saying the same again changes nothing.
    pub(crate) fn list_operator(&self, vkey: &OperatorVkey, post: &str) -> Result<Stated, OperationError> {
        let fact = OperatorListed { vkey: vkey.to_string(), post: post_of(post)? };
        let mut desk = self.desk();
        self.reading.wait_for(self.ledger.size()).map_err(StateError::from)?;
        let listed = {
            let model = self.reading.model();
            let held = model.registry().operators().get(&fact.vkey);
            held.filter(|held| held.fact == fact).and_then(|held| Index::new(held.evidence.index()))
        };
        if let Some(index) = listed {
            return Ok(Stated { index, again: true });
        }
        let index = self.state(&mut desk, &Statement::OperatorListed(fact), None)?;
        self.reading.wait_for(index.size_after()).map_err(StateError::from)?;
        Ok(Stated { index, again: false })
    }

    /// The listed operators, in the order of their listing.
    pub(crate) fn operators(&self) -> Operators {
        let model = self.reading.model();
        let listed = model.registry().operators().values();
        let mut listed: Vec<_> =
            listed.filter_map(|held| Some((Index::new(held.evidence.index())?, held.fact.clone()))).collect();
        listed.sort_by_key(|(index, _)| index.get());
        Operators { listed, former: model.registry().former_operators().to_vec() }
    }

    /// Ends the listing of an operator's key, for a reason that is published. Saying the same again changes nothing.
    pub(crate) fn delist_operator(&self, vkey: &OperatorVkey, reason: &str) -> Result<Stated, OperationError> {
        let fact = OperatorDelisted { vkey: vkey.to_string(), reason: reason_of(reason)? };
        let mut desk = self.desk();
        self.reading.wait_for(self.ledger.size()).map_err(StateError::from)?;
        let (is_listed, before) = {
            let model = self.reading.model();
            let registry = model.registry();
            let before = registry.former_operators().iter().rfind(|former| former.delisted.fact.vkey == fact.vkey);
            let before = before.and_then(|former| Index::new(former.delisted.evidence.index()));
            (registry.operators().contains_key(&fact.vkey), before)
        };
        match (is_listed, before) {
            (false, Some(index)) => Ok(Stated { index, again: true }),
            (false, None) => Err(OperationError::UnknownOperator(fact.vkey)),
            (true, _) => {
                let index = self.state(&mut desk, &Statement::OperatorDelisted(fact), None)?;
                self.reading.wait_for(index.size_after()).map_err(StateError::from)?;
                Ok(Stated { index, again: false })
            }
        }
    }

    /// Records an approval of the draft that lies ready.
    pub(crate) fn approve(&self, approval: &SignedApproval) -> Result<Index, CourseError> {
        let mut desk = self.desk();
        self.catch_up(&mut desk)?;
        let fact = RankingApproved {
            period: approval.period.to_string(),
            draft_sha256: approval.draft_sha256.clone(),
            vkey: approval.vkey.to_string(),
            sig: approval.sig.clone(),
        };
        Ok(self.take_step(&mut desk, &Statement::Approved(fact), None)?)
    }
}

/// Lists an operator with an aggregator that does not run.
pub fn operator_add(dir: &Path, vkey: &OperatorVkey, post: &str) -> Result<Index, OperationError> {
    at_rest(dir, |mirror| mirror.list_operator(vkey, post).map(|stated| stated.index))
}

/// Ends the listing of an operator's key with an aggregator that does not run.
pub fn operator_delist(dir: &Path, vkey: &OperatorVkey, reason: &str) -> Result<Index, OperationError> {
    at_rest(dir, |mirror| mirror.delist_operator(vkey, reason).map(|stated| stated.index))
}

/// The operators of an aggregator.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Operators {
    /// Those whose approvals count, each with the place of its listing in the log.
    pub listed: Vec<(Index, OperatorListed)>,
    /// Those whose approvals counted before.
    pub former: Vec<FormerOperator>,
}

impl Operators {
    /// The document that `GET /api/v1/operators` answers, see `schemas/api/aggregator.md`.
    #[must_use]
    pub fn document(&self) -> Value {
        let listed = self.listed.iter();
        let listed = listed.map(|(index, fact)| json!({ "index": index, "vkey": fact.vkey, "post": fact.post }));
        let former = self.former.iter().map(|former| {
            let (listed, delisted) = (&former.listed.fact, &former.delisted);
            let index = delisted.evidence.index();
            json!({ "index": index, "vkey": listed.vkey, "post": listed.post, "reason": delisted.fact.reason })
        });
        json!({ "operators": listed.collect::<Vec<_>>(), "former": former.collect::<Vec<_>>() })
    }
}

/// The operators of an aggregator that does not run.
pub fn operators(dir: &Path) -> Result<Operators, OperationError> {
    at_rest(dir, |mirror| Ok(mirror.operators()))
}
