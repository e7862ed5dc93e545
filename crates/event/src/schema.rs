//! The embedded JSON Schemas: the validator, and the source of what is personal.
//!
//! The files describe the `data` of an intake form. The schema of an entry's `data` is derived: personal properties may
//! not occur (in their place stands `_sd`, the salted digests), and unknown properties are tolerated, because a newer
//! program may have added one within the same version.

mod canon_json;
mod derive;
mod file;
mod forms_of_text;
mod privacy;
mod report;

use std::sync::LazyLock;

use jsonschema::Validator;
use serde_json::Value;

use crate::known_type::position;
use crate::{Canon, EventType, EventTypeInfo, FieldProblem, Opening, PersonalField, Salt, known_types};

use canon_json::CanonJson;
pub(crate) use file::FileSchema;
pub use file::MAX_FILE_BYTES;
use privacy::Privacy;

/// What stands on a string that may be shown to everybody, or only lie in the vault.
pub(crate) const PRIVACY: &str = "x-danvan-privacy";
/// Key of the digests in an entry (RFC 9901 §4.2.4.1).
pub(crate) const SD: &str = "_sd";

/// The embedded schema of a known type's form `data`, as it lies in `schemas/events/`.
#[must_use]
pub fn schema(event_type: &EventType) -> Option<&'static str> {
    EventTypeInfo::of(event_type).map(|info| info.schema)
}

/// The derived schema of a known type's entry `data`.
#[must_use]
pub fn entry_schema(event_type: &EventType) -> Option<Value> {
    compiled(event_type).map(|compiled| derive::entry_schema(&compiled.form_schema))
}

/// One known type, ready for use.
pub(crate) struct Compiled {
    form_schema: Value,
    form: Validator<CanonJson>,
    entry: Validator<CanonJson>,
    privacy: Option<Privacy>,
}

#[expect(clippy::expect_used, reason = "the schemas are embedded; a test compiles every one")]
fn compile(schema: &Value) -> Validator<CanonJson> {
    jsonschema::options_for::<CanonJson>()
        .with_draft(jsonschema::Draft::Draft202012)
        .should_validate_formats(true)
        .build(schema)
        .expect("an embedded schema compiles")
}

#[expect(clippy::expect_used, reason = "the schemas are embedded; a test compiles every one")]
static COMPILED: LazyLock<Vec<Compiled>> = LazyLock::new(|| {
    known_types()
        .iter()
        .map(|info| {
            let form_schema: Value = serde_json::from_str(info.schema).expect("an embedded schema is JSON");
            let entry_schema = derive::entry_schema(&form_schema);
            Compiled {
                form: compile(&form_schema),
                entry: compile(&entry_schema),
                privacy: Privacy::of(&form_schema),
                form_schema,
            }
        })
        .collect()
});

/// The compiled schemas of a known type.
pub(crate) fn compiled(event_type: &EventType) -> Option<&'static Compiled> {
    position(event_type).map(|at| &COMPILED[at])
}

impl Compiled {
    /// Every problem of a form's `data`.
    pub(crate) fn form_problems(&self, data: &Canon) -> Vec<FieldProblem> {
        report::problems(&self.form, &self.form_schema, data)
    }

    /// Every problem of an entry's `data`.
    pub(crate) fn entry_problems(&self, data: &Canon) -> Vec<FieldProblem> {
        report::problems(&self.entry, &self.form_schema, data)
    }

    /// The personal fields that are present in a form's `data`.
    pub(crate) fn personal_fields(&self, data: &Canon) -> Vec<PersonalField> {
        self.privacy.as_ref().map_or_else(Vec::new, |privacy| privacy.fields(data))
    }

    /// Takes the personal fields out of a form's `data` and puts their digests in their place.
    pub(crate) fn split(&self, data: &mut Canon, salts: &mut dyn FnMut() -> Salt) -> Vec<Opening> {
        self.privacy.as_ref().map_or_else(Vec::new, |privacy| privacy.split(data, salts))
    }
}

#[cfg(test)]
mod tests;
