//! What a face promises in its document under `schemas/api`, to hold real answers against: the status, the kind of content, every member.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};
use jsonschema::Draft;
use serde_json::{Map, Value};

const METHODS: [&str; 5] = ["get", "post", "put", "patch", "delete"];
/// Deeper than any document of ours: a reference that leads back to itself ends here.
const DEEPEST: usize = 64;

/// The promises of one face.
#[derive(Debug)]
pub struct Contract {
    file: String,
    documents: BTreeMap<String, Value>,
    answered: BTreeSet<String>,
}

/// What a face answered.
#[derive(Debug)]
pub struct Answered {
    /// The status.
    pub status: u16,
    /// The content type without parameters; empty where there is none.
    pub media: String,
    /// The body.
    pub body: Vec<u8>,
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../schemas/api")
}

impl Contract {
    /// The contract in a file of `schemas/api`.
    ///
    /// # Errors
    /// When it, or a file that it refers to, cannot be read.
    pub fn load(file: &str) -> Result<Self> {
        let mut contract = Self { file: file.to_owned(), documents: BTreeMap::new(), answered: BTreeSet::new() };
        contract.read(file)?;
        Ok(contract)
    }

    /// Reads a document and all that it refers to.
    fn read(&mut self, file: &str) -> Result<()> {
        if self.documents.contains_key(file) {
            return Ok(());
        }
        let text = std::fs::read_to_string(folder().join(file)).with_context(|| file.to_owned())?;
        let yaml = Path::new(file).extension().is_some_and(|ending| ending == "yaml");
        let document: Value = if yaml { serde_saphyr::from_str(&text)? } else { serde_json::from_str(&text)? };
        let mut others = BTreeSet::new();
        references(&document, &mut others);
        self.documents.insert(file.to_owned(), document);
        others.iter().try_for_each(|other| self.read(other))
    }

    /// Holds an answer against the promise for this method and address.
    ///
    /// # Errors
    /// With everything in which the answer is another one than was promised.
    pub fn check(&mut self, method: &str, address: &str, answered: &Answered) -> Result<()> {
        let place = format!("{method} {address}: {}", answered.status);
        let (path, operation) =
            self.operation(method, address).with_context(|| format!("{place} is not documented"))?;
        let promised = self.promised(&operation["responses"], answered.status);
        let promised = promised.with_context(|| format!("{place}: the status is not documented"))?;
        let shown = String::from_utf8_lossy(&answered.body).into_owned();
        match promised["content"].as_object() {
            // What has no content promised may still say in words what is wrong.
            None => ensure!(!answered.media.ends_with("json"), "{place}: no document is promised: {shown}"),
            Some(contents) => {
                let content = contents.get(&answered.media);
                let content =
                    content.with_context(|| format!("{place}: {} is not promised: {shown}", answered.media))?;
                if answered.media.contains("json") {
                    self.check_documents(content, answered).with_context(|| format!("{place}\n{shown}"))?;
                }
            }
        }
        if answered.media == "application/problem+json" {
            named_problem(&promised, answered).with_context(|| place)?;
        }
        self.answered.insert(format!("{} {path} {}", method.to_uppercase(), answered.status));
        Ok(())
    }

    /// Every answer under `/api/` that is promised and was never checked, as `GET /path 200`.
    #[must_use]
    pub fn unanswered(&self) -> BTreeSet<String> {
        let mut promised = BTreeSet::new();
        for (path, item) in self.paths().filter(|(path, _)| path.starts_with("/api/")) {
            for (method, operation) in item.as_object().into_iter().flatten().filter(is_operation) {
                let statuses = operation["responses"].as_object().into_iter().flatten();
                promised.extend(statuses.map(|(status, _)| format!("{} {path} {status}", method.to_uppercase())));
            }
        }
        promised.difference(&self.answered).cloned().collect()
    }

    fn paths(&self) -> impl Iterator<Item = (&String, &Value)> {
        self.documents[&self.file]["paths"].as_object().into_iter().flatten()
    }

    /// The path and the operation that an address belongs to: of two paths the one with fewer parameters.
    fn operation(&self, method: &str, address: &str) -> Option<(String, Value)> {
        let address = address.split('?').next().unwrap_or_default();
        let fits = |path: &str| {
            let (asked, known): (Vec<_>, Vec<_>) = (address.split('/').collect(), path.split('/').collect());
            let same = |(asked, known): (&&str, &&str)| asked == known || (known.starts_with('{') && !asked.is_empty());
            asked.len() == known.len() && asked.iter().zip(&known).all(same)
        };
        let found = self.paths().filter(|(path, item)| fits(path) && item.get(method).is_some());
        let found = found.min_by_key(|(path, _)| path.matches('{').count());
        found.map(|(path, item)| (path.clone(), item[method].clone()))
    }

    /// The promised answer of this status, itself and not a reference to it.
    fn promised(&self, responses: &Value, status: u16) -> Option<Value> {
        let response = responses.get(status.to_string()).or_else(|| responses.get("default"))?;
        let at = response["$ref"].as_str();
        Some(at.map_or(response, |at| self.target(&self.file, at).map_or(&Value::Null, |(_, target)| target)).clone())
    }

    fn check_documents(&self, content: &Value, answered: &Answered) -> Result<()> {
        let schema = self.inlined(&self.file, &content["schema"], true, 0)?;
        let options = jsonschema::options().with_draft(Draft::Draft202012).should_validate_formats(true);
        let validator = options.build(&schema).context("the schema")?;
        let lines = answered.media == "application/x-ndjson";
        let body = answered.body.split(|byte| lines && *byte == b'\n').filter(|part| !lines || !part.is_empty());
        for document in body {
            let document: Value = serde_json::from_slice(document)?;
            let faults = validator.iter_errors(&document).map(|fault| format!("{}: {fault}", fault.instance_path()));
            let faults: Vec<String> = faults.collect();
            ensure!(faults.is_empty(), "{}", faults.join("\n"));
        }
        Ok(())
    }

    /// The target of a reference that stands in `file`, and the file in which it stands.
    fn target(&self, file: &str, reference: &str) -> Option<(String, &Value)> {
        let (other, pointer) = reference.split_once('#').unwrap_or((reference, ""));
        let file = if other.is_empty() { file } else { other };
        Some((file.to_owned(), self.documents.get(file)?.pointer(pointer)?))
    }

    /// A schema with its references replaced by what they lead to. An object that lists its members and does not say that
    /// it has others has no others (`closing`), unless it is one part of several that together describe something.
    fn inlined(&self, file: &str, schema: &Value, closing: bool, depth: usize) -> Result<Value> {
        ensure!(depth < DEEPEST, "{file}: references go round");
        let Some(members) = schema.as_object() else { return Ok(schema.clone()) };
        if let Some(reference) = schema["$ref"].as_str() {
            let found = self.target(file, reference).with_context(|| format!("{file}: {reference}"))?;
            return self.inlined(&found.0, found.1, closing, depth + 1);
        }
        let mut whole = Map::new();
        for (keyword, value) in members {
            let replaced = match (keyword.as_str(), value) {
                ("properties" | "patternProperties", Value::Object(properties)) => {
                    let each = properties.iter().map(|(name, property)| {
                        self.inlined(file, property, true, depth + 1).map(|property| (name.clone(), property))
                    });
                    Value::Object(each.collect::<Result<_>>()?)
                }
                ("allOf" | "anyOf" | "oneOf", Value::Array(parts)) => {
                    let each = parts.iter().map(|part| self.inlined(file, part, false, depth + 1));
                    Value::Array(each.collect::<Result<_>>()?)
                }
                ("items" | "additionalProperties", _) => self.inlined(file, value, true, depth + 1)?,
                _ => value.clone(),
            };
            whole.insert(keyword.clone(), replaced);
        }
        let lists = whole.contains_key("properties") || whole.contains_key("allOf");
        if closing && lists && !whole.contains_key("additionalProperties") {
            whole.insert("unevaluatedProperties".to_owned(), false.into());
        }
        Ok(Value::Object(whole))
    }
}

fn is_operation((method, _): &(&String, &Value)) -> bool {
    METHODS.contains(&method.as_str())
}

/// The other files that a document refers to.
fn references(value: &Value, into: &mut BTreeSet<String>) {
    match value {
        Value::Object(members) => {
            let other = members.get("$ref").and_then(Value::as_str).and_then(|at| at.split('#').next());
            into.extend(other.filter(|file| !file.is_empty()).map(str::to_owned));
            members.values().for_each(|member| references(member, into));
        }
        Value::Array(items) => items.iter().for_each(|item| references(item, into)),
        _ => {}
    }
}

/// A problem repeats its status, and its word is one of those that the description of the answer names, where it names any.
fn named_problem(promised: &Value, answered: &Answered) -> Result<()> {
    let problem: Value = serde_json::from_slice(&answered.body)?;
    ensure!(problem["status"] == answered.status, "{problem}");
    let word = problem["type"].as_str().and_then(|name| name.rsplit(':').next()).unwrap_or_default();
    let description = promised["description"].as_str().unwrap_or_default();
    if description.contains('`') && !description.contains(&format!("`{word}`")) {
        bail!("`{word}` is not among what is described: {description}");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn checked(status: u16, media: &str, body: &Value) -> Result<()> {
        checked_text(status, media, &body.to_string())
    }

    fn checked_text(status: u16, media: &str, body: &str) -> Result<()> {
        let answered = Answered { status, media: media.to_owned(), body: body.as_bytes().to_vec() };
        Contract::load("openapi-node.yaml")?.check("post", "/api/v1/events", &answered)
    }

    #[test]
    fn an_answer_that_is_another_one_than_was_promised_is_noticed() {
        let recorded = json!({"id": "018e1cfa-1b40-7abc-8def-0123456789ab", "index": 3});
        checked(201, "application/json", &recorded).unwrap();
        let problem =
            json!({"type": "urn:danvan:problem:no-token", "status": 401, "title": "Thiếu", "title_en": "None"});
        checked(401, "application/problem+json", &problem).unwrap();
        let with = |document: &Value, name: &str, value: Value| {
            let mut other = document.clone();
            other[name] = value;
            other
        };
        let noticed = [
            checked(202, "application/json", &recorded),
            checked(201, "text/html", &recorded),
            checked_text(201, "application/json", ""),
            checked(201, "application/json", &with(&recorded, "place", json!(3))),
            checked(201, "application/json", &with(&recorded, "index", json!(-1))),
            checked(201, "application/json", &with(&recorded, "id", json!("7"))),
            checked(401, "application/problem+json", &with(&problem, "status", json!(403))),
            checked(401, "application/problem+json", &with(&problem, "type", json!("urn:danvan:problem:busy"))),
            checked(401, "application/problem+json", &with(&problem, "errors", json!([{"field": "/data"}]))),
        ];
        assert!(noticed.iter().all(Result::is_err), "{noticed:?}");
    }

    #[test]
    fn an_address_belongs_to_the_path_with_the_fewest_parameters() {
        let contract = Contract::load("openapi-aggregator.yaml").unwrap();
        let path = |address: &str| contract.operation("get", address).map(|(path, _)| path);
        assert_eq!(path("/api/v1/rankings/changes?from=2023").as_deref(), Some("/api/v1/rankings/changes"));
        assert_eq!(path("/api/v1/units/a-1/entries/7").as_deref(), Some("/api/v1/units/{unit}/entries/{index}"));
        assert_eq!(path("/api/v1/nothing"), None);
        assert!(contract.unanswered().contains("GET /api/v1/rankings 200"));
    }

    #[test]
    fn parts_that_describe_something_together_are_closed_together() {
        let contract = Contract::load("openapi-aggregator.yaml").unwrap();
        let both =
            json!({"allOf": [{"$ref": "#/components/schemas/Stated"}, {"properties": {"period": {"type": "string"}}}]});
        let schema = contract.inlined("openapi-aggregator.yaml", &both, true, 0).unwrap();
        assert!(jsonschema::is_valid(&schema, &json!({"index": 1, "again": false, "period": "2024"})));
        assert!(!jsonschema::is_valid(&schema, &json!({"index": 1, "again": false, "term": "2024"})));
    }
}
