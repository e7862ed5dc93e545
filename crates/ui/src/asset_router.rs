//! Routes for embedded assets and for the reader's preferences.

use axum::Router;
use axum::extract::Path;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};

use crate::asset::find_asset;
use crate::preferences::store;

/// `/assets/<digest>/<name>`, `/favicon.ico` and `POST /preferences`, for any router state.
pub fn asset_router<S>() -> Router<S>
where
    S: Clone + Send + Sync + 'static,
{
    Router::new()
        .route("/assets/{digest}/{name}", get(asset))
        .route("/favicon.ico", get(favicon))
        .route("/preferences", post(store))
}

async fn favicon(headers: HeaderMap) -> Response {
    serve("favicon.svg", None, &headers)
}

async fn asset(Path((digest, name)): Path<(String, String)>, headers: HeaderMap) -> Response {
    serve(&name, Some(&digest), &headers)
}

/// A URL with the current digest may be kept for ever. A page that was loaded before an upgrade still gets today's
/// content under its old URL, which must then not be kept.
fn serve(name: &str, digest: Option<&str>, request: &HeaderMap) -> Response {
    let Some(asset) = find_asset(name) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let etag = format!("\"{}\"", asset.digest);
    let lifetime =
        if digest == Some(asset.digest.as_str()) { "public, max-age=31536000, immutable" } else { "no-cache" };
    let caching = [(header::ETAG, etag.clone()), (header::CACHE_CONTROL, lifetime.to_owned())];
    let held = request.get(header::IF_NONE_MATCH).and_then(|value| value.to_str().ok());
    if held.is_some_and(|tags| tags.split(',').any(|tag| tag.trim().trim_start_matches("W/") == etag)) {
        return (StatusCode::NOT_MODIFIED, caching).into_response();
    }
    (caching, [(header::CONTENT_TYPE, asset.media_type)], asset.body.clone()).into_response()
}

#[cfg(test)]
mod tests {
    use axum::body::Body;
    use axum::http::Request;
    use tower::ServiceExt;

    use super::*;
    use crate::asset::asset_url;

    async fn answer(request: Request<Body>) -> Response {
        asset_router::<()>().oneshot(request).await.expect("the router answers")
    }

    #[tokio::test]
    async fn an_asset_under_its_own_url_may_be_kept_for_ever() {
        let url = asset_url("htmx.min.js");
        let response = answer(Request::get(&url).body(Body::empty()).expect("a request")).await;
        assert_eq!(response.status(), StatusCode::OK);
        assert_eq!(response.headers()[header::CACHE_CONTROL], "public, max-age=31536000, immutable");
        let etag = response.headers()[header::ETAG].clone();
        let again = Request::get(&url).header(header::IF_NONE_MATCH, etag).body(Body::empty()).expect("a request");
        assert_eq!(answer(again).await.status(), StatusCode::NOT_MODIFIED);
    }

    #[tokio::test]
    async fn an_outdated_url_serves_todays_content_without_letting_it_be_kept() {
        let request = Request::get("/assets/0000000000000000/frame.css").body(Body::empty()).expect("a request");
        let response = answer(request).await;
        assert_eq!(response.status(), StatusCode::OK);
        assert_eq!(response.headers()[header::CACHE_CONTROL], "no-cache");
    }

    #[tokio::test]
    async fn an_unknown_asset_is_not_found() {
        let request = Request::get("/assets/0/keys.txt").body(Body::empty()).expect("a request");
        assert_eq!(answer(request).await.status(), StatusCode::NOT_FOUND);
    }
}
