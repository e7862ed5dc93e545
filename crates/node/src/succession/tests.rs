//! A node whose log is past repair goes on with everything that it can still read.

use std::fs;

use danvan_daemon::ClockKind;
use danvan_event::{Canon, Opening, Salt};
use danvan_ledger::Supplied;
use serde_json::{Value, json};

use super::*;
use crate::catch_up::catch_up;
use crate::first_look::Standing;
use crate::init::{InitOptions, settings_of};
use crate::testbed::{Bed, feedback, id, options, survey};

/// Flips a bit inside the entry of this id, wherever it lies in the only segment of the log.
fn damage(dir: &Path, id: &str) {
    let file = dir.join("ledger/0000000000.segment");
    let mut bytes = fs::read(&file).unwrap();
    let at = bytes.windows(id.len()).position(|window| window == id.as_bytes()).unwrap();
    bytes[at] ^= 1;
    fs::write(file, bytes).unwrap();
}

fn give_up(dir: &Path) -> (Succession, VerifierKey) {
    let mut attachments = |_, _: &[u8], _: Option<Vec<u8>>| Supplied::NotNeeded;
    let sources = RepairSources { mirrors: vec![], attachments: &mut attachments };
    succeed(dir, &current_log(dir).unwrap(), sources, RepairOptions::default()).unwrap()
}

fn start(bed: &Bed) {
    catch_up(&bed.node.face.intake, bed.dir.path(), Standing::Latest).unwrap();
    bed.node.face.intake.gate.open();
}

fn has_opening(bed: &Bed, number: u8) -> bool {
    bed.dir.path().join(format!("vault/{}.json", id(number))).exists()
}

fn erasure(number: u8, of: u8) -> Value {
    json!({
        "specversion": "1.0", "type": "vn.danvan.privacy.erased.v1", "id": id(number), "time": "2026-11-24T02:59:00Z",
        "data": { "event_ids": [id(of)], "reason": "requested" },
    })
}

fn answered(number: u8, of: u8) -> Value {
    json!({
        "specversion": "1.0", "type": "vn.danvan.feedback.responded.v1", "id": id(number), "time": "2026-11-24T02:59:00Z",
        "subject": format!("feedback/{}", id(of)), "data": { "outcome": "resolved", "reply": "Đã xử lý." },
    })
}

/// Forms 1 to 7 in the log; then the entry of form 5 is lost, and the log is given up.
async fn gone_on() -> (Bed, Succession) {
    let bed = Bed::new().await;
    let forms =
        [feedback(1, "giữ lại"), survey(2, 5), feedback(3, "xoá đi"), erasure(4, 3), survey(5, 5), survey(6, 4)];
    let staff = bed.role_token("staff");
    for form in forms.into_iter().chain([feedback(7, "mang sang")]) {
        let token = if form["type"] == "vn.danvan.privacy.erased.v1" { &staff } else { &bed.token };
        let answer = bed.post_as(token, "application/json", form.to_string()).await;
        assert_eq!(answer.status, 201, "{}", answer.text);
    }
    let mut succession = None;
    let bed = bed
        .reopened_after(|dir| {
            damage(dir, &id(5));
            let (given_up, vkey) = give_up(dir);
            assert_eq!(vkey.name().origin(), given_up.successor);
            assert_eq!(current_log(dir).unwrap().vkey, vkey);
            succession = Some(given_up);
        })
        .await;
    (bed, succession.unwrap())
}

#[tokio::test]
async fn a_form_of_the_log_before_is_a_duplicate_and_never_a_second_entry() {
    let (bed, succession) = gone_on().await;
    assert_eq!((succession.size.get(), succession.carried, succession.lost), (5, 2, 1));
    start(&bed);
    assert_eq!(bed.entries().len(), 4);
    let opened: Value = serde_json::from_str(&bed.entries()[0]).unwrap();
    assert_eq!(opened["data"]["previous"]["size"], 5);
    let known = [(feedback(1, "giữ lại"), 1, None), (survey(2, 5), 2, None), (survey(6, 4), 1, Some(2))];
    for (form, index, incarnation) in known {
        let answer = bed.post(&form).await;
        let said = answer.json();
        assert_eq!((answer.status, said["duplicate"].as_bool()), (200, Some(true)), "{said}");
        assert_eq!((said["index"].as_u64(), said["incarnation"].as_u64()), (Some(index), incarnation), "{said}");
    }
    assert_eq!(bed.post(&survey(2, 1)).await.status, 409, "other content under the id of the log before");
    assert_eq!(bed.entries().len(), 4);
    // What was lost is taken in when it comes again.
    assert_eq!(bed.post(&survey(5, 5)).await.json()["index"], 4);
    assert_eq!(bed.node.failure.reason(), None);
}

#[tokio::test]
async fn what_is_lost_stands_in_the_log_that_goes_on_behind_what_was_carried_on() {
    let (bed, succession) = gone_on().await;
    let [carried, gap] = [2, 3].map(|index: usize| serde_json::from_str::<Value>(&bed.entries()[index]).unwrap());
    assert_eq!(gap["type"], "vn.danvan.node.gap_detected.v1");
    let lost = json!({ "origin": succession.origin.as_str(), "start": 5, "end": 6, "repaired": false });
    assert_eq!((&gap["data"], &gap["synthetic"]), (&lost, &Value::Null));
    assert_eq!(gap["source"], carried["source"]);
    assert!(gap["recordedtime"].as_str() >= carried["recordedtime"].as_str(), "{gap}, {carried}");
    start(&bed);
    let open =
        |unit: &danvan_projection::UnitModel| unit.open_gaps().map(|gap| (gap.start, gap.end)).collect::<Vec<_>>();
    assert_eq!(bed.node.face.intake.recorder.look(open), Some(vec![(5, 6)]));
}

#[test]
fn the_gap_in_a_log_of_a_demonstration_is_marked_as_made_up() {
    let settings = settings_of(&InitOptions { clock: ClockKind::Simulated, ..options() });
    let lost = IndexRange::new(5_u32.into(), 6_u32.into()).unwrap();
    let origin = "test.danvan.demo/u/gso2024-15097".parse().unwrap();
    let in_front = "2026-11-24T02:59:00.000Z".parse().unwrap();
    let record = gap_record(&settings, (&origin, lost), Some(in_front), &SystemClock).unwrap();
    let gap: Value = serde_json::from_slice(&record.entry).unwrap();
    assert_eq!((&gap["synthetic"], &gap["recordedtime"]), (&json!(true), &json!("2026-11-24T02:59:00.000Z")));
}

#[tokio::test]
async fn the_rules_speak_of_all_lives_of_the_log() {
    let (bed, _) = gone_on().await;
    start(&bed);
    let answer = bed.post(&answered(8, 1)).await;
    assert_eq!(answer.status, 201, "{}", answer.text);
    assert_eq!(bed.post(&answered(9, 7)).await.status, 201);
    let unknown = bed.post(&answered(10, 99)).await;
    assert_eq!(unknown.status, 422, "{}", unknown.text);
    let bed = bed.restarted().await;
    assert_eq!(bed.post(&answered(8, 1)).await.status, 200);
}

#[tokio::test]
async fn openings_of_the_log_before_stay_and_what_was_erased_there_stays_erased() {
    let (bed, _) = gone_on().await;
    let value = Canon::from("trở lại từ bản sao");
    let opening = Opening { pointer: "/data/text".into(), salt: Salt::new([1; 16]), name: "text".into(), value };
    bed.node.face.intake.vault.keep(id(3).parse().unwrap(), vec![opening]).unwrap();
    start(&bed);
    assert_eq!([1, 3, 7].map(|number| has_opening(&bed, number)), [true, false, true]);
    let again = bed.restarted().await;
    assert_eq!([1, 3, 7].map(|number| has_opening(&again, number)), [true, false, true]);
}

#[tokio::test]
async fn the_keys_of_all_lives_are_computed_anew_when_the_state_is_deleted() {
    let (bed, _) = gone_on().await;
    start(&bed);
    let bed = bed.reopened_after(|dir| fs::remove_dir_all(dir.join("state")).unwrap()).await;
    start(&bed);
    for form in [feedback(1, "giữ lại"), survey(2, 5), survey(6, 4), feedback(7, "mang sang")] {
        assert_eq!(bed.post(&form).await.status, 200);
    }
}

#[tokio::test]
async fn a_log_can_be_given_up_more_than_once() {
    let (bed, _) = gone_on().await;
    start(&bed);
    assert_eq!(bed.post(&survey(8, 5)).await.status, 201);
    assert_eq!(bed.post(&survey(9, 5)).await.status, 201);
    let bed = bed
        .reopened_after(|dir| {
            damage(dir, &id(8));
            let (given_up, _) = give_up(dir);
            assert_eq!((given_up.successor.incarnation(), given_up.lost, given_up.carried), (3, 1, 1));
        })
        .await;
    start(&bed);
    assert_eq!(bed.entries().len(), 3);
    for (form, status) in [(survey(2, 5), 200), (survey(6, 4), 200), (survey(8, 5), 201), (survey(9, 5), 200)] {
        assert_eq!(bed.post(&form).await.status, status, "{form}");
    }
}

#[tokio::test]
async fn a_sound_log_is_not_given_up() {
    let bed = Bed::new().await;
    assert_eq!(bed.post(&survey(1, 5)).await.status, 201);
    bed.reopened_after(|dir| {
        let mut attachments = |_, _: &[u8], _: Option<Vec<u8>>| Supplied::NotNeeded;
        let sources = RepairSources { mirrors: vec![], attachments: &mut attachments };
        let refused = succeed(dir, &current_log(dir).unwrap(), sources, RepairOptions::default());
        assert!(matches!(refused, Err(SuccessionError::Ledger(SucceedError::NotNeeded))), "{refused:?}");
    })
    .await;
}
