//! The start of intake over logs and states that are not as they should be.

use std::fs;

use danvan_event::{Canon, EventId, Opening, Salt};
use danvan_ledger::Record;
use danvan_state::Row;
use danvan_tlog::Index;

use super::*;
use crate::intake_keys::row;
use crate::testbed::{Bed, feedback, id, survey};

fn event_id(number: u8) -> EventId {
    id(number).parse().unwrap()
}

/// An entry that has an id and nothing else: no reader of today takes it for an event.
fn bare(id: EventId) -> Record {
    Record::new(format!(r#"{{"id":"{id}"}}"#).into_bytes())
}

fn keep_opening(bed: &Bed, number: u8) {
    let value = Canon::from("lời của dân");
    let opening = Opening { pointer: "/data/text".into(), salt: Salt::new([1; 16]), name: "text".into(), value };
    bed.node.face.intake.vault.keep(event_id(number), vec![opening]).unwrap();
}

fn has_opening(bed: &Bed, number: u8) -> bool {
    bed.dir.path().join(format!("vault/{}.json", id(number))).exists()
}

fn start(bed: &Bed) {
    catch_up(&bed.node.face.intake, bed.dir.path(), Standing::Latest).unwrap();
    bed.node.face.intake.gate.open();
}

/// Where the intake keys say that an event stands.
fn place(bed: &Bed, id: EventId) -> Option<u64> {
    bed.node.face.intake.keys.find(id).unwrap().map(|place| place.index.get())
}

fn rebuilds(bed: &Bed, reason: QuarantineReason) -> u64 {
    bed.node.face.intake.metrics.state_rebuilds.with_label_values(&[reason.as_str()]).get()
}

/// Writes into the intake keys behind the back of the node that `bed` will be again.
async fn with_rows(bed: Bed, rows: Vec<Row>) -> Bed {
    let version = format!("{KEYS_VERSION} of {}", bed.node.ledger.origin().as_str());
    let change = |dir: &Path| {
        let (table, opened) = Table::open(&dir.join("state"), &version).unwrap();
        assert!(matches!(opened, Opened::Loaded { .. }), "{opened:?}");
        table.apply(table.cursor(), rows).unwrap();
    };
    bed.reopened_after(change).await
}

#[tokio::test]
async fn an_entry_that_cannot_be_read_keeps_its_opening_and_its_id() {
    let bed = Bed::starting().await;
    bed.node.ledger.append(bare(event_id(1))).unwrap();
    keep_opening(&bed, 1);
    keep_opening(&bed, 2);
    start(&bed);
    assert!(has_opening(&bed, 1), "the words of a citizen were destroyed");
    assert!(!has_opening(&bed, 2));
    assert_eq!(place(&bed, event_id(1)), Some(1));
    assert_eq!(bed.post(&feedback(1, "lời của dân")).await.status, 409);
    assert_eq!((bed.entries().len(), bed.node.failure.reason()), (2, None));
}

#[tokio::test]
async fn while_an_id_cannot_be_read_no_opening_is_destroyed() {
    let bed = Bed::starting().await;
    bed.node.ledger.append(Record::new(b"\xff no entry".to_vec())).unwrap();
    keep_opening(&bed, 1);
    start(&bed);
    assert!(has_opening(&bed, 1));
    assert_eq!(bed.node.face.intake.metrics.orphans.get(), 0);
    assert_eq!(bed.post(&survey(2, 5)).await.status, 201);
}

#[tokio::test]
async fn while_others_may_hold_more_of_the_log_no_opening_is_destroyed() {
    let bed = Bed::starting().await;
    keep_opening(&bed, 1);
    catch_up(&bed.node.face.intake, bed.dir.path(), Standing::Unconfirmed).unwrap();
    bed.node.face.intake.gate.open();
    assert!(has_opening(&bed, 1), "the words of an entry that may come back were destroyed");
    assert_eq!(bed.post(&survey(2, 5)).await.status, 201);
}

#[tokio::test]
async fn a_row_that_the_log_does_not_know_is_noticed_and_refuses_nobody() {
    let bed = Bed::new().await;
    assert_eq!(bed.post(&survey(1, 5)).await.status, 201);
    let bed = bed.restarted().await;
    assert_eq!(rebuilds(&bed, QuarantineReason::Stale), 0);

    let bed = with_rows(bed, vec![row(event_id(9), Index::new(1).unwrap())]).await;
    start(&bed);
    assert_eq!(rebuilds(&bed, QuarantineReason::Stale), 1);
    let answer = bed.post(&survey(9, 5)).await;
    assert_eq!(answer.status, 201, "{}", answer.text);
    assert_eq!(bed.post(&survey(1, 5)).await.status, 200);
    let metrics = bed.get("/metrics").await.text;
    assert!(metrics.contains(r#"danvan_node_state_rebuilds_total{reason="stale"} 1"#), "{metrics}");
}

#[tokio::test]
async fn missing_and_wrong_rows_are_mended_in_place() {
    let bed = Bed::new().await;
    for number in 1..=3 {
        assert_eq!(bed.post(&survey(number, 5)).await.status, 201);
    }
    let bed = bed.restarted().await;
    let wrong = |number| row(event_id(number), Index::new(3).unwrap());
    let bed = with_rows(bed, vec![wrong(1), Row::remove(event_id(2).as_bytes().as_slice())]).await;
    start(&bed);
    for number in 1..=3 {
        assert_eq!(place(&bed, event_id(number)), Some(number.into()));
        assert_eq!(bed.post(&survey(number, 5)).await.status, 200);
    }
    assert_eq!(rebuilds(&bed, QuarantineReason::Stale), 0);
}

#[tokio::test]
async fn of_two_entries_with_one_id_the_first_counts_at_every_start() {
    let mut bed = Bed::starting().await;
    for number in [1, 2, 1] {
        bed.node.ledger.append(bare(event_id(number))).unwrap();
    }
    for _ in 0..2 {
        start(&bed);
        assert_eq!((place(&bed, event_id(1)), place(&bed, event_id(2))), (Some(1), Some(2)));
        assert_eq!(rebuilds(&bed, QuarantineReason::Stale), 0);
        bed = bed.reopened().await;
    }
}

#[tokio::test]
async fn the_keys_of_a_long_log_are_computed_anew_when_the_state_is_deleted() {
    let bed = Bed::starting().await;
    let many = |number: u64| EventId::from_parts(number, [5; 10]);
    let records = (1..=10_000).map(|number| bare(many(number))).collect();
    assert!(bed.node.ledger.append_all(records).iter().all(Result::is_ok));
    start(&bed);
    let bed = bed.reopened_after(|dir| fs::remove_dir_all(dir.join("state")).unwrap()).await;
    start(&bed);
    for number in [1, 4_095, 4_096, 4_097, 9_999, 10_000] {
        assert_eq!(place(&bed, many(number)), Some(number));
    }
}

#[tokio::test]
async fn a_start_that_drains_opens_no_gate_and_is_no_failure() {
    let bed = Bed::starting().await;
    bed.drain.cancel();
    let drained = catch_up(&bed.node.face.intake, bed.dir.path(), Standing::Latest);
    assert!(matches!(drained, Err(CatchUpError::Fold(FoldError::Drained))), "{drained:?}");
    assert!(!bed.node.face.intake.gate.is_open());
}

#[tokio::test]
async fn damaged_keys_are_counted_by_reason_and_refuse_forms_until_they_are_checked() {
    let bed = Bed::new().await;
    assert_eq!(bed.post(&survey(1, 5)).await.status, 201);
    let bed = bed.restarted().await;
    let mut emptied = 0;
    let bed = bed
        .reopened_after(|dir| {
            for live in fs::read_dir(dir.join("state")).unwrap() {
                let database = live.unwrap().path().join("db");
                if database.exists() {
                    fs::write(database, b"").unwrap();
                    emptied += 1;
                }
            }
        })
        .await;
    assert_eq!(emptied, 1);
    for form in [survey(1, 5), survey(2, 5)] {
        let early = bed.post(&form).await;
        assert_eq!((early.status, early.json()["type"].as_str()), (503, Some("urn:danvan:problem:starting")));
    }
    start(&bed);
    assert_eq!(bed.post(&survey(1, 5)).await.status, 200);
    assert_eq!(bed.post(&survey(2, 5)).await.status, 201);
    let metrics = bed.get("/metrics").await.text;
    let rebuilt: Vec<_> =
        metrics.lines().filter_map(|line| line.strip_prefix("danvan_node_state_rebuilds_total")).collect();
    // Which of the two depends on whether sled had taken a snapshot.
    let expected = [r#"{reason="emptied"} 1"#, r#"{reason="unreadable"} 1"#];
    assert!(rebuilt.len() == 1 && expected.contains(&rebuilt[0]), "{rebuilt:?}");
}
