//! The operators whose approvals count, and their approvals.

use std::path::Path;

use danvan_event::{OperatorListed, OperatorVkey, RankingApproved};
use danvan_projection::Period;
use danvan_tlog::Index;

use crate::closing::Stated;
use crate::course::CourseError;
use crate::enrolment::{OperationError, at_rest, post_of};
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
    pub(crate) fn operators(&self) -> Vec<(Index, OperatorListed)> {
        let model = self.reading.model();
        let listed = model.registry().operators().values();
        let mut listed: Vec<_> =
            listed.filter_map(|held| Some((Index::new(held.evidence.index())?, held.fact.clone()))).collect();
        listed.sort_by_key(|(index, _)| index.get());
        listed
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
        self.take_step(&mut desk, &Statement::Approved(fact), None)
    }
}

/// Lists an operator with an aggregator that does not run.
pub fn operator_add(dir: &Path, vkey: &OperatorVkey, post: &str) -> Result<Index, OperationError> {
    at_rest(dir, |mirror| mirror.list_operator(vkey, post).map(|stated| stated.index))
}

/// The listed operators of an aggregator that does not run, each with its place in the log.
pub fn operators(dir: &Path) -> Result<Vec<(Index, OperatorListed)>, OperationError> {
    at_rest(dir, |mirror| Ok(mirror.operators()))
}
