//! The ways of answering count by their shares: what comes through one of them moves no more than its share.

use danvan_ranking::rank;
use proptest::prelude::*;
use serde_json::json;

use crate::league::{RULEBOOKS, Story, UNIT, aggregator, folded, year};

/// Answers with 5 and with 1 through each way, in the order kiosk, qr, zalo, paper, phone.
type Answers = [(u32, u32); 5];

const CHANNELS: [&str; 5] = ["kiosk", "qr", "zalo", "paper", "phone"];
/// The shares of a cluster that the rulebook does not name, in ten-thousandths.
const SHARES: [u32; 5] = [5_000, 1_500, 1_500, 1_000, 1_000];

/// The satisfied share that is scored, in ten-thousandths.
fn rate(answers: &Answers) -> u32 {
    let mut story = Story::default();
    for (channel, (good, bad)) in CHANNELS.iter().zip(answers) {
        // One a day, or nearly so: an hour in which a kiosk serves too many does not count.
        for (day, rating) in
            (0..).zip(std::iter::repeat_n(5, *good as usize).chain(std::iter::repeat_n(1, *bad as usize)))
        {
            story.tell(day % 360, "survey.answered", json!({"channel": channel, "rating": rating}));
        }
    }
    let model = folded(&[&aggregator(&[(UNIT, "Cao Thịnh", "mien-nui")], &[]), &story.into_log(UNIT)]);
    let ranking = rank(&model, &RULEBOOKS[1], &year());
    ranking.rows[0].criteria.iter().find(|criterion| criterion.code == "D1").unwrap().rate_bp.unwrap()
}

fn answers() -> impl Strategy<Value = Answers> {
    // The kiosk alone gives enough to be judged by.
    let few = || (0_u32..6, 0_u32..6);
    ((5_u32..20, 5_u32..20), few(), few(), few(), few())
        .prop_map(|(kiosk, qr, zalo, paper, phone)| [kiosk, qr, zalo, paper, phone])
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn stuffing_one_way_of_answering_lifts_the_rate_by_no_more_than_its_share(
        answers in answers(),
        which in 0_usize..5,
        stuffed in 1_u32..200,
    ) {
        let mut more = answers;
        more[which].0 += stuffed;
        let (before, after) = (rate(&answers), rate(&more));
        prop_assert!(after >= before, "a good answer never harms");
        prop_assert!(after - before <= SHARES[which] + 1, "{before} → {after}");
    }

    #[test]
    fn a_bad_answer_never_helps(answers in answers(), which in 0_usize..5) {
        let mut more = answers;
        more[which].1 += 1;
        prop_assert!(rate(&more) <= rate(&answers));
    }
}

#[test]
fn answers_that_come_in_the_shares_give_the_rate_that_they_give_without_channels() {
    // 45 of 50, 14 of 15, 14 of 15, 9 of 10, 8 of 10: (90 + 60 × 0.90) / (100 + 60) = 0.90.
    assert_eq!(rate(&[(45, 5), (14, 1), (14, 1), (9, 1), (8, 2)]), 9_000);
}
