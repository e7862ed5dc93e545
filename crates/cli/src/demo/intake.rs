//! The facts of a demonstration: what the seed article says first, then the simulation's, all through the nodes' HTTP.

use std::time::Duration;

use danvan_event::{EvaluatorKey, Form, FormLimits, UnitId};
use danvan_simulation::{Scenario, simulate};
use futures_util::{StreamExt, TryStreamExt, stream};
use serde_json::{Value, json};
use tokio::time::Instant;

use super::fleet::{Fleet, Node};
use crate::events::{Imported, import, lines};
use crate::exit::Failure;
use crate::input;
use crate::progress::Progress;

/// What the seed article says happened in commune Lộc Thịnh.
pub(crate) const ARTICLE: &str = include_str!("../../../../schemas/examples/loc-thinh-2024.jsonl");
/// Communes that send at the same time.
const BESIDE: usize = 8;
/// How long receipts may take after the last fact.
const PATIENCE: Duration = Duration::from_secs(100);
const POLL: Duration = Duration::from_millis(50);

/// What one node acknowledged.
#[derive(Debug)]
pub(crate) struct Acknowledged {
    /// The node.
    pub(crate) node: Node,
    /// Its answers.
    pub(crate) imported: Imported,
}

/// Sends every unit its facts: the article's, then `events_per_unit` simulated ones, then the first of the next year.
pub(crate) async fn feed(
    fleet: &Fleet,
    seed: u64,
    events_per_unit: usize,
    progress: &Progress,
) -> Result<Vec<Acknowledged>, Failure> {
    let article = lines(ARTICLE);
    let reported = article_unit();
    let of_article = |unit: &UnitId| if reported.as_ref() == Some(unit) { article.clone() } else { Vec::new() };
    let simulated = simulate(&scenario(fleet, seed, events_per_unit, reported.as_ref())?);
    let forms: usize = simulated.iter().map(|unit| unit.forms.len() + of_article(&unit.unit).len() + 1).sum();
    progress.stage("Ghi sự kiện tại các trạm", "Recording events at the nodes", forms as u64);
    let sending = simulated.into_iter().filter_map(|unit| {
        let node = fleet.of(&unit.unit)?.clone();
        let first = of_article(&unit.unit);
        let next_year = new_year(fleet.year()).to_string();
        let forms = unit.forms.iter().map(ToString::to_string).chain([next_year]);
        let then: Vec<(usize, String)> = forms.enumerate().map(|(at, form)| (at + 1, form)).collect();
        Some(async move {
            let client = fleet.importer(&node)?;
            let mut imported = import(&client, &first, |done| progress.advance(done)).await?;
            imported.add(import(&client, &then, |done| progress.advance(done)).await?);
            Ok::<_, Failure>(Acknowledged { node, imported })
        })
    });
    let acknowledged: Vec<Acknowledged> = stream::iter(sending).buffered(BESIDE).try_collect().await?;
    for one in &acknowledged {
        if let Some(refused) = one.imported.refused.first() {
            let said = format!("{} line {}: {} {}", one.node.unit.id, refused.line, refused.status, refused.problem);
            return Err(Failure::failed("trạm từ chối một phiếu", "a node refused a form", said));
        }
    }
    Ok(acknowledged)
}

/// The commune that the article is about: its forms name it as their source.
pub(crate) fn article_unit() -> Option<UnitId> {
    let first = ARTICLE.lines().next()?;
    Form::parse(first.as_bytes(), FormLimits::default()).ok()?.source()?.unit().cloned()
}

/// Everything that is invented; a unit with a real roll-out keeps it.
fn scenario(fleet: &Fleet, seed: u64, events_per_unit: usize, reported: Option<&UnitId>) -> Result<Scenario, Failure> {
    let secret = input::secret(&fleet.place().evaluator_key())?;
    let key = EvaluatorKey::from_secret_text(&secret)
        .map_err(|error| Failure::failed("khoá đánh giá hỏng", "the evaluator's key is damaged", error))?;
    let units = fleet.nodes.iter().map(|node| node.unit.id.clone());
    let scenario = Scenario::new(seed, units, events_per_unit).in_year(fleet.year()).evaluated_by(key);
    Ok(match reported {
        Some(unit) => scenario.without_rollout_of(unit),
        None => scenario,
    })
}

/// What every commune records on the first working days of the next year: with it, its year is complete.
fn new_year(year: u16) -> Value {
    json!({
        "specversion": "1.0",
        "type": "vn.danvan.model.outreach_conducted.v1",
        "time": format!("{}-01-02T08:00:00+07:00", year + 1),
        "synthetic": true,
        "data": { "channel": "loudspeaker" },
    })
}

/// Waits until a receipt covers every acknowledged fact; gives back how many are covered.
pub(crate) async fn wait_for_receipts(
    fleet: &mut Fleet,
    acknowledged: &[Acknowledged],
    progress: &Progress,
) -> Result<u64, Failure> {
    let all: u64 = acknowledged.iter().map(|one| one.imported.indices.len() as u64).sum();
    progress.stage("Chờ biên nhận", "Waiting for receipts", all);
    let deadline = Instant::now() + PATIENCE;
    loop {
        let mut covered = 0;
        for one in acknowledged {
            let size = receipted(fleet, &one.node).await?;
            covered += one.imported.indices.iter().filter(|index| **index < size).count() as u64;
        }
        progress.reach(covered);
        if covered == all || Instant::now() > deadline {
            return Ok(covered);
        }
        fleet.check()?;
        tokio::time::sleep(POLL).await;
    }
}

/// The size that the node holds a receipt of the aggregator for.
async fn receipted(fleet: &Fleet, node: &Node) -> Result<u64, Failure> {
    let status = Fleet::node(node, None)?.get("/api/v1/status").await?;
    Ok(status["receipted"][&fleet.mirror].as_u64().unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use danvan_event::Gazetteer;

    use super::*;

    #[test]
    fn the_article_is_about_a_commune_of_the_first_preset() {
        let unit = article_unit().unwrap();
        let ngoc_lac = Gazetteer::preset("ngoc-lac-2024").unwrap();
        assert!(ngoc_lac.units.iter().any(|known| known.id == unit && known.name == "Lộc Thịnh"), "{unit}");
        assert!(ARTICLE.lines().all(|form| form.contains(&format!("\"source\":\"/u/{unit}\""))));
    }
}
