//! Canonical bytes of a document: sorted keys, integers, no nulls, no white space.

use danvan_event::Canon;
use serde::Serialize;

/// The canonical JSON of a document, the same spelling as an entry's, without a newline at its end.
///
/// The types that go in are ours: they hold integers, texts, lists and maps, and skip what is absent.
///
/// # Panics
/// When a type is given that holds a float, a null or a key outside ASCII: a mistake in the code that defines the type.
#[must_use]
#[expect(
    clippy::expect_used,
    reason = "a document type is fixed at compile time and tested; no input can make it fail"
)]
pub fn document_bytes(document: &impl Serialize) -> Vec<u8> {
    let value = serde_json::to_value(document).expect("a document serialises");
    Canon::try_from(value).expect("a document has no floats and no nulls").to_bytes()
}
