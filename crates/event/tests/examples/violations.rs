//! What each broken rule of a schema is told: the field, the rule in both languages, what stands there instead, and never
//! the value itself.

use std::collections::BTreeSet;

use danvan_event::{EventTypeInfo, FieldProblem, ProblemCode, known_types};
use serde_json::{Value, json};

use super::files::{entry_problems, form_problems, invalid, is_entry, parsed_schema, problems, valid};

/// Stands in every text that a violation puts in; no sentence may repeat it.
const MARKER: &str = "zzMARKERzz";

/// One rule broken at one place.
struct Violation {
    /// JSON pointer of the value in the example.
    at: String,
    keyword: &'static str,
    /// What stands there instead; `None` where the member is taken away.
    value: Option<Value>,
    field: String,
    code: ProblemCode,
    /// What both sentences must say.
    said: Vec<String>,
}

/// Every way to break a rule of `schema` at a value of an example.
fn violations(at: &str, schema: &Value, value: &Value, into: &mut Vec<Violation>) {
    let mut broken = |keyword, code, value: Value, said: Vec<String>| {
        into.push(Violation { at: at.to_owned(), keyword, value: Some(value), field: at.to_owned(), code, said });
    };
    let limit = |keyword: &str| schema.get(keyword).and_then(Value::as_i64);
    let text = |length: i64| "x".repeat(usize::try_from(length).unwrap());
    let other = if schema["type"] == "boolean" { json!(MARKER) } else { json!(true) };
    broken("type", ProblemCode::WrongKind, other, vec![]);
    if schema.get("enum").is_some() {
        broken("enum", ProblemCode::NotAllowed, json!(MARKER), vec![MARKER.len().to_string()]);
    } else if let Some(most) = limit("maxLength") {
        broken(
            "maxLength",
            ProblemCode::TooLong,
            json!(text(most + 1)),
            vec![most.to_string(), (most + 1).to_string()],
        );
    }
    if limit("minLength").is_some_and(|least| least > 0) {
        broken("minLength", ProblemCode::TooShort, json!(""), vec![]);
    }
    if schema.get("pattern").is_some() {
        let length = limit("minLength").unwrap_or(1).max(2);
        let value = if length <= limit("maxLength").unwrap() {
            format!("{}!", " ".repeat(usize::try_from(length).unwrap() - 1))
        } else {
            "!".into()
        };
        broken("pattern", ProblemCode::BadFormat, json!(value), vec![value.len().to_string()]);
    }
    if schema.get("format").is_some() {
        broken("format", ProblemCode::BadFormat, json!("2024-02-30"), vec!["2024-03-08".into(), "10".into()]);
    }
    if let Some(least) = limit("minimum").filter(|least| *least > -((1 << 53) - 1)) {
        broken("minimum", ProblemCode::TooSmall, json!(least - 1), vec![least.to_string()]);
    }
    if let Some(most) = limit("maximum").filter(|most| *most < (1 << 53) - 1) {
        broken("maximum", ProblemCode::TooBig, json!(most + 1), vec![most.to_string()]);
    }
    if let Some(items) = value.as_array() {
        let most = usize::try_from(limit("maxItems").unwrap()).unwrap();
        broken("minItems", ProblemCode::TooShort, json!([]), vec![]);
        broken("maxItems", ProblemCode::TooLong, json!(vec![&items[0]; most + 1]), vec![most.to_string()]);
        if schema["uniqueItems"] == true {
            broken("uniqueItems", ProblemCode::NotUnique, json!([items[0], items[0]]), vec!["2".into()]);
        }
        violations(&format!("{at}/0"), &schema["items"], &items[0], into);
    }
    for (name, member) in value.as_object().into_iter().flatten() {
        let field = format!("{at}/{name}");
        if schema["required"].as_array().unwrap().iter().any(|required| required == name) {
            let (keyword, code) = ("required", ProblemCode::Missing);
            into.push(Violation { at: field.clone(), keyword, value: None, field: field.clone(), code, said: vec![] });
        }
        violations(&field, &schema["properties"][name], member, into);
    }
    if value.is_object() {
        let (keyword, code) = ("additionalProperties", ProblemCode::UnknownField);
        let mut more = value.clone();
        more["unknown_member"] = json!(MARKER);
        let field = format!("{at}/unknown_member");
        into.push(Violation { at: at.to_owned(), keyword, value: Some(more), field, code, said: vec![] });
    }
}

fn with(example: &Value, violation: &Violation) -> Value {
    let mut example = example.clone();
    if let Some(value) = &violation.value {
        *example.pointer_mut(&violation.at).unwrap() = value.clone();
    } else {
        let (map, name) = violation.at.rsplit_once('/').unwrap();
        example.pointer_mut(map).unwrap().as_object_mut().unwrap().remove(name);
    }
    example
}

fn told(info: &EventTypeInfo, example: &Value) -> Vec<FieldProblem> {
    let problems = if is_entry(info, example) { entry_problems(example) } else { form_problems(example) };
    problems.unwrap_or_default()
}

#[test]
fn every_rule_of_every_schema_is_told_with_field_rule_and_shape_and_without_the_value() {
    let mut exercised = BTreeSet::new();
    for info in known_types() {
        let schema = parsed_schema(info.short());
        for (file, example, _) in valid(info) {
            let mut all = Vec::new();
            violations("/data", &schema, &example["data"], &mut all);
            // Entries may have what their reader does not know; a `data` of another kind is no matter of a schema.
            let entry = is_entry(info, &example);
            all.retain(|one| {
                !(entry && one.keyword == "additionalProperties" || one.at == "/data" && one.keyword == "type")
            });
            for violation in all {
                let (field, keyword) = (&violation.field, violation.keyword);
                let problems = told(info, &with(&example, &violation));
                let place = format!("{file}: {keyword} at {field}: {problems:?}");
                let problem = problems.iter().find(|problem| problem.field == *field && problem.code == violation.code);
                let problem = problem.unwrap_or_else(|| panic!("{place}"));
                for word in &violation.said {
                    assert!(problem.vi.contains(word) && problem.en.contains(word), "{place}: {word}");
                }
                for problem in &problems {
                    assert!(!problem.vi.contains("quy định") && !problem.en.contains("expected form"), "{place}");
                    assert!(!problem.vi.contains(MARKER) && !problem.en.contains(MARKER), "{place}");
                    assert!(
                        problem.vi.ends_with('.') && problem.en.ends_with('.') && problem.vi != problem.en,
                        "{place}"
                    );
                }
                exercised.insert(keyword);
            }
        }
    }
    // `if` and `then` are exercised by examples that have their problems beside them.
    let words = BTreeSet::from(["if", "then", "items", "properties", "default"]);
    let prose = BTreeSet::from(["$id", "$schema", "description", "title", "x-danvan-privacy", "x-danvan-title-vi"]);
    let mut used = BTreeSet::new();
    for info in known_types() {
        keywords(&parsed_schema(info.short()), &mut used);
    }
    used.retain(|keyword| !words.contains(keyword.as_str()) && !prose.contains(keyword.as_str()));
    assert_eq!(used, exercised.iter().map(ToString::to_string).collect());
}

fn keywords(schema: &Value, into: &mut BTreeSet<String>) {
    into.extend(schema.as_object().unwrap().keys().cloned());
    schema["properties"].as_object().into_iter().flatten().for_each(|(_, property)| keywords(property, into));
    schema.get("items").into_iter().for_each(|items| keywords(items, into));
}

#[test]
fn no_problem_of_an_invalid_example_repeats_what_stands_at_its_field() {
    for info in known_types() {
        for (file, example) in invalid(info) {
            let event = example.form.as_ref().or(example.entry.as_ref()).unwrap();
            for problem in problems(&file, &example) {
                // Words of six letters and more: shorter ones stand in sentences by chance.
                let text =
                    event.pointer(&problem.field).and_then(Value::as_str).filter(|text| text.chars().count() > 5);
                let repeated = text.is_some_and(|text| problem.vi.contains(text) || problem.en.contains(text));
                assert!(!repeated, "{file}: {} / {}", problem.vi, problem.en);
            }
        }
    }
}
