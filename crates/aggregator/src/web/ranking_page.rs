//! `/`: the ranking.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::extract::{Query, State};
use axum::response::{IntoResponse, Response};
use danvan_event::{Entry, UnitId};
use danvan_projection::Period;
use danvan_tlog::Index;
use danvan_ui::{
    Badge, Pair, Preferences, Tone, contains_folded, count, date_time, page, percent, points, time_of_day,
};

use super::address::{RankingQuery, path, with};
use super::api::{official, period_of, standing};
use super::completeness::Completeness;
use super::criterion::most;
use super::document::{DocumentRow, RankingDocument};
use super::facts::{UnitFacts, facts};
use super::view::{Board, GroupCell, GroupHead, Link, RankingPage, RankingProof, RankingRow, SyntheticNotice, Tile};
use super::{Face, off_thread, shell, words};
use crate::publication::{Published, digest};
use crate::standing::Standing;

pub(crate) async fn show(
    State(face): State<Arc<Face>>,
    preferences: Preferences,
    Query(query): Query<RankingQuery>,
) -> Response {
    off_thread(face, move |face| match Scene::of(face, &query) {
        Ok(scene) => scene.page(preferences),
        Err(response) => response(face, preferences),
    })
    .await
}

type Refused = Box<dyn FnOnce(&Face, Preferences) -> Response>;

/// Everything that one showing of the page rests on, read once.
struct Scene<'a> {
    face: &'a Face,
    period: Period,
    query: String,
    document: RankingDocument,
    digest: String,
    shown: Shown,
    published: Vec<Published>,
    complete: Completeness,
    facts: BTreeMap<UnitId, UnitFacts>,
    live: bool,
    path: String,
}

/// Where the rows come from.
enum Shown {
    Live(Arc<Standing>),
    Publication(Published),
}

impl<'a> Scene<'a> {
    fn of(face: &'a Face, query: &RankingQuery) -> Result<Self, Refused> {
        let missing = || -> Refused { Box::new(|face, preferences| shell::missing(face, preferences, "/")) };
        let period = period_of(face, query.period.as_deref())
            .map_err(|problem| -> Refused { Box::new(move |_, _| problem.into_response()) })?;
        let published = face.mirror.published(&period);
        let (bytes, shown) = match query.published {
            None => {
                let standing = standing(face, &period);
                (standing.ranking.to_bytes(), Shown::Live(standing))
            }
            Some(index) => {
                let one = published.iter().find(|one| one.index.get() == index).cloned().ok_or_else(missing)?;
                let documents = face.mirror.documents(one.index).map_err(|error| -> Refused {
                    Box::new(move |face, preferences| shell::broken(face, preferences, "/", &error))
                })?;
                (documents.ranking, Shown::Publication(one))
            }
        };
        let document: RankingDocument = serde_json::from_slice(&bytes).map_err(|error| -> Refused {
            Box::new(move |face, preferences| shell::broken(face, preferences, "/", &error))
        })?;
        let model = face.mirror.reading.model();
        let complete = Completeness::of(face, &model);
        let facts = facts(&model, &document, &period);
        drop(model);
        let live = query.live.as_deref() != Some("off") && matches!(shown, Shown::Live(_)) && period == face.period;
        let path = path(query, &period, face.period);
        let digest = digest(&bytes);
        Ok(Self {
            face,
            period,
            query: query.q.trim().to_owned(),
            document,
            digest,
            shown,
            published,
            complete,
            facts,
            live,
            path,
        })
    }

    fn page(self, preferences: Preferences) -> Response {
        let words = words::period(&self.period);
        let title = format!("Bảng xếp hạng {}", words.vi);
        let frame = shell::frame(self.face, &title, &self.path, preferences, Some(&self.complete)).with_live(self.live);
        let board = self.board(words);
        let proof = self.proof();
        page(&RankingPage { frame, live: self.live, seen: self.digest, board, proof })
    }

    fn board(&self, words: Pair) -> Board {
        let groups: Vec<GroupHead> = self.face.rulebook.components().iter().map(group_head).collect();
        let row = |row: &DocumentRow| self.row(row, &groups);
        let found = |row: &&DocumentRow| {
            let name = self.facts.get(&row.unit).map_or(row.name.as_str(), |facts| facts.name.as_str());
            contains_folded(&format!("{name} {}", row.unit), &self.query)
        };
        let (ranked, waiting): (Vec<_>, Vec<_>) =
            self.document.rows.iter().filter(found).partition(|row| row.rank.is_some());
        let (state, state_note) = self.state();
        Board {
            period: self.period.to_string(),
            period_vi: words.vi,
            period_en: words.en,
            state,
            state_note,
            periods: self.periods(),
            synthetic: self.synthetic(),
            tiles: self.tiles(),
            status: self.status(),
            can_pause: self.live,
            pause: Link {
                href: with(&self.path, "live=off"),
                text: Pair::new("Tạm dừng tự cập nhật", "Pause updates"),
                current: false,
            },
            query: self.query.clone(),
            rows: ranked.into_iter().map(row).collect(),
            waiting: waiting.into_iter().map(row).collect(),
            groups,
            waiting_rule: self.waiting_rule(),
            scale_note: scale_note(self.face),
            empty: self.empty(),
        }
    }

    fn row(&self, row: &DocumentRow, groups: &[GroupHead]) -> RankingRow {
        let nothing = UnitFacts::default();
        let facts = self.facts.get(&row.unit).unwrap_or(&nothing);
        let same = |other: &&DocumentRow| other.cluster == row.cluster && other.rank == row.rank;
        let shared = row.rank.is_some() && self.document.rows.iter().filter(same).count() > 1;
        let cell = |head: &GroupHead| {
            let (centi, marked) = row.component(&head.code);
            GroupCell { points: points(centi), marked }
        };
        let holding = self.complete.unit(&row.unit);
        RankingRow {
            href: format!("/units/{}?period={}", row.unit, self.period),
            unit: row.unit.to_string(),
            name: if facts.name.is_empty() { row.name.clone() } else { facts.name.clone() },
            rank: row.rank.map(|rank| rank.to_string()),
            shared,
            score: points(row.score_centi),
            score_centi: row.score_centi,
            groups: groups.iter().map(cell).collect(),
            answers: count(facts.answers),
            feedback: count(facts.feedback),
            class: words::class(row.class),
            data: holding.map_or_else(|| Badge::new(Tone::Quiet, "–", "–"), super::completeness::Holding::badge),
            synthetic: row.synthetic,
            real: facts.real,
        }
    }

    fn state(&self) -> (Badge, Option<Pair>) {
        let number = |one: &Published| {
            let at = published_at(self.face, one.index).unwrap_or_default();
            Pair::new(format!("Công bố lúc {at}"), format!("Published {at}"))
        };
        let badge = |one: &Published| {
            Badge::new(
                Tone::Good,
                format!("Chính thức · số {:02}", one.number),
                format!("Official, no. {:02}", one.number),
            )
        };
        match &self.shown {
            Shown::Publication(one) => (badge(one), Some(number(one))),
            Shown::Live(_) => match (official(&self.published, &self.digest), self.published.last()) {
                (Some(one), _) => (badge(&one), Some(number(&one))),
                (None, Some(last)) => {
                    let vi =
                        format!("Bản chính thức số {:02} giữ nguyên; bảng này đã có thêm dữ liệu mới.", last.number);
                    let en = format!("Official no. {:02} stands; newer data is shown here.", last.number);
                    (provisional(), Some(Pair::new(vi, en)))
                }
                (None, None) => (
                    provisional(),
                    Some(Pair::new("Chưa công bố cho kỳ này.", "Nothing published for this period yet.")),
                ),
            },
        }
    }

    fn periods(&self) -> Vec<Link> {
        let on_publication = match &self.shown {
            Shown::Publication(one) => Some(one.index),
            Shown::Live(_) => None,
        };
        let mut links: Vec<Link> = words::selectable(&self.period)
            .into_iter()
            .map(|(period, text)| Link {
                href: format!("/?period={period}"),
                current: on_publication.is_none() && period == self.period,
                text,
            })
            .collect();
        links.extend(self.published.iter().map(|one| Link {
            href: format!("/?period={}&published={}", self.period, one.index),
            text: Pair::new(format!("Bản số {:02}", one.number), format!("No. {:02}", one.number)),
            current: on_publication == Some(one.index),
        }));
        links
    }

    fn synthetic(&self) -> Option<SyntheticNotice> {
        self.document.rows.iter().any(|row| row.synthetic).then(|| {
            let real = self.facts.iter().find(|(_, facts)| facts.real);
            let real_unit = real.map(|(unit, facts)| Link {
                href: format!("/units/{unit}?period={}", self.period),
                text: Pair::new(facts.name.clone(), facts.name.clone()),
                current: false,
            });
            let text = Pair::new(
                "Mọi số liệu của đơn vị có nhãn “Mô phỏng” do máy sinh ra để trình diễn, không phải kết quả thật.",
                "Everything about units labelled “Mô phỏng” is generated for demonstration and says nothing about them.",
            );
            SyntheticNotice { text, real_unit }
        })
    }

    fn tiles(&self) -> Vec<Tile> {
        let ranked = self.document.rows.iter().filter(|row| row.rank.is_some()).count() as u64;
        let answers: u64 = self.facts.values().map(|facts| facts.answers).sum();
        let total = count(self.complete.total());
        vec![
            Tile::new("Đơn vị đã có dữ liệu", "Units with data", count(self.complete.present())).of(&total),
            Tile::new("Đơn vị được xếp hạng", "Units ranked", count(ranked)).of(&total),
            Tile::new("Ý kiến của người dân", "Citizens’ answers", count(answers)),
            Tile::new("Mục đã chứng thực", "Cosigned entries", count(self.complete.held())),
        ]
    }

    fn status(&self) -> Pair {
        let (held, known, late) = (self.complete.held(), self.complete.known(), self.complete.late());
        let received = percent(held, known);
        let at = match &self.shown {
            Shown::Live(standing) => format!("{} {}", danvan_ui::date(standing.at_ms), time_of_day(standing.at_ms)),
            Shown::Publication(one) => published_at(self.face, one.index).unwrap_or_default(),
        };
        let mut parts =
            vec![Pair::new(format!("Đã nhận {received} sự kiện"), format!("{received} of events received"))];
        if late > 0 {
            parts.push(Pair::new(
                format!("{late} đơn vị còn dữ liệu chưa tới"),
                format!("{late} units have more to come"),
            ));
        }
        if let Shown::Live(standing) = &self.shown
            && standing.moved > 0
        {
            parts.push(Pair::new(
                format!("{} thứ hạng vừa thay đổi", standing.moved),
                format!("{} places just changed", standing.moved),
            ));
        }
        parts.push(Pair::new(format!("cập nhật {at}"), format!("updated {at}")));
        let joined = |words: fn(&Pair) -> &str| parts.iter().map(words).collect::<Vec<_>>().join(" · ");
        Pair::new(joined(|part| &part.vi), joined(|part| &part.en))
    }

    fn waiting_rule(&self) -> Pair {
        let least = |code: &str| self.face.rulebook.criterion(code).map_or(0, |criterion| criterion.min_n);
        let codes = self.face.rulebook.decisive();
        let least = codes.iter().map(|code| least(code)).max().unwrap_or_default();
        Pair::new(
            format!(
                "Dưới {least} ý kiến hoặc dưới {least} phản ánh đến hạn trả lời, hoặc chưa nhận được sổ: chưa xếp hạng, \
                 không chiếm thứ hạng của đơn vị khác. Mất điện, mất mạng không bao giờ bị trừ điểm."
            ),
            format!(
                "Fewer than {least} answers or {least} feedback cases due, or no log received yet: not ranked, and taking no \
                 place. An outage is never punished."
            ),
        )
    }

    fn empty(&self) -> Pair {
        if self.query.is_empty() {
            Pair::new("Chưa có đơn vị nào được đăng ký.", "No unit is registered yet.")
        } else {
            Pair::new(format!("Không có đơn vị nào khớp “{}”.", self.query), "No unit matches.")
        }
    }

    fn proof(&self) -> RankingProof {
        let last = match &self.shown {
            Shown::Publication(one) => Some(one.clone()),
            Shown::Live(_) => self.published.last().cloned(),
        };
        let publication = last.map(|one| {
            let at = published_at(self.face, one.index).unwrap_or_default();
            let equal =
                if one.fact.output_sha256 == self.digest { "trùng với bảng này" } else { "khác bảng này" };
            format!("số {:02}, {at}, mục {} · sha256 {} ({equal})", one.number, one.index, one.fact.output_sha256)
        });
        RankingProof {
            rulebook: self.document.rulebook.id.clone(),
            rulebook_digest: self.document.rulebook.sha256.clone(),
            ranking_digest: self.digest.clone(),
            publication,
            origin: self.face.mirror.ledger.origin().to_string(),
            size: count(self.face.mirror.ledger.size().get()),
            level: self.face.settings.aggregator.level_label.clone(),
            how: Pair::new(
                "Ai có thư mục dữ liệu và tệp policy đều tính lại được bảng đã công bố, đúng từng byte:",
                "Anyone with the data and the policy file can recompute a published ranking to the byte.",
            ),
            command: "danvan audit replay DIR".to_owned(),
        }
    }
}

fn provisional() -> Badge {
    Badge::new(Tone::Wait, "Tạm tính", "Provisional")
}

fn group_head(component: &danvan_ranking::Component) -> GroupHead {
    let max: u32 = component.criteria.iter().map(|criterion| criterion.max_centi).sum();
    GroupHead {
        code: component.code.clone(),
        max: most(max),
        text: Pair::new(&*component.title_vi, &*component.title_en),
    }
}

fn scale_note(face: &Face) -> Pair {
    let sum: u32 = face.rulebook.criteria().map(|criterion| criterion.max_centi).sum();
    let (sum, whole) = (most(sum), most(face.rulebook.scaled_centi()));
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
fn published_at(face: &Face, index: Index) -> Option<String> {
    let record = face.mirror.ledger.read_one(index).ok()?;
    let entry = Entry::parse(record.entry).ok()?;
    Some(date_time(entry.recordedtime().as_millis()))
}
