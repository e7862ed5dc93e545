//! Entries that are mirrored and never count: what is said of them, and when.

use super::*;

#[test]
fn a_bad_entry_inside_a_sound_batch_is_mirrored_flagged_once_and_not_counted() {
    let mut trial = Trial::new();
    let mut node = trial.enrol(15097);
    node.answers(2);
    node.entries.push(b"{\"not\":  \"canonical\"}".to_vec());
    node.answer(4);
    let receipts = trial.receive(vec![node.whole()]);
    assert_eq!(receipts[0].status(), ReceiptStatus::Cosigned);
    assert_eq!(receipts[0].size(), Size::from(5));
    let flags = |trial: &Trial| {
        own_events(trial)
            .into_iter()
            .filter_map(|event| match event {
                Event::EntryFlagged(fact) => Some((fact.index, fact.reason)),
                _ => None,
            })
            .collect::<Vec<_>>()
    };
    assert_eq!(flags(&trial), [(3, "not_canonical".to_owned())]);
    let model = model(&trial);
    let unit = model.unit(&node.unit).expect("the unit is known");
    let answers: u64 = unit.surveys().values().map(danvan_projection::SurveyTally::answers).sum();
    assert_eq!((unit.size(), unit.counted(), answers), (5, 4, 3), "the bad entry is held and does not count");
    trial.restart();
    trial.settle();
    assert_eq!(flags(&trial), [(3, "not_canonical".to_owned())]);
}

#[test]
fn flags_that_a_crash_left_unsaid_are_stated_at_the_next_start() {
    let mut trial = Trial::new();
    let mut node = trial.enrol(15097);
    node.entries.push(b"[]".to_vec());
    trial.mirror().receive(vec![node.whole()]).expect("taken in");
    let flagged =
        |trial: &Trial| own_events(trial).iter().filter(|event| matches!(event, Event::EntryFlagged(_))).count();
    assert_eq!(flagged(&trial), 0);
    trial.restart();
    assert_eq!(flagged(&trial), 1);
}

#[test]
fn a_thousand_bad_entries_are_flagged_with_a_few_syncs() {
    let trial = Trial::new();
    let mut node = trial.enrol(15097);
    node.entries.extend((0..1_000).map(|_| b"[]".to_vec()));
    trial.mirror().receive(vec![node.whole()]).expect("taken in");
    trial.mirror().reading.wait_for(trial.mirror().ledger.size()).expect("the fold goes on");
    let groups = Arc::new(std::sync::atomic::AtomicU64::new(0));
    let counted = groups.clone();
    trial.mirror().ledger.on_durable(Box::new(move |_| {
        counted.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
    }));
    assert_eq!(trial.mirror().state_flags(&mut trial.mirror().desk()).expect("stated"), 1_000);
    let groups = groups.load(std::sync::atomic::Ordering::Relaxed);
    assert!(groups <= 10, "{groups} syncs");
}

#[test]
fn flags_that_the_disk_did_not_take_are_not_forgotten() {
    let trial = Trial::new();
    let mut node = trial.enrol(15097);
    node.entries.push(b"[]".to_vec());
    let mirror = trial.mirror();
    mirror.receive(vec![node.whole()]).expect("taken in");
    mirror.reading.wait_for(mirror.ledger.size()).expect("the fold goes on");
    mirror.ledger.clone().drain().expect("closed");
    for _ in 0..2 {
        mirror.state_flags(&mut mirror.desk()).expect_err("nothing is written any more");
    }
    let order =
        crate::closing::CloseOrder { period: "2024".parse().expect("a period"), excluded: Vec::new(), reason: None };
    let refused = mirror.close_period(&order).expect_err("not before the flags below it");
    assert!(matches!(refused, crate::course::CourseError::State(_)), "{refused}");
}
