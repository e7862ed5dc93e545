//! The document and what is believed of it.

use super::*;
use danvan_tlog::{CosignedAt, KeyName, LogKey, MirrorKey, leaf_hash};

fn log() -> LogKey {
    LogKey::from_seed(KeyName::new("example.com/u/x-1").unwrap(), [1; 32])
}

fn mirror(seed: u8) -> MirrorKey {
    MirrorKey::from_seed(KeyName::new("example.com/a/b/mirror").unwrap(), [seed; 32])
}

fn token() -> AggregatorToken {
    AggregatorToken::new("b").unwrap()
}

fn held(size: u32) -> SignedCheckpoint {
    let signed = log().sign(Size::from(size), leaf_hash(b"x"));
    mirror(2).cosign(&signed, CosignedAt::from_unix_seconds(1_709_884_200))
}

fn believed(receipt: &Receipt) -> Result<Option<Size>, ReceiptError> {
    let verified = receipt.verify(log().verifier_key(), mirror(2).verifier_key());
    verified.map(|note| note.map(|note| note.size()))
}

#[test]
fn a_receipt_is_believed_by_its_two_signatures() {
    let receipt = Receipt::cosigned(token(), &held(7));
    let read = Receipt::parse(&receipt.to_bytes()).unwrap();
    assert_eq!(read, receipt);
    assert_eq!((read.status().code(), read.size(), read.next()), (200, Size::from(7), Size::from(7)));
    assert_eq!(believed(&read).unwrap(), Some(Size::from(7)));
    assert!(matches!(read.verify(log().verifier_key(), mirror(3).verifier_key()), Err(ReceiptError::Note(_))));
    let other = LogKey::from_seed(KeyName::new("example.com/u/x-2").unwrap(), [1; 32]);
    let judged = read.verify(other.verifier_key(), mirror(2).verifier_key());
    assert!(matches!(judged, Err(ReceiptError::Origin(_))));
    let uncosigned = Receipt::cosigned(token(), &log().sign(Size::from(7), leaf_hash(b"x")));
    assert!(matches!(believed(&uncosigned), Err(ReceiptError::Note(_))));
}

#[test]
fn a_size_that_the_note_does_not_carry_is_not_believed() {
    let text = String::from_utf8(Receipt::cosigned(token(), &held(7)).to_bytes()).unwrap();
    let larger = text.replace("\"size\":7,\"next\":7", "\"size\":8,\"next\":8");
    assert_ne!(larger, text);
    let larger = Receipt::parse(larger.as_bytes()).unwrap();
    assert!(matches!(believed(&larger), Err(ReceiptError::Contradiction)));
}

#[test]
fn a_refusal_repeats_the_last_note() {
    let origin = log().origin();
    let resend = Receipt::resend(token(), origin.clone(), Size::from(7), Some(&held(7)));
    assert_eq!((resend.status().code(), resend.next()), (409, Size::from(7)));
    assert_eq!(believed(&resend).unwrap(), Some(Size::from(7)));
    let refused = Receipt::refused(ReceiptStatus::UnknownOrigin, token(), origin, None);
    assert_eq!(believed(&Receipt::parse(&refused.to_bytes()).unwrap()).unwrap(), None);
}

#[test]
fn a_document_that_contradicts_itself_is_refused() {
    let document = |status: u16, size: u32, next: u32, note: &str| {
        format!(r#"{{"status":{status},"aggregator":"b","origin":"o","size":{size},"next":{next},"note":{note}}}"#)
    };
    for wrong in [
        document(200, 0, 0, "null"),
        document(200, 3, 4, "\"n\""),
        document(409, 3, 3, "null"),
        document(418, 0, 0, "null"),
        document(404, 0, 0, "null").replace("\"b\"", "\"b.>\""),
        document(404, 0, 0, "null").replace(":0", ":-1"),
        "{}".to_owned(),
        "noise".to_owned(),
    ] {
        assert!(Receipt::parse(wrong.as_bytes()).is_err(), "{wrong}");
    }
    assert!(Receipt::parse(document(404, 0, 0, "null").as_bytes()).is_ok());
}
