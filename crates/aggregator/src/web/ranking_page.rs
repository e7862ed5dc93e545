//! `/`: the ranking.

mod course;
mod proof;
mod summary;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use axum::response::Response;
use danvan_event::{Entry, UnitId};
use danvan_projection::ReadModel;
use danvan_ranking::{Measure, Rulebook};
use danvan_tlog::Index;
use danvan_ui::{Badge, Pair, Preferences, Tone, contains_folded, count, date_time, page, points};

use super::address::RankingQuery;
use super::api::standing;
use super::completeness::{Completeness, Holding};
use super::criterion::most;
use super::document::{DocumentRow, InputsDocument, RankingDocument};
use super::parameters::Parameters;
use super::reader::{NoPage, Reader};
use super::view::{Board, GroupCell, GroupHead, Link, RankingPage, RankingRow, SyntheticNotice};
use super::{Face, shell, succession, synthetic, words};
use crate::publication::{PublicationReadError, Published, digest};
use crate::standing::Standing;

pub(crate) async fn show(reader: Reader, parameters: Parameters) -> Response {
    reader
        .shown(move |face, preferences| {
            let query = RankingQuery::of(&parameters, face.period)?;
            Ok(Scene::of(face, query)?.page(preferences))
        })
        .await
}

/// Everything that one showing of the page rests on, read once.
struct Scene<'a> {
    face: &'a Face,
    query: RankingQuery,
    document: RankingDocument,
    rulebook: Arc<Rulebook>,
    digest: String,
    shown: Shown,
    published: Vec<Published>,
    complete: Completeness,
    /// Kind and name of every unit as registered now.
    names: BTreeMap<UnitId, String>,
    /// What the units that ended are part of now.
    part_of: BTreeMap<UnitId, Pair>,
    simulated: BTreeSet<UnitId>,
}

/// Where the rows come from.
enum Shown {
    Live(Arc<Standing>),
    Publication {
        publication: Box<Published>,
        /// Entries that it rests on.
        entries: u64,
    },
}

impl<'a> Scene<'a> {
    fn of(face: &'a Face, query: RankingQuery) -> Result<Self, NoPage> {
        // First the standing, then the publications: a publication in between is pushed as news, never missed.
        let standing = query.published.is_none().then(|| standing(face, &query.period)).transpose();
        let standing = standing.map_err(|error| NoPage::broken(&error))?;
        let published = face.mirror.published(&query.period);
        let (bytes, shown) = match (standing, query.published) {
            (Some(standing), _) => (standing.ranking.to_bytes(), Shown::Live(standing)),
            (None, index) => publication(face, &published, index)?,
        };
        let document: RankingDocument = serde_json::from_slice(&bytes).map_err(|error| NoPage::broken(&error))?;
        let rulebook = face.mirror.rulebook(&document.rulebook.sha256).map_err(|error| NoPage::broken(&error))?;
        let model = face.mirror.reading.model();
        let complete = Completeness::of(face, &model);
        let registered = model.registry().units().iter();
        let names = registered.map(|(unit, held)| (unit.clone(), words::unit_name(unit, Some(&held.fact)))).collect();
        let simulated = synthetic::simulated(&model);
        let part_of = part_of(face, &model, &document);
        drop(model);
        let digest = digest(&bytes);
        Ok(Self { face, query, document, rulebook, digest, shown, published, complete, names, part_of, simulated })
    }

    /// Whether the page can follow what comes in: publications and other periods stand still by themselves.
    fn can_follow(&self) -> bool {
        matches!(self.shown, Shown::Live(_)) && self.query.period == self.face.period
    }

    fn page(self, preferences: Preferences) -> Response {
        let words = words::period(&self.query.period);
        let title = format!("Bảng xếp hạng {}", words.vi);
        let live = self.query.live && self.can_follow();
        // The badge tells how complete the data is now, which says nothing about a publication.
        let (complete, seen) = match &self.shown {
            Shown::Live(standing) => (Some(&self.complete), standing.key()),
            Shown::Publication { .. } => (None, String::new()),
        };
        let path = self.query.path(self.face.period);
        let frame = shell::frame(self.face, &title, &path, preferences, complete).with_live(live);
        page(&RankingPage { frame, live, seen, board: self.board(words), proof: self.proof() })
    }

    fn board(&self, words: Pair) -> Board {
        let groups: Vec<GroupHead> = self.rulebook.components().iter().map(group_head).collect();
        let row = |row: &DocumentRow| self.row(row, &groups);
        let found =
            |row: &&DocumentRow| contains_folded(&format!("{} {}", self.name(row), row.unit), &self.query.search);
        let (ranked, waiting): (Vec<_>, Vec<_>) =
            self.document.rows.iter().filter(found).partition(|row| row.rank.is_some());
        let (state, state_note) = self.state();
        let rows = ranked.into_iter().map(row).collect();
        let waiting = waiting.into_iter().map(row).collect();
        Board {
            period_vi: words.vi,
            period_en: words.en,
            state,
            state_note,
            course: self.course(),
            periods: self.periods(),
            synthetic: self.synthetic(),
            tiles: self.tiles(),
            status: self.status(),
            toggle: self.can_follow().then(|| self.toggle()),
            query: self.query.search.clone(),
            kept: self.kept(),
            all: RankingQuery { search: String::new(), ..self.query.clone() }.path(self.face.period),
            live_data: matches!(self.shown, Shown::Live(_)),
            rows,
            waiting,
            groups,
            waiting_rule: self.waiting_rule(),
            scale_note: scale_note(&self.rulebook),
            empty: self.empty(),
        }
    }

    fn row(&self, row: &DocumentRow, groups: &[GroupHead]) -> RankingRow {
        let same = |other: &&DocumentRow| other.cluster == row.cluster && other.rank == row.rank;
        let shared = row.rank.is_some() && self.document.rows.iter().filter(same).count() > 1;
        let cell = |head: &GroupHead| {
            let (centi, marked) = row.component(&head.code);
            GroupCell { points: points(centi), marked }
        };
        let holding = self.complete.unit(&row.unit);
        RankingRow {
            href: format!("/units/{}?period={}", row.unit, self.query.period),
            unit: row.unit.to_string(),
            name: self.name(row).to_owned(),
            part_of: self.part_of.get(&row.unit).cloned(),
            rank: row.rank.map(|rank| rank.to_string()),
            shared,
            score: points(row.score_centi),
            score_centi: row.score_centi,
            groups: groups.iter().map(cell).collect(),
            answers: count(self.observations(row, Measure::Satisfied)),
            feedback: count(self.observations(row, Measure::AnsweredOnTime)),
            class: words::class(row.class),
            data: holding.map_or_else(|| Badge::new(Tone::Quiet, "–", "–"), Holding::badge),
            synthetic: self.is_simulated(row),
            real: synthetic::attribution(self.face, &row.unit).is_some(),
        }
    }

    /// What a unit is called: in a publication as it says, else with its kind as registered.
    fn name<'row>(&'row self, row: &'row DocumentRow) -> &'row str {
        match &self.shown {
            Shown::Live(_) => self.names.get(&row.unit).unwrap_or(&row.name),
            Shown::Publication { .. } => &row.name,
        }
    }

    /// How much was observed, as the document says.
    fn observations(&self, row: &DocumentRow, measure: Measure) -> u64 {
        let of_measure = self.rulebook.criteria().find(|criterion| criterion.measure == measure);
        of_measure.map_or(0, |criterion| row.observations(&criterion.code))
    }

    /// Of a unit without data there is nothing to mark, whatever its node does by now.
    fn is_simulated(&self, row: &DocumentRow) -> bool {
        row.synthetic || row.has_data() && self.simulated.contains(&row.unit)
    }

    fn synthetic(&self) -> Option<SyntheticNotice> {
        let rows = &self.document.rows;
        rows.iter().any(|row| self.is_simulated(row)).then(|| {
            let attributed = rows.iter().filter_map(|row| synthetic::attribution(self.face, &row.unit));
            attributed.fold(synthetic::of_units(), |notice, attribution| {
                let href = format!("/units/{}?period={}", attribution.unit, self.query.period);
                notice.but(Some(attribution), Some(href))
            })
        })
    }

    fn periods(&self) -> Vec<Link> {
        let on_publication = match &self.shown {
            Shown::Publication { publication, .. } => Some(publication.index),
            Shown::Live(_) => None,
        };
        let mut links: Vec<Link> = words::selectable(&self.query.period)
            .into_iter()
            .map(|(period, text)| Link {
                href: format!("/?period={period}"),
                current: on_publication.is_none() && period == self.query.period,
                text,
            })
            .collect();
        links.extend(self.published.iter().map(|one| Link {
            href: format!("/?period={}&published={}", self.query.period, one.index),
            text: Pair::new(format!("Bản số {:02}", one.number), format!("No. {:02}", one.number)),
            current: on_publication == Some(one.index),
        }));
        links
    }

    fn toggle(&self) -> Link {
        let text = if self.query.live {
            Pair::new("Tạm dừng tự cập nhật", "Pause updates")
        } else {
            Pair::new("Tiếp tục tự cập nhật", "Resume updates")
        };
        Link { href: self.query.with_live(!self.query.live).path(self.face.period), text, current: false }
    }

    fn kept(&self) -> Vec<(&'static str, String)> {
        let mut kept = vec![("period", self.query.period.to_string())];
        kept.extend(self.query.published.map(|index| ("published", index.to_string())));
        if !self.query.live {
            kept.push(("live", "off".to_owned()));
        }
        kept
    }
}

/// What is said beside the names of units that ended: a reader of today finds them under the new ones.
fn part_of(face: &Face, model: &ReadModel, document: &RankingDocument) -> BTreeMap<UnitId, Pair> {
    let registry = model.registry();
    let ended: BTreeSet<&UnitId> = registry.successions().iter().flat_map(|held| &held.fact.from_units).collect();
    let rows = document.rows.iter().filter(|row| ended.contains(&row.unit));
    let told =
        rows.filter_map(|row| Some((row.unit.clone(), succession::now(&succession::of(face, registry, &row.unit))?)));
    told.collect()
}

/// The bytes of a publication of the period, and what it rests on.
fn publication(face: &Face, published: &[Published], index: Option<Index>) -> Result<(Vec<u8>, Shown), NoPage> {
    let publication = published.iter().find(|one| Some(one.index) == index).cloned().ok_or(NoPage::Missing)?;
    let broken = |error: PublicationReadError| NoPage::broken(&error);
    let documents = face.mirror.documents(publication.index).map_err(broken)?;
    let inputs: InputsDocument = serde_json::from_slice(&documents.inputs).map_err(|error| NoPage::broken(&error))?;
    Ok((documents.ranking, Shown::Publication { publication: Box::new(publication), entries: inputs.entries() }))
}

fn group_head(component: &danvan_ranking::Component) -> GroupHead {
    let max: u32 = component.criteria.iter().map(|criterion| criterion.max_centi).sum();
    GroupHead {
        code: component.code.clone(),
        max: most(max),
        text: Pair::new(&*component.title_vi, &*component.title_en),
    }
}

fn scale_note(rulebook: &Rulebook) -> Pair {
    let sum: u32 = rulebook.criteria().map(|criterion| criterion.max_centi).sum();
    let (sum, whole) = (most(sum), most(rulebook.scaled_centi()));
    Pair::new(
        format!(
            "Tổng các phần là {sum} điểm, quy về thang {whole}. Dấu * : có tiêu chí chưa đủ số liệu, tạm dùng mức chung."
        ),
        format!(
            "The components sum to {sum} points, scaled to {whole}. * marks a criterion where the prior stands in."
        ),
    )
}

/// When the entry at this index of the own log was written, as people read it.
fn written_at(face: &Face, index: Index) -> Option<String> {
    let record = face.mirror.ledger.read_one(index).ok()?;
    let entry = Entry::parse(record.entry).ok()?;
    Some(date_time(entry.recordedtime().as_millis()))
}
