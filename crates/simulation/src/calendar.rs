//! The year of the scenario in Viet Nam (UTC+7): days, months, office hours.

use crate::dice::Dice;

pub(crate) const MINUTE_MS: i64 = 60_000;
pub(crate) const HOUR_MS: i64 = 60 * MINUTE_MS;
pub(crate) const DAY_MS: i64 = 24 * HOUR_MS;
const OFFSET_MS: i64 = 7 * HOUR_MS;

/// How busy the months are, in per cent of an average one: quiet around Tết, busy before the school year.
const SEASON: [u64; 12] = [90, 70, 105, 95, 100, 110, 115, 130, 110, 95, 90, 90];

/// A civil year; days are counted from its first of January, which is day 0.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Year {
    number: u16,
    /// Days from 1970-01-01 to the first of January.
    first_day: i64,
    leap: bool,
}

impl Year {
    pub(crate) fn new(number: u16) -> Year {
        let before = i64::from(number) - 1;
        let leap_days = |year: i64| year / 4 - year / 100 + year / 400;
        let first_day = (before - 1969) * 365 + leap_days(before) - leap_days(1969);
        let leap = number.is_multiple_of(4) && (!number.is_multiple_of(100) || number.is_multiple_of(400));
        Year { number, first_day, leap }
    }

    pub(crate) fn number(self) -> u16 {
        self.number
    }

    pub(crate) fn days(self) -> i64 {
        365 + i64::from(self.leap)
    }

    /// The first millisecond after the year, at UTC+7.
    pub(crate) fn end_ms(self) -> i64 {
        self.midnight_ms(self.days())
    }

    /// Midnight at the start of a day.
    pub(crate) fn midnight_ms(self, day: i64) -> i64 {
        (self.first_day + day) * DAY_MS - OFFSET_MS
    }

    /// The day of the year on which a moment falls in Viet Nam.
    pub(crate) fn day_of(self, at_ms: i64) -> i64 {
        (at_ms + OFFSET_MS).div_euclid(DAY_MS) - self.first_day
    }

    /// The day on which a month (1 to 12) begins; month 13 begins after the year.
    pub(crate) fn month_start(self, month: u32) -> i64 {
        let leap = i64::from(self.leap);
        let lengths = [31, 28 + leap, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
        lengths.iter().take(month.saturating_sub(1) as usize).sum()
    }

    /// The month (1 to 12) of a day of this year.
    pub(crate) fn month_of(self, day: i64) -> u32 {
        (1..=12).rev().find(|month| self.month_start(*month) <= day).unwrap_or(1)
    }

    /// The nearest day at or after `day` that is no Saturday and no Sunday.
    pub(crate) fn working_day(self, day: i64) -> i64 {
        // Day 0 of the epoch was a Thursday; counted from Monday, that is 3.
        match (self.first_day + day + 3).rem_euclid(7) {
            5 => day + 2,
            6 => day + 1,
            _ => day,
        }
    }

    /// A moment in the office hours of a day.
    pub(crate) fn office_ms(self, day: i64, dice: &mut Dice) -> i64 {
        let morning = dice.chance(6_000);
        let (from, to) = if morning { (7 * 60 + 30, 11 * 60 + 20) } else { (13 * 60 + 30, 16 * 60 + 50) };
        self.minute_ms(day, from, to, dice)
    }

    /// A moment at which people speak up: from early morning to late evening.
    pub(crate) fn waking_ms(self, day: i64, dice: &mut Dice) -> i64 {
        self.minute_ms(day, 6 * 60, 21 * 60 + 30, dice)
    }

    /// A day on which people come to the office: more often one of a busy month. The last days of the year are left free, so
    /// that the next working day is still in it.
    pub(crate) fn busy_day(self, dice: &mut Dice) -> i64 {
        let mut place = dice.below(SEASON.iter().sum());
        let mut month = 1;
        for weight in SEASON {
            if place < weight {
                break;
            }
            place -= weight;
            month += 1;
        }
        let first = self.month_start(month);
        let length = u64::try_from(self.month_start(month + 1) - first).unwrap_or(30);
        (first + i64::try_from(dice.below(length)).unwrap_or(0)).min(360)
    }

    /// How busy a month (1 to 12) is, in per cent of an average one.
    pub(crate) fn season(month: u32) -> u64 {
        SEASON[(month as usize - 1) % SEASON.len()]
    }

    /// The date of a day, `YYYY-MM-DD`.
    pub(crate) fn date(self, day: i64) -> String {
        let month = self.month_of(day);
        format!("{:04}-{month:02}-{:02}", self.number, day - self.month_start(month) + 1)
    }

    fn minute_ms(self, day: i64, from: u64, to: u64, dice: &mut Dice) -> i64 {
        let minute = i64::try_from(dice.between(from, to)).unwrap_or(0);
        let rest = i64::try_from(dice.below(60_000)).unwrap_or(0);
        self.midnight_ms(day) + minute * MINUTE_MS + rest
    }
}

#[cfg(test)]
mod tests {
    use danvan_event::Timestamp;

    use super::*;

    fn text(at_ms: i64) -> String {
        Timestamp::from_millis(at_ms).unwrap().to_string()
    }

    #[test]
    fn the_year_begins_and_ends_at_midnight_in_viet_nam() {
        let year = Year::new(2024);
        assert_eq!(text(year.midnight_ms(0)), "2023-12-31T17:00:00.000Z");
        assert_eq!(text(year.end_ms()), "2024-12-31T17:00:00.000Z");
        assert_eq!((year.days(), Year::new(2025).days()), (366, 365));
    }

    #[test]
    fn days_have_dates_and_weekends_are_skipped() {
        let year = Year::new(2024);
        assert_eq!(year.date(0), "2024-01-01");
        assert_eq!(year.date(59), "2024-02-29");
        assert_eq!(year.date(365), "2024-12-31");
        assert_eq!(year.working_day(0), 0, "1 January 2024 was a Monday");
        assert_eq!(year.working_day(5), 7);
        assert_eq!(year.working_day(6), 7);
        assert_eq!(year.day_of(year.midnight_ms(100)), 100);
    }
}
