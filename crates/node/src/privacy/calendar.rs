//! Days as an office counts them: dates in Vietnam, and working days from Monday to Friday but for the holidays.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use danvan_event::Timestamp;
use jiff::civil::{Date, Weekday};
use jiff::{Span, tz};
use serde::{Deserialize, Serialize};

/// Vietnam has one offset all year.
const VIETNAM: tz::Offset = tz::offset(7);

/// A date in Vietnam, `YYYY-MM-DD`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub(crate) struct Day(Date);

/// The text is no date.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a day is written YYYY-MM-DD, such as 2026-09-02")]
pub(crate) struct DayError;

impl Day {
    /// The date of an instant.
    pub(crate) fn of(at: Timestamp) -> Self {
        let instant = jiff::Timestamp::from_millisecond(at.as_millis()).unwrap_or_default();
        Self(VIETNAM.to_datetime(instant).date())
    }

    /// So many days later.
    pub(crate) fn after(self, days: u32) -> Self {
        Self(self.0.saturating_add(Span::new().days(i64::from(days))))
    }

    /// The day on which so many working days have passed, this one not counted.
    pub(crate) fn after_working(self, days: u32, holidays: &BTreeSet<Day>) -> Self {
        let mut day = self;
        let mut left = days;
        while left > 0 {
            let next = day.after(1);
            if next == day {
                break;
            }
            day = next;
            left -= u32::from(day.is_working(holidays));
        }
        day
    }

    /// The month, `YYYY-MM`.
    pub(crate) fn month(self) -> String {
        format!("{:04}-{:02}", self.0.year(), self.0.month())
    }

    fn is_working(self, holidays: &BTreeSet<Day>) -> bool {
        !matches!(self.0.weekday(), Weekday::Saturday | Weekday::Sunday) && !holidays.contains(&self)
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

impl FromStr for Day {
    type Err = DayError;

    fn from_str(text: &str) -> Result<Self, DayError> {
        let day = text.parse().map(Self).map_err(|_| DayError)?;
        if day.to_string() == text { Ok(day) } else { Err(DayError) }
    }
}

impl From<Day> for String {
    fn from(day: Day) -> Self {
        day.to_string()
    }
}

impl TryFrom<String> for Day {
    type Error = DayError;

    fn try_from(text: String) -> Result<Self, DayError> {
        text.parse()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Day {
        text.parse().unwrap()
    }

    #[test]
    fn a_day_begins_at_midnight_in_vietnam() {
        let at = |text: &str| Day::of(Timestamp::parse_rfc3339(text).unwrap());
        assert_eq!(at("2026-11-24T16:59:59.999Z"), day("2026-11-24"));
        assert_eq!(at("2026-11-24T17:00:00Z"), day("2026-11-25"));
    }

    #[test]
    fn weekends_and_holidays_are_no_working_days() {
        let holidays = BTreeSet::from([day("2026-09-01"), day("2026-09-02")]);
        // 28 August 2026 is a Friday, 31 August a Monday.
        assert_eq!(day("2026-08-28").after_working(2, &BTreeSet::new()), day("2026-09-01"));
        assert_eq!(day("2026-08-28").after_working(2, &holidays), day("2026-09-03"));
        assert_eq!(day("2026-08-29").after_working(1, &holidays), day("2026-08-31"));
        assert_eq!(day("2026-08-29").after_working(0, &holidays), day("2026-08-29"));
    }

    #[test]
    fn days_are_counted_from_the_next_one_on() {
        assert_eq!(day("2026-11-24").after(20), day("2026-12-14"));
        assert_eq!(day("2026-11-24").month(), "2026-11");
    }

    #[test]
    fn what_is_no_date_in_one_spelling_is_refused() {
        for text in ["2026-13-01", "2026-1-1", "20260101", "01/01/2026", "2026-01-01T00:00:00", ""] {
            assert!(text.parse::<Day>().is_err(), "{text}");
        }
    }
}
