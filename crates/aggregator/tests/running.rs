//! An aggregator as its operator runs it.

#![expect(clippy::unwrap_used, reason = "a test that cannot build its input has failed")]

use std::fs::{self, Permissions};
use std::net::{SocketAddr, TcpListener};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use danvan_aggregator::{InitOptions, Overrides, RunError, check, init, run};

fn options(listen: SocketAddr) -> InitOptions {
    InitOptions {
        name: "ngoc-lac".parse().unwrap(),
        deployment: "test.danvan.demo".to_owned(),
        place: "Huyện Ngọc Lặc".to_owned(),
        level_label: "Huyện".to_owned(),
        period: "2024".parse().ok(),
        tree: None,
        listen,
        nats_url: "nats://127.0.0.1:4222".to_owned(),
        nats_user: Some(("ngoc-lac".to_owned(), "only for tests".to_owned())),
        nats_monitor: None,
    }
}

/// What both ways to look at a configuration say of it.
async fn refused(dir: &Path) -> String {
    let checked = check(dir).unwrap_err().to_string();
    let ran = run(dir, Overrides::default()).await.unwrap_err();
    assert!(matches!(ran, RunError::Check(_)), "{ran}");
    assert_eq!(ran.to_string(), checked);
    checked
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_broken_configuration_is_named_by_file_line_and_key_before_a_port_is_opened() {
    let root = tempfile::tempdir().unwrap();
    let dir = root.path().join("aggregator");
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    init(&dir, &options(taken.local_addr().unwrap())).unwrap();
    check(&dir).unwrap();
    let file = dir.join("aggregator.toml");
    let good = fs::read_to_string(&file).unwrap();
    for (from, to, key) in [
        ("listen = \"127.0.0.1", "listen = \"0.0.0.0", "http.listen"),
        ("url = \"nats://127.0.0.1:4222", "url = \"nats://127.0.0.1:many", "nats.url"),
        ("url = \"nats://", "url = \"http://", "nats.url"),
        ("deployment = \"test.danvan.demo", "deployment = \"test/a/demo", "aggregator.deployment"),
        ("max_bytes = 4294967296", "max_bytes = 1", "spool.max_bytes"),
        ("max_bytes", "most_bytes", "spool.most_bytes"),
    ] {
        assert!(good.contains(from), "{from}: {good}");
        let broken = good.replace(from, to);
        fs::write(&file, &broken).unwrap();
        let line = broken.lines().position(|line| line.contains(to)).unwrap() + 1;
        let (expected, found) = (format!("aggregator.toml:{line}: {key}: "), refused(&dir).await);
        assert!(found.contains(&expected), "{expected} {found}");
    }
    fs::write(&file, good.replace("[nats]", "behind_proxy = \"\"\n\n[nats]")).unwrap();
    assert!(refused(&dir).await.contains("http.behind_proxy: "));
    fs::write(&file, &good).unwrap();
    for (name, key) in [("nats.password", "nats.user"), ("operator.token", "operator.token"), ("keys/mirror.key", "")] {
        let path = dir.join(name);
        let secret = fs::read(&path).unwrap();
        fs::set_permissions(&path, Permissions::from_mode(0o644)).unwrap();
        let found = refused(&dir).await;
        assert!(found.contains(key) && found.contains(name), "{found}");
        fs::remove_file(&path).unwrap();
        let found = refused(&dir).await;
        assert!(found.contains(key) && found.contains(name), "{found}");
        fs::write(&path, secret).unwrap();
        fs::set_permissions(&path, Permissions::from_mode(0o600)).unwrap();
    }
    check(&dir).unwrap();
    let error = run(&dir, Overrides::default()).await.unwrap_err();
    assert!(matches!(error, RunError::Bind(_)), "{error}");
    drop(taken);
}
