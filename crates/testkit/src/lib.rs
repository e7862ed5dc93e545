//! Faults, seeds and mutants for tests.
//!
//! | concern | type |
//! |---|---|
//! | chance that can be repeated | [`Dice`] |
//! | a disk that loses power, space or its nerve | [`FaultyStorage`], [`Fault`] |
//! | a disk that does not sync any more, under a process that runs | [`FailingSync`] |
//! | every state that a power cut can leave | [`Kept`] |
//! | bytes that change long after they were confirmed | [`MediaFault`] |
//! | an address that hardly another process takes meanwhile | [`free_address`], [`free_ports`] |
//! | known mistakes, put back in on purpose | [`Mutant`] |
//! | one difference over any storage | [`StorageLayer`], [`FileLayer`], [`Layered`] |
//! | what every storage must do | [`storage_suite`] |
//! | what every sink of a receiver owes (feature `sink`) | `sink_suite` |
//! | sequences of operations by seed (feature `properties`) | `first_failure` |
//! | what breaks each rule of a unit's log (feature `domain`) | `breaches` |
//! | a node's logs and their keys (feature `lineage`) | `origin_of`, `key_of` |
//! | what every parser must survive (feature `parsers`) | `parsers`, [`garbled`] |
//!
//! # In scope
//!
//! Implementations of the ports of other crates that fail in the ways the real world does, and in no other; the laws of a port
//! that has several implementations in several crates; what tests of several crates need before they can start a process.
//!
//! # Out of scope
//!
//! All other tests: they lie beside what they test.
//!
//! # Must never know
//!
//! What runs behind an address, edges, the wall clock, real randomness.

mod addresses;
mod beside;
#[cfg(feature = "domain")]
mod breach;
mod copied;
mod dice;
mod disk;
mod failing_sync;
mod fault;
mod faulty;
#[cfg(all(feature = "parsers", feature = "sink"))]
mod fetch_parsers;
mod garbling;
mod image;
mod layer;
#[cfg(feature = "lineage")]
mod lineage;
mod media;
mod mutant;
#[cfg(feature = "parsers")]
pub mod parsers;
#[cfg(feature = "properties")]
mod properties;
mod remains;
#[cfg(feature = "sink")]
mod sink_suite;
pub mod storage_suite;

pub use addresses::{free_address, free_ports};
pub use beside::Beside;
#[cfg(feature = "domain")]
pub use breach::{Breach, Told, breaches};
pub use copied::copied;
pub use dice::Dice;
pub use failing_sync::FailingSync;
pub use fault::{Fault, Operation};
pub use faulty::FaultyStorage;
#[cfg(all(feature = "parsers", feature = "sink"))]
pub use fetch_parsers::{ASKED, FETCH_PARSERS, answer, question};
pub use garbling::garbled;
pub use layer::{FileLayer, Layered, StorageLayer};
#[cfg(feature = "lineage")]
pub use lineage::{key_of, origin_of};
pub use media::{Files, MediaFault};
pub use mutant::{Mutant, Mutation};
#[cfg(feature = "properties")]
pub use properties::first_failure;
pub use remains::Kept;
#[cfg(feature = "sink")]
pub use sink_suite::{BrokenLaw, SUITE_DEPLOYMENT, SuiteLog, SuiteSink, sink_suite};
