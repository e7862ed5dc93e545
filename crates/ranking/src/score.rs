//! From observations to points, exactly, with one rounding per criterion and one for the whole.

use std::sync::LazyLock;

use danvan_event::UnitId;
use danvan_projection::{Period, ReadModel, UnitModel};

use crate::class::Class;
use crate::engine::Engine;
use crate::interval::{self, Interval};
use crate::mark::{Mark, Marks};
use crate::measure::Scene;
use crate::ratio::{Ratio, nearest};
use crate::rulebook::{ChannelShares, ClusterTerms, Component, Criterion, Missing, Prior, Rulebook};
use crate::sample::Sample;
use crate::strata::Weighing;

/// What is known of a unit whose log is absent.
static NOTHING: LazyLock<UnitModel> = LazyLock::new(UnitModel::default);

/// What one criterion earned: what its row says and what parts equal scores. How it came about is worked out again for whoever
/// asks, so that the standings of thousands of units stay small.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct CriterionScore {
    pub(crate) k: Option<u64>,
    pub(crate) n: u64,
    pub(crate) rate: Option<Ratio>,
    pub(crate) points_centi: u32,
    pub(crate) marks: Marks,
}

/// Twenty of them are held for each of thousands of units.
const _: () = assert!(size_of::<CriterionScore>() <= 80);

/// How a criterion's score came about.
#[derive(Debug)]
pub(crate) struct Assessment {
    pub(crate) sample: Sample,
    /// The prior of the unit's cluster.
    pub(crate) prior: Option<Prior>,
    /// The rate after the prior; absent when missing data gave full or no points without a rate.
    pub(crate) rate: Option<Ratio>,
    /// Whether there were fewer observations than the criterion needs.
    pub(crate) few: bool,
    /// Whether the prior stands in because the unit was unusually silent.
    pub(crate) unheard: bool,
    pub(crate) points_centi: u32,
    /// Of the points, in squared centi-points, rounded up.
    pub(crate) variance: u64,
}

/// All criteria of one unit, in the order of the rulebook.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct UnitScore {
    pub(crate) criteria: Vec<CriterionScore>,
    pub(crate) bonus: Vec<CriterionScore>,
    pub(crate) sum_centi: u32,
    /// What the bonus criteria give, at most the bonus of the rulebook.
    pub(crate) bonus_centi: u32,
    /// The place of the cap that binds, among those of the rulebook.
    pub(crate) cap: Option<usize>,
    pub(crate) score_centi: u32,
    pub(crate) interval: Option<Interval>,
    pub(crate) class: Class,
    pub(crate) marks: Vec<Mark>,
}

/// By what and for when units are scored.
#[derive(Clone, Copy)]
pub(crate) struct Rules<'rules> {
    pub(crate) model: &'rules ReadModel,
    pub(crate) rulebook: &'rules Rulebook,
    pub(crate) period: &'rules Period,
}

/// Who is scored.
#[derive(Clone, Copy)]
pub(crate) struct Judged<'unit> {
    pub(crate) id: &'unit UnitId,
    /// What the model knows of the unit; nothing when its log is absent.
    pub(crate) known: Option<&'unit UnitModel>,
    pub(crate) cluster: &'unit str,
    /// Whether it was the same unit the whole period: the registry knows it, and it holds for many entries.
    pub(crate) whole: bool,
}

/// What the rulebook says to the units of one cluster.
#[derive(Clone, Copy)]
pub(crate) struct Terms<'rules> {
    rulebook: &'rules Rulebook,
    of_cluster: Option<&'rules ClusterTerms>,
    channels: Option<&'rules ChannelShares>,
}

impl UnitScore {
    /// Scores a registered unit.
    pub(crate) fn of(unit: &Judged<'_>, rules: &Rules<'_>) -> UnitScore {
        let Rules { model, rulebook, period } = *rules;
        let Judged { id, known: held, cluster, whole } = *unit;
        let terms = Terms::of(rulebook, cluster);
        let scene = Scene::new(rulebook, model, id, held.unwrap_or(&NOTHING), period);
        let silent = scene.is_silent(rulebook.silence_from_transactions());
        let (mut lacking, mut variance) = (false, 0);
        let mut criteria = Vec::with_capacity(rulebook.criteria().count());
        for component in rulebook.components() {
            let unheard = terms.leaves_unheard(component, silent);
            for criterion in &component.criteria {
                let assessed = terms.assess(criterion, &scene, unheard);
                lacking |= assessed.few && rulebook.decisive().contains(&criterion.code);
                variance += assessed.variance;
                criteria.push(assessed.into_score());
            }
        }
        let bonus: Vec<_> = rulebook
            .bonus_criteria()
            .iter()
            .map(|criterion| terms.assess(criterion, &scene, false).into_score())
            .collect();
        let whole = whole || rulebook.engine() == Engine::First;
        let mut marks = Vec::new();
        if held.is_none() {
            marks.push(Mark::VangNhatKy);
        }
        if silent {
            marks.push(Mark::ImLangBatThuong);
        }
        if !whole {
            marks.push(Mark::KhongTronKy);
        }
        if scene.has_open_appeal() {
            marks.push(Mark::KienNghiChuaKetLuan);
        }
        let mut score = UnitScore {
            sum_centi: criteria.iter().map(|scored| scored.points_centi).sum(),
            bonus_centi: bonus.iter().map(|scored| scored.points_centi).sum(),
            criteria,
            bonus,
            cap: None,
            score_centi: 0,
            interval: None,
            class: Class::ChuaDuDuLieu,
            marks,
        };
        score.conclude(rulebook, &scene, variance, lacking || held.is_none() || !whole);
        score
    }

    /// Scales, adds the bonus, applies the caps, gives the class. The variance is that of the sum.
    fn conclude(&mut self, rulebook: &Rulebook, scene: &Scene<'_>, variance: u64, lacking: bool) {
        self.bonus_centi = self.bonus_centi.min(rulebook.bonus().map_or(0, |bonus| bonus.max_centi));
        self.score_centi = rulebook.scale(self.sum_centi) + self.bonus_centi;
        let mut excluded = false;
        for (place, cap) in rulebook.caps().iter().enumerate() {
            if !scene.is_met(cap.when) {
                continue;
            }
            self.marks.push(cap.when.mark());
            excluded |= cap.at_most == Class::KhongXepLoai;
            if let Some(highest) = rulebook.highest_of(cap.at_most)
                && self.score_centi > highest
            {
                self.score_centi = highest;
                self.cap = Some(place);
            }
        }
        self.class = match (excluded, lacking) {
            (true, _) => Class::KhongXepLoai,
            (false, true) => Class::ChuaDuDuLieu,
            (false, false) => rulebook.class_of(self.score_centi),
        };
        if rulebook.engine() >= Engine::Second {
            self.interval = Some(Interval::of(self, variance, rulebook));
        }
    }

    /// All criteria, then those of the bonus: the order of [`scored_criteria`].
    pub(crate) fn nth(&self, place: usize) -> Option<&CriterionScore> {
        self.criteria.iter().chain(&self.bonus).nth(place)
    }
}

impl Assessment {
    pub(crate) fn into_score(self) -> CriterionScore {
        let Assessment { sample, rate, points_centi, .. } = self;
        CriterionScore { k: sample.k, n: sample.n, rate, points_centi, marks: sample.marks }
    }
}

impl<'rules> Terms<'rules> {
    pub(crate) fn of(rulebook: &'rules Rulebook, cluster: &str) -> Terms<'rules> {
        Terms { rulebook, of_cluster: rulebook.terms(cluster), channels: rulebook.channels(cluster) }
    }

    /// Whether the prior stands in for the criteria of a component, because the unit was unusually silent.
    pub(crate) fn leaves_unheard(&self, component: &Component, silent: bool) -> bool {
        silent && self.rulebook.silence_components().contains(&component.code)
    }

    pub(crate) fn weighing(&self, criterion: &Criterion, prior: Option<Prior>, scene: &Scene<'_>) -> Weighing<'rules> {
        Weighing::of(criterion, prior, scene, self.channels)
    }

    /// Observes a criterion and works out what it earned.
    pub(crate) fn assess(&self, criterion: &Criterion, scene: &Scene<'_>, unheard: bool) -> Assessment {
        let mut sample = criterion.measure.observe(criterion, scene);
        let of_cluster = self.of_cluster.and_then(|terms| terms.priors.get(&criterion.code));
        let prior = of_cluster.copied().or(criterion.prior);
        let few = sample.n < criterion.min_n;
        let weighing = self.weighing(criterion, prior, scene);
        let rate = match (few || unheard, criterion.missing) {
            (true, missing) if unheard || missing == Missing::Prior => {
                // That a key was delisted says nothing of what stands in.
                if sample.marks.iter().all(|mark| *mark == Mark::KhoaThoiGhiNhan) {
                    sample.marks.push(if unheard { Mark::ImLangBatThuong } else { Mark::ItDuLieu });
                }
                Some(prior.map_or(Ratio::ZERO, |prior| prior.mean.ratio()))
            }
            (true, _) => None,
            (false, _) => Some(rate(&weighing, &sample)),
        };
        let points_centi = match rate {
            Some(rate) => points(criterion, rate),
            None if criterion.missing == Missing::Full => criterion.max_centi,
            None => 0,
        };
        let variance = match (self.rulebook.engine(), rate, prior) {
            (Engine::Second, Some(rate), Some(prior)) if prior.weight > 0 => {
                let observed = (!few && !unheard).then_some((&weighing, &sample));
                interval::variance(criterion, rate, prior, observed)
            }
            _ => 0,
        };
        Assessment { sample, prior, rate, few, unheard, points_centi, variance }
    }
}

/// By channels where the rulebook has shares and the measure tells them; else `(k + weight × mean) / (n + weight)`, counted in
/// halves of an observation; else the observed rate.
fn rate(weighing: &Weighing<'_>, sample: &Sample) -> Ratio {
    let prior = match weighing {
        Weighing::Shrunk(prior, by_channel) => return by_channel.shrunk_rate(*prior),
        Weighing::Coverage(high, by_channel) => return by_channel.coverage(*high),
        Weighing::Whole(None) => return sample.rate,
        Weighing::Whole(Some(prior)) => prior,
    };
    let one = i128::from(crate::rulebook::BasisPoints::ONE.get());
    let weight_halves = 2 * i128::from(prior.weight);
    Ratio::new(
        i128::from(sample.k_halves) * one + weight_halves * i128::from(prior.mean.get()),
        (i128::from(sample.n_halves) + weight_halves) * one,
    )
}

/// The criteria in the order in which a unit's scores of them stand.
pub(crate) fn scored_criteria(rulebook: &Rulebook) -> impl Iterator<Item = &Criterion> {
    rulebook.criteria().chain(rulebook.bonus_criteria())
}

/// `max × (rate − low) / (high − low)`, clamped, rounded half to even: the only rounding of a criterion.
fn points(criterion: &Criterion, rate: Ratio) -> u32 {
    let (low, high) = (i128::from(criterion.low.get()), i128::from(criterion.high.get()));
    let one = i128::from(crate::rulebook::BasisPoints::ONE.get());
    let above_low = (rate.numerator() * one - low * rate.denominator()) * (high - low).signum();
    let span = rate.denominator() * (high - low).abs();
    let max = i128::from(criterion.max_centi);
    u32::try_from(nearest(max * above_low.clamp(0, span), span)).unwrap_or(criterion.max_centi)
}
