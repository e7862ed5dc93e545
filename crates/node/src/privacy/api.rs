//! The API for officials about personal data, described in `schemas/api/node.md`. Only `disclosures` answers with a value.

use std::collections::BTreeSet;
use std::sync::Arc;

use axum::extract::{Path, Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use danvan_daemon::bearer_token;
use danvan_event::{Canon, DisclosurePurpose, Entry, Event, EventId, Role};
use danvan_ledger::Place;
use danvan_projection::Day;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::register::Register;
use super::requests::RequestState;
use super::search::{Query, QueryProblem};
use crate::api::placed;
use crate::disclosure::Look;
use crate::face::Face;
use crate::incoming::Incoming;
use crate::intake::Intake;
use crate::recorder::FoldError;
use crate::refusal::{BadField, Refusal};

/// Largest body of a question.
const MOST_BYTES: usize = 16 << 10;
/// Most records that one search names.
const MOST_HITS: usize = 200;
/// Longest staff key, as in the schema of `privacy.disclosed`.
const LONGEST_KEY: usize = 40;

/// The routes; each asks for the token of an official.
pub(crate) fn routes() -> Router<Arc<Face>> {
    Router::new()
        .route("/api/v1/privacy/find", post(find))
        .route("/api/v1/privacy/records/{id}", get(record))
        .route("/api/v1/privacy/disclosures", post(disclose))
        .route("/api/v1/privacy/requests", get(requests))
        .route("/api/v1/privacy/report", get(report))
}

/// `POST /api/v1/privacy/disclosures`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Wanted {
    event: EventId,
    #[serde(default)]
    fields: Option<Vec<String>>,
    purpose: DisclosurePurpose,
    staff_key: String,
}

async fn disclose(State(face): State<Arc<Face>>, request: Request) -> Response {
    let look = match wanted(&face, request).await {
        Ok(look) => look,
        Err(refused) => return refused,
    };
    let (event, intake) = (look.event, face.intake.clone());
    // What was begun is finished even when the client goes away: its look is in the log.
    match tokio::spawn(async move { intake.disclose(look).await }).await {
        Ok(Ok(shown)) => {
            let open = shown.openings.iter().map(|one| json!({ "pointer": one.pointer, "value": one.value }));
            let openings: Vec<Value> = open.collect();
            let mut document = placed(shown.recorded.id, shown.recorded.place);
            document["event"] = json!(event);
            document["openings"] = openings.into();
            answer(StatusCode::CREATED, document)
        }
        Ok(Err(refusal)) => refusal.into_response(),
        Err(_) => Refusal::Failing.into_response(),
    }
}

async fn wanted(face: &Face, request: Request) -> Result<Look, Response> {
    let Wanted { event, fields, purpose, staff_key } = asked(face, request).await?;
    let is_key = !staff_key.is_empty()
        && staff_key.len() <= LONGEST_KEY
        && staff_key.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    if !is_key {
        return Err(Refusal::Question(vec![BadField::new(
            "/staff_key",
            "bad_format",
            "Mã cán bộ gồm 1 đến 40 chữ cái không dấu, chữ số và dấu gạch dưới.",
            "A staff key is 1 to 40 plain letters, digits and underscores.",
        )])
        .into_response());
    }
    Ok(Look { event, fields, purpose, staff_key, synthetic: face.synthetic })
}

/// `POST /api/v1/privacy/find`: a body, because what is looked for must not stand in an address.
async fn find(State(face): State<Arc<Face>>, request: Request) -> Response {
    let query = match asked::<Query>(&face, request).await {
        Ok(query) => query,
        Err(refused) => return refused,
    };
    let problems: Vec<BadField> = query.problems().into_iter().map(told).collect();
    if !problems.is_empty() {
        return Refusal::Question(problems).into_response();
    }
    let intake = face.intake.clone();
    intake.metrics.searches.inc();
    let found = off_thread(&face, move || {
        let mut hits = Vec::new();
        intake.vault.each(|id, openings| {
            if let Some(fields) = query.found_in(id, openings) {
                hits.push((id, fields));
            }
        })?;
        let left_off = hits.len().saturating_sub(MOST_HITS);
        hits.truncate(MOST_HITS);
        let hits = hits.into_iter().filter_map(|(id, fields)| described(&intake, id, &fields).transpose());
        Ok(json!({ "hits": hits.collect::<Result<Vec<_>, _>>()?, "left_off": left_off }))
    });
    found.await
}

/// `GET /api/v1/privacy/records/{id}`: what is held of a record, by the names of its fields.
async fn record(State(face): State<Arc<Face>>, Path(id): Path<String>, headers: HeaderMap) -> Response {
    if let Err(refusal) = official(&face, &headers) {
        return refusal.into_response();
    }
    let Ok(id) = id.parse::<EventId>() else {
        let bad = BadField::new("/id", "bad_format", "Mã sự kiện không đúng.", "This is no id of an event.");
        return Refusal::Question(vec![bad]).into_response();
    };
    let intake = face.intake.clone();
    let described = off_thread(&face, move || {
        let openings = intake.vault.openings(id)?;
        let fields: Vec<String> = openings.into_iter().map(|opening| opening.pointer).collect();
        described(&intake, id, &fields)?.ok_or(Lookup::Refused(Refusal::NoRecord(id)))
    });
    described.await
}

/// `GET /api/v1/privacy/requests`.
async fn requests(State(face): State<Arc<Face>>, headers: HeaderMap) -> Response {
    read_log(
        &face,
        &headers,
        |face, register, today| json!({ "as_of": today, "requests": register.requests.list(&face.privacy, today) }),
    )
    .await
}

/// `GET /api/v1/privacy/report`.
async fn report(State(face): State<Arc<Face>>, headers: HeaderMap) -> Response {
    read_log(&face, &headers, |face, register, today| {
        let requests = register.requests.list(&face.privacy, today);
        let number = |state| requests.iter().filter(|request| request.state == state).count();
        json!({
            "unit": face.sync.status().unit,
            "as_of": today,
            "months": register.months(),
            "total": register.total(),
            "requests": {
                "open": requests.iter().filter(|request| request.state.is_open()).count(),
                "due_soon": number(RequestState::DueSoon),
                "overdue": number(RequestState::Overdue),
            },
        })
    })
    .await
}

/// Answers from the whole log, read anew.
async fn read_log(
    face: &Arc<Face>,
    headers: &HeaderMap,
    tell: impl FnOnce(&Face, &Register, Day) -> Value + Send + 'static,
) -> Response {
    if let Err(refusal) = official(face, headers) {
        return refusal.into_response();
    }
    let shared = face.clone();
    let told = off_thread(face, move || {
        let intake = &shared.intake;
        let held: BTreeSet<EventId> = intake.vault.ids()?.into_iter().collect();
        let mut register = Register::default();
        intake.recorder.each_entry::<FoldError>(&mut |_, _, bytes| {
            register.hear(bytes, &held);
            Ok(())
        })?;
        let now = intake.recorder.now().map_err(|_| Lookup::Refused(Refusal::Clock))?;
        Ok(tell(&shared, &register, Day::of(now)))
    });
    told.await
}

/// Why a question could not be answered.
#[derive(Debug, thiserror::Error)]
enum Lookup {
    #[error(transparent)]
    Io(#[from] std::io::Error),
    #[error(transparent)]
    Read(#[from] danvan_ledger::ReadError),
    #[error(transparent)]
    Fold(#[from] FoldError),
    #[error("refused")]
    Refused(Refusal),
}

/// What is public of a record, and which of its personal fields are meant; `None` where the log does not know it.
fn described(intake: &Intake, id: EventId, fields: &[String]) -> Result<Option<Value>, Lookup> {
    let Some(place) = intake.find(id).map_err(Lookup::Refused)? else { return Ok(None) };
    let entry = entry_at(intake, place)?;
    let mut document = placed(id, place);
    document["fields"] = json!(fields);
    if let Some(entry) = &entry {
        document["type"] = json!(entry.event_type().to_string());
        document["time"] = json!(entry.time().to_string());
        document["date"] = json!(Day::of(entry.time()));
        if let Event::FeedbackReceived(_) | Event::SurveyAnswered(_) = entry.event()
            && let Some(channel) = entry.data().get("channel").and_then(Canon::as_str)
        {
            document["channel"] = json!(channel);
        }
    }
    Ok(Some(document))
}

fn entry_at(intake: &Intake, place: Place) -> Result<Option<Entry>, Lookup> {
    Ok(Entry::parse(intake.history.read_one(place)?.entry).ok())
}

/// Looks things up where it may block.
async fn off_thread(face: &Face, work: impl FnOnce() -> Result<Value, Lookup> + Send + 'static) -> Response {
    if !face.intake.gate.is_open() {
        return Refusal::Starting.into_response();
    }
    match tokio::task::spawn_blocking(work).await {
        Ok(Ok(document)) => answer(StatusCode::OK, document),
        Ok(Err(Lookup::Refused(refusal))) => refusal.into_response(),
        Ok(Err(error)) => {
            tracing::error!(%error, "a question about personal data was not answered");
            Refusal::Busy.into_response()
        }
        Err(_) => Refusal::Failing.into_response(),
    }
}

/// The document that an official posts.
async fn asked<T: DeserializeOwned>(face: &Face, request: Request) -> Result<T, Response> {
    let (parts, body) = request.into_parts();
    let mut body = Incoming::new(body, &parts.headers);
    if let Err(refusal) = official(face, &parts.headers) {
        return Err(body.refuse(refusal).await);
    }
    let bytes = match body.read(MOST_BYTES).await {
        Ok(bytes) => bytes,
        Err(refusal) => return Err(body.refuse(refusal).await),
    };
    serde_json::from_slice(&bytes).map_err(|error| {
        // The message of the reader may repeat a value; the place does not.
        tracing::debug!(line = error.line(), column = error.column(), "a question cannot be read");
        Refusal::Question(vec![BadField::new(
            "",
            "bad_question",
            "Nội dung gửi lên không đúng: xem các mục trong tài liệu API của trạm.",
            "The question is not of the expected shape: see the node's API document.",
        )])
        .into_response()
    })
}

/// Only officials ask about persons.
fn official(face: &Face, headers: &HeaderMap) -> Result<(), Refusal> {
    match bearer_token(headers).and_then(|token| face.tokens.role(token)) {
        Some(Role::Staff) => Ok(()),
        Some(role) => Err(Refusal::OfficialsOnly(role)),
        None => Err(Refusal::NoToken),
    }
}

fn told(problem: QueryProblem) -> BadField {
    match problem {
        QueryProblem::Empty => BadField::new(
            "",
            "missing",
            "Hãy cho biết cần tìm theo phone, name, words hoặc code.",
            "Say what to look for: phone, name, words or code.",
        ),
        QueryProblem::TooShort(member) => BadField::new(
            &format!("/{member}"),
            "too_short",
            "Quá ngắn: số điện thoại từ 6 chữ số, tên và từ ngữ từ 2 chữ cái, mã phiếu đủ 12 ký tự.",
            "Too short: phone numbers from 6 digits, names and words from 2 letters, all 12 digits of a code.",
        ),
    }
}

fn answer(status: StatusCode, document: Value) -> Response {
    (status, [(header::CACHE_CONTROL, "no-store")], Json(document)).into_response()
}
