//! Periods and months on the Vietnamese calendar.
//!
//! Viet Nam keeps one zone, UTC+7, without daylight saving, in all the years that a [`Timestamp`] can name. A period is
//! therefore plain arithmetic on milliseconds, and needs neither a zone database nor a clock.

use std::fmt;
use std::str::FromStr;

use danvan_event::Timestamp;
use serde::{Deserialize, Serialize};

use crate::when::{DAY_MS, When};

/// Offset of Vietnamese civil time from UTC, in milliseconds.
const OFFSET_MS: i64 = 7 * 3_600_000;
/// The first year whose start, at UTC+7, is still a valid [`Timestamp`] (they begin with 2000 at UTC).
const FIRST_YEAR: u32 = 2001;
/// The last year that a [`Timestamp`] can name.
const LAST_YEAR: u32 = 2199;

/// A calendar month in Viet Nam, written `2024-03`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Month(u32 /* 12 × year + (month − 1) */);

/// A quarter in Viet Nam; ordered by time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Quarter(u32 /* 4 × year + (quarter − 1) */);

/// The span of time that a ranking judges: a year `2024`, a quarter `2024-Q1`, or a month `2024-03`.
///
/// Half-open: it holds its first millisecond at UTC+7 and not the first millisecond of the next period.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Period {
    first: Month,
    months: u32,
    start: Timestamp,
    end: Timestamp,
}

/// Why a text names no period. The caller shows the message beside the field.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PeriodError {
    /// The text has none of the three shapes.
    #[error("a period is written 2024, 2024-Q1 or 2024-03")]
    Shape,
    /// The year is outside what this software can judge.
    #[error("the year of a period lies between {FIRST_YEAR} and {LAST_YEAR}")]
    Year,
}

impl Month {
    /// The month that a moment falls in.
    #[must_use]
    pub fn of(at: Timestamp) -> Month {
        // No timestamp lies before 1970, and the last one is in the year 2199.
        let days = (at.as_millis() + OFFSET_MS) / DAY_MS;
        let (year, month) = civil_from_days(u32::try_from(days).unwrap_or(0));
        Month(year * 12 + month - 1)
    }

    /// Whether the moment falls in this month.
    #[must_use]
    pub fn contains(self, at: Timestamp) -> bool {
        Month::of(at) == self
    }

    /// The quarter that the month belongs to.
    #[must_use]
    pub fn quarter(self) -> Quarter {
        Quarter(self.0 / 3)
    }

    /// The months since the year 0, which fit into sixteen bits up to the last year.
    pub(crate) fn number(self) -> u16 {
        u16::try_from(self.0).unwrap_or(u16::MAX)
    }

    /// The month of that number.
    pub(crate) fn numbered(number: u16) -> Month {
        Month(u32::from(number))
    }

    fn year(self) -> u32 {
        self.0 / 12
    }

    fn month(self) -> u32 {
        self.0 % 12 + 1
    }

    /// The first millisecond of the month, at UTC+7.
    fn start_ms(self) -> i64 {
        days_from_civil(self.year(), self.month()) * DAY_MS - OFFSET_MS
    }
}

impl Period {
    fn new(first: Month, months: u32) -> Result<Period, PeriodError> {
        if !(FIRST_YEAR..=LAST_YEAR).contains(&first.year()) {
            return Err(PeriodError::Year);
        }
        let start = Timestamp::from_millis(first.start_ms()).map_err(|_| PeriodError::Year)?;
        let end = Timestamp::from_millis(Month(first.0 + months).start_ms()).map_err(|_| PeriodError::Year)?;
        Ok(Period { first, months, start, end })
    }

    /// The first moment that belongs to the period.
    #[must_use]
    pub fn start(&self) -> Timestamp {
        self.start
    }

    /// The first moment after the period.
    #[must_use]
    pub fn end(&self) -> Timestamp {
        self.end
    }

    /// Whether the moment lies in the period; [`When::NEVER`] lies in none.
    #[must_use]
    #[inline]
    pub fn contains(&self, at: impl Into<When>) -> bool {
        let at = at.into();
        When::from(self.start) <= at && at < When::from(self.end)
    }

    /// Whether the two periods share a month.
    #[must_use]
    pub fn overlaps(&self, other: &Period) -> bool {
        self.start < other.end && other.start < self.end
    }

    /// The months of the period, in order.
    pub fn months(&self) -> impl Iterator<Item = Month> + use<> {
        (self.first.0..self.first.0 + self.months).map(Month)
    }

    /// The number of quarters that the period touches.
    #[must_use]
    pub fn quarters(&self) -> u32 {
        self.months.div_ceil(3)
    }
}

impl FromStr for Month {
    type Err = PeriodError;

    fn from_str(text: &str) -> Result<Month, PeriodError> {
        let (year, month) = text.split_once('-').ok_or(PeriodError::Shape)?;
        let year = digits(year, 4)?;
        let month = digits(month, 2)?;
        if !(1..=12).contains(&month) {
            return Err(PeriodError::Shape);
        }
        Ok(Month(year * 12 + month - 1))
    }
}

impl FromStr for Period {
    type Err = PeriodError;

    fn from_str(text: &str) -> Result<Period, PeriodError> {
        if let Some((year, quarter)) = text.split_once("-Q") {
            let quarter = digits(quarter, 1)?;
            if !(1..=4).contains(&quarter) {
                return Err(PeriodError::Shape);
            }
            return Period::new(Month(digits(year, 4)? * 12 + (quarter - 1) * 3), 3);
        }
        if text.contains('-') {
            return Period::new(text.parse()?, 1);
        }
        Period::new(Month(digits(text, 4)? * 12), 12)
    }
}

/// Exactly `width` ASCII digits: `u32::from_str` would also take a sign.
fn digits(text: &str, width: usize) -> Result<u32, PeriodError> {
    if text.len() != width || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(PeriodError::Shape);
    }
    text.parse().map_err(|_| PeriodError::Shape)
}

impl fmt::Display for Month {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}", self.year(), self.month())
    }
}

impl fmt::Display for Period {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.months {
            1 => write!(f, "{}", self.first),
            3 => write!(f, "{:04}-Q{}", self.first.year(), (self.first.month() - 1) / 3 + 1),
            _ => write!(f, "{:04}", self.first.year()),
        }
    }
}

impl TryFrom<String> for Month {
    type Error = PeriodError;

    fn try_from(text: String) -> Result<Month, PeriodError> {
        text.parse()
    }
}

impl TryFrom<String> for Period {
    type Error = PeriodError;

    fn try_from(text: String) -> Result<Period, PeriodError> {
        text.parse()
    }
}

impl From<Month> for String {
    fn from(month: Month) -> String {
        month.to_string()
    }
}

impl From<Period> for String {
    fn from(period: Period) -> String {
        period.to_string()
    }
}

/// Days since 1970-01-01 of the first day of a month in the proleptic Gregorian calendar, counting years from March so
/// that the leap day is the last of its year (Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms").
fn days_from_civil(year: u32, month: u32) -> i64 {
    let year = i64::from(year) - i64::from(month <= 2);
    let month_from_march = i64::from((month + 9) % 12);
    let day_of_year = (153 * month_from_march + 2) / 5;
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468
}

/// The year and month of a day counted from 1970-01-01 (the inverse of [`days_from_civil`]), by multiplications of 32 bits: the
/// month of every entry is asked for (Neri and Schneider, "Euclidean affine functions and their application to calendar
/// algorithms", 2022).
fn civil_from_days(days: u32) -> (u32, u32) {
    let quarters = 4 * (days + 719_468) + 3;
    let (century, of_century) = (quarters / 146_097, quarters % 146_097 / 4);
    let scaled = 2_939_745 * u64::from(4 * of_century + 3);
    let (year_of_century, day_of_year) = (scaled >> 32, (scaled & u64::from(u32::MAX)) / 2_939_745 / 4);
    // Neither is greater than 366.
    let (year_of_century, day_of_year) =
        (u32::try_from(year_of_century).unwrap_or(0), u32::try_from(day_of_year).unwrap_or(0));
    let month = (2_141 * day_of_year + 197_913) >> 16;
    let year = 100 * century + year_of_century;
    if day_of_year >= 306 { (year + 1, month - 12) } else { (year, month) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn period(text: &str) -> Period {
        text.parse().unwrap()
    }

    #[test]
    fn a_period_begins_at_midnight_in_viet_nam() {
        assert_eq!(period("2024").start().to_string(), "2023-12-31T17:00:00.000Z");
        assert_eq!(period("2024").end().to_string(), "2024-12-31T17:00:00.000Z");
        assert_eq!(period("2024-Q1").end().to_string(), "2024-03-31T17:00:00.000Z");
        assert_eq!(period("2024-03").start().to_string(), "2024-02-29T17:00:00.000Z");
    }

    #[test]
    fn a_period_is_written_as_it_was_read() {
        for text in ["2024", "2024-Q1", "2024-Q4", "2024-01", "2024-12", "2001", "2199"] {
            assert_eq!(period(text).to_string(), text);
        }
    }

    #[test]
    fn other_spellings_are_refused() {
        for text in ["", "24", "2024-Q5", "2024-Q0", "2024-13", "2024-00", "2024-1", "+024", "2000", "2200", "2024-q1"]
        {
            assert!(text.parse::<Period>().is_err(), "{text}");
        }
    }

    #[test]
    fn every_day_of_two_centuries_falls_in_the_month_that_contains_it() {
        let mut month: Month = "2001-01".parse().unwrap();
        let last: Month = "2199-12".parse().unwrap();
        while month <= last {
            let first_day = Timestamp::from_millis(month.start_ms()).unwrap();
            let eve = Timestamp::from_millis(month.start_ms() - 1).unwrap();
            assert_eq!(Month::of(first_day), month);
            assert_eq!(Month::of(eve), Month(month.0 - 1));
            month = Month(month.0 + 1);
        }
    }

    #[test]
    fn quarters_touched_are_counted() {
        assert_eq!(period("2024").quarters(), 4);
        assert_eq!(period("2024-Q2").quarters(), 1);
        assert_eq!(period("2024-05").quarters(), 1);
    }

    #[test]
    fn a_year_overlaps_its_quarters_and_no_others() {
        assert!(period("2024").overlaps(&period("2024-Q4")));
        assert!(!period("2024").overlaps(&period("2025-Q1")));
        assert!(period("2024-03").overlaps(&period("2024-Q1")));
    }
}
