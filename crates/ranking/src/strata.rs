//! Answers weighed by the way they came: what a unit hears through a channel counts as much as the channel does in its
//! cluster, whatever the number of answers.

use danvan_event::SurveyChannel;

use crate::measure::{Measure, Scene};
use crate::ratio::Ratio;
use crate::rulebook::{BasisPoints, ChannelShares, Criterion, Goalpost, Prior};
use crate::sample::Stratum;

/// A channel's rate is rounded to a billionth, so that the sum over the channels has one denominator.
const BILLION: i64 = 1_000_000_000;

/// What came through every channel, in the order of [`SurveyChannel::ALL`].
pub(crate) type Strata = [Stratum; SurveyChannel::ALL.len()];

/// How a rate comes about from what was observed.
#[derive(Clone, Copy)]
pub(crate) enum Weighing<'rules> {
    /// Each channel by its share, each with its part of the prior.
    Shrunk(Prior, ByChannel<'rules>),
    /// Of each channel at most its share of what earns all points.
    Coverage(Goalpost, ByChannel<'rules>),
    /// As one, with the prior where it has a weight.
    Whole(Option<Prior>),
}

/// What came through the channels, with their shares.
#[derive(Clone, Copy)]
pub(crate) struct ByChannel<'rules> {
    pub(crate) strata: Strata,
    pub(crate) shares: &'rules ChannelShares,
}

/// A channel's part of a rate.
#[derive(Clone, Copy)]
pub(crate) struct Part {
    pub(crate) stratum: Stratum,
    pub(crate) share: BasisPoints,
    /// The channel's rate: `(k + weight × share × mean) / (n + weight × share)`; of a coverage what counts of `k / n`.
    pub(crate) rate: Ratio,
}

impl<'rules> Weighing<'rules> {
    pub(crate) fn of(
        criterion: &Criterion,
        prior: Option<Prior>,
        scene: &Scene<'_>,
        channels: Option<&'rules ChannelShares>,
    ) -> Weighing<'rules> {
        let prior = prior.filter(|prior| prior.weight > 0);
        let by_channel =
            channels.and_then(|shares| Some(ByChannel { strata: criterion.measure.strata(scene)?, shares }));
        match (by_channel, prior) {
            (Some(by_channel), Some(prior)) => Weighing::Shrunk(prior, by_channel),
            (Some(by_channel), None) if criterion.measure == Measure::ResponseCoverage => {
                Weighing::Coverage(criterion.high, by_channel)
            }
            _ => Weighing::Whole(prior),
        }
    }

    /// The parts of the rate, where it has any.
    pub(crate) fn parts(&self) -> Vec<Part> {
        match self {
            Weighing::Shrunk(prior, by_channel) => by_channel.shrunk(*prior).collect(),
            Weighing::Coverage(high, by_channel) => by_channel.covered(*high).collect(),
            Weighing::Whole(_) => Vec::new(),
        }
    }
}

impl ByChannel<'_> {
    /// The sum over the channels of share × rate. The prior weighs in each channel by the channel's share, so a channel through
    /// which nobody answered counts at the prior's mean, and answers spread like the shares give the rate that they give
    /// without channels.
    pub(crate) fn shrunk_rate(&self, prior: Prior) -> Ratio {
        let sum = self.shrunk(prior).map(|part| i128::from(part.share.get()) * part.rate.times(BILLION)).sum();
        Ratio::new(sum, i128::from(BILLION) * i128::from(BasisPoints::ONE.get()))
    }

    /// The sum over the channels of answers out of transactions, of each channel at most its share of the rate that earns all
    /// points. Without that a channel that is stuffed would lift the whole to the top.
    pub(crate) fn coverage(&self, high: Goalpost) -> Ratio {
        let counted = self.with_share().map(|(stratum, share)| counted(high, stratum, share)).sum();
        // All channels stand beside the same transactions.
        Ratio::new(counted, self.strata.first().map_or(0, hundred_millionths))
    }

    pub(crate) fn shrunk(&self, prior: Prior) -> impl Iterator<Item = Part> {
        self.with_share().map(move |(stratum, share)| Part { stratum, share, rate: shrunk(prior, stratum, share) })
    }

    fn covered(&self, high: Goalpost) -> impl Iterator<Item = Part> {
        self.with_share().map(move |(stratum, share)| {
            let rate = Ratio::new(counted(high, stratum, share), hundred_millionths(&stratum));
            Part { stratum, share, rate }
        })
    }

    fn with_share(&self) -> impl Iterator<Item = (Stratum, BasisPoints)> {
        // Both are in the order of the channels.
        self.strata.into_iter().zip(self.shares.iter()).filter_map(|(stratum, (channel, share))| {
            debug_assert_eq!(stratum.channel, channel);
            (share.get() > 0).then_some((stratum, share))
        })
    }
}

/// What counts of a channel's answers, in hundred-millionths: at most its share of what earns all points.
fn counted(high: Goalpost, stratum: Stratum, share: BasisPoints) -> i128 {
    let one = i128::from(BasisPoints::ONE.get());
    let most = i128::from(share.get()) * i128::from(high.get()) * i128::from(stratum.n_halves);
    (i128::from(stratum.k_halves) * one * one).min(most)
}

/// The transactions beside a channel's answers, in hundred-millionths.
fn hundred_millionths(stratum: &Stratum) -> i128 {
    let one = i128::from(BasisPoints::ONE.get());
    i128::from(stratum.n_halves) * one * one
}

fn shrunk(prior: Prior, stratum: Stratum, share: BasisPoints) -> Ratio {
    if stratum.n_halves == 0 {
        return prior.mean.ratio();
    }
    let one = i128::from(BasisPoints::ONE.get());
    let weight_halves = 2 * i128::from(prior.weight) * i128::from(share.get());
    Ratio::new(
        i128::from(stratum.k_halves) * one * one + weight_halves * i128::from(prior.mean.get()),
        i128::from(stratum.n_halves) * one * one + weight_halves * one,
    )
}
