//! Personal data: what is erased, asked for, withdrawn or looked at is in the log, and what is refused was asked for.

use danvan_projection::Rule;
use serde_json::json;

use crate::scenario::{Scenario, Told, feedback, given, refused, told};

/// An event about personal data that names one event.
fn naming(event_type: &'static str, name: &'static str) -> Told {
    let (data, member) = match event_type {
        "privacy.consent_withdrawn" => (json!({"purposes": ["contact_me"]}), "event"),
        "privacy.erasure_refused" => (json!({"ground": "legal_duty"}), "request"),
        _ => (json!({"fields": ["/data/text"], "role": "staff", "purpose": "handle_case"}), "event"),
    };
    told(event_type, data).citing(member, name)
}

/// The same of one that lists events.
fn listing(scenario: &Scenario, event_type: &'static str, names: &[&str]) -> Told {
    let ids: Vec<_> = names.iter().map(|name| scenario.id_or_unknown(name)).collect();
    let data = match event_type {
        "privacy.erased" => json!({"event_ids": ids, "reason": "requested"}),
        _ => json!({"event_ids": ids}),
    };
    told(event_type, data)
}

/// Sound, and nothing that counts.
fn is_taken(scenario: Scenario) -> Scenario {
    assert!(scenario.is_ignored());
    scenario
}

#[test]
fn what_is_erased_asked_for_withdrawn_or_looked_at_is_in_the_log() {
    for event_type in ["privacy.erased", "privacy.erasure_requested"] {
        let log = given([feedback()]);
        let stranger = listing(&log, event_type, &["case", "nobody's"]);
        let log = log.when(stranger).then(refused(Rule::UnknownEntry));
        let known = listing(&log, event_type, &["case"]);
        is_taken(log.when(known));
    }
    for event_type in ["privacy.consent_withdrawn", "privacy.disclosed"] {
        let log = given([feedback()]).when(naming(event_type, "nobody's")).then(refused(Rule::UnknownEntry));
        is_taken(log.when(naming(event_type, "case")));
    }
}

#[test]
fn a_refusal_names_a_request_and_no_other_event() {
    let refusal = |name| naming("privacy.erasure_refused", name);
    let log = given([feedback()]).when(refusal("nobody's")).then(refused(Rule::UnknownRequest));
    let log = log.when(refusal("case")).then(refused(Rule::UnknownRequest));
    let withdrawn = is_taken(log.when(naming("privacy.consent_withdrawn", "case").called("withdrawal")));
    let asked = listing(&withdrawn, "privacy.erasure_requested", &["case"]).called("request");
    let asked = is_taken(withdrawn.when(asked));
    is_taken(is_taken(asked.when(refusal("request"))).when(refusal("withdrawal")));
}

#[test]
fn what_asks_for_what_is_not_there_is_no_request() {
    let log = given([feedback()]);
    let asked = listing(&log, "privacy.erasure_requested", &["nobody's"]).called("request");
    let log = log.when(asked).then(refused(Rule::UnknownEntry));
    log.when(naming("privacy.erasure_refused", "request")).then(refused(Rule::UnknownRequest));
}
