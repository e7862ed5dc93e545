//! Names and contacts of citizens are kept with their consent, or where the law on complaints and denunciations asks for them. Their
//! words are kept as the task of a state agency.

use danvan_event::{Canon, Form};

const FEEDBACK: &str = "feedback.received.v1";
/// What a consent must be for.
const PURPOSES: [&str; 2] = ["contact_me", "handle_case"];

/// The fields of a form that identify a citizen who did not agree to that, as JSON pointers.
pub(crate) fn without_consent(form: &Form) -> Vec<String> {
    if form.event_type().short() != FEEDBACK {
        return Vec::new();
    }
    let data = form.data();
    let purposes = data.pointer("/consent/purposes").and_then(Canon::as_list).unwrap_or_default();
    let agreed = purposes.iter().filter_map(Canon::as_str).any(|purpose| PURPOSES.contains(&purpose));
    if agreed || data.get("legal_ground").and_then(Canon::as_str) == Some("complaint_law") {
        return Vec::new();
    }
    let present = ["name", "contact"].into_iter().filter(|field| data.get(field).is_some());
    present.map(|field| format!("/data/{field}")).collect()
}

#[cfg(test)]
mod tests {
    use danvan_event::FormLimits;
    use serde_json::{Value, json};

    use super::*;

    fn lacking(more: &Value) -> Vec<String> {
        let mut data = json!({ "channel": "box", "kind": "complaint", "text": "Đường lầy" });
        data.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let form = json!({ "specversion": "1.0", "type": "vn.danvan.feedback.received.v1", "data": data });
        without_consent(&Form::parse(form.to_string().as_bytes(), FormLimits::default()).unwrap())
    }

    #[test]
    fn a_name_needs_a_consent_that_is_for_it() {
        let consent = |purpose: &str| json!({ "purposes": [purpose], "evidence": "ticked" });
        assert_eq!(lacking(&json!({ "name": "A", "contact": "0" })), ["/data/name", "/data/contact"]);
        assert_eq!(lacking(&json!({ "contact": "0", "consent": consent("publish_words") })), ["/data/contact"]);
        assert_eq!(lacking(&json!({ "contact": "0", "legal_ground": "state_task" })), ["/data/contact"]);
        for more in [
            json!({}),
            json!({ "name": "A", "consent": consent("contact_me") }),
            json!({ "name": "A", "consent": consent("handle_case") }),
            json!({ "name": "A", "legal_ground": "complaint_law" }),
        ] {
            assert!(lacking(&more).is_empty(), "{more}");
        }
    }
}
