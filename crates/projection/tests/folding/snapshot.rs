//! A snapshot is read as it was written, or refused with the reason.

use danvan_projection::{Snapshot, SnapshotError};
use proptest::prelude::*;
use serde_json::json;

use crate::log::{Log, Saying, UNIT};

/// A small model of many kinds of facts.
fn snapshot() -> Snapshot {
    let mut log = Log::new(UNIT);
    let opened =
        json!({"origin": "demo/u/gso2024-15100", "vkey": "demo/u/gso2024-15100+1a2b3c4d+ATEST", "clock": "system"});
    log.given(&Saying::new("2024-01-02T01:00:00Z", "node.opened", opened).about("node/x"));
    let staff = json!({"as_of": "2024-01-02", "headcount": 24});
    log.given(&Saying::new("2024-01-02T01:00:00Z", "unit.staff_declared", staff));
    let rating = json!({"channel": "qr", "rating": 2, "visit_token": "abcd1234", "commitments": [{"code": "B1", "kept": false}]});
    log.given(&Saying::new("2024-03-01T01:00:00Z", "survey.answered", rating));
    let received = json!({"channel": "box", "kind": "complaint"});
    let id = log.given(&Saying::new("2024-03-02T01:00:00Z", "feedback.received", received));
    let response = json!({"outcome": "resolved", "reply": "Đã xử lý."});
    let subject = format!("feedback/{id}");
    let about = |time, event_type, data| Saying::new(time, event_type, data).about(&subject);
    log.given(&about("2024-03-03T01:00:00Z", "feedback.responded", response.clone()));
    log.given(&about("2024-03-04T01:00:00Z", "feedback.confirmed", json!({"satisfied": false})));
    log.given(&about("2024-03-05T01:00:00Z", "feedback.reopened", json!({})));
    log.given(&about("2024-03-06T01:00:00Z", "feedback.responded", response));
    log.given(&about("2024-03-07T01:00:00Z", "feedback.result_published", json!({})));
    let transfer = json!({"to_body": "Phòng Tài nguyên", "reason": "not_competent"});
    log.given(&about("2024-03-08T01:00:00Z", "feedback.transferred", transfer));
    let letter = json!({"kind": "apology", "feedback": subject});
    log.given(&Saying::new("2024-03-09T01:00:00Z", "model.letter_sent", letter));
    log.given(&Saying::new("2024-03-10T01:00:00Z", "model.launch_conference_held", json!({"attendees": 40})));
    let counted = json!({"period": "2024-02", "transactions": 200});
    log.given(&Saying::new("2024-03-11T01:00:00Z", "service.counted", counted));
    log.append(b"{}");
    Snapshot { cursor: 12, model: log.model }
}

/// The bytes with a checksum that fits them.
fn checked(mut bytes: Vec<u8>) -> Vec<u8> {
    bytes.extend(crc32c::crc32c(&bytes).to_le_bytes());
    bytes
}

#[test]
fn a_snapshot_reads_back_and_names_where_to_go_on() {
    let snapshot = snapshot();
    let read = Snapshot::from_bytes(&snapshot.to_bytes().unwrap()).unwrap();
    assert_eq!(read.cursor, 12);
    assert_eq!(read, snapshot);
}

#[test]
fn the_layout_has_its_number_and_changes_with_it_only() {
    let bytes = snapshot().to_bytes().unwrap();
    let (layout, checksum) = (bytes[15], u32::from_le_bytes(*bytes.last_chunk().unwrap()));
    assert_eq!(
        (layout, checksum),
        (15, 1_371_913_470),
        "another layout: raise the number in the header, then pin the new checksum"
    );
}

#[test]
fn every_damaged_bit_and_every_lost_byte_is_noticed() {
    let bytes = snapshot().to_bytes().unwrap();
    for place in 0..bytes.len() * 8 {
        let mut damaged = bytes.clone();
        damaged[place / 8] ^= 1 << (place % 8);
        let expected = if place < 16 * 8 { SnapshotError::Foreign } else { SnapshotError::Damaged };
        assert_eq!(Snapshot::from_bytes(&damaged), Err(expected), "bit {place}");
    }
    for kept in 0..bytes.len() {
        assert!(Snapshot::from_bytes(&bytes[..kept]).is_err(), "{kept} bytes");
    }
}

#[test]
fn a_sound_checksum_over_another_content_is_not_believed() {
    let bytes = snapshot().to_bytes().unwrap();
    let body = &bytes[..bytes.len() - 4];
    let longer = checked([body, &[0]].concat());
    assert_eq!(Snapshot::from_bytes(&longer), Err(SnapshotError::Content));
    let shorter = checked(body[..body.len() - 1].to_vec());
    assert_eq!(Snapshot::from_bytes(&shorter), Err(SnapshotError::Content));
}

proptest! {
    #[test]
    fn no_bytes_make_the_reader_stumble(place in any::<prop::sample::Index>(), noise in prop::collection::vec(any::<u8>(), 1..24)) {
        let mut bytes = snapshot().to_bytes().unwrap();
        bytes.truncate(bytes.len() - 4);
        let start = 16 + place.index(bytes.len() - 16);
        let end = bytes.len().min(start + noise.len());
        bytes.splice(start..end, noise);
        // Either the noise says something else in the same layout, or it is refused.
        if let Ok(read) = Snapshot::from_bytes(&checked(bytes)) {
            let again = read.to_bytes().unwrap();
            prop_assert_eq!(Snapshot::from_bytes(&again), Ok(read));
        }
    }
}
