//! The files of pledge catalogues and unit trees: each is attached as its entry says, can be read, and says the same as its entry.

use std::collections::BTreeMap;

use danvan_event::{CatalogueFile, MAX_FILE_BYTES, PledgeCatalogPublished, UnitTree, UnitTreePublished};
use danvan_ledger::Record;

use crate::attachment::unpacked;
use crate::finding::Fault;
use crate::held_log::HeldLog;

/// What is wrong with the file of a catalogue that an aggregator published; one without a file has nothing attached.
pub(crate) fn catalogue_fault(log: &dyn HeldLog, record: &Record, published: &PledgeCatalogPublished) -> Option<Fault> {
    let Some(sha256) = &published.attachment_sha256 else {
        return record.attachment.is_some().then_some(Fault::AttachmentUnclaimed);
    };
    let file = match unpacked(log, record, sha256, MAX_FILE_BYTES) {
        Ok(bytes) => CatalogueFile::parse(&bytes).map_err(|error| malformed(format!("it is no catalogue: {error}"))),
        Err(fault) => Err(fault),
    };
    // Labels of their own are for units; an aggregator publishes the file as it is.
    match file {
        Ok(file) if file.published(&BTreeMap::new(), sha256.clone()) == *published => None,
        Ok(file) => Some(malformed(format!(
            "its catalogue {}, version {}, is not the one of the entry",
            file.catalog, file.version
        ))),
        Err(fault) => Some(fault),
    }
}

/// What is wrong with the file of a tree.
pub(crate) fn tree_fault(log: &dyn HeldLog, record: &Record, published: &UnitTreePublished) -> Option<Fault> {
    let file = match unpacked(log, record, &published.attachment_sha256, MAX_FILE_BYTES) {
        Ok(bytes) => UnitTree::parse(&bytes).map_err(|error| malformed(format!("it is no tree of units: {error}"))),
        Err(fault) => Err(fault),
    };
    match file {
        Ok(file) if file.published(published.attachment_sha256.clone()) == *published => None,
        Ok(file) => Some(malformed(format!("its tree {} is not the one of the entry", file.tree))),
        Err(fault) => Some(fault),
    }
}

fn malformed(reason: String) -> Fault {
    Fault::AttachmentMalformed { reason }
}
