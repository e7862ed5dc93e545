//! What happened, as values.
//!
//! This room holds the language of the system: an **intake form** (what a client posts) becomes an **entry** (the exact
//! bytes of one leaf of a log), and an entry reads as a typed [`Event`]. The JSON Schemas under `schemas/events/` are
//! embedded here; they validate, they decide what is personal, and the list of known types is built from them.
//!
//! In scope: identities ([`UnitId`], [`EventId`], [`EventType`], [`Source`]), [`Timestamp`], canonical JSON ([`Canon`]),
//! [`Form`] → [`Entry`] with the privacy split ([`Opening`]), typed payloads, [`Role`]s, signatures of
//! evaluators and operators, the administrative units of the presets ([`Gazetteer`]).
//!
//! Out of scope: whether an event makes sense beside earlier events (projection), points (ranking), storage of entries
//! and openings (ledger, node).
//!
//! Must never know: files, network, async, the clock, randomness. Time and salts are handed in.

mod aggregator_name;
mod canon;
mod catalogue_file;
mod draft;
mod entry;
mod evaluator;
mod event;
mod event_id;
mod event_type;
mod form;
mod gazetteer;
mod known_type;
mod office_key;
mod opening;
mod operator;
mod problem;
mod role;
mod schema;
mod source;
mod subject;
mod timestamp;
mod unit_id;
mod unit_tree;

pub use aggregator_name::{AggregatorName, AggregatorNameError};
pub use canon::{Canon, CanonError, CanonReason, DecodeError, canonical_bytes};
pub use catalogue_file::{CatalogueFile, CatalogueGroup, CatalogueItem, THANHHOA_2024};
pub use draft::RankingDraft;
pub use entry::{Entry, EntryError, MAX_ENTRY_BYTES, OwnEvent, make_entry};
pub use evaluator::{
    EvaluationSignatureError, Evaluator, EvaluatorKey, EvaluatorVkey, Verdict, evaluation_statement, sign_evaluation,
    verify_evaluation,
};
pub use event::*;
pub use event_id::{EventId, EventIdError};
pub use event_type::{EventType, EventTypeError};
pub use form::{Form, FormLimits, PersonalField};
pub use gazetteer::{Gazetteer, Preset, Unit, UnitList};
pub use known_type::{EventTypeInfo, Speaker, known_types, types_document};
pub use office_key::{Office, OfficeKey, OfficeKeyError, OfficeVkey};
pub use opening::{Opening, Salt, SaltError};
pub use operator::{Operator, OperatorKey, OperatorVkey, approval_statement};
pub use problem::{FieldProblem, FormError, ProblemCode};
pub use role::{Role, RoleError};
pub use schema::{MAX_FILE_BYTES, entry_schema, schema};
pub use source::{Source, SourceError};
pub use subject::SubjectRule;
pub use timestamp::{Timestamp, TimestampError};
pub use unit_id::{UnitId, UnitIdError};
pub use unit_tree::{TierKind, TreeUnit, UnitTree};
