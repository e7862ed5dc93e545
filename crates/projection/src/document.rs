//! Canonical bytes of a document: sorted keys, integers, no nulls, no white space.

use danvan_event::canonical_bytes;
use serde::Serialize;

/// The canonical JSON of a document, the same spelling as an entry's, without a newline at its end.
///
/// The types that go in are ours: they hold integers, texts, lists and maps, and skip what is absent.
///
/// # Panics
/// When a type is given that has no canonical spelling, such as one with a null or with a key twice: a mistake in the code that defines
/// the type.
#[must_use]
#[expect(
    clippy::expect_used,
    reason = "a document type is fixed at compile time and tested; no input can make it fail"
)]
pub fn document_bytes(document: &impl Serialize) -> Vec<u8> {
    canonical_bytes(document).expect("a document has a canonical spelling")
}
