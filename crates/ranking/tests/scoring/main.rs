//! The ranking from its outside: entries in, bytes out.
#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

mod change;
mod channels;
mod delisting;
mod document;
mod fleet;
mod following;
mod frozen;
mod gaming;
mod golden;
mod league;
mod neutrality;
mod order;
mod second;
mod standings;
mod truth;
