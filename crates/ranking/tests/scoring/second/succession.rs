//! Units that end or begin: in which periods they have a row, and in which a rank.

use danvan_event::EvaluatorKey;
use danvan_ranking::{Class, Mark, Rulebook, rank};
use serde_json::json;

use super::{registry, rulebook, strong};
use crate::league::{Log, UNIT, folded, noon};

#[test]
fn a_unit_that_ends_or_begins_within_the_period_is_shown_and_not_ranked() {
    let key = EvaluatorKey::from_seed([3; 32]);
    let mut registry = registry(&[key.vkey().to_string()]);
    let succeeded = json!({"from_units": [UNIT], "to_units": [{"unit": "nso2025-15091"}], "effective_on": "2024-07-01", "doc_no": "1/NQ"});
    registry.say(&noon(182), "unit.succeeded", &succeeded);
    let model = folded(&[&registry, &strong(&key)]);
    let of = |rulebook: &Rulebook, period: &str| rank(&model, rulebook, &period.parse().unwrap()).rows.remove(0);
    let year = of(&rulebook(), "2024");
    assert_eq!((year.class, year.rank, year.marks.as_slice()), (Class::ChuaDuDuLieu, None, &[Mark::KhongTronKy][..]));
    assert!(!of(&rulebook(), "2024-Q2").marks.contains(&Mark::KhongTronKy), "whole until the end of June");
    assert_eq!(of(&Rulebook::rb_cqtt_0(), "2024").rank, Some(1), "the first procedure knows no succession");
}

#[test]
fn a_unit_has_no_row_in_a_period_in_which_it_did_not_exist() {
    let key = EvaluatorKey::from_seed([3; 32]);
    let mut registry = registry(&[key.vkey().to_string()]);
    let rows = |registry: &Log, period: &str| {
        let ranking = rank(&folded(&[registry, &strong(&key)]), &rulebook(), &period.parse().unwrap());
        ranking.rows.iter().map(|row| row.unit.to_string()).collect::<Vec<_>>()
    };
    let new = "nso2025-15091";
    let before = rows(&registry, "2024");
    let named =
        json!({"unit": new, "name": "Ngọc Liên", "kind": "xa", "parent_name": "Tỉnh Thanh Hoá", "cluster": "X"});
    registry.say(&noon(301), "unit.registered", &named);
    let succeeded =
        json!({"from_units": [UNIT], "to_units": [{"unit": new}], "effective_on": "2025-07-01", "doc_no": "1/NQ"});
    registry.say(&noon(302), "unit.succeeded", &succeeded);
    assert_eq!(rows(&registry, "2024"), before, "the new unit changes nothing of the year before it");
    let both = rows(&registry, "2025");
    assert!(both.contains(&UNIT.to_owned()) && both.contains(&new.to_owned()), "{both:?}");
    assert_eq!(rows(&registry, "2026"), [new], "the old unit has ended");
    let old = rank(&folded(&[&registry, &strong(&key)]), &Rulebook::rb_cqtt_0(), &"2024".parse().unwrap());
    assert_eq!(old.rows.len(), 2, "the first procedure knows no succession");
}
