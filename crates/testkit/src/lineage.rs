//! The logs that the unit of the tests keeps one after the other, and their keys.

use danvan_tlog::{LogKey, Origin};

/// The origin of an incarnation of the log, the first of which is 1.
///
/// # Panics
/// When the tests' own name is none: a mistake here.
#[must_use]
#[expect(clippy::expect_used, reason = "the name is fixed and short")]
pub fn origin_of(incarnation: u8) -> Origin {
    let first = Origin::new("example.vn/u/gso2024-15097").expect("an origin");
    (1..incarnation).fold(first, |origin, _| origin.next_incarnation().expect("a next incarnation"))
}

/// The key that signs it, another one for each incarnation.
#[must_use]
pub fn key_of(incarnation: u8) -> LogKey {
    LogKey::from_seed(origin_of(incarnation).key_name(), [6_u8.wrapping_add(incarnation); 32])
}
