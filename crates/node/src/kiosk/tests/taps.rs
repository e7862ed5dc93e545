//! One page, many taps.

use std::fs;
use std::pin::Pin;
use std::task::{Context, Waker};

use futures_util::future::join_all;

use super::hidden;
use crate::kiosk::pending::Tap;
use crate::testbed::Bed;

/// The tap that lies on the disk.
fn on_disk(bed: &Bed, id: &str) -> Tap {
    let dir = bed.dir.path().join("pending");
    let names: Vec<_> = fs::read_dir(&dir).unwrap().map(|item| item.unwrap().file_name()).collect();
    assert_eq!(names, [format!("{id}.json").as_str()], "one whole file and nothing beside it");
    serde_json::from_slice(&fs::read(dir.join(format!("{id}.json"))).unwrap()).unwrap()
}

#[tokio::test]
async fn many_taps_of_one_page_are_one_event_and_none_is_refused() {
    let bed = Bed::new().await;
    let id = hidden(&bed.get("/").await, "id");
    let bodies: Vec<_> = (0..20).map(|tap| format!("id={id}&rating={}", 1 + tap % 5)).collect();
    let answers = join_all(bodies.iter().map(|body| bed.submit("/kiosk/rating", body))).await;
    for answer in answers {
        assert_eq!(answer.status, 303, "{}", answer.text);
    }
    let kept = on_disk(&bed, &id);
    assert_eq!(bed.node.face.pending.touch(id.parse().unwrap()), Some(kept.clone()));
    bed.node.face.pending.flush(&bed.node.face.intake, true).await;
    let entries = bed.entries();
    assert_eq!(entries.len(), 2);
    assert!(entries[1].contains(&format!(r#""rating":{}"#, kept.rating)), "{}", entries[1]);
}

#[tokio::test]
async fn a_tap_whose_browser_has_gone_does_not_spoil_the_next() {
    let bed = Bed::new().await;
    for round in 0..8 {
        let id = hidden(&bed.get("/").await, "id");
        let body = format!("id={id}&rating=2");
        let mut first = Box::pin(bed.submit("/kiosk/rating", &body));
        let begun = Pin::new(&mut first).poll(&mut Context::from_waker(Waker::noop()));
        assert!(begun.is_pending(), "round {round}: the writing has begun and is not over");
        drop(first);
        let second = bed.submit("/kiosk/rating", &format!("id={id}&rating=5")).await;
        assert_eq!(second.status, 303, "round {round}: {}", second.text);
        assert_eq!(on_disk(&bed, &id).rating, 5, "round {round}");
        bed.node.face.pending.flush(&bed.node.face.intake, true).await;
    }
}
