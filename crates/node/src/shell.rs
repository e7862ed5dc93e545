//! What of the process stands before the ledger is open, and what people are told while it catches up.

use std::time::Duration;

use axum::http::{StatusCode, Uri, header};
use axum::response::{IntoResponse as _, Response};
use danvan_daemon::{DrainToken, Gate, Health, Metrics, MetricsError, Problem, ServeError, Text, health_router, serve};
use danvan_ui::with_security_headers;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use crate::metrics::NodeMetrics;
use crate::run::RunError;
use crate::sync::VERSION;

/// Nothing that is answered meanwhile takes longer.
const GRACE: Duration = Duration::from_secs(1);
/// After so many seconds a client asks again, and a page that is open somewhere looks again by itself.
const AGAIN_AFTER_S: u32 = 15;
const CATCHING_UP_VI: &str = "Máy đang lấy lại dữ liệu từ máy tổng hợp, chưa nhận phiếu. Xin thử lại sau.";
const CATCHING_UP_EN: &str =
    "This node gets its data back from the aggregators and takes no forms yet. Please try again.";

/// Health, metrics and perhaps the open port of a process whose ledger is not open yet.
pub(crate) struct Shell {
    pub(crate) health: Health,
    pub(crate) metrics: Metrics,
    pub(crate) counters: NodeMetrics,
    pub(crate) ledger_gate: Gate,
    pub(crate) listener: Option<TcpListener>,
}

impl Shell {
    pub(crate) fn new() -> Result<Self, MetricsError> {
        let (health, metrics) = (Health::new(), Metrics::new("danvan_node"));
        let counters = NodeMetrics::new(&metrics)?;
        counters.build_info.with_label_values(&[VERSION]).set(1);
        let ledger_gate = health.gate("ledger");
        Ok(Self { health, metrics, counters, ledger_gate, listener: None })
    }

    /// Serves health and metrics at `listener`, and says at every other place that the node catches up, until the result is
    /// stopped. The port stays open for whoever serves there next.
    pub(crate) fn wait_at(&mut self, listener: TcpListener) -> Result<WaitingFace, RunError> {
        let listener = listener.into_std()?;
        let now = TcpListener::from_std(listener.try_clone()?)?;
        self.listener = Some(TcpListener::from_std(listener)?);
        let app = health_router(self.health.clone(), self.metrics.clone()).fallback(catching_up);
        let stop = DrainToken::new();
        let served = tokio::spawn(serve(now, with_security_headers(app), stop.clone(), GRACE));
        Ok(WaitingFace { stop, served })
    }
}

/// What is served while the ledger catches up.
pub(crate) struct WaitingFace {
    stop: DrainToken,
    served: JoinHandle<Result<(), ServeError>>,
}

impl WaitingFace {
    /// Ends it; a request that is answered is finished.
    pub(crate) async fn stop(self) -> Result<(), RunError> {
        self.stop.cancel();
        Ok(self.served.await.map_err(std::io::Error::other)??)
    }
}

async fn catching_up(uri: Uri) -> Response {
    if uri.path().starts_with("/api/") {
        let problem =
            Problem::new(StatusCode::SERVICE_UNAVAILABLE, "catching-up", Text::new(CATCHING_UP_VI, CATCHING_UP_EN));
        let stored = Text::new("Chưa có gì được lưu.", "Nothing was stored.");
        return problem.detail(stored).retry_after_s(AGAIN_AFTER_S).into_response();
    }
    let again = AGAIN_AFTER_S.to_string();
    let headers = [
        (header::CONTENT_TYPE, "text/plain; charset=utf-8".to_owned()),
        (header::RETRY_AFTER, again.clone()),
        (header::REFRESH, again),
        (header::CACHE_CONTROL, "no-store".to_owned()),
    ];
    (StatusCode::SERVICE_UNAVAILABLE, headers, format!("{CATCHING_UP_VI}\n{CATCHING_UP_EN}\n")).into_response()
}
