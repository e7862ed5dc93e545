//! The answers to surveys that count, gone through once for all measures that ask for them.

use danvan_event::SurveyChannel;
use danvan_projection::{ChannelAnswers, Evidence, Opinions, Places, SurveyTally};

use super::{Scene, survey};
use crate::rulebook::KioskRule;
use crate::sample::{Sample, Sides, Stratum};
use crate::strata::Strata;

/// How much was said for a unit and in all. Halves are twice the weight: what was said with help weighs one half.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Said {
    favourable: u64,
    all: u64,
    favourable_halves: u64,
    all_halves: u64,
}

/// What came through one channel and counts.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Counted {
    pub(super) satisfaction: Said,
    pub(super) commitments: Said,
    /// Answers of the months whose transactions are stated.
    pub(super) of_stated_months: u64,
}

/// The answers of a period that count.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct CountedAnswers {
    /// In the order of [`SurveyChannel::ALL`].
    channels: [Counted; SurveyChannel::ALL.len()],
}

impl CountedAnswers {
    pub(super) fn of(scene: &Scene<'_>) -> CountedAnswers {
        let mut counted = CountedAnswers::default();
        // Both are in the order of the months: one walk instead of a search for each.
        let mut stated = scene.unit.services().iter().map(|(month, _)| month).peekable();
        for (month, tally) in survey::tallies(scene) {
            while stated.next_if(|stated| *stated < month).is_some() {}
            let is_stated = stated.peek() == Some(&month);
            for (sums, (channel, answers)) in counted.channels.iter_mut().zip(tally.channels()) {
                let rule =
                    if channel == SurveyChannel::Kiosk { scene.safeguards.kiosk_answers } else { KioskRule::Count };
                match rule {
                    KioskRule::Count => sums.add(answers, is_stated),
                    KioskRule::Uncrowded => {
                        let crowd = tally.crowd().map(|crowd| crowd.answers).unwrap_or_default();
                        sums.add(answers.without(crowd), is_stated);
                    }
                    KioskRule::Shown => {}
                }
            }
        }
        counted
    }

    /// What was said through all channels together.
    pub(super) fn sample(&self, of: impl Fn(&Counted) -> Said) -> Sample {
        let mut sum = Said::default();
        for said in self.channels.iter().map(of) {
            sum.favourable += said.favourable;
            sum.all += said.all;
            sum.favourable_halves += said.favourable_halves;
            sum.all_halves += said.all_halves;
        }
        Sample::weighted(sum.favourable, sum.all, sum.favourable_halves, sum.all_halves)
    }

    /// The same by channel.
    pub(super) fn strata(&self, of: impl Fn(&Counted) -> Said) -> Strata {
        self.by_channel(|counted| {
            let said = of(counted);
            (said.favourable_halves, said.all_halves)
        })
    }

    pub(super) fn of_stated_months(&self) -> u64 {
        self.channels.iter().map(|counted| counted.of_stated_months).sum()
    }

    /// The answers of the months whose transactions are stated, each channel's beside all of these transactions.
    pub(super) fn coverage(&self, transactions: u64) -> Strata {
        self.by_channel(|counted| (2 * counted.of_stated_months, 2 * transactions))
    }

    fn by_channel(&self, halves: impl Fn(&Counted) -> (u64, u64)) -> Strata {
        let mut counted = self.channels.iter();
        SurveyChannel::ALL.map(|channel| {
            let (k_halves, n_halves) = counted.next().map(&halves).unwrap_or_default();
            Stratum { channel, k_halves, n_halves }
        })
    }
}

impl Counted {
    fn add(&mut self, answers: ChannelAnswers, is_stated: bool) {
        self.satisfaction.add(answers.satisfaction);
        self.commitments.add(answers.commitments);
        self.of_stated_months += if is_stated { u64::from(answers.satisfaction.count()) } else { 0 };
    }
}

impl Said {
    fn add(&mut self, month: Opinions) {
        self.favourable += u64::from(month.favourable);
        self.all += u64::from(month.count());
        self.favourable_halves += u64::from(month.favourable_halves());
        self.all_halves += u64::from(month.halves());
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
        KioskRule::Shown => (Some(&tally.places.at_kiosk), Some(&tally.places.at_kiosk)),
    }
}
