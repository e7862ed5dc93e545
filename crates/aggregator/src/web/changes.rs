//! Why a place is another one: two periods side by side, each by its official ranking where there is one, or by the
//! publication of it that is named.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use danvan_event::UnitId;
use danvan_projection::Period;
use danvan_ranking::{Change, Ranking};
use serde_json::{Value, json};

use super::api::standing;
use super::parameters::Parameters;
use super::problems::Refusal;
use super::request::{answer, fresh};
use super::{Face, off_thread, problems};
use crate::publication::digest;

pub(crate) async fn show(State(face): State<Arc<Face>>, parameters: Parameters) -> Response {
    off_thread(face, move |face| answer(changes(face, &parameters).map(fresh))).await
}

fn changes(face: &Face, parameters: &Parameters) -> Result<Value, Refusal> {
    let asked = |name: &str| {
        Asked::read(parameters.text(name).unwrap_or_default()).ok_or_else(|| {
            let vi = "Kỳ viết dạng 2024, 2024-Q1 hoặc 2024-03; bản công bố số 1 của kỳ viết 2024@1.";
            let en = "Two periods are compared; 2024@1 is the first publication of 2024.";
            problems::bad_field(&format!("/{name}"), "period", vi, en)
        })
    };
    let (before, after) = (side(face, asked("from")?)?, side(face, asked("to")?)?);
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

/// What is compared: a period as it stands, or one publication of it.
struct Asked {
    period: Period,
    /// The how-manieth publication of the period, from 1.
    number: Option<usize>,
}

impl Asked {
    /// `2024`, or `2024@1`.
    fn read(text: &str) -> Option<Self> {
        let (period, number) = match text.split_once('@') {
            Some((period, number)) => (period, Some(number.parse().ok()?)),
            None => (text, None),
        };
        Some(Self { period: period.parse().ok()?, number })
    }
}

/// One of the two rankings, and what it is.
struct Side {
    ranking: Ranking,
    told: Value,
}

/// The publication of a period that is asked for, else the last one; what the entries lead to today where nothing was
/// published.
fn side(face: &Face, Asked { period, number }: Asked) -> Result<Side, Refusal> {
    let period = &period;
    let mut published = face.mirror.published(period);
    if let Some(number) = number {
        published.retain(|one| one.number == number);
        if published.is_empty() {
            return Err(problems::not_found("bản công bố", "publication"));
        }
    }
    let Some(last) = published.pop() else {
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
