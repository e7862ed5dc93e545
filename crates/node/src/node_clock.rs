//! The clock behind `recordedtime`.

use std::sync::Arc;

use danvan_daemon::{Clock, SimulatedClock, UnixMillis};
use danvan_event::{Timestamp, TimestampError};

/// The machine's clock, or the times that the forms claim.
pub(crate) enum NodeClock {
    /// Judges the forms: a time too far ahead is refused.
    Machine(Arc<dyn Clock>),
    /// Follows the forms: stands at the latest time heard. For demonstrations.
    Simulated(SimulatedClock),
}

impl NodeClock {
    /// A simulated clock that has heard nothing yet.
    pub(crate) fn simulated() -> Self {
        Self::Simulated(SimulatedClock::at(UnixMillis::new(0)))
    }

    /// The time now. An error means that the machine's clock is out of order.
    pub(crate) fn now(&self) -> Result<Timestamp, TimestampError> {
        let now = match self {
            Self::Machine(clock) => clock.now(),
            Self::Simulated(clock) => clock.now(),
        };
        Timestamp::from_millis(now.get())
    }

    /// A form or an entry claims `time`.
    pub(crate) fn hear(&self, time: Timestamp) {
        if let Self::Simulated(clock) = self {
            clock.reach(UnixMillis::new(time.as_millis()));
        }
    }
}
