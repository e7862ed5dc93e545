//! How far the others hold our entries: for `/api/v1/status`, `/health/sync`, the heartbeat, the metrics and the badge.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use danvan_daemon::{Clock as _, SystemClock, free_bytes};
use danvan_ledger::Ledger;
use danvan_replication::{Heartbeat, ShipperStatus};
use danvan_tlog::{KeyName, SignedCheckpoint, Size};
use serde::Serialize;
use tokio::sync::watch;

use crate::metrics::NodeMetrics;

/// The version of this program.
pub(crate) const VERSION: &str = env!("CARGO_PKG_VERSION");

pub(crate) struct SyncState {
    ledger: Ledger,
    dir: PathBuf,
    unit: String,
    clock: &'static str,
    required: Vec<KeyName>,
    shipper: OnceLock<watch::Receiver<ShipperStatus>>,
    behind_since: Mutex<Option<Instant>>,
    metrics: NodeMetrics,
}

/// `GET /api/v1/status`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Status {
    pub(crate) unit: String,
    pub(crate) origin: String,
    pub(crate) version: &'static str,
    pub(crate) clock: &'static str,
    pub(crate) size: u64,
    pub(crate) signed: u64,
    pub(crate) published: u64,
    pub(crate) receipted: BTreeMap<String, u64>,
    pub(crate) required: usize,
    pub(crate) backlog: u64,
    pub(crate) backlog_age_ms: u64,
    pub(crate) connected: bool,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) refused: BTreeMap<String, u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) alarm: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) last_error: Option<String>,
}

impl SyncState {
    pub(crate) fn new(
        ledger: Ledger,
        dir: PathBuf,
        unit: String,
        clock: &'static str,
        required: Vec<KeyName>,
        metrics: NodeMetrics,
    ) -> Self {
        let (shipper, behind_since) = (OnceLock::new(), Mutex::default());
        Self { ledger, dir, unit, clock, required, shipper, behind_since, metrics }
    }

    /// There is a shipper now.
    pub(crate) fn follow(&self, shipper: watch::Receiver<ShipperStatus>) {
        // A second shipper cannot come: there is one start.
        let _ = self.shipper.set(shipper);
    }

    /// The state now; sets the gauges too.
    pub(crate) fn status(&self) -> Status {
        let shipper = self.shipper.get().map(|status| status.borrow().clone()).unwrap_or_default();
        let size = self.ledger.size();
        let receipted = self.receipted();
        let backlog = size.entries_since(Self::delivered(&receipted, size));
        let status = Status {
            unit: self.unit.clone(),
            origin: self.ledger.origin().as_str().to_owned(),
            version: VERSION,
            clock: self.clock,
            size: size.get(),
            signed: self.ledger.latest().map_or(0, |latest| latest.size().get()),
            published: shipper.published.get(),
            receipted: receipted.iter().map(|(name, size)| (name.as_str().to_owned(), size.get())).collect(),
            required: self.required.len(),
            backlog,
            backlog_age_ms: u64::try_from(self.behind_for(backlog).as_millis()).unwrap_or(u64::MAX),
            connected: shipper.connected,
            refused: shipper.refused.iter().map(|(name, status)| (name.as_str().to_owned(), status.code())).collect(),
            alarm: shipper.alarm.map(|alarm| alarm.to_string()),
            last_error: shipper.last_error,
        };
        self.measure(&status);
        status
    }

    /// What the node says about itself every few seconds.
    pub(crate) fn heartbeat(&self) -> Heartbeat {
        let status = self.status();
        Heartbeat {
            version: VERSION.to_owned(),
            origin: self.ledger.origin().clone(),
            size: self.ledger.size(),
            receipted: self.receipted(),
            backlog: status.backlog,
            backlog_age_ms: status.backlog_age_ms,
            clock_ms: SystemClock.now().get(),
            disk_free_bytes: free_bytes(&self.dir).ok(),
        }
    }

    fn receipted(&self) -> BTreeMap<KeyName, Size> {
        let kept = self.ledger.receipts();
        self.required
            .iter()
            .map(|name| (name.clone(), kept.get(name).map_or(Size::ZERO, SignedCheckpoint::size)))
            .collect()
    }

    /// What every required aggregator holds; without a required one nothing is owed.
    fn delivered(receipted: &BTreeMap<KeyName, Size>, size: Size) -> Size {
        receipted.values().copied().min().unwrap_or(size)
    }

    fn behind_for(&self, backlog: u64) -> Duration {
        let mut since = self.behind_since.lock().unwrap_or_else(PoisonError::into_inner);
        if backlog == 0 {
            *since = None;
            return Duration::ZERO;
        }
        since.get_or_insert_with(Instant::now).elapsed()
    }

    fn measure(&self, status: &Status) {
        let gauge = |value: u64| i64::try_from(value).unwrap_or(i64::MAX);
        self.metrics.ledger_size.set(gauge(status.size));
        self.metrics.signed_size.set(gauge(status.signed));
        self.metrics.backlog.set(gauge(status.backlog));
        self.metrics.backlog_age.set(Duration::from_millis(status.backlog_age_ms).as_secs_f64());
        self.metrics.connected.set(i64::from(status.connected));
        for (aggregator, size) in &status.receipted {
            self.metrics.receipted.with_label_values(&[aggregator]).set(gauge(*size));
        }
        if let Ok(bytes) = free_bytes(&self.dir) {
            self.metrics.disk_free.set(gauge(bytes));
        }
    }
}
