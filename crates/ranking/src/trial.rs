//! A rulebook tried on history before anyone adopts it: who would move, and why.

use std::collections::BTreeMap;

use danvan_event::UnitId;
use danvan_projection::{Period, ReadModel, document_bytes};
use serde::Serialize;

use crate::change::Change;
use crate::engine::Engine;
use crate::ranking::{Ranking, RulebookRef, rank};
use crate::rulebook::Rulebook;

/// Two rulebooks on the same entries. The format is described in `schemas/ranking.md`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Trial {
    /// The span judged.
    pub period: Period,
    /// The rulebook in force.
    pub current: RulebookRef,
    /// Its procedure.
    pub current_engine: Engine,
    /// The rulebook tried.
    pub candidate: RulebookRef,
    /// Its procedure.
    pub candidate_engine: Engine,
    /// How much would be another.
    pub summary: TrialSummary,
    /// The units whose place, class or score would be another, in the order of the candidate's ranking. Terms that stay
    /// the same are left out.
    pub changes: Vec<Change>,
}

/// How much would be another.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct TrialSummary {
    /// Registered units.
    pub units: u32,
    /// Units with a place under the rulebook in force.
    pub ranked_before: u32,
    /// Units with a place under the rulebook tried.
    pub ranked_after: u32,
    /// Units with another place, or with one instead of none.
    pub moved: u32,
    /// Units with another class.
    pub reclassed: u32,
    /// Pairs of units of one cluster that both rulebooks put in an order.
    pub pairs: u64,
    /// Those of them that the two put in opposite orders.
    pub pairs_swapped: u64,
}

impl Trial {
    /// Ranks the read model by both rulebooks and compares.
    #[must_use]
    pub fn of(model: &ReadModel, current: &Rulebook, candidate: &Rulebook, period: &Period) -> Trial {
        let (before, after) = (rank(model, current, period), rank(model, candidate, period));
        let all = Change::all(&before, &after);
        let count = |matches: &dyn Fn(&Change) -> bool| {
            u32::try_from(all.iter().filter(|change| matches(change)).count()).unwrap_or(u32::MAX)
        };
        let (pairs, pairs_swapped) = pairs(&before, &after);
        let summary = TrialSummary {
            units: count(&|_| true),
            ranked_before: count(&|change| change.rank_before.is_some()),
            ranked_after: count(&|change| change.rank_after.is_some()),
            moved: count(&|change| change.rank_before != change.rank_after),
            reclassed: count(&|change| change.class_before != change.class_after),
            pairs,
            pairs_swapped,
        };
        let mut changes: Vec<Change> = all.into_iter().filter(Change::is_any).collect();
        for change in &mut changes {
            change.terms.retain(|term| term.delta_centi != 0);
        }
        Trial {
            period: *period,
            current: RulebookRef::of(current),
            current_engine: current.engine(),
            candidate: RulebookRef::of(candidate),
            candidate_engine: candidate.engine(),
            summary,
            changes,
        }
    }

    /// Canonical bytes, without a newline at their end.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        document_bytes(self)
    }
}

/// Pairs of one cluster that are ordered both times, and those whose order is the opposite one.
fn pairs(before: &Ranking, after: &Ranking) -> (u64, u64) {
    let earlier: BTreeMap<&UnitId, (&str, u32)> =
        before.rows.iter().filter_map(|row| Some((&row.unit, (row.cluster.as_str(), row.rank?)))).collect();
    let both: Vec<(&str, u32, u32)> = after
        .rows
        .iter()
        .filter_map(|row| {
            let (cluster, rank) = earlier.get(&row.unit)?;
            (*cluster == row.cluster).then_some((*cluster, *rank, row.rank?))
        })
        .collect();
    let (mut ordered, mut swapped) = (0, 0);
    for cluster in both.chunk_by(|a, b| a.0 == b.0) {
        for (at, (_, stood, stands)) in cluster.iter().enumerate() {
            for (_, other_stood, other_stands) in cluster.iter().skip(at + 1) {
                let (then, now) = (stood.cmp(other_stood), stands.cmp(other_stands));
                ordered += u64::from(then.is_ne() && now.is_ne());
                swapped += u64::from(then.is_ne() && now == then.reverse());
            }
        }
    }
    (ordered, swapped)
}
