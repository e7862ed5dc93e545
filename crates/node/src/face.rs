//! What every route of this node has at hand, and the routes.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::http::StatusCode;
use axum::routing::{get, post};
use danvan_daemon::{Health, Metrics, health_router};
use danvan_ui::{Pair, asset_router, with_security_headers};
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::timeout::TimeoutLayer;

use crate::intake::Intake;
use crate::kiosk::{Pending, pages};
use crate::privacy::{self, PrivacySettings};
use crate::settings::IntakeSettings;
use crate::sync::SyncState;
use crate::tokens::Tokens;
use crate::{api, catalogues};

pub(crate) struct Face {
    pub(crate) place: String,
    /// What the pages call the unit.
    pub(crate) unit: Pair,
    /// Whether the clock is simulated: everything recorded by hand is then marked as invented.
    pub(crate) synthetic: bool,
    pub(crate) idle_seconds: u32,
    pub(crate) limits: IntakeSettings,
    pub(crate) intake: Arc<Intake>,
    pub(crate) tokens: Tokens,
    /// Until when requests about personal data are to be dealt with.
    pub(crate) privacy: PrivacySettings,
    pub(crate) pending: Arc<Pending>,
    pub(crate) sync: Arc<SyncState>,
}

/// All routes. A request that takes longer than `patience` is answered with 408; what it began is finished all the same.
pub(crate) fn router(face: Arc<Face>, health: Health, metrics: Metrics, patience: Duration) -> Router {
    let app = pages()
        .route("/api/v1/events", post(api::post_events))
        .route("/api/v1/status", get(api::get_status))
        .route("/api/v1/catalogues", get(catalogues::get_catalogues))
        .merge(privacy::routes())
        .with_state(face)
        .merge(asset_router())
        .merge(health_router(health, metrics))
        .layer(TimeoutLayer::with_status_code(StatusCode::REQUEST_TIMEOUT, patience))
        .layer(CatchPanicLayer::new());
    with_security_headers(app)
}
