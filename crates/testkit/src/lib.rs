//! Faults, seeds and mutants for tests.
//!
//! | concern | type |
//! |---|---|
//! | chance that can be repeated | [`Dice`] |
//! | a disk that loses power, space or its nerve | [`FaultyStorage`], [`Fault`] |
//! | known mistakes, put back in on purpose | [`Mutant`] |
//!
//! # In scope
//!
//! Implementations of the ports of other crates that fail in the ways the real world does, and in no other.
//!
//! # Out of scope
//!
//! The tests themselves: they lie beside what they test.
//!
//! # Must never know
//!
//! Processes, edges, the wall clock, real randomness.

mod dice;
mod faulty;
mod image;
mod mutant;

pub use dice::Dice;
pub use faulty::{Fault, FaultyStorage, Operation};
pub use mutant::{Mutant, Mutation};
