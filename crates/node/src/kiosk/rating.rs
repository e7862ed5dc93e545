//! One tap, then the commitments: N1 of the screens.

use std::io;
use std::sync::Arc;

use askama::Template;
use axum::Form;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use danvan_daemon::Text;
use danvan_event::{CommitmentRating, EventId, Role};
use danvan_ui::{DisplayChoice, Frame, Preferences, page};
use serde::Deserialize;
use tokio::task::spawn_blocking;

use super::patience::Patience;
use super::pending::Tap;
use super::promises::{Promises, promises};
use super::{Fields, back_to_start, frame, mint, notice, ready, to_thanks};
use crate::face::Face;
use crate::refusal::Refusal;

/// Prefix of the field of a commitment.
const FIELD: &str = "c_";
const KEPT: &str = "kept";
const BROKEN: &str = "broken";
/// The same as no answer: a way back from a touch by mistake.
const UNSURE: &str = "unsure";
/// The five answers, best first, with the curve of the mouth.
const ANSWERS: [Answer; 5] = [
    Answer { rating: 5, vi: "Rất hài lòng", en: "Very satisfied", mouth: "M18 38 Q32 58 46 38" },
    Answer { rating: 4, vi: "Hài lòng", en: "Satisfied", mouth: "M20 41 Q32 51 44 41" },
    Answer { rating: 3, vi: "Bình thường", en: "Neutral", mouth: "M21 44 L43 44" },
    Answer { rating: 2, vi: "Không hài lòng", en: "Dissatisfied", mouth: "M20 48 Q32 38 44 48" },
    Answer { rating: 1, vi: "Rất không hài lòng", en: "Very dissatisfied", mouth: "M18 51 Q32 33 46 51" },
];

struct Answer {
    rating: u8,
    vi: &'static str,
    en: &'static str,
    mouth: &'static str,
}

#[derive(Template)]
#[template(path = "rating.html")]
struct RatingPage {
    frame: Frame,
    id: EventId,
    visit: Option<String>,
    answers: &'static [Answer],
}

#[derive(Template)]
#[template(path = "commitments.html")]
struct CommitmentsPage {
    frame: Frame,
    id: EventId,
    promises: Promises,
    choices: [Choice; 3],
    fields: Fields,
    warns_after: u32,
}

/// What can be said about one commitment.
struct Choice {
    value: &'static str,
    vi: &'static str,
    en: &'static str,
}

impl CommitmentsPage {
    const CHOICES: [Choice; 3] = [
        Choice { value: KEPT, vi: "Giữ lời", en: "Kept" },
        Choice { value: BROKEN, vi: "Chưa giữ lời", en: "Not kept" },
        Choice { value: UNSURE, vi: "Không rõ", en: "Not sure" },
    ];

    fn is_chosen(&self, promise: &str, choice: &Choice) -> bool {
        answer_to(&self.fields, promise) == Some(choice.value)
    }
}

#[derive(Deserialize)]
pub(super) struct Start {
    /// The one-time token of a printed ticket or code.
    #[serde(default)]
    v: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct TapForm {
    #[serde(default)]
    id: String,
    #[serde(default)]
    rating: String,
    #[serde(default)]
    visit: String,
}

/// `GET /`: five buttons. The id is made here, so that a button pressed twice is one answer.
pub(super) async fn start(
    State(face): State<Arc<Face>>,
    Query(start): Query<Start>,
    preferences: Preferences,
) -> Response {
    let id = match mint(&face) {
        Ok(id) => id,
        Err(refusal) => return notice::refused(&face, &refusal, preferences),
    };
    let is_token = |visit: &&String| visit.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte));
    // A change of the text size leads back to the same ticket.
    let path = start.v.as_ref().filter(is_token).map_or_else(|| "/".to_owned(), |visit| format!("/?v={visit}"));
    let frame = frame(&face, "Đánh giá mức độ hài lòng", &path, preferences);
    let shown = page(&RatingPage { frame, id, visit: start.v, answers: &ANSWERS });
    // A page left open for long gets a new id.
    Patience::for_a_tap(&face).bound(shown)
}

/// `POST /kiosk/rating`: the tap is kept durably before the next page.
pub(super) async fn tap(
    State(face): State<Arc<Face>>,
    preferences: Preferences,
    Form(form): Form<TapForm>,
) -> Response {
    match keep_tap(&face, form).await {
        Ok(id) => Redirect::to(&format!("/kiosk/commitments/{id}")).into_response(),
        Err(refusal) => notice::refused(&face, &refusal, preferences),
    }
}

/// `GET /kiosk/commitments/{id}`: which commitments were kept.
pub(super) async fn commitments(
    State(face): State<Arc<Face>>,
    Path(id): Path<String>,
    preferences: Preferences,
) -> Response {
    questions(&face, &id, preferences, Fields::new())
}

/// `POST /kiosk/commitments/{id}`: the same page with what was ticked, and its time from the beginning.
pub(super) async fn commitments_again(
    State(face): State<Arc<Face>>,
    Path(id): Path<String>,
    preferences: Preferences,
    Form(fields): Form<Fields>,
) -> Response {
    let choice = DisplayChoice::from_fields(&fields);
    choice.remember(questions(&face, &id, choice.over(preferences), fields))
}

fn questions(face: &Face, id: &str, preferences: Preferences, fields: Fields) -> Response {
    let Ok(id) = id.parse::<EventId>() else { return back_to_start() };
    if let Err(refusal) = ready(face) {
        return notice::refused(face, &refusal, preferences);
    }
    if face.pending.touch(id).is_none() {
        return match face.intake.find(id) {
            Ok(Some(_)) => to_thanks(id),
            Ok(None) => back_to_start(),
            Err(refusal) => notice::refused(face, &refusal, preferences),
        };
    }
    let patience = Patience::for_answers(face);
    let shown = CommitmentsPage {
        frame: frame(face, "Cán bộ có giữ lời hứa không?", "/", preferences)
            .with_form("answers", format!("/kiosk/commitments/{id}")),
        id,
        promises: promises(&face.intake),
        choices: CommitmentsPage::CHOICES,
        fields,
        warns_after: patience.warns_after(),
    };
    patience.bound(page(&shown))
}

/// `POST /kiosk/answer`: the answer goes into the log, with the commitments that were ticked.
pub(super) async fn answer(
    State(face): State<Arc<Face>>,
    preferences: Preferences,
    Form(fields): Form<Fields>,
) -> Response {
    if let Err(refusal) = ready(&face) {
        return notice::refused(&face, &refusal, preferences);
    }
    let id = fields.iter().find(|(name, _)| name == "id").and_then(|(_, value)| value.parse::<EventId>().ok());
    let Some(id) = id else { return back_to_start() };
    let Some(tap) = face.pending.touch(id) else {
        return match face.intake.find(id) {
            Ok(Some(_)) => to_thanks(id),
            Ok(None) => {
                let text =
                    Text::new("Phiếu đã hết thời gian, xin đánh giá lại", "The form has expired, please rate again");
                notice::show(&face, StatusCode::GONE, text, preferences)
            }
            Err(refusal) => notice::refused(&face, &refusal, preferences),
        };
    };
    let asked = promises(&face.intake);
    let bytes = tap.form(id, &ticked(&asked, &fields));
    let (intake, pending) = (face.intake.clone(), face.pending.clone());
    let recorded = tokio::spawn(async move {
        let recorded = intake.record(&bytes, Role::Kiosk).await;
        if recorded.is_ok() {
            pending.settle(id);
        }
        recorded
    });
    match recorded.await {
        Ok(Ok(_)) => to_thanks(id),
        // It went into the log without its commitments a moment ago, because nobody had touched the page for long.
        Ok(Err(refused)) if matches!(refused.refusal, Refusal::OtherContent(_)) => {
            face.pending.settle(id);
            to_thanks(id)
        }
        Ok(Err(refused)) => notice::refused(&face, &refused.refusal, preferences),
        Err(_) => notice::refused(&face, &Refusal::Failing, preferences),
    }
}

/// Checks the tap by all rules, then keeps it.
async fn keep_tap(face: &Arc<Face>, form: TapForm) -> Result<EventId, Refusal> {
    ready(face)?;
    let id = match form.id.parse::<EventId>() {
        Ok(id) => id,
        Err(_) => mint(face)?,
    };
    let time = face.intake.recorder.now().map_err(|_| Refusal::Clock)?;
    // 0 is outside the scale, so that the rules name the field.
    let rating = form.rating.parse().unwrap_or(0);
    let visit = Some(form.visit).filter(|visit| !visit.is_empty());
    let tap = Tap { rating, visit, time, synthetic: face.synthetic };
    let turn = face.intake.rehearse(&tap.form(id, &[]), Role::Kiosk).await?;
    let pending = face.pending.clone();
    // The turn goes along: it lasts until the tap is kept, also when a second tap made the browser drop this request.
    let kept = spawn_blocking(move || {
        let kept = pending.keep(id, tap);
        drop(turn);
        kept
    });
    match kept.await {
        Ok(Ok(())) => {
            face.intake.metrics.kiosk_last_tap.set(time.as_millis() / 1000);
            Ok(id)
        }
        Ok(Err(error)) if error.kind() == io::ErrorKind::StorageFull => Err(Refusal::DiskFull),
        Ok(Err(error)) => Err(failing(face, format!("a tap could not be kept: {error}"))),
        Err(error) => Err(failing(face, error)),
    }
}

fn failing(face: &Face, reason: impl std::fmt::Display) -> Refusal {
    face.intake.failure.raise(reason);
    Refusal::Failing
}

/// The commitments that were asked about and answered.
fn ticked(asked: &Promises, fields: &[(String, String)]) -> Vec<CommitmentRating> {
    asked
        .codes()
        .filter_map(|code| match answer_to(fields, code)? {
            KEPT => Some(CommitmentRating { code: code.to_owned(), kept: true }),
            BROKEN => Some(CommitmentRating { code: code.to_owned(), kept: false }),
            _ => None,
        })
        .collect()
}

fn answer_to<'fields>(fields: &'fields [(String, String)], code: &str) -> Option<&'fields str> {
    fields.iter().find(|(name, _)| name.strip_prefix(FIELD) == Some(code)).map(|(_, value)| value.as_str())
}
