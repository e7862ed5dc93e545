//! Pledges: a published catalogue, signatures, renewals, revocations, breaches.

use danvan_projection::{Period, Rule};
use serde_json::json;

use crate::scenario::{Told, catalogue, counted, feedback, given, pledge, refused, told};

fn renewed(period: &str, version: Option<&str>) -> Told {
    let data =
        version.map_or_else(|| json!({"period": period}), |version| json!({"period": period, "version": version}));
    told("pledge.renewed", data).citing("pledge", "pledge")
}

fn revoked() -> Told {
    told("pledge.revoked", json!({"reason": "left_post"})).citing("pledge", "pledge")
}

fn breach() -> Told {
    let data = json!({"commitment": "K1", "severity": "serious", "doc_no": "12/QĐ-UBND"});
    told("pledge.breach_confirmed", data).citing("pledge", "pledge")
}

fn holds(scenario: &crate::scenario::Scenario, period: &str) -> Option<u64> {
    let period: Period = period.parse().unwrap();
    scenario.unit().pledges()[0].holds_in(&period).map(danvan_projection::Evidence::index)
}

#[test]
fn a_pledge_cites_a_published_version_of_a_published_catalogue() {
    given([]).when(pledge()).then(refused(Rule::UnknownCatalogue));
    given([catalogue("2")]).when(pledge()).then(refused(Rule::UnknownCatalogue));
    given([catalogue("1")]).when(pledge()).then(counted());
}

#[test]
fn a_published_version_says_the_same_for_ever() {
    let other = |count: u32| {
        let groups = json!([{"code": "biet", "label": "5 biết", "count": count}]);
        told("pledge.catalog_published", json!({"catalog": "mau", "version": "1", "groups": groups}))
    };
    let file = |digit: &str| {
        let groups = json!([{"code": "biet", "label": "5 biết", "count": 5}]);
        let data = json!({"catalog": "mau", "version": "1", "groups": groups, "attachment_sha256": digit.repeat(64)});
        told("pledge.catalog_published", data)
    };
    let signed = given([catalogue("1"), pledge()]);
    let signed = signed.when(other(4)).then(refused(Rule::CatalogueChanged));
    signed.when(catalogue("1")).then(counted()).when(catalogue("2")).then(counted());
    given([catalogue("1"), catalogue("2")]).when(other(4)).then(refused(Rule::CatalogueChanged));
    given([file("a")]).when(file("b")).then(refused(Rule::CatalogueChanged));
    given([file("a")]).when(file("a")).then(counted());
    let elsewhere =
        json!({"catalog": "khac", "version": "1", "groups": [{"code": "khong", "label": "3 không", "count": 3}]});
    given([catalogue("1")]).when(told("pledge.catalog_published", elsewhere)).then(counted());
}

#[test]
fn a_version_that_was_taken_back_before_anybody_signed_may_say_something_else() {
    let other = || {
        let groups = json!([{"code": "biet", "label": "4 biết", "count": 4}]);
        told("pledge.catalog_published", json!({"catalog": "mau", "version": "1", "groups": groups}))
    };
    let taken_back = || told("entry.revoked", json!({"reason": "wrong_content"})).citing("event", "catalogue");
    let published = || catalogue("1").called("catalogue");
    given([published(), taken_back()])
        .when(other())
        .then(counted())
        .when(catalogue("1"))
        .then(refused(Rule::CatalogueChanged));
    given([published(), pledge()]).when(taken_back()).then(refused(Rule::StillCited));
}

#[test]
fn a_renewal_names_a_pledge_that_holds_and_a_published_version() {
    given([catalogue("1")]).when(renewed("2025", None)).then(refused(Rule::UnknownPledge));
    let signed = || given([catalogue("1"), pledge()]);
    signed().when(renewed("2000", None)).then(refused(Rule::PeriodShape));
    signed().when(renewed("2025", Some("2"))).then(refused(Rule::UnknownCatalogue));
    let again = signed().when(renewed("2025", Some("1")).on(300)).then(counted());
    assert_eq!((holds(&again, "2024"), holds(&again, "2025"), holds(&again, "2026")), (Some(1), Some(2), None));
}

#[test]
fn a_pledge_that_was_revoked_holds_no_longer_and_keeps_its_past() {
    given([]).when(revoked()).then(refused(Rule::UnknownPledge));
    let over = given([catalogue("1"), pledge(), revoked().on(40)]);
    assert_eq!((holds(&over, "2024"), holds(&over, "2024-03")), (None, Some(1)));
    over.when(revoked().on(41))
        .then(refused(Rule::PledgeEnded))
        .when(renewed("2025", None))
        .then(refused(Rule::PledgeEnded));
}

#[test]
fn a_breach_names_a_pledge_of_the_log_and_a_feedback_of_the_log() {
    given([]).when(breach()).then(refused(Rule::UnknownPledge));
    let signed = || given([catalogue("1"), pledge(), feedback()]);
    signed().when(breach().citing("feedback", "nobody's")).then(refused(Rule::UnknownFeedback));
    let confirmed = signed().when(breach().citing("feedback", "case")).then(counted());
    let breaches = confirmed.unit().breaches();
    assert_eq!((&*breaches[0].commitment, breaches[0].feedback), ("K1", Some(confirmed.id("case"))));
    signed().when(revoked()).when(breach()).then(counted());
}
