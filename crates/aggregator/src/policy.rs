//! The policy file: whom an auditor of this deployment trusts, taken from the aggregator's own log.

use std::collections::BTreeMap;
use std::io;
use std::path::Path;

use danvan_event::{Entry, Event};
use danvan_ledger::{Damage, LedgerReader};
use danvan_tlog::{KeyTextError, Policy, PolicyTextError, VerifierKey};

use crate::layout::Layout;

/// Why no policy could be written.
#[derive(Debug, thiserror::Error)]
pub enum PolicyTextFailure {
    /// A key file cannot be read.
    #[error("cannot read the public keys: {0}")]
    Io(#[from] io::Error),
    /// A key is no key.
    #[error(transparent)]
    Key(#[from] KeyTextError),
    /// The ledger cannot be opened for reading.
    #[error("cannot read the own ledger: {0}")]
    Ledger(String),
    /// The ledger is damaged.
    #[error(transparent)]
    Damage(#[from] Damage),
    /// The keys make no policy.
    #[error(transparent)]
    Policy(#[from] PolicyTextError),
}

/// The text of a C2SP tlog-policy with the aggregator's log, every enrolled log, and the aggregator's mirror key as the
/// witness whose cosignature is required. Takes no lock: it may be asked while the aggregator runs.
pub fn policy_text(dir: &Path) -> Result<String, PolicyTextFailure> {
    let layout = Layout::new(dir);
    let own: VerifierKey = std::fs::read_to_string(layout.log_vkey())?.trim_end().parse()?;
    let mirror: VerifierKey = std::fs::read_to_string(layout.mirror_vkey())?.trim_end().parse()?;
    let reader = LedgerReader::open(&layout.ledger()).map_err(|error| PolicyTextFailure::Ledger(error.to_string()))?;
    let mut logs = BTreeMap::from([(own.name().clone(), own)]);
    for record in reader.entries() {
        let (_, record) = record?;
        let Ok(entry) = Entry::parse(record.entry) else { continue };
        if let Event::NodeEnrolled(fact) = entry.event() {
            let key: VerifierKey = fact.vkey.parse()?;
            logs.insert(key.name().clone(), key);
        }
    }
    Ok(Policy::mirrored(logs.into_values(), [mirror])?.to_string())
}
