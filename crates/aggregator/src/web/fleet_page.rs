//! `/fleet`: the nodes as they report themselves.

use axum::response::Response;
use danvan_ui::{Pair, Preferences, Tone, count, date, date_time, duration, page, time_of_day};

use super::completeness::{Completeness, Holding};
use super::parameters::Parameters;
use super::reader::Reader;
use super::view::{FleetPage, Link, NodeRow, Tile};
use super::{Face, shell, synthetic, words};

/// A clock that is further off than this is shown with its difference.
const CLOCK_TOLERANCE_MS: i64 = 2_000;

pub(crate) async fn show(reader: Reader, parameters: Parameters) -> Response {
    reader.shown(move |face, preferences| Ok(shown(face, preferences, !parameters.stands_still()))).await
}

fn shown(face: &Face, preferences: Preferences, live: bool) -> Response {
    let now_ms = face.clock.now().get();
    let model = face.mirror.reading.model();
    let complete = Completeness::of(face, &model);
    let simulated = synthetic::simulated(&model);
    let row = |holding: &Holding| {
        let registered = model.registry().units().get(&holding.unit).map(|held| &held.fact);
        let clock_simulated = synthetic::runs_simulated_clock(&model, &holding.unit);
        let row = node_row(holding, words::unit_name(&holding.unit, registered), clock_simulated, now_ms);
        NodeRow { simulated: simulated.contains(&holding.unit), ..row }
    };
    let rows = complete.units.iter().map(row).collect();
    let online = complete.units.iter().filter(|holding| holding.node_badge(now_ms).tone == Tone::Good).count();
    let waiting: u64 = complete.units.iter().map(|holding| holding.known - holding.held).sum();
    let tiles = vec![
        Tile::new("Trạm đang kết nối", "Nodes online", count(online as u64)).of(count(complete.total())),
        Tile::new("Mục đã chứng thực", "Cosigned entries", count(complete.held())),
        Tile::new("Mục chờ gửi", "Entries waiting", count(waiting)),
    ];
    let intro = Pair::new(
        "Trạm mất điện hoặc mất mạng vẫn ghi tiếp và gửi bù sau; không mục nào đã nhận bị mất và không đơn vị nào bị trừ điểm.",
        "A node without power or network goes on later and catches up; nothing acknowledged is lost and nobody is marked down.",
    );
    let at = format!("{} {}", date(now_ms), time_of_day(now_ms));
    let path = if live { "/fleet" } else { "/fleet?live=off" };
    page(&FleetPage {
        frame: shell::frame(face, "Tình trạng trạm", path, preferences, Some(&complete)).with_live(live),
        live,
        intro,
        synthetic: (!simulated.is_empty()).then(synthetic::of_units),
        tiles,
        updated: Pair::new(format!("Cập nhật {at}"), format!("updated {at}")),
        toggle: toggle(live),
        rows,
    })
}

fn toggle(live: bool) -> Link {
    let (href, text) = if live {
        ("/fleet?live=off", Pair::new("Tạm dừng tự cập nhật", "Pause updates"))
    } else {
        ("/fleet", Pair::new("Tiếp tục tự cập nhật", "Resume updates"))
    };
    Link { href: href.to_owned(), text, current: false }
}

fn node_row(holding: &Holding, name: String, clock_simulated: bool, now_ms: i64) -> NodeRow {
    let nothing = || "–".to_owned();
    let seen = holding.sighting.as_ref();
    NodeRow {
        unit: holding.unit.to_string(),
        name,
        simulated: clock_simulated,
        state: holding.node_badge(now_ms),
        size: seen.map_or_else(nothing, |seen| count(seen.heartbeat.size.get())),
        receipted: count(holding.held),
        backlog: count(holding.known - holding.held),
        seen: seen.map_or_else(nothing, |seen| ago(now_ms, seen.at.get())),
        clock: match seen {
            _ if clock_simulated => "mô phỏng".to_owned(),
            Some(seen) => clock(seen.heartbeat.clock_ms - seen.at.get()),
            None => nothing(),
        },
        version: seen.map_or_else(nothing, |seen| seen.heartbeat.version.clone()),
    }
}

fn ago(now_ms: i64, then_ms: i64) -> String {
    let passed = u64::try_from(now_ms - then_ms).unwrap_or(0);
    format!("{} trước · {}", duration(passed), date_time(then_ms))
}

fn clock(difference_ms: i64) -> String {
    if difference_ms.abs() <= CLOCK_TOLERANCE_MS {
        return "đúng".to_owned();
    }
    let direction = if difference_ms > 0 { "nhanh" } else { "chậm" };
    format!("{direction} {}", duration(difference_ms.unsigned_abs()))
}
