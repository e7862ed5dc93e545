//! Feedback in the citizen's own words. The words stay in this machine's vault.

use std::sync::Arc;

use askama::Template;
use axum::Form;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use danvan_event::{EventId, Role};
use danvan_ui::{Frame, Preferences, page, page_with_status};
use serde::Deserialize;
use serde_json::json;

use super::{frame, notice, to_thanks};
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
    id: String,
    kinds: [(&'static str, &'static str, &'static str); 4],
    form: FeedbackForm,
    errors: Vec<Wrong>,
}

/// A field at fault, in both languages.
struct Wrong {
    field: &'static str,
    vi: String,
    en: String,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct FeedbackForm {
    id: String,
    kind: String,
    text: String,
    name: String,
    contact: String,
    consent: Option<String>,
}

impl FeedbackPage {
    fn wrong(&self, field: &str) -> Option<&Wrong> {
        self.errors.iter().find(|wrong| wrong.field == field)
    }

    fn is_wrong(&self, field: &str) -> bool {
        self.wrong(field).is_some()
    }
}

/// `GET /kiosk/feedback`.
pub(super) async fn show(State(face): State<Arc<Face>>, preferences: Preferences) -> Response {
    match face.intake.mint() {
        Ok(id) => {
            let form = FeedbackForm { kind: KINDS[0].0.to_owned(), ..FeedbackForm::default() };
            page(&feedback_page(&face, id, form, Vec::new(), preferences))
        }
        Err(refusal) => notice::refused(&face, &refusal, preferences),
    }
}

/// `POST /kiosk/feedback`: whatever is wrong, the words that were typed are still there.
pub(super) async fn send(
    State(face): State<Arc<Face>>,
    preferences: Preferences,
    Form(form): Form<FeedbackForm>,
) -> Response {
    let minted = || face.intake.mint();
    let id = match form.id.parse::<EventId>().or_else(|_| minted()) {
        Ok(id) => id,
        Err(refusal) => return notice::refused(&face, &refusal, preferences),
    };
    let errors = wrong_fields(&form);
    if !errors.is_empty() {
        return page_with_status(
            StatusCode::UNPROCESSABLE_ENTITY,
            &feedback_page(&face, id, form, errors, preferences),
        );
    }
    let (intake, bytes) = (face.intake.clone(), intake_form(&form, id));
    match tokio::spawn(async move { intake.record(&bytes, Role::Kiosk).await }).await {
        Ok(Ok(_)) => to_thanks(id),
        Ok(Err(refused)) if matches!(refused.refusal, Refusal::OtherContent(_)) => {
            notice::refused(&face, &refused.refusal, preferences)
        }
        outcome => {
            let refusal = outcome.ok().and_then(Result::err).map_or(Refusal::Failing, |refused| refused.refusal);
            let problem = refusal.problem();
            let errors = told(&refusal);
            page_with_status(problem.status(), &feedback_page(&face, id, form, errors, preferences))
        }
    }
}

fn feedback_page(
    face: &Face,
    id: EventId,
    form: FeedbackForm,
    errors: Vec<Wrong>,
    preferences: Preferences,
) -> FeedbackPage {
    let frame = frame(face, "Góp ý, phản ánh", "/kiosk/feedback", preferences);
    FeedbackPage { frame, id: id.to_string(), kinds: KINDS, form, errors }
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
    let personal = !form.contact.trim().is_empty() || !form.name.trim().is_empty();
    if personal && form.consent.is_none() {
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

/// Name and contact only with consent.
fn intake_form(form: &FeedbackForm, id: EventId) -> Vec<u8> {
    let mut data = json!({ "channel": "kiosk", "kind": form.kind, "text": form.text.trim() });
    if form.consent.is_some() {
        for (name, value) in [("name", form.name.trim()), ("contact", form.contact.trim())] {
            if !value.is_empty() {
                data[name] = value.into();
            }
        }
    }
    let form = json!({
        "specversion": "1.0",
        "type": "vn.danvan.feedback.received.v1",
        "id": id.to_string(),
        "data": data,
    });
    form.to_string().into_bytes()
}
