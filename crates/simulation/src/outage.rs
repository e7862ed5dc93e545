//! Days without power: what happened is written down afterwards.

use crate::calendar::{DAY_MS, HOUR_MS, MINUTE_MS};
use crate::diary::Diary;

/// A time in which a node stood still. Its office went on with paper and recorded everything on the morning after.
///
/// A network that is down needs no model here: the node records as ever and only sends later, so its log is the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Outage {
    /// The day of the year on which the power failed, from 0.
    pub from_day: u16,
    /// For how many days.
    pub days: u16,
}

impl Outage {
    /// Moves what would have been recorded meanwhile to the morning after, and what comes in before that is done behind it;
    /// `time`, when it happened, stays.
    pub(crate) fn apply(self, diary: &mut Diary) {
        let start = diary.year.midnight_ms(i64::from(self.from_day));
        let mut next = start + i64::from(self.days) * DAY_MS + 8 * HOUR_MS;
        diary.sort();
        for draft in diary.drafts_mut().filter(|draft| draft.recorded_ms >= start) {
            if draft.recorded_ms >= next {
                break;
            }
            draft.recorded_ms = next;
            next += MINUTE_MS;
        }
    }
}
