//! Health: alive, ready, in step with the others; and the routes that say so.
//!
//! * `/health/live`: the process answers. Always 200.
//! * `/health/ready`: every [`Gate`] is open. 200 or 503, with each gate and the reason why it is shut.
//! * `/health/sync`: how far the others hold our data. Always 200 with a document: a service without network is healthy.
//! * `/metrics`: Prometheus text.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use serde_json::{Value, json};

use crate::metrics::Metrics;

/// What `/health/sync` shows, asked anew for each request.
pub type SyncReport = Arc<dyn Fn() -> Value + Send + Sync>;

/// The health of one process. Cheap to clone.
#[derive(Clone, Default)]
pub struct Health {
    gates: Arc<Mutex<BTreeMap<&'static str, Option<String>>>>,
    sync: Arc<Mutex<Option<SyncReport>>>,
}

/// One condition of readiness, shut until opened.
#[derive(Clone)]
pub struct Gate {
    health: Health,
    name: &'static str,
}

impl Health {
    /// Ready at once, until gates are added.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a condition of readiness; it is shut and says `starting`.
    #[must_use]
    pub fn gate(&self, name: &'static str) -> Gate {
        let gate = Gate { health: self.clone(), name };
        gate.shut("starting");
        gate
    }

    /// Whether every gate is open.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        locked(&self.gates).values().all(Option::is_none)
    }

    /// Says what `/health/sync` shows.
    pub fn report_sync(&self, report: SyncReport) {
        *locked(&self.sync) = Some(report);
    }

    fn ready_document(&self) -> (bool, Value) {
        let gates = locked(&self.gates).clone();
        let ready = gates.values().all(Option::is_none);
        let gates: BTreeMap<_, _> = gates.iter().map(|(name, shut)| (name, shut.as_deref().unwrap_or("ok"))).collect();
        (ready, json!({ "ready": ready, "gates": gates }))
    }

    fn sync_document(&self) -> Value {
        let report = locked(&self.sync).clone();
        report.map_or_else(|| json!({}), |report| report())
    }
}

impl Gate {
    /// The condition holds.
    pub fn open(&self) {
        locked(&self.health.gates).insert(self.name, None);
    }

    /// The condition does not hold, because of `reason`.
    pub fn shut(&self, reason: &str) {
        locked(&self.health.gates).insert(self.name, Some(reason.to_owned()));
    }

    /// Whether the condition holds.
    #[must_use]
    pub fn is_open(&self) -> bool {
        matches!(locked(&self.health.gates).get(self.name), Some(None))
    }
}

/// The routes `/health/{live,ready,sync}` and `/metrics`.
pub fn health_router(health: Health, metrics: Metrics) -> Router {
    Router::new()
        .route("/health/live", get(|| async { Json(json!({ "live": true })) }))
        .route("/health/ready", get(ready))
        .route("/health/sync", get(|State(health): State<Health>| async move { Json(health.sync_document()) }))
        .with_state(health)
        .merge(Router::new().route("/metrics", get(exposition)).with_state(metrics))
}

async fn ready(State(health): State<Health>) -> Response {
    let (ready, document) = health.ready_document();
    let status = if ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, Json(document)).into_response()
}

async fn exposition(State(metrics): State<Metrics>) -> Response {
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], metrics.render()).into_response()
}

/// A reader of health must not die because a writer did.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests;
