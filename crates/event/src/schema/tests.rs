//! The embedded schemas keep the rules of `schemas/README.md`, and agree with the payload structs.

use std::cell::Cell;

use serde::de::{Deserialize, Deserializer, Error as _, Visitor};
use serde_json::Value;

use super::*;
use crate::{
    CatalogGroup, CatalogItem, CheckpointCosigned, CommitmentRating, CoordinationPlanAdopted, DecodeError,
    DirectiveGiven, DirectiveItem, DraftDocuments, EntryFlagged, EvaluationConducted, EvaluationSignature,
    EvaluatorListed, Exclusion, FeedbackConfirmed, FeedbackReceived, FeedbackReopened, FeedbackResponded,
    FeedbackResultPublished, Guest, GuidanceIssued, LaunchConferenceHeld, LeadershipResolutionAdopted, LetterSent,
    ModelRegistered, NodeEnrolled, NodeOpened, OperatorListed, OutreachConducted, PanelMember, PeriodClosed,
    PeriodOpened, PledgeCatalogPublished, PledgeSigned, PreviousLog, PrivacyErased, RankingApproved, RankingPublished,
    RulebookAdopted, ServiceCounted, StaffDeclared, SteeringBoardEstablished, Superseded, SurveyAnswered,
    UnitRegistered,
};

const KEYWORDS: [&str; 22] = [
    "$schema",
    "$id",
    "title",
    "x-danvan-title-vi",
    "description",
    "type",
    "additionalProperties",
    "required",
    "properties",
    "items",
    "minItems",
    "maxItems",
    "uniqueItems",
    "minLength",
    "maxLength",
    "pattern",
    "format",
    "enum",
    "minimum",
    "maximum",
    "default",
    PRIVACY,
];

fn schemas() -> Vec<(&'static str, Value)> {
    known_types().iter().map(|info| (info.short(), serde_json::from_str(info.schema).unwrap())).collect()
}

/// Calls `see` with every subschema below properties and items, and the path to it.
fn walk(path: &str, schema: &Value, see: &mut impl FnMut(&str, &Value)) {
    see(path, schema);
    for (name, property) in schema.get("properties").and_then(Value::as_object).into_iter().flatten() {
        walk(&format!("{path}/properties/{name}"), property, see);
    }
    if let Some(items) = schema.get("items") {
        walk(&format!("{path}/items"), items, see);
    }
}

#[test]
fn every_schema_is_one_of_the_2020_12_draft_and_compiles() {
    for (name, schema) in schemas() {
        assert_eq!(schema["$schema"], "https://json-schema.org/draft/2020-12/schema", "{name}");
        assert_eq!(schema["$id"], format!("urn:danvan:schemas:events:{name}"), "{name}");
        jsonschema::meta::validate(&schema).unwrap_or_else(|error| panic!("{name}: {error}"));
        jsonschema::meta::validate(&derive::entry_schema(&schema)).unwrap_or_else(|error| panic!("{name}: {error}"));
    }
    assert_eq!(COMPILED.len(), known_types().len());
}

#[test]
fn titles_are_those_of_the_list_of_types() {
    for (info, (name, schema)) in known_types().iter().zip(schemas()) {
        assert_eq!(schema["title"], info.title_en, "{name}");
        assert_eq!(schema["x-danvan-title-vi"], info.title_vi, "{name}");
    }
}

#[test]
fn every_part_is_named_in_both_languages_bounded_and_annotated() {
    for (name, schema) in schemas() {
        walk("", &schema, &mut |path, part| {
            let place = format!("{name}#{path}");
            for key in part.as_object().unwrap().keys() {
                let at_top = path.is_empty() && ["if", "then"].contains(&key.as_str());
                assert!(at_top || KEYWORDS.contains(&key.as_str()), "{place}: keyword {key}");
            }
            assert!(part["title"].is_string() && part["x-danvan-title-vi"].is_string(), "{place}: titles");
            let bounds: &[&str] = match part["type"].as_str().unwrap() {
                "string" => &["maxLength"],
                "integer" => &["minimum", "maximum"],
                "array" => &["minItems", "maxItems"],
                "object" => &["required", "properties"],
                "boolean" => &[],
                other => panic!("{place}: type {other}"),
            };
            assert!(bounds.iter().all(|bound| part.get(bound).is_some()), "{place}: {bounds:?}");
            match part["type"].as_str().unwrap() {
                "string" => assert!(["public", "personal"].contains(&part[PRIVACY].as_str().unwrap()), "{place}"),
                "object" => assert_eq!(part["additionalProperties"], false, "{place}"),
                _ => assert!(part.get(PRIVACY).is_none(), "{place}: only strings are annotated"),
            }
            if path.ends_with("/items") {
                assert!(!derive::is_personal(part), "{place}: a personal item of a list has no name for its digest");
            }
        });
    }
}

#[test]
fn conditions_do_not_speak_about_personal_fields() {
    for (name, schema) in schemas() {
        let conditions = format!("{}{}", schema["if"], schema["then"]);
        walk("", &schema, &mut |path, part| {
            let field = path.rsplit('/').next().unwrap_or_default();
            assert!(!derive::is_personal(part) || !conditions.contains(&format!("\"{field}\"")), "{name}#{path}");
        });
    }
}

#[test]
fn the_personal_fields_are_exactly_these() {
    let mut personal = Vec::new();
    for (name, schema) in schemas() {
        walk("", &schema, &mut |path, part| {
            if derive::is_personal(part) {
                personal.push(format!("{name}{}", path.replace("/properties", "")));
            }
        });
    }
    personal.sort_unstable();
    assert_eq!(
        personal,
        [
            "feedback.received.v1/contact",
            "feedback.received.v1/name",
            "feedback.received.v1/text",
            "feedback.reopened.v1/reason",
            "survey.answered.v1/comment",
        ]
    );
}

#[test]
fn an_entry_schema_forbids_personal_names_and_allows_digests() {
    let schema = entry_schema(&"vn.danvan.feedback.received.v1".parse().unwrap()).unwrap();
    assert_eq!(schema["properties"]["text"], false);
    assert_eq!(schema["properties"]["_sd"]["maxItems"], 3);
    assert_eq!(schema["required"], serde_json::json!(["channel", "kind"]));
    assert!(schema.get("additionalProperties").is_none());
    assert_eq!(entry_schema(&"vn.danvan.survey.answered.v9".parse().unwrap()), None);
}

/// Learns the field names that a struct asks for.
struct Probe<'a>(&'a Cell<Option<&'static [&'static str]>>);

impl<'de> Deserializer<'de> for Probe<'_> {
    type Error = DecodeError;

    fn deserialize_any<V: Visitor<'de>>(self, _visitor: V) -> Result<V::Value, DecodeError> {
        Err(DecodeError::custom("only structs are probed"))
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        fields: &'static [&'static str],
        _visitor: V,
    ) -> Result<V::Value, DecodeError> {
        self.0.set(Some(fields));
        Err(DecodeError::custom("probed"))
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit unit_struct
        newtype_struct seq tuple tuple_struct map enum identifier ignored_any
    }
}

/// Asserts that the public properties at a place of a schema are the fields of `T`.
fn agree<T: for<'de> Deserialize<'de>>(seen: &mut Vec<String>, name: &str, path: &str) {
    let fields = Cell::new(None);
    let _ = T::deserialize(Probe(&fields));
    let mut fields: Vec<&str> = fields.get().expect("a struct").to_vec();
    fields.sort_unstable();
    let event_type: EventType = format!("vn.danvan.{name}").parse().unwrap();
    let schema: Value = serde_json::from_str(schema(&event_type).unwrap()).unwrap();
    let properties = schema.pointer(path).unwrap()["properties"].as_object().unwrap();
    let mut public: Vec<&str> = properties
        .iter()
        .filter(|(_, property)| !derive::is_personal(property))
        .map(|(name, _)| name.as_str())
        .collect();
    public.sort_unstable();
    assert_eq!(fields, public, "{name}#{path}");
    seen.push(format!("{name}#{path}"));
}

#[test]
fn structs_and_schemas_have_the_same_fields() {
    let mut seen = Vec::new();
    let s = &mut seen;
    agree::<CheckpointCosigned>(s, "checkpoint.cosigned.v1", "");
    agree::<EntryFlagged>(s, "entry.flagged.v1", "");
    agree::<EvaluationConducted>(s, "evaluation.conducted.v1", "");
    agree::<PanelMember>(s, "evaluation.conducted.v1", "/properties/panel/items");
    agree::<EvaluationSignature>(s, "evaluation.conducted.v1", "/properties/signature");
    agree::<EvaluatorListed>(s, "evaluation.evaluator_listed.v1", "");
    agree::<FeedbackConfirmed>(s, "feedback.confirmed.v1", "");
    agree::<FeedbackReceived>(s, "feedback.received.v1", "");
    agree::<FeedbackReopened>(s, "feedback.reopened.v1", "");
    agree::<FeedbackResponded>(s, "feedback.responded.v1", "");
    agree::<FeedbackResultPublished>(s, "feedback.result_published.v1", "");
    agree::<CoordinationPlanAdopted>(s, "model.coordination_plan_adopted.v1", "");
    agree::<DirectiveGiven>(s, "model.directive_given.v1", "");
    agree::<DirectiveItem>(s, "model.directive_given.v1", "/properties/items/items");
    agree::<GuidanceIssued>(s, "model.guidance_issued.v1", "");
    agree::<LaunchConferenceHeld>(s, "model.launch_conference_held.v1", "");
    agree::<Guest>(s, "model.launch_conference_held.v1", "/properties/guests/items");
    agree::<LeadershipResolutionAdopted>(s, "model.leadership_resolution_adopted.v1", "");
    agree::<LetterSent>(s, "model.letter_sent.v1", "");
    agree::<OutreachConducted>(s, "model.outreach_conducted.v1", "");
    agree::<ModelRegistered>(s, "model.registered.v1", "");
    agree::<SteeringBoardEstablished>(s, "model.steering_board_established.v1", "");
    agree::<NodeEnrolled>(s, "node.enrolled.v1", "");
    agree::<NodeOpened>(s, "node.opened.v1", "");
    agree::<PreviousLog>(s, "node.opened.v1", "/properties/previous");
    agree::<PledgeCatalogPublished>(s, "pledge.catalog_published.v1", "");
    agree::<CatalogGroup>(s, "pledge.catalog_published.v1", "/properties/groups/items");
    agree::<CatalogItem>(s, "pledge.catalog_published.v1", "/properties/groups/items/properties/items/items");
    agree::<PledgeSigned>(s, "pledge.signed.v1", "");
    agree::<PrivacyErased>(s, "privacy.erased.v1", "");
    agree::<RankingApproved>(s, "ranking.approved.v1", "");
    agree::<OperatorListed>(s, "ranking.operator_listed.v1", "");
    agree::<PeriodClosed>(s, "ranking.period_closed.v1", "");
    agree::<DraftDocuments>(s, "ranking.period_closed.v1", "/properties/documents");
    agree::<PeriodOpened>(s, "ranking.period_opened.v1", "");
    for ranked in ["ranking.period_closed.v1", "ranking.published.v1"] {
        agree::<Exclusion>(s, ranked, "/properties/excluded/items");
        agree::<Superseded>(s, ranked, "/properties/supersedes");
    }
    agree::<RankingPublished>(s, "ranking.published.v1", "");
    agree::<RulebookAdopted>(s, "rulebook.adopted.v1", "");
    agree::<ServiceCounted>(s, "service.counted.v1", "");
    agree::<SurveyAnswered>(s, "survey.answered.v1", "");
    agree::<CommitmentRating>(s, "survey.answered.v1", "/properties/commitments/items");
    agree::<UnitRegistered>(s, "unit.registered.v1", "");
    agree::<StaffDeclared>(s, "unit.staff_declared.v1", "");

    let mut objects = Vec::new();
    for (name, schema) in schemas() {
        walk("", &schema, &mut |path, part| {
            if part["type"] == "object" {
                objects.push(format!("{name}#{path}"));
            }
        });
    }
    objects.sort_unstable();
    seen.sort_unstable();
    assert_eq!(seen, objects, "every object of a schema has its struct above");
}
