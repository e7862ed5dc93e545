//! The registry: what the aggregator states, and what it may not.

use danvan_projection::{Applied, FlagReason, Rule, Snapshot};
use serde_json::json;

use crate::log::{Log, Saying};

const TIME: &str = "2024-01-01T08:00:00+07:00";
const ROOT: &str = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";

fn enrolled(origin: &str) -> Saying<'static> {
    let vkey = format!("{origin}+1a2b3c4d+ATEST");
    Saying::new(TIME, "node.enrolled", json!({"origin": origin, "vkey": vkey, "unit": "gso2024-15100"}))
}

fn cosigned(origin: &str, size: u64) -> Saying<'static> {
    let held = json!({"origin": origin, "start": 0, "size": size, "root": ROOT, "attachment_sha256": "0".repeat(64)});
    Saying::new(TIME, "checkpoint.cosigned", held)
}

#[test]
fn inputs_are_the_last_checkpoint_of_each_enrolled_origin() {
    let mut log = Log::new("/a/ngoc-lac");
    log.given(&enrolled("demo/u/b"));
    log.given(&enrolled("demo/u/a"));
    log.given(&cosigned("demo/u/b", 3));
    log.given(&cosigned("demo/u/b", 7));
    log.given(&cosigned("demo/u/stranger", 9));
    let inputs = log.model.inputs();
    assert_eq!(inputs.absent, ["demo/u/a"]);
    let held: Vec<_> = inputs.inputs.iter().map(|input| (input.origin.as_str(), input.size)).collect();
    assert_eq!(held, [("demo/u/b", 7)]);
}

#[test]
fn a_clock_set_back_does_not_hide_a_receipt() {
    let mut log = Log::new("/a/ngoc-lac");
    log.given(&Saying { recorded: Some("2024-06-01T00:00:00Z"), ..enrolled("demo/u/b") });
    log.given(&Saying { recorded: Some("2024-05-01T00:00:00Z"), ..cosigned("demo/u/b", 3) });
}

#[test]
fn an_aggregator_may_not_speak_for_a_unit() {
    let mut log = Log::new("/a/ngoc-lac");
    let answer = Saying::new(TIME, "survey.answered", json!({"channel": "kiosk", "rating": 5}));
    assert_eq!(log.say(&answer).0, Applied::Flagged(FlagReason::WrongSpeaker));
}

#[test]
fn a_later_registration_replaces_an_earlier_one_and_flags_are_listed_by_place() {
    let mut log = Log::new("/a/ngoc-lac");
    for name in ["Cao Thinh", "Cao Thịnh"] {
        let unit =
            json!({"unit": "gso2024-15100", "name": name, "kind": "xa", "parent_name": "Ngọc Lặc", "cluster": "a"});
        log.given(&Saying::new(TIME, "unit.registered", unit));
    }
    let flag = json!({"origin": "demo/u/b", "index": 4, "reason": "foreign_source"});
    log.given(&Saying::new(TIME, "entry.flagged", flag));
    let registry = log.model.registry();
    let names: Vec<_> =
        registry.units().values().map(|unit| (unit.fact.name.as_str(), unit.evidence.index())).collect();
    assert_eq!(names, [("Cao Thịnh", 1)]);
    assert_eq!(registry.flagged()["demo/u/b"][&4].fact.reason, "foreign_source");
}

#[test]
fn premises_move_with_what_a_score_can_rest_on_and_a_snapshot_keeps_them() {
    let mut log = Log::new("/a/ngoc-lac");
    let nothing = log.model.premises();
    log.given(&enrolled("demo/u/b"));
    let none_yet = log.model.premises();
    assert_ne!(none_yet, nothing, "an aggregator speaks");
    let unit = |name: &str| json!({"unit": "gso2024-15100", "name": name, "kind": "xa", "parent_name": "Ngọc Lặc", "cluster": "a"});
    let listed =
        json!({"vkey": danvan_event::EvaluatorKey::from_seed([3; 32]).vkey().to_string(), "post": "Ban Dân vận"});
    let of_another =
        json!({"vkey": danvan_event::EvaluatorKey::from_seed([4; 32]).vkey().to_string(), "post": "Ban Dân vận"});
    let delisted = json!({"vkey": listed["vkey"], "since": "2024-01-01T01:00:00.000Z", "reason": "Mất khoá, theo Biên bản số 07-BB/BDV"});
    let succeeded = json!({"from_units": ["gso2024-15100"], "to_units": [{"unit": "nso2025-15091"}], "effective_on": "2024-07-01", "doc_no": "1/NQ"});
    let premises = [
        ("unit.registered", unit("Cao Thinh")),
        ("unit.registered", unit("Cao Thịnh")),
        ("evaluation.evaluator_listed", listed.clone()),
        ("evaluation.evaluator_delisted", delisted.clone()),
        ("evaluation.evaluator_listed", listed),
        ("evaluation.evaluator_listed", of_another),
        ("evaluation.evaluator_delisted", delisted),
        ("unit.succeeded", succeeded),
    ];
    let mut before = none_yet;
    for (event_type, data) in premises {
        log.given(&Saying::new(TIME, event_type, data));
        let after = log.model.premises();
        assert_ne!(after, before, "{event_type}");
        log.given(&cosigned("demo/u/b", log.next));
        let flag = json!({"origin": "demo/u/b", "index": 4, "reason": "foreign_source"});
        log.given(&Saying::new(TIME, "entry.flagged", flag));
        assert_eq!(log.model.premises(), after, "said for every batch");
        before = after;
    }
    let bytes = Snapshot { cursor: log.next, model: log.model.clone() }.to_bytes().unwrap();
    assert_eq!(Snapshot::from_bytes(&bytes).unwrap().model.premises(), before);
}

#[test]
fn a_rulebook_stands_once_where_it_was_adopted_last() {
    let mut log = Log::new("/a/ngoc-lac");
    let adopted = |digit: &str, doc_no: Option<&str>| {
        let mut said =
            json!({"rulebook": "rb", "rulebook_sha256": digit.repeat(64), "attachment_sha256": "9".repeat(64)});
        said.as_object_mut().unwrap().extend(doc_no.map(|doc_no| ("doc_no".to_owned(), json!(doc_no))));
        Saying::new(TIME, "rulebook.adopted", said)
    };
    for (digit, doc_no) in [("1", None), ("2", Some("1/QĐ")), ("1", Some("54/QĐ"))] {
        log.given(&adopted(digit, doc_no));
    }
    let held: Vec<_> = log
        .model
        .registry()
        .rulebooks()
        .iter()
        .map(|held| (held.evidence.index(), held.fact.doc_no.as_deref()))
        .collect();
    assert_eq!(held, [(1, Some("1/QĐ")), (2, Some("54/QĐ"))]);
}

#[test]
fn a_version_of_a_catalogue_is_published_once() {
    let mut log = Log::new("/a/ngoc-lac");
    let catalogue = |version: &str, label: &str| {
        let groups = json!([{"code": "biet", "label": label, "count": 5}]);
        let said = json!({"catalog": "mau", "version": version, "groups": groups});
        Saying::new(TIME, "pledge.catalog_published", said)
    };
    log.given(&catalogue("1", "5 biết"));
    log.given(&catalogue("2", "5 hiểu"));
    for label in ["5 biết", "5 hiểu"] {
        let again = log.say(&catalogue("1", label)).0;
        assert_eq!(again, Applied::Flagged(FlagReason::Rule(Rule::CataloguePublishedBefore)), "{label}");
    }
    assert_eq!(log.model.registry().catalogues().len(), 2);
}
