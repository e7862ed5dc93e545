//! The first thing that makes the node unfit to go on; it drains and exits with that reason.

use std::sync::{Arc, OnceLock};

use danvan_daemon::DrainToken;

/// Cheap to clone.
#[derive(Clone)]
pub(crate) struct Failure {
    reason: Arc<OnceLock<String>>,
    drain: DrainToken,
}

impl Failure {
    /// No failure yet; `drain` is cancelled by the first.
    pub(crate) fn new(drain: DrainToken) -> Self {
        Self { reason: Arc::default(), drain }
    }

    /// The node cannot go on because of `reason`. Only the first reason is kept.
    pub(crate) fn raise(&self, reason: impl std::fmt::Display) {
        if self.reason.set(reason.to_string()).is_ok() {
            tracing::error!(%reason, "the node cannot go on");
        }
        self.drain.cancel();
    }

    /// The first reason.
    pub(crate) fn reason(&self) -> Option<&str> {
        self.reason.get().map(String::as_str)
    }
}
