//! An erasure: what was said is gone from the disk, that it was said stays in the log, and nothing brings it back.

use std::fs;
use std::path::{Path, PathBuf};

use danvan_event::{EventId, Form, FormLimits, Salt, Source, Timestamp};
use danvan_ledger::Record;
use danvan_tlog::Size;
use serde_json::{Value, json};

use super::WORDS;
use crate::testbed::{Answer, Bed, NOW, UNIT, feedback, id, survey};

fn erasure(number: u8, erased: &[u8]) -> Value {
    let event_ids: Vec<_> = erased.iter().map(|number| id(*number)).collect();
    json!({
        "specversion": "1.0", "type": "vn.danvan.privacy.erased.v1", "id": id(number),
        "data": { "event_ids": event_ids, "reason": "requested" },
    })
}

async fn erase(bed: &Bed, form: &Value) -> Answer {
    bed.post_as(&bed.role_token("staff"), "application/json", form.to_string()).await
}

/// The files below a directory that contain the words of the citizen.
fn holding(directory: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for item in fs::read_dir(directory).unwrap() {
        let path = item.unwrap().path();
        if path.is_dir() {
            found.extend(holding(&path));
        } else {
            let bytes = fs::read(&path).unwrap();
            let secrets = [WORDS, "0912 345 678"].map(str::as_bytes);
            if secrets.iter().any(|secret| bytes.windows(secret.len()).any(|window| window == *secret)) {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

fn vault_file(bed: &Bed, number: u8) -> PathBuf {
    bed.dir.path().join(format!("vault/{}.json", id(number)))
}

#[tokio::test]
async fn what_a_citizen_said_is_nowhere_on_the_disk_and_the_roots_stay() {
    let bed = Bed::new().await;
    assert_eq!(bed.post(&feedback(1, WORDS)).await.status, 201);
    assert_eq!(bed.post(&feedback(2, "Đèn đường hỏng")).await.status, 201);
    assert_eq!(holding(bed.dir.path()), [vault_file(&bed, 1), vault_file(&bed, 2)]);
    let entries = bed.entries();
    let root = bed.node.ledger.checkpoint_at(Size::from(3)).unwrap().root();

    let answer = erase(&bed, &erasure(3, &[1, 2])).await;
    assert_eq!(answer.status, 201, "{}", answer.text);
    assert_eq!(holding(bed.dir.path()), Vec::<PathBuf>::new());
    assert!(!vault_file(&bed, 1).exists() && !vault_file(&bed, 2).exists());
    assert_eq!(bed.entries()[..3], entries);
    assert_eq!(bed.node.ledger.checkpoint_at(Size::from(3)).unwrap().root(), root);

    // Sent again it destroys again, whoever interrupted the first time.
    fs::write(vault_file(&bed, 1), WORDS).unwrap();
    let again = erase(&bed, &erasure(3, &[1, 2])).await;
    assert!(!vault_file(&bed, 1).exists());
    assert_eq!((again.status, again.json()["duplicate"].as_bool()), (200, Some(true)));
    assert_eq!(erase(&bed, &erasure(3, &[1])).await.status, 409);
    // What it said cannot be compared any more, and is not taken in a second time.
    assert_eq!(bed.post(&feedback(1, WORDS)).await.status, 409);
    assert_eq!((holding(bed.dir.path()), bed.entries().len()), (Vec::new(), 4));
}

#[tokio::test]
async fn an_old_copy_of_the_vault_is_destroyed_again_at_the_start() {
    let bed = Bed::new().await;
    assert_eq!(bed.post(&feedback(1, WORDS)).await.status, 201);
    assert_eq!(bed.post(&feedback(2, WORDS)).await.status, 201);
    let (file, kept) = (vault_file(&bed, 1), vault_file(&bed, 2));
    let copy = fs::read(&file).unwrap();
    assert_eq!(erase(&bed, &erasure(3, &[1])).await.status, 201);
    let mut bed = bed;
    for _ in 0..2 {
        fs::write(&file, &copy).unwrap();
        bed = bed.restarted().await;
        assert!(!file.exists());
    }
    assert_eq!(holding(bed.dir.path()), [kept]);
    assert_eq!(bed.node.face.intake.metrics.orphans.get(), 0, "an erased event has an entry");
}

#[tokio::test]
async fn a_crash_between_the_log_and_the_vault_is_made_up_for_at_the_start() {
    let bed = Bed::new().await;
    assert_eq!(bed.post(&feedback(1, WORDS)).await.status, 201);
    let limits = FormLimits { max_bytes: 1 << 16, latest_time: None };
    let form = Form::parse(erasure(2, &[1]).to_string().as_bytes(), limits).unwrap();
    let now = Timestamp::from_millis(NOW).unwrap();
    let source = Source::Unit(UNIT.parse().unwrap());
    let (entry, _) = form.into_entry(&source, now, &mut || Salt::new([0; 16])).unwrap();
    bed.node.ledger.append(Record::new(entry.into_bytes())).unwrap();
    assert!(vault_file(&bed, 1).exists());
    let bed = bed.restarted().await;
    assert_eq!(holding(bed.dir.path()), Vec::<PathBuf>::new());
    // The client that heard nothing sends it again.
    assert_eq!(erase(&bed, &erasure(2, &[1])).await.status, 200);
    assert_eq!(bed.entries().len(), 3);
}

#[tokio::test]
async fn what_the_log_does_not_know_is_named_and_nothing_is_erased() {
    let bed = Bed::new().await;
    assert_eq!(bed.post(&feedback(1, WORDS)).await.status, 201);
    let answer = erase(&bed, &erasure(3, &[9, 1, 3])).await;
    assert_eq!(answer.status, 422, "{}", answer.text);
    let problem = answer.json();
    let errors = problem["errors"].as_array().unwrap();
    let fields: Vec<_> = errors.iter().map(|error| error["field"].as_str().unwrap()).collect();
    assert_eq!(fields, ["/data/event_ids/0", "/data/event_ids/2"]);
    assert!(
        errors.iter().all(|error| error["code"] == "domain.unknown_entry" && error["vi"] != error["en"]),
        "{problem}"
    );
    assert!(vault_file(&bed, 1).exists());
    assert_eq!(bed.entries().len(), 2);
}

#[tokio::test]
async fn only_an_official_erases() {
    let bed = Bed::new().await;
    assert_eq!(bed.post(&survey(1, 5)).await.status, 201);
    for role in ["import", "board"] {
        let answer = bed.post_as(&bed.role_token(role), "application/json", erasure(2, &[1]).to_string()).await;
        assert_eq!((answer.status, answer.json()["errors"][0]["field"].as_str()), (403, Some("/type")), "{role}");
    }
    assert_eq!(erase(&bed, &erasure(2, &[1])).await.status, 201, "an event that had nothing personal");
}

#[tokio::test]
async fn a_vault_that_cannot_be_changed_is_no_success() {
    let bed = Bed::new().await;
    assert_eq!(bed.post(&feedback(1, WORDS)).await.status, 201);
    // A directory in the place of the file: it cannot be unlinked as one.
    let file = vault_file(&bed, 1);
    let copy = fs::read(&file).unwrap();
    fs::remove_file(&file).unwrap();
    fs::create_dir(&file).unwrap();
    let answer = erase(&bed, &erasure(2, &[1])).await;
    assert_eq!(answer.status, 503, "{}", answer.text);
    assert!(bed.node.failure.reason().is_some());
    fs::remove_dir(&file).unwrap();
    fs::write(&file, copy).unwrap();
    let bed = bed.restarted().await;
    assert_eq!(holding(bed.dir.path()), Vec::<PathBuf>::new());
    let known: EventId = id(2).parse().unwrap();
    assert!(bed.node.face.intake.find(known).unwrap().is_some());
}
