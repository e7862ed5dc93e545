//! The first procedure is frozen: its documents are compared with bytes that were kept.

use danvan_projection::ReadModel;
use danvan_ranking::{Rulebook, explain, rank};
use serde_json::json;
use sha2::{Digest, Sha256};

use crate::league::{Course, Log, Story, aggregator, folded};

/// A ranking of the league below for 2024-Q2, and the explanation of its first unit: one line each.
const KEPT: &str = include_str!("../fixtures/engine-1.ndjson");
/// SHA-256 over the rankings and all explanations of three periods, each followed by a newline.
const KEPT_SHA256: &str = "5e77c5845b9b9b09dec5fd14bdb38b672a860904bc5121dfe3ead95070713a0c";

/// Knuth's MMIX generator; only its high half is random enough to choose by.
pub(crate) struct Dice(pub(crate) u64);

impl Dice {
    pub(crate) fn below(&mut self, end: i64) -> i64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        i64::try_from(self.0 >> 33).unwrap() % end
    }
}

/// Twelve units in two clusters, from diligent to absent.
fn league() -> ReadModel {
    let ids: Vec<String> = (1..=12).map(|number| format!("gso2024-{number}")).collect();
    let cluster = |number: usize| if number.is_multiple_of(3) { "dong-bang" } else { "mien-nui" };
    let named: Vec<(&str, &str, &str)> =
        ids.iter().enumerate().map(|(number, id)| (id.as_str(), id.as_str(), cluster(number))).collect();
    let registry = aggregator(&named, &[]);
    let logs: Vec<Log> = ids.iter().skip(1).zip(1..).map(|(id, seed)| unit(seed).into_log(id)).collect();
    let mut all: Vec<&Log> = logs.iter().collect();
    all.push(&registry);
    folded(&all)
}

/// A unit's year by chance.
pub(crate) fn unit(seed: u64) -> Story {
    let (mut dice, mut story) = (Dice(seed), Story::default());
    let stages = ["coordination_plan_adopted", "leadership_resolution_adopted", "launch_conference_held"];
    for stage in stages.iter().take(usize::try_from(dice.below(4)).unwrap()) {
        story.tell(10 + dice.below(200), &format!("model.{stage}"), json!({}));
    }
    story.tell(3, "unit.staff_declared", json!({"as_of": "2024-01-03", "headcount": 20 + dice.below(5)}));
    let groups = json!([{"code": "biet", "label": "5 biết", "count": 5}]);
    story.tell(4, "pledge.catalog_published", json!({"catalog": "mau", "version": "1", "groups": groups}));
    for official in 0..dice.below(24) {
        let pledge =
            json!({"catalog": "mau", "collective": false, "staff_key": format!("cb{official}"), "period": "2024"});
        story.tell(5 + dice.below(300), "pledge.signed", pledge);
    }
    for _ in 0..dice.below(6) {
        story.tell(dice.below(360), "model.outreach_conducted", json!({"channel": "meeting"}));
        story.tell(dice.below(360), "model.letter_sent", json!({"kind": "apology"}));
    }
    for month in 1..=12 {
        let counted = json!({"period": format!("2024-{month:02}"), "transactions": 20 + dice.below(60)});
        story.tell(360, "service.counted", counted);
    }
    for _ in 0..dice.below(120) {
        let assisted = dice.below(7) == 0;
        let mut answer = json!({"channel": "kiosk", "rating": 5 - dice.below(6) / 2, "assisted": assisted});
        if dice.below(3) == 0 {
            answer["commitments"] = json!([{"code": "B1", "kept": dice.below(6) > 0}]);
        }
        story.tell(dice.below(360), "survey.answered", answer);
    }
    for number in 0..usize::try_from(dice.below(70)).unwrap() {
        let outcomes = ["resolved", "explained", "not_competent", "unfounded"];
        let course = Course {
            received: dice.below(320),
            allowed: 15,
            answered_after: (dice.below(8) > 0).then(|| dice.below(20)),
            outcome: outcomes[usize::try_from(dice.below(4)).unwrap()],
            reopened_after: (dice.below(6) == 0).then(|| 1 + dice.below(14)),
            published_after: (dice.below(4) > 0).then(|| dice.below(20)),
        };
        story.tell_case(number, &course);
    }
    story
}

#[test]
fn the_first_procedure_gives_the_bytes_that_were_kept() {
    let (model, rulebook) = (league(), Rulebook::rb_cqtt_0());
    let quarter = "2024-Q2".parse().unwrap();
    let ranking = rank(&model, &rulebook, &quarter);
    let first = explain(&model, &rulebook, &quarter, &ranking.rows[0].unit).unwrap();
    let told = [ranking.to_bytes(), first.to_bytes()].map(|bytes| String::from_utf8(bytes).unwrap() + "\n").concat();
    assert_eq!(told, KEPT);
}

#[test]
fn every_document_of_three_periods_has_the_digest_that_was_kept() {
    let (model, rulebook) = (league(), Rulebook::rb_cqtt_0());
    let mut hash = Sha256::new();
    for period in ["2024", "2024-Q3", "2024-07"] {
        let period = period.parse().unwrap();
        let ranking = rank(&model, &rulebook, &period);
        assert_eq!(ranking.rows.len(), 12, "{period}");
        hash.update(ranking.to_bytes());
        for row in &ranking.rows {
            hash.update(b"\n");
            hash.update(explain(&model, &rulebook, &period, &row.unit).unwrap().to_bytes());
        }
        hash.update(b"\n");
    }
    assert_eq!(hex::encode(hash.finalize()), KEPT_SHA256);
}
