//! The directory of a measured node, and how its ledger is fed.

use std::path::Path;

use danvan_daemon::ClockKind;
use danvan_ledger::{AppendError, Ledger, LedgerConfig, Record};
use danvan_node::{InitOptions, NodeIdentity};
use danvan_tlog::{LogKey, VerifierKey};

use crate::peer::SetUpError;

/// The unit of every measured log.
pub(crate) const UNIT: &str = "gso2024-15097";
pub(crate) const DEPLOYMENT: &str = "bench.danvan.demo";
/// Its log.
pub(crate) const ORIGIN: &str = "bench.danvan.demo/u/gso2024-15097";

/// Makes a node in `directory` that needs the receipts of these mirrors, and opens its ledger.
pub(crate) fn make_node(
    directory: &Path,
    nats_url: Option<&str>,
    aggregators: Vec<VerifierKey>,
) -> Result<(NodeIdentity, Ledger), SetUpError> {
    let options = InitOptions {
        unit: UNIT.parse()?,
        deployment: DEPLOYMENT.to_owned(),
        name: None,
        listen: None,
        nats_url: nats_url.map(str::to_owned),
        nats_user: None,
        aggregators,
        clock: ClockKind::System,
    };
    let identity = danvan_node::init(directory, &options)?;
    let key = LogKey::from_secret_text(std::fs::read_to_string(directory.join("keys/node.key"))?.trim())?;
    let (ledger, _recovery) =
        Ledger::open(&directory.join("ledger"), identity.origin.clone(), key, LedgerConfig::default())?;
    Ok((identity, ledger))
}

/// Appends entries together and returns once all of them are durable.
pub(crate) fn append_all(ledger: &Ledger, entries: &[Vec<u8>]) -> Result<(), AppendError> {
    let outcomes = ledger.append_all(entries.iter().cloned().map(Record::new).collect());
    outcomes.into_iter().try_for_each(|outcome| outcome.map(drop))
}
