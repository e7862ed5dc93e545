//! The aggregator's face: JSON API, pages, live updates.

mod address;
mod admin;
mod api;
mod breakdown;
mod calculation;
mod catalogue;
mod changes;
mod completeness;
mod course;
mod criterion;
mod document;
mod entry_page;
mod evaluators;
mod explanation;
mod fleet_page;
mod live;
mod parameters;
mod period;
mod problems;
mod published_files;
mod ranking_page;
mod reader;
mod request;
mod rulebooks;
mod shell;
mod succession;
mod synthetic;
mod timeline;
mod unit_catalogues;
mod unit_logs;
mod unit_page;
mod view;
mod words;

#[cfg(test)]
pub(crate) use unit_logs::UnitLogs;

pub(crate) use api::completeness_json;

use std::sync::Arc;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::response::Response;
use axum::routing::{get, post};
use danvan_daemon::{BearerToken, Clock, DrainToken, Health, Metrics, health_router};
use danvan_event::MAX_FILE_BYTES;
use danvan_projection::Period;
use danvan_ranking::MAX_RULEBOOK_BYTES;
use danvan_ui::{asset_router, with_security_headers};
use tokio::sync::watch;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;

use crate::fleet::Fleet;
use crate::mirror::Mirror;
use crate::settings::AggregatorSettings;
use crate::standing::Standing;

/// The largest body that an operator's request may have.
const MAX_BODY_BYTES: usize = 64 * 1024;

/// What every handler may look at.
pub(crate) struct Face {
    pub(crate) settings: AggregatorSettings,
    pub(crate) operator: BearerToken,
    pub(crate) mirror: Arc<Mirror>,
    pub(crate) fleet: Fleet,
    /// The period that is shown first and kept current.
    pub(crate) period: Period,
    pub(crate) standing: watch::Sender<Arc<Standing>>,
    pub(crate) health: Health,
    pub(crate) metrics: Metrics,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) drain: DrainToken,
}

/// All routes of an aggregator.
pub(crate) fn router(face: Arc<Face>) -> Router {
    let health = health_router(face.health.clone(), face.metrics.clone());
    let pages = Router::new()
        .route("/", get(ranking_page::show))
        .route("/units/{unit}", get(unit_page::show))
        .route("/units/{unit}/entries/{index}", get(entry_page::show))
        .route("/fleet", get(fleet_page::show))
        .route("/live", get(live::follow));
    let api = Router::new()
        .route("/api/v1/rankings", get(api::ranking))
        .route("/api/v1/rankings/published", get(api::published))
        .route("/api/v1/rankings/published/{index}", get(api::publication))
        .route("/api/v1/units/{unit}", get(api::unit))
        .route("/api/v1/units/{unit}/explanation", get(explanation::show))
        .route("/api/v1/units/{unit}/entries/{index}", get(api::entry))
        .route("/api/v1/fleet", get(api::fleet))
        .route("/api/v1/admin/units", post(admin::enrol))
        .route("/api/v1/admin/evaluators", post(evaluators::list))
        .route("/api/v1/admin/evaluator-delistings", post(evaluators::delist))
        .route("/api/v1/evaluators", get(evaluators::all))
        .route("/api/v1/admin/successions", post(admin::succeed))
        .route("/api/v1/admin/assignments", post(published_files::assign))
        .route("/api/v1/rankings/changes", get(changes::show))
        .route("/api/v1/rulebooks", get(rulebooks::all))
        .route("/api/v1/catalogues", get(published_files::catalogues))
        .route("/api/v1/catalogues/{index}", get(published_files::catalogue))
        .route("/api/v1/trees", get(published_files::trees))
        .route("/api/v1/trees/{index}", get(published_files::tree))
        .route("/api/v1/operators", get(period::operators))
        .route("/api/v1/periods", get(period::all))
        .route("/api/v1/periods/{period}", get(period::one))
        .route("/api/v1/periods/{period}/draft", get(period::draft))
        .route("/api/v1/admin/operators", post(admin::list_operator))
        .route("/api/v1/admin/delistings", post(admin::delist_operator))
        .route("/api/v1/admin/periods", post(course::open))
        .route("/api/v1/admin/closings", post(course::close))
        .route("/api/v1/admin/approvals", post(course::approve))
        .route("/api/v1/admin/publications", post(course::publish))
        .layer(DefaultBodyLimit::max(MAX_BODY_BYTES));
    let files = Router::new()
        .route("/api/v1/trials", post(rulebooks::attempt))
        .route("/api/v1/admin/rulebooks", post(rulebooks::adopt))
        .layer(DefaultBodyLimit::max(MAX_RULEBOOK_BYTES));
    let published = Router::new()
        .route("/api/v1/admin/catalogues", post(published_files::publish_catalogue))
        .route("/api/v1/admin/trees", post(published_files::publish_tree))
        .layer(DefaultBodyLimit::max(MAX_FILE_BYTES));
    let files = files.merge(published);
    let own = pages.merge(api).merge(files).fallback(shell::nowhere).method_not_allowed_fallback(shell::wrong_method);
    let app = own.with_state(face).merge(health).merge(asset_router());
    with_security_headers(app).layer(CompressionLayer::new()).layer(CatchPanicLayer::new())
}

/// The year of an instant in Vietnam, as a period.
pub(crate) fn year_of(unix_ms: i64) -> Option<Period> {
    let date = danvan_ui::date(unix_ms);
    date.rsplit('/').next()?.parse().ok()
}

/// Answers of the API, off the asynchronous threads: reads of the ledger and rankings may take a while.
async fn off_thread(face: Arc<Face>, answer: impl FnOnce(&Face) -> Response + Send + 'static) -> Response {
    use axum::response::IntoResponse as _;
    match tokio::task::spawn_blocking(move || answer(&face)).await {
        Ok(response) => response,
        Err(error) => problems::internal(&error).into_response(),
    }
}

#[cfg(test)]
mod tests;
