//! The first look around, before a ledger that opened takes anything in. A disk that was put back from an older copy without a
//! mark is sound in itself; whoever can be asked within a moment tells that it is not the latest. A machine without network
//! does not wait: what it is not told now, it hears when the network is back.

use std::time::Duration;

use danvan_daemon::DrainToken;
use danvan_ledger::{ConfrontError, Contradiction, Ledger};
use tokio::task::spawn_blocking;
use tokio::time::timeout;

use crate::sources::{Source, Sources};

/// How long a connection to the broker is waited for.
const CONNECTED_WITHIN: Duration = Duration::from_secs(2);
/// How long all answers together may take.
const ANSWERED_WITHIN: Duration = Duration::from_secs(5);

/// What of the ledger contradicts what others hold of it. Then the ledger takes nothing in any more.
pub(crate) async fn first_look(ledger: &Ledger, mut sources: Sources, patience: &DrainToken) -> Option<Contradiction> {
    let asked = match sources.ready(CONNECTED_WITHIN).await {
        Ok(asked) => asked,
        Err(reason) => {
            tracing::info!(reason, "nobody could be asked whether this ledger is the latest");
            return None;
        }
    };
    let compared = ledger.clone();
    let looking = spawn_blocking(move || asked.into_iter().find_map(|mut source| compare(&compared, &mut source)));
    if let Ok(found) = timeout(ANSWERED_WITHIN, looking).await {
        return found.unwrap_or_default();
    }
    // Nobody waits for the other answers any more.
    patience.cancel();
    None
}

fn compare(ledger: &Ledger, source: &mut Source) -> Option<Contradiction> {
    let note = match source.newest(ledger.origin()) {
        Ok(note) => note?,
        Err(error) => {
            tracing::debug!(source = source.name(), %error, "not heard at the first look");
            return None;
        }
    };
    match ledger.confront(&note) {
        Ok(()) => None,
        Err(ConfrontError::Contradiction(found)) => {
            tracing::warn!(source = source.name(), %found, "this ledger is not the latest");
            Some(found)
        }
        Err(error) => {
            tracing::warn!(source = source.name(), %error, "its note could not be compared");
            None
        }
    }
}
