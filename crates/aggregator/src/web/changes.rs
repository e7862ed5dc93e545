//! Why a place is another one: two periods side by side, each by its official ranking where there is one.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use danvan_event::UnitId;
use danvan_projection::Period;
use danvan_ranking::{Change, Ranking};
use serde_json::{Value, json};

use super::api::standing;
use super::parameters::Parameters;
use super::problems::Refusal;
use super::{Face, off_thread, problems};
use crate::publication::digest;

pub(crate) async fn show(State(face): State<Arc<Face>>, parameters: Parameters) -> Response {
    off_thread(face, move |face| match changes(face, &parameters) {
        Ok(document) => ([(header::CACHE_CONTROL, "no-cache")], Json(document)).into_response(),
        Err(refusal) => refusal.into_response(),
    })
    .await
}

fn changes(face: &Face, parameters: &Parameters) -> Result<Value, Refusal> {
    let period = |name: &str| {
        let text = parameters.text(name).unwrap_or_default();
        let vi = "Kỳ viết dạng 2024, 2024-Q1 hoặc 2024-03.";
        text.parse().map_err(|_| problems::bad_field(&format!("/{name}"), "period", vi, "Two periods are compared."))
    };
    let (before, after) = (side(face, &period("from")?)?, side(face, &period("to")?)?);
    let changes = match parameters.text("unit") {
        Some(text) => {
            let missing = || problems::not_found("đơn vị", "unit");
            let unit: UnitId = text.parse().map_err(|_| missing())?;
            vec![Change::between(&before.ranking, &after.ranking, &unit).ok_or_else(missing)?]
        }
        None => Change::all(&before.ranking, &after.ranking),
    };
    Ok(json!({ "before": before.told, "after": after.told, "changes": changes }))
}

/// One of the two rankings, and what it is.
struct Side {
    ranking: Ranking,
    told: Value,
}

/// The last publication of a period; what the entries lead to today where nothing was published.
fn side(face: &Face, period: &Period) -> Result<Side, Refusal> {
    let Some(last) = face.mirror.published(period).pop() else {
        let standing = standing(face, period).map_err(|error| problems::internal(&error))?;
        let told = json!({ "period": period, "state": "provisional", "sha256": standing.digest });
        return Ok(Side { ranking: standing.ranking.clone(), told });
    };
    let documents = face.mirror.documents(last.index).map_err(|error| problems::internal(&error))?;
    let ranking = Ranking::parse(&documents.ranking).map_err(|error| problems::internal(&error))?;
    let sha256 = digest(&documents.ranking);
    let told =
        json!({ "period": period, "state": "official", "index": last.index, "number": last.number, "sha256": sha256 });
    Ok(Side { ranking, told })
}
