//! On which days the machine was evidently running.

use danvan_event::Timestamp;
use serde::{Deserialize, Serialize};

use crate::growth;

const HOUR_MS: i64 = 3_600_000;
const DAY_MS: i64 = 24 * HOUR_MS;
/// Viet Nam is seven hours ahead of UTC all year.
const OFFSET_MS: i64 = 7 * HOUR_MS;

/// The days of Viet Nam, counted from 1970, on which the machine recorded anything: an office's act, a citizen's word, or a fact about
/// itself. In ascending order: `recordedtime` never goes back.
///
/// An office that says afterwards "we answered in time" is believed as far as its machine was not running since: a power cut of
/// whatever length never costs, while dating back on a machine that ran earns next to nothing. How long ago the recorded thing happened
/// plays no part, or an office that enters everything in the evening would seem to have a machine that never ran.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct OperatingDays(Vec<u32>);

impl OperatingDays {
    /// The days after the one on which something is said to have happened, up to and with that of its recording.
    pub(crate) fn between(&self, claimed: Timestamp, recorded: Timestamp) -> u8 {
        let (from, to) = (day(claimed), day(recorded));
        let after = self.0.partition_point(|day| *day <= from);
        let until = self.0.partition_point(|day| *day <= to);
        u8::try_from(until.saturating_sub(after)).unwrap_or(u8::MAX)
    }

    /// Something was recorded.
    pub(crate) fn see(&mut self, recorded: Timestamp) {
        let today = day(recorded);
        if self.0.last().is_none_or(|last| *last < today) {
            growth::push(&mut self.0, today);
        }
    }
}

fn day(at: Timestamp) -> u32 {
    u32::try_from((at.as_millis() + OFFSET_MS).div_euclid(DAY_MS)).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn only_days_on_which_the_machine_ran_are_counted_between_a_claim_and_its_recording() {
        let mut days = OperatingDays::default();
        for morning in ["2024-03-04T01:00:00.000Z", "2024-03-05T01:00:00.000Z", "2024-03-11T01:00:00.000Z"] {
            days.see(at(morning));
        }
        let claimed = at("2024-03-05T09:00:00.000Z");
        assert_eq!(days.between(claimed, at("2024-03-05T10:00:00.000Z")), 0);
        assert_eq!(days.between(claimed, at("2024-03-11T00:30:00.000Z")), 1, "five days without power are none");
        assert_eq!(days.between(at("2024-03-01T09:00:00.000Z"), at("2024-03-12T02:00:00.000Z")), 3);
    }

    #[test]
    fn a_day_begins_at_midnight_in_viet_nam() {
        let mut days = OperatingDays::default();
        days.see(at("2024-03-04T17:00:00.000Z"));
        assert_eq!(days.between(at("2024-03-04T16:59:59.999Z"), at("2024-03-04T17:00:00.000Z")), 1);
        assert_eq!(days.between(at("2024-03-04T17:00:00.000Z"), at("2024-03-04T17:00:00.000Z")), 0);
    }
}
