//! The demo's supervisor of a foreign program: it ends the program when its own parent is gone.
//!
//! nats-server does not watch its standard input, so the demo starts it through `danvan demo-child -- nats-server …`.

use std::process::Stdio;
use std::time::Duration;

use clap::Args;
use tokio::process::{Child, Command};

use crate::exit::{Exit, Failure, Outcome};
use crate::parent;

/// How long a program may take to stop by itself.
const PATIENCE: Duration = Duration::from_secs(5);

/// `danvan demo-child -- PROGRAM ARGUMENTS…`
#[derive(Debug, Args)]
pub(crate) struct SupervisedChild {
    /// The program and its arguments
    #[arg(last = true, required = true)]
    program: Vec<String>,
}

impl SupervisedChild {
    /// Runs the program until it ends, standard input ends, or a signal comes.
    pub(crate) async fn run(self) -> Outcome {
        let drain = parent::drain_token(true)?;
        let Some((program, arguments)) = self.program.split_first() else {
            return Ok(Exit::Usage);
        };
        let mut child = Command::new(program)
            .args(arguments)
            .stdin(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .map_err(|error| Failure::failed("không chạy được", "cannot run", format!("{program}: {error}")))?;
        tokio::select! {
            ended = child.wait() => Ok(match ended {
                Ok(status) if status.success() => Exit::Done,
                _ => Exit::Failed,
            }),
            () = drain.cancelled() => Ok(stop(&mut child).await),
        }
    }
}

/// Asks a child to stop, and ends it when it does not.
async fn stop(child: &mut Child) -> Exit {
    terminate(child);
    if tokio::time::timeout(PATIENCE, child.wait()).await.is_err() {
        let _ = child.kill().await;
    }
    Exit::Done
}

/// Sends SIGTERM to a child of ours that has not been waited for.
fn terminate(child: &Child) {
    let id = child.id().and_then(|id| i32::try_from(id).ok()).and_then(rustix::process::Pid::from_raw);
    if let Some(id) = id {
        let _ = rustix::process::kill_process(id, rustix::process::Signal::TERM);
    }
}
