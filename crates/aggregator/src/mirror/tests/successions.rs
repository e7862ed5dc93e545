//! A log that ended, past repair, and the one that goes on for it.

use danvan_tlog::Index;

use super::*;
use crate::web::UnitLogs;

/// A node whose first seven entries are held, its ninth is the last, and whose log ended at seven.
fn gone_on(trial: &Trial) -> (TestNode, TestNode) {
    let mut old = trial.enrol(15097);
    old.answers(8);
    assert_eq!(trial.receive(vec![old.message(0, 7)])[0].status(), ReceiptStatus::Cosigned);
    let mut new = old.succeed(7);
    new.answers(2);
    trial.mirror().enrol(&new.unit, new.key.verifier_key()).expect("the next log is enrolled");
    (old, new)
}

fn statuses(trial: &Trial, batches: Vec<Received>) -> Vec<u16> {
    trial.receive(batches).iter().map(|receipt| receipt.status().code()).collect()
}

fn answers(trial: &Trial, node: &TestNode) -> u64 {
    model(trial)
        .unit(&node.unit)
        .expect("the unit")
        .surveys()
        .values()
        .map(danvan_projection::SurveyTally::answers)
        .sum()
}

#[test]
fn both_lives_of_a_log_are_held_and_count_together() {
    let mut trial = Trial::new();
    let (old, new) = gone_on(&trial);
    assert_eq!(statuses(&trial, vec![new.whole()]), [200]);
    assert_eq!(answers(&trial, &new), 10, "six of the old log, two that went on, two new ones");
    let before = model(&trial);
    assert!(before.unit(&new.unit).expect("the unit").flagged().is_empty());
    trial.restart();
    assert_eq!(model(&trial).units().collect::<Vec<_>>(), before.units().collect::<Vec<_>>());
    assert_eq!(
        statuses(&trial, vec![old.message(2, 5), old.message(0, 7)]),
        [200, 200],
        "what is held is answered for"
    );
}

#[test]
fn a_log_that_ended_takes_nothing_more_in() {
    let mut trial = Trial::new();
    let (old, new) = gone_on(&trial);
    // The spool may hold both, in any order.
    assert_eq!(statuses(&trial, vec![new.message(0, 2), old.message(7, 9), new.message(2, 5)]), [200, 404, 200]);
    trial.restart();
    assert_eq!(statuses(&trial, vec![old.message(7, 9), old.message(8, 9), old.message(3, 9)]), [404, 404, 404]);
    assert_eq!(trial.mirror().desk().roll.get(&old.key.origin()).expect("a member").state.size(), Size::from(7));
    let told = trial.mirror().receipts_to_republish();
    let origins: Vec<_> = told.iter().map(|(_, receipt)| receipt.origin().clone()).collect();
    assert_eq!(origins, [new.key.origin()], "the receipts of one unit share a subject");
}

#[test]
fn what_an_aggregator_held_beyond_the_end_counts_once() {
    let trial = Trial::new();
    let (old, new) = gone_on(&trial);
    assert_eq!(statuses(&trial, vec![old.message(7, 9), new.whole()]), [200, 200]);
    assert_eq!(answers(&trial, &new), 10);
    let flagged: Vec<_> = model(&trial).unit(&new.unit).expect("the unit").flagged().keys().copied().collect();
    assert_eq!(
        flagged.iter().map(|at| (at.incarnation(), at.index_in_incarnation())).collect::<Vec<_>>(),
        [(2, 1), (2, 2)]
    );
    let stated = own_events(&trial).into_iter().filter_map(|event| match event {
        Event::EntryFlagged(flag) => Some((flag.origin, flag.index)),
        _ => None,
    });
    let origin = new.key.origin().to_string();
    assert_eq!(stated.collect::<Vec<_>>(), [(origin.clone(), 1), (origin, 2)]);
}

#[test]
fn nobody_but_its_next_life_ends_a_log() {
    let trial = Trial::new();
    let mut old = trial.enrol(15097);
    old.answers(3);
    let mut other = trial.enrol(15061);
    let previous =
        serde_json::json!({ "origin": old.key.origin(), "size": 1, "root": danvan_tlog::leaf_hash(b"").to_string() });
    let opened = serde_json::json!({
        "origin": other.key.origin(), "vkey": other.key.verifier_key().to_string(), "clock": "simulated", "previous": previous,
    });
    other.entries.clear();
    other.say("node.opened.v1", "log/x", false, opened);
    assert_eq!(statuses(&trial, vec![other.whole(), old.whole()]), [200, 200]);
}

#[test]
fn an_entry_of_each_life_is_found_by_its_number() {
    let trial = Trial::new();
    let (old, new) = gone_on(&trial);
    trial.receive(vec![new.whole()]);
    let logs = UnitLogs::of(model(&trial).registry(), &new.unit).expect("its logs");
    assert_eq!(logs.incarnations(), [old.key.origin(), new.key.origin()]);
    let number = |incarnation, index| {
        Index::new(danvan_projection::Evidence::in_incarnation(incarnation, index).index()).expect("an index")
    };
    let archive = &trial.mirror().archive;
    let wanted = [number(1, 6), number(1, 7), number(2, 0), number(2, 4), number(3, 0)];
    let found = logs.entries(archive, &wanted).expect("reads");
    let found: Vec<_> = found.into_iter().map(|found| (found.index, found.bytes)).collect();
    let entry = |node: &TestNode, at: usize| node.entries[at].clone();
    assert_eq!(found, [(wanted[0], entry(&old, 6)), (wanted[2], entry(&new, 0)), (wanted[3], entry(&new, 4))]);
    assert!(logs.holds(archive, wanted[3]) && !logs.holds(archive, wanted[1]));
}
