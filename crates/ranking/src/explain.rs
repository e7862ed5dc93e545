//! Why a unit has its score: every criterion with its formula, its terms and its evidence.

use danvan_event::UnitId;
use danvan_projection::{Evidence, Period, ReadModel, document_bytes};
use serde::Serialize;

use crate::class::Class;
use crate::mark::Mark;
use crate::measure::Measure;
use crate::ranking::{CriterionRow, ENGINE, RulebookRef, rank};
use crate::ratio::Ratio;
use crate::rulebook::{Criterion, Missing, Prior, Rulebook};
use crate::score::{CriterionScore, UnitScore};

/// The explanation of one row of a ranking. The format is described in `schemas/ranking.md`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Explanation {
    /// [`ENGINE`].
    pub engine: &'static str,
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
    /// Its place; absent when there is too little data.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rank: Option<u32>,
    /// The number of ranked units in its cluster.
    pub ranked_units: u32,
    /// The sum of the criteria's points before scaling, in centi-points.
    pub sum_centi: u32,
    /// The scaled score in centi-points.
    pub score_centi: u32,
    /// Its class.
    pub class: Class,
    /// Remarks on the unit as a whole.
    pub marks: Vec<Mark>,
    /// The components with their criteria, in the rulebook's order.
    pub components: Vec<ComponentExplanation>,
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
    /// The prior.
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
    /// Entries that speak for the unit: indices in its log, ascending.
    pub favourable: Vec<Evidence>,
    /// Entries that speak against it.
    pub unfavourable: Vec<Evidence>,
}

impl Explanation {
    /// Canonical bytes, without a newline at their end.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        document_bytes(self)
    }
}

/// Explains a unit's row; absent when the unit is not registered.
#[must_use]
pub fn explain(model: &ReadModel, rulebook: &Rulebook, period: &Period, unit: &UnitId) -> Option<Explanation> {
    let registered = model.registry().units().get(unit)?;
    let score = UnitScore::of(model.unit(unit), model.registry(), rulebook, period);
    let ranking = rank(model, rulebook, period);
    let same_cluster = ranking.rows.iter().filter(|row| row.cluster == registered.fact.cluster && row.rank.is_some());
    let ranked_units = u32::try_from(same_cluster.count()).unwrap_or(u32::MAX);
    Some(Explanation {
        engine: ENGINE,
        period: *period,
        rulebook: RulebookRef::of(rulebook),
        unit: unit.clone(),
        name: registered.fact.name.clone(),
        cluster: registered.fact.cluster.clone(),
        rank: ranking.row(unit).and_then(|row| row.rank),
        ranked_units,
        sum_centi: score.sum_centi,
        score_centi: score.score_centi,
        class: score.class,
        marks: score.marks.clone(),
        components: components(rulebook, &score),
    })
}

fn components(rulebook: &Rulebook, score: &UnitScore<'_>) -> Vec<ComponentExplanation> {
    let explained = |component: &crate::rulebook::Component| {
        let criteria: Vec<CriterionExplanation> = component
            .criteria
            .iter()
            .filter_map(|criterion| score.criterion(&criterion.code))
            .map(CriterionExplanation::of)
            .collect();
        ComponentExplanation {
            code: component.code.clone(),
            title_vi: component.title_vi.clone(),
            title_en: component.title_en.clone(),
            points_centi: criteria.iter().map(|criterion| criterion.row.points_centi).sum(),
            max_centi: criteria.iter().map(|criterion| criterion.row.max_centi).sum(),
            criteria,
        }
    };
    rulebook.components().iter().map(explained).collect()
}

impl CriterionExplanation {
    fn of(scored: &CriterionScore<'_>) -> CriterionExplanation {
        let criterion = scored.criterion;
        CriterionExplanation {
            row: CriterionRow::of(scored),
            title_vi: criterion.title_vi.clone(),
            title_en: criterion.title_en.clone(),
            measure: criterion.measure,
            low_bp: criterion.low.get(),
            high_bp: criterion.high.get(),
            min_n: criterion.min_n,
            missing: criterion.missing,
            prior: criterion.prior,
            k_halves: scored.sample.k_halves,
            n_halves: scored.sample.n_halves,
            rate: scored.rate.map(fraction),
            formula: formula(scored),
            favourable: scored.sample.favourable.clone(),
            unfavourable: scored.sample.unfavourable.clone(),
        }
    }
}

fn fraction(rate: Ratio) -> String {
    format!("{}/{}", rate.numerator(), rate.denominator())
}

/// The calculation with its numbers, for example
/// `(54 + 60 × 0.9000) / (60 + 60) = 9/10; 2000 × (9/10 − 0.8000) / (0.9800 − 0.8000) = 1111`.
fn formula(scored: &CriterionScore<'_>) -> String {
    let criterion = scored.criterion;
    let Some(rate) = scored.rate else {
        return format!("n = {} < {} = {}", scored.sample.n, criterion.min_n, scored.points_centi);
    };
    let (low, high) = (decimal(criterion.low.get()), decimal(criterion.high.get()));
    format!(
        "{} = {}; {} × ({} − {low}) / ({high} − {low}) = {}",
        rate_formula(scored, criterion),
        fraction(rate),
        criterion.max_centi,
        fraction(rate),
        scored.points_centi,
    )
}

fn rate_formula(scored: &CriterionScore<'_>, criterion: &Criterion) -> String {
    let sample = &scored.sample;
    match criterion.prior {
        Some(prior) if scored.few => format!("n = {} < {}: {}", sample.n, criterion.min_n, decimal(prior.mean.get())),
        Some(prior) if prior.weight > 0 => format!(
            "({k} + {m} × {mean}) / ({n} + {m})",
            k = half(sample.k_halves),
            n = half(sample.n_halves),
            m = prior.weight,
            mean = decimal(prior.mean.get()),
        ),
        _ if sample.k.is_some() => format!("{} / {}", half(sample.k_halves), half(sample.n_halves)),
        _ => criterion.measure.code().to_owned(),
    }
}

/// Ten-thousandths as a decimal fraction.
fn decimal(ten_thousandths: u32) -> String {
    format!("{}.{:04}", ten_thousandths / 10_000, ten_thousandths % 10_000)
}

/// A number of halves as a decimal.
fn half(halves: u64) -> String {
    if halves.is_multiple_of(2) { (halves / 2).to_string() } else { format!("{}.5", halves / 2) }
}
