//! Ten thousand stories. Any one is told again by the command that its failure prints.

use crate::story::Story;
use crate::world::{Layer, Verdict, sound};
use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind};

const SEEDS: Range<u64> = 0..10_000;
/// The stories are told by so many tests, which run side by side.
const TELLERS: u64 = 8;

/// `DANVAN_SEED=7` tells one story, `DANVAN_SEED=10000..50000` those of a range.
pub(crate) fn chosen(stories: Range<u64>) -> Range<u64> {
    #[expect(clippy::disallowed_methods, reason = "how a person asks a test for a seed")]
    let Ok(text) = std::env::var("DANVAN_SEED") else { return stories };
    let number = |text: &str| text.trim().parse::<u64>().unwrap();
    match text.split_once("..") {
        Some((start, end)) => number(start)..number(end),
        None => number(&text)..number(&text) + 1,
    }
}

/// What went wrong in the story of a seed, if anything did, with all that happened in it.
pub(crate) fn breach(seed: u64, layer: Layer<'_>) -> Option<String> {
    told(seed, |story| story.tell(layer))
}

/// What went wrong where the story of a seed is told so.
pub(crate) fn told(seed: u64, tell: impl FnOnce(&mut Story) -> Verdict) -> Option<String> {
    heard(seed, tell).err()
}

/// All that happened where the story of a seed is told so; the error says what went wrong too.
fn heard(seed: u64, tell: impl FnOnce(&mut Story) -> Verdict) -> Result<String, String> {
    let mut story = Story::new(seed);
    let verdict = catch_unwind(AssertUnwindSafe(|| tell(&mut story))).unwrap_or_else(|_| Err("a panic".to_owned()));
    let trace = story.trace.join("\n  ");
    let again = format!("DANVAN_SEED={seed} cargo nextest run -p danvan-ledger --test simulation");
    verdict.map_err(|broken| format!("seed {seed}: {broken}\n  {trace}\n{again}")).map(|()| trace)
}

/// Asserts that the stories are about each of the `events`. A seed must tell one story only, whichever thread comes first.
pub(crate) fn assert_about(events: &[&str], seeds: Range<u64>, tell: impl Fn(&mut Story) -> Verdict) {
    let stories = seeds.map(|seed| heard(seed, &tell).unwrap_or_else(|breach| panic!("{breach}")));
    let told: String = stories.collect();
    for event in events {
        assert!(told.contains(event), "no story tells: {event}");
    }
}

fn tell(teller: u64) {
    for seed in chosen(SEEDS).filter(|seed| seed % TELLERS == teller) {
        if let Some(breach) = breach(seed, &sound) {
            panic!("{breach}");
        }
    }
}

#[test]
fn no_story_of_the_first_eighth_has_a_lie() {
    tell(0);
}

#[test]
fn no_story_of_the_second_eighth_has_a_lie() {
    tell(1);
}

#[test]
fn no_story_of_the_third_eighth_has_a_lie() {
    tell(2);
}

#[test]
fn no_story_of_the_fourth_eighth_has_a_lie() {
    tell(3);
}

#[test]
fn no_story_of_the_fifth_eighth_has_a_lie() {
    tell(4);
}

#[test]
fn no_story_of_the_sixth_eighth_has_a_lie() {
    tell(5);
}

#[test]
fn no_story_of_the_seventh_eighth_has_a_lie() {
    tell(6);
}

#[test]
fn no_story_of_the_last_eighth_has_a_lie() {
    tell(7);
}

#[test]
fn the_stories_are_about_everything_that_can_happen() {
    let events = [
        "torn_tail: Some",
        "torn_tail: None",
        "it cannot be made",
        "it cannot be opened",
        "there was no space",
        "it was poisoned",
        "busy",
        "a checkpoint was refused",
        "signing failed",
        "a receipt was not kept",
        "it was not drained",
        "reading failed",
        "an auditor cannot look",
        "Noticed",
        "Harmless",
        "Undetectable",
    ];
    assert_about(&events, 0..600, |story| story.tell(&sound));
}

#[test]
fn a_seed_always_tells_the_same_story() {
    for seed in 0..60 {
        let told = || {
            let mut story = Story::new(seed);
            let verdict = story.tell(&sound);
            (verdict, story.trace, story.disk.operations(), story.disk.files())
        };
        assert_eq!(told(), told(), "seed {seed}");
    }
}
