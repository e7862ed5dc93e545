//! Why a unit has its score: every criterion with its formula, its terms and its evidence.

mod document;
mod formula;
mod sentence;

use danvan_event::UnitId;
use danvan_projection::{Period, ReadModel, UnitModel};

pub use document::{
    CapExplanation, ChannelExplanation, ComponentExplanation, CriterionExplanation, Explanation, IntervalExplanation,
};

use crate::engine::Engine;
use crate::interval::LEVEL_BP;
use crate::measure::Scene;
use crate::ranking::{CriterionRow, RulebookRef};
use crate::rulebook::{Component, Criterion, Rulebook};
use crate::sample::Sides;
use crate::score::Terms;
use crate::standings::{Standing, Standings};
use crate::strata::{Part, Weighing};

/// Explains a unit's row; absent when the unit is not registered.
#[must_use]
pub fn explain(model: &ReadModel, rulebook: &Rulebook, period: &Period, unit: &UnitId) -> Option<Explanation> {
    Standings::of(model, rulebook, period).explain(model, unit)
}

impl Standings {
    /// Explains a unit's place; absent when the unit is not among these standings. The model must be the one that the
    /// standings were made of: its criteria are assessed again from it, and their evidence is gathered only now.
    #[must_use]
    pub fn explain(&self, model: &ReadModel, unit: &UnitId) -> Option<Explanation> {
        let standing = self.standing(unit)?;
        let nothing = UnitModel::default();
        let held = model.unit(unit).unwrap_or(&nothing);
        let scene = Scene::new(self.rulebook(), model, &standing.unit, held, self.period());
        let terms = Terms::of(self.rulebook(), &standing.cluster);
        let told = Telling { rulebook: self.rulebook(), standing, scene: &scene, terms };
        let score = &standing.score;
        Some(Explanation {
            engine: self.rulebook().engine(),
            period: *self.period(),
            rulebook: RulebookRef::of(self.rulebook()),
            unit: unit.clone(),
            name: standing.name.clone(),
            cluster: standing.cluster.clone(),
            rank: self.rank(unit),
            ranked_units: self.ranked_units(&standing.cluster),
            sum_centi: score.sum_centi,
            score_centi: score.score_centi,
            interval: score.interval.map(|interval| IntervalExplanation {
                low_centi: interval.low_centi,
                high_centi: interval.high_centi,
                level_bp: LEVEL_BP,
            }),
            formula: formula::of_score(self.rulebook(), score),
            class: score.class,
            marks: score.marks.clone(),
            cap: told.cap(),
            components: told.components(),
            bonus: told.bonus(),
        })
    }
}

/// What an explanation is told from.
struct Telling<'told> {
    rulebook: &'told Rulebook,
    standing: &'told Standing,
    scene: &'told Scene<'told>,
    terms: Terms<'told>,
}

impl Telling<'_> {
    fn components(&self) -> Vec<ComponentExplanation> {
        let silent = self.scene.is_silent(self.rulebook.silence_from_transactions());
        let explained = |component: &Component| {
            let unheard = self.terms.leaves_unheard(component, silent);
            let criteria: Vec<_> =
                component.criteria.iter().map(|criterion| self.criterion(criterion, unheard)).collect();
            ComponentExplanation {
                code: component.code.clone(),
                title_vi: component.title_vi.clone(),
                title_en: component.title_en.clone(),
                points_centi: criteria.iter().map(|criterion| criterion.row.points_centi).sum(),
                max_centi: criteria.iter().map(|criterion| criterion.row.max_centi).sum(),
                criteria,
            }
        };
        self.rulebook.components().iter().map(explained).collect()
    }

    fn bonus(&self) -> Option<ComponentExplanation> {
        let bonus = self.rulebook.bonus()?;
        Some(ComponentExplanation {
            code: "bonus".to_owned(),
            title_vi: bonus.title_vi.clone(),
            title_en: bonus.title_en.clone(),
            points_centi: self.standing.score.bonus_centi,
            max_centi: bonus.max_centi,
            criteria: bonus.criteria.iter().map(|criterion| self.criterion(criterion, false)).collect(),
        })
    }

    fn cap(&self) -> Option<CapExplanation> {
        let met = self.rulebook.caps().iter().filter(|cap| self.scene.is_met(cap.when));
        let cap = met.min_by_key(|cap| (self.rulebook.highest_of(cap.at_most), cap.when))?;
        Some(CapExplanation {
            when: cap.when,
            at_most: cap.at_most,
            title_vi: cap.title_vi.clone(),
            title_en: cap.title_en.clone(),
            highest_centi: self.rulebook.highest_of(cap.at_most),
            evidence: self.scene.grounds(cap.when),
        })
    }

    fn criterion(&self, criterion: &Criterion, unheard: bool) -> CriterionExplanation {
        let assessed = self.terms.assess(criterion, self.scene, unheard);
        let Sides { favourable, unfavourable, shown } = criterion.measure.sides(criterion, self.scene);
        let weighing = self.terms.weighing(criterion, assessed.prior, self.scene);
        let second = self.rulebook.engine() >= Engine::Second;
        let told = sentence::Told { criterion, assessed: &assessed, weighing: &weighing, shown: shown.len() };
        CriterionExplanation {
            title_vi: criterion.title_vi.clone(),
            title_en: criterion.title_en.clone(),
            measure: criterion.measure,
            low_bp: criterion.low.get(),
            high_bp: criterion.high.get(),
            min_n: criterion.min_n,
            missing: criterion.missing,
            prior: assessed.prior,
            k_halves: assessed.sample.k_halves,
            n_halves: assessed.sample.n_halves,
            rate: assessed.rate.map(formula::fraction),
            formula: formula::of_criterion(criterion, &assessed, &weighing),
            words_vi: second.then(|| told.vi()),
            words_en: second.then(|| told.en()),
            channels: if assessed.few || assessed.unheard { Vec::new() } else { channels(&weighing) },
            reads: if second { criterion.measure.reads().to_vec() } else { Vec::new() },
            favourable,
            unfavourable,
            shown,
            row: CriterionRow::of(criterion, &assessed.into_score()),
        }
    }
}

fn channels(weighing: &Weighing<'_>) -> Vec<ChannelExplanation> {
    let explained = |part: Part| ChannelExplanation {
        channel: part.stratum.channel,
        share_bp: part.share.get(),
        k_halves: part.stratum.k_halves,
        n_halves: part.stratum.n_halves,
        rate: formula::fraction(part.rate),
    };
    weighing.parts().into_iter().map(explained).collect()
}
