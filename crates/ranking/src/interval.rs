//! How far a score could lie from what endless observation would show.
//!
//! A shrunk share is the mean of the beta distribution that the prior and the observations give, and that distribution has
//! the variance rate × (1 − rate) / (n + weight + 1) (conjugate analysis of a binomial rate, as in every textbook on
//! Bayesian statistics). Points grow with the rate by max / (high − low) and are then clamped; clamping never widens, so the
//! variance of the points is at most (max / (high − low))² times that of the rate, and never more than (max / 2)², which no
//! value between 0 and max can exceed. Criteria are added as if independent. Deeds that are counted whole, such as
//! documents, carry no variance.

use crate::ratio::{Ratio, round_up};
use crate::rulebook::{BasisPoints, Criterion, Prior, Rulebook};
use crate::sample::Sample;
use crate::score::UnitScore;
use crate::strata::{Part, Weighing};

/// The level of every interval, in ten-thousandths.
pub(crate) const LEVEL_BP: u32 = 9_000;

/// The square of the normal deviate that leaves 10 % outside: the 0.90 quantile of χ² with one degree of freedom, 2.70554,
/// rounded up, in ten-thousandths.
const DEVIATE_SQUARED_BP: i128 = 27_056;

/// Rates enter the variance as millionths.
const MILLION: i64 = 1_000_000;

/// Where a score lies with 90 % confidence, in centi-points.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Interval {
    pub(crate) low_centi: u32,
    pub(crate) high_centi: u32,
}

impl Interval {
    /// The interval of a score, by the variance of its sum in squared centi-points.
    pub(crate) fn of(score: &UnitScore, variance: u64, rulebook: &Rulebook) -> Interval {
        let variance = i128::from(variance);
        let (scaled, sum) = (i128::from(rulebook.scaled_centi()), i128::from(rulebook.sum_centi()));
        let one = i128::from(BasisPoints::ONE.get());
        // Four squares of at most 2^20 and a constant: far below 2^127.
        let square = round_up(DEVIATE_SQUARED_BP * variance * scaled * scaled, one * sum * sum);
        let half_width = u32::try_from(root_up(square)).unwrap_or(u32::MAX);
        let most = rulebook.scaled_centi() + rulebook.bonus().map_or(0, |bonus| bonus.max_centi);
        let most = if score.cap.is_some() { score.score_centi } else { most };
        Interval {
            low_centi: score.score_centi.saturating_sub(half_width),
            high_centi: score.score_centi.saturating_add(half_width).min(most),
        }
    }

    pub(crate) fn overlaps(self, other: Interval) -> bool {
        self.low_centi <= other.high_centi && other.low_centi <= self.high_centi
    }
}

/// The variance of a criterion's points in squared centi-points, rounded up. Without a sample the prior alone speaks.
pub(crate) fn variance(
    criterion: &Criterion,
    rate: Ratio,
    prior: Prior,
    observed: Option<(&Weighing<'_>, &Sample)>,
) -> u64 {
    let one = i128::from(BasisPoints::ONE.get());
    let weight_halves = 2 * i128::from(prior.weight) * one;
    let spread = if let Some((Weighing::Shrunk(prior, by_channel), _)) = observed {
        let part = |part: Part| {
            let share = i128::from(part.share.get());
            let halves = i128::from(part.stratum.n_halves) * one + weight_halves * share / one;
            points_variance(criterion, part.rate, halves, share)
        };
        by_channel.shrunk(*prior).map(part).sum()
    } else {
        let observed = observed.map_or(0, |(_, sample)| i128::from(sample.n_halves));
        points_variance(criterion, rate, observed * one + weight_halves, one)
    };
    let max = i128::from(criterion.max_centi);
    u64::try_from(spread.min(round_up(max * max, 4))).unwrap_or(u64::MAX)
}

/// `(max × share / (high − low))² × rate × (1 − rate) / (n + weight + 1)`, with `n + weight` in halves of ten-thousandths
/// and the share in ten-thousandths, rounded up.
fn points_variance(criterion: &Criterion, rate: Ratio, halves: i128, share: i128) -> i128 {
    let one = i128::from(BasisPoints::ONE.get());
    let max = i128::from(criterion.max_centi);
    let span = i128::from(criterion.high.get()) - i128::from(criterion.low.get());
    let million = i128::from(MILLION);
    let millionths = rate.clamped().times(MILLION);
    // max² is below 2^40, share² below 2^27, the product of the rates below 2^38; halves below 2^56, span² of a share below
    // 2^27. The ten-thousandths of share and span cancel; those of the halves and the millionths of the rates are left.
    let numerator = max * max * share * share * (millionths * (million - millionths)) * 2;
    let denominator = million * (million / one) * (halves + 2 * one) * (span * span).max(1);
    round_up(numerator, denominator)
}

/// The least integer whose square is at least `square`.
fn root_up(square: i128) -> u128 {
    let square = square.unsigned_abs();
    let root = square.isqrt();
    if root * root < square { root + 1 } else { root }
}
