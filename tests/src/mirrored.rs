//! What an aggregator really holds, read from its ledger's files without the aggregator.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context, Result, ensure};
use danvan_event::{Entry, Event};
use danvan_ledger::LedgerReader;
use danvan_replication::unpack;

/// The entries of every mirrored log by origin, in the order of the aggregator's own log.
pub type Mirrored = BTreeMap<String, Vec<Entry>>;

/// Reads the mirrored logs out of the ledger at `dir`.
///
/// # Errors
/// When the ledger is damaged, or a batch does not continue its log: then something is held twice or not at all.
pub fn mirrored(dir: &Path) -> Result<Mirrored> {
    let reader = LedgerReader::open(dir)?;
    ensure!(reader.corruption().is_none(), "{:?}", reader.corruption());
    let mut logs = Mirrored::new();
    for read in reader.entries() {
        let (_, record) = read.map_err(|damage| anyhow::anyhow!("{damage:?}"))?;
        let entry = Entry::parse(record.entry)?;
        let Event::CheckpointCosigned(cosigned) = entry.event() else { continue };
        let batch = unpack(&record.attachment.context("a batch is attached")?)?;
        let log = logs.entry(cosigned.origin.clone()).or_default();
        ensure!(
            cosigned.start == log.len() as u64,
            "{} has {} entries and goes on at {}",
            cosigned.origin,
            log.len(),
            cosigned.start
        );
        for bytes in batch.into_entries() {
            log.push(Entry::parse(bytes)?);
        }
        ensure!(cosigned.size == log.len() as u64, "{} should end at {}", cosigned.origin, cosigned.size);
    }
    Ok(logs)
}
