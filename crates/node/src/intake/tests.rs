//! One event once, whatever is repeated, concurrent or cut off; personal words nowhere but in the vault.

use std::fs;
use std::io::{Read as _, Seek as _};
use std::sync::Arc;

use danvan_event::{Canon, EventId, Opening, Salt};

use crate::testbed::{Bed, feedback, id, survey};

mod erasing;
mod rules;

const WORDS: &str = "Ông Tư ở thôn Ba làm ngơ";

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn concurrent_requests_for_one_id_share_one_outcome() {
    let bed = Arc::new(Bed::new().await);
    let tasks: Vec<_> = (0..40)
        .map(|number| {
            let bed = bed.clone();
            // Two contents race for one id; each is sent twenty times.
            tokio::spawn(async move { (number % 2, bed.post(&survey(1, 4 + number % 2)).await) })
        })
        .collect();
    let mut answers = Vec::new();
    for task in tasks {
        answers.push(task.await.unwrap());
    }
    let created: Vec<_> = answers.iter().filter(|(_, answer)| answer.status == 201).collect();
    assert_eq!(created.len(), 1);
    let winner = created[0].0;
    for (content, answer) in &answers {
        let fine = if *content == winner { [200, 201].contains(&answer.status) } else { answer.status == 409 };
        assert!(fine, "{content}: {} {}", answer.status, answer.text);
    }
    assert_eq!(bed.entries().len(), 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn many_writers_get_one_place_each() {
    let bed = Arc::new(Bed::new().await);
    let tasks: Vec<_> = (1..=64)
        .map(|number| {
            let bed = bed.clone();
            tokio::spawn(async move { bed.post(&survey(number, 5)).await })
        })
        .collect();
    let mut places = Vec::new();
    for task in tasks {
        let answer = task.await.unwrap();
        assert_eq!(answer.status, 201, "{}", answer.text);
        places.push(answer.json()["index"].as_u64().unwrap());
    }
    places.sort_unstable();
    assert_eq!(places, (1..=64).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_restart_remembers_every_id_and_rule() {
    let bed = Bed::new().await;
    assert_eq!(bed.post(&survey(1, 5)).await.status, 201);
    assert_eq!(bed.post(&feedback(2, WORDS)).await.status, 201);
    let bed = bed.restarted().await;
    assert_eq!(bed.post(&survey(1, 5)).await.status, 200);
    assert_eq!(bed.post(&survey(1, 4)).await.status, 409);
    let again = bed.post(&feedback(2, WORDS)).await;
    assert_eq!((again.status, again.json()["index"].as_u64()), (200, Some(2)));
    assert_eq!(bed.post(&feedback(2, "Lời khác")).await.status, 409);
    fs::remove_dir_all(bed.dir.path().join("state")).unwrap();
    let bed = bed.restarted().await;
    assert_eq!(bed.post(&survey(1, 5)).await.status, 200);
    assert_eq!(bed.entries().len(), 3);
}

#[tokio::test]
async fn a_crash_between_vault_and_log_leaves_no_opening() {
    let bed = Bed::new().await;
    assert_eq!(bed.post(&feedback(1, WORDS)).await.status, 201);
    let orphan: EventId = id(2).parse().unwrap();
    let opening = Opening {
        pointer: "/data/text".into(),
        salt: Salt::new([1; 16]),
        name: "text".into(),
        value: Canon::from(WORDS),
    };
    bed.node.face.intake.vault.keep(orphan, vec![opening]).unwrap();
    let vault = bed.dir.path().join("vault");
    assert_eq!(fs::read_dir(&vault).unwrap().count(), 2);
    let bed = bed.restarted().await;
    let left: Vec<_> =
        fs::read_dir(&vault).unwrap().map(|item| item.unwrap().file_name().into_string().unwrap()).collect();
    assert_eq!(left, [format!("{}.json", id(1))]);
    assert_eq!(bed.node.face.intake.metrics.orphans.get(), 1);
}

#[tokio::test]
async fn a_refused_form_leaves_nothing_in_the_vault() {
    let bed = Bed::new().await;
    let mut form = feedback(1, WORDS);
    form["time"] = "2027-01-01T00:00:00Z".into();
    assert_eq!(bed.post(&form).await.status, 422);
    assert_eq!(fs::read_dir(bed.dir.path().join("vault")).unwrap().count(), 0);
}

#[tokio::test]
async fn personal_words_are_in_the_vault_and_nowhere_else() {
    let file = Arc::new(tempfile::tempfile().unwrap());
    // For the whole process: a subscriber of this task alone would not hear what is recorded on other threads.
    let everything = tracing_subscriber::fmt().with_max_level(tracing::Level::TRACE).with_writer(Arc::clone(&file));
    tracing::subscriber::set_global_default(everything.finish()).unwrap();
    let bed = Bed::new().await;
    assert_eq!(bed.post(&feedback(1, WORDS)).await.status, 201);
    assert_eq!(bed.post(&feedback(1, WORDS)).await.status, 200);
    assert_eq!(bed.post(&feedback(1, "0987 654 321")).await.status, 409);
    let mut wrong = feedback(2, WORDS);
    wrong["data"]["kind"] = "gossip".into();
    let refused = bed.post(&wrong).await;
    assert_eq!(refused.status, 422);
    assert!(!refused.text.contains("Tư"), "{}", refused.text);
    let vault = fs::read_to_string(bed.dir.path().join(format!("vault/{}.json", id(1)))).unwrap();
    assert!(vault.contains(WORDS) && vault.contains("0912 345 678"));
    let metrics = bed.get("/metrics").await.text;
    let mut traced = String::new();
    file.as_ref().rewind().and_then(|()| file.as_ref().read_to_string(&mut traced)).unwrap();
    assert!(traced.contains("a form was refused"), "nothing was traced: {traced}");
    for place in bed.entries().into_iter().chain([metrics, traced]) {
        for secret in ["thôn Ba", "làm ngơ", "0912", "0987"] {
            assert!(!place.contains(secret), "{secret}: {place}");
        }
    }
}
