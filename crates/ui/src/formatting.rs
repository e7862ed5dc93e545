//! Numbers and times as Vietnamese readers write them: decimal comma, dot between thousands, day first, UTC+7.

use jiff::Timestamp;
use jiff::tz::Offset;

/// Vietnam has one offset all year.
const OFFSET_HOURS: i8 = 7;

/// Centi-points with a decimal comma: `8750` is `87,50`.
#[must_use]
pub fn points(centi: i64) -> String {
    let sign = if centi < 0 { "−" } else { "" };
    let magnitude = centi.unsigned_abs();
    format!("{sign}{},{:02}", magnitude / 100, magnitude % 100)
}

/// A share in tenths of a percent, rounded down, so that only a whole is `100 %`. An empty whole is `–`.
#[must_use]
pub fn percent(part: u64, whole: u64) -> String {
    if whole == 0 {
        return "–".to_owned();
    }
    let tenths = u128::from(part) * 1000 / u128::from(whole);
    if tenths.is_multiple_of(10) {
        format!("{}\u{a0}%", tenths / 10)
    } else {
        format!("{},{}\u{a0}%", tenths / 10, tenths % 10)
    }
}

/// A count with a dot between thousands: `12345` is `12.345`.
#[must_use]
pub fn count(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push('.');
        }
        text.push(digit);
    }
    text
}

/// A number of bytes in the largest binary unit that keeps a whole part.
#[must_use]
pub fn bytes(number: u64) -> String {
    const UNITS: [&str; 5] = ["B", "KiB", "MiB", "GiB", "TiB"];
    let unit = (0..UNITS.len()).rev().find(|&unit| number >> (10 * unit) > 0).unwrap_or(0);
    if unit == 0 {
        return format!("{number}\u{a0}B");
    }
    let tenths = (u128::from(number) * 10) >> (10 * unit);
    format!("{},{}\u{a0}{}", tenths / 10, tenths % 10, UNITS[unit])
}

/// A length of time in its two largest parts, for readers in a hurry: `3 phút 20 giây`. Milliseconds in.
#[must_use]
pub fn duration(millis: u64) -> String {
    duration_in(millis, "dưới 1 giây", ["giây", "phút", "giờ", "ngày"])
}

/// The same in English, for the text beside: `3 min 20 s`. Milliseconds in.
#[must_use]
pub fn duration_en(millis: u64) -> String {
    duration_in(millis, "less than 1 s", ["s", "min", "h", "d"])
}

fn duration_in(millis: u64, none: &str, [second, minute, hour, day]: [&str; 4]) -> String {
    let seconds = millis / 1000;
    match seconds {
        0 => none.to_owned(),
        1..60 => format!("{seconds} {second}"),
        60..3600 => format!("{} {minute} {} {second}", seconds / 60, seconds % 60),
        3600..86_400 => format!("{} {hour} {} {minute}", seconds / 3600, seconds % 3600 / 60),
        _ => format!("{} {day} {} {hour}", seconds / 86_400, seconds % 86_400 / 3600),
    }
}

/// `dd/mm/yyyy HH:MM` in UTC+7, from milliseconds since the Unix epoch.
#[must_use]
pub fn date_time(millis: i64) -> String {
    in_vietnam(millis, "%d/%m/%Y %H:%M")
}

/// `dd/mm/yyyy` in UTC+7, from milliseconds since the Unix epoch.
#[must_use]
pub fn date(millis: i64) -> String {
    in_vietnam(millis, "%d/%m/%Y")
}

/// `HH:MM:SS` in UTC+7, from milliseconds since the Unix epoch.
#[must_use]
pub fn time_of_day(millis: i64) -> String {
    in_vietnam(millis, "%H:%M:%S")
}

/// A time outside the calendar shows as a dash rather than failing a page.
fn in_vietnam(millis: i64, pattern: &str) -> String {
    Timestamp::from_millisecond(millis).map_or_else(
        |_| "–".to_owned(),
        |at| Offset::constant(OFFSET_HOURS).to_datetime(at).strftime(pattern).to_string(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn points_have_a_decimal_comma() {
        assert_eq!(points(8750), "87,50");
        assert_eq!(points(5), "0,05");
        assert_eq!(points(-125), "−1,25");
        assert_eq!(points(10_000), "100,00");
    }

    #[test]
    fn only_a_whole_is_a_hundred_percent() {
        assert_eq!(percent(21, 21), "100\u{a0}%");
        assert_eq!(percent(9_999, 10_000), "99,9\u{a0}%");
        assert_eq!(percent(1, 0), "–");
    }

    #[test]
    fn thousands_are_parted_by_dots() {
        assert_eq!(count(0), "0");
        assert_eq!(count(999), "999");
        assert_eq!(count(8_400), "8.400");
        assert_eq!(count(1_234_567), "1.234.567");
    }

    #[test]
    fn sizes_use_binary_units() {
        assert_eq!(bytes(0), "0\u{a0}B");
        assert_eq!(bytes(1536), "1,5\u{a0}KiB");
    }

    #[test]
    fn durations_name_their_two_largest_parts() {
        assert_eq!(duration(900), "dưới 1 giây");
        assert_eq!(duration(200_000), "3 phút 20 giây");
        assert_eq!(duration(90_000_000), "1 ngày 1 giờ");
        assert_eq!(duration_en(900), "less than 1 s");
        assert_eq!(duration_en(200_000), "3 min 20 s");
        assert_eq!(duration_en(90_000_000), "1 d 1 h");
    }

    #[test]
    fn times_are_day_first_and_in_vietnam() {
        assert_eq!(date_time(1_709_883_000_000), "08/03/2024 14:30");
        assert_eq!(date(1_709_917_200_000), "09/03/2024");
        assert_eq!(time_of_day(1_709_883_000_000), "14:30:00");
        assert_eq!(date_time(i64::MAX), "–");
    }
}
