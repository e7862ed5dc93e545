//! Civil days of Viet Nam.

use std::fmt;
use std::str::FromStr;

use danvan_event::Timestamp;
use serde::{Deserialize, Serialize};

/// A day in Viet Nam, written `2025-07-01`. Begins at midnight, UTC+7.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Day {
    year: u16,
    month: u8,
    of_month: u8,
}

/// The text names no day between the years 2001 and 2199. The caller shows the expected form.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a day is written 2025-07-01")]
pub struct DayError;

impl Day {
    /// The day that a moment falls in.
    #[must_use]
    pub fn of(at: Timestamp) -> Option<Day> {
        let there = Timestamp::from_millis(at.as_millis() + 7 * 3_600_000).ok()?;
        there.to_string().get(..10)?.parse().ok()
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

    /// As Vietnamese documents write it, such as `01/7/2025`.
    #[must_use]
    pub fn written_vi(self) -> String {
        format!("{:02}/{}/{:04}", self.of_month, self.month, self.year)
    }
}

impl FromStr for Day {
    type Err = DayError;

    fn from_str(text: &str) -> Result<Day, DayError> {
        if text.len() != 10 || text < "2001-01-01" {
            return Err(DayError);
        }
        // A timestamp knows the lengths of the months and takes one spelling only.
        format!("{text}T00:00:00.000Z").parse::<Timestamp>().map_err(|_| DayError)?;
        let number = |range: std::ops::Range<usize>| text.get(range).and_then(|digits| digits.parse().ok());
        match (number(0..4), number(5..7), number(8..10)) {
            (Some(year), Some(month), Some(day)) => {
                let narrow = |number: u16| u8::try_from(number).map_err(|_| DayError);
                Ok(Day { year, month: narrow(month)?, of_month: narrow(day)? })
            }
            _ => Err(DayError),
        }
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.year, self.month, self.of_month)
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
        assert_eq!(Day::of(day.start()), Some(day));
        let eve = Timestamp::from_millis(day.start().as_millis() - 1).unwrap();
        assert_eq!(Day::of(eve).map(|day| day.to_string()).as_deref(), Some("2025-06-30"));
        assert_eq!(day.written_vi(), "01/7/2025");
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
            "+025-07-01",
        ] {
            assert_eq!(text.parse::<Day>(), Err(DayError), "{text}");
        }
    }
}
