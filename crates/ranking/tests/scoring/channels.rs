//! The ways of answering count by their shares: what comes through one of them moves no more than its share, and what is tapped at the
//! kiosk is shown and moves nothing.

use danvan_event::SurveyChannel;
use danvan_projection::ReadModel;
use danvan_ranking::{Row, Rulebook, explain, rank};
use proptest::prelude::*;
use serde_json::json;

use crate::league::{Log, RULEBOOKS, Story, UNIT, aggregator, folded, noon, year};

/// Answers with 5 and with 1 through each way, in the order of [`SurveyChannel::ALL`]; each rates a commitment alike.
type Answers = [(u32, u32); 5];

/// The shares of a cluster that the rulebook does not name, in ten-thousandths.
const SHARES: [u32; 5] = [0, 3_000, 3_000, 2_000, 2_000];
/// So many answers out of the transactions earn all points, in ten-thousandths.
const COVERAGE: u32 = 750;

fn model(answers: &Answers) -> ReadModel {
    let mut story = Story::default();
    for (channel, (good, bad)) in SurveyChannel::ALL.iter().zip(answers) {
        // One a day, or nearly so: an hour in which a kiosk serves too many is a case of its own.
        for (day, rating) in
            (0..).zip(std::iter::repeat_n(5, *good as usize).chain(std::iter::repeat_n(1, *bad as usize)))
        {
            let commitments = json!([{"code": "B1", "kept": rating == 5}]);
            let data = json!({"channel": channel, "rating": rating, "commitments": commitments});
            story.tell(day % 360, "survey.answered", data);
        }
    }
    for month in 1..=12 {
        let stated = json!({"period": format!("2024-{month:02}"), "transactions": 100});
        story.tell(360, "service.counted", stated);
    }
    folded(&[&aggregator(&[(UNIT, "Cao Thịnh", "mien-nui")], &[]), &story.into_log(UNIT)])
}

fn row_by(answers: &Answers, rulebook: &Rulebook) -> Row {
    rank(&model(answers), rulebook, &year()).rows.remove(0)
}

/// The rate that is scored, in ten-thousandths.
fn rate(answers: &Answers, code: &str) -> u32 {
    let row = row_by(answers, &RULEBOOKS[1]);
    row.criteria.iter().find(|criterion| criterion.code == code).unwrap().rate_bp.unwrap()
}

fn answers() -> impl Strategy<Value = Answers> {
    // The QR code alone gives enough to be judged by.
    let few = || (0_u32..6, 0_u32..6);
    (few(), (5_u32..20, 5_u32..20), few(), few(), few())
        .prop_map(|(kiosk, qr, zalo, paper, phone)| [kiosk, qr, zalo, paper, phone])
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn stuffing_one_way_of_answering_lifts_no_rate_by_more_than_its_share(
        answers in answers(),
        which in 0_usize..5,
        stuffed in 1_u32..200,
    ) {
        let mut more = answers;
        more[which].0 += stuffed;
        for (code, whole) in [("B2", 10_000), ("D1", 10_000), ("D2", COVERAGE)] {
            let (before, after) = (rate(&answers, code), rate(&more, code));
            prop_assert!(after >= before, "{code}: a good answer never harms");
            prop_assert!(after - before <= SHARES[which] * whole / 10_000 + 1, "{code}: {before} → {after}");
        }
    }

    #[test]
    fn a_bad_answer_never_helps(answers in answers(), which in 0_usize..5) {
        let mut more = answers;
        more[which].1 += 1;
        for code in ["B2", "D1"] {
            prop_assert!(rate(&more, code) <= rate(&answers, code), "{}", code);
        }
    }

    #[test]
    fn what_is_tapped_at_the_kiosk_changes_nothing_at_all(answers in answers(), tapped in (0_u32..90, 0_u32..90)) {
        let mut without = answers;
        without[0] = (0, 0);
        let mut with = answers;
        with[0] = tapped;
        prop_assert_eq!(row_by(&with, &RULEBOOKS[1]), row_by(&without, &RULEBOOKS[1]));
    }
}

#[test]
fn answers_that_come_in_the_shares_give_the_rate_that_they_give_without_channels() {
    // 27 of 30, 28 of 30, 18 of 20, 17 of 20: (90 + 60 × 0.90) / (100 + 60) = 0.90.
    assert_eq!(rate(&[(7, 7), (27, 3), (28, 2), (18, 2), (17, 3)], "D1"), 9_000);
}

#[test]
fn taps_at_the_kiosk_do_not_hide_that_all_else_is_recorded_late_and_against_the_rules() {
    let row = |taps: i64| {
        let mut log = Log::new(&format!("/u/{UNIT}"));
        for day in 0..20 {
            let form = json!({
                "specversion": "1.0", "id": format!("018e1cfa-1b40-7abc-8def-0000000000{day:02}"), "time": noon(day),
                "source": format!("/u/{UNIT}"), "type": "vn.danvan.model.outreach_conducted.v1", "data": {"channel": "meeting"},
            });
            log.record_at(&form, noon(day + 40).parse().unwrap());
        }
        // A step of a case that nobody opened breaks a rule.
        for day in 0..5 {
            let case = json!({"outcome": "resolved", "reply": "Đã xem xét."});
            let nobody = "feedback/018e1cfa-1b40-7abc-8def-0123456789ab";
            log.say_about(&noon(70 + day), "feedback.responded", Some(nobody), &case);
        }
        for day in 0..taps {
            log.say(&noon(80 + day), "survey.answered", &json!({"channel": "kiosk", "rating": 5}));
        }
        let mut model = folded(&[&aggregator(&[(UNIT, "Cao Thịnh", "mien-nui")], &[])]);
        log.fold_into(&mut model);
        rank(&model, &RULEBOOKS[1], &year()).rows.remove(0)
    };
    let points = |row: &Row| -> Vec<u32> {
        let of_f = row.criteria.iter().filter(|criterion| criterion.code.starts_with('F'));
        of_f.map(|criterion| criterion.points_centi).collect()
    };
    assert_eq!(points(&row(0)), [0, 0]);
    assert_eq!(points(&row(250)), [0, 0]);
}

#[test]
fn the_explanation_names_what_is_shown_and_not_counted() {
    let model = model(&[(3, 2), (20, 1), (0, 0), (0, 0), (0, 0)]);
    let explained = explain(&model, &RULEBOOKS[1], &year(), &UNIT.parse().unwrap()).unwrap();
    let criteria: Vec<_> = explained.components.iter().flat_map(|component| &component.criteria).collect();
    for code in ["B2", "D1", "D2"] {
        let criterion = criteria.iter().find(|criterion| criterion.row.code == code).unwrap();
        assert_eq!(criterion.shown.len(), 5, "{code}");
        let counted = criterion.favourable.iter().chain(&criterion.unfavourable);
        assert!(counted.into_iter().all(|at| !criterion.shown.contains(at)), "{code}");
        let words = criterion.words_vi.as_deref().unwrap();
        assert!(words.ends_with(". 5 phiếu tại ki-ốt được công khai, không tính vào điểm"), "{words}");
        let words = criterion.words_en.as_deref().unwrap();
        assert!(words.ends_with(". 5 answers at the kiosk are shown and not counted"), "{words}");
    }
    let by_the_first = explain(&model, &RULEBOOKS[0], &year(), &UNIT.parse().unwrap()).unwrap();
    let mut criteria = by_the_first.components.iter().flat_map(|component| &component.criteria);
    assert!(criteria.all(|criterion| criterion.shown.is_empty()), "the first procedure counts all of them");
}

/// A rulebook may count the kiosk: wholly, or without the favourable answers of an hour that is too full for one.
#[test]
fn a_rulebook_may_count_the_kiosk_with_or_without_its_crowded_hours() {
    let counting = |rule: &str| {
        let text = std::str::from_utf8(danvan_ranking::RB_CQTT_1).unwrap();
        let text = text
            .replace("kiosk_answers = \"shown\"", &format!("kiosk_answers = \"{rule}\""))
            .replace("kiosk = 0\nqr = 0.30", "kiosk = 0.20\nqr = 0.10")
            .replace("kiosk = 0, qr = 0.3333", "kiosk = 0.3, qr = 0.0333");
        Rulebook::parse(text.as_bytes()).unwrap()
    };
    let mut story = Story::default();
    for day in 0..20 {
        story.tell(day, "survey.answered", json!({"channel": "kiosk", "rating": 4 - day % 2}));
    }
    // One sitting at noon: too many for one kiosk.
    for number in 0..15 {
        let rating = if number == 14 { 1 } else { 5 };
        let data = json!({"channel": "kiosk", "rating": rating, "commitments": [{"code": "B1", "kept": rating == 5}]});
        story.tell(50, "survey.answered", data);
    }
    story.tell(60, "service.counted", json!({"period": "2024-02", "transactions": 100}));
    let model = folded(&[&aggregator(&[(UNIT, "Cao Thịnh", "mien-nui")], &[]), &story.into_log(UNIT)]);
    let counts = |rule: &str| {
        let row = rank(&model, &counting(rule), &year()).rows.remove(0);
        let of =
            |code: &str| row.criteria.iter().find(|criterion| criterion.code == code).map(|of| (of.k, of.n)).unwrap();
        (of("D1"), of("B2"), of("D2"))
    };
    // The sitting is of February, the month whose transactions are stated.
    assert_eq!(counts("count"), ((Some(24), 35), (Some(14), 15), (Some(15), 100)));
    assert_eq!(counts("uncrowded"), ((Some(10), 21), (Some(0), 1), (Some(1), 100)), "the bad word keeps its weight");
    let explained = explain(&model, &counting("uncrowded"), &year(), &UNIT.parse().unwrap()).unwrap();
    let mut criteria = explained.components.iter().flat_map(|component| &component.criteria);
    let satisfied = criteria.find(|criterion| criterion.row.code == "D1").unwrap();
    assert_eq!((satisfied.favourable.len(), satisfied.unfavourable.len(), satisfied.shown.len()), (10, 11, 14));
}
