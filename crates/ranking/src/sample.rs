//! What a measure observed of one unit in one period.

use danvan_projection::Evidence;

use crate::mark::Mark;
use crate::ratio::Ratio;

/// Observations of one measure, before any prior and any goalpost.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Sample {
    /// Favourable observations; absent when the measure does not count sides.
    pub(crate) k: Option<u64>,
    /// All observations.
    pub(crate) n: u64,
    /// Twice the weight of the favourable observations and of all: an assisted answer weighs one half.
    pub(crate) k_halves: u64,
    pub(crate) n_halves: u64,
    /// The rate as it was observed.
    pub(crate) rate: Ratio,
    pub(crate) marks: Vec<Mark>,
    /// Entries that speak for the unit, in ascending order.
    pub(crate) favourable: Vec<Evidence>,
    /// Entries that speak against it, in ascending order.
    pub(crate) unfavourable: Vec<Evidence>,
}

impl Sample {
    /// `k` out of `n`, every observation with its full weight.
    pub(crate) fn share(k: u64, n: u64) -> Sample {
        Sample::weighted(k, n, 2 * k, 2 * n)
    }

    /// `k` out of `n`, with weights counted in halves.
    pub(crate) fn weighted(k: u64, n: u64, k_halves: u64, n_halves: u64) -> Sample {
        let rate = Ratio::new(i128::from(k_halves), i128::from(n_halves));
        Sample {
            k: Some(k),
            n,
            k_halves,
            n_halves,
            rate,
            marks: Vec::new(),
            favourable: Vec::new(),
            unfavourable: Vec::new(),
        }
    }

    /// A rate that is not a count out of a count.
    pub(crate) fn value(rate: Ratio, n: u64) -> Sample {
        let mut sample = Sample::share(0, n);
        sample.k = None;
        sample.rate = rate;
        sample
    }

    pub(crate) fn with_evidence(mut self, mut favourable: Vec<Evidence>, mut unfavourable: Vec<Evidence>) -> Sample {
        favourable.sort_unstable();
        favourable.dedup();
        unfavourable.sort_unstable();
        unfavourable.dedup();
        self.favourable = favourable;
        self.unfavourable = unfavourable;
        self
    }

    pub(crate) fn with_mark(mut self, mark: Mark) -> Sample {
        self.marks.push(mark);
        self
    }
}
