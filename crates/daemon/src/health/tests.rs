//! The health routes as a probe sees them.

use super::*;
use axum::body::{Body, to_bytes};
use axum::http::Request;
use tower::ServiceExt as _;

async fn ask(app: &Router, path: &str) -> (u16, String) {
    let request = Request::get(path).body(Body::empty()).unwrap();
    let response = app.clone().oneshot(request).await.unwrap();
    let status = response.status().as_u16();
    let body = to_bytes(response.into_body(), usize::MAX).await.unwrap();
    (status, String::from_utf8(body.to_vec()).unwrap())
}

#[tokio::test]
async fn readiness_names_the_gate_that_is_shut() {
    let health = Health::new();
    let app = health_router(health.clone(), Metrics::new("danvan"));
    let (ledger, keys) = (health.gate("ledger"), health.gate("intake_keys"));
    ledger.open();
    keys.shut("rebuilding");
    let (status, body) = ask(&app, "/health/ready").await;
    assert_eq!(status, 503);
    assert_eq!(body, r#"{"gates":{"intake_keys":"rebuilding","ledger":"ok"},"ready":false}"#);
    keys.open();
    assert_eq!(ask(&app, "/health/ready").await.0, 200);
    assert_eq!(ask(&app, "/health/live").await.0, 200);
}

#[tokio::test]
async fn sync_is_two_hundred_whatever_it_says() {
    let health = Health::new();
    let app = health_router(health.clone(), Metrics::new("danvan"));
    assert_eq!(ask(&app, "/health/sync").await, (200, "{}".to_owned()));
    health.report_sync(Arc::new(|| json!({ "connected": false })));
    assert_eq!(ask(&app, "/health/sync").await, (200, r#"{"connected":false}"#.to_owned()));
}

#[tokio::test]
async fn metrics_are_served_as_text() {
    let metrics = Metrics::new("danvan");
    metrics.gauge("size", "Size.").unwrap().set(2);
    let (status, body) = ask(&health_router(Health::new(), metrics), "/metrics").await;
    assert_eq!(status, 200);
    assert!(body.contains("danvan_size 2"), "{body}");
}
