//! The first look around, before a ledger that opened takes anything in. A disk that was put back from an older copy without a
//! mark is sound in itself; whoever can be asked within a moment tells that it is not the latest. A machine without network
//! does not wait: what it is not told now, it hears when the network is back.

use std::time::Duration;

use danvan_daemon::DrainToken;
use danvan_ledger::{ConfrontError, Contradiction, Ledger};
use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::sources::{Source, Sources};

/// How long a connection to the broker is waited for.
const CONNECTED_WITHIN: Duration = Duration::from_secs(2);
/// How long all answers together may take.
const ANSWERED_WITHIN: Duration = Duration::from_secs(5);

/// What is known of a ledger that opens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Standing {
    /// Everybody who may hold more of it was heard, and nobody does.
    Latest,
    /// Somebody was not heard, or entries were given back: others may yet hold more. What seems to belong to no entry here may
    /// belong to one of those.
    Unconfirmed,
}

/// How the ledger stands, or what contradicts it: then it takes nothing in any more. No handle of it is left behind.
pub(crate) async fn first_look(
    ledger: &Ledger,
    mut sources: Sources,
    patience: &DrainToken,
) -> Result<Standing, Contradiction> {
    let asked = match sources.ready(CONNECTED_WITHIN).await {
        Ok(asked) => asked,
        Err(reason) => {
            tracing::info!(reason, "nobody could be asked whether this ledger is the latest");
            return Ok(Standing::Unconfirmed);
        }
    };
    // All at once, so that nobody's silence hides another one's answer.
    let mut answers = JoinSet::new();
    for mut source in asked {
        let ledger = ledger.clone();
        answers.spawn_blocking(move || compare(&ledger, &mut source));
    }
    let mut standing = Ok(Standing::Latest);
    let heard = timeout(ANSWERED_WITHIN, async {
        while let Some(answer) = answers.join_next().await {
            match answer.unwrap_or(Ok(Standing::Unconfirmed)) {
                Ok(Standing::Latest) => {}
                Ok(Standing::Unconfirmed) => standing = Ok(Standing::Unconfirmed),
                Err(found) => {
                    standing = Err(found);
                    return;
                }
            }
        }
    });
    if heard.await.is_err() {
        standing = Ok(Standing::Unconfirmed);
    }
    // Nobody waits for the other answers any more.
    patience.cancel();
    while answers.join_next().await.is_some() {}
    standing
}

fn compare(ledger: &Ledger, source: &mut Source) -> Result<Standing, Contradiction> {
    let note = match source.newest(ledger.origin()) {
        Ok(Some(note)) => note,
        Ok(None) => return Ok(Standing::Latest),
        Err(error) => {
            tracing::debug!(source = source.name(), %error, "not heard at the first look");
            return Ok(Standing::Unconfirmed);
        }
    };
    match ledger.confront(&note) {
        Ok(()) => Ok(Standing::Latest),
        Err(ConfrontError::Contradiction(found)) => {
            tracing::warn!(source = source.name(), %found, "this ledger is not the latest");
            Err(found)
        }
        Err(error) => {
            tracing::warn!(source = source.name(), %error, "its note could not be compared");
            Ok(Standing::Unconfirmed)
        }
    }
}
