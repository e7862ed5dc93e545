//! The metrics registry of a process, passed to whoever measures something.

use prometheus::core::Collector;
use prometheus::{
    Encoder as _, Gauge, Histogram, HistogramOpts, IntCounter, IntCounterVec, IntGauge, IntGaugeVec, Opts, Registry,
    TextEncoder,
};

/// A registry whose names share one prefix. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Metrics {
    registry: Registry,
    prefix: &'static str,
}

/// Why a metric was not registered: two places use one name, or a name is malformed. A mistake of the program: the caller
/// gives up at start.
#[derive(Debug, thiserror::Error)]
#[error("metric `{name}`: {reason}")]
pub struct MetricsError {
    name: String,
    reason: prometheus::Error,
}

impl Metrics {
    /// A new registry; every name below becomes `<prefix>_<name>`.
    #[must_use]
    pub fn new(prefix: &'static str) -> Self {
        Self { registry: Registry::new(), prefix }
    }

    /// The same registry with another prefix, for a part that names its own metrics.
    #[must_use]
    pub fn with_prefix(&self, prefix: &'static str) -> Self {
        Self { registry: self.registry.clone(), prefix }
    }

    /// A number that only grows. `name` ends in `_total`.
    pub fn counter(&self, name: &str, help: &str) -> Result<IntCounter, MetricsError> {
        self.register(name, IntCounter::with_opts(self.opts(name, help)))
    }

    /// A family of counters, one per value of the labels. Never a label with the id of a person or of an event.
    pub fn counters(&self, name: &str, help: &str, labels: &[&str]) -> Result<IntCounterVec, MetricsError> {
        self.register(name, IntCounterVec::new(self.opts(name, help), labels))
    }

    /// A whole number that goes up and down.
    pub fn gauge(&self, name: &str, help: &str) -> Result<IntGauge, MetricsError> {
        self.register(name, IntGauge::with_opts(self.opts(name, help)))
    }

    /// A family of gauges.
    pub fn gauges(&self, name: &str, help: &str, labels: &[&str]) -> Result<IntGaugeVec, MetricsError> {
        self.register(name, IntGaugeVec::new(self.opts(name, help), labels))
    }

    /// A number with a fraction, such as an age in seconds.
    pub fn fraction(&self, name: &str, help: &str) -> Result<Gauge, MetricsError> {
        self.register(name, Gauge::with_opts(self.opts(name, help)))
    }

    /// Durations in seconds, from a tenth of a millisecond (an append on a good SSD) to ten seconds.
    pub fn seconds(&self, name: &str, help: &str) -> Result<Histogram, MetricsError> {
        let buckets = vec![0.0001, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0];
        let opts = HistogramOpts::new(self.full(name), help).buckets(buckets);
        self.register(name, Histogram::with_opts(opts))
    }

    /// The exposition text (Prometheus text format 0.0.4).
    #[must_use]
    pub fn render(&self) -> String {
        let mut text = Vec::new();
        if let Err(error) = TextEncoder::new().encode(&self.registry.gather(), &mut text) {
            tracing::warn!(%error, "metrics were not written out whole");
        }
        String::from_utf8(text).unwrap_or_default()
    }

    fn full(&self, name: &str) -> String {
        format!("{}_{name}", self.prefix)
    }

    fn opts(&self, name: &str, help: &str) -> Opts {
        Opts::new(self.full(name), help)
    }

    fn register<C: Collector + Clone + 'static>(
        &self,
        name: &str,
        made: prometheus::Result<C>,
    ) -> Result<C, MetricsError> {
        let add = |metric: C| self.registry.register(Box::new(metric.clone())).map(|()| metric);
        made.and_then(add).map_err(|reason| MetricsError { name: self.full(name), reason })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn metrics_are_rendered_under_their_prefix_and_a_name_is_taken_once() {
        let metrics = Metrics::new("danvan_node");
        metrics.counter("appended_total", "Events.").unwrap().inc();
        metrics.with_prefix("danvan_other").gauge("size", "Size.").unwrap().set(3);
        let text = metrics.render();
        assert!(text.contains("danvan_node_appended_total 1"), "{text}");
        assert!(text.contains("danvan_other_size 3"), "{text}");
        let error = metrics.gauge("appended_total", "Again.").unwrap_err();
        assert!(error.to_string().starts_with("metric `danvan_node_appended_total`"), "{error}");
    }
}
