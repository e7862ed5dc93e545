//! The first entry of every log: who keeps it, under which key.

use crate::finding::Fault;
use danvan_event::{Entry, Event};
use danvan_tlog::{Origin, Policy};

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
