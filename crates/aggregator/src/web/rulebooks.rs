//! Rulebooks: which were adopted, one tried on history before anyone adopts it, one adopted.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use danvan_ranking::{MAX_RULEBOOK_BYTES, Rulebook, RulebookError, Trial};
use serde_json::{Value, json};

use super::admin::refusal;
use super::parameters::Parameters;
use super::problems::{Refusal, field_error};
use super::request::{Body, answer, authorised, fresh, whole, wrong};
use super::{Face, off_thread, problems};

pub(crate) async fn all(State(face): State<Arc<Face>>) -> Response {
    off_thread(face, |face| {
        let model = face.mirror.reading.model();
        let adopted = model.registry().rulebooks().iter();
        let rows = adopted.map(|held| {
            let said = &held.fact;
            let mut row = json!({ "index": held.evidence, "rulebook": said.rulebook, "sha256": said.rulebook_sha256 });
            if let Some(doc_no) = &said.doc_no {
                row["doc_no"] = json!(doc_no);
            }
            row
        });
        let document = json!({ "rulebooks": rows.collect::<Vec<Value>>() });
        fresh(document)
    })
    .await
}

pub(crate) async fn attempt(State(face): State<Arc<Face>>, parameters: Parameters, body: Body) -> Response {
    off_thread(face, move |face| answer(attempted(face, &parameters, body))).await
}

pub(crate) async fn adopt(
    State(face): State<Arc<Face>>,
    parameters: Parameters,
    headers: HeaderMap,
    body: Body,
) -> Response {
    off_thread(face, move |face| answer(adopted(face, &parameters, &headers, body))).await
}

/// Who would move if the file were the rulebook of the period; nothing is written.
fn attempted(face: &Face, parameters: &Parameters, body: Body) -> Result<Response, Refusal> {
    let candidate = rulebook(&whole(body, MAX_RULEBOOK_BYTES)?)?;
    let period = parameters.period()?.unwrap_or(face.period);
    let current = face.mirror.rules_of(&period).map_err(|error| problems::internal(&error))?;
    let trial = Trial::of(&face.mirror.reading.model(), &current, &candidate, &period);
    Ok(fresh(trial))
}

fn adopted(face: &Face, parameters: &Parameters, headers: &HeaderMap, body: Body) -> Result<Response, Refusal> {
    authorised(face, headers)?;
    let file = whole(body, MAX_RULEBOOK_BYTES)?;
    let rulebook = rulebook(&file)?;
    let stated = face.mirror.adopt(&rulebook, &file, parameters.text("doc_no")).map_err(|error| refusal(&error))?;
    face.mirror.notary.cosign_own(&face.mirror.ledger).map_err(|error| problems::internal(&error))?;
    let status = if stated.again { StatusCode::OK } else { StatusCode::CREATED };
    let document = json!({
        "rulebook": rulebook.id(), "sha256": rulebook.sha256(), "index": stated.index, "again": stated.again,
    });
    Ok((status, Json(document)).into_response())
}

/// A file with an error is refused whole, with all of its errors.
fn rulebook(file: &[u8]) -> Result<Rulebook, Refusal> {
    Rulebook::parse(file).map_err(|errors| wrong(errors.iter().map(fault).collect()))
}

fn fault(error: &RulebookError) -> danvan_daemon::FieldError {
    let (line, key) = (error.line, &error.key);
    let vi = format!("Dòng {line}, {key}: {}", error.fault.vi());
    field_error(
        &format!("/{}", key.replace('.', "/")),
        "rulebook",
        vi,
        format!("Line {line}, {key}: {}", error.fault.en()),
    )
}
