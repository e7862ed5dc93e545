//! Every seed arrives; every mutant is caught.

use crate::mutant::{Failure, Mutant};
use crate::world::World;
use std::sync::atomic::{AtomicU64, Ordering};

const SEEDS: u64 = 520;
const MUTANT_SEEDS: u64 = 60;

#[test]
fn every_entry_arrives_whatever_the_courier_does() {
    let next = AtomicU64::new(0);
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= SEEDS {
                        return;
                    }
                    let failure = World::new(seed, Mutant::None).run().err().map(|failure| failure.to_string());
                    assert_eq!(failure, None, "seed {seed}");
                }
            });
        }
    });
}

fn caught(mutant: Mutant) -> Option<(u64, Failure)> {
    (0..MUTANT_SEEDS).find_map(|seed| World::new(seed, mutant).run().err().map(|failure| (seed, failure)))
}

#[test]
fn a_node_that_trusts_the_acknowledgement_of_the_broker_is_caught() {
    assert!(caught(Mutant::TrustsPubAck).is_some());
}

#[test]
fn a_node_without_patience_is_caught() {
    assert!(caught(Mutant::NeverLosesPatience).is_some());
}

#[test]
fn a_node_that_deduplicates_what_it_sent_once_is_caught() {
    assert!(caught(Mutant::SendsNothingTwice).is_some());
}

#[test]
fn an_aggregator_that_takes_a_batch_with_a_gap_is_caught() {
    assert!(caught(Mutant::TakesGaps).is_some());
}

#[test]
fn an_aggregator_that_takes_a_batch_twice_is_caught() {
    assert!(caught(Mutant::TakesTwice).is_some());
}

#[test]
fn an_aggregator_that_does_not_answer_what_it_holds_is_caught() {
    assert!(caught(Mutant::SilentWhenHeld).is_some());
}
