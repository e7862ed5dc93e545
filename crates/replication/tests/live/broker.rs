//! A real nats-server of our own: started, killed, wiped, started again.

use crate::fleet::SOON;
use async_nats::{Client, ConnectOptions};
use danvan_replication::{AggregatorToken, BrokerUser, Nats, NatsConfig, ServerConfig, UnitToken, server_config};
use danvan_testkit::free_address;
use std::net::{SocketAddr, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

const PASSWORD: &str = "only \"for\" tests";

pub(crate) struct Broker {
    directory: tempfile::TempDir,
    listen: SocketAddr,
    monitor: SocketAddr,
    child: Option<Child>,
}

impl Broker {
    pub(crate) fn start(units: &[&str], aggregator: &str) -> Self {
        Self::with_room(8 << 30, units, aggregator)
    }

    /// One that keeps so many bytes of all streams together.
    pub(crate) fn with_room(max_store_bytes: u64, units: &[&str], aggregator: &str) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let (listen, monitor) = (free_address().unwrap(), free_address().unwrap());
        let config = ServerConfig {
            name: "danvan-test".into(),
            listen,
            monitor: Some(monitor),
            store: directory.path().join("store"),
            max_store_bytes,
            sync_always: true,
            units: units
                .iter()
                .map(|unit| BrokerUser { token: UnitToken::new(*unit).unwrap(), password: PASSWORD.into() })
                .collect(),
            aggregators: vec![BrokerUser {
                token: AggregatorToken::new(aggregator).unwrap(),
                password: PASSWORD.into(),
            }],
        };
        std::fs::write(directory.path().join("nats.conf"), server_config(&config)).unwrap();
        let mut broker = Self { directory, listen, monitor, child: None };
        broker.restart();
        broker
    }

    pub(crate) fn restart(&mut self) {
        let trace = std::fs::File::create(self.directory.path().join("nats.out")).unwrap();
        let child = Command::new(program())
            .arg("-c")
            .arg(self.directory.path().join("nats.conf"))
            .stdout(Stdio::null())
            .stderr(trace)
            .spawn()
            .unwrap();
        let child = self.child.insert(child);
        let deadline = Instant::now() + Duration::from_secs(30);
        while TcpStream::connect(self.listen).is_err() {
            let trace = || std::fs::read_to_string(self.directory.path().join("nats.out")).unwrap_or_default();
            let ended = child.try_wait().unwrap();
            assert!(ended.is_none() && Instant::now() < deadline, "nats-server does not start:\n{}", trace());
            std::thread::yield_now();
        }
    }

    /// SIGKILL: nothing is written any more.
    pub(crate) fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            child.kill().unwrap();
            child.wait().unwrap();
        }
    }

    /// The disk of the broker is lost.
    pub(crate) fn wipe(&self) {
        std::fs::remove_dir_all(self.directory.path().join("store")).unwrap();
    }

    pub(crate) fn address(&self) -> String {
        format!("nats://{}", self.listen)
    }

    pub(crate) fn monitor(&self) -> String {
        self.monitor.to_string()
    }

    /// A connection without our adapter, as anybody with the password could make it.
    pub(crate) async fn raw(&self, token: &str) -> (Client, Complaints) {
        let (sender, complaints) = unbounded_channel();
        let options = ConnectOptions::new()
            .user_and_password(token.into(), PASSWORD.into())
            .custom_inbox_prefix(format!("_INBOX_{token}"))
            .event_callback(move |event| {
                drop(sender.send(event.to_string()));
                std::future::ready(())
            });
        (options.connect(self.address()).await.unwrap(), Complaints(complaints))
    }

    pub(crate) async fn connect(&self, token: &str) -> Nats {
        self.connect_with(token, PASSWORD).await
    }

    pub(crate) async fn connect_with(&self, token: &str, password: &str) -> Nats {
        let config = NatsConfig::new(self.address(), token, 1).with_user(token, password);
        Nats::connect(&config).await.unwrap()
    }
}

/// What the broker complains about, as it says it.
pub(crate) struct Complaints(UnboundedReceiver<String>);

impl Complaints {
    /// Waits for a complaint that names `subject`.
    pub(crate) async fn about(&mut self, subject: &str) {
        let quoted = format!("\"{subject}\"");
        let heard = async {
            while let Some(complaint) = self.0.recv().await {
                if complaint.contains(&quoted) {
                    return;
                }
            }
        };
        assert!(tokio::time::timeout(SOON, heard).await.is_ok(), "the broker does not mind {subject}");
    }
}

impl Drop for Broker {
    fn drop(&mut self) {
        self.kill();
    }
}

fn program() -> PathBuf {
    let installed = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../.tools/bin/nats-server"));
    #[expect(clippy::disallowed_methods, reason = "a test is told by its environment where the broker lies")]
    let program = std::env::var_os("DANVAN_NATS_SERVER").map_or(installed, PathBuf::from);
    assert!(program.exists(), "{} is missing: run deploy/nats/install.py", program.display());
    program
}
