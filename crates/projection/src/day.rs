//! Civil days of Viet Nam.

use std::fmt;
use std::str::FromStr;

use danvan_event::Timestamp;
use jiff::Span;
use jiff::civil::{Date, Weekday};
use jiff::tz::Offset;
use serde::{Deserialize, Serialize};

/// Viet Nam has one offset all year.
const VIET_NAM: Offset = jiff::tz::offset(7);

/// A day in Viet Nam, written `2025-07-01`. Begins at midnight, UTC+7.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Day(Date);

/// The text names no day between the years 2001 and 2199. The caller shows the expected form.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a day is written 2025-07-01")]
pub struct DayError;

impl Day {
    /// The day that a moment falls in.
    #[must_use]
    pub fn of(at: Timestamp) -> Day {
        let instant = jiff::Timestamp::from_millisecond(at.as_millis()).unwrap_or_default();
        Day(VIET_NAM.to_datetime(instant).date())
    }

    /// Its first moment.
    #[must_use]
    pub fn start(self) -> Timestamp {
        const END: Timestamp = match Timestamp::from_millis(7_258_118_399_999) {
            Ok(last) => last,
            Err(_) => panic!("the end of the year 2199 is a timestamp"),
        };
        Timestamp::parse_rfc3339(&format!("{self}T00:00:00+07:00")).unwrap_or(END)
    }

    /// So many days later.
    #[must_use]
    pub fn after(self, days: u32) -> Day {
        Day(self.0.saturating_add(Span::new().days(i64::from(days))))
    }

    /// Whether it is a Saturday or a Sunday.
    #[must_use]
    pub fn is_weekend(self) -> bool {
        matches!(self.0.weekday(), Weekday::Saturday | Weekday::Sunday)
    }

    /// As Vietnamese documents write it, such as `01/7/2025`.
    #[must_use]
    pub fn written_vi(self) -> String {
        format!("{:02}/{}/{:04}", self.0.day(), self.0.month(), self.0.year())
    }
}

impl FromStr for Day {
    type Err = DayError;

    fn from_str(text: &str) -> Result<Day, DayError> {
        let day: Date = text.parse().map_err(|_| DayError)?;
        // One spelling only, and the years that a timestamp can name.
        if day.to_string() == text && (2001..=2199).contains(&day.year()) { Ok(Day(day)) } else { Err(DayError) }
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

impl TryFrom<String> for Day {
    type Error = DayError;

    fn try_from(text: String) -> Result<Day, DayError> {
        text.parse()
    }
}

impl From<Day> for String {
    fn from(day: Day) -> String {
        day.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_begins_at_midnight_in_viet_nam_and_its_moments_fall_in_it() {
        let day: Day = "2025-07-01".parse().unwrap();
        assert_eq!(day.start().to_string(), "2025-06-30T17:00:00.000Z");
        assert_eq!(Day::of(day.start()), day);
        let eve = Timestamp::from_millis(day.start().as_millis() - 1).unwrap();
        assert_eq!(Day::of(eve).to_string(), "2025-06-30");
        assert_eq!(day.written_vi(), "01/7/2025");
    }

    #[test]
    fn days_are_counted_from_the_next_one_on_and_weekends_are_known() {
        let day: Day = "2026-11-24".parse().unwrap();
        assert_eq!(day.after(20).to_string(), "2026-12-14");
        let weekend: Vec<bool> = (0..7).map(|days| day.after(days).is_weekend()).collect();
        assert_eq!(weekend, [false, false, false, false, true, true, false], "24 November 2026 was a Tuesday");
    }

    #[test]
    fn what_is_no_day_is_refused() {
        for text in [
            "",
            "2025-7-1",
            "2025-02-29",
            "2025-13-01",
            "2025-07-00",
            "1999-07-01",
            "2200-01-01",
            "2025-07-01T",
            "2025-07-01T00:00:00",
            "20250701",
            "+025-07-01",
        ] {
            assert_eq!(text.parse::<Day>(), Err(DayError), "{text}");
        }
    }
}
