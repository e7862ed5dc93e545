//! What a machine says of itself.

use std::time::Duration;

use danvan_daemon::UnixMillis;
use serde_json::{Value, json};

use super::{ClockWatch, SET_FROM_MS, follow_clock, mark_stopped, record_start, take_stopped};
use crate::first_look::Standing;
use crate::sync::VERSION;
use crate::testbed::{Bed, NOW, survey};

fn last(bed: &Bed) -> Value {
    serde_json::from_str(bed.entries().last().unwrap()).unwrap()
}

/// The machine is off for so many hours.
async fn started_after(bed: Bed, hours: i64, standing: Standing, stopped_in_order: bool) -> Bed {
    let bed = bed.restarted().await;
    bed.clock.advance(hours * 3_600_000);
    record_start(&bed.node.face.intake, standing, stopped_in_order).await;
    bed
}

#[tokio::test]
async fn the_first_start_of_a_day_is_in_the_log_with_what_was_there_before_and_counts_for_nothing() {
    let bed = Bed::new().await;
    bed.post(&survey(1, 5)).await;
    let bed = started_after(bed, 13, Standing::Latest, true).await;
    let first = last(&bed);
    assert_eq!(first["type"], "vn.danvan.node.started.v1");
    assert_eq!(first["data"], json!({ "clean": true, "size": 2, "version": VERSION }));
    assert_eq!((&first["subject"], &first["time"]), (&json!("unit/gso2024-15097"), &first["recordedtime"]));
    let bed = started_after(bed, 26, Standing::Latest, false).await;
    assert_eq!(last(&bed)["data"], json!({ "clean": false, "size": 3, "version": VERSION }), "the power failed");
    let seen = bed.node.face.intake.recorder.look(|unit| (unit.size(), unit.counted(), unit.flagged().len()));
    assert_eq!(seen, Some((4, 2, 0)), "the opening and the answer count");
}

#[tokio::test]
async fn a_machine_that_starts_again_and_again_fills_no_log() {
    let mut bed = Bed::new().await;
    for _ in 0..3 {
        bed = started_after(bed, 1, Standing::Latest, false).await;
    }
    assert_eq!(bed.entries().len(), 1);
}

#[tokio::test]
async fn a_node_that_nobody_confirmed_says_nothing_that_could_part_its_log_from_theirs() {
    let bed = started_after(Bed::new().await, 13, Standing::Unconfirmed, true).await;
    assert_eq!(bed.entries().len(), 1);
}

#[tokio::test]
async fn a_node_that_has_not_read_its_log_says_nothing() {
    let bed = Bed::starting().await;
    bed.clock.advance(13 * 3_600_000);
    record_start(&bed.node.face.intake, Standing::Latest, true).await;
    assert_eq!(bed.entries().len(), 1);
}

#[tokio::test]
async fn a_clock_is_not_followed_into_a_log_that_nobody_confirmed() {
    let bed = Bed::new().await;
    // It would look at the clock for ever.
    follow_clock(bed.node.face.intake.clone(), Standing::Unconfirmed).await;
    assert_eq!(bed.entries().len(), 1);
}

#[test]
fn the_mark_of_a_stop_in_order_is_taken_by_the_start_that_follows() {
    let dir = tempfile::tempdir().unwrap();
    assert!(!take_stopped(dir.path()).unwrap());
    mark_stopped(dir.path()).unwrap();
    assert!(take_stopped(dir.path()).unwrap());
    assert!(!take_stopped(dir.path()).unwrap(), "a crash from now on shows");
}

#[test]
fn a_clock_that_is_set_is_seen_once_and_one_that_is_nudged_is_not() {
    let (now, up) = (UnixMillis::new, Duration::from_millis);
    let mut watch = ClockWatch::new(now(NOW), up(5_000));
    assert_eq!(watch.set_by(now(NOW + 60_000), up(65_000)), None, "time goes by");
    assert_eq!(watch.set_by(now(NOW + 120_000 + SET_FROM_MS - 1), up(125_000)), None, "nudged");
    let set = watch.set_by(now(NOW + 3_600_000), up(185_000)).unwrap();
    assert_eq!(set, 3_600_000 - 180_000 - (SET_FROM_MS - 1));
    assert_eq!(watch.set_by(now(NOW + 3_660_000), up(245_000)), None, "told once");
    assert_eq!(watch.set_by(now(NOW), up(305_000)), Some(-3_720_000), "set back");
    assert_eq!(watch.set_by(now(NOW + 86_400_000), up(305_000 + 86_400_000)), None, "asleep for a day");
}
