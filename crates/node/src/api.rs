//! The API for programs: `POST /api/v1/events`, `GET /api/v1/status`. Described in `schemas/api/node.md`.

use std::collections::VecDeque;
use std::sync::Arc;

use axum::Json;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use danvan_daemon::bearer_token;
use danvan_event::{EventId, Role};
use danvan_ledger::Place;
use serde_json::{Value, json};

use crate::face::Face;
use crate::hand::Hand;
use crate::incoming::Incoming;
use crate::intake::{Intake, Recorded, Refused, Taken};
use crate::refusal::{CONFIRM, LOOKS_PERSONAL, Refusal};

/// How many forms of one body may be in the queue together.
const AHEAD: usize = 512;

/// `POST /api/v1/events`: one form, or one per line.
pub(crate) async fn post_events(State(face): State<Arc<Face>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let mut body = Incoming::new(body, &parts.headers);
    let (hand, shape) = match wanted(&face, &parts.headers) {
        Ok(wanted) => wanted,
        Err(refusal) => return body.refuse(refusal).await,
    };
    let limit = match shape {
        Shape::One => face.limits.form_bytes,
        Shape::Lines => face.limits.body_bytes,
    };
    let body = match body.read(limit).await {
        Ok(body) => body,
        Err(refusal) => return body.refuse(refusal).await,
    };
    // What was begun is finished even when the client goes away.
    let intake = face.intake.clone();
    let lines = face.limits.lines;
    let answered = tokio::spawn(async move {
        match shape {
            Shape::One => one(&intake, &body, hand).await,
            Shape::Lines => many(&intake, &body, hand, lines).await,
        }
    });
    answered.await.unwrap_or_else(|_| Refusal::Failing.into_response())
}

/// `GET /api/v1/status`.
pub(crate) async fn get_status(State(face): State<Arc<Face>>) -> Response {
    Json(face.sync.status()).into_response()
}

#[derive(Clone, Copy)]
enum Shape {
    One,
    Lines,
}

impl Shape {
    fn of(headers: &HeaderMap) -> Option<Self> {
        let kind = headers.get(header::CONTENT_TYPE)?.to_str().ok()?;
        match kind.split(';').next()?.trim().to_ascii_lowercase().as_str() {
            "application/json" | "application/cloudevents+json" => Some(Self::One),
            "application/x-ndjson" | "application/jsonl" => Some(Self::Lines),
            _ => None,
        }
    }
}

/// Whose hand records in which shape, where that is possible now.
fn wanted(face: &Face, headers: &HeaderMap) -> Result<(Hand, Shape), Refusal> {
    let role = role_of(face, headers)?;
    let shape = Shape::of(headers).ok_or(Refusal::MediaType)?;
    let public_text_confirmed = headers.get(CONFIRM).is_some_and(|value| value == LOOKS_PERSONAL);
    let hand = Hand { role, public_text_confirmed };
    if face.intake.gate.is_open() { Ok((hand, shape)) } else { Err(Refusal::Starting) }
}

fn role_of(face: &Face, headers: &HeaderMap) -> Result<Role, Refusal> {
    bearer_token(headers).and_then(|token| face.tokens.role(token)).ok_or(Refusal::NoToken)
}

async fn one(intake: &Intake, bytes: &[u8], hand: Hand) -> Response {
    match intake.record(bytes, hand).await {
        Ok(recorded) => (status_of(&recorded), Json(document(&recorded))).into_response(),
        Err(refused) => refused.refusal.into_response(),
    }
}

/// Every line is answered by one line; a bad line costs no other.
async fn many(intake: &Intake, body: &[u8], hand: Hand, limit: usize) -> Response {
    let lines = body.split(|byte| *byte == b'\n').zip(1_u64..).filter(|(line, _)| !line.trim_ascii().is_empty());
    if lines.clone().count() > limit {
        return Refusal::TooManyLines(limit).into_response();
    }
    let mut answers = String::new();
    let mut queued: VecDeque<(u64, Result<Taken, Refused>)> = VecDeque::new();
    for (line, number) in lines {
        let mut taken = intake.take(line.trim_ascii(), hand).await;
        while is_busy(&taken)
            && let Some(oldest) = queued.pop_front()
        {
            answers.push_str(&answer(intake, oldest).await);
            taken = intake.take(line.trim_ascii(), hand).await;
        }
        queued.push_back((number, taken));
        if queued.len() > AHEAD
            && let Some(oldest) = queued.pop_front()
        {
            answers.push_str(&answer(intake, oldest).await);
        }
    }
    for remaining in queued {
        answers.push_str(&answer(intake, remaining).await);
    }
    ([(header::CONTENT_TYPE, "application/x-ndjson")], answers).into_response()
}

fn is_busy(taken: &Result<Taken, Refused>) -> bool {
    matches!(taken, Err(refused) if refused.refusal == Refusal::Busy)
}

/// One result line.
async fn answer(intake: &Intake, (line, taken): (u64, Result<Taken, Refused>)) -> String {
    let settled = match taken {
        Ok(taken) => intake.settle(taken).await,
        Err(refused) => Err(refused),
    };
    let mut document = match settled {
        Ok(recorded) => {
            let mut document = document(&recorded);
            document["status"] = status_of(&recorded).as_u16().into();
            document
        }
        Err(Refused { id, refusal }) => {
            let problem = refusal.problem();
            let mut document = json!({ "status": problem.status().as_u16(), "problem": problem });
            if let Some(id) = id {
                document["id"] = id.to_string().into();
            }
            document
        }
    };
    document["line"] = line.into();
    format!("{document}\n")
}

fn status_of(recorded: &Recorded) -> StatusCode {
    if recorded.duplicate { StatusCode::OK } else { StatusCode::CREATED }
}

fn document(recorded: &Recorded) -> Value {
    let mut document = placed(recorded.id, recorded.place);
    if recorded.duplicate {
        document["duplicate"] = true.into();
    }
    document
}

/// Where an event stands; its incarnation where the log is not in its first.
pub(crate) fn placed(id: EventId, place: Place) -> Value {
    let mut document = json!({ "id": id.to_string(), "index": place.index.get() });
    if place.incarnation > 1 {
        document["incarnation"] = place.incarnation.into();
    }
    document
}

#[cfg(test)]
mod tests;
