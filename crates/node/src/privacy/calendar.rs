//! Days as an office counts them: working days from Monday to Friday but for the holidays.

use std::collections::BTreeSet;

use danvan_projection::Day;

/// The day on which so many working days have passed, `from` not counted.
pub(crate) fn after_working(from: Day, days: u32, holidays: &BTreeSet<Day>) -> Day {
    let mut day = from;
    let mut left = days;
    while left > 0 {
        let next = day.after(1);
        if next == day {
            break;
        }
        day = next;
        left -= u32::from(!day.is_weekend() && !holidays.contains(&day));
    }
    day
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Day {
        text.parse().unwrap()
    }

    #[test]
    fn weekends_and_holidays_are_no_working_days() {
        let holidays = BTreeSet::from([day("2026-09-01"), day("2026-09-02")]);
        // 28 August 2026 is a Friday, 31 August a Monday.
        assert_eq!(after_working(day("2026-08-28"), 2, &BTreeSet::new()), day("2026-09-01"));
        assert_eq!(after_working(day("2026-08-28"), 2, &holidays), day("2026-09-03"));
        assert_eq!(after_working(day("2026-08-29"), 1, &holidays), day("2026-08-31"));
        assert_eq!(after_working(day("2026-08-29"), 0, &holidays), day("2026-08-29"));
    }
}
