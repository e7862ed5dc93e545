//! A rulebook: criteria, goalposts, priors, classes and tie-breaks as data.

mod parse;
mod reader;
#[cfg(test)]
mod tests;

use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::class::Class;
use crate::measure::Measure;
use crate::ratio::Ratio;

/// The bytes of the first rulebook: components A to D, scaled to 100 points. Frozen.
pub const RB_CQTT_0: &[u8] = include_bytes!("../../../schemas/rulebooks/rb-cqtt-0.toml");

/// The largest rulebook file that is read: ten times what the fullest one needs.
pub const MAX_RULEBOOK_BYTES: usize = 256 * 1024;

/// A fraction of at most four decimals, held as ten-thousandths: 0.90 is 9000.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct BasisPoints(u32);

/// A rulebook that was read whole and without an error. Known by the digest of its bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rulebook {
    id: String,
    sha256: String,
    title_vi: String,
    title_en: String,
    decisive: Vec<String>,
    ties: Vec<String>,
    silence_from_transactions: u64,
    sum_centi: u32,
    scaled_centi: u32,
    classes: Vec<ClassBand>,
    components: Vec<Component>,
}

/// A class and the score from which it is given.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
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

/// A group of criteria.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Component {
    /// The letter of the group.
    pub code: String,
    /// Its name on Vietnamese screens.
    pub title_vi: String,
    /// Its name in English.
    pub title_en: String,
    /// The criteria, in the order of the file.
    pub criteria: Vec<Criterion>,
}

/// One criterion: what is measured and how a rate becomes points.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Criterion {
    /// The code, for example `C1`.
    pub code: String,
    /// Its name on Vietnamese screens.
    pub title_vi: String,
    /// Its name in English.
    pub title_en: String,
    /// What is counted.
    pub measure: Measure,
    /// The points for a rate at or beyond `high`, in centi-points.
    pub max_centi: u32,
    /// The rate that gives no points.
    pub low: BasisPoints,
    /// The rate that gives all points. Below `low` when less is better.
    pub high: BasisPoints,
    /// The smallest number of observations that speaks for itself.
    pub min_n: u64,
    /// What holds when there are fewer.
    pub missing: Missing,
    /// The rate expected before anything is observed, and its weight.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub prior: Option<Prior>,
}

/// What a criterion gives when there are fewer than `min_n` observations.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Missing {
    /// The prior's mean stands in for the rate.
    Prior,
    /// All points.
    Full,
    /// No points.
    Zero,
}

/// The rate expected before anything is observed: `(k + weight × mean) / (n + weight)`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Prior {
    /// The expected rate.
    pub mean: BasisPoints,
    /// The number of observations that it weighs as much as. 0: the mean stands in for missing data and nothing else.
    pub weight: u32,
}

/// What is wrong with a rulebook file, and where. The file is refused whole, with all of these at once.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {key}: {problem}")]
pub struct RulebookError {
    /// 1-based line of the file.
    pub line: usize,
    /// The dotted key, or the file's name for itself, `rulebook`.
    pub key: String,
    /// What is wrong.
    pub problem: String,
}

impl BasisPoints {
    /// The largest fraction, 1.
    pub const ONE: BasisPoints = BasisPoints(10_000);

    /// The fraction of so many ten-thousandths, if it is at most 1.
    #[must_use]
    pub fn new(ten_thousandths: u32) -> Option<BasisPoints> {
        (ten_thousandths <= BasisPoints::ONE.0).then_some(BasisPoints(ten_thousandths))
    }

    /// Ten-thousandths.
    #[must_use]
    pub fn get(self) -> u32 {
        self.0
    }

    pub(crate) fn ratio(self) -> Ratio {
        Ratio::new(i128::from(self.0), i128::from(BasisPoints::ONE.0))
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
    #[expect(clippy::expect_used, reason = "the file is compiled in and a test reads it")]
    pub fn rb_cqtt_0() -> Rulebook {
        Rulebook::parse(RB_CQTT_0).expect("the embedded rulebook is sound")
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

    /// All criteria in the order of the file.
    pub fn criteria(&self) -> impl Iterator<Item = &Criterion> {
        self.components.iter().flat_map(|component| &component.criteria)
    }

    /// The criterion with the given code.
    #[must_use]
    pub fn criterion(&self, code: &str) -> Option<&Criterion> {
        self.criteria().find(|criterion| criterion.code == code)
    }

    /// The classes, the best first.
    #[must_use]
    pub fn classes(&self) -> &[ClassBand] {
        &self.classes
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

    /// The highest possible score, in centi-points.
    #[must_use]
    pub fn scaled_centi(&self) -> u32 {
        self.scaled_centi
    }

    /// The sum of the criteria's points scaled to the whole, rounded half to even once.
    #[must_use]
    pub fn scale(&self, sum_centi: u32) -> u32 {
        let scaled = Ratio::new(i128::from(sum_centi) * i128::from(self.scaled_centi), i128::from(self.sum_centi));
        u32::try_from(scaled.round_half_even()).unwrap_or(self.scaled_centi).min(self.scaled_centi)
    }

    /// The class of a scaled score.
    #[must_use]
    pub fn class_of(&self, score_centi: u32) -> Class {
        self.classes.iter().find(|band| score_centi >= band.from_centi).map_or(Class::Yeu, |band| band.code)
    }
}
