//! The answers to surveys that count, gone through once for all measures that ask for them.

use danvan_event::SurveyChannel;
use danvan_projection::{ChannelAnswers, Crowd, Evidence, Places, SurveyTally};

use super::{Scene, survey};
use crate::rulebook::KioskRule;
use crate::sample::{Sides, Stratum};
use crate::strata::Strata;

/// What came through one channel and counts. Halves are twice the weight: an assisted answer weighs one half.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Counted {
    pub(super) satisfied: u64,
    pub(super) satisfied_halves: u64,
    pub(super) answers: u64,
    pub(super) answers_halves: u64,
    pub(super) kept: u64,
    pub(super) kept_halves: u64,
    pub(super) rated: u64,
    pub(super) rated_halves: u64,
    /// Answers of the months whose transactions are stated.
    pub(super) of_stated_months: u64,
}

/// The answers of a period that count.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct CountedAnswers {
    /// In the order of [`SurveyTally::CHANNELS`].
    channels: [Counted; SurveyTally::CHANNELS.len()],
}

impl CountedAnswers {
    pub(super) fn of(scene: &Scene<'_>) -> CountedAnswers {
        let mut counted = CountedAnswers::default();
        let kiosk_answers = scene.safeguards.kiosk_answers;
        for (month, tally) in survey::tallies(scene) {
            let is_stated = scene.unit.services().get(&month).is_some();
            for (sums, (channel, answers)) in counted.channels.iter_mut().zip(tally.channels()) {
                let at_kiosk = channel == SurveyChannel::Kiosk;
                if at_kiosk && kiosk_answers == KioskRule::Shown {
                    continue;
                }
                sums.add(&answers, is_stated);
                if at_kiosk
                    && kiosk_answers == KioskRule::Uncrowded
                    && let Some(crowd) = tally.crowd()
                {
                    sums.leave_out(crowd, is_stated);
                }
            }
        }
        counted
    }

    /// One number of all channels.
    pub(super) fn sum(&self, of: impl Fn(&Counted) -> u64) -> u64 {
        self.channels.iter().map(of).sum()
    }

    /// Two numbers of each channel: favourable words and all.
    pub(super) fn strata(&self, of: impl Fn(&Counted) -> (u64, u64)) -> Strata {
        let mut sums = self.channels.iter();
        SurveyTally::CHANNELS.map(|channel| {
            let (k_halves, n_halves) = sums.next().map(&of).unwrap_or_default();
            Stratum { channel, k_halves, n_halves }
        })
    }
}

impl Counted {
    fn add(&mut self, month: &ChannelAnswers, is_stated: bool) {
        let items = month.commitments;
        self.satisfied += u64::from(month.satisfied);
        self.satisfied_halves += u64::from(month.satisfied_halves());
        self.answers += u64::from(month.count());
        self.answers_halves += u64::from(month.halves());
        self.kept += u64::from(items.kept);
        self.kept_halves += u64::from(items.kept_halves());
        self.rated += u64::from(items.count());
        self.rated_halves += u64::from(items.halves());
        self.of_stated_months += if is_stated { u64::from(month.count()) } else { 0 };
    }

    /// Favourable words of a crowded hour; the unfavourable ones keep their weight.
    fn leave_out(&mut self, crowd: &Crowd, is_stated: bool) {
        let (satisfied, halves) = (u64::from(crowd.satisfied.count), crowd.satisfied.halves());
        let kept_halves = 2 * crowd.kept - crowd.kept_assisted;
        self.satisfied -= satisfied;
        self.satisfied_halves -= halves;
        self.answers -= satisfied;
        self.answers_halves -= halves;
        self.kept -= crowd.kept;
        self.kept_halves -= kept_halves;
        self.rated -= crowd.kept;
        self.rated_halves -= kept_halves;
        self.of_stated_months -= if is_stated { satisfied } else { 0 };
    }
}

/// The answers of these months on both sides of a measure, those apart that are only shown.
pub(super) fn sides<'model>(
    scene: &Scene<'_>,
    months: impl Iterator<Item = &'model SurveyTally>,
    of: impl Fn(&SurveyTally) -> (&Places, &Places),
) -> Sides {
    let (mut favourable, mut unfavourable, mut shown) = (Vec::new(), Vec::new(), Vec::new());
    for tally in months {
        let (for_it, against_it) = of(tally);
        let (without, without_against) = shown_only(scene.safeguards.kiosk_answers, tally);
        for (answers, left_out, counted) in
            [(for_it, without, &mut favourable), (against_it, without_against, &mut unfavourable)]
        {
            let left_out: Vec<Evidence> = left_out.into_iter().flat_map(Places::iter).collect();
            for at in answers {
                let side = if left_out.binary_search(&at).is_ok() { &mut shown } else { &mut *counted };
                side.push(at);
            }
        }
    }
    Sides::new(favourable, unfavourable).with_shown(shown)
}

/// Where in a month the answers stand whose favourable, and whose unfavourable words are shown and not counted.
fn shown_only(rule: KioskRule, tally: &SurveyTally) -> (Option<&Places>, Option<&Places>) {
    match rule {
        KioskRule::Count => (None, None),
        KioskRule::Uncrowded => (tally.crowd().map(|crowd| &crowd.evidence), None),
        KioskRule::Shown => (Some(&tally.at_kiosk), Some(&tally.at_kiosk)),
    }
}
