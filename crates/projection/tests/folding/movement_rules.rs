//! Practice, directives, awards, delays: what the movement counts beside citizens' words.

use danvan_event::DirectiveStatus;
use danvan_projection::{Month, Rule};
use serde_json::json;

use crate::scenario::{Told, counted, given, refused, told};

fn replicated(source: &str, target: &str) -> Told {
    told("model.replicated", json!({"practice": "sms-hen-gio", "source_unit": source, "target_unit": target}))
}

fn directive() -> Told {
    let items = json!([{"text": "Bổ sung ghế chờ."}, {"text": "Công khai số điện thoại."}]);
    told("model.directive_given", json!({"by_post": "Trưởng ban", "items": items})).called("directive")
}

fn progressed(item: Option<u32>, status: &str) -> Told {
    let data = item.map_or_else(|| json!({"status": status}), |item| json!({"status": status, "item": item}));
    told("model.directive_progressed", data).citing("directive", "directive")
}

fn award(kind: &'static str, form: &str) -> Told {
    let data =
        json!({"form": form, "level": "province", "issuer": "UBND tỉnh", "doc_no": "1/QĐ", "date": "2024-03-01"});
    told(kind, data).called("award")
}

fn award_revoked() -> Told {
    let data = json!({"ground": "fraud", "doc_no": "2/QĐ", "date": "2024-05-01"});
    told("emulation.award_revoked", data).citing("award", "award")
}

#[test]
fn a_unit_speaks_of_its_own_replications_only() {
    given([]).when(replicated("gso2024-15100", "gso2024-15097")).then(counted());
    given([]).when(replicated("gso2024-15097", "gso2024-15100")).then(counted());
    given([]).when(replicated("gso2024-15097", "gso2024-15103")).then(refused(Rule::ForeignReplication));
    given([]).when(replicated("gso2024-15100", "gso2024-15100")).then(refused(Rule::ForeignReplication));
}

#[test]
fn progress_names_a_directive_and_one_of_its_items() {
    given([]).when(progressed(None, "done")).then(refused(Rule::UnknownDirective));
    given([directive()]).when(progressed(Some(2), "done")).then(refused(Rule::UnknownDirective));
    let reported = given([directive(), progressed(None, "in_progress"), progressed(Some(1), "done").on(9)]);
    let given_one = &reported.unit().directives()[0];
    assert_eq!(
        (given_one.status(0), given_one.status(1)),
        (Some(DirectiveStatus::InProgress), Some(DirectiveStatus::Done))
    );
    assert_eq!((given_one.items, given_one.done()), (2, 1));
}

#[test]
fn an_award_or_a_recognition_is_taken_back_once() {
    given([]).when(award_revoked()).then(refused(Rule::UnknownAward));
    for (kind, form) in [("emulation.award_granted", "commendation"), ("emulation.recognition_granted", "sign")] {
        let taken = given([award(kind, form), award_revoked().on(60)]);
        let revoked = [
            taken.unit().awards().iter().map(|award| award.revoked).next(),
            taken.unit().recognitions().iter().map(|held| held.revoked).next(),
        ];
        assert_eq!(revoked.into_iter().flatten().flatten().count(), 1);
        taken.when(award_revoked().on(61)).then(refused(Rule::AwardRevokedTwice));
    }
}

#[test]
fn what_the_movement_counts_is_listed_with_its_place() {
    let unit = given([
        told(
            "model.dialogue_held",
            json!({"date": "2024-03-01", "attendees": 80, "issues_raised": 7, "issues_resolved": 5}),
        ),
        told("model.facility_invested", json!({"item_code": "ghe_cho", "amount_vnd": 12_000_000})),
        told("model.practice_published", json!({"practice": "sms-hen-gio", "title": "Nhắn tin hẹn giờ"})),
        told("model.lesson_recorded", json!({"text": "Gọi trước khi đến."})),
        told("emulation.entry_registered", json!({"model_id": "mot-cua", "level": "district", "year": 2024})),
        told("emulation.review_held", json!({"kind": "interim", "period": "2024-Q2", "date": "2024-06-28"})),
        told("model.steering_board_changed", json!({"doc_no": "9/QĐ"})),
    ]);
    let unit = unit.unit();
    let places = [
        unit.dialogues()[0].evidence,
        unit.facilities()[0].evidence,
        unit.practices()[0].evidence,
        unit.lessons()[0].evidence,
        unit.emulation_entries()[0].evidence,
        unit.reviews()[0].evidence,
        unit.board_changes()[0].evidence,
    ];
    assert_eq!(places.map(danvan_projection::Evidence::index), [0, 1, 2, 3, 4, 5, 6]);
    assert_eq!((unit.dialogues()[0].issues_resolved, unit.facilities()[0].amount_vnd), (Some(5), Some(12_000_000)));
}

#[test]
fn a_review_has_a_period_that_can_be_judged() {
    let review = told("emulation.review_held", json!({"kind": "final", "period": "2000", "date": "2024-06-28"}));
    given([]).when(review).then(refused(Rule::PeriodShape));
}

#[test]
fn delays_are_counted_in_the_month_of_what_happened_and_never_for_the_machine() {
    // The clock of the log stands at the latest entry, so what is told afterwards of an earlier day is recorded late.
    let outreach = || told("model.outreach_conducted", json!({"channel": "meeting"}));
    let late = given([outreach().on(40), outreach().on(37), outreach().on(0)]);
    let month = |text: &str| {
        let month: Month = text.parse().unwrap();
        late.unit().delays().get(month).map(|delays| delays.iter().collect::<Vec<_>>())
    };
    assert_eq!(month("2024-04"), Some(vec![(0, 1), (3, 1)]));
    assert_eq!(month("2024-03"), Some(vec![(40, 1)]));
    let gap = json!({"origin": "demo/u/gso2024-15100", "start": 3, "end": 5, "repaired": false});
    let machine = given([told("node.gap_detected", gap)]);
    assert!(machine.unit().delays().is_empty());
}

#[test]
fn a_gap_is_open_until_all_of_it_is_put_back() {
    let gap = |start: u64, end: u64, repaired: bool| {
        told(
            "node.gap_detected",
            json!({"origin": "demo/u/gso2024-15100", "start": start, "end": end, "repaired": repaired}),
        )
    };
    let open = |past: Vec<Told>| given(past).unit().open_gaps().map(|gap| gap.start).collect::<Vec<_>>();
    assert_eq!(open(vec![gap(3, 5, false), gap(7, 9, false)]), [3, 7]);
    assert_eq!(open(vec![gap(3, 5, false), gap(7, 9, false), gap(7, 8, true)]), [3, 7]);
    assert_eq!(open(vec![gap(3, 5, false), gap(7, 9, false), gap(2, 9, true)]), Vec::<u64>::new());
    assert_eq!(open(vec![gap(3, 5, true), gap(3, 5, false)]), [3]);
}
