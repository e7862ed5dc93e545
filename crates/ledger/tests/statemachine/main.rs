//! A ledger, the logs that it goes on for and the keys of its entries, against lists.
#![expect(clippy::unwrap_used, reason = "a test that cannot build its input has failed")]

mod machine;
mod model;
mod operation;
mod succession;
mod table;

use danvan_testkit::{FaultyStorage, Mutant, Mutation, first_failure};
use machine::{Layer, Machine};
use operation::operation;
use proptest::prelude::*;
use std::sync::Arc;

fn failure(attempts: u32, layer: Layer) -> Option<String> {
    first_failure(&prop::collection::vec(operation(), 1..40), attempts, move |operations| {
        let mut machine = Machine::new(layer);
        for operation in operations {
            machine.run(operation);
        }
        machine.open();
    })
}

fn too_early(disk: FaultyStorage) -> Arc<dyn danvan_ledger::Storage> {
    Arc::new(Mutant::new(Arc::new(disk), Mutation::AcknowledgeBeforeSync))
}

#[test]
fn a_ledger_does_what_a_list_of_entries_with_signed_sizes_receipts_and_keys_does() {
    assert_eq!(failure(3000, |disk| Arc::new(disk)), None);
}

#[test]
fn a_ledger_that_acknowledges_too_early_is_told_in_few_steps() {
    let told = failure(3000, too_early).unwrap();
    let (_, steps) = told.split_once("minimal failing input: ").unwrap();
    let is_step =
        |line: &&str| line.starts_with("    ") && !line.starts_with("     ") && !line.trim().starts_with(['}', ')']);
    assert!(steps.contains("PowerCut") && steps.lines().filter(is_step).count() <= 8, "{told}");
}

#[test]
fn a_ledger_whose_checkpoint_goes_back_is_none_of_these_lists() {
    assert!(failure(0, |disk| Arc::new(Mutant::new(Arc::new(disk), Mutation::ReadFirstSlotOnly))).is_some());
}
