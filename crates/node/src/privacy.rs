//! Personal data at the node: what the law's terms are, who asked for what, what is held of whom, and what must not become public.
//!
//! No value of a personal field leaves this room but through [`crate::disclosure`].

mod api;
mod calendar;
mod consent;
mod public_text;
mod register;
mod requests;
mod search;
mod terms;

pub(crate) use api::routes;
pub(crate) use consent::without_consent;
pub(crate) use public_text::{Suspicion, suspicious};
pub(crate) use terms::PrivacySettings;

#[cfg(test)]
mod tests;
