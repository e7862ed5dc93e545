//! The explanation of one row of a ranking. The format is described in `schemas/ranking.md`.

use danvan_event::{SurveyChannel, UnitId};
use danvan_projection::{Evidence, Period, document_bytes};
use serde::Serialize;

use crate::class::Class;
use crate::engine::Engine;
use crate::mark::Mark;
use crate::measure::Measure;
use crate::ranking::{CriterionRow, RulebookRef};
use crate::rulebook::{CapGround, Missing, Prior};

/// One row of a ranking with everything that led to it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Explanation {
    /// The procedure.
    pub engine: Engine,
    /// The span judged.
    pub period: Period,
    /// The rulebook applied.
    pub rulebook: RulebookRef,
    /// The unit.
    pub unit: UnitId,
    /// Its name as registered.
    pub name: String,
    /// The cluster it competes in.
    pub cluster: String,
    /// Its place; absent when it has none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rank: Option<u32>,
    /// The number of ranked units in its cluster.
    pub ranked_units: u32,
    /// The sum of the criteria's points before scaling, in centi-points.
    pub sum_centi: u32,
    /// The score in centi-points.
    pub score_centi: u32,
    /// The interval of the score. Absent in the first procedure, as are formula, cap and bonus.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub interval: Option<IntervalExplanation>,
    /// From the sum to the score.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub formula: Option<String>,
    /// Its class.
    pub class: Class,
    /// Remarks on the unit as a whole.
    pub marks: Vec<Mark>,
    /// The strictest cap whose ground is given, whether or not it lowers the score.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cap: Option<CapExplanation>,
    /// The components with their criteria, in the rulebook's order.
    pub components: Vec<ComponentExplanation>,
    /// The bonus, where the rulebook has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bonus: Option<ComponentExplanation>,
}

/// Where a score lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct IntervalExplanation {
    /// The lower end, in centi-points.
    pub low_centi: u32,
    /// The upper end, in centi-points.
    pub high_centi: u32,
    /// The level, in ten-thousandths.
    pub level_bp: u32,
}

/// What limits a unit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CapExplanation {
    /// What happened.
    pub when: CapGround,
    /// The best class that the unit can have.
    pub at_most: Class,
    /// The cap's name on Vietnamese screens.
    pub title_vi: String,
    /// Its name in English.
    pub title_en: String,
    /// The highest score of that class, in centi-points.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub highest_centi: Option<u32>,
    /// The entries that show it, in the unit's log.
    pub evidence: Vec<Evidence>,
}

/// One component.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ComponentExplanation {
    /// The letter of the group.
    pub code: String,
    /// Its name on Vietnamese screens.
    pub title_vi: String,
    /// Its name in English.
    pub title_en: String,
    /// Points earned, in centi-points.
    pub points_centi: u32,
    /// Points possible, in centi-points.
    pub max_centi: u32,
    /// The criteria.
    pub criteria: Vec<CriterionExplanation>,
}

/// One criterion: the row of the ranking and everything that led to it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CriterionExplanation {
    /// The criterion as the ranking has it.
    #[serde(flatten)]
    pub row: CriterionRow,
    /// Its name on Vietnamese screens.
    pub title_vi: String,
    /// Its name in English.
    pub title_en: String,
    /// What was counted.
    pub measure: Measure,
    /// The rate without points, in ten-thousandths.
    pub low_bp: u32,
    /// The rate with all points, in ten-thousandths.
    pub high_bp: u32,
    /// The smallest number of observations that speaks for itself.
    pub min_n: u64,
    /// What holds when there are fewer.
    pub missing: Missing,
    /// The prior of the unit's cluster.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub prior: Option<Prior>,
    /// Twice the weight of the favourable observations: an assisted answer weighs one half.
    pub k_halves: u64,
    /// Twice the weight of all observations.
    pub n_halves: u64,
    /// The scored rate, exact, as `numerator/denominator` in lowest terms.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rate: Option<String>,
    /// The calculation in symbols and numbers.
    pub formula: String,
    /// The calculation as a Vietnamese sentence. Absent in the first procedure, as are the next three.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub words_vi: Option<String>,
    /// The calculation as an English sentence.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub words_en: Option<String>,
    /// The observations by the way they came, where the rulebook weighs them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub channels: Vec<ChannelExplanation>,
    /// The fields of events that the measure reads.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub reads: Vec<&'static str>,
    /// Entries that speak for the unit: indices in its log, ascending.
    pub favourable: Vec<Evidence>,
    /// Entries that speak against it.
    pub unfavourable: Vec<Evidence>,
    /// Entries that were heard and that a safeguard of the rulebook leaves out of the count.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub shown: Vec<Evidence>,
}

/// What came through one channel.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ChannelExplanation {
    /// The channel.
    pub channel: SurveyChannel,
    /// Its share in the cluster, in ten-thousandths.
    pub share_bp: u32,
    /// Twice the weight of the favourable observations.
    pub k_halves: u64,
    /// Twice the weight of all observations.
    pub n_halves: u64,
    /// Its rate after its part of the prior, exact.
    pub rate: String,
}

impl Explanation {
    /// Canonical bytes, without a newline at their end.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        document_bytes(self)
    }
}
