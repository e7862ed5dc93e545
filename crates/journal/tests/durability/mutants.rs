//! Known mistakes, each put back in: the suite must notice every one.

use crate::crash_matrix::{lost_tails, matrix};
use crate::damage::unnoticed;
use crate::faults::{full_disk, one_fault, refused_records_that_come_back};
use crate::workload::{CONFIG, broken_promises, identity, run_script};
use danvan_journal::{Journal, JournalReader, Storage};
use danvan_testkit::{Fault, FaultyStorage, Mutant, Mutation};
use danvan_tlog::Size;
use std::sync::Arc;

fn with(mutation: Mutation) -> impl Fn(Arc<dyn Storage>) -> Arc<dyn Storage> {
    move |storage| Arc::new(Mutant::new(storage, mutation))
}

#[test]
fn no_mistake_shows_while_nothing_fails() {
    // Else a mutant would be noticed for breaking the storage, and not for what it does wrong when something fails. A
    // storage that cuts no file cannot seal one.
    for mutation in Mutation::ALL.into_iter().filter(|mutation| *mutation != Mutation::SkipTruncation) {
        let storage = with(mutation)(Arc::new(FaultyStorage::new()));
        let progress = run_script(&storage);
        let (broken, _) = broken_promises(&storage, progress);
        assert_eq!((broken, progress.acknowledged), (Vec::new(), progress.submitted), "{mutation:?}");
    }
}

#[test]
fn skipping_the_directory_sync_is_noticed() {
    assert!(!matrix(with(Mutation::SkipDirectorySync), 1).is_empty());
}

#[test]
fn acknowledging_before_the_sync_is_noticed() {
    assert!(!matrix(with(Mutation::AcknowledgeBeforeSync), 1).is_empty());
}

#[test]
fn naming_a_segment_before_its_header_is_durable_is_noticed() {
    assert!(!matrix(with(Mutation::SkipSyncOfMetadata), 1).is_empty());
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
    let skip = || with(Mutation::SkipTakingBack);
    assert!(!refused_records_that_come_back(skip()).is_empty() || !full_disk(skip()).is_empty());
}

#[test]
fn naming_a_segment_before_its_contents_are_durable_is_noticed() {
    assert!(!matrix(with(Mutation::NameBeforeContents), 1).is_empty());
}

#[test]
fn syncing_only_the_start_of_a_group_is_noticed() {
    assert!(!matrix(with(Mutation::SyncOnlyTheStart), 1).is_empty());
}

#[test]
fn cutting_a_torn_tail_off_before_its_copy_is_durable_is_noticed() {
    assert!(!lost_tails(with(Mutation::SkipSyncOfBroken)).is_empty());
}

#[test]
fn keeping_nothing_of_a_torn_tail_is_noticed() {
    assert!(!lost_tails(with(Mutation::KeepNothingOfBroken)).is_empty());
}

#[test]
fn serving_what_only_the_page_cache_holds_is_noticed() {
    assert!(!matrix(with(Mutation::TrustPageCache), 1).is_empty());
}

#[test]
fn believing_a_sync_of_pages_that_an_earlier_sync_forgot_is_noticed() {
    assert!(!one_fault(with(Mutation::SkipRewrite), Fault::Io, 1).is_empty());
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
    for mutation in [Mutation::SkipLock, Mutation::GiveLockBack] {
        assert!(!crate::refusals::second_writer_is_refused(&with(mutation)), "{mutation:?}");
    }
}
