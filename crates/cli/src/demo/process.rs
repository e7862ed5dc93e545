//! Child processes: every one is a command that a person could type.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use serde_json::Value;
use tokio::process::{Child, Command};

use crate::exit::Failure;

/// How long a child may drain before it is ended.
const PATIENCE: Duration = Duration::from_secs(20);
/// How much of a dead child's trace is shown.
const LAST_LINES: usize = 5;

/// A running child. We hold the other end of its standard input: it drains when that ends, so when it is stopped, when it
/// is dropped, and when this process is gone, however that came about. It is never killed before it could drain: a killed
/// supervisor could not stop what it supervises.
#[derive(Debug)]
pub(crate) struct Process {
    name: String,
    child: Child,
    trace: PathBuf,
}

/// `danvan` with these arguments, in a process group of its own: Ctrl-C reaches us, and we stop the children in order.
fn danvan(arguments: &[OsString]) -> Result<Command, Failure> {
    let program = std::env::current_exe()
        .map_err(|error| Failure::failed("không tìm thấy chương trình", "cannot find this program", error))?;
    let mut command = Command::new(program);
    command.args(arguments).process_group(0);
    Ok(command)
}

/// Runs a command to its end and gives back the document that it prints.
pub(crate) async fn document_of(arguments: &[OsString]) -> Result<Value, Failure> {
    let shown = shown(arguments);
    let failed = |error: String| Failure::failed("lệnh thất bại", "a command failed", format!("{shown}: {error}"));
    let ran = danvan(arguments)?.arg("--json").stdin(Stdio::null()).kill_on_drop(true).output().await;
    let ran = ran.map_err(|error| failed(error.to_string()))?;
    if !ran.status.success() {
        return Err(failed(String::from_utf8_lossy(&ran.stderr).trim().to_owned()));
    }
    serde_json::from_slice(&ran.stdout).map_err(|error| failed(error.to_string()))
}

impl Process {
    /// Starts a command that runs until it is stopped; its trace goes to the file `trace`.
    pub(crate) fn start(name: &str, arguments: &[OsString], trace: &Path) -> Result<Self, Failure> {
        let failed = |error: std::io::Error| {
            Failure::failed("không chạy được", "cannot start", format!("{}: {error}", shown(arguments)))
        };
        let file = std::fs::File::create(trace).map_err(failed)?;
        let out = file.try_clone().map_err(failed)?;
        let child = danvan(arguments)?.stdin(Stdio::piped()).stdout(out).stderr(file).spawn().map_err(failed)?;
        Ok(Self { name: name.to_owned(), child, trace: trace.to_owned() })
    }

    /// Why the child is no longer there, with the end of its trace; `None` while it runs.
    pub(crate) fn ended(&mut self) -> Option<Failure> {
        let status = self.child.try_wait().ok().flatten()?;
        let trace = std::fs::read_to_string(&self.trace).unwrap_or_default();
        let lines: Vec<&str> = trace.lines().collect();
        let end = lines[lines.len().saturating_sub(LAST_LINES)..].join("\n  ");
        let said = format!("{} ({status}), {}\n  {end}", self.name, self.trace.display());
        Some(Failure::failed("một tiến trình đã dừng", "a process ended", said))
    }

    /// Lets the child drain, and ends it when it does not.
    pub(crate) async fn stop(mut self) {
        drop(self.child.stdin.take());
        if tokio::time::timeout(PATIENCE, self.child.wait()).await.is_err() {
            let _ = self.child.kill().await;
        }
    }
}

fn shown(arguments: &[OsString]) -> String {
    let words = arguments.iter().map(|word| word.to_string_lossy());
    words.fold("danvan".to_owned(), |line, word| format!("{line} {word}"))
}

/// Words of a command line: `words!["node", "run", "--data", dir]`.
macro_rules! words {
    ($($word:expr),* $(,)?) => {
        [$(std::ffi::OsString::from($word)),*]
    };
}
pub(crate) use words;
