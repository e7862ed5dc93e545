//! Stories of ledgers that sign as on a node, that aggregators mirror, and that are mended after their medium failed.

use crate::life::Life;
use crate::mending::Mended;
use crate::seeds::{assert_about, chosen, told};
use crate::step::Step;
use crate::story::Story;
use crate::world::{Layer, Manner, Verdict, draw_config, sound};
use danvan_ledger::LedgerConfig;
use std::ops::Range;

/// How a process ends.
#[derive(Debug, Clone, Copy)]
enum End {
    /// It writes what waits and signs it.
    Drain,
    /// Nobody holds the ledger any more.
    Drop,
    /// It is killed.
    Kill,
}

impl Story {
    /// Tells it to the end, or to the first broken promise.
    pub(crate) fn tell_of_a_node(&mut self, layer: Layer<'_>, manner: Manner) -> Verdict {
        for _ in 0..2 + self.dice.below(3) {
            self.arm();
            let length = 1 + self.dice.below(12);
            self.live_on_a_node(layer, manner, length)?;
            if self.dice.chance(40) && self.mend(layer)? == Mended::GaveUp {
                return Ok(());
            }
        }
        // Nothing fails in the last life, so nothing excuses anything.
        let length = 1 + self.dice.below(6);
        self.live_on_a_node(layer, manner, length)
    }

    /// From a start to the next one.
    fn live_on_a_node(&mut self, layer: Layer<'_>, manner: Manner, length: u64) -> Verdict {
        let signing = manner.draw(&mut self.dice);
        let config = LedgerConfig { signing, ..draw_config(&mut self.dice) };
        let steps: Vec<Step> = (0..length).flat_map(|_| Step::draw(&mut self.dice).told(manner)).collect();
        let end = [End::Drain, End::Drop, End::Kill, End::Kill][self.dice.place(4)];
        let kind = (self.incarnation, manner, config);
        let mut life = Life::new(&self.disk, layer, kind, (&mut self.truth, &mut self.next, &mut self.trace));
        let Some(ledger) = life.start()? else {
            self.go_on();
            return Ok(());
        };
        for step in steps {
            if !life.step(&ledger, step)? {
                break;
            }
        }
        match end {
            End::Drain if ledger.failure().is_none() => life.drain(ledger)?,
            End::Drain | End::Drop => life.end(ledger)?,
            End::Kill => {
                // What it still does is done to a disk that nobody looks at again.
                self.go_on();
                return Ok(());
            }
        }
        self.go_on();
        Ok(())
    }
}

const AT_ONCE: Range<u64> = 0..1200;
const BESIDE: Range<u64> = 0..1200;
/// The stories are told by so many tests, which run side by side.
const TELLERS: u64 = 2;

fn tell(stories: Range<u64>, teller: u64, manner: Manner) {
    let stories = chosen(stories);
    // Where two threads race, one that somebody asks for is told often.
    let times = if manner == Manner::Beside && stories.end - stories.start == 1 { 200 } else { 1 };
    for seed in stories.filter(|seed| seed % TELLERS == teller) {
        for _ in 0..times {
            if let Some(breach) = breach(seed, &sound, manner) {
                panic!("{breach}");
            }
        }
    }
}

/// What went wrong in the story of a seed, if anything did, with all that happened in it.
pub(crate) fn breach(seed: u64, layer: Layer<'_>, manner: Manner) -> Option<String> {
    told(seed, |story| story.tell_of_a_node(layer, manner))
}

#[test]
fn no_story_of_a_node_that_signs_at_once_has_a_lie() {
    tell(AT_ONCE, 0, Manner::AtOnce);
}

#[test]
fn no_other_story_of_a_node_that_signs_at_once_has_a_lie() {
    tell(AT_ONCE, 1, Manner::AtOnce);
}

#[test]
fn no_story_of_a_node_that_signs_beside_everything_else_has_a_lie() {
    tell(BESIDE, 0, Manner::Beside);
}

#[test]
fn no_other_story_of_a_node_that_signs_beside_everything_else_has_a_lie() {
    tell(BESIDE, 1, Manner::Beside);
}

#[test]
fn the_stories_of_nodes_are_about_everything_that_can_happen() {
    // Where everything is signed at once, an orderly end has nothing left to fail at.
    let events = [
        "torn_tail: Some",
        "it was poisoned",
        "signing failed",
        "a receipt was not kept",
        "nothing to repair",
        "repaired",
        "the repair was interrupted",
        "the log ended",
        "the succession was interrupted",
        "of incarnation 3",
        "nobody knows what was promised",
    ];
    assert_about(&events, 0..240, |story| story.tell_of_a_node(&sound, Manner::AtOnce));
}

#[test]
fn a_seed_tells_the_same_story_of_a_node_that_signs_at_once() {
    for seed in 0..40 {
        let told = || {
            let mut story = Story::new(seed);
            let verdict = story.tell_of_a_node(&sound, Manner::AtOnce);
            (verdict, story.trace, story.disk.operations(), story.disk.files())
        };
        assert_eq!(told(), told(), "seed {seed}");
    }
}
