//! Which visits were rated in the last days.

use danvan_event::Timestamp;
use serde::{Deserialize, Serialize};

use crate::growth;
use crate::when::DAY_MS;

/// Days for which a visit's token is remembered, by the node's clock. A token that comes again later is a new visit: tokens are
/// for the day of the visit, and a memory without an end would grow for ever.
pub const VISIT_TOKEN_DAYS: u32 = 7;

const KEPT_MS: i64 = VISIT_TOKEN_DAYS as i64 * DAY_MS;

/// 64 bits that stand for a token. Of the 400 tokens that a busy unit gives out in a week, two share them with a probability of
/// 10^-14; the second of the two visits would be told that it was rated. Who could choose a token that meets another's would have
/// to know that one, and could then use it itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
struct TokenPrint(u64);

impl TokenPrint {
    /// Eight bytes at a time are mixed in by a multiplication and a shift, each of which can be undone: two tokens that differ in
    /// one such group never meet. The length is one more group, so that zeros at the end are told apart.
    fn of(token: &str) -> TokenPrint {
        let mix = |print: u64, group: u64| {
            let spread = (print ^ group).wrapping_mul(0x9e37_79b9_7f4a_7c15);
            spread ^ spread >> 32
        };
        let (groups, rest) = token.as_bytes().as_chunks::<8>();
        let mut last = [0; 8];
        last.iter_mut().zip(rest).for_each(|(place, byte)| *place = *byte);
        let print = groups.iter().fold(token.len() as u64, |print, group| mix(print, u64::from_le_bytes(*group)));
        TokenPrint(mix(mix(print, u64::from_le_bytes(last)), 0))
    }
}

/// The tokens of answered surveys with the `recordedtime` of the answer, in milliseconds.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Visits {
    /// In the order of the prints.
    rated: Vec<(TokenPrint, i64)>,
    /// When the expired ones were thrown out last.
    swept: i64,
}

impl Visits {
    /// Whether the visit was rated at most [`VISIT_TOKEN_DAYS`] before.
    pub(crate) fn contains(&self, token: &str, recordedtime: Timestamp) -> bool {
        let rated = self.find(TokenPrint::of(token)).ok().and_then(|place| self.rated.get(place));
        rated.is_some_and(|(_, rated)| recordedtime.as_millis() - rated <= KEPT_MS)
    }

    pub(crate) fn insert(&mut self, token: &str, recordedtime: Timestamp) {
        let now = recordedtime.as_millis();
        // A clock may also have been far ahead and come back.
        if (now - self.swept).abs() >= DAY_MS {
            self.rated.retain(|(_, rated)| now - *rated <= KEPT_MS);
            self.swept = now;
        }
        let print = TokenPrint::of(token);
        match self.find(print) {
            Ok(place) => self.rated[place].1 = now,
            Err(place) => {
                growth::make_room(&mut self.rated);
                self.rated.insert(place, (print, now));
            }
        }
    }

    /// Where the print stands, or where it would. Prints are spread evenly, so that each stands near the place that is as far from
    /// the first as it is from 0: a few steps from there cost less than to guess in the middle and be wrong half of the time.
    fn find(&self, print: TokenPrint) -> Result<usize, usize> {
        let mut place = usize::try_from((u128::from(print.0) * self.rated.len() as u128) >> u64::BITS).unwrap_or(0);
        while place > 0 && self.rated.get(place - 1).is_some_and(|(before, _)| *before >= print) {
            place -= 1;
        }
        while self.rated.get(place).is_some_and(|(held, _)| *held < print) {
            place += 1;
        }
        if self.rated.get(place).is_some_and(|(held, _)| *held == print) { Ok(place) } else { Err(place) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(number: i64, millis: i64) -> Timestamp {
        Timestamp::from_millis(1_710_000_000_000 + number * DAY_MS + millis).unwrap()
    }

    #[test]
    fn a_visit_is_remembered_for_seven_days_to_the_millisecond() {
        let mut visits = Visits::default();
        visits.insert("abcd1234", day(0, 0));
        assert!(visits.contains("abcd1234", day(7, 0)));
        assert!(!visits.contains("abcd1234", day(7, 1)));
        assert!(!visits.contains("abcd1235", day(0, 0)));
        assert!(visits.contains("abcd1234", day(-1, 0)), "a clock that was set back frees no token");
    }

    #[test]
    fn tokens_that_differ_in_one_letter_are_told_apart() {
        let tokens = (0..20_000).map(|number| format!("visit-{number}"));
        let prints: std::collections::BTreeSet<TokenPrint> = tokens.map(|token| TokenPrint::of(&token)).collect();
        assert_eq!(prints.len(), 20_000);
    }

    #[test]
    fn what_expired_is_thrown_out_within_a_day() {
        let mut visits = Visits::default();
        for number in 0..60 {
            visits.insert(&format!("visit-{number:03}"), day(number, 0));
            assert!(visits.rated.len() <= 9, "{}", visits.rated.len());
        }
    }
}
