//! The three things that a node asks the broker: take this, what is last on my subject, what was answered to me.

use super::connection::Nats;
use super::streams::{LOG_STREAM, RECEIPT_STREAM};
use crate::subject::Subject;
use async_nats::header::NATS_EXPECTED_LAST_SUBJECT_SEQUENCE;
use async_nats::{HeaderMap, Message, Request, StatusCode};
use serde::Deserialize;
use std::time::Duration;

/// How long an answer of the broker may take before its outcome counts as unknown.
const ANSWER_WITHIN: Duration = Duration::from_secs(5);

/// "wrong last sequence", and the same for a message that is still in flight in a cluster (nats-server `errors.json`).
const WRONG_LAST_SEQUENCE: [u64; 2] = [10071, 10164];

/// What the broker said to a batch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum PublishOutcome {
    /// It is in the spool, at this sequence.
    Stored(u64),
    /// Another message was last on the subject.
    Refused,
    /// Nobody knows.
    Unknown(String),
}

/// A message as stored in a stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Stored {
    pub(super) sequence: u64,
    pub(super) payload: Vec<u8>,
}

#[derive(Deserialize)]
struct Answer {
    seq: Option<u64>,
    error: Option<ApiError>,
}

#[derive(Deserialize)]
struct ApiError {
    err_code: u64,
    description: String,
}

/// Publishes to `subject` if its last message has the sequence `expected` (0: if there is none). There is no
/// deduplication by message id: its window would swallow a batch that has to be sent again.
pub(super) async fn publish(nats: &Nats, subject: &Subject, packed: Vec<u8>, expected: u64) -> PublishOutcome {
    let mut headers = HeaderMap::new();
    headers.insert(NATS_EXPECTED_LAST_SUBJECT_SEQUENCE, expected.to_string());
    let request = Request::new().headers(headers).payload(packed.into());
    match ask(nats, subject.as_str().to_owned(), request).await {
        Ok(message) => read_answer(&message.payload),
        Err(reason) => PublishOutcome::Unknown(reason),
    }
}

fn read_answer(payload: &[u8]) -> PublishOutcome {
    match serde_json::from_slice::<Answer>(payload) {
        Ok(Answer { error: Some(error), .. }) if WRONG_LAST_SEQUENCE.contains(&error.err_code) => {
            PublishOutcome::Refused
        }
        Ok(Answer { error: Some(error), .. }) => {
            PublishOutcome::Unknown(format!("{} ({})", error.description, error.err_code))
        }
        Ok(Answer { seq: Some(sequence), error: None }) => PublishOutcome::Stored(sequence),
        Ok(_) => PublishOutcome::Unknown("the broker's answer has no sequence".to_owned()),
        Err(error) => PublishOutcome::Unknown(error.to_string()),
    }
}

/// The last batch on the node's own subject.
pub(super) async fn last_batch(nats: &Nats, subject: &Subject) -> Result<Option<Stored>, String> {
    last_of(nats, LOG_STREAM, subject).await
}

/// The stored receipt on a subject.
pub(super) async fn last_receipt(nats: &Nats, subject: &Subject) -> Result<Option<Stored>, String> {
    last_of(nats, RECEIPT_STREAM, subject).await
}

async fn last_of(nats: &Nats, stream: &str, subject: &Subject) -> Result<Option<Stored>, String> {
    let message = ask(nats, format!("$JS.API.DIRECT.GET.{stream}.{subject}"), Request::new()).await?;
    match message.status {
        Some(StatusCode::NOT_FOUND) => return Ok(None),
        Some(status) => return Err(message.description.unwrap_or_else(|| status.to_string())),
        None => {}
    }
    let header = |name: &str| message.headers.as_ref()?.get(name).map(|value| value.as_str().to_owned());
    let sequence = header("Nats-Sequence").and_then(|text| text.parse().ok());
    let sequence = sequence.ok_or_else(|| "the broker's answer has no sequence".to_owned())?;
    Ok(Some(Stored { sequence, payload: message.payload.into() }))
}

/// Asks once.
pub(super) async fn ask(nats: &Nats, subject: String, request: Request) -> Result<Message, String> {
    let answer = nats.client.send_request(subject, request.timeout(Some(ANSWER_WITHIN)));
    match tokio::time::timeout(ANSWER_WITHIN, answer).await {
        Ok(Ok(message)) => Ok(message),
        Ok(Err(error)) => Err(error.to_string()),
        Err(_) => Err("the broker does not answer".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_codes_of_a_wrong_last_sequence_are_known() {
        for code in [10071, 10164] {
            let payload =
                format!(r#"{{"error":{{"code":400,"err_code":{code},"description":"wrong last sequence"}}}}"#);
            assert_eq!(read_answer(payload.as_bytes()), PublishOutcome::Refused);
        }
        assert_eq!(read_answer(br#"{"stream":"DANVAN_LOG","seq":7}"#), PublishOutcome::Stored(7));
        for unknown in [&br#"{"error":{"code":503,"err_code":10077,"description":"full"}}"#[..], b"{}", b"noise"] {
            assert!(matches!(read_answer(unknown), PublishOutcome::Unknown(_)));
        }
    }
}
