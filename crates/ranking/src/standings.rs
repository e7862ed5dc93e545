//! The scores of all units, kept in order while entries arrive: those concerned are scored anew, the others stay.

mod heard;

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};

use danvan_event::{UnitId, UnitRegistered};
use danvan_projection::{Period, PeriodCourse, Premises, ReadModel, Registered, Registry, RulebookFixed, UnitModel};
use heard::Heard;
use rayon::prelude::*;

use crate::engine::Engine;
use crate::interval::Interval;
use crate::mark::Mark;
use crate::order::Order;
use crate::ranking::{CriterionRow, Ranking, Row, RowCap, RulebookRef};
use crate::rulebook::Rulebook;
use crate::score::{Judged, Rules, UnitScore};

/// A core that takes over less than so many units spends more on waking up than it spares.
const UNITS_PER_SHARE: usize = 64;

/// The registered units with their scores, by cluster and in order.
///
/// After entries were folded, [`Standings::follow`] brings all units to where standings made anew have them.
#[derive(Debug, Clone)]
pub struct Standings {
    rulebook: Rulebook,
    period: Period,
    /// That the rulebook was fixed late, where it was. The first procedure does not say so.
    rulebook_fixed: Option<RulebookFixed>,
    /// What the aggregator had stated when all were scored.
    premises: Premises,
    /// How much of the logs the scores rest on.
    heard: Heard,
    order: Order,
    /// By unit id.
    units: Vec<Standing>,
    /// Places in `units`, the best unit of the cluster first.
    clusters: BTreeMap<String, Vec<usize>>,
}

/// One unit with its score.
#[derive(Debug, Clone)]
pub(crate) struct Standing {
    pub(crate) unit: UnitId,
    pub(crate) name: String,
    pub(crate) cluster: String,
    synthetic: bool,
    /// Whether it was the same unit from the first to the last moment of the period.
    whole: bool,
    /// Whether it existed in the period at all. It is asked about all the same, and has no row.
    exists: bool,
    pub(crate) score: UnitScore,
}

/// What following came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Followed {
    /// Everything is as it was.
    Same,
    /// Some units were scored anew and changed, or when the rulebook was fixed is known now.
    Changed,
    /// The aggregator stated what can touch any unit: all were scored anew.
    Anew,
}

impl Standings {
    /// Scores every registered unit.
    #[must_use]
    pub fn of(model: &ReadModel, rulebook: &Rulebook, period: &Period) -> Standings {
        let registry = model.registry();
        let touched = touched(registry);
        let rules = Rules { model, rulebook, period };
        // The first procedure knows no succession, nor when its rulebook was fixed.
        let is_second = rulebook.engine() >= Engine::Second;
        // Both are in the order of the ids: one walk instead of a search for each unit.
        let mut all_known = model.units().peekable();
        let registered: Vec<_> = registry
            .units()
            .iter()
            .map(|(unit, Registered { fact, .. })| {
                while all_known.next_if(|(id, _)| *id < unit).is_some() {}
                (unit, fact, all_known.next_if(|(id, _)| *id == unit).map(|(_, known)| known))
            })
            .collect();
        let standing = |(unit, fact, known): &(&UnitId, &UnitRegistered, Option<&UnitModel>)| {
            let is_touched = touched.contains(unit);
            let whole = !is_touched || registry.is_whole_in(unit, period);
            Standing {
                unit: (*unit).clone(),
                name: fact.name.clone(),
                cluster: fact.cluster.clone(),
                synthetic: is_synthetic(*known),
                whole,
                exists: !is_second || !is_touched || registry.exists_in(unit, period),
                score: UnitScore::of(&Judged { id: unit, known: *known, cluster: &fact.cluster, whole }, &rules),
            }
        };
        // A unit is scored by itself and nothing else, so the cores share the work; the order is that of the ids again.
        let score = || registered.par_iter().with_min_len(UNITS_PER_SHARE).map(standing).collect::<Vec<Standing>>();
        let (units, heard) = rayon::join(score, || Heard::of(model));
        let mut clusters: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        for (place, standing) in units.iter().enumerate() {
            match clusters.get_mut(&standing.cluster) {
                Some(places) => places.push(place),
                None => drop(clusters.insert(standing.cluster.clone(), vec![place])),
            }
        }
        let order = Order::of(rulebook);
        clusters.par_iter_mut().for_each(|(_, places)| places.sort_by(|a, b| compare(&order, &units, *a, *b)));
        Standings {
            rulebook: rulebook.clone(),
            period: *period,
            rulebook_fixed: fixed_late(registry, rulebook, period),
            premises: model.premises(),
            heard,
            order,
            units,
            clusters,
        }
    }

    /// Brings every unit to where standings of the model made anew have it. The model must hold the same logs as the one before, of
    /// any of them more or less; finding out which ones moved costs a look at the size of each.
    pub fn follow(&mut self, model: &ReadModel) -> Followed {
        if self.premises != model.premises() {
            *self = Standings::of(model, &self.rulebook, &self.period);
            return Followed::Anew;
        }
        let fixed = fixed_late(model.registry(), &self.rulebook, &self.period);
        let mut changed = self.rulebook_fixed != fixed;
        self.rulebook_fixed = fixed;
        for unit in self.heard.catch_up(model) {
            changed |= self.renew(model, &unit);
        }
        if changed { Followed::Changed } else { Followed::Same }
    }

    /// Scores a unit anew and moves it to its place; whether anything of it changed. A unit that is not registered has none.
    fn renew(&mut self, model: &ReadModel, unit: &UnitId) -> bool {
        let Ok(place) = self.units.binary_search_by(|standing| standing.unit.cmp(unit)) else { return false };
        let Some(standing) = self.units.get(place) else { return false };
        let rules = Rules { model, rulebook: &self.rulebook, period: &self.period };
        let known = model.unit(unit);
        let judged = Judged { id: unit, known, cluster: &standing.cluster, whole: standing.whole };
        let score = UnitScore::of(&judged, &rules);
        let synthetic = is_synthetic(known);
        if standing.score == score && standing.synthetic == synthetic {
            return false;
        }
        let Some(places) = self.clusters.get_mut(&standing.cluster) else { return false };
        let (order, units) = (&self.order, &self.units);
        if let Ok(held) = places.binary_search_by(|other| compare(order, units, *other, place)) {
            places.remove(held);
        }
        if let Some(standing) = self.units.get_mut(place) {
            (standing.score, standing.synthetic) = (score, synthetic);
        }
        let units = &self.units;
        let target = places.partition_point(|other| compare(order, units, *other, place).is_lt());
        places.insert(target, place);
        true
    }

    /// The rulebook applied.
    #[must_use]
    pub fn rulebook(&self) -> &Rulebook {
        &self.rulebook
    }

    /// The span judged.
    #[must_use]
    pub fn period(&self) -> &Period {
        &self.period
    }

    /// A unit's place in its cluster; absent when it has none.
    #[must_use]
    pub fn rank(&self, unit: &UnitId) -> Option<u32> {
        let standing = self.standing(unit)?;
        if !standing.score.class.is_ranked() {
            return None;
        }
        let places = self.clusters.get(&standing.cluster)?;
        let better = |other: &usize| {
            self.units.get(*other).is_some_and(|other| self.order.compare(&other.score, &standing.score).is_lt())
        };
        u32::try_from(places.partition_point(better) + 1).ok()
    }

    /// The number of units that have a place in a cluster.
    #[must_use]
    pub fn ranked_units(&self, cluster: &str) -> u32 {
        let places = self.clusters.get(cluster).map_or(&[][..], Vec::as_slice);
        let is_ranked = |place: &usize| self.units.get(*place).is_some_and(|unit| unit.score.class.is_ranked());
        u32::try_from(places.partition_point(is_ranked)).unwrap_or(u32::MAX)
    }

    /// The ranking document.
    #[must_use]
    pub fn ranking(&self) -> Ranking {
        let mut rows = Vec::with_capacity(self.units.len());
        for places in self.clusters.values() {
            let existing = places.iter().filter_map(|place| self.units.get(*place)).filter(|unit| unit.exists);
            let standings: Vec<&Standing> = existing.collect();
            let ranks = self.order.ranks(standings.iter().map(|standing| &standing.score));
            for (at, (standing, rank)) in standings.iter().zip(ranks).enumerate() {
                let above = at.checked_sub(1).and_then(|above| standings.get(above));
                let close = [above, standings.get(at + 1)].into_iter().flatten().any(|other| standing.is_close(other));
                rows.push(self.row(standing, rank, close));
            }
        }
        Ranking {
            engine: self.rulebook.engine(),
            period: self.period,
            rulebook: RulebookRef::of(&self.rulebook),
            rulebook_fixed: self.rulebook_fixed,
            rows,
        }
    }

    pub(crate) fn standing(&self, unit: &UnitId) -> Option<&Standing> {
        let place = self.units.binary_search_by(|standing| standing.unit.cmp(unit)).ok()?;
        self.units.get(place)
    }

    fn row(&self, standing: &Standing, rank: Option<u32>, close: bool) -> Row {
        let score = &standing.score;
        let mut marks = score.marks.clone();
        if close {
            marks.push(Mark::XapXi);
        }
        let criteria = self.rulebook.criteria().zip(&score.criteria);
        let bonus = self.rulebook.bonus_criteria().iter().zip(&score.bonus);
        Row {
            unit: standing.unit.clone(),
            name: standing.name.clone(),
            cluster: standing.cluster.clone(),
            rank,
            score_centi: score.score_centi,
            low_centi: score.interval.map(|interval| interval.low_centi),
            high_centi: score.interval.map(|interval| interval.high_centi),
            bonus_centi: self.rulebook.bonus().map(|_| score.bonus_centi),
            bonus: bonus.map(|(criterion, scored)| CriterionRow::of(criterion, scored)).collect(),
            cap: score.cap.and_then(|place| self.rulebook.caps().get(place)).map(|cap| RowCap {
                when: cap.when,
                lowers_centi: self.rulebook.scale(score.sum_centi) + score.bonus_centi - score.score_centi,
            }),
            class: score.class,
            synthetic: standing.synthetic,
            marks,
            criteria: criteria.map(|(criterion, scored)| CriterionRow::of(criterion, scored)).collect(),
        }
    }
}

impl Standing {
    /// Whether both are ranked and their intervals overlap.
    fn is_close(&self, other: &Standing) -> bool {
        let interval = |standing: &Standing| standing.score.interval.filter(|_| standing.score.class.is_ranked());
        interval(self).zip(interval(other)).is_some_and(|(own, others)| Interval::overlaps(own, others))
    }
}

/// The order in which units of one cluster are listed: no two are equal.
fn compare(order: &Order, units: &[Standing], a: usize, b: usize) -> Ordering {
    let by_score = match (units.get(a), units.get(b)) {
        (Some(a), Some(b)) => order.compare(&a.score, &b.score),
        _ => Ordering::Equal,
    };
    // The units stand by id, so their places are in the order of the ids.
    by_score.then(a.cmp(&b))
}

/// When the rulebook was fixed, where that is said.
fn fixed_late(registry: &Registry, rulebook: &Rulebook, period: &Period) -> Option<RulebookFixed> {
    let fixed = registry.periods().get(period).map(PeriodCourse::rulebook_fixed);
    fixed.filter(|fixed| *fixed != RulebookFixed::Before && rulebook.engine() >= Engine::Second)
}

/// The units that some succession names.
fn touched(registry: &Registry) -> BTreeSet<&UnitId> {
    let named = registry
        .successions()
        .iter()
        .flat_map(|held| held.fact.from_units.iter().chain(held.fact.to_units.iter().map(|successor| &successor.unit)));
    named.collect()
}

fn is_synthetic(known: Option<&UnitModel>) -> bool {
    known.is_some_and(|known| known.synthetic() > 0)
}
