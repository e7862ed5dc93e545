//! The drain token: how a process is told to finish what it began and stop.

use tokio::signal::unix::{SignalKind, signal};
pub use tokio_util::sync::CancellationToken as DrainToken;

/// A token that is cancelled by the first SIGTERM or SIGINT. Must be called inside a tokio runtime.
///
/// A second signal is not treated differently: what was acknowledged is on disk anyway, and a supervisor that loses patience
/// sends SIGKILL, which loses nothing either.
///
/// # Errors
/// When the signal handlers cannot be installed. The caller gives up: a process that cannot be stopped must not start.
pub fn drain_on_signals() -> std::io::Result<DrainToken> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let token = DrainToken::new();
    let drained = token.clone();
    tokio::spawn(async move {
        let name = tokio::select! {
            _ = terminate.recv() => "SIGTERM",
            _ = interrupt.recv() => "SIGINT",
            () = drained.cancelled() => return,
        };
        tracing::info!(signal = name, "draining");
        drained.cancel();
    });
    Ok(token)
}
