//! What a node measures; every name begins with `danvan_node_`. No metric carries an id, a text or a person.

use std::sync::Arc;

use danvan_daemon::{Metrics, MetricsError};
use danvan_replication::{Observer, ReceiptStatus};
use danvan_tlog::KeyName;

macro_rules! node_metrics {
    ($($(#[$doc:meta])* $field:ident: $kind:ty = $make:ident($name:literal, $help:literal $(, $labels:expr)?);)+) => {
        /// The metrics of a node. Cheap to clone.
        #[derive(Clone)]
        pub(crate) struct NodeMetrics {
            $($(#[$doc])* pub(crate) $field: $kind,)+
        }

        impl NodeMetrics {
            /// Registers all of them.
            pub(crate) fn new(metrics: &Metrics) -> Result<Self, MetricsError> {
                Ok(Self { $($field: metrics.$make($name, $help $(, $labels)?)?,)+ })
            }
        }
    };
}

node_metrics! {
    build_info: prometheus::IntGaugeVec = gauges("build_info", "1 for the running version.", &["version"]);
    forms: prometheus::IntCounterVec = counters("forms_total", "Forms by what became of them.", &["result"]);
    recorded: prometheus::IntCounterVec = counters("events_recorded_total", "Events made durable, by type.", &["type"]);
    append_seconds: prometheus::Histogram = seconds("append_duration_seconds", "From the queue to the disk.");
    ledger_size: prometheus::IntGauge = gauge("ledger_entries", "Durable entries.");
    signed_size: prometheus::IntGauge = gauge("signed_entries", "Entries under the latest checkpoint.");
    receipted: prometheus::IntGaugeVec = gauges("receipted_entries", "Entries cosigned, by aggregator.", &["aggregator"]);
    backlog: prometheus::IntGauge = gauge("backlog_entries", "Entries that some required aggregator has not cosigned.");
    backlog_age: prometheus::Gauge = fraction("backlog_age_seconds", "How long the backlog has not been empty.");
    connected: prometheus::IntGauge = gauge("nats_connected", "1 while there is a connection to the broker.");
    published: prometheus::IntCounter = counter("published_entries_total", "Entries handed to the broker, repeats included.");
    published_bytes: prometheus::IntCounter = counter("published_bytes_total", "Packed bytes handed to the broker.");
    broker_failures: prometheus::IntCounter = counter("broker_failures_total", "Requests that the broker did not fulfil.");
    receipts: prometheus::IntCounterVec = counters("receipts_total", "Receipts heard, by status.", &["status"]);
    receipts_disbelieved: prometheus::IntCounter = counter("receipts_disbelieved_total", "Receipts that did not verify.");
    state_rebuilds: prometheus::IntCounterVec = counters("state_rebuilds_total", "Derived state computed anew, by reason.", &["reason"]);
    rejoining: prometheus::IntGauge = gauge("rejoining", "1 while the ledger catches up from the aggregators before it is opened.");
    rejoin_attempts: prometheus::IntCounterVec = counters("rejoin_attempts_total", "Attempts of the ledger to catch up, by outcome.", &["outcome"]);
    rejoined_entries: prometheus::IntCounter = counter("rejoined_entries_total", "Entries that came back from others when the ledger caught up.");
    searches: prometheus::IntCounter = counter("vault_searches_total", "Searches of officials in the vault.");
    orphans: prometheus::IntCounter = counter("vault_orphans_destroyed_total", "Vault records without an entry, destroyed at a start.");
    kiosk_last_tap: prometheus::IntGauge = gauge("kiosk_last_tap_timestamp_seconds", "When the kiosk was last tapped.");
    kiosk_abandoned: prometheus::IntCounter = counter("kiosk_flushed_total", "Ratings recorded after the citizen had gone.");
    disk_free: prometheus::IntGauge = gauge("disk_free_bytes", "Free bytes on the disk of the ledger.");
}

/// Counts what the shipper does.
pub(crate) struct ShipperMetrics(pub(crate) NodeMetrics);

impl ShipperMetrics {
    /// As the shipper wants it.
    pub(crate) fn observer(metrics: NodeMetrics) -> Arc<dyn Observer> {
        Arc::new(Self(metrics))
    }
}

impl Observer for ShipperMetrics {
    fn published(&self, entries: u64, packed_bytes: usize) {
        self.0.published.inc_by(entries);
        self.0.published_bytes.inc_by(u64::try_from(packed_bytes).unwrap_or(u64::MAX));
    }

    fn broker_failed(&self) {
        self.0.broker_failures.inc();
    }

    fn receipt_heard(&self, _by: &KeyName, status: ReceiptStatus) {
        self.0.receipts.with_label_values(&[&status.to_string()]).inc();
    }

    fn receipt_disbelieved(&self) {
        self.0.receipts_disbelieved.inc();
    }
}
