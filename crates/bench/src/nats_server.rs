//! A nats-server of our own for one benchmark, on loopback, with its own store.

use std::io;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use tempfile::TempDir;

use crate::disk_folder;

/// When JetStream syncs a stored message to the disk.
#[derive(Debug, Clone, Copy)]
pub enum SyncPolicy {
    /// Before every acknowledgement, as danvan requires.
    Always,
    /// The server's default: every two minutes; an acknowledged message may be lost with the power.
    Default,
}

/// A running server; it ends and its store goes with this value.
#[derive(Debug)]
pub struct NatsServer {
    child: Child,
    port: u16,
    _store: TempDir,
}

impl NatsServer {
    /// Starts nats-server (from `DANVAN_NATS_SERVER`, else `.tools/bin/nats-server`) and waits until it answers.
    ///
    /// # Errors
    /// The program is missing (run `make tools`), or did not open its port within ten seconds.
    pub fn start(sync: SyncPolicy) -> io::Result<Self> {
        let store = disk_folder()?;
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let sync = match sync {
            SyncPolicy::Always => "sync_interval: always",
            SyncPolicy::Default => "",
        };
        let config = store.path().join("nats.conf");
        std::fs::write(
            &config,
            format!(
                "listen: 127.0.0.1:{port}\njetstream {{ store_dir: \"{}\"\n {sync} }}\n",
                store.path().join("store").display()
            ),
        )?;
        let child = Command::new(program())
            .arg("-c")
            .arg(&config)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()?;
        let server = Self { child, port, _store: store };
        for _attempt in 0..500 {
            if std::net::TcpStream::connect(("127.0.0.1", port)).is_ok() {
                return Ok(server);
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        Err(io::Error::new(io::ErrorKind::TimedOut, "nats-server did not open its port"))
    }

    /// Address for a client.
    #[must_use]
    pub fn url(&self) -> String {
        format!("nats://127.0.0.1:{}", self.port)
    }
}

impl Drop for NatsServer {
    fn drop(&mut self) {
        let _ended = self.child.kill();
        let _reaped = self.child.wait();
    }
}

#[expect(clippy::disallowed_methods, reason = "a benchmark is told by its environment where the broker lies")]
fn program() -> PathBuf {
    std::env::var_os("DANVAN_NATS_SERVER")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../.tools/bin/nats-server"), PathBuf::from)
}
