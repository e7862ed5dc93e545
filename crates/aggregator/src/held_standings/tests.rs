//! What is held says what a ranking made anew says, and is not trusted after a death.

use danvan_ranking::{explain, rank};

use super::*;
use crate::standing::stand;
use crate::trial::{TestNode, Trial};

/// Two nodes with a history.
fn grown() -> (Trial, [TestNode; 2]) {
    let trial = Trial::new();
    let mut nodes = [15097, 15100].map(|code| trial.enrol(code));
    for node in &mut nodes {
        node.answers(20);
    }
    trial.receive(nodes.iter().map(TestNode::whole).collect());
    (trial, nodes)
}

fn year() -> Period {
    "2024".parse().expect("a period")
}

/// How often all units were scored anew, and how often that was not needed.
fn looks(trial: &Trial) -> (u64, u64) {
    let metrics = &trial.mirror().metrics;
    (metrics.standings("anew"), metrics.standings("followed"))
}

fn look(trial: &Trial, period: &str) {
    let rulebook = Rulebook::rb_cqtt_1();
    trial.mirror().look(&rulebook, &period.parse().expect("a period"), |_, _| ());
}

/// Whether everybody is shown what the read model gives when all is scored anew.
fn check(trial: &Trial) {
    let (mirror, period) = (trial.mirror(), year());
    let rulebook = mirror.rules_of(&period).expect("a rulebook");
    let shown = stand(mirror, &period, 0).expect("a standing").ranking;
    let anew = rank(&mirror.reading.model(), &rulebook, &period);
    assert_eq!(shown, anew);
    for row in &anew.rows {
        let (explanation, model) = mirror.explain(&rulebook, &period, &row.unit).expect("a registered unit");
        assert_eq!(Some(explanation), explain(&model, &rulebook, &period, &row.unit));
    }
}

#[test]
fn batches_and_flags_are_followed_and_only_what_touches_every_unit_lets_all_be_scored_anew() {
    let (trial, [mut node, _]) = grown();
    check(&trial);
    assert_eq!(looks(&trial), (1, 2), "a ranking and two explanations");
    node.answer(1);
    // A response to a case that nobody knows does not count, which the own log states.
    let response = serde_json::json!({"outcome": "resolved", "reply": "Đã xử lý."});
    node.say("feedback.responded.v1", &format!("feedback/{}", node.next_id()), true, response);
    let flagged = trial.mirror().metrics.flagged.get();
    trial.receive(vec![node.message(21, 23)]);
    assert_eq!(trial.mirror().metrics.flagged.get(), flagged + 1);
    check(&trial);
    assert_eq!(looks(&trial), (1, 5));
    trial.enrol(15103);
    trial.settle();
    check(&trial);
    assert_eq!(looks(&trial), (2, 8), "there is one unit more");
}

#[test]
fn units_that_were_set_aside_for_a_draft_are_there_again() {
    let (trial, [node, _]) = grown();
    check(&trial);
    let mirror = trial.mirror();
    let without = |model: &ReadModel| rank(model, &Rulebook::rb_cqtt_1(), &year());
    let lessened = mirror.reading.without(&[node.unit.clone()].into(), without);
    assert_ne!(lessened, rank(&mirror.reading.model(), &Rulebook::rb_cqtt_1(), &year()));
    check(&trial);
    assert_eq!(looks(&trial).0, 1);
}

#[test]
fn standings_that_somebody_died_over_are_made_anew() {
    let (trial, _) = grown();
    check(&trial);
    let (mirror, period) = (trial.mirror(), year());
    let rulebook = mirror.rules_of(&period).expect("a rulebook");
    std::thread::scope(|scope| {
        let dying = scope.spawn(|| mirror.look(&rulebook, &period, |_, _| panic!("a mistake of a page")));
        dying.join().expect_err("it dies");
    });
    let anew = looks(&trial).0;
    check(&trial);
    assert_eq!(looks(&trial).0, anew + 1, "once, and then they are held again");
    check(&trial);
    assert_eq!(looks(&trial).0, anew + 1);
}

#[test]
fn the_periods_that_were_asked_for_last_are_held_and_no_more() {
    let (trial, _) = grown();
    for period in ["2024", "2024-Q1", "2024-Q2", "2024"] {
        look(&trial, period);
    }
    assert_eq!(looks(&trial), (3, 1));
    look(&trial, "2024-Q3");
    assert_eq!(trial.mirror().standings.places.lock().expect("nobody died").len(), HELD);
    look(&trial, "2024");
    assert_eq!(looks(&trial), (4, 2), "the one that is asked for often stays");
    look(&trial, "2024-Q1");
    assert_eq!(looks(&trial), (5, 2), "and the oldest one made room");
}

#[test]
fn a_period_is_judged_by_the_rulebook_that_it_is_asked_by() {
    let (trial, _) = grown();
    for rulebook in [Rulebook::rb_cqtt_1(), Rulebook::rb_cqtt_0(), Rulebook::rb_cqtt_1()] {
        let shown = trial.mirror().look(&rulebook, &year(), |standings, _| standings.ranking());
        assert_eq!(shown, rank(&trial.mirror().reading.model(), &rulebook, &year()));
    }
    assert_eq!(looks(&trial), (3, 0));
}
