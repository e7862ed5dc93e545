//! Wrong machines, and how they are found out.

use danvan_replication::{Backoff, ShipperSettings};
use danvan_tlog::Size;
use std::time::Duration;

/// A wrong machine that the histories must catch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mutant {
    None,
    TrustsPubAck,
    NeverLosesPatience,
    SendsNothingTwice,
    TakesGaps,
    TakesTwice,
    SilentWhenHeld,
    SilentWhenEmpty,
}

/// What was wrong at the end of a history.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    #[error("node {node} stopped: {alarm}")]
    Alarm { node: usize, alarm: String },
    #[error("node {node} has receipts for {delivered} of {size} entries")]
    NotDelivered { node: usize, delivered: Size, size: Size },
    #[error("mirror {mirror} holds {held} of the {size} entries of node {node}, or others")]
    MirrorDiffers { node: usize, mirror: usize, held: usize, size: usize },
    #[error("{publishes} publishes are over the bound of {bound}")]
    Storm { publishes: u64, bound: u64 },
}

/// What the node of this mutant is set to.
pub(crate) fn settings(mutant: Mutant) -> ShipperSettings {
    let defaults = ShipperSettings::default();
    match mutant {
        Mutant::NeverLosesPatience => {
            let never = Duration::from_hours(10_000);
            ShipperSettings { patience: Backoff { first: never, cap: never }, review: never, ..defaults }
        }
        _ => defaults,
    }
}
