//! How long after it happened a unit records what happened.

use danvan_event::Timestamp;
use serde::{Deserialize, Serialize};
use smallvec::SmallVec;

use crate::when::DAY_MS;

/// Whole days between `time` and `recordedtime` of a month's facts, each with its number of facts.
///
/// Both are the node's: an outage of the network delays nothing. What is recorded before it happens, by two minutes at most, has no
/// delay. A delay of [`Delays::MOST`] days stands for itself and every longer one, so that an import of old files costs no memory.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delays(
    /// Most months have one or two, which need no memory elsewhere.
    SmallVec<[(u8, u32); 2]>,
);

impl Delays {
    /// The longest delay that is told apart, in days.
    pub const MOST: u8 = 90;

    /// The delays in ascending order with the number of facts that have them.
    pub fn iter(&self) -> impl Iterator<Item = (u8, u32)> {
        self.0.iter().copied()
    }

    /// The number of facts.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.0.iter().map(|(_, count)| u64::from(*count)).sum()
    }

    pub(crate) fn days(time: Timestamp, recordedtime: Timestamp) -> u8 {
        let days = (recordedtime.as_millis() - time.as_millis()).max(0) / DAY_MS;
        u8::try_from(days).map_or(Delays::MOST, |days| days.min(Delays::MOST))
    }

    pub(crate) fn add(&mut self, days: u8) {
        match self.0.binary_search_by_key(&days, |(held, _)| *held) {
            Ok(place) => self.0[place].1 += 1,
            Err(place) => self.0.insert(place, (days, 1)),
        }
    }

    pub(crate) fn take(&mut self, days: u8) {
        if let Ok(place) = self.0.binary_search_by_key(&days, |(held, _)| *held) {
            self.0[place].1 -= 1;
            if self.0[place].1 == 0 {
                self.0.remove(place);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn delays_are_whole_days_and_have_an_end() {
        let at = |millis: i64| Timestamp::from_millis(1_710_000_000_000 + millis).unwrap();
        let days = [-60_000, 0, DAY_MS - 1, DAY_MS, 3 * DAY_MS, 89 * DAY_MS, 4_000 * DAY_MS]
            .map(|late| Delays::days(at(0), at(late)));
        assert_eq!(days, [0, 0, 0, 1, 3, 89, 90]);
    }

    #[test]
    fn what_is_taken_back_leaves_no_trace() {
        let mut delays = Delays::default();
        for days in [3, 0, 0, 90] {
            delays.add(days);
        }
        assert_eq!((delays.iter().collect::<Vec<_>>(), delays.count()), (vec![(0, 2), (3, 1), (90, 1)], 4));
        for days in [90, 0, 3, 0] {
            delays.take(days);
        }
        assert_eq!(delays, Delays::default());
    }
}
