//! Points in time, to the millisecond, in the one spelling that entries use.

use std::fmt;
use std::num::NonZeroI64;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

const MS_PER_DAY: i64 = 86_400_000;
/// 2000-01-01T00:00:00.000Z.
const FIRST: i64 = 946_684_800_000;
/// 2199-12-31T23:59:59.999Z.
const LAST: i64 = 7_258_118_399_999;

/// Milliseconds since 1970-01-01T00:00:00Z, between the years 2000 and 2199.
///
/// Written `YYYY-MM-DDTHH:MM:SS.mmmZ`, always in UTC and always with three decimals, so that equal times are equal bytes. Never zero, so
/// that a time or none is as small as a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Timestamp(NonZeroI64);

/// Why a text or number is no [`Timestamp`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TimestampError {
    /// Not `YYYY-MM-DDTHH:MM:SS.mmmZ`. For client input use [`Timestamp::parse_rfc3339`], which takes any offset.
    #[error("not of the form YYYY-MM-DDTHH:MM:SS.mmmZ")]
    NotCanonical,
    /// Not an RFC 3339 date and time with an offset. Ask the client for one.
    #[error("not an RFC 3339 date and time with an offset, such as 2024-03-08T14:00:00+07:00")]
    NotRfc3339,
    /// Outside the years 2000 to 2199: a broken clock or a typing error.
    #[error("outside the years 2000 to 2199")]
    OutOfRange,
}

impl Timestamp {
    /// From milliseconds since the Unix epoch.
    pub const fn from_millis(millis: i64) -> Result<Timestamp, TimestampError> {
        match NonZeroI64::new(millis) {
            Some(number) if millis >= FIRST && millis <= LAST => Ok(Timestamp(number)),
            _ => Err(TimestampError::OutOfRange),
        }
    }

    /// Milliseconds since the Unix epoch.
    #[must_use]
    pub const fn as_millis(self) -> i64 {
        self.0.get()
    }

    /// Reads any RFC 3339 spelling (any offset, any number of decimals); finer than a millisecond is cut off.
    pub fn parse_rfc3339(text: &str) -> Result<Timestamp, TimestampError> {
        if let Ok(canonical) = text.parse() {
            return Ok(canonical);
        }
        // jiff reads more than RFC 3339 (week dates, a bracketed time zone, a blank for the T); forms may not.
        if text.as_bytes().get(10).is_none_or(|t| !t.eq_ignore_ascii_case(&b'T')) || text.contains('[') {
            return Err(TimestampError::NotRfc3339);
        }
        let parsed: jiff::Timestamp = text.parse().map_err(|_| TimestampError::NotRfc3339)?;
        // Flooring keeps the order of times before and after the epoch alike.
        let millis = parsed.as_nanosecond().div_euclid(1_000_000);
        i64::try_from(millis).map_err(|_| TimestampError::OutOfRange).and_then(Timestamp::from_millis)
    }
}

impl FromStr for Timestamp {
    type Err = TimestampError;

    /// Reads only the canonical spelling.
    fn from_str(text: &str) -> Result<Timestamp, TimestampError> {
        let bytes: &[u8; 24] = text.as_bytes().try_into().map_err(|_| TimestampError::NotCanonical)?;
        for (at, separator) in [(4, b'-'), (7, b'-'), (10, b'T'), (13, b':'), (16, b':'), (19, b'.'), (23, b'Z')] {
            if bytes[at] != separator {
                return Err(TimestampError::NotCanonical);
            }
        }
        let number = |from: usize, to: usize| -> Result<i64, TimestampError> {
            bytes[from..to].iter().try_fold(0, |sum, digit| {
                if digit.is_ascii_digit() {
                    Ok(sum * 10 + i64::from(digit - b'0'))
                } else {
                    Err(TimestampError::NotCanonical)
                }
            })
        };
        let (year, month, day) = (number(0, 4)?, number(5, 7)?, number(8, 10)?);
        let (hour, minute, second, millis) = (number(11, 13)?, number(14, 16)?, number(17, 19)?, number(20, 23)?);
        if hour > 23
            || minute > 59
            || second > 59
            || !(1..=12).contains(&month)
            || day < 1
            || day > month_length(year, month)
        {
            return Err(TimestampError::NotCanonical);
        }
        let days = days_from_civil(year, month, day);
        Timestamp::from_millis(days * MS_PER_DAY + ((hour * 60 + minute) * 60 + second) * 1000 + millis)
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (days, in_day) = (self.as_millis().div_euclid(MS_PER_DAY), self.as_millis().rem_euclid(MS_PER_DAY));
        let (year, month, day) = civil_from_days(days);
        let (seconds, millis) = (in_day / 1000, in_day % 1000);
        let (hour, minute, second) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
        write!(f, "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{millis:03}Z")
    }
}

impl From<Timestamp> for String {
    fn from(timestamp: Timestamp) -> String {
        timestamp.to_string()
    }
}

impl TryFrom<String> for Timestamp {
    type Error = TimestampError;

    fn try_from(text: String) -> Result<Timestamp, TimestampError> {
        text.parse()
    }
}

/// Days since 1970-01-01 of a date of the Gregorian calendar. Source of both formulas: Howard Hinnant, "chrono-Compatible
/// Low-Level Date Algorithms", which counts eras of 400 years from 1 March.
const fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

const fn civil_from_days(days: i64) -> (i64, i64, i64) {
    let shifted = days + 719_468;
    let (era, day_of_era) = (shifted.div_euclid(146_097), shifted.rem_euclid(146_097));
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
    let year = era * 400 + year_of_era;
    (if month <= 2 { year + 1 } else { year }, month, day)
}

const fn month_length(year: i64, month: i64) -> i64 {
    match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_bounds_are_the_years_they_say() {
        assert_eq!(Timestamp::from_millis(FIRST).unwrap().to_string(), "2000-01-01T00:00:00.000Z");
        assert_eq!(Timestamp::from_millis(LAST).unwrap().to_string(), "2199-12-31T23:59:59.999Z");
        assert_eq!(Timestamp::from_millis(FIRST - 1), Err(TimestampError::OutOfRange));
        assert_eq!(Timestamp::from_millis(LAST + 1), Err(TimestampError::OutOfRange));
    }

    #[test]
    fn any_offset_is_read_and_one_spelling_is_written() {
        for (text, written) in [
            ("2024-03-08T14:00:00+07:00", "2024-03-08T07:00:00.000Z"),
            ("2024-03-08t07:00:00z", "2024-03-08T07:00:00.000Z"),
            ("2024-02-29T23:59:59.9999-01:00", "2024-03-01T00:59:59.999Z"),
        ] {
            assert_eq!(Timestamp::parse_rfc3339(text).expect(text).to_string(), written);
        }
    }

    #[test]
    fn what_is_not_rfc_3339_is_refused() {
        for text in [
            "",
            "2024-03-08",
            "2024-03-08T14:00:00",
            "2024-03-08 14:00:00Z",
            "2024-02-30T00:00:00Z",
            "1709881200",
            "2024-03-08T14:00:00+07:00[Asia/Ho_Chi_Minh]",
            "2024-13-01T00:00:00.000Z",
            "chiều 8-3",
        ] {
            assert_eq!(Timestamp::parse_rfc3339(text), Err(TimestampError::NotRfc3339), "{text}");
        }
        assert_eq!(Timestamp::parse_rfc3339("1999-12-31T23:59:59Z"), Err(TimestampError::OutOfRange));
    }

    #[test]
    fn only_the_canonical_spelling_parses_as_canonical() {
        for text in [
            "2024-03-08T07:00:00Z",
            "2024-03-08T07:00:00.000+00:00",
            "2024-03-08T24:00:00.000Z",
            "2024-02-30T00:00:00.000Z",
        ] {
            assert!(text.parse::<Timestamp>().is_err(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn text_and_value_are_one_and_jiff_agrees(millis in FIRST..=LAST) {
            let timestamp = Timestamp::from_millis(millis).unwrap();
            let text = timestamp.to_string();
            prop_assert_eq!(text.parse::<Timestamp>(), Ok(timestamp));
            let oracle: jiff::Timestamp = text.parse().unwrap();
            prop_assert_eq!(oracle.as_millisecond(), millis);
        }
    }
}
