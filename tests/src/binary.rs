//! The real binary and the real broker as processes of a test.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::sync::{Mutex, MutexGuard, PoisonError};

use anyhow::{Context, Result, bail, ensure};
pub use danvan_testkit::{free_address, free_ports};
use serde_json::Value;

/// The built `danvan`.
#[derive(Debug, Clone)]
pub struct Danvan(PathBuf);

impl Danvan {
    /// The binary at `path`: `env!("CARGO_BIN_EXE_danvan")` in a test of its package.
    #[must_use]
    pub fn new(path: &str) -> Self {
        Self(PathBuf::from(path))
    }

    /// A command that is not started yet.
    #[must_use]
    pub fn command<Word: AsRef<OsStr>>(&self, words: &[Word]) -> Command {
        let mut command = Command::new(&self.0);
        command.args(words).stdin(Stdio::null());
        command
    }

    /// Runs a command to its end, whatever that is.
    ///
    /// # Errors
    /// When it cannot be started.
    pub fn output<Word: AsRef<OsStr>>(&self, words: &[Word]) -> Result<Output> {
        self.command(words).output().with_context(|| self.0.display().to_string())
    }

    /// Runs a command that must succeed and gives back its document.
    ///
    /// # Errors
    /// When it fails, with what it said.
    pub fn document<Word: AsRef<OsStr>>(&self, words: &[Word]) -> Result<Value> {
        let ran = self.command(words).arg("--json").output()?;
        let shown = words.iter().map(|word| word.as_ref().to_string_lossy()).collect::<Vec<_>>().join(" ");
        ensure!(ran.status.success(), "danvan {shown}: {}\n{}", ran.status, text(&ran.stderr));
        serde_json::from_slice(&ran.stdout).with_context(|| format!("danvan {shown} printed {}", text(&ran.stdout)))
    }
}

/// Bytes of a process as text.
#[must_use]
pub fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// A process of a test; killed when dropped, so that no test leaves one behind.
#[derive(Debug)]
pub struct Running {
    child: Child,
    trace: PathBuf,
}

impl Running {
    /// Starts a command; what it says is appended to the file `trace`. Its standard input stays open while it is kept.
    ///
    /// # Errors
    /// When it cannot be started.
    pub fn start(mut command: Command, trace: &Path) -> Result<Self> {
        let file = std::fs::OpenOptions::new().create(true).append(true).open(trace)?;
        let child = command
            .stdin(Stdio::piped())
            .stdout(file.try_clone()?)
            .stderr(file)
            .spawn()
            .with_context(|| format!("{command:?}"))?;
        Ok(Self { child, trace: trace.to_owned() })
    }

    /// Ends it with SIGKILL: no handler runs, nothing is flushed.
    ///
    /// # Errors
    /// When it cannot be waited for.
    pub fn kill(mut self) -> Result<()> {
        self.child.kill()?;
        self.child.wait()?;
        Ok(())
    }

    /// The number under which the system knows it.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Asks it to end, by SIGTERM, as a supervisor does.
    ///
    /// # Errors
    /// When the signal cannot be sent.
    pub fn terminate(&self) -> Result<()> {
        let number = self.child.id().to_string();
        let sent = Command::new("sh").args(["-c", "kill -s TERM \"$0\"", &number]).status()?;
        ensure!(sent.success(), "kill -s TERM {number}: {sent}");
        Ok(())
    }

    /// The status with which it ended, if it has.
    pub fn ended(&mut self) -> Option<ExitStatus> {
        self.child.try_wait().ok().flatten()
    }

    /// Everything that it said so far.
    #[must_use]
    pub fn said(&self) -> String {
        std::fs::read(&self.trace).map(|bytes| text(&bytes)).unwrap_or_default()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The turn of one test to run a fleet: the tests of one process take it one after the other, because a fleet needs the
/// machine for itself. Kept as long as the fleet runs.
#[derive(Debug)]
pub struct Turn {
    _held: MutexGuard<'static, ()>,
}

impl Turn {
    /// Waits for the turn.
    #[must_use]
    pub fn take() -> Self {
        static TURN: Mutex<()> = Mutex::new(());
        Self { _held: TURN.lock().unwrap_or_else(PoisonError::into_inner) }
    }
}

/// The nats-server that `make tools` fetched, or the one that is named or on PATH.
///
/// # Errors
/// When there is none: run `make tools`.
pub fn nats_server() -> Result<PathBuf> {
    let fetched = Path::new(env!("CARGO_MANIFEST_DIR")).join("../.tools/bin/nats-server");
    #[expect(clippy::disallowed_methods, reason = "a test is told by its environment where the broker lies")]
    let named = std::env::var_os("DANVAN_NATS_SERVER").map(PathBuf::from);
    let candidates = named.into_iter().chain([fetched, PathBuf::from("nats-server")]);
    for candidate in candidates {
        if Command::new(&candidate).arg("--version").output().is_ok_and(|ran| ran.status.success()) {
            return Ok(candidate);
        }
    }
    bail!("there is no nats-server: run `make tools`")
}
