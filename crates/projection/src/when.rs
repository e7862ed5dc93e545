//! A time or never, as one number.

use danvan_event::Timestamp;

/// A day, in milliseconds: all of them are alike, in UTC and in Viet Nam.
pub(crate) const DAY_MS: i64 = 86_400_000;

/// When something happened, or never. Never is later than every time, so that "not by then" is one comparison for what came late and
/// for what did not come at all: a ranking of a country makes millions of them.
///
/// Milliseconds since the Unix epoch. Never is 2^48 - 1, far after the last [`Timestamp`], and later still when days are added: what asks
/// whether something happened compares with a time, and not with never.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct When(u64);

impl When {
    /// It did not happen.
    pub const NEVER: When = When((1 << 48) - 1);

    /// So many days later; never, or later still, when it never happened.
    #[must_use]
    #[inline]
    pub const fn plus_days(self, days: u32) -> When {
        When(self.0 + days as u64 * DAY_MS.cast_unsigned())
    }

    /// The milliseconds from `earlier` to this; none when it is not later.
    #[must_use]
    #[inline]
    pub const fn millis_since(self, earlier: When) -> u64 {
        self.0.saturating_sub(earlier.0)
    }

    /// Of a number in 48 bits, the highest of which is never.
    #[inline]
    pub(crate) const fn of_millis(millis: u64) -> When {
        When(millis)
    }
}

impl From<Timestamp> for When {
    #[inline]
    fn from(at: Timestamp) -> When {
        // No timestamp lies before 1970.
        When(at.as_millis().cast_unsigned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(day: u32) -> When {
        When::from(Timestamp::from_millis(1_710_000_000_000).unwrap()).plus_days(day)
    }

    #[test]
    fn never_is_later_than_every_time_and_stays_so() {
        let last = Timestamp::from_millis(7_258_118_399_999).unwrap();
        assert!(day(0) < day(1) && day(365) < When::from(last));
        assert!(When::from(last).plus_days(u32::from(u16::MAX)) < When::NEVER);
        assert!(When::NEVER <= When::NEVER.plus_days(15));
    }

    #[test]
    fn time_is_counted_forward_only() {
        assert_eq!(day(3).millis_since(day(1)), 2 * DAY_MS.cast_unsigned());
        assert_eq!(day(1).millis_since(day(3)), 0);
    }
}
