//! The transactions of each month.

use serde_json::json;

use crate::behaviour::Conduct;
use crate::calendar::{HOUR_MS, Year};
use crate::diary::Diary;

/// The events that the counting of a year takes.
pub(crate) const SERVICE_EVENTS: usize = 12;

/// States each month's transactions on its last evening, in proportion to the answers that the surveys will bring.
pub(crate) fn count_services(diary: &mut Diary, conduct: &Conduct, answers: usize) {
    let expected = answers as u64 * 10_000 / (12 * conduct.coverage);
    for month in 1..=12_u32 {
        let expected = expected * Year::season(month) / 100;
        let spread = expected / 8;
        let transactions = 12 + (expected + diary.dice.below(2 * spread + 1)).saturating_sub(spread);
        let overdue = transactions * diary.dice.below(600) / 10_000;
        let last_evening = diary.year.midnight_ms(diary.year.month_start(month + 1)) - 5 * HOUR_MS;
        let period = format!("{:04}-{month:02}", diary.year.number());
        diary.note(
            last_evening,
            "service.counted.v2",
            json!({
                "period": period,
                "received": transactions,
                "on_time": transactions - overdue,
                "overdue": overdue,
            }),
        );
    }
}
