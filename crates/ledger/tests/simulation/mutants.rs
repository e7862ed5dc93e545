//! Known mistakes, each put back in: the checker must notice every one, by the stories or by the matrix.

use crate::damage::{forgets_what_was_signed, signs_what_is_not_on_the_disk};
use crate::matrix::{Tale, matrix};
use crate::node;
use crate::seeds::breach;
use crate::world::{Manner, with};
use danvan_testkit::{Fault, FaultyStorage, Mutation};

/// Whether one of the first stories has a lie.
fn is_told(mutation: Mutation) -> bool {
    const SEEDS: u64 = 2000;
    (0..SEEDS).any(|seed| breach(seed, &with(mutation)).is_some())
}

/// Whether one of the first stories of a node that signs at once has a lie.
fn is_told_of_a_node(mutation: Mutation) -> bool {
    const SEEDS: u64 = 500;
    (0..SEEDS).any(|seed| node::breach(seed, &with(mutation), Manner::AtOnce).is_some())
}

#[test]
fn a_node_that_acknowledges_before_the_sync_is_noticed() {
    assert!(is_told_of_a_node(Mutation::AcknowledgeBeforeSync));
}

#[test]
fn a_node_whose_checkpoint_goes_back_is_noticed() {
    assert!(is_told_of_a_node(Mutation::ReadFirstSlotOnly));
}

#[test]
fn no_mistake_shows_while_nothing_fails() {
    // Else a mutant would be noticed for breaking the storage, and not for what it does wrong when something fails. A
    // storage that cuts no file cannot seal one.
    for mutation in Mutation::ALL.into_iter().filter(|mutation| *mutation != Mutation::SkipTruncation) {
        let told = Tale::of_script(&with(mutation), &FaultyStorage::new());
        assert_eq!(told.err(), None, "{mutation:?}");
    }
}

#[test]
fn skipping_the_directory_sync_is_noticed() {
    assert!(is_told(Mutation::SkipDirectorySync));
}

#[test]
fn acknowledging_before_the_sync_is_noticed() {
    assert!(is_told(Mutation::AcknowledgeBeforeSync));
}

#[test]
fn believing_the_second_answer_of_a_sync_is_noticed() {
    assert!(is_told(Mutation::RetrySync));
}

#[test]
fn taking_short_writes_for_whole_ones_is_noticed() {
    assert!(is_told(Mutation::IgnoreShortWrites));
}

#[test]
fn letting_a_second_writer_in_is_noticed() {
    assert!(is_told(Mutation::SkipLock));
}

#[test]
fn not_syncing_new_files_is_noticed() {
    assert!(is_told(Mutation::SkipSyncOfMetadata));
}

#[test]
fn naming_a_segment_before_its_contents_are_durable_is_noticed() {
    assert!(is_told(Mutation::NameBeforeContents));
}

#[test]
fn syncing_only_the_start_of_a_group_is_noticed() {
    assert!(is_told(Mutation::SyncOnlyTheStart));
}

#[test]
fn serving_what_only_the_page_cache_holds_is_noticed() {
    assert!(is_told(Mutation::TrustPageCache));
}

#[test]
fn believing_a_sync_of_pages_that_an_earlier_sync_forgot_is_noticed() {
    assert!(is_told(Mutation::SkipRewrite));
}

#[test]
fn believing_a_slot_without_its_checksum_is_noticed() {
    assert!(!matrix(&with(Mutation::BelieveAnyCopy), Fault::PowerCut, &[None], 1).is_empty());
}

#[test]
fn a_checkpoint_that_goes_back_is_noticed() {
    assert!(is_told(Mutation::ReadFirstSlotOnly));
}

#[test]
fn signing_without_a_durable_intent_is_noticed() {
    assert!(forgets_what_was_signed(&with(Mutation::ForgetIntent)));
}

#[test]
fn signing_what_was_not_read_back_is_noticed() {
    assert!(signs_what_is_not_on_the_disk(&with(Mutation::ReadFromMemory)));
}
