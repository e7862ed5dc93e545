//! Given what a log holds, when something is recorded, then it counts, or a rule refuses it: at the intake and in a mirror alike.

use std::collections::BTreeMap;

use danvan_event::{Canon, EvaluatorKey, EventId, EventType, Timestamp, Verdict, sign_evaluation};
use danvan_projection::{Applied, FlagReason, Rule, UnitModel};
use serde_json::{Value, json};

use crate::log::{Log, Saying, UNIT};

/// 1 March 2024, eight o'clock in Viet Nam: day 0 of every scenario.
const DAY_0_MS: i64 = 1_709_254_800_000;
const DAY_MS: i64 = 86_400_000;

/// Something that is recorded.
#[derive(Clone)]
pub(crate) struct Told {
    event_type: &'static str,
    data: Value,
    day: i64,
    millis: i64,
    name: Option<&'static str>,
    about: Option<&'static str>,
    citing: Vec<(&'static str, &'static str)>,
    signer: Option<u8>,
}

/// An event of this type, on day 0 unless it says otherwise.
pub(crate) fn told(event_type: &'static str, data: Value) -> Told {
    Told { event_type, data, day: 0, millis: 0, name: None, about: None, citing: Vec::new(), signer: None }
}

impl Told {
    /// On another day.
    pub(crate) fn on(mut self, day: i64) -> Told {
        self.day = day;
        self
    }

    /// One millisecond later.
    pub(crate) fn a_moment_later(mut self) -> Told {
        self.millis = 1;
        self
    }

    /// With a name by which later events speak of it.
    pub(crate) fn called(mut self, name: &'static str) -> Told {
        self.name = Some(name);
        self
    }

    /// About the feedback of this name.
    pub(crate) fn about(mut self, name: &'static str) -> Told {
        self.about = Some(name);
        self
    }

    /// Naming another event in a member of its data.
    pub(crate) fn citing(mut self, member: &'static str, name: &'static str) -> Told {
        self.citing.push((member, name));
        self
    }

    /// Another event in its place, on its day.
    pub(crate) fn replaced_by(&self, other: Told) -> Told {
        Told { day: self.day, millis: self.millis, ..other }
    }

    /// Signed by an evaluator.
    pub(crate) fn signed_by(mut self, signer: u8) -> Told {
        self.signer = Some(signer);
        self
    }
}

/// A log in the making, with the ids of what has a name.
pub(crate) struct Scenario {
    pub(crate) log: Log,
    names: BTreeMap<&'static str, EventId>,
    outcome: Option<Applied>,
}

/// What became of the last thing told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Outcome(Applied);

pub(crate) fn counted() -> Outcome {
    Outcome(Applied::Counted)
}

pub(crate) fn refused(reason: impl Into<FlagReason>) -> Outcome {
    Outcome(Applied::Flagged(reason.into()))
}

/// A log in which all of this counted.
pub(crate) fn given(past: impl IntoIterator<Item = Told>) -> Scenario {
    let mut scenario = Scenario { log: Log::new(UNIT), names: BTreeMap::new(), outcome: None };
    for told in past {
        let event_type = told.event_type;
        scenario = scenario.when(told);
        assert_eq!(scenario.outcome, Some(Applied::Counted), "given {event_type}");
    }
    scenario
}

impl Scenario {
    /// Records something, asking the intake first.
    pub(crate) fn when(mut self, told: Told) -> Scenario {
        let (event_type, name) = (told.event_type, told.name);
        let (entry, id) = self.entry(told);
        let said = self.log.model.check(&self.log.source, &entry);
        let before = self.acts();
        let applied = self.log.append(entry.bytes());
        match applied {
            Applied::Flagged(reason) => {
                assert_eq!(said, Err(reason), "intake and mirror differ about {event_type}");
                assert_eq!(self.acts(), before, "a refused {event_type} changed something");
            }
            Applied::Counted | Applied::Ignored => assert_eq!(said, Ok(()), "intake refuses {event_type}"),
        }
        if let Some(name) = name {
            self.names.insert(name, id);
        }
        self.outcome = Some(applied);
        self
    }

    /// Checks what became of it.
    pub(crate) fn then(self, outcome: Outcome) -> Scenario {
        assert_eq!(self.outcome, Some(outcome.0));
        self
    }

    /// Whether the last thing told counted.
    pub(crate) fn counts(&self) -> bool {
        self.outcome == Some(Applied::Counted)
    }

    /// Whether the last thing told is sound and nothing that is counted.
    pub(crate) fn is_ignored(&self) -> bool {
        self.outcome == Some(Applied::Ignored)
    }

    /// The id of what has this name, or one that nothing has.
    pub(crate) fn id_or_unknown(&self, name: &str) -> EventId {
        self.names.get(name).copied().unwrap_or(unknown())
    }

    /// What is known of the unit.
    pub(crate) fn unit(&self) -> &UnitModel {
        self.log.model.unit(self.log.source.unit().unwrap()).unwrap()
    }

    /// The id of what has this name.
    pub(crate) fn id(&self, name: &str) -> EventId {
        self.names[name]
    }

    /// What is known of the unit, but for what the fold remembers to judge the next entries, and for flags.
    pub(crate) fn acts(&self) -> Value {
        let known = self.log.model.unit(self.log.source.unit().unwrap()).cloned().unwrap_or_default();
        let mut value = serde_json::to_value(known).unwrap();
        for told_apart in ["seen", "flagged", "flagged_months"] {
            value[told_apart] = Value::Null;
        }
        value
    }

    fn entry(&mut self, told: Told) -> (danvan_event::Entry, EventId) {
        let moment = Timestamp::from_millis(DAY_0_MS + told.day * DAY_MS + told.millis).unwrap();
        let mut random = [0; 10];
        random[2..].copy_from_slice(&self.log.next.to_be_bytes());
        let id = EventId::from_parts(u64::try_from(moment.as_millis()).unwrap(), random);
        let mut data = told.data;
        for (member, name) in &told.citing {
            let id = self.names.get(name).map_or_else(|| unknown().to_string(), ToString::to_string);
            data[*member] = if *member == "feedback" { format!("feedback/{id}").into() } else { id.into() };
        }
        if let Some(signer) = told.signer {
            let event_type: EventType = format!("vn.danvan.{}.v1", told.event_type).parse().unwrap();
            let mut signed = Canon::try_from(&data).unwrap();
            let verdict = Verdict::of(&event_type).unwrap();
            let unit = self.log.source.unit().unwrap().clone();
            sign_evaluation(&EvaluatorKey::from_seed([signer; 32]), verdict, &unit, &id, &mut signed);
            data = signed.into();
        }
        let subject = told.about.map(|name| format!("feedback/{}", self.names.get(name).copied().unwrap_or(unknown())));
        let time = moment.to_string();
        let saying = Saying { id: Some(id), subject: subject.as_deref(), ..Saying::new(&time, told.event_type, data) };
        self.log.entry(&saying)
    }
}

/// The id of an event that nobody recorded.
fn unknown() -> EventId {
    "018e1cfa-1b40-7abc-8def-0123456789ab".parse().unwrap()
}

pub(crate) fn feedback() -> Told {
    told("feedback.received", json!({"channel": "box", "kind": "complaint"})).called("case")
}

pub(crate) fn response(outcome: &str) -> Told {
    told("feedback.responded", json!({"outcome": outcome, "reply": "Đã xem xét."})).about("case")
}

pub(crate) fn catalogue(version: &str) -> Told {
    let groups = json!([{"code": "biet", "label": "5 biết", "count": 5}]);
    told("pledge.catalog_published", json!({"catalog": "mau", "version": version, "groups": groups}))
}

pub(crate) fn pledge() -> Told {
    let data = json!({"catalog": "mau", "version": "1", "collective": false, "staff_key": "CB07", "period": "2024"});
    told("pledge.signed", data).called("pledge")
}

pub(crate) fn evaluation(kind: &str, points: &[u32]) -> Told {
    let member =
        |(place, points): (usize, &u32)| json!({"post": format!("Thành viên {place}"), "points_centi": points});
    let panel: Vec<Value> = points.iter().enumerate().map(member).collect();
    told("evaluation.conducted", json!({"period": "2024-Q1", "kind": kind, "panel": panel})).called("evaluation")
}

#[test]
#[should_panic(expected = "given feedback.responded")]
fn a_past_that_breaks_a_rule_is_no_past() {
    given([response("resolved")]);
}

#[test]
fn a_scenario_tells_apart_what_counts_and_what_is_refused() {
    given([feedback()]).when(response("resolved")).then(counted());
    given([]).when(response("resolved")).then(refused(Rule::UnknownFeedback));
}
