//! How many answers one kiosk took within an hour.

use danvan_event::Timestamp;
use serde::{Deserialize, Serialize};

use crate::evidence::Evidence;
use crate::period::Month;

/// More answers than this within one hour of the node's clock are more than one kiosk at a commune's desk takes: one every five
/// minutes, without a pause.
pub const KIOSK_ANSWERS_PER_HOUR: usize = 12;

const HOUR_MS: i64 = 3_600_000;

/// The favourable words of one answer at the kiosk.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct FavourableAnswer {
    pub(crate) month: Month,
    pub(crate) evidence: Evidence,
    pub(crate) satisfied: bool,
    pub(crate) assisted: bool,
    /// How many commitments it says were kept.
    pub(crate) kept: u32,
}

/// The answers of the running hour.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Sitting {
    hour: i64,
    answers: usize,
    /// Held back until the hour turns out to be crowded; none when it has.
    held_back: Vec<FavourableAnswer>,
}

impl Sitting {
    /// Takes one more answer and tells which ones turn out to be of a crowded hour: none as a rule, all of the hour when the limit is
    /// passed, then each further one.
    pub(crate) fn take(&mut self, recorded: Timestamp, answer: FavourableAnswer) -> Vec<FavourableAnswer> {
        let hour = recorded.as_millis().div_euclid(HOUR_MS);
        if hour != self.hour {
            (self.hour, self.answers) = (hour, 0);
            self.held_back.clear();
        }
        self.answers += 1;
        self.held_back.push(answer);
        if self.answers > KIOSK_ANSWERS_PER_HOUR { std::mem::take(&mut self.held_back) } else { Vec::new() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_whole_hour_is_crowded_once_the_limit_is_passed_and_the_next_hour_begins_anew() {
        let mut sitting = Sitting::default();
        let start = 1_710_000_000_000 / HOUR_MS * HOUR_MS;
        let mut take = |number: u64, at_ms: i64| {
            let at = Timestamp::from_millis(at_ms).unwrap();
            let answer = FavourableAnswer {
                month: Month::of(at),
                evidence: Evidence::new(number),
                satisfied: true,
                assisted: false,
                kept: 0,
            };
            sitting.take(at, answer).len()
        };
        let limit = KIOSK_ANSWERS_PER_HOUR as u64;
        for number in 0..limit {
            assert_eq!(take(number, start + 1), 0, "{number}");
        }
        assert_eq!(take(limit, start + HOUR_MS - 1), KIOSK_ANSWERS_PER_HOUR + 1);
        assert_eq!(take(limit + 1, start + HOUR_MS - 1), 1);
        assert_eq!(take(limit + 2, start + HOUR_MS), 0);
    }
}
