//! PostgreSQL from the distribution, default settings (`fsync` and `synchronous_commit` on), over its socket.

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Mutex, PoisonError};

use ::postgres::{Client, Config, NoTls, Statement};
use tempfile::TempDir;

use super::{SetUpError, Store};
use crate::disk_folder;

const USER: &str = "postgres";

/// A cluster of its own in a fresh folder; stopped, and its folder removed, when dropped.
pub struct Postgres {
    programs: PathBuf,
    folder: TempDir,
}

impl Postgres {
    /// Makes and starts a cluster; `None` when the machine has no PostgreSQL server.
    ///
    /// # Errors
    /// There is one and it did not start.
    pub fn start() -> Result<Option<Self>, SetUpError> {
        let Some(programs) = programs() else { return Ok(None) };
        let folder = disk_folder()?;
        if rustix::process::getuid().is_root() {
            // Its server refuses to run as root.
            run(Command::new("chown").arg(USER).arg(folder.path()))?;
        }
        let cluster = Self { programs, folder };
        let data = cluster.data();
        run(cluster.command("initdb").args(["--no-sync", "--auth=trust", "--username", USER, "-D"]).arg(&data))?;
        let options = format!("-c listen_addresses='' -c unix_socket_directories={}", cluster.folder.path().display());
        run(cluster.command("pg_ctl").args(["--wait", "--silent", "-o", &options, "-D"]).arg(&data).arg("start"))?;
        Ok(Some(cluster))
    }

    /// An empty table and as many connections as there will be writers.
    ///
    /// # Errors
    /// The server refuses.
    pub fn open(&self, writers: usize) -> Result<Connections, SetUpError> {
        let mut config = Config::new();
        config.host_path(self.folder.path()).user(USER).dbname("postgres");
        config.connect(NoTls)?.batch_execute(
            "DROP TABLE IF EXISTS events; CREATE TABLE events (place BIGSERIAL PRIMARY KEY, event BYTEA NOT NULL); CHECKPOINT",
        )?;
        let (giver, taker) = sync_channel(writers);
        for _writer in 0..writers {
            let mut client = config.connect(NoTls)?;
            let one = client.prepare("INSERT INTO events (event) VALUES ($1)")?;
            let many = client.prepare("INSERT INTO events (event) SELECT unnest($1::bytea[])")?;
            giver.send(Connection { client, one, many }).map_err(|gone| gone.to_string())?;
        }
        Ok(Connections { giver, taker: Mutex::new(taker) })
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    fn command(&self, program: &str) -> Command {
        let program = self.programs.join(program);
        let mut command = if rustix::process::getuid().is_root() {
            let mut command = Command::new("runuser");
            command.args(["-u", USER, "--"]).arg(program);
            command
        } else {
            Command::new(program)
        };
        command.current_dir(self.folder.path());
        command
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        let _stopped =
            run(self.command("pg_ctl").args(["--mode=immediate", "--silent", "-D"]).arg(self.data()).arg("stop"));
    }
}

/// The newest server among those that Debian installs beside each other.
fn programs() -> Option<PathBuf> {
    let versions = fs::read_dir("/usr/lib/postgresql").ok()?;
    let mut found: Vec<PathBuf> = versions.filter_map(|version| Some(version.ok()?.path().join("bin"))).collect();
    found.retain(|programs| programs.join("initdb").exists());
    found.sort();
    found.pop()
}

fn run(command: &mut Command) -> Result<(), SetUpError> {
    let status = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status()?;
    if status.success() { Ok(()) } else { Err(format!("{command:?}: {status}").into()) }
}

struct Connection {
    client: Client,
    one: Statement,
    many: Statement,
}

/// A connection for each writer.
pub struct Connections {
    giver: SyncSender<Connection>,
    taker: Mutex<Receiver<Connection>>,
}

impl Store for Connections {
    fn append(&self, events: &[Vec<u8>]) {
        let taken = self.taker.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok(mut connection) = taken else { unreachable!("as many connections as writers") };
        let stored = match events {
            [event] => connection.client.execute(&connection.one, &[event]),
            events => connection.client.execute(&connection.many, &[&events]),
        };
        assert!(stored.is_ok(), "PostgreSQL failed: {stored:?}");
        let _kept = self.giver.send(connection);
    }
}
