//! How a node ends.

use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, to_bytes};
use axum::http::Request;
use axum::http::header;
use danvan_daemon::{SimulatedClock, UnixMillis, read_secret};
use danvan_ledger::{Ledger, LedgerConfig};
use danvan_testkit::FailingSync;
use danvan_tlog::{LogKey, Size, leaf_hash};
use tower::ServiceExt as _;

use super::*;
use crate::first_look::Standing;
use crate::init::{InitOptions, init_at};
use crate::rejoining::OpenedLedger;
use crate::testbed::{NOW, open, options, survey};

async fn ready(app: &Router) -> (u16, String) {
    ask(app, Request::get("/health/ready").body(Body::empty()).unwrap()).await
}

async fn ask(app: &Router, request: Request<Body>) -> (u16, String) {
    let response = app.clone().oneshot(request).await.unwrap();
    let status = response.status().as_u16();
    let body = to_bytes(response.into_body(), usize::MAX).await.unwrap();
    (status, String::from_utf8(body.to_vec()).unwrap())
}

/// A node that listens on a port of its own.
async fn node(dir: &Path, drain: &DrainToken) -> Node {
    let clock = Arc::new(SimulatedClock::at(UnixMillis::new(NOW)));
    init_at(dir, &InitOptions { listen: Some(([127, 0, 0, 1], 0).into()), ..options() }, &*clock).unwrap();
    open(dir, clock, drain.clone()).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_that_is_told_to_stop_while_it_reads_its_ledger_ends_in_order() {
    let (dir, drain) = (tempfile::tempdir().unwrap(), DrainToken::new());
    let node = node(dir.path(), &drain).await;
    let app = node.router();
    drain.cancel();
    node.serve().await.unwrap();
    let (status, text) = ready(&app).await;
    assert!(status == 503 && text.contains(r#""intake":"draining""#), "{status} {text}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_idle_node_whose_ledger_has_failed_says_so_and_ends() {
    let dir = tempfile::tempdir().unwrap();
    let node = node(dir.path(), &DrainToken::new()).await;
    let secret = read_secret(&dir.path().join("keys/node.key")).unwrap();
    let key = LogKey::from_secret_text(secret.trim()).unwrap();
    let (app, ledger) = (node.router(), node.ledger.clone());
    let served = tokio::spawn(node.serve());
    while ready(&app).await.0 != 200 {
        assert!(!served.is_finished(), "the node ended");
        tokio::task::yield_now().await;
    }

    let signed = key.sign(Size::from(9), leaf_hash(b"another life"));
    spawn_blocking(move || ledger.confront(signed.note()).unwrap_err()).await.unwrap();
    let ended = tokio::time::timeout(Duration::from_mins(1), served).await.unwrap().unwrap().unwrap_err();
    let RunError::Failed(reason) = ended else { panic!("{ended}") };
    assert!(
        reason.contains("chính máy này đã ký") && reason.contains("has signed 9 entries, this disk holds 1"),
        "{reason}"
    );
    let (status, text) = ready(&app).await;
    assert!(status == 503 && text.contains(r#""ledger":"failed""#), "{status} {text}");
}

/// A node on a disk that can be told to sync no more.
fn on_a_disk_that_can_fail(dir: &Path) -> (Node, FailingSync) {
    let clock = Arc::new(SimulatedClock::at(UnixMillis::new(NOW)));
    init_at(dir, &InitOptions { listen: Some(([127, 0, 0, 1], 0).into()), ..options() }, &*clock).unwrap();
    let prepared = Prepared::load(dir, &Overrides::default()).unwrap();
    let disk = FailingSync::on(&dir.join("ledger")).unwrap();
    let key = prepared.key(dir).unwrap();
    let (ledger, _) = Ledger::open_on(disk.storage(), key.origin(), key, LedgerConfig::default()).unwrap();
    let opened = OpenedLedger { ledger, standing: Standing::Latest };
    let node = Node::open(dir, prepared, opened, Shell::new().unwrap(), NodeClock::Machine(clock), DrainToken::new());
    (node.unwrap(), disk)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_failed_sync_acknowledges_nothing_any_more_and_ends_the_node() {
    let dir = tempfile::tempdir().unwrap();
    let (node, disk) = on_a_disk_that_can_fail(dir.path());
    let token = read_secret(&dir.path().join("import.token")).unwrap();
    let (app, ledger) = (node.router(), node.ledger.clone());
    let served = tokio::spawn(node.serve());
    while ready(&app).await.0 != 200 {
        assert!(!served.is_finished(), "the node ended");
        tokio::task::yield_now().await;
    }
    let post = |number: u8| {
        let request = Request::post("/api/v1/events")
            .header(header::AUTHORIZATION, format!("Bearer {}", token.trim()))
            .header(header::CONTENT_TYPE, "application/json");
        ask(&app, request.body(survey(number, 5).to_string().into()).unwrap())
    };
    let (status, text) = post(1).await;
    assert_eq!(status, 201, "{text}");
    let size = ledger.size();

    disk.fail();
    for number in [2, 3, 1] {
        let (status, text) = post(number).await;
        // What was acknowledged before stays known; nothing new is.
        assert!(status == 503 || (number == 1 && status == 200), "form {number}: {status}: {text}");
    }
    assert_eq!(ledger.size(), size);
    let ended = tokio::time::timeout(Duration::from_mins(1), served).await.unwrap().unwrap().unwrap_err();
    let RunError::Failed(reason) = ended else { panic!("{ended}") };
    assert!(reason.contains("đĩa hoặc chữ ký của sổ bị lỗi") && reason.contains("the disk does not sync"), "{reason}");
    assert_eq!(ready(&app).await.0, 503);
}
