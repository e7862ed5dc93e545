//! Answers weighed by the way they came: what a unit hears through a channel counts as much as the channel does in its
//! cluster, whatever the number of answers.

use crate::ratio::Ratio;
use crate::rulebook::{BasisPoints, ChannelShares, Prior};
use crate::sample::{Sample, Stratum};

/// A channel's rate is rounded to a billionth, so that the sum over the channels has one denominator.
const BILLION: i128 = 1_000_000_000;

/// A channel's part of a stratified rate.
pub(crate) struct Part {
    pub(crate) stratum: Stratum,
    pub(crate) share: BasisPoints,
    /// The channel's rate: `(k + weight × share × mean) / (n + weight × share)`.
    pub(crate) rate: Ratio,
}

/// The sum over the channels of share × rate. The prior weighs in each channel by the channel's share, so a channel through
/// which nobody answered counts at the prior's mean, and answers spread like the shares give the rate that they give
/// without channels.
pub(crate) fn rate(prior: Prior, sample: &Sample, channels: &ChannelShares) -> Ratio {
    let sum = parts(prior, sample, channels)
        .map(|part| i128::from(part.share.get()) * part.rate.times(BILLION).round_half_even())
        .sum();
    Ratio::new(sum, BILLION * i128::from(BasisPoints::ONE.get()))
}

/// The channels that have a share, each with what came through it.
pub(crate) fn parts<'sample>(
    prior: Prior,
    sample: &'sample Sample,
    channels: &'sample ChannelShares,
) -> impl Iterator<Item = Part> + 'sample {
    let with_share = channels.iter().filter(|(_, share)| share.get() > 0);
    with_share.map(move |(channel, share)| {
        let held = sample.strata.iter().find(|stratum| stratum.channel == channel);
        let stratum = held.copied().unwrap_or(Stratum { channel, k_halves: 0, n_halves: 0 });
        Part { stratum, share, rate: part_rate(prior, stratum, share) }
    })
}

fn part_rate(prior: Prior, stratum: Stratum, share: BasisPoints) -> Ratio {
    let one = i128::from(BasisPoints::ONE.get());
    let weight_halves = 2 * i128::from(prior.weight) * i128::from(share.get());
    Ratio::new(
        i128::from(stratum.k_halves) * one * one + weight_halves * i128::from(prior.mean.get()),
        i128::from(stratum.n_halves) * one * one + weight_halves * one,
    )
}
