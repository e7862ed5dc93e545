//! One unit worked out by hand. Whoever changes a number here changes published rankings.

use danvan_event::{Canon, EvaluatorKey, EventId, Verdict, sign_evaluation};
use danvan_ranking::{Class, Rulebook, explain, rank};
use serde_json::{Value, json};

use crate::league::{Course, Log, Story, UNIT, aggregator, folded, noon, year};

/// The points of each criterion with the calculation beside it. θ is the shrunk rate; an assisted answer weighs ½.
const GOLDEN: [(&str, u32); 12] = [
    ("A1", 450), // plan, resolution, launch; no steering board: 3/4 × 600
    ("A2", 420), // 17 of 20 signed: (0.85 − 0.50) / 0.50 × 600
    ("A3", 150), // outreach in 2 of 4 quarters: 2/4 × 300
    ("B1", 600), // medians 650 and (500 + 601)/2 = 550.5; mean 600.25 of 800: 600.25 → 600
    ("B2", 350), // kept 10 (2 assisted) = 9, rated 12 (2 assisted) = 11; θ = (9 + 60 × 0.85)/(11 + 60) = 60/71
    //               (60/71 − 0.60) / 0.35 × 500 = 350.10 → 350
    ("B3", 100), // 1 apology for 2 overdue cases: 1/2 × 200
    ("C1", 776), // 10 of 12 on time; θ = (10 + 30 × 0.90)/(12 + 30) = 37/42; (37/42 − 0.70)/0.28 × 1200 = 775.51 → 776
    ("C2", 552), // 9 lasting of 9 + 1 reopened + 1 never answered; θ = (9 + 30 × 0.85)/(11 + 30) = 69/82
    //               (69/82 − 0.60) / 0.35 × 800 = 551.92 → 552
    ("C3", 333), // ages 4 × 3/15, 6 × 9/15, 2 × 1: the sixth of twelve is 0.60; (0.60 − 1)/(0.40 − 1) × 500 = 333.33 → 333
    ("C4", 318), // 9 of 11 answered published: (9/11 − 0.50)/0.50 × 500 = 318.18 → 318
    ("D1", 1140), // 36 of 40 (4 and 1 assisted) = 34 of 37.5; θ = (34 + 60 × 0.90)/(37.5 + 60) = 176/195
    //               (176/195 − 0.80) / 0.18 × 2000 = 1139.60 → 1140
    ("D2", 308), // 20 answers in the two months with 200 transactions stated: (0.10 − 0.02)/0.13 × 500 = 307.69 → 308
];
/// The sum of the above.
const SUM_CENTI: u32 = 5497;
/// 5497 × 100 / 85 = 6467.06.
const SCORE_CENTI: u32 = 6467;

#[test]
fn a_unit_worked_out_by_hand_gets_exactly_these_points() {
    let key = EvaluatorKey::from_seed([3; 32]);
    let log = golden_log(&key);
    let model = folded(&[&aggregator(&[(UNIT, "Cao Thịnh", "mien-nui")], &[key.vkey().to_string()]), &log]);
    let rulebook = Rulebook::rb_cqtt_0();
    let ranking = rank(&model, &rulebook, &year());
    let row = &ranking.rows[0];
    let points: Vec<(&str, u32)> =
        row.criteria.iter().map(|criterion| (criterion.code.as_str(), criterion.points_centi)).collect();
    assert_eq!(points, GOLDEN);
    assert_eq!((row.score_centi, row.class, row.rank), (SCORE_CENTI, Class::TrungBinh, Some(1)));

    let explanation = explain(&model, &rulebook, &year(), &UNIT.parse().unwrap()).unwrap();
    assert_eq!((explanation.sum_centi, explanation.ranked_units), (SUM_CENTI, 1));
    let component = |code: &str| explanation.components.iter().find(|component| component.code == code).unwrap();
    assert_eq!(component("A").points_centi, 450 + 420 + 150);
    let satisfied = &component("D").criteria[0];
    assert_eq!(satisfied.rate.as_deref(), Some("176/195"));
    assert_eq!((satisfied.k_halves, satisfied.n_halves), (68, 75));
    assert_eq!(satisfied.row.rate_bp, Some(9026));
    assert_eq!((satisfied.favourable.len(), satisfied.unfavourable.len()), (36, 4));
    assert_eq!(
        satisfied.formula,
        "(34 + 60 × 0.9000) / (37.5 + 60) = 176/195; 2000 × (176/195 − 0.8000) / (0.9800 − 0.8000) = 1140"
    );
    // The evidence is where it says: every index named for D1 is an answer to the survey.
    for at in satisfied.favourable.iter().chain(&satisfied.unfavourable) {
        let entry = &log.entries[usize::try_from(at.index()).unwrap()];
        assert_eq!(entry.event_type().short(), "survey.answered.v1");
    }
}

pub(crate) fn golden_log(key: &EvaluatorKey) -> Log {
    let mut story = Story::default();
    story.tell(10, "model.coordination_plan_adopted", json!({}));
    story.tell(11, "model.leadership_resolution_adopted", json!({}));
    story.tell(12, "model.launch_conference_held", json!({}));
    story.tell(2, "unit.staff_declared", json!({"as_of": "2024-01-03", "headcount": 20}));
    story.tell(13, "pledge.catalog_published", catalogue());
    for official in 0..17 {
        let pledge =
            json!({"catalog": "mau", "collective": false, "staff_key": format!("cb{official}"), "period": "2024"});
        story.tell(14, "pledge.signed", pledge);
    }
    story.tell(20, "model.outreach_conducted", json!({"channel": "meeting"}));
    story.tell(200, "model.outreach_conducted", json!({"channel": "poster"}));
    story.tell(210, "model.outreach_conducted", json!({"channel": "loudspeaker"}));
    for month in ["2024-01", "2024-02"] {
        story.tell(60, "service.counted", json!({"period": month, "transactions": 100}));
    }
    tell_surveys(&mut story);
    tell_cases(&mut story);
    story.tell(190, "model.letter_sent", json!({"kind": "apology"}));
    story.tell(191, "model.letter_sent", json!({"kind": "thank"}));
    let mut log = story.into_log(UNIT);
    board(&mut log, key, "2024-Q2", 300, &[700, 600, 650]);
    board(&mut log, key, "2024-Q3", 301, &[500, 601]);
    log
}

fn tell_surveys(story: &mut Story) {
    for answer in 0..40 {
        // Twenty answers fall in January and February, the months whose transactions are stated.
        let day = if answer < 20 { 1 + answer } else { 100 + answer };
        let satisfied = answer >= 4;
        let assisted = matches!(answer, 0 | 10..=13);
        let mut data = json!({"channel": "qr", "rating": if satisfied { 4 } else { 3 }, "assisted": assisted});
        // Answers 12 to 23 rate one commitment each; two of them, 12 and 13, are assisted; 22 and 23 say: not kept.
        if (12..24).contains(&answer) {
            data["commitments"] = json!([{"code": "B1", "kept": answer < 22}]);
        }
        story.tell(day, "survey.answered", data);
    }
}

fn tell_cases(story: &mut Story) {
    let prompt = Course {
        received: 100,
        allowed: 15,
        answered_after: Some(3),
        outcome: "resolved",
        reopened_after: None,
        published_after: Some(2),
    };
    let slow = Course { answered_after: Some(9), ..prompt };
    let cases = [
        prompt,
        prompt,
        prompt,
        prompt,
        slow,
        slow,
        slow,
        Course { outcome: "explained", ..slow },
        Course { reopened_after: Some(10), published_after: None, ..slow },
        Course { outcome: "not_competent", published_after: None, ..slow },
        Course { answered_after: Some(20), ..prompt },
        Course { answered_after: None, ..prompt },
    ];
    for (number, course) in cases.iter().enumerate() {
        story.tell_case(number, course);
    }
}

fn catalogue() -> Value {
    json!({"catalog": "mau", "version": "1", "groups": [{"code": "biet", "label": "5 biết", "count": 5}]})
}

fn board(log: &mut Log, key: &EvaluatorKey, period: &str, day: i64, points: &[u32]) {
    let panel: Vec<Value> = points.iter().map(|points| json!({"post": "Thành viên", "points_centi": points})).collect();
    let mut data = Canon::try_from(json!({"period": period, "kind": "board", "panel": panel})).unwrap();
    // The id is the one that the log will give: it counts its entries.
    let id: EventId = log.clone().say(&noon(day), "evaluation.conducted", &Value::from(data.clone()));
    sign_evaluation(key, Verdict::Evaluation, &UNIT.parse().unwrap(), &id, &mut data);
    log.say(&noon(day), "evaluation.conducted", &Value::from(data));
}
