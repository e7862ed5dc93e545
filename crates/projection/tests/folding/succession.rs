//! What became of a unit, under whose name its history stays, and which unit was whole in a period.

use danvan_event::UnitId;
use danvan_projection::{Applied, Day, FlagReason, Period, Reach, Registry, Rule, Snapshot};
use serde_json::{Value, json};

use crate::log::{Log, Saying};

const TIME: &str = "2025-06-16T08:00:00+07:00";
const LOC_THINH: &str = "gso2024-15097";
const NGOC_LIEN: &str = "nso2025-15091";

fn succeeded(from: &[&str], to: &[&str], effective_on: &str) -> Saying<'static> {
    let to: Vec<Value> = to.iter().map(|unit| json!({"unit": unit})).collect();
    let data = json!({"from_units": from, "to_units": to, "effective_on": effective_on, "doc_no": "1686/NQ-UBTVQH15"});
    Saying::new(TIME, "unit.succeeded", data)
}

fn tree(name: &str, from: &str, until: Option<&str>) -> Saying<'static> {
    let mut data = json!({"tree": name, "valid_from": from, "units_count": 21, "attachment_sha256": "0".repeat(64)});
    if let Some(until) = until {
        data["valid_until"] = until.into();
    }
    Saying::new(TIME, "unit.tree_published", data)
}

fn log(facts: &[Saying<'static>]) -> Log {
    let mut log = Log::new("/a/thanh-hoa");
    for fact in facts {
        log.given(fact);
    }
    log
}

fn merged() -> Log {
    let old = ["gso2024-15091", "gso2024-15094", LOC_THINH, "gso2024-15100", "gso2024-15103"];
    log(&[succeeded(&old, &[NGOC_LIEN], "2025-07-01")])
}

fn unit(text: &str) -> UnitId {
    text.parse().unwrap()
}

fn day(text: &str) -> Day {
    text.parse().unwrap()
}

fn now_units(registry: &Registry, id: &str, on: &str) -> Vec<String> {
    registry.succession(&unit(id), day(on)).now.iter().map(|turn| turn.unit.to_string()).collect()
}

#[test]
fn a_commune_of_2024_says_where_it_belongs_now_and_keeps_its_name() {
    let log = merged();
    let registry = log.model.registry();
    let succession = registry.succession(&unit(LOC_THINH), day("2026-03-08"));
    assert_eq!(succession.now_vi().as_deref(), Some("Nay thuộc xã Ngọc Liên (từ 01/7/2025)"));
    assert_eq!(succession.now_en().as_deref(), Some("Now part of xã Ngọc Liên (since 2025-07-01)"));
    assert_eq!((succession.now[0].doc_no.as_str(), succession.formerly_vi()), ("1686/NQ-UBTVQH15", None));
    assert_eq!(registry.name_of(&unit(LOC_THINH)), "xã Lộc Thịnh");
    assert_eq!(registry.succession(&unit(LOC_THINH), day("2025-06-30")).now_vi(), None);
}

#[test]
fn a_new_commune_names_what_it_was_before() {
    let log = merged();
    let succession = log.model.registry().succession(&unit(NGOC_LIEN), day("2025-07-01"));
    let formerly = "Trước đây: xã Ngọc Liên, xã Ngọc Sơn, xã Lộc Thịnh, xã Cao Thịnh, xã Ngọc Trung (trước 01/7/2025)";
    assert_eq!((succession.formerly_vi().as_deref(), succession.now), (Some(formerly), Vec::new()));
}

#[test]
fn successions_are_followed_to_those_that_go_on_and_a_division_names_all() {
    let log = log(&[
        succeeded(&["a2-1"], &["b2-1"], "2025-07-01"),
        succeeded(&["b2-1", "b2-2"], &["c2-1", "c2-2"], "2027-01-01"),
    ]);
    let registry = log.model.registry();
    assert_eq!(now_units(registry, "a2-1", "2026-12-31"), ["b2-1"]);
    assert_eq!(now_units(registry, "a2-1", "2027-01-01"), ["c2-1", "c2-2"]);
    let label = registry.succession(&unit("a2-1"), day("2028-01-01")).now_vi();
    assert_eq!(label.as_deref(), Some("Nay thuộc c2-1, c2-2 (từ 01/1/2027)"));
}

#[test]
fn a_unit_that_takes_others_over_and_keeps_its_id_goes_on_itself() {
    let log = log(&[succeeded(&["a2-1", "a2-2"], &["a2-1"], "2025-07-01")]);
    let registry = log.model.registry();
    assert_eq!(now_units(registry, "a2-1", "2026-01-01"), Vec::<String>::new());
    assert_eq!(now_units(registry, "a2-2", "2026-01-01"), ["a2-1"]);
}

#[test]
fn statements_that_go_round_in_a_circle_end() {
    let circle = |back: &str| {
        let log = log(&[succeeded(&["a2-1"], &["b2-1"], "2025-07-01"), succeeded(&["b2-1"], &["a2-1"], back)]);
        ["a2-1", "b2-1"].map(|id| now_units(log.model.registry(), id, "2026-01-01"))
    };
    let of_one_day = circle("2025-07-01");
    assert!(of_one_day[0].is_empty() && of_one_day[1] == ["a2-1"], "the last word of a day holds: {of_one_day:?}");
    assert_eq!(circle("2025-08-01"), [["a2-1"], ["a2-1"]], "it came back under its id");
}

#[test]
fn a_unit_is_whole_in_a_period_when_nothing_began_or_ended_inside() {
    let log = merged();
    let whole = |id: &str, period: &str| {
        let period: Period = period.parse().unwrap();
        log.model.registry().is_whole_in(&unit(id), &period)
    };
    for (period, old, new) in [
        ("2024", true, false),
        ("2025-Q2", true, false),
        ("2025", false, false),
        ("2025-Q3", false, true),
        ("2026", false, true),
    ] {
        assert_eq!((whole(LOC_THINH, period), whole(NGOC_LIEN, period)), (old, new), "{period}");
    }
    assert!(whole("gso2024-15115", "2025"));
}

/// What [`Registry::is_whole_in`] says, read from every statement anew.
fn is_whole_by_the_statements(registry: &Registry, id: &UnitId, period: &Period) -> bool {
    registry.successions().iter().all(|held| {
        let start = day(&held.fact.effective_on).start();
        let (before, after) = (start <= period.start(), period.end() <= start);
        let is_new = held.fact.to_units.iter().any(|successor| successor.unit == *id);
        match (held.fact.from_units.contains(id), is_new) {
            (true, true) => before || after,
            (true, false) => after,
            (false, true) => before,
            (false, false) => true,
        }
    })
}

#[test]
fn what_is_found_by_unit_is_what_all_statements_say_also_after_a_snapshot() {
    let ids: Vec<String> = (1..=9).map(|number| format!("a2-{number}")).collect();
    let pick = |seed: usize| ids[seed % ids.len()].as_str();
    let mut facts = Vec::new();
    for seed in 0..12_usize {
        let (from, to) = ([pick(seed * 7), pick(seed * 7 + 1)], [pick(seed * 5 + 2), pick(seed * 5 + 5)]);
        let (from, to) = (&from[..=seed % 2], &to[..=seed / 2 % 2]);
        let on = format!("202{}-{:02}-01", 4 + seed % 3, 1 + seed % 12);
        if from.iter().any(|old| to.iter().any(|new| new != old)) {
            facts.push(succeeded(from, to, &on));
        }
    }
    assert!(facts.len() > 8);
    let model = log(&facts).model;
    let bytes = Snapshot { cursor: 0, model: model.clone() }.to_bytes().unwrap();
    let read = Snapshot::from_bytes(&bytes).unwrap().model;
    assert_eq!(read, model);
    let mut whole = 0;
    for period in ["2024", "2025", "2026", "2025-Q2", "2026-Q4", "2024-Q1"].map(|text| text.parse::<Period>().unwrap())
    {
        for id in ids.iter().map(|id| unit(id)) {
            let stated = is_whole_by_the_statements(model.registry(), &id, &period);
            assert_eq!(model.registry().is_whole_in(&id, &period), stated, "{id} in {period}");
            assert_eq!(read.registry().is_whole_in(&id, &period), stated, "{id} in {period}, read back");
            whole += usize::from(stated);
        }
    }
    assert!((1..54).contains(&whole), "both answers are given: {whole} of 54");
}

#[test]
fn a_unit_exists_in_the_periods_that_its_days_reach_into() {
    let log = merged();
    let exists = |id: &str, period: &str| {
        let period: Period = period.parse().unwrap();
        log.model.registry().exists_in(&unit(id), &period)
    };
    for (period, old, new) in [
        ("2024", true, false),
        ("2025-Q2", true, false),
        ("2025", true, true),
        ("2025-Q3", false, true),
        ("2026", false, true),
    ] {
        assert_eq!((exists(LOC_THINH, period), exists(NGOC_LIEN, period)), (old, new), "{period}");
    }
    assert!(exists("gso2024-15115", "2026"), "no succession names it");
}

#[test]
fn a_unit_that_was_said_to_have_ended_by_mistake_exists_again_when_the_truth_is_stated() {
    let wrong = || succeeded(&["a2-1", "a2-2"], &["a2-9"], "2025-07-01");
    let right = || succeeded(&["a2-1", "a2-2"], &["a2-9", "a2-1"], "2025-07-01");
    let exists = |facts: &[Saying<'static>]| {
        let log = log(facts);
        let of = |id: &str| log.model.registry().exists_in(&unit(id), &"2026".parse::<Period>().unwrap());
        ["a2-1", "a2-2", "a2-9"].map(of)
    };
    assert_eq!(exists(&[wrong()]), [false, false, true]);
    assert_eq!(exists(&[wrong(), right()]), [true, false, true]);
    let log = log(&[wrong(), right()]);
    let registry = log.model.registry();
    let (later, of_that_day) = ("2026".parse().unwrap(), "2025".parse().unwrap());
    assert!(registry.is_whole_in(&unit("a2-1"), &later), "it is ranked again");
    assert!(!registry.is_whole_in(&unit("a2-1"), &of_that_day), "a part of it went elsewhere");
    assert_eq!(registry.succession(&unit("a2-1"), day("2026-01-01")).now_vi(), None);
}

#[test]
fn each_predecessor_stands_before_its_own_day() {
    let log = log(&[
        succeeded(&["a2-1", "a2-9"], &["a2-9"], "2008-08-01"),
        succeeded(&["a2-2", "a2-3", "a2-9"], &["a2-9"], "2025-07-01"),
    ]);
    let formerly = log.model.registry().succession(&unit("a2-9"), day("2026-01-01")).formerly_vi();
    assert_eq!(formerly.as_deref(), Some("Trước đây: a2-1 (trước 01/8/2008); a2-2, a2-3 (trước 01/7/2025)"));
}

#[test]
fn a_unit_whose_id_is_used_again_exists_from_then_on() {
    let log =
        log(&[succeeded(&["a2-1"], &["a2-2"], "2024-07-01"), succeeded(&["a2-2"], &["a2-1", "a2-3"], "2026-01-01")]);
    let exists = |period: &str| log.model.registry().exists_in(&unit("a2-1"), &period.parse::<Period>().unwrap());
    assert_eq!(["2023", "2024", "2025", "2026", "2027"].map(exists), [true, true, false, true, true]);
}

#[test]
fn nothing_is_waited_for_of_a_unit_that_was_not_there_in_the_period() {
    let mut log = log(&[]);
    for id in ["a2-1", "a2-2"] {
        let registered =
            json!({"unit": id, "name": id, "kind": "xa", "parent_name": "Tỉnh Thanh Hoá", "cluster": "mien-nui"});
        log.given(&Saying::new("2024-01-02T00:00:00Z", "unit.registered", registered));
    }
    log.given(&succeeded(&["a2-1"], &["a2-2"], "2025-07-01"));
    let reach = |period: &str| log.model.coverage(&period.parse().unwrap()).into_iter().map(|unit| unit.reach);
    assert!(reach("2026").eq([Reach::Covered, Reach::Absent]), "its log ended before its last midnight");
    assert!(reach("2024").eq([Reach::Absent, Reach::Covered]), "it begins later");
}

#[test]
fn a_succession_has_a_real_day_and_another_unit() {
    let mut log = log(&[]);
    assert_eq!(
        log.say(&succeeded(&["a2-1"], &["a2-1"], "2025-07-01")).0,
        Applied::Flagged(Rule::SucceedsItself.into())
    );
    let mut log = Log::new("/u/gso2024-15100");
    let said_by_a_unit = succeeded(&["a2-1"], &["b2-1"], "2025-07-01");
    assert_eq!(log.say(&said_by_a_unit).0, Applied::Flagged(FlagReason::WrongSpeaker));
}

#[test]
fn trees_and_assignments_hold_from_their_first_day_to_the_day_before_their_last() {
    let assigned = |aggregator: &str, from: &str| {
        let data = json!({"aggregator": aggregator, "tier": "Tỉnh", "units": [LOC_THINH], "valid_from": from});
        Saying::new(TIME, "unit.aggregator_assigned", data)
    };
    let mut log = log(&[
        tree("ngoc-lac-2024", "2024-01-01", Some("2025-07-01")),
        tree("thanh-hoa-2025", "2025-07-01", None),
        assigned("ngoc-lac", "2024-01-01"),
        assigned("thanh-hoa", "2025-07-01"),
    ]);
    let on = |text: &str| {
        let registry = log.model.registry();
        let tree = registry.tree_on(day(text)).map(|held| held.fact.tree.clone());
        let aggregator = registry.assigned_on(&unit(LOC_THINH), day(text)).map(|held| held.fact.aggregator.to_string());
        (tree, aggregator)
    };
    let both = |tree: &str, aggregator: &str| (Some(tree.to_owned()), Some(aggregator.to_owned()));
    assert_eq!(on("2023-12-31"), (None, None));
    assert_eq!(on("2025-06-30"), both("ngoc-lac-2024", "ngoc-lac"));
    assert_eq!(on("2025-07-01"), both("thanh-hoa-2025", "thanh-hoa"));
    assert_eq!(log.model.registry().assigned_on(&unit("gso2024-15100"), day("2025-07-01")), None);
    let reversed = tree("x", "2025-07-01", Some("2025-07-01"));
    assert_eq!(log.say(&reversed).0, Applied::Flagged(Rule::SpanReversed.into()));
}

#[test]
fn what_holds_from_a_day_on_begins_on_a_day_that_can_be_judged() {
    let assigned = |from: &str, until: &str| {
        let data = json!({
            "aggregator": "thanh-hoa", "tier": "Tỉnh", "units": [LOC_THINH], "valid_from": from, "valid_until": until,
        });
        Saying::new(TIME, "unit.aggregator_assigned", data)
    };
    for unreal in [
        succeeded(&[LOC_THINH], &[NGOC_LIEN], "1999-07-01"),
        tree("x", "2000-12-31", None),
        assigned("1999-01-01", "2025-07-01"),
        assigned("2025-07-01", "1999-01-01"),
    ] {
        let mut log = Log::new("/a/thanh-hoa");
        assert_eq!(log.say(&unreal).0, Applied::Flagged(Rule::DayShape.into()), "{}", unreal.data);
        let registry = log.model.registry();
        assert!(registry.trees().is_empty() && registry.assigned_on(&unit(LOC_THINH), day("2025-07-02")).is_none());
        assert!(registry.succession(&unit(LOC_THINH), day("2026-01-01")).now.is_empty());
        log.given(&succeeded(&[LOC_THINH], &[NGOC_LIEN], "2001-01-01"));
    }
}
