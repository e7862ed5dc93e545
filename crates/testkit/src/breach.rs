//! For every rule of a unit's log a short story that breaks it: what was recorded before, and what then may not be.
//!
//! One list for the fold, the intake of a node and the mirror of an aggregator, so that all three are asked about the same.

use danvan_event::{EventId, Timestamp, UnitId};
use serde_json::{Value, json};

/// 25 November 2026, ten o'clock in Việt Nam, in milliseconds: day 0 of every story.
const DAY_0_MS: u64 = 1_795_575_600_000;
const DAY_MS: u64 = 86_400_000;

/// A story that breaks one rule.
#[derive(Debug, Clone)]
pub struct Breach {
    /// Code of the rule, such as `domain.unknown_feedback`.
    pub rule: &'static str,
    /// JSON pointer of the field of the breaking form that a person would change.
    pub field: &'static str,
    /// What counts, in its order.
    pub given: Vec<Told>,
    /// What breaks the rule.
    pub breaking: Told,
}

/// Something that is told.
#[derive(Debug, Clone, Default)]
pub struct Told {
    /// The intake form.
    pub form: Value,
    /// When it happened, in milliseconds. It is recorded then, or when the form before it was, whichever is later.
    pub at_ms: i64,
}

/// Tells what happens in a unit, one form after the other.
struct Story {
    unit: UnitId,
    told: Vec<Told>,
}

impl Story {
    /// Tells an event that happened on a day, and its id.
    fn tell(&mut self, day: u64, event_type: &str, data: Value) -> EventId {
        self.tell_about(None, day, event_type, data)
    }

    /// The same of a step of a case.
    fn step(&mut self, case: EventId, day: u64, what: &str, data: Value) -> EventId {
        self.tell_about(Some(case), day, &format!("feedback.{what}.v1"), data)
    }

    fn tell_about(&mut self, case: Option<EventId>, day: u64, event_type: &str, data: Value) -> EventId {
        let place = u8::try_from(self.told.len()).unwrap_or(u8::MAX);
        let at = DAY_0_MS + day * DAY_MS;
        let at_ms = i64::try_from(at).unwrap_or(i64::MAX);
        let id = EventId::from_parts(at, [place; 10]);
        let time = Timestamp::from_millis(at_ms).map(|time| time.to_string()).unwrap_or_default();
        let ty = format!("vn.danvan.{event_type}");
        let mut form = json!({ "specversion": "1.0", "id": id, "type": ty, "time": time });
        form["data"] = data;
        if let Some(case) = case {
            form["subject"] = case_named(case).into();
        }
        self.told.push(Told { form, at_ms });
        id
    }

    fn received(&mut self, day: u64) -> EventId {
        self.tell(
            day,
            "feedback.received.v1",
            json!({"channel": "box", "kind": "complaint", "text": "Đèn đường hỏng."}),
        )
    }

    fn responded(&mut self, case: EventId, day: u64) {
        self.step(case, day, "responded", json!({"outcome": "resolved", "reply": "Đã sửa."}));
    }

    fn catalogue(&mut self) {
        let groups = json!([{"code": "biet", "label": "5 biết", "count": 5}]);
        self.tell(0, "pledge.catalog_published.v1", json!({"catalog": "mau", "version": "1", "groups": groups}));
    }

    fn signed(&mut self, day: u64) -> EventId {
        let pledge = json!({"catalog": "mau", "collective": false, "staff_key": "CB07", "period": "2026"});
        self.tell(day, "pledge.signed.v1", pledge)
    }

    fn renewed(&mut self, pledge: EventId, day: u64) {
        self.tell(day, "pledge.renewed.v1", json!({"pledge": pledge, "period": "2027"}));
    }

    fn evaluated(&mut self, kind: &str, points: [u32; 2]) -> EventId {
        let panel = points.map(|points| json!({"post": "Thành viên", "points_centi": points}));
        self.tell(0, "evaluation.conducted.v1", json!({"period": "2026-Q4", "kind": kind, "panel": panel}))
    }

    fn appealed(&mut self, evaluation: EventId) -> EventId {
        self.tell(1, "evaluation.appealed.v1", json!({"evaluation": evaluation, "reason": "Thiếu một phiếu."}))
    }

    fn decided(&mut self, appeal: EventId, day: u64) {
        let data = json!({"appeal": appeal, "decision": "kept", "reason": "Đã xem đủ phiếu."});
        self.tell(day, "evaluation.appeal_decided.v1", data);
    }

    fn directed(&mut self) -> EventId {
        let items = json!([{"text": "Bổ sung ghế chờ."}]);
        self.tell(0, "model.directive_given.v1", json!({"by_post": "Trưởng ban", "items": items}))
    }

    fn progressed(&mut self, directive: EventId) {
        self.tell(1, "model.directive_progressed.v1", json!({"directive": directive, "status": "done"}));
    }

    fn award_revoked(&mut self, award: EventId, day: u64) {
        let data = json!({"award": award, "ground": "fraud", "doc_no": "2/QĐ", "date": "2026-12-15"});
        self.tell(day, "emulation.award_revoked.v1", data);
    }

    fn survey(&mut self, day: u64) -> EventId {
        self.tell(day, "survey.answered.v1", json!({"channel": "paper", "rating": 5, "visit_token": "Zk3pQ9xT2m"}))
    }

    fn revoked(&mut self, event: EventId) {
        self.tell(20, "entry.revoked.v1", json!({"event": event, "reason": "wrong_content"}));
    }

    /// A replication between two units that are not this one.
    fn replicated_elsewhere(&mut self) {
        let others = ["gso2024-15061", "gso2024-15064", "gso2024-15067"];
        let mut others = others.into_iter().filter(|other| *other != self.unit.as_str());
        let data = json!({"practice": "sms", "source_unit": others.next(), "target_unit": others.next()});
        self.tell(0, "model.replicated.v1", data);
    }
}

/// What a story tells; its last form is the one that breaks the rule.
type Telling = fn(&mut Story);

/// The id of an event that nobody recorded.
fn nobody() -> EventId {
    EventId::from_parts(DAY_0_MS, [0xee; 10])
}

/// How a case is named.
fn case_named(case: EventId) -> String {
    format!("feedback/{case}")
}

const CASES: &[(&str, &str, Telling)] = &[
    ("domain.unknown_feedback", "/subject", |story| story.responded(nobody(), 1)),
    ("domain.unknown_feedback", "/data/feedback", |story| {
        let letter = json!({"kind": "apology", "feedback": case_named(nobody())});
        story.tell(1, "model.letter_sent.v1", letter);
    }),
    ("domain.unknown_feedback", "/data/feedback", |story| {
        story.catalogue();
        let pledge = story.signed(1);
        let breach = json!({
            "pledge": pledge, "commitment": "K1", "severity": "minor", "doc_no": "3/KL", "feedback": case_named(nobody()),
        });
        story.tell(2, "pledge.breach_confirmed.v1", breach);
    }),
    ("domain.step_before_receipt", "/time", |story| {
        let case = story.received(5);
        story.responded(case, 4);
    }),
    ("domain.step_before_response", "/time", |story| {
        let case = story.received(0);
        story.responded(case, 5);
        story.step(case, 4, "result_published", json!({"place": "Bảng tin"}));
    }),
    ("domain.not_yet_answered", "/subject", |story| {
        let case = story.received(0);
        story.step(case, 1, "confirmed", json!({"satisfied": true}));
    }),
    ("domain.reopened_too_late", "/time", |story| {
        let case = story.received(0);
        story.responded(case, 1);
        story.step(case, 17, "reopened", json!({}));
    }),
    ("domain.feedback_withdrawn", "/subject", |story| {
        let case = story.received(0);
        story.step(case, 1, "withdrawn", json!({}));
        story.responded(case, 2);
    }),
    ("domain.extended_twice", "/data/due_days", |story| {
        let case = story.received(0);
        story.step(case, 1, "assigned", json!({"post": "Địa chính", "due_days": 20}));
        story.step(case, 2, "assigned", json!({"post": "Tư pháp", "due_days": 25}));
    }),
    ("domain.extended_too_late", "/data/due_days", |story| {
        let case = story.received(0);
        let further = json!({"to_body": "UBND huyện", "reason": "escalated", "due_days": 30});
        story.step(case, 20, "transferred", further);
    }),
    ("domain.extended_too_far", "/data/due_days", |story| {
        let case = story.received(0);
        story.step(case, 1, "assigned", json!({"post": "Địa chính", "due_days": 31}));
    }),
    ("domain.visit_token_reused", "/data/visit_token", |story| {
        story.survey(0);
        story.survey(0);
    }),
    ("domain.third_member_needed", "/data/panel", |story| _ = story.evaluated("board", [579, 700])),
    ("domain.unknown_evaluation", "/data/evaluation", |story| _ = story.appealed(nobody())),
    ("domain.unknown_appeal", "/data/appeal", |story| story.decided(nobody(), 2)),
    ("domain.appeal_decided_twice", "/data/appeal", |story| {
        let evaluation = story.evaluated("self", [600, 700]);
        let appeal = story.appealed(evaluation);
        story.decided(appeal, 2);
        story.decided(appeal, 3);
    }),
    ("domain.unknown_catalogue", "/data/catalog", |story| _ = story.signed(0)),
    ("domain.unknown_catalogue", "/data/version", |story| {
        story.catalogue();
        let pledge = story.signed(1);
        story.tell(2, "pledge.renewed.v1", json!({"pledge": pledge, "period": "2027", "version": "2"}));
    }),
    ("domain.catalogue_changed", "/data/version", |story| {
        story.catalogue();
        let groups = json!([{"code": "biet", "label": "4 biết", "count": 4}]);
        story.tell(1, "pledge.catalog_published.v1", json!({"catalog": "mau", "version": "1", "groups": groups}));
    }),
    ("domain.unknown_pledge", "/data/pledge", |story| story.renewed(nobody(), 1)),
    ("domain.pledge_ended", "/data/pledge", |story| {
        story.catalogue();
        let pledge = story.signed(1);
        story.tell(2, "pledge.revoked.v1", json!({"pledge": pledge, "reason": "left_post"}));
        story.renewed(pledge, 3);
    }),
    ("domain.unknown_directive", "/data/directive", |story| story.progressed(nobody())),
    ("domain.foreign_replication", "/data/target_unit", Story::replicated_elsewhere),
    ("domain.unknown_award", "/data/award", |story| story.award_revoked(nobody(), 20)),
    ("domain.award_revoked_twice", "/data/award", |story| {
        let granted = json!({
            "form": "commendation", "level": "commune", "issuer": "UBND xã", "doc_no": "1/QĐ", "date": "2026-11-25",
        });
        let award = story.tell(0, "emulation.award_granted.v1", granted);
        story.award_revoked(award, 20);
        story.award_revoked(award, 21);
    }),
    ("domain.unknown_entry", "/data/event", |story| story.revoked(nobody())),
    ("domain.unknown_entry", "/data/event_ids/1", |story| {
        let case = story.received(0);
        let erased = json!({"event_ids": [case, nobody()], "reason": "requested"});
        story.tell(1, "privacy.erased.v1", erased);
    }),
    ("domain.unknown_entry", "/data/event_ids/0", |story| {
        story.tell(1, "privacy.erasure_requested.v1", json!({"event_ids": [nobody()]}));
    }),
    ("domain.unknown_entry", "/data/event", |story| {
        story.tell(1, "privacy.consent_withdrawn.v1", json!({"event": nobody(), "purposes": ["contact_me"]}));
    }),
    ("domain.unknown_request", "/data/request", |story| {
        let case = story.received(0);
        story.tell(1, "privacy.erasure_refused.v1", json!({"request": case, "ground": "legal_duty"}));
    }),
    ("domain.unknown_request", "/data/request", |story| {
        story.tell(1, "privacy.erasure_refused.v1", json!({"request": nobody(), "ground": "legal_duty"}));
    }),
    ("domain.not_revocable", "/data/event", |story| {
        let answer = story.survey(0);
        story.revoked(answer);
    }),
    ("domain.still_cited", "/data/event", |story| {
        let directive = story.directed();
        story.progressed(directive);
        story.revoked(directive);
    }),
    ("domain.count_of_the_future", "/data/period", |story| {
        story.tell(0, "service.counted.v2", json!({"period": "2098-12", "received": 9}));
    }),
    ("domain.period_shape", "/data/period", |story| {
        let review = json!({"kind": "final", "period": "2000", "date": "2026-11-25"});
        story.tell(0, "emulation.review_held.v1", review);
    }),
];

/// A story or more for every rule that a form can break at a node of this unit. Everything happened in November or December 2026.
#[must_use]
pub fn breaches(unit: &UnitId) -> Vec<Breach> {
    let told = |(rule, field, tell): &(&'static str, &'static str, Telling)| {
        let mut story = Story { unit: unit.clone(), told: Vec::new() };
        tell(&mut story);
        let breaking = story.told.pop().unwrap_or_default();
        Breach { rule, field, given: story.told, breaking }
    };
    CASES.iter().map(told).collect()
}
