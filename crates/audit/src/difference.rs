//! The first row in which two rankings differ, and the events behind it.

use danvan_projection::{Period, ReadModel};
use danvan_ranking::{Ranking, Rulebook, explain};
use serde::Serialize;
use serde_json::Value;
use std::collections::BTreeSet;

/// The first differing row. Rows are shown as they stand in the documents.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// Its place in the document, from 0.
    pub row: usize,
    /// The unit in the recomputed row; that of the published one where there is no recomputed row.
    pub unit: String,
    /// The row that was published; absent when the published ranking is shorter.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub published: Option<Value>,
    /// The row that the entries lead to; absent when the recomputed ranking is shorter.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub computed: Option<Value>,
    /// The criteria that differ.
    pub criteria: Vec<CriterionDifference>,
    /// Indices in the unit's log of the events that decide the differing criteria or are shown beside them, ascending; of all
    /// criteria where the rows differ in none.
    pub events: Vec<u64>,
}

/// One criterion that differs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CriterionDifference {
    /// Its code.
    pub code: String,
    /// As published.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub published: Option<Value>,
    /// As recomputed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub computed: Option<Value>,
}

/// Compares a published ranking document with a recomputed one. `None` when every row is the same, or when the published
/// bytes are no ranking document at all.
pub(crate) fn find(
    published: &[u8],
    computed: &Ranking,
    model: &ReadModel,
    rulebook: &Rulebook,
    period: &Period,
) -> Option<Difference> {
    let published = rows(&serde_json::from_slice(published).ok()?);
    let documents = rows(&serde_json::from_slice(&computed.to_bytes()).ok()?);
    let length = published.len().max(documents.len());
    let row = (0..length).find(|&row| published.get(row) != documents.get(row))?;
    let (old, new) = (published.get(row).cloned(), documents.get(row).cloned());
    let unit = text(new.as_ref().or(old.as_ref())?, "unit");
    let criteria = criteria(old.as_ref(), new.as_ref());
    let codes: BTreeSet<&str> = criteria.iter().map(|criterion| criterion.code.as_str()).collect();
    let events = unit.parse().ok().and_then(|unit| explain(model, rulebook, period, &unit));
    let events: BTreeSet<u64> = events
        .iter()
        .flat_map(|explanation| &explanation.components)
        .flat_map(|component| &component.criteria)
        .filter(|criterion| codes.is_empty() || codes.contains(criterion.row.code.as_str()))
        .flat_map(|criterion| criterion.favourable.iter().chain(&criterion.unfavourable).chain(&criterion.shown))
        .map(|evidence| evidence.index())
        .collect();
    let events = events.into_iter().collect();
    Some(Difference { row, unit, published: old, computed: new, criteria, events })
}

fn rows(document: &Value) -> Vec<Value> {
    list(document, "rows")
}

fn list(value: &Value, member: &str) -> Vec<Value> {
    value.get(member).and_then(Value::as_array).cloned().unwrap_or_default()
}

fn text(value: &Value, member: &str) -> String {
    value.get(member).and_then(Value::as_str).unwrap_or_default().to_owned()
}

fn criteria(published: Option<&Value>, computed: Option<&Value>) -> Vec<CriterionDifference> {
    let of = |row: Option<&Value>| row.map(|row| list(row, "criteria")).unwrap_or_default();
    let (published, computed) = (of(published), of(computed));
    let find = |list: &[Value], code: &str| list.iter().find(|criterion| text(criterion, "code") == code).cloned();
    let codes: BTreeSet<String> = published.iter().chain(&computed).map(|criterion| text(criterion, "code")).collect();
    let compared = codes.into_iter().map(|code| CriterionDifference {
        published: find(&published, &code),
        computed: find(&computed, &code),
        code,
    });
    compared.filter(|criterion| criterion.published != criterion.computed).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use danvan_event::{Canon, EventId, OwnEvent, Source, Timestamp, make_entry};
    use danvan_projection::{Applied, Evidence};
    use serde_json::json;

    const UNIT: &str = "gso2024-15100";

    /// Folds a log that begins at a moment of January 2024 and has an entry every millisecond.
    fn fold(model: &mut ReadModel, source: &Source, from_ms: i64, events: &[(&str, Value)]) {
        for (number, (name, data)) in (0_u8..).zip(events) {
            let time = Timestamp::from_millis(from_ms + i64::from(number)).expect("a date");
            let id = EventId::from_parts(u64::try_from(time.as_millis()).expect("after 1970"), [number; 10]);
            let event_type = format!("vn.danvan.{name}.v1").parse().expect("a type");
            let speaker = match source {
                Source::Unit(unit) => format!("unit/{unit}"),
                Source::Aggregator(aggregator) => format!("aggregator/{aggregator}"),
            };
            let subject = if name.starts_with("survey.") { format!("survey/{id}") } else { speaker };
            let entry = make_entry(OwnEvent {
                id,
                event_type: &event_type,
                source,
                subject: &subject,
                time,
                recordedtime: time,
                synthetic: true,
                data: Canon::try_from(data).expect("plain data"),
            });
            let applied = model.apply_entry(source, Evidence::new(u64::from(number)), &entry.expect("an entry"));
            assert!(!matches!(applied, Applied::Flagged(_)), "{name}: {applied:?}");
        }
    }

    #[test]
    fn the_events_behind_a_differing_criterion_are_those_that_count_and_those_that_are_shown_beside_them() {
        let mut model = ReadModel::default();
        let named = json!({"unit": UNIT, "name": "Cao Thịnh", "kind": "xa", "parent_name": "Ngọc Lặc", "cluster": "a"});
        fold(&mut model, &"/a/test".parse().expect("a source"), 1_704_186_000_000, &[("unit.registered", named)]);
        let answers = [
            ("survey.answered", json!({"channel": "qr", "rating": 5})),
            ("model.outreach_conducted", json!({"channel": "meeting"})),
            ("survey.answered", json!({"channel": "kiosk", "rating": 5})),
            ("survey.answered", json!({"channel": "zalo", "rating": 1})),
        ];
        fold(&mut model, &format!("/u/{UNIT}").parse().expect("a source"), 1_704_272_400_000, &answers);
        let (rulebook, period) = (Rulebook::rb_cqtt_1(), "2024".parse().expect("a period"));
        let computed = danvan_ranking::rank(&model, &rulebook, &period);
        let mut published: Value = serde_json::from_slice(&computed.to_bytes()).expect("a document");
        let criteria = published["rows"][0]["criteria"].as_array_mut().expect("criteria");
        let satisfied = criteria.iter_mut().find(|criterion| criterion["code"] == "D1").expect("D1 is scored");
        satisfied["points_centi"] = json!(2000);
        let difference = find(published.to_string().as_bytes(), &computed, &model, &rulebook, &period);
        let difference = difference.expect("a criterion was changed");
        let codes: Vec<&str> = difference.criteria.iter().map(|criterion| criterion.code.as_str()).collect();
        assert_eq!((codes, difference.events), (vec!["D1"], vec![0, 2, 3]));
    }
}
