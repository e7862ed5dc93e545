//! A child of the demo stops with its parent: the parent holds the other end of the child's standard input.

use std::io::Read;

use danvan_daemon::{DrainToken, drain_on_signals};

use crate::exit::Failure;

/// A token that is cancelled by SIGTERM or SIGINT, and with `with_parent` also when standard input ends, which happens
/// whatever way the parent dies.
pub(crate) fn drain_token(with_parent: bool) -> Result<DrainToken, Failure> {
    let token = drain_on_signals()
        .map_err(|error| Failure::failed("không nhận được tín hiệu", "cannot listen to signals", error))?;
    if with_parent {
        cancel_at_end_of_input(token.clone());
    }
    Ok(token)
}

/// Cancels `token` when standard input ends.
///
/// A plain thread, not a task: a blocking read of standard input would keep the runtime from shutting down.
fn cancel_at_end_of_input(token: DrainToken) {
    std::thread::spawn(move || {
        let mut ignored = [0_u8; 256];
        let mut input = std::io::stdin().lock();
        while matches!(input.read(&mut ignored), Ok(1..)) {}
        token.cancel();
    });
}
