//! Time as a port: a process asks the [`Clock`] that it was given, never the machine.

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use rustix::time::{ClockId, clock_gettime};
use serde::{Deserialize, Serialize};

/// Milliseconds since 1970-01-01T00:00:00Z, leap seconds not counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct UnixMillis(i64);

impl UnixMillis {
    /// The instant `millis` milliseconds after the epoch.
    #[must_use]
    pub const fn new(millis: i64) -> Self {
        Self(millis)
    }

    /// Milliseconds since the epoch.
    #[must_use]
    pub const fn get(self) -> i64 {
        self.0
    }

    /// Whole seconds since the epoch; 0 for an instant before it.
    #[must_use]
    pub fn unix_seconds(self) -> u64 {
        u64::try_from(self.0.div_euclid(1000)).unwrap_or(0)
    }
}

/// Reads the time of day.
pub trait Clock: Send + Sync {
    /// The time now. May step backwards: whoever needs order keeps the largest value seen.
    fn now(&self) -> UnixMillis;
}

/// The machine's clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "the one place that reads the machine's clock")]
    fn now(&self) -> UnixMillis {
        let millis = match SystemTime::now().duration_since(UNIX_EPOCH) {
            Ok(after) => i64::try_from(after.as_millis()).unwrap_or(i64::MAX),
            Err(before) => i64::try_from(before.duration().as_millis()).map_or(i64::MIN, |millis| -millis),
        };
        UnixMillis(millis)
    }
}

/// How long the machine has been up, the time that it slept included: whatever is done to its clock, this goes on evenly.
#[must_use]
pub fn since_boot() -> Duration {
    clock_gettime(ClockId::Boottime).try_into().unwrap_or_default()
}

/// A clock that stands until it is moved: for tests and for machines that replay another year.
#[derive(Debug)]
pub struct SimulatedClock(AtomicI64);

impl SimulatedClock {
    /// A clock that stands at `start`.
    #[must_use]
    pub const fn at(start: UnixMillis) -> Self {
        Self(AtomicI64::new(start.0))
    }

    /// Moves the clock forward by `millis` milliseconds (backwards when negative).
    pub fn advance(&self, millis: i64) {
        self.0.fetch_add(millis, Ordering::SeqCst);
    }

    /// Moves the clock to `instant` unless it already stands later.
    pub fn reach(&self, instant: UnixMillis) {
        self.0.fetch_max(instant.0, Ordering::SeqCst);
    }
}

impl Clock for SimulatedClock {
    fn now(&self) -> UnixMillis {
        UnixMillis(self.0.load(Ordering::SeqCst))
    }
}

/// Which clock a process was told to use; part of its settings and, for a log, of its first entry.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClockKind {
    /// The machine's clock.
    #[default]
    System,
    /// The times that the input claims. Only for demonstrations.
    Simulated,
}

impl ClockKind {
    /// The word used in settings and entries.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::Simulated => "simulated",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_simulated_clock_stands_until_moved_and_never_goes_back_by_reaching() {
        let clock = SimulatedClock::at(UnixMillis::new(5_000));
        assert_eq!(clock.now(), UnixMillis::new(5_000));
        clock.advance(1_500);
        clock.reach(UnixMillis::new(1));
        assert_eq!(clock.now().unix_seconds(), 6);
    }

    #[test]
    fn the_system_clock_is_past_this_code_s_birth() {
        assert!(SystemClock.now().get() > 1_700_000_000_000);
    }
}
