//! A board's key that is taken off the list: what was recorded before the moment stays the board's, and nothing after it.

use danvan_event::{Canon, EvaluatorKey, EventId, Verdict, sign_evaluation};
use danvan_projection::ReadModel;
use danvan_ranking::{CriterionRow, Mark, Row, Rulebook, explain, rank};
use serde_json::{Value, json};

use crate::league::{Log, RULEBOOKS, UNIT, aggregator, folded, noon, year};

/// The day of the year on which the first evaluation is recorded; the second one comes ten days later.
const FIRST_DAY: i64 = 100;

fn key() -> EvaluatorKey {
    EvaluatorKey::from_seed([3; 32])
}

fn say_signed(log: &mut Log, day: i64, verdict: Verdict, event_type: &str, data: Value) -> EventId {
    let mut data = Canon::try_from(data).unwrap();
    // The id is the one that the log will give: it counts its entries.
    let id: EventId = log.clone().say(&noon(day), event_type, &Value::from(data.clone()));
    sign_evaluation(&key(), verdict, &UNIT.parse().unwrap(), &id, &mut data);
    log.say(&noon(day), event_type, &Value::from(data))
}

/// A commune that the board judged twice: 400 of 800 points, ten days later 700.
fn judged() -> (Log, [EventId; 2]) {
    let mut log = Log::new(&format!("/u/{UNIT}"));
    let evaluated = [(FIRST_DAY, 400), (FIRST_DAY + 10, 700)].map(|(day, points)| {
        let panel =
            json!([{"post": "Thành viên", "points_centi": points}, {"post": "Thành viên", "points_centi": points}]);
        let items = json!([{"criterion": "CC", "points_centi": points}]);
        let data = json!({"period": "2024", "kind": "board", "panel": panel, "items": items});
        say_signed(&mut log, day, Verdict::Evaluation, "evaluation.conducted", data)
    });
    (log, evaluated)
}

/// The aggregator's log: the key is listed, then what is said of it day by day.
fn registry(said: &[Option<&str>]) -> Log {
    let vkey = key().vkey().to_string();
    let mut log = aggregator(&[(UNIT, "Cao Thịnh", "mien-nui")], std::slice::from_ref(&vkey));
    for (day, since) in (200..).zip(said) {
        match since {
            Some(since) => {
                let data = json!({"vkey": vkey, "since": since, "reason": "Mất khoá"});
                log.say(&noon(day), "evaluation.evaluator_delisted", &data)
            }
            None => log.say(&noon(day), "evaluation.evaluator_listed", &json!({"vkey": vkey, "post": "Ban Dân vận"})),
        };
    }
    log
}

fn row(model: &ReadModel, rulebook: &Rulebook) -> Row {
    rank(model, rulebook, &year()).rows.remove(0)
}

fn criterion<'row>(row: &'row Row, code: &str) -> &'row CriterionRow {
    row.criteria.iter().find(|criterion| criterion.code == code).unwrap()
}

/// Points, number of evaluations and remarks of the board's criterion.
fn board(said: &[Option<&str>], rulebook: &Rulebook) -> (u32, u64, Vec<Mark>) {
    let row = row(&folded(&[&registry(said), &judged().0]), rulebook);
    let board = criterion(&row, "B1");
    (board.points_centi, board.n, board.marks.clone())
}

#[test]
fn what_was_recorded_before_the_loss_of_the_key_stays_the_boards_and_nothing_after_it() {
    let [before, at, after] = [FIRST_DAY - 1, FIRST_DAY + 10, FIRST_DAY + 11].map(noon);
    for rulebook in &RULEBOOKS[..2] {
        let all = board(&[], rulebook);
        assert_eq!(all, (550, 2, vec![]), "{}", rulebook.id());
        assert_eq!(board(&[Some(&after)], rulebook), all, "both were recorded before");
        let second_left_out = (400, 1, vec![Mark::KhoaThoiGhiNhan]);
        assert_eq!(board(&[Some(&at)], rulebook), second_left_out, "recorded at that moment");
        let (points, count, marks) = board(&[Some(&before)], rulebook);
        assert_eq!((points, count), (600, 0), "the prior stands in");
        assert_eq!(marks, [Mark::ChuaThamDinh, Mark::KhoaThoiGhiNhan]);
        assert_eq!(board(&[Some(&before), None], rulebook), all, "listed again, the key counts for all that it signed");
        assert_eq!(board(&[Some(&before), None, Some(&at)], rulebook), second_left_out, "the last statement holds");
    }
}

#[test]
fn a_key_that_was_never_listed_is_not_called_delisted() {
    let stranger = EvaluatorKey::from_seed([4; 32]).vkey().to_string();
    let mut registry = aggregator(&[(UNIT, "Cao Thịnh", "mien-nui")], std::slice::from_ref(&stranger));
    let data = json!({"vkey": stranger, "since": noon(0), "reason": "Mất khoá"});
    registry.say(&noon(200), "evaluation.evaluator_delisted", &data);
    let row = row(&folded(&[&registry, &judged().0]), &RULEBOOKS[1]);
    assert_eq!(criterion(&row, "B1").marks, [Mark::ChuaThamDinh, Mark::CoTuDanhGia]);
}

#[test]
fn an_item_of_an_evaluation_falls_with_it() {
    let rulebook = &RULEBOOKS[2];
    let item = |said: &[Option<&str>]| {
        let row = row(&folded(&[&registry(said), &judged().0]), rulebook);
        let item = criterion(&row, "CC");
        (item.n, item.marks.clone())
    };
    assert_eq!(item(&[]), (2, vec![]));
    assert_eq!(item(&[Some(&noon(FIRST_DAY + 10))]), (1, vec![Mark::KhoaThoiGhiNhan]));
    assert_eq!(item(&[Some(&noon(FIRST_DAY))]), (0, vec![Mark::ChuaThamDinh, Mark::KhoaThoiGhiNhan]));
}

#[test]
fn where_the_prior_stands_in_for_want_of_evaluations_that_is_said_beside_the_delisted_key() {
    let file = std::str::from_utf8(danvan_ranking::RB_CQTT_1).unwrap();
    let (before, from_b1) = file.split_once("code = \"B1\"").unwrap();
    let asks_for_two = format!("{before}code = \"B1\"{}", from_b1.replacen("min_n = 1", "min_n = 2", 1));
    let rulebook = Rulebook::parse(asks_for_two.as_bytes()).unwrap();
    let marks = |said: &[Option<&str>]| board(said, &rulebook).2;
    assert_eq!(marks(&[]), []);
    assert_eq!(marks(&[Some(&noon(FIRST_DAY + 10))]), [Mark::KhoaThoiGhiNhan, Mark::ItDuLieu]);
}

#[test]
fn a_decision_that_was_recorded_after_the_loss_decides_nothing() {
    let (mut log, [_, evaluation]) = judged();
    let appealed = json!({"evaluation": evaluation.to_string(), "reason": "Sai sót."});
    let appeal = log.say(&noon(FIRST_DAY + 20), "evaluation.appealed", &appealed);
    let decision = |delta: i64| json!({"appeal": appeal.to_string(), "decision": "adjusted", "reason": "Đã xem lại.", "points_delta_centi": delta});
    say_signed(&mut log, FIRST_DAY + 30, Verdict::AppealDecision, "evaluation.appeal_decided", decision(50));
    let judged = |said: &[Option<&str>]| {
        let row = row(&folded(&[&registry(said), &log]), &RULEBOOKS[1]);
        let board = criterion(&row, "B1");
        (board.points_centi, board.marks.clone(), row.marks.contains(&Mark::KienNghiChuaKetLuan))
    };
    assert_eq!(judged(&[]), (575, vec![], false));
    assert_eq!(judged(&[Some(&noon(FIRST_DAY + 31))]), (575, vec![], false));
    assert_eq!(
        judged(&[Some(&noon(FIRST_DAY + 30))]),
        (550, vec![Mark::KhoaThoiGhiNhan], true),
        "the appeal is open again"
    );
}

#[test]
fn every_interleaving_of_the_logs_gives_the_same_bytes() {
    let (log, _) = judged();
    let said = [noon(FIRST_DAY), noon(FIRST_DAY + 10)];
    let registry = registry(&[Some(&said[0]), None, Some(&said[1])]);
    let bytes = |model: &ReadModel| rank(model, &RULEBOOKS[1], &year()).to_bytes();
    let expected = bytes(&folded(&[&registry, &log]));
    assert_eq!(bytes(&folded(&[&log, &registry])), expected);
    // Each evaluation comes after another number of the aggregator's statements.
    for turns in 0..=registry.entries.len() {
        let mut model = ReadModel::default();
        let early = Log { source: registry.source.clone(), entries: registry.entries[..turns].to_vec() };
        let half = Log { source: log.source.clone(), entries: log.entries[..1].to_vec() };
        for part in [&early, &half, &registry, &log] {
            part.fold_into(&mut model);
        }
        assert_eq!(bytes(&model), expected, "{turns}");
    }
}

#[test]
fn the_explanation_says_why_a_signed_evaluation_does_not_count() {
    let model = folded(&[&registry(&[Some(&noon(FIRST_DAY + 10))]), &judged().0]);
    let explained = explain(&model, &RULEBOOKS[1], &year(), &UNIT.parse().unwrap()).unwrap();
    let mut criteria = explained.components.iter().flat_map(|component| &component.criteria);
    let board = criteria.find(|criterion| criterion.row.code == "B1").unwrap();
    let favourable: Vec<u64> = board.favourable.iter().map(|evidence| evidence.index()).collect();
    assert_eq!(favourable, [0], "the one that counts");
    assert!(board.row.marks.contains(&Mark::KhoaThoiGhiNhan));
    assert!(board.reads.contains(&"evaluation.evaluator_delisted.v1#/since"), "{:?}", board.reads);
}
