//! From observations to points, exactly, with one rounding per criterion and one for the whole.

use danvan_projection::{Period, Registry, UnitModel};

use crate::class::Class;
use crate::mark::Mark;
use crate::measure::{Scene, is_silent};
use crate::ratio::Ratio;
use crate::rulebook::{Criterion, Missing, Rulebook};
use crate::sample::Sample;

/// A criterion with what was observed and what it earned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct CriterionScore<'rules> {
    pub(crate) criterion: &'rules Criterion,
    pub(crate) sample: Sample,
    /// The rate after the prior; absent when missing data gave full or no points without a rate.
    pub(crate) rate: Option<Ratio>,
    /// Whether there were fewer observations than the criterion needs.
    pub(crate) few: bool,
    pub(crate) points_centi: u32,
    pub(crate) marks: Vec<Mark>,
}

/// All criteria of one unit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct UnitScore<'rules> {
    pub(crate) criteria: Vec<CriterionScore<'rules>>,
    pub(crate) sum_centi: u32,
    pub(crate) score_centi: u32,
    pub(crate) class: Class,
    pub(crate) marks: Vec<Mark>,
}

impl<'rules> UnitScore<'rules> {
    /// Scores a unit; `unit` is absent when nothing of its log is held.
    pub(crate) fn of(
        unit: Option<&UnitModel>,
        registry: &Registry,
        rulebook: &'rules Rulebook,
        period: &Period,
    ) -> UnitScore<'rules> {
        let nothing = UnitModel::default();
        let model = unit.unwrap_or(&nothing);
        let scene = Scene { unit: model, registry, period };
        let criteria: Vec<_> = rulebook.criteria().map(|criterion| score(criterion, &scene)).collect();
        let sum_centi = criteria.iter().map(|criterion| criterion.points_centi).sum();
        let score_centi = rulebook.scale(sum_centi);
        let lacking = criteria.iter().any(|scored| scored.few && rulebook.decisive().contains(&scored.criterion.code));
        let mut marks = Vec::new();
        if unit.is_none() {
            marks.push(Mark::VangNhatKy);
        }
        if is_silent(model, period, rulebook.silence_from_transactions()) {
            marks.push(Mark::ImLangBatThuong);
        }
        let class = if lacking || unit.is_none() { Class::ChuaDuDuLieu } else { rulebook.class_of(score_centi) };
        UnitScore { criteria, sum_centi, score_centi, class, marks }
    }

    pub(crate) fn criterion(&self, code: &str) -> Option<&CriterionScore<'rules>> {
        self.criteria.iter().find(|scored| scored.criterion.code == code)
    }
}

fn score<'rules>(criterion: &'rules Criterion, scene: &Scene<'_>) -> CriterionScore<'rules> {
    let sample = criterion.measure.observe(scene);
    let few = sample.n < criterion.min_n;
    let mut marks = sample.marks.clone();
    let (rate, points_centi) = match (few, criterion.missing) {
        (true, Missing::Full) => (None, criterion.max_centi),
        (true, Missing::Zero) => (None, 0),
        (true, Missing::Prior) => {
            if marks.is_empty() {
                marks.push(Mark::ItDuLieu);
            }
            let mean = criterion.prior.map_or(Ratio::ZERO, |prior| prior.mean.ratio());
            (Some(mean), points(criterion, mean))
        }
        (false, _) => {
            let rate = shrunk(criterion, &sample);
            (Some(rate), points(criterion, rate))
        }
    };
    CriterionScore { criterion, sample, rate, few, points_centi, marks }
}

/// `(k + weight × mean) / (n + weight)`, counted in halves of an observation; the observed rate when nothing weighs.
fn shrunk(criterion: &Criterion, sample: &Sample) -> Ratio {
    let Some(prior) = criterion.prior.filter(|prior| prior.weight > 0) else { return sample.rate };
    let one = i128::from(crate::rulebook::BasisPoints::ONE.get());
    let weight_halves = 2 * i128::from(prior.weight);
    Ratio::new(
        i128::from(sample.k_halves) * one + weight_halves * i128::from(prior.mean.get()),
        (i128::from(sample.n_halves) + weight_halves) * one,
    )
}

/// `max × (rate − low) / (high − low)`, clamped, rounded half to even: the only rounding of a criterion.
fn points(criterion: &Criterion, rate: Ratio) -> u32 {
    let (low, high) = (criterion.low.ratio(), criterion.high.ratio());
    let share = rate.minus(low).over(high.minus(low)).clamped();
    let rounded = share.times(i128::from(criterion.max_centi)).round_half_even();
    u32::try_from(rounded).unwrap_or(criterion.max_centi)
}
