//! Feedback in the citizen's own words. The words stay in this machine's vault.

use std::sync::Arc;

use askama::Template;
use axum::Form;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use danvan_event::{EventId, Role};
use danvan_ui::{DisplayChoice, Frame, Pair, Preferences, page_with_status};
use serde_json::json;

use super::patience::Patience;
use super::{Fields, frame, intake_form, mint, notice, ready, to_thanks};
use crate::face::Face;
use crate::refusal::Refusal;

const KINDS: [(&str, &str, &str); 4] = [
    ("suggestion", "Góp ý", "Suggestion"),
    ("complaint", "Phản ánh", "Complaint"),
    ("proposal", "Kiến nghị", "Proposal"),
    ("praise", "Khen ngợi", "Praise"),
];

#[derive(Template)]
#[template(path = "feedback.html")]
struct FeedbackPage {
    frame: Frame,
    kinds: [(&'static str, &'static str, &'static str); 4],
    form: FeedbackForm,
    /// What the page calls the unit.
    unit: Pair,
    errors: Vec<Wrong>,
    warns_after: u32,
}

/// A field at fault, in both languages.
struct Wrong {
    field: &'static str,
    vi: String,
    en: String,
}

/// What was typed. It is shown again on a page and kept in the vault, and goes nowhere else.
#[derive(Default)]
pub(super) struct FeedbackForm {
    id: String,
    kind: String,
    text: String,
    name: String,
    contact: String,
    consent: bool,
}

impl FeedbackForm {
    /// Reads the fields of the page; what is missing is empty.
    fn from_fields(fields: Fields) -> Self {
        let mut form = Self::default();
        for (name, value) in fields {
            match name.as_str() {
                "id" => form.id = value,
                "kind" => form.kind = value,
                "text" => form.text = value,
                "name" => form.name = value,
                "contact" => form.contact = value,
                "consent" => form.consent = true,
                _ => {}
            }
        }
        form
    }

    /// Whether it tells who the citizen is.
    fn identifies(&self) -> bool {
        !self.contact.trim().is_empty() || !self.name.trim().is_empty()
    }
}

impl FeedbackPage {
    fn wrong(&self, field: &str) -> Option<&Wrong> {
        self.errors.iter().find(|wrong| wrong.field == field)
    }
}

/// `GET /kiosk/feedback`.
pub(super) async fn show(State(face): State<Arc<Face>>, preferences: Preferences) -> Response {
    match mint(&face) {
        Ok(id) => {
            let form = FeedbackForm { id: id.to_string(), kind: KINDS[0].0.to_owned(), ..FeedbackForm::default() };
            shown(&face, StatusCode::OK, form, Vec::new(), preferences)
        }
        Err(refusal) => notice::refused(&face, &refusal, preferences),
    }
}

/// `POST /kiosk/feedback/again`: the same page with what was typed, and its time from the beginning.
pub(super) async fn again(
    State(face): State<Arc<Face>>,
    preferences: Preferences,
    Form(fields): Form<Fields>,
) -> Response {
    let choice = DisplayChoice::from_fields(&fields);
    let form = FeedbackForm::from_fields(fields);
    choice.remember(shown(&face, StatusCode::OK, form, Vec::new(), choice.over(preferences)))
}

/// `POST /kiosk/feedback`: whatever is wrong, the words that were typed are still there.
pub(super) async fn send(
    State(face): State<Arc<Face>>,
    preferences: Preferences,
    Form(fields): Form<Fields>,
) -> Response {
    let mut form = FeedbackForm::from_fields(fields);
    let id = match ready(&face).and_then(|()| form.id.parse::<EventId>().or_else(|_| mint(&face))) {
        Ok(id) => id,
        Err(refusal) => return not_sent(&face, &refusal, form, preferences),
    };
    form.id = id.to_string();
    let errors = wrong_fields(&form);
    if !errors.is_empty() {
        return shown(&face, StatusCode::UNPROCESSABLE_ENTITY, form, errors, preferences);
    }
    let (intake, bytes) = (face.intake.clone(), written(&form, id, face.synthetic));
    match tokio::spawn(async move { intake.record(&bytes, Role::Kiosk).await }).await {
        Ok(Ok(_)) => to_thanks(id),
        Ok(Err(refused)) if matches!(refused.refusal, Refusal::OtherContent(_)) => {
            notice::refused(&face, &refused.refusal, preferences)
        }
        Ok(Err(refused)) => not_sent(&face, &refused.refusal, form, preferences),
        Err(_) => not_sent(&face, &Refusal::Failing, form, preferences),
    }
}

fn not_sent(face: &Face, refusal: &Refusal, form: FeedbackForm, preferences: Preferences) -> Response {
    shown(face, refusal.problem().status(), form, told(refusal), preferences)
}

fn shown(
    face: &Face,
    status: StatusCode,
    form: FeedbackForm,
    errors: Vec<Wrong>,
    preferences: Preferences,
) -> Response {
    let patience = Patience::for_writing(face);
    let frame =
        frame(face, "Góp ý, phản ánh", "/kiosk/feedback", preferences).with_form("feedback", "/kiosk/feedback/again");
    let (unit, warns_after) = (face.unit.clone(), patience.warns_after());
    let page = FeedbackPage { frame, kinds: KINDS, form, unit, errors, warns_after };
    patience.bound(page_with_status(status, &page))
}

/// What the form asks of a citizen; lengths and the rest are judged by the schema.
fn wrong_fields(form: &FeedbackForm) -> Vec<Wrong> {
    let mut errors = Vec::new();
    if form.text.trim().is_empty() {
        errors.push(Wrong {
            field: "text",
            vi: "Xin viết nội dung.".to_owned(),
            en: "Please write what you want to say.".to_owned(),
        });
    }
    if form.identifies() && !form.consent {
        errors.push(Wrong {
            field: "consent",
            vi: "Xin đánh dấu đồng ý để chúng tôi được lưu tên và cách liên hệ, hoặc xoá hai ô đó.".to_owned(),
            en: "Please tick the consent so that name and contact may be kept, or clear both fields.".to_owned(),
        });
    }
    errors
}

/// A refusal beside the field that it is about.
fn told(refusal: &Refusal) -> Vec<Wrong> {
    let problem = refusal.problem();
    let mut errors: Vec<_> = problem
        .field_errors()
        .iter()
        .map(|error| {
            let known = ["text", "name", "contact", "kind"];
            let field = known.into_iter().find(|name| error.field == format!("/data/{name}")).unwrap_or_default();
            Wrong { field, vi: error.vi.clone(), en: error.en.clone() }
        })
        .collect();
    if errors.is_empty() {
        let title = problem.title();
        errors.push(Wrong { field: "", vi: title.vi, en: title.en });
    }
    errors
}

/// The intake form of what was typed. The words are kept as the task of a state agency; name and contact only with the consent that
/// the citizen ticked, which is recorded with its purpose.
fn written(form: &FeedbackForm, id: EventId, synthetic: bool) -> Vec<u8> {
    let mut data =
        json!({ "channel": "kiosk", "kind": form.kind, "text": form.text.trim(), "legal_ground": "state_task" });
    if form.consent && form.identifies() {
        data["consent"] = json!({ "purposes": ["contact_me"], "evidence": "ticked" });
        for (name, value) in [("name", form.name.trim()), ("contact", form.contact.trim())] {
            if !value.is_empty() {
                data[name] = value.into();
            }
        }
    }
    intake_form(synthetic, "vn.danvan.feedback.received.v1", id, None, &data)
}
