//! What systemd is told (`Type=notify`). Outside systemd every call does nothing.

use sd_notify::NotifyState;

/// The service does its work now.
pub fn notify_ready() {
    tell(&[NotifyState::Ready]);
}

/// The service drains.
pub fn notify_stopping() {
    tell(&[NotifyState::Stopping]);
}

/// One line for `systemctl status`.
pub fn notify_status(text: &str) {
    tell(&[NotifyState::Status(text)]);
}

fn tell(states: &[NotifyState<'_>]) {
    if let Err(error) = sd_notify::notify(states) {
        tracing::debug!(%error, "systemd did not listen");
    }
}
