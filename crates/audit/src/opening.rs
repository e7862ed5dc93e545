//! The first entry of every log: who keeps it, under which key.

use crate::error::AuditError;
use crate::finding::Fault;
use crate::ledger_log::LedgerLog;
use danvan_event::{Entry, Event, Source};
use danvan_tlog::{Index, KeyTextError, Origin, Policy, VerifierKey};
use std::path::Path;

/// The policy that believes one ledger on its own word: the key in its first entry, and no witness. It proves that the log is of one
/// piece, not whose it is. An aggregator's has none: with it go the logs that it mirrors.
pub fn opening_policy(ledger: &Path) -> Result<Policy, AuditError> {
    let unreadable = |reason: String| AuditError::Unreadable { place: ledger.display().to_string(), reason };
    let first = LedgerLog::open(ledger)?.record(Index::ZERO).map_err(|error| unreadable(error.to_string()))?;
    let entry = first.and_then(|record| Entry::parse(record.entry).ok());
    let Some((Event::NodeOpened(opened), source)) = entry.as_ref().map(|entry| (entry.event(), entry.source())) else {
        return Err(unreadable("its first entry opens no log".to_owned()));
    };
    // It vouches for other logs, whose keys stand in no entry that its own word would prove.
    if matches!(source, Source::Aggregator(_)) {
        return Err(AuditError::NoPolicy(ledger.join("policy")));
    }
    let key: VerifierKey = opened.vkey.parse().map_err(|error: KeyTextError| unreadable(error.to_string()))?;
    Policy::mirrored([key], []).map_err(|error| unreadable(error.to_string()))
}

/// What is wrong with the entry at index 0 of the log `origin`.
pub(crate) fn fault(entry: &[u8], origin: &Origin, policy: &Policy) -> Option<Fault> {
    let bad = |reason: String| Some(Fault::BadOpening { reason });
    let entry = Entry::parse(entry.to_vec());
    let opened = match &entry {
        Ok(entry) => match entry.event() {
            Event::NodeOpened(opened) => opened,
            _ => return bad(format!("it is {}", entry.event_type())),
        },
        Err(error) => return bad(error.to_string()),
    };
    if opened.origin != origin.as_str() {
        return bad(format!("it opens {}", opened.origin));
    }
    key_fault(&opened.vkey, origin, policy)
}

/// A key that was stated for a log, where the policy has another one. That it has none is a fault of the log as a whole, which
/// [`fsck`](crate::fsck) reports once.
pub(crate) fn key_fault(stated: &str, log: &Origin, policy: &Policy) -> Option<Fault> {
    let expected = policy.log_key(log)?.to_string();
    if expected == stated {
        return None;
    }
    Some(Fault::KeyDiffers { log: log.clone(), expected, found: stated.to_owned() })
}
