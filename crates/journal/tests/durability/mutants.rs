//! Known mistakes, each put back in: the suite must notice every one.

use crate::crash_matrix::matrix;
use crate::damage::unnoticed;
use crate::faults::{full_disk, one_fault, refused_records_that_come_back};
use crate::workload::{CONFIG, identity};
use danvan_journal::{Journal, JournalReader, Storage};
use danvan_testkit::{Fault, Mutant, Mutation};
use danvan_tlog::Size;
use std::sync::Arc;

fn with(mutation: Mutation) -> impl Fn(Arc<dyn Storage>) -> Arc<dyn Storage> {
    move |storage| Arc::new(Mutant::new(storage, mutation))
}

#[test]
fn skipping_the_directory_sync_is_noticed() {
    assert!(!matrix(with(Mutation::SkipDirectorySync), 4, 1).is_empty());
}

#[test]
fn acknowledging_before_the_sync_is_noticed() {
    assert!(!matrix(with(Mutation::AcknowledgeBeforeSync), 4, 1).is_empty());
}

#[test]
fn naming_a_segment_before_its_header_is_durable_is_noticed() {
    assert!(!matrix(with(Mutation::SkipSyncOfMetadata), 4, 1).is_empty());
}

#[test]
fn retrying_a_failed_sync_is_noticed() {
    assert!(!one_fault(with(Mutation::RetrySync), Fault::Io, 1).is_empty());
}

#[test]
fn ignoring_a_short_write_is_noticed() {
    assert!(!one_fault(with(Mutation::IgnoreShortWrites), Fault::Short, 1).is_empty());
}

#[test]
fn not_taking_back_what_did_not_fit_is_noticed() {
    let skip = || with(Mutation::SkipTruncation);
    assert!(!refused_records_that_come_back(skip()).is_empty() || !full_disk(skip()).is_empty());
}

#[test]
fn truncating_a_corruption_in_the_middle_is_noticed() {
    // The mistake: whatever cannot be read ends the journal there, and the rest is cut off as if it were torn.
    let open = |storage: Arc<dyn Storage>| {
        if let Ok(reader) = JournalReader::open(Arc::clone(&storage))
            && let Some(corruption) = reader.corruption()
            && let Ok(file) = storage.open(&format!("{:010}.segment", corruption.segment))
        {
            file.set_len(corruption.offset)?;
        }
        Ok(Journal::open(storage, &identity(), Size::ZERO, CONFIG)?.0)
    };
    assert!(!unnoticed(open, 1).is_empty());
}

#[test]
fn forgetting_what_was_promised_is_noticed() {
    let open = |storage: Arc<dyn Storage>| Ok(Journal::open(storage, &identity(), Size::ZERO, CONFIG)?.0);
    assert!(!unnoticed(open, 1).is_empty());
}

#[test]
fn letting_a_second_writer_in_is_noticed() {
    assert!(crate::refusals::second_writer_is_refused(&|storage| storage));
    assert!(!crate::refusals::second_writer_is_refused(&with(Mutation::SkipLock)));
}
