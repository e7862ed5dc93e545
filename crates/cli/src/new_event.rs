//! The id and the time of an event that is made on this machine.

use danvan_daemon::{Clock, OsRandomness, Randomness, SystemClock};
use danvan_event::{EventId, Timestamp};

use crate::exit::Failure;

/// A new id. A client that heard no answer sends the same form under it again.
pub(crate) fn id() -> Result<EventId, Failure> {
    let mut random = [0; 10];
    OsRandomness
        .fill(&mut random)
        .map_err(|error| Failure::failed("không lấy được số ngẫu nhiên", "no randomness", error))?;
    Ok(EventId::from_parts(u64::try_from(SystemClock.now().get()).unwrap_or_default(), random))
}

/// The time of this machine.
pub(crate) fn now() -> Result<Timestamp, Failure> {
    Timestamp::from_millis(SystemClock.now().get())
        .map_err(|error| Failure::failed("đồng hồ của máy bị sai", "the machine's clock is out of order", error))
}
