//! Runs a strategy once per seed, always the same seeds, and says which one failed.

use proptest::strategy::Strategy;
use proptest::test_runner::{Config, RngSeed, TestRunner};

const CASES: u64 = 256;

/// Shows what `strategy` makes of each seed to `run`, which panics when something is wrong; returns what is wrong with
/// the first seed that fails, after at most so many attempts to make it simpler.
#[must_use]
pub fn first_failure<S: Strategy>(strategy: &S, attempts: u32, run: impl Fn(S::Value)) -> Option<String> {
    (0..CASES).find_map(|seed| {
        let mut runner = TestRunner::new(Config {
            cases: 1,
            rng_seed: RngSeed::Fixed(seed),
            failure_persistence: None,
            max_shrink_iters: attempts,
            ..Config::default()
        });
        let outcome = runner.run(strategy, |value| {
            run(value);
            Ok(())
        });
        outcome.err().map(|error| format!("seed {seed}: {error}"))
    })
}
