//! The ranking document: rows in their order, reproducible to the byte.

use danvan_event::UnitId;
use danvan_projection::{Period, ReadModel, RulebookFixed, document_bytes};
use serde::{Deserialize, Serialize};

use crate::class::Class;
use crate::engine::Engine;
use crate::mark::Mark;
use crate::ratio::Ratio;
use crate::rulebook::{CapGround, Criterion, Rulebook};
use crate::score::CriterionScore;
use crate::standings::Standings;

/// A ranking. Holds no wall clock of its own, root, cut or key: it depends on the entries and the rulebook and on nothing else.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ranking {
    /// The procedure.
    pub engine: Engine,
    /// The span judged.
    pub period: Period,
    /// The rulebook applied.
    pub rulebook: RulebookRef,
    /// Said where the rulebook was fixed after the period had begun; absent in the first procedure.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rulebook_fixed: Option<RulebookFixed>,
    /// Cluster by cluster; in each the ranked units first, then those without a place by unit code.
    pub rows: Vec<Row>,
}

/// A rulebook by name and digest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RulebookRef {
    /// Its id.
    pub id: String,
    /// SHA-256 of its file, lower-case hex.
    pub sha256: String,
}

/// One unit's place. The members stand in the order of their keys: the document has thousands of rows, and nothing needs to be
/// moved.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Row {
    /// The criteria of the bonus.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub bonus: Vec<CriterionRow>,
    /// What the bonus adds to the score, where the rulebook has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bonus_centi: Option<u32>,
    /// What lowers the score, where a cap does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cap: Option<RowCap>,
    /// Its class.
    pub class: Class,
    /// The cluster it competes in.
    pub cluster: String,
    /// The criteria in the rulebook's order.
    pub criteria: Vec<CriterionRow>,
    /// The upper end of the interval.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub high_centi: Option<u32>,
    /// The lower end of the 90 % interval, in centi-points. Absent in the first procedure, as are the upper end, the bonus and the
    /// cap.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub low_centi: Option<u32>,
    /// Remarks on the unit as a whole.
    pub marks: Vec<Mark>,
    /// Its name as registered.
    pub name: String,
    /// Its place in the cluster; absent when it has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rank: Option<u32>,
    /// The score in centi-points: the scaled sum, the bonus added, a cap applied.
    pub score_centi: u32,
    /// Whether any counted entry is marked synthetic.
    pub synthetic: bool,
    /// The unit.
    pub unit: UnitId,
}

/// A cap that binds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct RowCap {
    /// What it rests on.
    pub when: CapGround,
    /// By how many centi-points it lowers the score.
    pub lowers_centi: u32,
}

/// One criterion of one unit, the members in the order of their keys.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CriterionRow {
    /// The criterion's code.
    pub code: String,
    /// Favourable observations, where the measure counts sides.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub k: Option<u64>,
    /// Remarks.
    pub marks: Vec<Mark>,
    /// Points possible, in centi-points.
    pub max_centi: u32,
    /// All observations.
    pub n: u64,
    /// Points earned, in centi-points.
    pub points_centi: u32,
    /// The rate that was scored, after any prior, in ten-thousandths rounded half to even; absent without a rate.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rate_bp: Option<u32>,
}

/// The bytes are no ranking document.
#[derive(Debug, thiserror::Error)]
#[error("not a ranking document: {0}")]
pub struct RankingError(#[from] serde_json::Error);

impl Ranking {
    /// The canonical bytes, without a newline at their end: what is published and hashed.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        document_bytes(self)
    }

    /// Reads a document that was published.
    pub fn parse(bytes: &[u8]) -> Result<Ranking, RankingError> {
        Ok(serde_json::from_slice(bytes)?)
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
    Standings::of(model, rulebook, period).ranking()
}

impl RulebookRef {
    pub(crate) fn of(rulebook: &Rulebook) -> RulebookRef {
        RulebookRef { id: rulebook.id().to_owned(), sha256: rulebook.sha256().to_owned() }
    }
}

impl CriterionRow {
    pub(crate) fn of(criterion: &Criterion, scored: &CriterionScore) -> CriterionRow {
        CriterionRow {
            code: criterion.code.clone(),
            points_centi: scored.points_centi,
            max_centi: criterion.max_centi,
            k: scored.k,
            n: scored.n,
            rate_bp: scored.rate.and_then(Ratio::ten_thousandths),
            marks: scored.marks.to_vec(),
        }
    }
}
