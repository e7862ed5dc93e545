//! One tap, then the commitments: N1 of the screens.

use std::sync::Arc;

use askama::Template;
use axum::Form;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use danvan_daemon::Text;
use danvan_event::{CommitmentRating, EventId, Role};
use danvan_ui::{Frame, Preferences, page};
use serde::Deserialize;
use tokio::task::spawn_blocking;

use super::pending::Tap;
use super::promises::{PromiseGroup, promises};
use super::{back_to_start, frame, idle_back, notice, to_thanks};
use crate::face::Face;
use crate::refusal::Refusal;

/// Prefix of the field of a commitment.
const FIELD: &str = "c_";
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
    groups: Vec<PromiseGroup>,
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
    let id = match face.intake.mint() {
        Ok(id) => id,
        Err(refusal) => return notice::refused(&face, &refusal, preferences),
    };
    let frame = frame(&face, "Đánh giá mức độ hài lòng", "/", preferences);
    let shown = page(&RatingPage { frame, id, visit: start.v, answers: &ANSWERS });
    // A page left open for long gets a new id.
    idle_back(&face, shown)
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

/// `GET /kiosk/commitments/{id}`: which commitments were kept. Loading it again gives more time.
pub(super) async fn commitments(
    State(face): State<Arc<Face>>,
    Path(id): Path<String>,
    preferences: Preferences,
) -> Response {
    let Ok(id) = id.parse::<EventId>() else { return back_to_start() };
    if face.pending.touch(id).is_none() {
        return match face.intake.find(id) {
            Ok(Some(_)) => to_thanks(id),
            _ => back_to_start(),
        };
    }
    let frame = frame(&face, "Cán bộ có giữ lời hứa không?", "/", preferences);
    idle_back(&face, page(&CommitmentsPage { frame, id, groups: promises(&face.intake) }))
}

/// `POST /kiosk/answer`: the answer goes into the log, with the commitments that were ticked.
pub(super) async fn answer(
    State(face): State<Arc<Face>>,
    preferences: Preferences,
    Form(fields): Form<Vec<(String, String)>>,
) -> Response {
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
    let id = match form.id.parse::<EventId>() {
        Ok(id) => id,
        Err(_) => face.intake.mint()?,
    };
    let time = face.intake.recorder.now().map_err(|_| Refusal::Clock)?;
    // 0 is outside the scale, so that the rules name the field.
    let rating = form.rating.parse().unwrap_or(0);
    let tap = Tap { rating, visit: Some(form.visit).filter(|visit| !visit.is_empty()), time };
    face.intake.rehearse(&tap.form(id, &[]), Role::Kiosk).await?;
    let kept = face.clone();
    spawn_blocking(move || kept.pending.keep(id, tap)).await.map_err(|_| Refusal::Failing)?.map_err(|error| {
        tracing::error!(%error, "a tap could not be kept");
        Refusal::DiskFull
    })?;
    face.intake.metrics.kiosk_last_tap.set(time.as_millis() / 1000);
    Ok(id)
}

/// The commitments that were asked about and answered.
fn ticked(asked: &[PromiseGroup], fields: &[(String, String)]) -> Vec<CommitmentRating> {
    let answer_to = |code: &str| fields.iter().find(|(name, _)| name.strip_prefix(FIELD) == Some(code));
    let codes = asked.iter().flat_map(|group| &group.promises).map(|promise| &promise.code);
    codes
        .filter_map(|code| match answer_to(code)?.1.as_str() {
            "kept" => Some(CommitmentRating { code: code.clone(), kept: true }),
            "broken" => Some(CommitmentRating { code: code.clone(), kept: false }),
            _ => None,
        })
        .collect()
}
