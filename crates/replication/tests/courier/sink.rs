//! The simulated aggregator keeps the laws of the real one's sink, and a wrong one is told by them.

use crate::mirror::Mirror;
use crate::mutant::Mutant;
use danvan_replication::{BatchSink, Receipt, ReceiptStatus, Received, SinkError, SpoolCursor, UnitToken, unpack};
use danvan_testkit::{BrokenLaw, SuiteLog, SuiteSink, sink_suite};
use danvan_tlog::VerifierKey;
use std::sync::{Arc, Mutex};
use tokio::sync::Notify;

/// The simulated aggregator behind the port of the real receiver.
struct Simulated {
    units: Vec<UnitToken>,
    mirror: Mutex<Mirror>,
    cursor: Mutex<Option<SpoolCursor>>,
    enrolment: Notify,
}

impl Simulated {
    fn take(&self, received: &Received) -> Option<Receipt> {
        let mut mirror = self.mirror.lock().unwrap();
        let node = self.units.iter().position(|unit| *unit == received.unit);
        match (unpack(&received.packed), node) {
            (Ok(batch), Some(node)) => mirror.take(node, &batch),
            (Ok(batch), None) => {
                let (token, origin) = (mirror.token().clone(), batch.origin().clone());
                Some(Receipt::refused(ReceiptStatus::UnknownOrigin, token, origin, None))
            }
            (Err(_), node) => Some(mirror.refuse(node?)),
        }
    }
}

impl BatchSink for Simulated {
    fn receive(&self, batches: Vec<Received>) -> Result<Vec<Receipt>, SinkError> {
        Ok(batches.iter().filter_map(|received| self.take(received)).collect())
    }

    fn cursor(&self) -> Option<SpoolCursor> {
        *self.cursor.lock().unwrap()
    }

    fn keep_cursor(&self, cursor: SpoolCursor) {
        *self.cursor.lock().unwrap() = Some(cursor);
    }

    fn receipts_to_republish(&self) -> Vec<(UnitToken, Receipt)> {
        let told = self.mirror.lock().unwrap().stored_receipts();
        told.into_iter().map(|(node, receipt)| (self.units[node].clone(), receipt)).collect()
    }

    fn newly_enrolled(&self) -> Vec<(UnitToken, Receipt)> {
        Vec::new()
    }

    fn enrolment(&self) -> &Notify {
        &self.enrolment
    }
}

fn held_against_the_laws(mutant: Mutant) -> Result<(), BrokenLaw> {
    sink_suite(|logs| {
        let keys: Vec<VerifierKey> = logs.iter().map(|log| log.vkey().clone()).collect();
        let mirror = Mirror::new(0, &keys, mutant);
        let (token, key) = (mirror.token().clone(), mirror.verifier_key().clone());
        let units = logs.iter().map(SuiteLog::unit).cloned().collect();
        let (mirror, cursor) = (Mutex::new(mirror), Mutex::default());
        let sink = Arc::new(Simulated { units, mirror, cursor, enrolment: Notify::new() });
        SuiteSink { sink, token, mirror: key }
    })
}

#[test]
fn the_simulated_aggregator_keeps_the_laws_of_a_sink() {
    assert_eq!(held_against_the_laws(Mutant::None), Ok(()));
}

#[test]
fn a_sink_that_breaks_a_law_is_told_by_it() {
    for (mutant, word) in [
        (Mutant::SilentWhenEmpty, "nothing is held"),
        (Mutant::SilentWhenHeld, "counts as held"),
        (Mutant::TakesTwice, "counts as held"),
        (Mutant::TakesGaps, "a gap"),
    ] {
        let broken = held_against_the_laws(mutant).expect_err("a mutant");
        assert!(broken.law.contains(word), "{mutant:?}: {broken}");
    }
}
