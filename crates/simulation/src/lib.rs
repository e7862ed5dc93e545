//! A seed becomes the intake forms of a plausible fleet.
//!
//! Invented communes behave well, middling or badly for a year: they roll the model out, sign pledges, count transactions,
//! hear and answer citizens, are rated and evaluated, more in busy months than in the quiet ones around Tết. The same [`Scenario`] gives the same forms, byte for byte, on every
//! machine; each unit draws from its own source of chance, so one unit more does not change the others.
//!
//! Every form carries `"synthetic":true`. Nothing here happened.
//!
//! A unit may also game the rules ([`Strategy`]) or lose its power ([`Outage`]): tests set such a unit beside its honest twin and
//! see what that earns.
//!
//! In scope: intake forms in the order of their recording, one list per unit.
//! Out of scope: recording them (node), scoring them (ranking), facts of real communes (`schemas/examples/`).
//!
//! This crate must never know files, the network, a clock, or randomness other than its seed.

mod behaviour;
mod calendar;
mod diary;
mod dice;
mod flow;
mod outage;
mod quality;
mod scenario;
mod simulate;
mod strategy;
mod words;

pub use behaviour::Behaviour;
pub use outage::Outage;
pub use quality::Quality;
pub use scenario::{Scenario, SimulatedUnit};
pub use simulate::{UnitForms, simulate};
pub use strategy::Strategy;
