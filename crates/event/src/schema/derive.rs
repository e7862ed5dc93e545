//! From the schema of a form's data to the schema of an entry's data.

use serde_json::{Map, Value, json};

use super::{PRIVACY, SD};

/// Most digests in one map: far more personal fields than any type has, far fewer than fill an entry.
const DIGESTS_MAX: usize = 32;

/// The derived schema; see the front of this room.
pub(super) fn entry_schema(form_schema: &Value) -> Value {
    let mut schema = form_schema.clone();
    relax(&mut schema);
    schema
}

pub(super) fn is_personal(schema: &Value) -> bool {
    schema.get(PRIVACY).and_then(Value::as_str) == Some("personal")
}

fn relax(schema: &mut Value) {
    let Some(keywords) = schema.as_object_mut() else { return };
    keywords.remove("additionalProperties");
    if let Some(items) = keywords.get_mut("items") {
        relax(items);
    }
    let Some(properties) = keywords.get_mut("properties").and_then(Value::as_object_mut) else { return };
    let personal: Vec<String> =
        properties.iter().filter(|(_, property)| is_personal(property)).map(|(name, _)| name.clone()).collect();
    properties.values_mut().filter(|property| !is_personal(property)).for_each(relax);
    if personal.is_empty() {
        return;
    }
    hide(properties, &personal);
    if let Some(required) = keywords.get_mut("required").and_then(Value::as_array_mut) {
        required.retain(|name| name.as_str().is_none_or(|name| !personal.iter().any(|hidden| hidden == name)));
    }
}

/// Forbids the personal names and allows digests in their place, also those of personal fields that a newer program added.
fn hide(properties: &mut Map<String, Value>, personal: &[String]) {
    for name in personal {
        properties.insert(name.clone(), Value::Bool(false));
    }
    properties.insert(
        SD.to_owned(),
        json!({
            "type": "array",
            "minItems": 1,
            "maxItems": DIGESTS_MAX,
            "uniqueItems": true,
            "items": {"type": "string", "pattern": "^[A-Za-z0-9_-]{43}$", PRIVACY: "public"}
        }),
    );
}
