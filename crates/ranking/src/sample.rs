//! What a measure observed of one unit in one period.

use danvan_event::SurveyChannel;
use danvan_projection::Evidence;

use crate::mark::{Mark, Marks};
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
    /// Remarks, in the order in which they were made.
    pub(crate) marks: Marks,
}

/// The observations that came one way, in halves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Stratum {
    pub(crate) channel: SurveyChannel,
    pub(crate) k_halves: u64,
    pub(crate) n_halves: u64,
}

/// The entries behind a sample, each side in ascending order. Gathered only for whoever asks why.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Sides {
    /// Entries that speak for the unit.
    pub(crate) favourable: Vec<Evidence>,
    /// Entries that speak against it.
    pub(crate) unfavourable: Vec<Evidence>,
    /// Entries that were heard and that a safeguard of the rulebook leaves out of the count.
    pub(crate) shown: Vec<Evidence>,
}

impl Sample {
    /// `k` out of `n`, every observation with its full weight.
    pub(crate) fn share(k: u64, n: u64) -> Sample {
        Sample::weighted(k, n, 2 * k, 2 * n)
    }

    /// `k` out of `n`, with weights counted in halves.
    pub(crate) fn weighted(k: u64, n: u64, k_halves: u64, n_halves: u64) -> Sample {
        let rate = Ratio::new(i128::from(k_halves), i128::from(n_halves));
        Sample { k: Some(k), n, k_halves, n_halves, rate, marks: Marks::new() }
    }

    /// A rate that is not a count out of a count.
    pub(crate) fn value(rate: Ratio, n: u64) -> Sample {
        Sample { k: None, rate, ..Sample::share(0, n) }
    }

    pub(crate) fn with_mark(mut self, mark: Mark) -> Sample {
        self.marks.push(mark);
        self
    }
}

impl Sides {
    pub(crate) fn new(favourable: Vec<Evidence>, unfavourable: Vec<Evidence>) -> Sides {
        Sides { favourable: ascending(favourable), unfavourable: ascending(unfavourable), shown: Vec::new() }
    }

    pub(crate) fn with_shown(self, shown: Vec<Evidence>) -> Sides {
        Sides { shown: ascending(shown), ..self }
    }

    /// Entries that all speak for the unit.
    pub(crate) fn favourable(entries: impl IntoIterator<Item = Evidence>) -> Sides {
        Sides::new(entries.into_iter().collect(), Vec::new())
    }
}

fn ascending(mut entries: Vec<Evidence>) -> Vec<Evidence> {
    entries.sort_unstable();
    entries.dedup();
    entries
}
