//! Whether the parts of a rulebook fit each other.

use std::collections::BTreeSet;

use danvan_event::SurveyChannel;

use super::reader::{Problems, Spot};
use super::{BasisPoints, KioskRule, Rulebook, RulebookFault};
use crate::class::Class;

/// Where in the file the parts stand that are compared with others.
#[derive(Default)]
pub(super) struct Spots {
    pub(super) sum: usize,
    pub(super) class: usize,
    pub(super) bonus: usize,
    pub(super) decisive: Vec<Spot>,
    pub(super) ties: Vec<Spot>,
    pub(super) silence: Vec<Spot>,
    /// Each class's lowest score: key and offset.
    pub(super) classes: Vec<(String, usize)>,
    /// Each cap's class: key and offset.
    pub(super) caps: Vec<(String, usize)>,
    /// Each criterion's code, its key and offset.
    pub(super) codes: Vec<(String, String, usize)>,
    /// Whether the file does not say in a known word which answers at the kiosk count; that is told already.
    pub(super) kiosk_is_unclear: bool,
    /// Each share of a channel, its key and offset.
    pub(super) shares: Vec<(String, usize, SurveyChannel, BasisPoints)>,
    /// Each code in a cluster's priors, and its key.
    pub(super) cluster_priors: Vec<(Spot, String)>,
}

/// Bonus points may be at most this part of the whole.
const BONUS_PART: u32 = 20;

pub(super) fn check(rulebook: &Rulebook, spots: &Spots, problems: &mut Problems) {
    check_codes(rulebook, spots, problems);
    check_weights(rulebook, spots, problems);
    check_classes(rulebook, spots, problems);
    check_bonus(rulebook, spots, problems);
    check_clusters(rulebook, spots, problems);
    check_shares(rulebook, spots, problems);
}

fn check_codes(rulebook: &Rulebook, spots: &Spots, problems: &mut Problems) {
    let mut codes = BTreeSet::new();
    for (code, key, offset) in &spots.codes {
        if !code.is_empty() && !codes.insert(code.as_str()) {
            problems.add(*offset, key, RulebookFault::UsedTwice(code.clone()));
        }
    }
    for (key, named) in [("decisive", &spots.decisive), ("ties", &spots.ties)] {
        for spot in named.iter().filter(|spot| !codes.contains(spot.text.as_str())) {
            problems.add(spot.offset, key, RulebookFault::NoCriterion(spot.text.clone()));
        }
    }
    for spot in &spots.silence {
        match rulebook.components.iter().find(|component| component.code == spot.text) {
            None => problems.add(spot.offset, "silence_components", RulebookFault::NoComponent(spot.text.clone())),
            Some(component) => {
                for bare in component.criteria.iter().filter(|criterion| criterion.prior.is_none()) {
                    let place = spots.codes.iter().find(|(code, ..)| *code == bare.code);
                    if let Some((_, key, offset)) = place {
                        problems.add(*offset, key.replace(".code", ".prior"), RulebookFault::PriorNeeded);
                    }
                }
            }
        }
    }
}

fn check_weights(rulebook: &Rulebook, spots: &Spots, problems: &mut Problems) {
    let sum: u64 = rulebook.criteria().map(|criterion| u64::from(criterion.max_centi)).sum();
    if sum != u64::from(rulebook.sum_centi) {
        problems.add(spots.sum, "total.sum_centi", RulebookFault::WeightsDoNotSum(rulebook.sum_centi, sum));
    }
}

fn check_classes(rulebook: &Rulebook, spots: &Spots, problems: &mut Problems) {
    let classes = &rulebook.classes;
    let is_star = |class: Class| class >= Class::BonSao;
    for (pair, (key, offset)) in classes.windows(2).zip(spots.classes.iter().skip(1)) {
        let [above, below] = pair else { continue };
        let one_scale = is_star(above.code) == is_star(below.code);
        if above.from_centi <= below.from_centi || above.code >= below.code || !one_scale {
            problems.add(*offset, key, RulebookFault::ClassesNotFalling);
        }
    }
    if classes.last().is_none_or(|lowest| lowest.from_centi != 0) {
        let (key, offset) = spots.classes.last().map_or(("class", spots.class), |(key, offset)| (key, *offset));
        problems.add(offset, key, RulebookFault::ClassesNotFalling);
    }
    for (cap, (key, offset)) in rulebook.caps.iter().zip(&spots.caps) {
        let given = classes.iter().any(|band| band.code == cap.at_most);
        if !given && cap.at_most != Class::KhongXepLoai {
            problems.add(*offset, key, RulebookFault::CapWithoutClass);
        }
    }
}

fn check_bonus(rulebook: &Rulebook, spots: &Spots, problems: &mut Problems) {
    let Some(bonus) = &rulebook.bonus else { return };
    let most = rulebook.scaled_centi / BONUS_PART;
    let reach: u64 = bonus.criteria.iter().map(|criterion| u64::from(criterion.max_centi)).sum();
    // A whole that could not be read is told already.
    if rulebook.scaled_centi > 0 && bonus.max_centi > most {
        problems.add(spots.bonus, "bonus.max_centi", RulebookFault::BonusTooHigh(most));
    } else if u64::from(bonus.max_centi) > reach {
        problems.add(spots.bonus, "bonus.max_centi", RulebookFault::BonusOutOfReach(reach));
    }
}

fn check_clusters(rulebook: &Rulebook, spots: &Spots, problems: &mut Problems) {
    for (spot, key) in &spots.cluster_priors {
        let Some(criterion) = rulebook.criterion(&spot.text) else {
            problems.add(spot.offset, key, RulebookFault::NoCriterion(spot.text.clone()));
            continue;
        };
        let weighs = |terms: &super::ClusterTerms| terms.priors.get(&spot.text).is_some_and(|prior| prior.weight > 0);
        if !criterion.measure.takes_prior() && rulebook.clusters.values().any(weighs) {
            problems.add(spot.offset, key, RulebookFault::PriorWeighs);
        }
    }
}

/// The kiosk has a share if, and only if, its answers count: with one and without answers it would give every unit the prior for that
/// share. Every other way has one, or its answers would count towards `min_n` and nothing else.
fn check_shares(rulebook: &Rulebook, spots: &Spots, problems: &mut Problems) {
    for (key, offset, channel, share) in &spots.shares {
        let at_kiosk = *channel == SurveyChannel::Kiosk;
        let counts = !at_kiosk || rulebook.safeguards.kiosk_answers != KioskRule::Shown;
        match (counts, share.get() > 0) {
            _ if at_kiosk && spots.kiosk_is_unclear => {}
            (true, false) => problems.add(*offset, key, RulebookFault::AnswersWithoutShare),
            (false, true) => problems.add(*offset, key, RulebookFault::ShareWithoutAnswers),
            _ => {}
        }
    }
}
