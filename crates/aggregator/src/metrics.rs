//! Every metric of an aggregator; all names begin with `danvan_aggregator_`.

use std::time::Duration;

use danvan_daemon::{Metrics, MetricsError};
use danvan_ranking::Followed;
use danvan_replication::{FetchOutcome, Observer, ReceiptStatus};
use prometheus::{Histogram, IntCounter, IntCounterVec, IntGauge};

/// The prefix of every name.
pub(crate) const PREFIX: &str = "danvan_aggregator";

/// What became of a batch, as the label `outcome`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum BatchOutcome {
    Accepted,
    Held,
    Resend,
    Refused,
    Fork,
}

impl BatchOutcome {
    const fn label(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Held => "held",
            Self::Resend => "resend",
            Self::Refused => "refused",
            Self::Fork => "fork",
        }
    }
}

/// The aggregator's counters and gauges.
#[derive(Clone)]
pub(crate) struct AggregatorMetrics {
    batches: IntCounterVec,
    pub(crate) entries: IntCounter,
    pub(crate) flagged: IntCounter,
    pub(crate) forks: IntCounter,
    receipts: IntCounterVec,
    fetches: IntCounterVec,
    reading_restarts: IntCounter,
    streams_stand: IntGauge,
    pub(crate) own_size: IntGauge,
    pub(crate) units: IntGauge,
    pub(crate) units_held: IntGauge,
    pub(crate) unfolded: IntGauge,
    pub(crate) publications: IntCounter,
    pub(crate) live_readers: IntGauge,
    pub(crate) records_folded: IntCounter,
    pub(crate) snapshots: IntCounter,
    snapshots_refused: IntCounterVec,
    snapshot_copy_seconds: Histogram,
    group_seconds: Histogram,
    rank_seconds: Histogram,
    standings: IntCounterVec,
}

impl AggregatorMetrics {
    pub(crate) fn register(metrics: &Metrics) -> Result<Self, MetricsError> {
        Ok(Self {
            batches: metrics.counters("batches_total", "Batches judged, by outcome.", &["outcome"])?,
            entries: metrics.counter("entries_accepted_total", "Entries made durable and cosigned.")?,
            flagged: metrics.counter("entries_flagged_total", "Entries mirrored that never count.")?,
            forks: metrics.counter("forks_total", "Batches that contradict what is held of their log.")?,
            receipts: metrics.counters("receipts_total", "Receipts published, by status.", &["status"])?,
            fetches: metrics.counters(
                "fetches_total",
                "Questions of nodes for lost entries, by outcome.",
                &["outcome"],
            )?,
            reading_restarts: metrics.counter("spool_reading_restarts_total", "Readings of the spool begun anew.")?,
            streams_stand: metrics
                .gauge("spool_streams_stand", "1 while the broker holds both streams as they must be, else 0.")?,
            own_size: metrics.gauge("own_log_size", "Entries of the aggregator's own log.")?,
            units: metrics.gauge("units", "Units registered.")?,
            units_held: metrics.gauge("units_held", "Enrolled logs of which something is held.")?,
            unfolded: metrics.gauge("unfolded_records", "Durable records not yet in the read model.")?,
            publications: metrics.counter("publications_total", "Rankings published.")?,
            live_readers: metrics.gauge("live_readers", "Browsers that follow the ranking.")?,
            records_folded: metrics.counter(
                "records_folded_total",
                "Records of the own log folded by this process; what a snapshot spared the start is not among them.",
            )?,
            snapshots: metrics.counter("snapshots_total", "Snapshots written.")?,
            snapshots_refused: metrics.counters(
                "snapshots_refused_total",
                "Snapshots that were not gone on from, by reason.",
                &["reason"],
            )?,
            snapshot_copy_seconds: metrics
                .seconds("snapshot_copy_seconds", "Copying what a snapshot is made of, while nothing is taken in.")?,
            group_seconds: metrics.seconds("group_seconds", "Taking in one group of batches, fsync included.")?,
            rank_seconds: metrics.seconds("rank_seconds", "Computing one ranking.")?,
            standings: metrics.counters(
                "standings_total",
                "Looks at the standings of a period, by how they were brought up to date: all units scored anew, or followed.",
                &["how"],
            )?,
        })
    }

    pub(crate) fn judged(&self, outcome: BatchOutcome) {
        self.batches.with_label_values(&[outcome.label()]).inc();
    }

    /// Counts a snapshot that was not gone on from.
    pub(crate) fn snapshot_refused(&self, reason: &str) {
        self.snapshots_refused.with_label_values(&[reason]).inc();
    }

    #[cfg(test)]
    pub(crate) fn snapshots_refused(&self, reason: &str) -> u64 {
        self.snapshots_refused.with_label_values(&[reason]).get()
    }

    pub(crate) fn snapshot_copied(&self, took: Duration) {
        self.snapshot_copy_seconds.observe(took.as_secs_f64());
    }

    pub(crate) fn group_took(&self, took: Duration) {
        self.group_seconds.observe(took.as_secs_f64());
    }

    pub(crate) fn ranking_took(&self, took: Duration) {
        self.rank_seconds.observe(took.as_secs_f64());
    }

    pub(crate) fn standings_followed(&self, followed: Followed) {
        let how = if followed == Followed::Anew { "anew" } else { "followed" };
        self.standings.with_label_values(&[how]).inc();
    }

    #[cfg(test)]
    pub(crate) fn standings(&self, how: &str) -> u64 {
        self.standings.with_label_values(&[how]).get()
    }
}

impl Observer for AggregatorMetrics {
    fn receipt_sent(&self, status: ReceiptStatus) {
        self.receipts.with_label_values(&[status.to_string().as_str()]).inc();
    }

    fn fetch_answered(&self, outcome: FetchOutcome) {
        self.fetches.with_label_values(&[outcome.as_str()]).inc();
    }

    fn streams_stand(&self, stand: bool) {
        self.streams_stand.set(i64::from(stand));
    }

    fn reading_restarted(&self) {
        self.reading_restarts.inc();
    }
}
