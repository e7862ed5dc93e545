//! Calls into sled that may panic or never return.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{RecvTimeoutError, sync_channel};
use std::thread;
use std::time::Duration;

/// How a contained call failed.
#[derive(Debug)]
pub(crate) enum Escape {
    /// It panicked.
    Panic,
    /// It did not return in time; its thread is abandoned.
    Hang,
    /// No thread could be started.
    NoThread,
}

/// Runs `call` here; a panic becomes a value.
pub(crate) fn unwinding<T>(call: impl FnOnce() -> T) -> Result<T, Escape> {
    // sled's handles hold no invariant of ours: after a panic the table is never used again.
    catch_unwind(AssertUnwindSafe(call)).map_err(|_| Escape::Panic)
}

/// Runs `call` on a thread of its own and waits at most `patience`.
pub(crate) fn within<T: Send + 'static>(
    patience: Duration,
    call: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Escape> {
    let (sender, receiver) = sync_channel(1);
    let run = move || {
        // The receiver is gone only after a hang; then nobody wants the value.
        let _ = sender.send(unwinding(call));
    };
    thread::Builder::new().name("state-open".to_owned()).spawn(run).map_err(|_| Escape::NoThread)?;
    match receiver.recv_timeout(patience) {
        Ok(outcome) => outcome,
        Err(RecvTimeoutError::Timeout) => Err(Escape::Hang),
        Err(RecvTimeoutError::Disconnected) => Err(Escape::Panic),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_and_a_hang_are_values() {
        assert!(matches!(unwinding(|| panic!("on purpose")), Err::<(), _>(Escape::Panic)));
        assert!(matches!(within(Duration::from_mins(1), || panic!("on purpose")), Err::<(), _>(Escape::Panic)));
        let (_keep, never) = sync_channel::<()>(0);
        let hung = within(Duration::from_millis(1), move || never.recv());
        assert!(matches!(hung, Err(Escape::Hang)));
        assert_eq!(within(Duration::from_mins(1), || 7).unwrap(), 7);
    }
}
