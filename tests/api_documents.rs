//! `schemas/api/*.yaml` say what the programs do: every route, every event type, every subject, and no others.

#![expect(clippy::expect_used, reason = "a test fails by panicking")]

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use danvan_event::{EventTypeInfo, Speaker, known_types};
use danvan_replication::{AggregatorToken, Subject, UnitToken};
use danvan_tests::documents::written_files;
use serde_json::Value;
use syn::visit::{self, Visit};

const ROUTES_OF_EVERY_PROCESS: [&str; 2] = ["crates/daemon/src/health.rs", "crates/ui/src/asset_router.rs"];
const NODE: [&str; 3] = ["crates/node/src/face.rs", "crates/node/src/kiosk.rs", "crates/node/src/privacy/api.rs"];
const AGGREGATOR: [&str; 1] = ["crates/aggregator/src/web.rs"];
const METHODS: [&str; 5] = ["get", "post", "put", "patch", "delete"];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn folder() -> PathBuf {
    root().join("schemas/api")
}

fn document(path: &Path) -> Value {
    let text = std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    match path.extension().and_then(|ending| ending.to_str()) {
        Some("yaml") => serde_saphyr::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display())),
        _ => serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display())),
    }
}

fn named(name: &str) -> Value {
    document(&folder().join(name))
}

/// The routes that a file of the programs sets up, `GET /health/live`.
#[derive(Default)]
struct Routes(BTreeSet<String>);

impl<'ast> Visit<'ast> for Routes {
    fn visit_expr_method_call(&mut self, call: &'ast syn::ExprMethodCall) {
        if call.method == "route"
            && let Some(syn::Expr::Lit(syn::ExprLit { lit: syn::Lit::Str(path), .. })) = call.args.first()
        {
            let mut methods = Methods::default();
            call.args.iter().skip(1).for_each(|answer| methods.visit_expr(answer));
            assert!(!methods.0.is_empty(), "{}: no method", path.value());
            self.0.extend(methods.0.iter().map(|method| format!("{} {}", method.to_uppercase(), path.value())));
        }
        visit::visit_expr_method_call(self, call);
    }
}

/// The methods in `get(show).post(send)`.
#[derive(Default)]
struct Methods(BTreeSet<String>);

impl<'ast> Visit<'ast> for Methods {
    fn visit_ident(&mut self, word: &'ast proc_macro2::Ident) {
        if METHODS.iter().any(|method| word == method) {
            self.0.insert(word.to_string());
        }
    }

    // What a handler does inside says nothing about the methods of its route.
    fn visit_expr_closure(&mut self, _closure: &'ast syn::ExprClosure) {}

    // The path of a handler, `feedback::get`, is not the name of a method.
    fn visit_expr_call(&mut self, call: &'ast syn::ExprCall) {
        self.visit_expr(&call.func);
    }

    fn visit_expr_method_call(&mut self, call: &'ast syn::ExprMethodCall) {
        self.visit_expr(&call.receiver);
        self.visit_ident(&call.method);
    }
}

fn routes_in(text: &str) -> BTreeSet<String> {
    let mut routes = Routes::default();
    routes.visit_file(&syn::parse_file(text).expect("a file of ours parses"));
    routes.0
}

fn routes_of(files: &[&str]) -> BTreeSet<String> {
    let read = |file: &&str| std::fs::read_to_string(root().join(file)).expect(file);
    files.iter().chain(&ROUTES_OF_EVERY_PROCESS).flat_map(|file| routes_in(&production(&read(file)))).collect()
}

/// A file without its inline tests, which set up routes of their own.
fn production(text: &str) -> String {
    text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default().to_owned()
}

fn operations(openapi: &Value) -> BTreeSet<String> {
    let paths = openapi["paths"].as_object().expect("paths");
    let of_path = |(path, item): (&String, &Value)| {
        let methods = item.as_object().expect("operations").keys().filter(|key| METHODS.contains(&key.as_str()));
        methods.map(|method| format!("{} {path}", method.to_uppercase())).collect::<Vec<_>>()
    };
    paths.iter().flat_map(of_path).collect()
}

#[test]
fn the_node_serves_what_its_document_says() {
    assert_eq!(operations(&named("openapi-node.yaml")), routes_of(&NODE));
}

#[test]
fn the_aggregator_serves_what_its_document_says() {
    assert_eq!(operations(&named("openapi-aggregator.yaml")), routes_of(&AGGREGATOR));
}

#[test]
fn no_other_file_sets_up_routes() {
    let known: Vec<&str> = [&NODE[..], &AGGREGATOR, &ROUTES_OF_EVERY_PROCESS].concat();
    for file in written_files(&root(), &["rs"]).expect("the workspace is read") {
        let ships =
            file.path.contains("/src/") && !file.path.contains("/tests") && !file.path.contains("crates/bench/");
        if ships && file.text.contains(".route(") && !known.contains(&file.path.as_str()) {
            assert!(routes_in(&production(&file.text)).is_empty(), "{} sets up routes", file.path);
        }
    }
}

#[test]
fn routes_are_found_with_their_methods() {
    let text = r#"fn f() { a().route("/x/{id}", get(post::show).post(|| async { put() })).route("/y", delete(z)); }"#;
    assert_eq!(routes_in(text).into_iter().collect::<Vec<_>>(), ["DELETE /y", "GET /x/{id}", "POST /x/{id}"]);
}

/// Everything in which a document is another one than the standard's own schema asks for.
fn faults(standard: &str, document: &Value) -> Vec<String> {
    let schema = self::document(&root().join("tests/standards").join(standard));
    let validator = jsonschema::validator_for(&schema).expect("a schema");
    validator.iter_errors(document).map(|fault| format!("{}: {fault}", fault.instance_path())).collect()
}

const STANDARDS: [(&str, &str); 3] = [
    ("openapi-node.yaml", "openapi-3.1.schema.json"),
    ("openapi-aggregator.yaml", "openapi-3.1.schema.json"),
    ("asyncapi.yaml", "asyncapi-3.0.0.schema.json"),
];

#[test]
fn the_documents_are_what_openapi_and_asyncapi_ask_for() {
    for (name, standard) in STANDARDS {
        let mut document = named(name);
        assert_eq!(faults(standard, &document), Vec::<String>::new(), "{name}");
        document["info"]["title"] = 7.into();
        assert!(!faults(standard, &document).is_empty(), "{name}: a title that is no text passes");
        document = named(name);
        document["unknown"] = true.into();
        assert!(!faults(standard, &document).is_empty(), "{name}: what the standard does not know passes");
        // The schema of AsyncAPI takes any name.
        if standard.starts_with("openapi") {
            document = named(name);
            document["components"]["schemas"]["bad name"] = Value::Object(serde_json::Map::new());
            assert!(!faults(standard, &document).is_empty(), "{name}: a name that is none passes");
        }
    }
}

/// Calls `seen` with every schema of a document: what stands in `schema`, in `payload`, and under `components/schemas`.
fn schemas_in(at: &str, value: &Value, seen: &mut impl FnMut(&str, &Value)) {
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                let place = format!("{at}/{name}");
                if ["schema", "payload"].contains(&name.as_str()) || at == "/components/schemas" {
                    seen(&place, member);
                } else {
                    schemas_in(&place, member, seen);
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| schemas_in(at, item, seen)),
        _ => {}
    }
}

#[test]
fn every_schema_inside_the_documents_is_a_json_schema() {
    for (name, _) in STANDARDS {
        let mut count = 0;
        schemas_in("", &named(name), &mut |place, schema| {
            count += 1;
            jsonschema::meta::validate(schema).unwrap_or_else(|error| panic!("{name}#{place}: {error}"));
        });
        assert!(count > 20, "{name}: {count}");
    }
    assert!(jsonschema::meta::validate(&serde_json::json!({"type": "text"})).is_err());
}

#[test]
fn every_parameter_of_a_path_is_described_and_every_operation_has_its_own_name() {
    for name in ["openapi-node.yaml", "openapi-aggregator.yaml"] {
        let openapi = named(name);
        let mut ids = BTreeSet::new();
        for (path, item) in openapi["paths"].as_object().expect("paths") {
            for (method, operation) in item.as_object().expect("operations") {
                let place = format!("{name}: {method} {path}");
                let id = operation["operationId"].as_str().unwrap_or_else(|| panic!("{place} has no operationId"));
                assert!(ids.insert(id.to_owned()), "{place}: {id} again");
                assert!(operation["responses"].as_object().is_some_and(|all| !all.is_empty()), "{place}: no answer");
                let described = operation["parameters"].as_array().into_iter().flatten().map(|parameter| {
                    let parameter = parameter["$ref"].as_str().map_or(parameter, |at| {
                        openapi.pointer(at.trim_start_matches('#')).unwrap_or_else(|| panic!("{place}: {at}"))
                    });
                    parameter["in"]
                        .as_str()
                        .zip(parameter["name"].as_str())
                        .expect("a parameter has a name and a place")
                });
                let in_path = described.filter(|(at, _)| *at == "path").map(|(_, name)| name.to_owned());
                let named = path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'));
                assert_eq!(in_path.collect::<BTreeSet<_>>(), named.map(str::to_owned).collect(), "{place}");
            }
        }
    }
}

fn references(value: &Value, into: &mut Vec<String>) {
    match value {
        Value::Object(members) => {
            into.extend(members.get("$ref").and_then(Value::as_str).map(str::to_owned));
            members.values().for_each(|member| references(member, into));
        }
        Value::Array(items) => items.iter().for_each(|item| references(item, into)),
        _ => {}
    }
}

#[test]
fn every_reference_leads_somewhere() {
    let mut read = BTreeMap::new();
    for name in ["asyncapi.yaml", "openapi-node.yaml", "openapi-aggregator.yaml"] {
        let mut all = Vec::new();
        references(&named(name), &mut all);
        assert!(!all.is_empty(), "{name}");
        for reference in all {
            let (file, pointer) = reference.split_once('#').unwrap_or((&reference, ""));
            let file = if file.is_empty() { name } else { file };
            let target = read.entry(file.to_owned()).or_insert_with(|| document(&folder().join(file)));
            assert!(target.pointer(pointer).is_some(), "{name}: {reference} leads nowhere");
        }
    }
}

/// The short names of the types that satisfy `which`.
fn types(which: impl Fn(&&EventTypeInfo) -> bool) -> BTreeSet<String> {
    known_types().iter().filter(which).map(|info| info.short().to_owned()).collect()
}

/// The last parts of the references in a list.
fn listed(references: &Value) -> BTreeSet<String> {
    let name = |item: &Value| {
        let reference = item["$ref"].as_str().expect("a reference");
        reference.rsplit('/').next().unwrap_or_default().to_owned()
    };
    references.as_array().expect("a list").iter().map(name).collect()
}

/// The types that a document describes one by one: each names its own type and the file of its own schema.
fn described(parts: &Value, part: impl Fn(&Value) -> &Value) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for (name, described) in parts.as_object().expect("parts") {
        let properties = &part(described)["properties"];
        let Some(full) = properties["type"]["const"].as_str() else { continue };
        assert_eq!(full, format!("vn.danvan.{name}"));
        assert_eq!(properties["data"]["$ref"], format!("../events/{name}.schema.json"));
        let info = known_types().iter().find(|info| info.name == full).unwrap_or_else(|| panic!("{full} is not known"));
        assert_eq!(
            (described["title"].as_str(), described["x-danvan-title-vi"].as_str()),
            (Some(info.title_en), Some(info.title_vi))
        );
        names.insert(name.clone());
    }
    names
}

#[test]
fn every_known_type_stands_in_the_documents_that_it_belongs_to() {
    let asyncapi = named("asyncapi.yaml");
    let messages = &asyncapi["components"]["messages"];
    assert_eq!(described(messages, |message| &message["payload"]["allOf"][1]), types(|_| true));
    let carried = listed(&messages["batch"]["x-danvan-entries"]);
    assert_eq!(carried, types(|info| info.speaker != Speaker::Aggregator));

    let node = named("openapi-node.yaml");
    let schemas = &node["components"]["schemas"];
    let forms = types(|info| info.is_taken_from_forms());
    assert_eq!(described(schemas, |schema| schema), forms);
    assert_eq!(listed(&schemas["Form"]["oneOf"]), forms);
}

#[test]
fn every_subject_of_the_protocol_is_a_channel() {
    let unit = UnitToken::new("gso2024-15097").expect("a token");
    let aggregator = AggregatorToken::new("ngoc-lac").expect("a token");
    let subjects = [
        Subject::log(&unit),
        Subject::receipt(&unit, &aggregator),
        Subject::status(&unit),
        Subject::fetch(&unit, &aggregator),
        Subject::enrolment(&unit),
    ];
    let asyncapi = named("asyncapi.yaml");
    let channels = asyncapi["channels"].as_object().expect("channels").values();
    let addresses = channels.filter_map(|channel| channel["address"].as_str());
    let addresses =
        addresses.map(|address| address.replace("{unit}", unit.as_str()).replace("{aggregator}", aggregator.as_str()));
    let subjects: BTreeSet<String> = subjects.iter().map(|subject| subject.as_str().to_owned()).collect();
    assert_eq!(addresses.collect::<BTreeSet<_>>(), subjects);
}
