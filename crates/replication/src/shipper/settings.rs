//! The numbers of the shipper.

use crate::jitter::Backoff;
use std::time::Duration;

/// How a shipper paces itself; the defaults suit a commune on a weak line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ShipperSettings {
    /// Delay after a publish or a look-up that failed.
    pub retry: Backoff,
    /// How long receipts may stay away after a batch was published before the shipper looks what is wrong.
    pub patience: Backoff,
    /// How often the stored receipts are looked at although nothing seems to be outstanding.
    pub review: Duration,
    /// So many batches may be published beyond the receipts; below the 64 that the spool keeps of one subject.
    pub window: usize,
    /// An aggregator that has not answered for so long does not hold up the others.
    pub live_for: Duration,
}

impl Default for ShipperSettings {
    fn default() -> Self {
        Self {
            retry: Backoff { first: Duration::from_millis(250), cap: Duration::from_secs(30) },
            patience: Backoff { first: Duration::from_secs(5), cap: Duration::from_mins(10) },
            review: Duration::from_mins(10),
            window: 32,
            live_for: Duration::from_secs(30),
        }
    }
}
