//! The ranking document: rows in their order, reproducible to the byte.

use std::cmp::Ordering;

use danvan_event::UnitId;
use danvan_projection::{Period, ReadModel, document_bytes};
use serde::Serialize;

use crate::class::Class;
use crate::mark::Mark;
use crate::order;
use crate::rulebook::Rulebook;
use crate::score::{CriterionScore, UnitScore};

/// The procedure that turns a read model and a rulebook into a ranking. A change that could move one byte of any ranking
/// gets a new name, and the old procedure stays beside it.
pub const ENGINE: &str = "danvan-ranking/1";

/// A ranking. Holds no wall clock, root, cut or key: it depends on the entries and the rulebook and on nothing else.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Ranking {
    /// [`ENGINE`].
    pub engine: &'static str,
    /// The span judged.
    pub period: Period,
    /// The rulebook applied.
    pub rulebook: RulebookRef,
    /// Cluster by cluster; in each the ranked units first, then those with too little data by unit code.
    pub rows: Vec<Row>,
}

/// A rulebook by name and digest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RulebookRef {
    /// Its id.
    pub id: String,
    /// SHA-256 of its file, lower-case hex.
    pub sha256: String,
}

/// One unit's place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Row {
    /// The unit.
    pub unit: UnitId,
    /// Its name as registered.
    pub name: String,
    /// The cluster it competes in.
    pub cluster: String,
    /// Its place in the cluster; absent when there is too little data.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rank: Option<u32>,
    /// The scaled score in centi-points, 0 to 10,000.
    pub score_centi: u32,
    /// Its class.
    pub class: Class,
    /// Whether any counted entry is marked synthetic.
    pub synthetic: bool,
    /// Remarks on the unit as a whole.
    pub marks: Vec<Mark>,
    /// The criteria in the rulebook's order.
    pub criteria: Vec<CriterionRow>,
}

/// One criterion of one unit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CriterionRow {
    /// The criterion's code.
    pub code: String,
    /// Points earned, in centi-points.
    pub points_centi: u32,
    /// Points possible, in centi-points.
    pub max_centi: u32,
    /// Favourable observations, where the measure counts sides.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub k: Option<u64>,
    /// All observations.
    pub n: u64,
    /// The rate that was scored, after any prior, in ten-thousandths rounded half to even; absent without a rate.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rate_bp: Option<u32>,
    /// Remarks.
    pub marks: Vec<Mark>,
}

impl Ranking {
    /// The canonical bytes, without a newline at their end: what is published and hashed.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        document_bytes(self)
    }

    /// The row of a unit.
    #[must_use]
    pub fn row(&self, unit: &UnitId) -> Option<&Row> {
        self.rows.iter().find(|row| row.unit == *unit)
    }
}

/// Ranks the registered units of a read model.
#[must_use]
pub fn rank(model: &ReadModel, rulebook: &Rulebook, period: &Period) -> Ranking {
    let registry = model.registry();
    let mut scored: Vec<(&str, &UnitId, UnitScore<'_>)> = registry
        .units()
        .iter()
        .map(|(unit, registered)| {
            let score = UnitScore::of(model.unit(unit), registry, rulebook, period);
            (registered.fact.cluster.as_str(), unit, score)
        })
        .collect();
    scored.sort_by(|a, b| {
        let lacking = |score: &UnitScore<'_>| score.class == Class::ChuaDuDuLieu;
        let by_points = || if lacking(&a.2) { Ordering::Equal } else { order::compare(rulebook, &a.2, &b.2) };
        a.0.cmp(b.0).then_with(|| lacking(&a.2).cmp(&lacking(&b.2))).then_with(by_points).then_with(|| a.1.cmp(b.1))
    });
    let mut rows = Vec::with_capacity(scored.len());
    for cluster in scored.chunk_by(|a, b| a.0 == b.0) {
        let of_cluster: Vec<UnitScore<'_>> = cluster.iter().map(|(_, _, score)| score.clone()).collect();
        for ((name, unit, score), rank) in cluster.iter().zip(order::ranks(rulebook, &of_cluster)) {
            rows.push(row(model, name, unit, score, rank));
        }
    }
    Ranking { engine: ENGINE, period: *period, rulebook: RulebookRef::of(rulebook), rows }
}

fn row(model: &ReadModel, cluster: &str, unit: &UnitId, score: &UnitScore<'_>, rank: Option<u32>) -> Row {
    let name = model.registry().units().get(unit).map_or(String::new(), |registered| registered.fact.name.clone());
    Row {
        unit: unit.clone(),
        name,
        cluster: cluster.to_owned(),
        rank,
        score_centi: score.score_centi,
        class: score.class,
        synthetic: model.unit(unit).is_some_and(|known| known.synthetic() > 0),
        marks: score.marks.clone(),
        criteria: score.criteria.iter().map(CriterionRow::of).collect(),
    }
}

impl RulebookRef {
    pub(crate) fn of(rulebook: &Rulebook) -> RulebookRef {
        RulebookRef { id: rulebook.id().to_owned(), sha256: rulebook.sha256().to_owned() }
    }
}

impl CriterionRow {
    pub(crate) fn of(scored: &CriterionScore<'_>) -> CriterionRow {
        CriterionRow {
            code: scored.criterion.code.clone(),
            points_centi: scored.points_centi,
            max_centi: scored.criterion.max_centi,
            k: scored.sample.k,
            n: scored.sample.n,
            rate_bp: scored.rate_bp(),
            marks: scored.marks.clone(),
        }
    }
}

impl CriterionScore<'_> {
    /// The scored rate in ten-thousandths, for reading; the points come from the exact rate.
    pub(crate) fn rate_bp(&self) -> Option<u32> {
        let scale = i128::from(crate::rulebook::BasisPoints::ONE.get());
        self.rate.and_then(|rate| u32::try_from(rate.times(scale).round_half_even()).ok())
    }
}
