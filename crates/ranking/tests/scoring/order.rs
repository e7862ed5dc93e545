//! Places: shared ranks, clusters, and units that take none.

use danvan_ranking::{Class, Mark, Rulebook, rank};
use serde_json::json;

use crate::league::{Course, Log, Story, aggregator, folded, year};

/// A unit with `satisfied` of twenty answers and twelve cases answered at once.
fn unit(id: &str, satisfied: usize) -> Log {
    let mut story = Story::default();
    for answer in 0..20 {
        let rating = if answer < satisfied { 5 } else { 1 };
        story.tell(1, "survey.answered", json!({"channel": "kiosk", "rating": rating}));
    }
    for number in 0..12 {
        let course = Course {
            received: 20,
            allowed: 15,
            answered_after: Some(1),
            outcome: "resolved",
            reopened_after: None,
            published_after: Some(1),
        };
        story.tell_case(number, &course);
    }
    story.into_log(id)
}

#[test]
fn equal_units_share_a_rank_and_the_next_one_is_counted_on() {
    let registry = aggregator(
        &[
            ("gso2024-1", "A", "mien-nui"),
            ("gso2024-2", "B", "mien-nui"),
            ("gso2024-3", "C", "mien-nui"),
            ("gso2024-4", "D", "mien-nui"),
            ("gso2024-5", "E", "dong-bang"),
            ("gso2024-6", "F", "mien-nui"),
        ],
        &[],
    );
    let logs = [
        unit("gso2024-4", 20),
        unit("gso2024-3", 18),
        unit("gso2024-2", 18),
        unit("gso2024-1", 15),
        unit("gso2024-5", 1),
    ];
    let mut all: Vec<&Log> = logs.iter().collect();
    all.push(&registry);
    let ranking = rank(&folded(&all), &Rulebook::rb_cqtt_0(), &year());
    let places: Vec<(&str, Option<u32>)> = ranking.rows.iter().map(|row| (row.name.as_str(), row.rank)).collect();
    assert_eq!(
        places,
        [("E", Some(1)), ("D", Some(1)), ("B", Some(2)), ("C", Some(2)), ("A", Some(4)), ("F", None)],
        "clusters by name; in each by rank, then code; what has no data comes last"
    );
    let absent = ranking.rows.last().unwrap();
    assert_eq!(absent.class, Class::ChuaDuDuLieu);
    assert_eq!(absent.marks, [Mark::VangNhatKy]);
}

#[test]
fn a_unit_that_hears_nobody_while_many_come_is_marked_and_not_ranked() {
    let mut story = Story::default();
    for answer in 0..30 {
        story.tell(1 + answer, "survey.answered", json!({"channel": "kiosk", "rating": 5}));
    }
    story.tell(40, "service.counted", json!({"period": "2024-01", "transactions": 200}));
    let log = story.into_log("gso2024-1");
    let registry = aggregator(&[("gso2024-1", "A", "mien-nui")], &[]);
    let ranking = rank(&folded(&[&log, &registry]), &Rulebook::rb_cqtt_0(), &year());
    let row = &ranking.rows[0];
    assert_eq!((row.rank, row.class), (None, Class::ChuaDuDuLieu));
    assert_eq!(row.marks, [Mark::ImLangBatThuong]);
    let answered = row.criteria.iter().find(|criterion| criterion.code == "C1").unwrap();
    assert_eq!(answered.marks, [Mark::ItDuLieu]);
    // The prior's points, not full marks: (0.90 − 0.70) / 0.28 × 1200 = 857.14.
    assert_eq!((answered.points_centi, answered.max_centi), (857, 1200));
}

#[test]
fn a_board_counts_only_when_the_aggregator_lists_its_key_whenever_it_does_so() {
    use danvan_event::EvaluatorKey;
    use danvan_simulation::{Scenario, simulate};

    let key = EvaluatorKey::from_seed([5; 32]);
    let vkey = key.vkey().to_string();
    let scenario = Scenario::new(11, ["gso2024-1".parse().unwrap()], 80).evaluated_by(key);
    let mut log = Log::new("/u/gso2024-1");
    simulate(&scenario)[0].forms.iter().for_each(|form| log.record(form));
    let board = |evaluators: &[String], registry_first: bool| {
        let registry = aggregator(&[("gso2024-1", "A", "mien-nui")], evaluators);
        let logs = if registry_first { [&registry, &log] } else { [&log, &registry] };
        let ranking = rank(&folded(&logs), &Rulebook::rb_cqtt_0(), &year());
        let row = ranking.rows[0].criteria.iter().find(|criterion| criterion.code == "B1").unwrap().clone();
        (row.n, row.marks)
    };
    assert_eq!(board(&[], true), (0, vec![Mark::ChuaThamDinh, Mark::CoTuDanhGia]));
    let listed = board(std::slice::from_ref(&vkey), true);
    assert!(listed.0 > 0);
    assert_eq!(board(&[vkey], false), listed);
}
