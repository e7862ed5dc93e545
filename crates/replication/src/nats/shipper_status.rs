//! What a node's shipper says of itself while it runs.

use crate::receipt::ReceiptStatus;
use crate::shipper::Alarm;
use danvan_tlog::{KeyName, Size};
use std::collections::BTreeMap;
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// What the shipper of a node reports.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ShipperStatus {
    /// How many entries are durable here.
    pub size: Size,
    /// Up to where batches are published; goes back when some have to be sent again. Says nothing about delivery.
    pub published: Size,
    /// How many every required aggregator has cosigned: delivered.
    pub delivered: Size,
    /// How many each required aggregator has cosigned, by the name of its mirror key.
    pub receipted: BTreeMap<KeyName, Size>,
    /// The aggregators that refused the last batch, with the status.
    pub refused: BTreeMap<KeyName, ReceiptStatus>,
    /// True while there is a connection to the broker.
    pub connected: bool,
    /// Why shipping has stopped for good, if it has: an operator must look.
    pub alarm: Option<Alarm>,
    /// The last failure, for display.
    pub last_error: Option<String>,
}

/// A running shipper. Dropping the handle does not stop it; the token that it was started with does.
#[derive(Debug)]
pub struct ShipperHandle {
    pub(super) status: watch::Receiver<ShipperStatus>,
    pub(super) task: JoinHandle<()>,
}

impl ShipperHandle {
    /// The state now.
    #[must_use]
    pub fn status(&self) -> ShipperStatus {
        self.status.borrow().clone()
    }

    /// Wakes on every change of the state, receipts among them.
    #[must_use]
    pub fn watch(&self) -> watch::Receiver<ShipperStatus> {
        self.status.clone()
    }

    /// Waits until the task has ended.
    pub async fn join(self) {
        if let Err(error) = self.task.await {
            tracing::error!(%error, "the shipper ended abnormally");
        }
    }
}
