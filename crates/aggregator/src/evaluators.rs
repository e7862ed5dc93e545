//! The evaluators whose signatures count as the board's.

use std::path::Path;

use danvan_event::{EvaluatorDelisted, EvaluatorListed, EvaluatorVkey, Timestamp};
use danvan_projection::FormerEvaluator;
use danvan_tlog::Index;
use serde_json::{Value, json};

use crate::closing::Stated;
use crate::enrolment::{OperationError, at_rest, post_of, reason_of};
use crate::mirror::{Mirror, StateError};
use crate::scribe::Statement;

impl Mirror {
    /// Lists an evaluator's key. Saying the same again changes nothing. A key that was delisted counts again, for all that it signed,
    /// only when the operator says that this is meant (`again`): nobody reinstates a stolen key by repeating a command.
    pub(crate) fn list_evaluator(
        &self,
        vkey: &EvaluatorVkey,
        post: &str,
        again: bool,
    ) -> Result<Index, OperationError> {
        let fact = EvaluatorListed { vkey: vkey.to_string(), post: post_of(post)? };
        let mut desk = self.desk();
        self.reading.wait_for(self.ledger.size()).map_err(StateError::from)?;
        let listed = {
            let model = self.reading.model();
            if let Some(former) = model.registry().former_evaluators().get(&fact.vkey).filter(|_| !again) {
                return Err(OperationError::EvaluatorDelisted(former.delisted.fact.since));
            }
            let held = model.registry().evaluators().get(&fact.vkey);
            held.filter(|held| held.fact == fact).and_then(|held| Index::new(held.evidence.index()))
        };
        if let Some(index) = listed {
            return Ok(index);
        }
        let index = self.state(&mut desk, &Statement::EvaluatorListed(fact), None)?;
        self.reading.wait_for(index.size_after()).map_err(StateError::from)?;
        Ok(index)
    }

    /// Takes an evaluator's key off the list from a moment on that has come, for a reason that is published. Saying the same moment
    /// again changes nothing; another one takes its place.
    pub(crate) fn delist_evaluator(
        &self,
        vkey: &EvaluatorVkey,
        since: Timestamp,
        reason: &str,
    ) -> Result<Stated, OperationError> {
        let fact = EvaluatorDelisted { vkey: vkey.to_string(), since, reason: reason_of(reason)? };
        let mut desk = self.desk();
        if since.as_millis() > desk.scribe.now_ms() {
            return Err(OperationError::SinceAhead(since));
        }
        self.reading.wait_for(self.ledger.size()).map_err(StateError::from)?;
        let (is_listed, before) = {
            let model = self.reading.model();
            let registry = model.registry();
            let before = registry.former_evaluators().get(&fact.vkey);
            let before = before.and_then(|former| {
                Index::new(former.delisted.evidence.index()).map(|index| (index, former.delisted.fact.since))
            });
            (registry.evaluators().contains_key(&fact.vkey), before)
        };
        match (is_listed, before) {
            (false, None) => Err(OperationError::UnknownEvaluator(fact.vkey)),
            (false, Some((index, held))) if held == since => Ok(Stated { index, again: true }),
            _ => {
                let index = self.state(&mut desk, &Statement::EvaluatorDelisted(fact), None)?;
                self.reading.wait_for(index.size_after()).map_err(StateError::from)?;
                Ok(Stated { index, again: false })
            }
        }
    }

    /// The evaluators, listed and delisted.
    pub(crate) fn evaluators(&self) -> Evaluators {
        let model = self.reading.model();
        let listed = model.registry().evaluators().values();
        let mut listed: Vec<_> =
            listed.filter_map(|held| Some((Index::new(held.evidence.index())?, held.fact.clone()))).collect();
        listed.sort_by_key(|(index, _)| index.get());
        let mut former: Vec<_> = model.registry().former_evaluators().values().cloned().collect();
        former.sort_by_key(|former| former.delisted.evidence);
        Evaluators { listed, former }
    }
}

/// The evaluators of an aggregator.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Evaluators {
    /// Those whose signatures count, each with the place of its listing in the log, in the order of that.
    pub listed: Vec<(Index, EvaluatorListed)>,
    /// Those that were delisted and not listed again, in the order of their delisting.
    pub former: Vec<FormerEvaluator>,
}

impl Evaluators {
    /// The document that `GET /api/v1/evaluators` answers, see `schemas/api/aggregator.md`.
    #[must_use]
    pub fn document(&self) -> Value {
        let listed = self.listed.iter();
        let listed = listed.map(|(index, fact)| json!({ "index": index, "vkey": fact.vkey, "post": fact.post }));
        let former = self.former.iter().map(|former| {
            let (post, delisted) = (&former.listed.fact.post, &former.delisted.fact);
            let index = former.delisted.evidence.index();
            json!({
                "index": index, "vkey": delisted.vkey, "post": post, "since": delisted.since, "reason": delisted.reason,
            })
        });
        json!({ "evaluators": listed.collect::<Vec<_>>(), "former": former.collect::<Vec<_>>() })
    }
}

/// Lists an evaluator with an aggregator that does not run; one whose key was delisted only `again`. See [`OperationError`].
pub fn evaluator_add(dir: &Path, vkey: &EvaluatorVkey, post: &str, again: bool) -> Result<Index, OperationError> {
    at_rest(dir, |mirror| mirror.list_evaluator(vkey, post, again))
}

/// Takes an evaluator's key off the list with an aggregator that does not run. See [`OperationError`].
pub fn evaluator_delist(
    dir: &Path,
    vkey: &EvaluatorVkey,
    since: Timestamp,
    reason: &str,
) -> Result<Index, OperationError> {
    at_rest(dir, |mirror| mirror.delist_evaluator(vkey, since, reason).map(|stated| stated.index))
}

/// The evaluators of an aggregator that does not run.
pub fn evaluators(dir: &Path) -> Result<Evaluators, OperationError> {
    at_rest(dir, |mirror| Ok(mirror.evaluators()))
}
