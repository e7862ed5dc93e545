//! Every example under `schemas/examples/` is what its folder says, and together they show every public property.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod every_type;
mod files;
mod unknown_members;
mod violations;
