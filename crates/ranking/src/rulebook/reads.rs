//! What a criterion says that it reads, against the schemas of the events.

use danvan_event::{EventType, schema};
use serde_json::Value;

use super::RulebookFault;
use super::reader::{Problems, Spot};
use crate::measure::{DELISTING, Measure};

/// The annotation of a string that may be shown to everybody, or only lie in the vault.
const PRIVACY: &str = "x-danvan-privacy";

/// Compares the list with what the measure reads; of an unknown measure only the references themselves are judged. Each reference is `<type>#/<field>`, or `<type>#` for the mere event.
pub(super) fn check(measure: Option<Measure>, key: &str, list_at: usize, reads: &[Spot], problems: &mut Problems) {
    for reference in reads {
        if let Some(fault) = fault(measure, &reference.text) {
            problems.add(reference.offset, key, fault);
        }
    }
    let Some(measure) = measure else { return };
    let lacking = measure.reads().iter().filter(|read| !reads.iter().any(|named| named.text == **read));
    for read in lacking.filter(|read| !DELISTING.contains(*read)) {
        problems.add(list_at, key, RulebookFault::ReadToo(read));
    }
}

fn fault(measure: Option<Measure>, reference: &str) -> Option<RulebookFault> {
    let named = || reference.to_owned();
    let Some((name, field)) = reference.split_once('#') else {
        return Some(RulebookFault::NoReference(named()));
    };
    let Some(text) = format!("vn.danvan.{name}").parse::<EventType>().ok().and_then(|known| schema(&known)) else {
        return Some(RulebookFault::UnknownType(name.to_owned()));
    };
    let document: Value = serde_json::from_str(text).unwrap_or_default();
    let steps = field.split('/').skip(1);
    let Some(found) = steps.into_iter().try_fold(&document, property) else {
        return Some(RulebookFault::UnknownField(named()));
    };
    if is_personal(found) {
        return Some(RulebookFault::PersonalField(named()));
    }
    let is_read = measure.is_none_or(|measure| measure.reads().contains(&reference));
    (!is_read).then(|| RulebookFault::NotRead(named()))
}

/// The schema of a property; that of the items where it lies in a list.
fn property<'schema>(within: &'schema Value, name: &str) -> Option<&'schema Value> {
    let object = within.get("items").unwrap_or(within);
    object.get("properties")?.get(name)
}

/// Whether the field itself is personal. A field that only holds personal ones is none: they are taken out of it.
fn is_personal(field: &Value) -> bool {
    let own = |value: &Value| value.get(PRIVACY).and_then(Value::as_str) == Some("personal");
    own(field) || field.get("items").is_some_and(own)
}
