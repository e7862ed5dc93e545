//! What became of a unit, and what it was before: said beside its name, whatever period is shown.

use danvan_event::UnitId;
use danvan_projection::{Day, Registry, Succession, Turn};
use danvan_ui::Pair;
use serde_json::{Value, json};

use super::view::{Link, SuccessionView};
use super::{Face, words};

/// What is known today of the successions of a unit.
pub(crate) fn of(face: &Face, registry: &Registry, unit: &UnitId) -> Succession {
    match danvan_event::Timestamp::from_millis(face.clock.now().get()) {
        Ok(now) => registry.succession(unit, Day::of(now)),
        // A clock that shows no nameable year knows of no present either.
        Err(_) => Succession { now: Vec::new(), formerly: Vec::new() },
    }
}

/// `Nay thuộc xã Ngọc Liên (từ 01/7/2025)`, where others go on for the unit.
pub(crate) fn now(succession: &Succession) -> Option<Pair> {
    Some(Pair::new(succession.now_vi()?, succession.now_en()?))
}

/// What the unit's own page says: first what it is part of now, then what it was formed from, each with the legal act and
/// the pages of the other units.
pub(crate) fn views(registry: &Registry, succession: &Succession) -> Vec<SuccessionView> {
    let formerly = succession.formerly_vi().zip(succession.formerly_en()).map(|(vi, en)| Pair::new(vi, en));
    let told = [(now(succession), &succession.now), (formerly, &succession.formerly)];
    let view = |(text, turns): (Option<Pair>, &Vec<Turn>)| {
        let pages = turns.iter().filter(|turn| registry.units().contains_key(&turn.unit));
        Some(SuccessionView { text: text?, acts: acts(turns), links: pages.map(|turn| link(registry, turn)).collect() })
    };
    told.into_iter().filter_map(view).collect()
}

/// The same for programs.
pub(crate) fn json(succession: &Succession) -> Value {
    let turns = |turns: &[Turn]| {
        let row =
            |turn: &Turn| json!({ "unit": turn.unit, "name": turn.name, "since": turn.since, "doc_no": turn.doc_no });
        turns.iter().map(row).collect::<Vec<Value>>()
    };
    let mut document = json!({ "now": turns(&succession.now), "formerly": turns(&succession.formerly) });
    let texts = [
        ("now_vi", succession.now_vi()),
        ("now_en", succession.now_en()),
        ("formerly_vi", succession.formerly_vi()),
        ("formerly_en", succession.formerly_en()),
    ];
    for (name, text) in texts {
        if let Some(text) = text {
            document[name] = json!(text);
        }
    }
    document
}

/// The numbers of the legal acts, each once.
fn acts(turns: &[Turn]) -> String {
    let mut acts: Vec<&str> = turns.iter().map(|turn| turn.doc_no.as_str()).collect();
    acts.sort_unstable();
    acts.dedup();
    acts.join(", ")
}

fn link(registry: &Registry, turn: &Turn) -> Link {
    let name = words::unit_name(&turn.unit, registry.units().get(&turn.unit).map(|held| &held.fact));
    Link { href: format!("/units/{}", turn.unit), text: Pair::new(name.clone(), name), current: false }
}
