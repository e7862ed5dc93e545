//! A node as its operator runs it: made, started, spoken to over TCP, drained, started again.

#![expect(clippy::unwrap_used, reason = "a test that cannot build its input has failed")]

use std::fs::{self, Permissions};
use std::net::{SocketAddr, TcpListener};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use danvan_daemon::{ClockKind, DrainToken};
use danvan_ledger::LedgerReader;
use danvan_node::{InitOptions, Overrides, RunError, check, init, run};
use danvan_testkit::free_address;
use danvan_tlog::{KeyName, LogKey};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::task::JoinHandle;

const UNIT: &str = "gso2024-15097";

fn options(listen: SocketAddr) -> InitOptions {
    InitOptions {
        unit: UNIT.parse().unwrap(),
        deployment: "test.danvan.demo".to_owned(),
        name: None,
        listen: Some(listen),
        nats_url: None,
        nats_user: None,
        aggregators: Vec::new(),
        clock: ClockKind::System,
    }
}

struct Running {
    address: SocketAddr,
    drain: DrainToken,
    task: JoinHandle<Result<(), RunError>>,
}

impl Running {
    async fn start(dir: &Path, address: SocketAddr) -> Self {
        let drain = DrainToken::new();
        let overrides = Overrides { drain: Some(drain.clone()), ..Overrides::default() };
        let dir = dir.to_owned();
        let task = tokio::spawn(async move { run(&dir, overrides).await });
        let running = Self { address, drain, task };
        while !running.ask("GET /health/ready HTTP/1.1", "", "").await.starts_with("HTTP/1.1 200") {
            assert!(!running.task.is_finished(), "the node ended");
            tokio::task::yield_now().await;
        }
        running
    }

    async fn ask(&self, line: &str, headers: &str, body: &str) -> String {
        let Ok(mut stream) = TcpStream::connect(self.address).await else { return String::new() };
        let request = format!(
            "{line}\r\nhost: node\r\nconnection: close\r\ncontent-length: {}\r\n{headers}\r\n{body}",
            body.len()
        );
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        answer
    }

    async fn post(&self, dir: &Path, form: &str) -> String {
        let token = fs::read_to_string(dir.join("import.token")).unwrap();
        let headers = format!("authorization: Bearer {}\r\ncontent-type: application/json\r\n", token.trim());
        self.ask("POST /api/v1/events HTTP/1.1", &headers, form).await
    }

    async fn stop(self) {
        self.drain.cancel();
        self.task.await.unwrap().unwrap();
    }
}

fn survey(id: &str) -> String {
    format!(
        r#"{{"specversion":"1.0","type":"vn.danvan.survey.answered.v1","id":"{id}","time":"2026-01-05T08:00:00+07:00","data":{{"channel":"paper","rating":5}}}}"#
    )
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_is_made_run_drained_and_run_again() {
    let dir = tempfile::tempdir().unwrap();
    let address = free_address().unwrap();
    let identity = init(dir.path(), &options(address)).unwrap();
    assert_eq!(identity.origin.as_str(), "test.danvan.demo/u/gso2024-15097");
    assert!(init(dir.path(), &options(address)).is_err(), "a node is made once");
    let id = "018e1cfa-1b40-7abc-8def-0123456789ab";

    let node = Running::start(dir.path(), address).await;
    assert!(node.post(dir.path(), &survey(id)).await.starts_with("HTTP/1.1 201"));
    let tapped = "rating=5";
    let headers = "content-type: application/x-www-form-urlencoded\r\n";
    assert!(node.ask("POST /kiosk/rating HTTP/1.1", headers, tapped).await.starts_with("HTTP/1.1 303"));
    node.stop().await;

    let reader = LedgerReader::open(&dir.path().join("ledger")).unwrap();
    assert_eq!(reader.size().get(), 3, "the tap was not lost by the drain");
    drop(reader);
    let node = Running::start(dir.path(), address).await;
    let again = node.post(dir.path(), &survey(id)).await;
    assert!(again.starts_with("HTTP/1.1 200") && again.contains(r#""duplicate":true"#), "{again}");
    let status = node.ask("GET /api/v1/status HTTP/1.1", "", "").await;
    assert!(status.contains(r#""size":3,"signed":3"#), "{status}");
    node.stop().await;
}

#[tokio::test]
async fn a_broken_configuration_is_named_by_file_line_and_key_before_a_port_is_opened() {
    let dir = tempfile::tempdir().unwrap();
    // Held from the beginning: whatever opens the port before it has judged the settings fails by that.
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let with_broker = InitOptions {
        nats_url: Some("nats://127.0.0.1:4222".to_owned()),
        nats_user: Some((UNIT.to_owned(), "a password".to_owned())),
        ..options(taken.local_addr().unwrap())
    };
    init(dir.path(), &with_broker).unwrap();
    check(dir.path(), &Overrides::default()).unwrap();
    let file = dir.path().join("node.toml");
    let good = fs::read_to_string(&file).unwrap();
    let cases = [
        ("listen = \"127.0.0.1", "listen = \"0.0.0.0", "http.listen"),
        ("future_seconds = 120", "future_seconds = 1200", "intake.future_seconds"),
        ("lines = 20000", "lines = \"many\"", "intake.lines"),
        ("form_bytes", "from_bytes", "intake.from_bytes"),
        ("kind = \"system\"", "kind = \"simulated\"", "clock.kind"),
        ("url = \"nats://127.0.0.1:4222\"", "url = \"nats://127.0.0.1:port\"", "nats.url"),
        ("password_file = \"nats.password\"", "password_file = \"elsewhere\"", "nats.password_file"),
        ("deployment = \"test.danvan.demo\"", "deployment = \"test/u/demo\"", "deployment"),
    ];
    for (from, to, key) in cases {
        assert!(good.contains(from), "{from}: {good}");
        let broken = good.replace(from, to);
        fs::write(&file, &broken).unwrap();
        let line = broken.lines().position(|line| line.contains(to)).unwrap() + 1;
        let expected = format!("node.toml:{line}: {key}: ");
        let error = run(dir.path(), Overrides::default()).await.unwrap_err().to_string();
        assert!(error.contains(&expected), "{expected} {error}");
    }
    fs::write(&file, &good).unwrap();
    let error = run(dir.path(), Overrides::default()).await.unwrap_err();
    assert!(matches!(error, RunError::Bind(_)), "{error}");
    drop(taken);
}

#[tokio::test]
async fn a_node_whose_password_cannot_be_read_does_not_log_in_without_it() {
    let dir = tempfile::tempdir().unwrap();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let with_broker = InitOptions {
        nats_url: Some("nats://127.0.0.1:4222".to_owned()),
        nats_user: Some((UNIT.to_owned(), "a password".to_owned())),
        ..options(taken.local_addr().unwrap())
    };
    init(dir.path(), &with_broker).unwrap();
    let password = dir.path().join("nats.password");
    let named = |error: &RunError| {
        let text = error.to_string();
        matches!(error, RunError::Check(_)) && text.contains("nats.password") && text.contains("node.toml:")
    };
    fs::write(&password, "\n").unwrap();
    let error = run(dir.path(), Overrides::default()).await.unwrap_err();
    assert!(named(&error), "{error}");
    fs::write(&password, "a password").unwrap();
    fs::set_permissions(&password, Permissions::from_mode(0o644)).unwrap();
    let error = run(dir.path(), Overrides::default()).await.unwrap_err();
    assert!(named(&error), "{error}");
    fs::remove_file(&password).unwrap();
    let error = run(dir.path(), Overrides::default()).await.unwrap_err();
    assert!(named(&error), "{error}");
}

#[test]
fn names_that_would_be_read_as_those_of_other_logs_are_refused() {
    for deployment in ["x/u/y", "x/a/y", "a", "x/u", "/x", "x//y"] {
        let dir = tempfile::tempdir().unwrap();
        let named = InitOptions { deployment: deployment.to_owned(), ..options(free_address().unwrap()) };
        let error = init(dir.path(), &named).unwrap_err().to_string();
        assert!(error.starts_with("deployment: "), "{deployment}: {error}");
    }
    let dir = tempfile::tempdir().unwrap();
    let key = LogKey::from_seed(KeyName::new("test.danvan.demo/a/ngoc-lac").unwrap(), [1; 32]);
    let unmirrored = InitOptions { aggregators: vec![key.verifier_key().clone()], ..options(free_address().unwrap()) };
    let error = init(dir.path(), &unmirrored).unwrap_err().to_string();
    assert!(error.starts_with("aggregators[0].mirror: "), "{error}");
}

#[test]
fn a_simulated_clock_needs_the_mark_of_a_demonstration() {
    let root = tempfile::tempdir().unwrap();
    let dir = root.path().join("nodes/x");
    let simulated = InitOptions { clock: ClockKind::Simulated, ..options(free_address().unwrap()) };
    init(&dir, &simulated).unwrap();
    assert!(check(&dir, &Overrides::default()).is_err());
    fs::write(root.path().join(".danvan-demo"), "").unwrap();
    check(&dir, &Overrides::default()).unwrap();
}

#[test]
fn an_interrupted_init_is_taken_up_again_with_the_same_key() {
    let dir = tempfile::tempdir().unwrap();
    let first = init(dir.path(), &options(free_address().unwrap())).unwrap();
    fs::remove_file(dir.path().join("node.toml")).unwrap();
    let second = init(dir.path(), &options(free_address().unwrap())).unwrap();
    assert_eq!(first, second);
    check(dir.path(), &Overrides::default()).unwrap();
}
