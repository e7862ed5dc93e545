//! A member that a type does not have: readers pass it over, writers refuse it and say where it stands.

use std::sync::LazyLock;

use danvan_event::{Canon, Entry, ProblemCode, known_types};
use proptest::prelude::*;
use serde_json::Value;

use super::files::{form_problems, is_entry, valid};

/// The valid examples of every type, and the entries they lead to.
static EXAMPLES: LazyLock<Vec<(String, Option<Value>, Entry)>> = LazyLock::new(|| {
    let all = known_types().iter().flat_map(|info| {
        valid(info).into_iter().map(|(file, example, entry)| {
            let form = (!is_entry(info, &example)).then_some(example);
            (file, form, entry)
        })
    });
    all.collect()
});

/// JSON pointers of every map in `value`, itself included.
fn maps(at: &str, value: &Value, into: &mut Vec<String>) {
    match value {
        Value::Object(members) => {
            into.push(at.to_owned());
            members.iter().for_each(|(name, member)| maps(&format!("{at}/{name}"), member, into));
        }
        Value::Array(items) => {
            items.iter().enumerate().for_each(|(index, item)| maps(&format!("{at}/{index}"), item, into));
        }
        _ => {}
    }
}

fn with(value: &Value, at: &str, name: &str, member: &Value) -> Value {
    let mut value = value.clone();
    value.pointer_mut(at).unwrap().as_object_mut().unwrap().insert(name.to_owned(), member.clone());
    value
}

/// A name that no type has, now or soon.
fn unknown_name() -> impl Strategy<Value = String> {
    "zz_[a-z0-9_]{1,20}"
}

fn anything() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        any::<bool>().prop_map(Value::from),
        any::<i32>().prop_map(Value::from),
        "[a-zA-Z0-9 ]{0,12}".prop_map(Value::from),
    ];
    leaf.prop_recursive(2, 6, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..3).prop_map(Value::from),
            prop::collection::btree_map("[a-z_]{1,8}", inner, 0..3)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(8))]

    #[test]
    fn readers_pass_over_what_a_newer_program_added(name in unknown_name(), member in anything()) {
        for (file, _, entry) in EXAMPLES.iter() {
            let plain: Value = serde_json::from_slice(entry.bytes()).unwrap();
            let mut all = Vec::new();
            maps("/data", &plain["data"], &mut all);
            let mut everywhere = plain.clone();
            for at in all {
                let newer = with(&plain, &at, &name, &member);
                let newer = Entry::parse(Canon::try_from(newer).unwrap().to_bytes());
                prop_assert_eq!(newer.as_ref().map(Entry::event), Ok(entry.event()), "{}: {}", file, at);
                everywhere = with(&everywhere, &at, &name, &member);
            }
            let newer = Entry::parse(Canon::try_from(everywhere).unwrap().to_bytes());
            prop_assert_eq!(newer.as_ref().map(Entry::event), Ok(entry.event()), "{}", file);
        }
    }

    #[test]
    fn writers_refuse_it_and_name_the_field(name in unknown_name(), member in anything()) {
        for (file, form, _) in EXAMPLES.iter() {
            let Some(form) = form else { continue };
            let mut all = Vec::new();
            maps("", form, &mut all);
            for at in all {
                let problems = form_problems(&with(form, &at, &name, &member)).unwrap_or_default();
                let found: Vec<_> = problems.iter().map(|problem| (problem.field.as_str(), problem.code)).collect();
                let field = format!("{at}/{name}");
                prop_assert_eq!(found, [(field.as_str(), ProblemCode::UnknownField)], "{}", file);
            }
        }
    }
}
