//! Criteria: what is measured and how a rate becomes points.

use serde::Serialize;

use crate::measure::Measure;
use crate::ratio::Ratio;

/// A fraction of at most four decimals, held as ten-thousandths: 0.90 is 9000.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct BasisPoints(u32);

/// A rate at which points begin or end, in ten-thousandths of what the measure counts: a share, things, or days.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Goalpost(u32);

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
    pub low: Goalpost,
    /// The rate that gives all points. Below `low` when less is better.
    pub high: Goalpost,
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

impl Goalpost {
    /// The largest goalpost: a thousand things or days.
    pub const MOST: u32 = 1_000;
    pub(crate) const ZERO: Goalpost = Goalpost(0);
    pub(crate) const ONE: Goalpost = Goalpost(10_000);

    /// The goalpost at so many ten-thousandths, if it is at most [`Goalpost::MOST`].
    #[must_use]
    pub fn new(ten_thousandths: u32) -> Option<Goalpost> {
        (ten_thousandths <= Goalpost::MOST * 10_000).then_some(Goalpost(ten_thousandths))
    }

    /// Ten-thousandths.
    #[must_use]
    pub fn get(self) -> u32 {
        self.0
    }
}
