//! Standings that are kept current say what a ranking made anew says, and no points leave their bounds.

use danvan_event::{Entry, EventId};
use danvan_projection::{Applied, Evidence, ReadModel};
use danvan_ranking::{Class, Followed, Row, Rulebook, Standings, explain, rank};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::frozen;
use crate::league::{Log, RULEBOOKS, Story, aggregator, folded, noon, year};

/// The years of some units. Each two neighbours say that a practice went from the one to the other, and every other unit takes back
/// in the end what it said of that.
fn units(seeds: &[u64]) -> (Log, Vec<Log>) {
    let ids: Vec<String> = (1..=seeds.len()).map(|number| format!("gso2024-{number}")).collect();
    let named: Vec<(&str, &str, &str)> = ids.iter().map(|id| (id.as_str(), id.as_str(), "mien-nui")).collect();
    let mut stories: Vec<Story> = seeds.iter().map(|seed| frozen::unit(*seed)).collect();
    for (at, pair) in ids.windows(2).enumerate() {
        for (story, day) in stories[at..].iter_mut().zip([40, 80]) {
            story.tell(day, "model.replicated", replicated(&pair[0], &pair[1]));
        }
    }
    let mut logs: Vec<Log> = ids.iter().zip(stories).map(|(id, story)| story.into_log(id)).collect();
    for log in logs.iter_mut().step_by(2) {
        take_back_replications(log);
    }
    (aggregator(&named, &[]), logs)
}

fn replicated(source: &str, target: &str) -> Value {
    json!({"practice": "mot-cua-luu-dong", "source_unit": source, "target_unit": target})
}

fn take_back_replications(log: &mut Log) {
    let replications = log.entries.iter().filter(|entry| entry.event_type().short() == "model.replicated.v1");
    let said: Vec<EventId> = replications.map(Entry::id).collect();
    for event in said {
        log.say(&noon(362), "entry.revoked", &json!({"event": event, "reason": "wrong_content"}));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    #[test]
    fn following_entry_by_entry_gives_the_bytes_of_a_ranking_made_anew(
        seeds in prop::collection::vec(any::<u64>(), 2..5),
        step in 7_usize..40,
    ) {
        let (registry, logs) = units(&seeds);
        let rulebook = Rulebook::rb_cqtt_1();
        let mut model = folded(&[&registry]);
        let mut standings = Standings::of(&model, &rulebook, &year());
        let longest = logs.iter().map(|log| log.entries.len()).max().unwrap_or(0);
        for at in 0..longest {
            for log in &logs {
                let Some(entry) = log.entries.get(at) else { continue };
                model.apply_entry(&log.source, Evidence::new(at as u64), entry);
                prop_assert!(standings.follow(&model) != Followed::Anew);
            }
            if at % step == 0 || at + 1 == longest {
                let anew = rank(&model, &rulebook, &year());
                prop_assert_eq!(&standings.ranking(), &anew);
                for row in &anew.rows {
                    prop_assert_eq!(standings.rank(&row.unit), row.rank);
                }
            }
        }
    }

    #[test]
    fn points_scores_and_intervals_stay_in_bounds_and_explanations_add_up(
        seeds in prop::collection::vec(any::<u64>(), 1..4),
        period in prop_oneof![Just("2024"), Just("2024-Q2"), Just("2024-11"), Just("2023")],
    ) {
        let (registry, logs) = units(&seeds);
        let all: Vec<&Log> = logs.iter().chain([&registry]).collect();
        let (model, period) = (folded(&all), period.parse().unwrap());
        for rulebook in RULEBOOKS.iter() {
            let most = rulebook.scaled_centi() + rulebook.bonus().map_or(0, |bonus| bonus.max_centi);
            for row in &rank(&model, rulebook, &period).rows {
                prop_assert!(row.score_centi <= most);
                prop_assert!(row.criteria.iter().chain(&row.bonus).all(|criterion| criterion.points_centi <= criterion.max_centi));
                if let (Some(low), Some(high)) = (row.low_centi, row.high_centi) {
                    prop_assert!(low <= row.score_centi && row.score_centi <= high && high <= most);
                }
                prop_assert_eq!(row.rank.is_some(), row.class.is_ranked());
                let explanation = explain(&model, rulebook, &period, &row.unit).unwrap();
                let parts: u32 = explanation.components.iter().map(|component| component.points_centi).sum();
                prop_assert_eq!(explanation.sum_centi, parts);
                let told = explanation.components.into_iter().chain(explanation.bonus).flat_map(|part| part.criteria);
                let rows: Vec<_> = told.map(|criterion| criterion.row).collect();
                prop_assert_eq!(rows, row.criteria.iter().chain(&row.bonus).cloned().collect::<Vec<_>>());
            }
        }
    }
}

#[test]
fn a_practice_that_was_taken_over_counts_for_both_once_both_say_so() {
    for (first, second) in [("gso2024-1", "gso2024-2"), ("gso2024-2", "gso2024-1")] {
        replicated_by(first, second);
    }
}

/// One unit says that a practice went from gso2024-1 to gso2024-2, and the other one says it later; then one of them takes it back.
fn replicated_by(first: &str, second: &str) {
    let said = replicated("gso2024-1", "gso2024-2");
    let mut claims = Story::default();
    claims.tell(20, "model.replicated", said.clone());
    let (claims, mut other) = (claims.into_log(first), Log::new(&format!("/u/{second}")));
    other.say(&noon(9), "model.outreach_conducted", &json!({"channel": "meeting"}));
    let registry = aggregator(&[("gso2024-1", "A", "mien-nui"), ("gso2024-2", "B", "mien-nui")], &[]);
    let mut model = folded(&[&registry, &claims, &other]);
    let rulebook = Rulebook::rb_cqtt_1();
    let mut standings = Standings::of(&model, &rulebook, &year());
    assert_eq!(points_for_practices(&standings), [0, 0], "a claim alone is worth nothing");
    other.say(&noon(30), "model.replicated", &said);
    fold_last(&mut model, &other);
    assert_eq!(standings.follow(&model), Followed::Changed);
    assert_eq!(points_for_practices(&standings), [300, 300]);
    assert_eq!(standings.ranking(), rank(&model, &rulebook, &year()));
    for mut log in [claims, other] {
        let (mut model, mut standings) = (model.clone(), standings.clone());
        take_back_replications(&mut log);
        fold_last(&mut model, &log);
        assert_eq!(standings.follow(&model), Followed::Changed);
        assert_eq!(points_for_practices(&standings), [0, 0], "{} took it back", log.source);
        assert_eq!(standings.ranking(), rank(&model, &rulebook, &year()));
    }
}

fn fold_last(model: &mut ReadModel, log: &Log) {
    let at = log.entries.len() - 1;
    assert_eq!(model.apply_entry(&log.source, Evidence::new(at as u64), &log.entries[at]), Applied::Counted);
}

/// In the order of the units' ids.
fn points_for_practices(standings: &Standings) -> Vec<u32> {
    let mut ranking = standings.ranking();
    ranking.rows.sort_by(|a, b| a.unit.cmp(&b.unit));
    let of = |row: &Row| row.criteria.iter().find(|criterion| criterion.code == "E3").unwrap().points_centi;
    ranking.rows.iter().map(of).collect()
}

#[test]
fn what_is_stated_of_units_lets_all_be_scored_anew_and_nothing_else_does() {
    let mut standings = Standings::of(&ReadModel::default(), &Rulebook::rb_cqtt_1(), &year());
    let mut registry = aggregator(&[("gso2024-1", "A", "mien-nui")], &[]);
    let model = folded(&[&registry]);
    assert_eq!(standings.follow(&model), Followed::Anew, "a unit that was not known");
    assert_eq!(standings.follow(&model), Followed::Same);
    assert_eq!(standings.ranking().rows[0].class, Class::ChuaDuDuLieu);
    let succeeded = json!({"from_units": ["gso2024-1"], "to_units": [{"unit": "gso2024-2"}], "effective_on": "2024-07-01", "doc_no": "1/NQ"});
    registry.say(&noon(182), "unit.succeeded", &succeeded);
    let model = folded(&[&registry]);
    assert_eq!(standings.follow(&model), Followed::Anew, "it ended");
    assert_eq!(standings.ranking(), rank(&model, &Rulebook::rb_cqtt_1(), &year()));
}
