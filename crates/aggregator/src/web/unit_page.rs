//! `/units/{unit}`: one unit, its score explained, its roll-out told.

use axum::response::Response;
use danvan_event::{UnitId, UnitRegistered};
use danvan_projection::{Period, Succession, UnitModel};
use danvan_ranking::{Class, Explanation, Rulebook};
use danvan_tlog::{Index, Origin};
use danvan_ui::{Pair, Preferences, count, date, page, points};

use super::completeness::{Completeness, Holding};
use super::parameters::{Parameters, Segments};
use super::problems::Refusal;
use super::reader::{NoPage, Reader};
use super::unit_logs::UnitLogs;
use super::view::{FlagView, Tile, UnitPage};
use super::{Face, criterion, shell, succession, synthetic, timeline, unit_catalogues, words};

pub(crate) async fn show(reader: Reader, unit: Result<Segments<String>, Refusal>, parameters: Parameters) -> Response {
    reader
        .shown(move |face, preferences| {
            let Segments(unit) = unit?;
            let period = parameters.period()?;
            let path = match period {
                Some(period) => format!("/units/{unit}?period={period}"),
                None => format!("/units/{unit}"),
            };
            let unit = unit.parse().map_err(|_| NoPage::Missing)?;
            let period = period.unwrap_or(face.period);
            let rulebook = face.mirror.rules_of(&period).map_err(|error| NoPage::broken(&error))?;
            let scene = Scene::of(face, &rulebook, unit, period).ok_or(NoPage::Missing)?;
            scene.page(face, preferences, &path)
        })
        .await
}

/// Everything that one showing of the page rests on, read once.
struct Scene {
    unit: UnitId,
    period: Period,
    registered: UnitRegistered,
    succession: Succession,
    explanation: Explanation,
    complete: Completeness,
    holding: Holding,
    root: Option<String>,
    known: UnitModel,
    simulated: bool,
}

impl Scene {
    fn of(face: &Face, rulebook: &Rulebook, unit: UnitId, period: Period) -> Option<Self> {
        let (explanation, model) = face.mirror.explain(rulebook, &period, &unit)?;
        let registered = model.registry().units().get(&unit)?.fact.clone();
        let succession = succession::of(face, model.registry(), &unit);
        let complete = Completeness::of(face, &model);
        let holding = complete.unit(&unit)?.clone();
        let cosigned = holding.origin.as_ref().and_then(|origin| model.registry().cosigned().get(origin));
        let root = cosigned.map(|held| held.fact.root.clone());
        let known = model.unit(&unit).cloned().unwrap_or_default();
        let simulated = synthetic::is_simulated(&model, &unit);
        Some(Self { unit, period, registered, succession, explanation, complete, holding, root, known, simulated })
    }

    fn page(self, face: &Face, preferences: Preferences, path: &str) -> Result<Response, NoPage> {
        let name = words::unit_name(&self.unit, Some(&self.registered));
        let origin = self.holding.origin.as_deref().and_then(|origin| Origin::new(origin).ok());
        let (logs, succession) = {
            let model = face.mirror.reading.model();
            let registry = model.registry();
            (UnitLogs::of(registry, &self.unit), succession::views(registry, &self.succession))
        };
        let found = match &logs {
            Some(logs) => logs.entries(&face.mirror.archive, &timeline::places(&self.known)),
            None => Ok(Vec::new()),
        };
        let own = unit_catalogues::own(face);
        let steps = timeline::steps(found.map_err(|error| NoPage::broken(&error))?, &own);
        let attribution = synthetic::attribution(face, &self.unit);
        let scored = self.explanation.class != Class::ChuaDuDuLieu;
        Ok(page(&UnitPage {
            frame: shell::frame(face, &name, path, preferences, Some(&self.complete)),
            unit: self.unit.to_string(),
            parent: self.registered.parent_name.clone(),
            succession,
            period: self.period.to_string(),
            period_text: words::period(&self.period),
            synthetic: self.simulated.then(|| synthetic::of_unit().but(attribution, None)),
            tiles: self.tiles(scored),
            class: Some(words::class(self.explanation.class)),
            marks: self.explanation.marks.iter().copied().map(words::mark).collect(),
            why: why(&self.explanation, scored),
            groups: self.explanation.components.iter().map(criterion::group).collect(),
            steps,
            flagged: self.flagged(),
            origin: origin.map_or_else(|| "–".to_owned(), |origin| origin.to_string()),
            held: count(self.holding.held),
            root: self.root,
            name,
        }))
    }

    fn tiles(&self, scored: bool) -> Vec<Tile> {
        let explanation = &self.explanation;
        let rank = explanation.rank.map_or_else(|| "–".to_owned(), |rank| rank.to_string());
        let score = if scored { points(i64::from(explanation.score_centi)) } else { "–".to_owned() };
        let recorded = self.known.last_recorded().map_or_else(|| "–".to_owned(), |at| date(at.as_millis()));
        let mut rank = Tile::new("Thứ hạng", "Rank", rank);
        if explanation.rank.is_some() {
            rank = rank.of(explanation.ranked_units.to_string());
        }
        vec![
            rank,
            Tile::new("Điểm", "Score", score).of("100"),
            Tile::new("Mục đã chứng thực", "Cosigned entries", count(self.holding.held)),
            Tile::new("Ghi lần cuối", "Last recorded", recorded),
        ]
    }

    fn flagged(&self) -> Vec<FlagView> {
        let flags = self.known.flagged().iter();
        flags.map(|(at, reason)| FlagView { index: at.index(), text: words::flag(*reason) }).collect()
    }
}

fn why(explanation: &Explanation, scored: bool) -> Pair {
    let sum = points(i64::from(explanation.sum_centi));
    let score = points(i64::from(explanation.score_centi));
    if scored {
        Pair::new(
            format!(
                "Cộng các tiêu chí được {sum} điểm, quy về thang 100 là {score}. Số ở cột minh chứng mở đúng mục đã ghi."
            ),
            format!(
                "The criteria sum to {sum} points, {score} when scaled to 100. Each number opens the entry behind it."
            ),
        )
    } else {
        Pair::new(
            "Chưa đủ dữ liệu để xếp hạng. Các tiêu chí dưới đây cho thấy còn thiếu gì; không tiêu chí nào trừ điểm vì mất mạng.",
            "Not enough data to be ranked. The criteria below show what is missing; none is lowered by an outage.",
        )
    }
}

/// The unit's logs and name, for pages that show one entry of it.
pub(crate) fn logs_of(face: &Face, unit: &UnitId) -> Option<(UnitLogs, String)> {
    let model = face.mirror.reading.model();
    let registry = model.registry();
    let logs = UnitLogs::of(registry, unit)?;
    let registered = registry.units().get(unit).map(|held| &held.fact);
    Some((logs, words::unit_name(unit, registered)))
}

/// Why an entry of the unit does not count, if it does not.
pub(crate) fn flag_of(face: &Face, unit: &UnitId, index: Index) -> Option<Pair> {
    let model = face.mirror.reading.model();
    let flagged = model.unit(unit)?.flagged();
    flagged.iter().find(|(at, _)| at.index() == index.get()).map(|(_, reason)| words::flag(*reason))
}
