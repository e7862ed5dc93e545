//! A rulebook: criteria, goalposts, priors, classes and tie-breaks as data.

mod coherence;
mod criterion;
mod fault;
mod parse;
mod reader;
mod reads;
mod safeguards;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use danvan_event::SurveyChannel;
use sha2::{Digest, Sha256};

pub use criterion::{BasisPoints, Component, Criterion, Goalpost, Missing, Prior};
pub use fault::{RulebookError, RulebookFault};
pub use safeguards::{KioskRule, Safeguards};

use crate::class::Class;
use crate::engine::Engine;
use crate::ratio::nearest;

/// The bytes of the first rulebook: components A to D, scaled to 100 points. Frozen.
pub const RB_CQTT_0: &[u8] = include_bytes!("../../../schemas/rulebooks/rb-cqtt-0.toml");

/// The bytes of the whole rulebook: components A to F and a bonus.
pub const RB_CQTT_1: &[u8] = include_bytes!("../../../schemas/rulebooks/rb-cqtt-1.toml");

/// The bytes of the preset that follows Decision 54/2025/QĐ-UBND of Đồng Nai, for comparison.
pub const RB_DONGNAI_54: &[u8] = include_bytes!("../../../schemas/rulebooks/rb-dongnai-54.toml");

/// The largest rulebook file that is read: ten times what the fullest one needs.
pub const MAX_RULEBOOK_BYTES: usize = 256 * 1024;

/// A rulebook that was read whole and without an error. Known by the digest of its bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rulebook {
    engine: Engine,
    id: String,
    sha256: String,
    title_vi: String,
    title_en: String,
    decisive: Vec<String>,
    ties: Vec<String>,
    silence_from_transactions: u64,
    silence_components: Vec<String>,
    sum_centi: u32,
    scaled_centi: u32,
    classes: Vec<ClassBand>,
    components: Vec<Component>,
    bonus: Option<Bonus>,
    caps: Vec<Cap>,
    safeguards: Safeguards,
    channels: Option<ChannelShares>,
    clusters: BTreeMap<String, ClusterTerms>,
}

/// A class and the score from which it is given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClassBand {
    /// The class.
    pub code: Class,
    /// The lowest scaled score of the class, in centi-points.
    pub from_centi: u32,
    /// Its name on Vietnamese screens.
    pub title_vi: String,
    /// Its name in English.
    pub title_en: String,
}

/// Points above the whole for what few units reach.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bonus {
    /// The most that all bonus criteria give together, in centi-points.
    pub max_centi: u32,
    /// Its name on Vietnamese screens.
    pub title_vi: String,
    /// Its name in English.
    pub title_en: String,
    /// The criteria, in the order of the file.
    pub criteria: Vec<Criterion>,
}

/// What limits a unit's class whatever its points.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cap {
    /// What has to have happened.
    pub when: CapGround,
    /// The best class that the unit can then have; [`Class::KhongXepLoai`] takes its place away.
    pub at_most: Class,
    /// Its name on Vietnamese screens.
    pub title_vi: String,
    /// Its name in English.
    pub title_en: String,
}

/// What a cap can rest on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CapGround {
    /// A serious breach of a pledge was confirmed in the period.
    SeriousBreach,
    /// In the period a recognition or an award was taken back for fraud or a false dossier.
    FalsifiedEvidence,
}

/// The share that each way of answering has in all answers of a cluster; together 10,000 ten-thousandths.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ChannelShares {
    /// In the order of [`SurveyChannel::ALL`].
    shares: [BasisPoints; SurveyChannel::ALL.len()],
}

/// What the rulebook sets for the units of one cluster in place of what it sets for all.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ClusterTerms {
    /// Shares of the channels.
    pub channels: Option<ChannelShares>,
    /// Priors by the code of the criterion.
    pub priors: BTreeMap<String, Prior>,
}

impl CapGround {
    /// All grounds with their words in a rulebook file.
    pub const ALL: [(&'static str, CapGround); 2] =
        [("serious_breach", CapGround::SeriousBreach), ("falsified_evidence", CapGround::FalsifiedEvidence)];
}

impl ChannelShares {
    pub(crate) fn new(shares: [BasisPoints; SurveyChannel::ALL.len()]) -> ChannelShares {
        ChannelShares { shares }
    }

    /// Each channel with its share, in the order of [`SurveyChannel::ALL`].
    pub fn iter(&self) -> impl Iterator<Item = (SurveyChannel, BasisPoints)> {
        SurveyChannel::ALL.into_iter().zip(self.shares)
    }
}

impl Rulebook {
    /// Reads a rulebook file.
    ///
    /// # Errors
    /// Every problem of the file, in the order of its lines. The caller shows them all and adopts nothing.
    pub fn parse(bytes: &[u8]) -> Result<Rulebook, Vec<RulebookError>> {
        let mut rulebook = parse::parse(bytes)?;
        rulebook.sha256 = hex::encode(Sha256::digest(bytes));
        Ok(rulebook)
    }

    /// The frozen rulebook `rb-cqtt-0`.
    ///
    /// # Panics
    /// Never: the file is compiled in, and a test reads it.
    #[must_use]
    pub fn rb_cqtt_0() -> Rulebook {
        Rulebook::embedded(RB_CQTT_0)
    }

    /// The whole rulebook `rb-cqtt-1`.
    ///
    /// # Panics
    /// Never: the file is compiled in, and a test reads it.
    #[must_use]
    pub fn rb_cqtt_1() -> Rulebook {
        Rulebook::embedded(RB_CQTT_1)
    }

    /// The preset `rb-dongnai-54`.
    ///
    /// # Panics
    /// Never: the file is compiled in, and a test reads it.
    #[must_use]
    pub fn rb_dongnai_54() -> Rulebook {
        Rulebook::embedded(RB_DONGNAI_54)
    }

    #[expect(clippy::expect_used, reason = "the files are compiled in and a test reads them")]
    fn embedded(bytes: &[u8]) -> Rulebook {
        Rulebook::parse(bytes).expect("an embedded rulebook is sound")
    }

    /// The procedure that the rulebook is written for.
    #[must_use]
    pub fn engine(&self) -> Engine {
        self.engine
    }

    /// The id, for example `rb-cqtt-0`.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// SHA-256 of the file's bytes, in lower-case hex.
    #[must_use]
    pub fn sha256(&self) -> &str {
        &self.sha256
    }

    /// The title on Vietnamese screens.
    #[must_use]
    pub fn title_vi(&self) -> &str {
        &self.title_vi
    }

    /// The title in English.
    #[must_use]
    pub fn title_en(&self) -> &str {
        &self.title_en
    }

    /// The components in the order of the file.
    #[must_use]
    pub fn components(&self) -> &[Component] {
        &self.components
    }

    /// All criteria in the order of the file, without those of the bonus.
    pub fn criteria(&self) -> impl Iterator<Item = &Criterion> {
        self.components.iter().flat_map(|component| &component.criteria)
    }

    /// The bonus.
    #[must_use]
    pub fn bonus(&self) -> Option<&Bonus> {
        self.bonus.as_ref()
    }

    /// The criteria of the bonus.
    #[must_use]
    pub fn bonus_criteria(&self) -> &[Criterion] {
        self.bonus.as_ref().map_or(&[], |bonus| &bonus.criteria)
    }

    /// The criterion with the given code.
    #[must_use]
    pub fn criterion(&self, code: &str) -> Option<&Criterion> {
        self.criteria().chain(self.bonus_criteria()).find(|criterion| criterion.code == code)
    }

    /// The classes, the best first.
    #[must_use]
    pub fn classes(&self) -> &[ClassBand] {
        &self.classes
    }

    /// What limits a class.
    #[must_use]
    pub fn caps(&self) -> &[Cap] {
        &self.caps
    }

    /// The criteria without which a unit is not ranked.
    #[must_use]
    pub fn decisive(&self) -> &[String] {
        &self.decisive
    }

    /// The criteria whose rates part equal scores.
    #[must_use]
    pub fn ties(&self) -> &[String] {
        &self.ties
    }

    /// From how many transactions a period without any feedback is unusual.
    #[must_use]
    pub fn silence_from_transactions(&self) -> u64 {
        self.silence_from_transactions
    }

    /// The components whose priors stand in when a unit is unusually silent.
    #[must_use]
    pub fn silence_components(&self) -> &[String] {
        &self.silence_components
    }

    /// The sum of the criteria's points before scaling, in centi-points.
    #[must_use]
    pub fn sum_centi(&self) -> u32 {
        self.sum_centi
    }

    /// The highest possible score without a bonus, in centi-points.
    #[must_use]
    pub fn scaled_centi(&self) -> u32 {
        self.scaled_centi
    }

    /// What does not count because an office could bend it.
    #[must_use]
    pub fn safeguards(&self) -> &Safeguards {
        &self.safeguards
    }

    /// What is set for one cluster in place of what is set for all.
    #[must_use]
    pub fn terms(&self, cluster: &str) -> Option<&ClusterTerms> {
        self.clusters.get(cluster)
    }

    /// The shares of the channels in a cluster.
    #[must_use]
    pub fn channels(&self, cluster: &str) -> Option<&ChannelShares> {
        self.clusters.get(cluster).and_then(|terms| terms.channels.as_ref()).or(self.channels.as_ref())
    }

    /// The prior of a criterion in a cluster.
    #[must_use]
    pub fn prior(&self, cluster: &str, criterion: &Criterion) -> Option<Prior> {
        self.clusters.get(cluster).and_then(|terms| terms.priors.get(&criterion.code)).copied().or(criterion.prior)
    }

    /// The sum of the criteria's points scaled to the whole, rounded half to even once.
    #[must_use]
    pub fn scale(&self, sum_centi: u32) -> u32 {
        let scaled = nearest(i128::from(sum_centi) * i128::from(self.scaled_centi), i128::from(self.sum_centi));
        u32::try_from(scaled).unwrap_or(self.scaled_centi).min(self.scaled_centi)
    }

    /// The class of a scaled score.
    #[must_use]
    pub fn class_of(&self, score_centi: u32) -> Class {
        let lowest = self.classes.last().map_or(Class::Yeu, |band| band.code);
        self.classes.iter().find(|band| score_centi >= band.from_centi).map_or(lowest, |band| band.code)
    }

    /// The highest score of a class, in centi-points; absent for the best one and for a class that is not given.
    #[must_use]
    pub fn highest_of(&self, class: Class) -> Option<u32> {
        let better = self.classes.iter().take_while(|band| band.code != class).last()?;
        self.classes.iter().any(|band| band.code == class).then(|| better.from_centi.saturating_sub(1))
    }
}
