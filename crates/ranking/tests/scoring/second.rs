//! The second procedure: one unit worked out by hand, and every rule that the first one does not have.

use danvan_event::{Canon, EvaluatorKey, EventId, Verdict, sign_evaluation};
use danvan_ranking::{CapGround, Class, CriterionRow, Engine, Mark, Row, Rulebook, explain, rank};
use serde_json::{Value, json};

use crate::golden::golden_log;
use crate::league::{Course, Log, Story, UNIT, aggregator, folded, noon, year};

mod appeals;
mod cases;
mod succession;

/// A case that no log has.
const UNKNOWN: &str = "018e1cfa-1b40-7abc-8def-0123456789ab";

/// The points of each criterion with the calculation beside it; A to C are those of the first procedure.
const GOLDEN: [(&str, u32); 17] = [
    ("A1", 450),
    ("A2", 420),
    ("A3", 150),
    ("B1", 600),
    ("B2", 352), // 11 (9 kept) by QR code, which counts 0.3: (9 + 18 × 0.85)/(11 + 18) = 24.3/29; 0.3 × 0.837931034 + 0.7 × 0.85 =
    //              0.846379310; (0.846379310 − 0.60)/0.35 × 500 = 351.97 → 352
    ("B3", 100),
    ("C1", 776),
    ("C2", 552),
    ("C3", 333),
    ("C4", 318),
    ("D1", 1126), // all 37.5 answers (34 satisfied) by QR code: (34 + 18 × 0.90)/(37.5 + 18) = 50.2/55.5
    //               0.3 × 0.904504505 + 0.7 × 0.90 = 0.901351351; (0.901351351 − 0.80)/0.18 × 2000 = 1126.13 → 1126
    ("D2", 96), // 20 of 200 by QR code, at most 0.3 × 0.075 = 0.0225; (0.0225 − 0.01)/0.065 × 500 = 96.15 → 96
    ("E1", 200), // one dialogue in a year that asks for two: 1/2 × 400
    ("E2", 100), // two different items of six: 2/6 × 300
    ("E3", 0),  // nothing was taken over
    ("F1", 300), // everything was recorded at once
    ("F2", 200), // no entry was flagged
];
/// The sum of the above, on a scale of 100 points already.
const SUM_CENTI: u32 = 6073;
/// One initiative that the province recognised.
const BONUS_CENTI: u32 = 500;
/// Variances in squared centi-points: B2 3,667; C1 44,798; C2 16,595; D1 137,997 (B2 and D1: by QR code, and three channels that rest
/// on their part of the prior). √(2.7056 × 203,057) = 741.2 → 742.
const HALF_WIDTH_CENTI: u32 = 742;

fn rulebook() -> Rulebook {
    Rulebook::rb_cqtt_1()
}

fn registry(evaluators: &[String]) -> Log {
    aggregator(&[(UNIT, "Cao Thịnh", "mien-nui")], evaluators)
}

/// The row of the unit with this log.
fn row(log: &Log, key: &EvaluatorKey) -> Row {
    let model = folded(&[&registry(&[key.vkey().to_string()]), log]);
    rank(&model, &rulebook(), &year()).rows.remove(0)
}

fn criterion<'row>(row: &'row Row, code: &str) -> &'row CriterionRow {
    row.criteria.iter().find(|criterion| criterion.code == code).unwrap()
}

fn points(row: &Row, code: &str) -> u32 {
    criterion(row, code).points_centi
}

fn recognise(log: &mut Log, day: i64, level: &str) -> EventId {
    let granted =
        json!({"form": "certificate", "level": level, "issuer": "UBND tỉnh", "doc_no": "1/QĐ", "date": "2024-11-11"});
    log.say(&noon(day), "emulation.recognition_granted", &granted)
}

#[test]
fn a_unit_worked_out_by_hand_gets_exactly_these_points() {
    let key = EvaluatorKey::from_seed([3; 32]);
    let mut log = golden_log(&key);
    log.say(&noon(310), "model.dialogue_held", &json!({"date": "2024-11-06"}));
    for item in ["ghe_cho", "nuoc_uong", "ghe_cho"] {
        log.say(&noon(311), "model.facility_invested", &json!({"item_code": item}));
    }
    recognise(&mut log, 312, "province");
    recognise(&mut log, 312, "commune");
    let model = folded(&[&registry(&[key.vkey().to_string()]), &log]);
    let ranking = rank(&model, &rulebook(), &year());
    let row = &ranking.rows[0];
    let points: Vec<(&str, u32)> =
        row.criteria.iter().map(|criterion| (criterion.code.as_str(), criterion.points_centi)).collect();
    assert_eq!(points, GOLDEN);
    let score = SUM_CENTI + BONUS_CENTI;
    assert_eq!((row.score_centi, row.bonus_centi, row.class), (score, Some(BONUS_CENTI), Class::TrungBinh));
    assert_eq!((row.low_centi, row.high_centi), (Some(score - HALF_WIDTH_CENTI), Some(score + HALF_WIDTH_CENTI)));
    assert_eq!((ranking.engine, row.rank, row.cap), (Engine::Second, Some(1), None));

    let explanation = explain(&model, &rulebook(), &year(), &UNIT.parse().unwrap()).unwrap();
    assert_eq!(explanation.formula.as_deref(), Some("6073 × 10000 / 10000 + 500 = 6573 → 6573"));
    let criteria: Vec<_> = explanation.components.iter().flat_map(|component| &component.criteria).collect();
    let find = |code: &str| *criteria.iter().find(|criterion| criterion.row.code == code).unwrap();
    assert_eq!(
        find("C1").words_vi.as_deref(),
        Some(
            "10 trên 12 quan sát; cộng mức chung 90\u{a0}% với trọng số 30, tỷ lệ được chấm là 88,1\u{a0}%; từ 70\u{a0}% (0 điểm) đến 98\u{a0}% (đủ điểm): 7,76 trên 12 điểm"
        )
    );
    assert_eq!(
        find("E1").words_en.as_deref(),
        Some("1 observations, a value of 1; from 0 (no points) to 2 (all points): 2 of 4 points")
    );
    let satisfied = find("D1");
    assert_eq!(satisfied.channels.len(), 4);
    assert_eq!((satisfied.channels[0].rate.as_str(), satisfied.channels[1].rate.as_str()), ("502/555", "9/10"));
    assert!(
        satisfied.formula.starts_with("0.3000 × (34 + 18.0000 × 0.9000) / (37.5 + 18.0000) + 0.3000 × (0 + 18.0000")
    );
    let asked = find("D2");
    assert!(asked.formula.starts_with("min(20 / 200, 0.3000 × 0.0750) + min(0 / 200, "), "{}", asked.formula);
    assert_eq!((asked.channels[0].rate.as_str(), asked.rate.as_deref()), ("9/400", Some("9/400")));
    assert_eq!(
        asked.words_vi.as_deref(),
        Some(
            "20 trên 200 quan sát; mỗi kênh được tính đến phần của nó trong mức đủ điểm, tỷ lệ được chấm là 2,25\u{a0}%; từ 1\u{a0}% (0 điểm) đến 7,5\u{a0}% (đủ điểm): 0,96 trên 5 điểm"
        )
    );
    for code in ["C1", "D1", "D2"] {
        let words = find(code).words_en.as_deref().unwrap();
        assert!(words.contains(", the rate scored is "), "{words}");
    }
    assert!(satisfied.reads.contains(&"survey.answered.v1#/rating"));
    // The evidence is where it says.
    for at in &find("E2").favourable {
        let entry = &log.entries[usize::try_from(at.index()).unwrap()];
        assert_eq!(entry.event_type().short(), "model.facility_invested.v1");
    }
    let bonus = explanation.bonus.unwrap();
    assert_eq!((bonus.points_centi, bonus.criteria[0].favourable.len()), (BONUS_CENTI, 1));
}

/// A unit that would be excellent: every criterion full or nearly so.
fn strong(key: &EvaluatorKey) -> Log {
    let mut story = Story::default();
    for stage in [
        "coordination_plan_adopted",
        "leadership_resolution_adopted",
        "steering_board_established",
        "launch_conference_held",
    ] {
        story.tell(5, &format!("model.{stage}"), json!({}));
    }
    story.tell(2, "unit.staff_declared", json!({"as_of": "2024-01-03", "headcount": 1}));
    let groups = json!([{"code": "biet", "label": "5 biết", "count": 5}]);
    story.tell(6, "pledge.catalog_published", json!({"catalog": "mau", "version": "1", "groups": groups}));
    story.tell(
        7,
        "pledge.signed",
        json!({"catalog": "mau", "collective": false, "staff_key": "cb1", "period": "2024"}),
    );
    for quarter in 0..4 {
        story.tell(20 + 91 * quarter, "model.outreach_conducted", json!({"channel": "meeting"}));
    }
    for channel in ["kiosk", "qr", "zalo", "paper", "phone"] {
        // One a day: an hour in which a kiosk serves too many does not count.
        for day in 30..90 {
            let answer = json!({"channel": channel, "rating": 5, "commitments": [{"code": "B1", "kept": true}]});
            story.tell(day, "survey.answered", answer);
        }
    }
    story.tell(40, "service.counted", json!({"period": "2024-01", "transactions": 1000}));
    for number in 0..60 {
        story.tell_case(number, &PROMPT);
    }
    story.tell(150, "model.dialogue_held", json!({"date": "2024-05-30"}));
    story.tell(250, "model.dialogue_held", json!({"date": "2024-09-07"}));
    for item in 0..6 {
        story.tell(160, "model.facility_invested", json!({"item_code": format!("muc_{item}")}));
    }
    let mut log = story.into_log(UNIT);
    let data = json!({"period": "2024", "kind": "board", "panel": [
        {"post": "Thành viên", "points_centi": 700}, {"post": "Thành viên", "points_centi": 700}]});
    signed(&mut log, key, Verdict::Evaluation, "evaluation.conducted", data);
    log
}

const PROMPT: Course = Course {
    received: 50,
    allowed: 15,
    answered_after: Some(2),
    outcome: "resolved",
    reopened_after: None,
    published_after: Some(1),
};

fn signed(log: &mut Log, key: &EvaluatorKey, verdict: Verdict, event_type: &str, data: Value) -> EventId {
    let mut data = Canon::try_from(data).unwrap();
    // The id is the one that the log will give: it counts its entries.
    let id: EventId = log.clone().say(&noon(300), event_type, &Value::from(data.clone()));
    sign_evaluation(key, verdict, &UNIT.parse().unwrap(), &id, &mut data);
    log.say(&noon(300), event_type, &Value::from(data))
}

#[test]
fn a_serious_breach_leaves_at_most_kha_and_a_minor_one_leaves_everything() {
    let key = EvaluatorKey::from_seed([3; 32]);
    let log = strong(&key);
    let free = row(&log, &key);
    assert_eq!(free.class, Class::XuatSac, "{free:?}");
    let pledge =
        log.entries.iter().find(|entry| entry.event_type().short() == "pledge.signed.v1").unwrap().id().to_string();
    let with = |severity: &str, day: i64| {
        let mut log = log.clone();
        let breach = json!({"pledge": pledge, "commitment": "K1", "severity": severity, "doc_no": "1/KL"});
        log.say(&noon(day), "pledge.breach_confirmed", &breach);
        row(&log, &key)
    };
    assert_eq!(with("minor", 320).score_centi, free.score_centi);
    let capped = with("serious", 320);
    assert_eq!((capped.class, capped.score_centi, capped.rank), (Class::Kha, 7999, Some(1)));
    let cap = capped.cap.unwrap();
    assert_eq!((cap.when, cap.lowers_centi), (CapGround::SeriousBreach, free.score_centi - 7999));
    assert_eq!((capped.marks.as_slice(), capped.high_centi), (&[Mark::ViPhamNghiemTrong][..], Some(7999)));
    assert_eq!(with("serious", 370).class, Class::XuatSac, "in the next year");
}

#[test]
fn falsified_evidence_takes_the_place_away_and_a_wrong_procedure_does_not() {
    let key = EvaluatorKey::from_seed([3; 32]);
    let with = |ground: &str| {
        let mut log = strong(&key);
        let award = recognise(&mut log, 310, "province").to_string();
        let revoked = json!({"award": award, "ground": ground, "doc_no": "2/QĐ", "date": "2024-12-01"});
        log.say(&noon(330), "emulation.award_revoked", &revoked);
        row(&log, &key)
    };
    let falsified = with("false_dossier");
    assert_eq!((falsified.class, falsified.rank), (Class::KhongXepLoai, None));
    assert_eq!((falsified.bonus_centi, falsified.marks.as_slice()), (Some(0), &[Mark::MinhChungSaiSuThat][..]));
    let wrong = with("wrong_procedure");
    assert_eq!((wrong.class, wrong.rank, wrong.bonus_centi), (Class::XuatSac, Some(1), Some(0)));
}

#[test]
fn unusual_silence_leaves_component_c_to_its_priors_and_gives_no_full_marks() {
    let mut story = Story::default();
    for answer in 0..30 {
        story.tell(200 + answer, "survey.answered", json!({"channel": "qr", "rating": 5}));
    }
    // Cases of the year before: judged in January, heard before it.
    for number in 0..12 {
        story.tell_case(number, &Course { received: -3, answered_after: Some(5), ..PROMPT });
    }
    story.tell(240, "service.counted", json!({"period": "2024-08", "transactions": 200}));
    let log = story.into_log(UNIT);
    let model = folded(&[&registry(&[]), &log]);
    let ranking = rank(&model, &rulebook(), &year());
    let row = &ranking.rows[0];
    assert_eq!(row.marks, [Mark::ImLangBatThuong]);
    assert_eq!(row.rank, Some(1), "twelve cases were judged");
    let explanation = explain(&model, &rulebook(), &year(), &UNIT.parse().unwrap()).unwrap();
    for (explained, ranked) in explanation.components[2].criteria.iter().zip(&row.criteria[6..]) {
        assert_eq!(explained.row, *ranked);
        assert!(explained.formula.starts_with("n = 12: 0."), "{}", explained.formula);
        assert!(explained.words_en.as_deref().unwrap().contains("unusual silence: the prior "), "{explained:?}");
    }
    let of_c: Vec<(&str, u32, u64)> = row
        .criteria
        .iter()
        .filter(|criterion| criterion.code.starts_with('C'))
        .map(|criterion| (criterion.code.as_str(), criterion.points_centi, criterion.n))
        .collect();
    // The priors' points: (0.90 − 0.70)/0.28 × 1200, (0.85 − 0.60)/0.35 × 800, (0.70 − 1)/(0.40 − 1) × 500, 0.30/0.50 × 500.
    assert_eq!(of_c, [("C1", 857, 12), ("C2", 571, 12), ("C3", 250, 12), ("C4", 300, 12)]);
    assert_eq!(row.criteria[6].marks, [Mark::ImLangBatThuong]);
}

#[test]
fn an_entry_that_breaks_a_rule_costs_the_month_in_which_it_was_recorded_and_no_other() {
    let key = EvaluatorKey::from_seed([3; 32]);
    let flags = |log: &Log, period: &str| {
        let mut model = folded(&[&registry(&[])]);
        log.fold_into(&mut model);
        let ranking = rank(&model, &rulebook(), &period.parse().unwrap());
        let sound = criterion(&ranking.rows[0], "F2");
        sound.n - sound.k.unwrap()
    };
    let mut log = strong(&key);
    let response = json!({"outcome": "resolved", "reply": "Đã xử lý."});
    log.say("2024-11-20T05:00:00.000Z", "model.outreach_conducted", &json!({"channel": "meeting"}));
    log.say_about("2024-03-01T05:00:00.000Z", "feedback.responded", Some(&format!("feedback/{UNKNOWN}")), &response);
    log.say("2025-01-05T05:00:00.000Z", "model.outreach_conducted", &json!({"channel": "meeting"}));
    log.say_about("2024-03-01T05:00:00.000Z", "feedback.responded", Some(&format!("feedback/{UNKNOWN}")), &response);
    assert_eq!(["2024-03", "2024-11", "2024", "2025"].map(|period| flags(&log, period)), [0, 1, 1, 1]);
}

#[test]
fn neighbours_whose_intervals_overlap_are_marked_and_others_are_not() {
    let key = EvaluatorKey::from_seed([3; 32]);
    let names = [("gso2024-1", "A", "mien-nui"), ("gso2024-2", "B", "mien-nui"), (UNIT, "C", "mien-nui")];
    let weak = |id: &str, satisfied: usize| {
        let mut story = Story::default();
        for answer in 0..400 {
            let rating = if answer < satisfied { 5 } else { 1 };
            story.tell(
                i64::try_from(answer % 300).unwrap(),
                "survey.answered",
                json!({"channel": "qr", "rating": rating}),
            );
        }
        for number in 0..40 {
            story.tell_case(number, &Course { answered_after: Some(25), ..PROMPT });
        }
        story.into_log(id)
    };
    let logs = [weak("gso2024-1", 200), weak("gso2024-2", 210), strong(&key)];
    let model = folded(&[&aggregator(&names, &[key.vkey().to_string()]), &logs[0], &logs[1], &logs[2]]);
    let ranking = rank(&model, &rulebook(), &year());
    let close: Vec<(&str, bool)> =
        ranking.rows.iter().map(|row| (row.name.as_str(), row.marks.contains(&Mark::XapXi))).collect();
    assert_eq!(close, [("C", false), ("B", true), ("A", true)]);
}

#[test]
fn the_index_of_the_dong_nai_preset_comes_from_a_signed_item_and_without_it_nobody_is_ranked() {
    let key = EvaluatorKey::from_seed([3; 32]);
    let mut log = strong(&key);
    let preset = Rulebook::rb_dongnai_54();
    let ranked = |log: &Log| {
        let model = folded(&[&registry(&[key.vkey().to_string()]), log]);
        rank(&model, &preset, &year()).rows.remove(0)
    };
    assert_eq!(ranked(&log).class, Class::ChuaDuDuLieu);
    let data = json!({"period": "2024", "kind": "board", "items": [{"criterion": "CC", "points_centi": 4600}], "panel": [
        {"post": "Sở Nội vụ", "points_centi": 800}, {"post": "Sở Nội vụ", "points_centi": 800}]});
    signed(&mut log, &key, Verdict::Evaluation, "evaluation.conducted", data);
    let row = ranked(&log);
    // Outreach 15; conduct (7 + 8)/2 of 8 → 14.06; satisfied 20; the index 46.
    assert_eq!(
        (points(&row, "TT"), points(&row, "VM"), points(&row, "HL"), points(&row, "CC")),
        (1500, 1406, 2000, 4600)
    );
    assert_eq!((row.score_centi, row.class, row.rank), (9506, Class::BonSao, Some(1)));
}
