//! The course of a period: what an aggregator may say next, and what is flagged when it says it all the same.

use danvan_event::{Canon, OperatorKey, RankingDraft, approval_statement};
use danvan_projection::{Applied, FlagReason, PeriodState, Reach, Rule, RulebookFixed};
use serde_json::{Value, json};

use crate::log::{Log, Saying, UNIT};

const ORIGIN: &str = "demo/a/ngoc-lac";
const BEFORE: &str = "2024-02-01T08:00:00+07:00";
const AFTER: &str = "2024-04-02T08:00:00+07:00";
const POSTS: [&str; 3] = ["Trưởng Ban Dân vận", "Chánh Văn phòng", "Phó Chủ tịch"];

/// An aggregator that adopted a rulebook, registered two units and listed three operators.
struct Aggregator {
    log: Log,
    keys: [OperatorKey; 3],
}

impl Aggregator {
    fn new() -> Self {
        let mut log = Log::new("/a/ngoc-lac");
        let opened = json!({"origin": ORIGIN, "vkey": format!("{ORIGIN}+1a2b3c4d+ATEST"), "clock": "system"});
        log.given(&Saying::new(BEFORE, "node.opened", opened));
        let adopted = json!({"rulebook": "rb", "rulebook_sha256": "1".repeat(64), "attachment_sha256": "2".repeat(64)});
        log.given(&Saying::new(BEFORE, "rulebook.adopted", adopted));
        for code in ["gso2024-15097", "gso2024-15100"] {
            let unit = json!({"unit": code, "name": "Xã", "kind": "xa", "parent_name": "Ngọc Lặc", "cluster": "a"});
            log.given(&Saying::new(BEFORE, "unit.registered", unit));
        }
        let keys = [1, 2, 3].map(|seed| OperatorKey::from_seed([seed; 32]));
        for (key, post) in keys.iter().zip(POSTS) {
            let listed = json!({"vkey": key.vkey().to_string(), "post": post});
            log.given(&Saying::new(BEFORE, "ranking.operator_listed", listed));
        }
        Self { log, keys }
    }

    fn opened() -> Self {
        let mut aggregator = Self::new();
        aggregator.given("ranking.period_opened", opening("2024-Q1", "1"));
        aggregator
    }

    /// Closed at the present size, with a draft of the given output, and approved by two.
    fn approved() -> (Self, Value, Vec<u64>) {
        let mut aggregator = Self::opened();
        let closing = aggregator.closing("a", json!({}));
        aggregator.given("ranking.period_closed", closing.clone());
        let approvals = vec![aggregator.approve(0, &closing), aggregator.approve(1, &closing)];
        (aggregator, closing, approvals)
    }

    fn published() -> (Self, Value) {
        let (mut aggregator, closing, approvals) = Self::approved();
        let published = publication(&closing, &approvals);
        aggregator.given("ranking.published", published.clone());
        (aggregator, published)
    }

    fn say(&mut self, event_type: &str, data: Value) -> Applied {
        self.say_at(AFTER, event_type, data)
    }

    fn say_at(&mut self, time: &str, event_type: &str, data: Value) -> Applied {
        self.log.say(&Saying::new(time, event_type, data)).0
    }

    /// Says something that must count; its index.
    fn given(&mut self, event_type: &str, data: Value) -> u64 {
        assert_eq!(self.say(event_type, data), Applied::Counted, "{event_type}");
        self.log.next - 1
    }

    fn refused(&mut self, event_type: &str, data: Value, reason: impl Into<FlagReason>) {
        assert_eq!(self.say(event_type, data), Applied::Flagged(reason.into()), "{event_type}");
    }

    /// A closing at the present size; members of `more` replace or join it, and then its draft is made.
    fn closing(&self, output: &str, more: Value) -> Value {
        let mut closing = json!({
            "period": "2024-Q1", "cut": self.log.next, "rulebook_sha256": "1".repeat(64),
            "documents": {
                "inputs_count": 2, "inputs_sha256": "3".repeat(64), "engine": "e/1",
                "output_sha256": output.repeat(64), "attachment_sha256": "4".repeat(64),
            },
        });
        let Value::Object(more) = more else { panic!("members") };
        for (name, member) in more {
            closing[name.as_str()] = member;
        }
        with_draft(closing)
    }

    fn approval(&self, key: usize, closing: &Value) -> Value {
        let (period, draft) = (text(closing, "period"), text(closing, "draft_sha256"));
        let key = &self.keys[key];
        let sig = key.sign(&approval_statement(ORIGIN, &period, &draft));
        json!({"period": period, "draft_sha256": draft, "vkey": key.vkey().to_string(), "sig": sig})
    }

    fn approve(&mut self, key: usize, closing: &Value) -> u64 {
        let approval = self.approval(key, closing);
        self.given("ranking.approved", approval)
    }

    fn state(&self) -> PeriodState {
        let registry = self.log.model.registry();
        registry.periods()[&"2024-Q1".parse().unwrap()].state(registry.now())
    }
}

fn text(value: &Value, name: &str) -> String {
    value[name].as_str().unwrap_or_default().to_owned()
}

fn opening(period: &str, digit: &str) -> Value {
    json!({"period": period, "rulebook_sha256": digit.repeat(64)})
}

fn with_draft(mut closing: Value) -> Value {
    let draft = RankingDraft::of_closing(ORIGIN, &Canon::try_from(&closing).unwrap().decode().unwrap()).unwrap();
    closing["draft_sha256"] = json!(draft.sha256().unwrap());
    closing
}

fn publication(closing: &Value, approvals: &[u64]) -> Value {
    let mut published = closing["documents"].clone();
    for name in ["period", "cut", "rulebook_sha256", "excluded", "supersedes", "reason", "draft_sha256"] {
        if let Some(member) = closing.get(name) {
            published[name] = member.clone();
        }
    }
    published["approvals"] = json!(approvals);
    published
}

#[test]
fn a_period_goes_from_open_to_published_and_amended() {
    let mut aggregator = Aggregator::new();
    assert_eq!(aggregator.say_at(BEFORE, "ranking.period_opened", opening("2024-Q1", "1")), Applied::Counted);
    assert_eq!(aggregator.state(), PeriodState::Open);
    aggregator.given("entry.flagged", json!({"origin": "demo/u/a", "index": 1, "reason": "foreign_source"}));
    assert_eq!(aggregator.state(), PeriodState::Provisional);
    let closing = aggregator.closing("a", json!({}));
    aggregator.given("ranking.period_closed", closing.clone());
    assert_eq!(aggregator.state(), PeriodState::Closing);
    let approvals = [aggregator.approve(0, &closing), aggregator.approve(1, &closing)];
    assert_eq!(aggregator.state(), PeriodState::Approved);
    let first = aggregator.given("ranking.published", publication(&closing, &approvals));
    assert_eq!(aggregator.state(), PeriodState::Published);
    let amends = json!({"supersedes": {"index": first}, "reason": "Dữ liệu đến sau"});
    let closing = aggregator.closing("b", amends);
    aggregator.given("ranking.period_closed", closing.clone());
    assert_eq!(aggregator.state(), PeriodState::Closing);
    let approvals = [aggregator.approve(1, &closing), aggregator.approve(2, &closing)];
    aggregator.given("ranking.published", publication(&closing, &approvals));
    assert_eq!(aggregator.state(), PeriodState::Amended);
    assert_eq!(aggregator.log.model.registry().publications().len(), 2);
}

#[test]
fn a_period_is_opened_once_and_under_a_rulebook_that_was_adopted() {
    let mut aggregator = Aggregator::opened();
    aggregator.refused("ranking.period_opened", opening("2024-Q1", "1"), Rule::PeriodOpenedTwice);
    aggregator.refused("ranking.period_opened", opening("2024-Q2", "9"), Rule::RulebookNotAdopted);
    aggregator.refused("ranking.period_opened", opening("2000", "1"), Rule::PeriodShape);
}

#[test]
fn only_an_open_period_that_is_over_is_closed() {
    let mut aggregator = Aggregator::new();
    let closing = aggregator.closing("a", json!({}));
    aggregator.refused("ranking.period_closed", closing, Rule::PeriodNotOpen);
    aggregator.given("ranking.period_opened", opening("2024-Q1", "1"));
    let closing = aggregator.closing("a", json!({}));
    let early =
        Saying { recorded: Some("2024-03-31T16:59:59Z"), ..Saying::new(BEFORE, "ranking.period_closed", closing) };
    assert_eq!(aggregator.log.say(&early).0, Applied::Flagged(Rule::PeriodNotOver.into()));
    let other = aggregator.closing("a", json!({"rulebook_sha256": "5".repeat(64)}));
    aggregator.refused("ranking.period_closed", other, Rule::RulebookNotAdopted);
}

#[test]
fn a_closing_says_who_is_missing_and_why() {
    let mut aggregator = Aggregator::opened();
    let excluded = |unit: &str, reason: &str| json!({"excluded": [{"unit": unit, "reason": reason}]});
    for (unit, reason) in [("gso2024-15061", "hỏng"), ("gso2024-15097", "  ")] {
        let closing = aggregator.closing("a", excluded(unit, reason));
        aggregator.refused("ranking.period_closed", closing, Rule::ExclusionUnfounded);
    }
    let twice =
        json!({"excluded": [{"unit": "gso2024-15097", "reason": "a"}, {"unit": "gso2024-15097", "reason": "b"}]});
    let closing = aggregator.closing("a", twice);
    aggregator.refused("ranking.period_closed", closing, Rule::ExclusionUnfounded);
    let closing = aggregator.closing("a", json!({"waiting": ["gso2024-15097"]}));
    aggregator.refused("ranking.period_closed", closing, Rule::NotTheDraft);
    let closing = aggregator.closing("a", excluded("gso2024-15097", "Trạm hỏng"));
    aggregator.given("ranking.period_closed", closing);
}

#[test]
fn nothing_is_approved_or_published_while_units_are_waited_for() {
    let (mut aggregator, closing, approvals) = Aggregator::approved();
    let waiting = json!({"period": "2024-Q1", "cut": aggregator.log.next, "rulebook_sha256": "1".repeat(64), "waiting": ["gso2024-15097"]});
    aggregator.given("ranking.period_closed", waiting);
    let approval = aggregator.approval(2, &closing);
    aggregator.refused("ranking.approved", approval, Rule::PeriodWaiting);
    aggregator.refused("ranking.published", publication(&closing, &approvals), Rule::PeriodWaiting);
}

#[test]
fn a_draft_is_approved_by_listed_keys_of_different_posts() {
    let mut aggregator = Aggregator::opened();
    let closing = aggregator.closing("a", json!({}));
    let early = aggregator.approval(0, &closing);
    aggregator.refused("ranking.approved", early, Rule::NotTheDraft);
    let closing = aggregator.closing("a", json!({}));
    aggregator.given("ranking.period_closed", closing.clone());
    aggregator.approve(0, &closing);
    let again = aggregator.approval(0, &closing);
    aggregator.refused("ranking.approved", again, Rule::ApprovedTwice);
    let stranger = OperatorKey::from_seed([8; 32]);
    let mut foreign = aggregator.approval(1, &closing);
    foreign["vkey"] = json!(stranger.vkey().to_string());
    aggregator.refused("ranking.approved", foreign.clone(), Rule::UnknownOperator);
    foreign["vkey"] = json!(aggregator.keys[2].vkey().to_string());
    aggregator.refused("ranking.approved", foreign, FlagReason::BadSignature);
    let second = json!({"vkey": stranger.vkey().to_string(), "post": "trưởng  ban dân VẬN"});
    aggregator.given("ranking.operator_listed", second);
    aggregator.keys[2] = stranger;
    let same_post = aggregator.approval(2, &closing);
    aggregator.refused("ranking.approved", same_post, Rule::ApprovedByPost);
    aggregator.approve(1, &closing);
}

#[test]
fn an_operator_who_left_approves_nothing_more_and_what_was_approved_stays() {
    let mut aggregator = Aggregator::opened();
    let closing = aggregator.closing("a", json!({}));
    aggregator.given("ranking.period_closed", closing.clone());
    let approvals = vec![aggregator.approve(0, &closing), aggregator.approve(1, &closing)];
    let keys = aggregator.keys.each_ref().map(|key| key.vkey().to_string());
    let delisting = |key: &str| json!({"vkey": key, "reason": "Nghỉ hưu"});
    for key in &keys[1..] {
        aggregator.given("ranking.operator_delisted", delisting(key));
    }
    let after = aggregator.approval(2, &closing);
    aggregator.refused("ranking.approved", after, Rule::UnknownOperator);
    aggregator.refused("ranking.operator_delisted", delisting(&keys[2]), Rule::UnknownOperator);
    let stranger = OperatorKey::from_seed([8; 32]).vkey().to_string();
    aggregator.refused("ranking.operator_delisted", delisting(&stranger), Rule::UnknownOperator);
    aggregator.given("ranking.published", publication(&closing, &approvals));
    let registry = aggregator.log.model.registry();
    let former: Vec<_> = registry.former_operators().iter().map(|former| former.listed.fact.post.as_str()).collect();
    assert_eq!((registry.operators().len(), former), (1, POSTS[1..].to_vec()));
    let listed = json!({"vkey": keys[2], "post": POSTS[2]});
    aggregator.given("ranking.operator_listed", listed);
    assert!(aggregator.log.model.registry().operators().contains_key(&keys[2]), "a key can come back");
}

#[test]
fn an_approval_of_an_earlier_draft_approves_no_later_one() {
    let (mut aggregator, first, approvals) = Aggregator::approved();
    let second = aggregator.closing("b", json!({}));
    aggregator.given("ranking.period_closed", second.clone());
    let old = aggregator.approval(2, &first);
    aggregator.refused("ranking.approved", old, Rule::NotTheDraft);
    aggregator.refused("ranking.published", publication(&first, &approvals), Rule::NotTheDraft);
    aggregator.refused("ranking.published", publication(&second, &approvals), Rule::ApprovalsMissing);
}

#[test]
fn a_publication_needs_two_different_approvals_of_its_draft() {
    let (mut aggregator, closing, approvals) = Aggregator::approved();
    for named in [vec![approvals[0], 3], vec![0, 1]] {
        aggregator.refused("ranking.published", publication(&closing, &named), Rule::ApprovalsMissing);
    }
    for (name, value) in [("output_sha256", json!("b".repeat(64))), ("cut", json!(1)), ("inputs_count", json!(9))] {
        let mut tampered = publication(&closing, &approvals);
        tampered[name] = value;
        aggregator.refused("ranking.published", tampered, Rule::NotTheDraft);
    }
    aggregator.given("ranking.published", publication(&closing, &approvals));
}

#[test]
fn a_period_is_not_published_twice_or_backwards() {
    let (mut aggregator, first) = Aggregator::published();
    let at = aggregator.log.next - 1;
    aggregator.refused("ranking.published", first.clone(), Rule::PublishedTwice);
    let mut earlier = first;
    earlier["draft_sha256"] = json!("d".repeat(64));
    aggregator.refused("ranking.published", earlier, Rule::CutBackwards);
    let amends = json!({"supersedes": {"index": at}, "reason": "Không có gì mới"});
    let same = aggregator.closing("a", amends.clone());
    aggregator.refused("ranking.period_closed", same, Rule::PublishedTwice);
    let mut back = amends;
    for cut in [0, aggregator.log.next + 9] {
        back["cut"] = json!(cut);
        let closing = aggregator.closing("b", back.clone());
        aggregator.refused("ranking.period_closed", closing, Rule::CutBackwards);
    }
}

#[test]
fn an_amendment_names_what_it_amends_and_why() {
    let (mut aggregator, _) = Aggregator::published();
    let at = aggregator.log.next - 1;
    for more in [
        json!({}),
        json!({"supersedes": {"index": at}}),
        json!({"reason": "Dữ liệu đến sau"}),
        json!({"supersedes": {"index": at - 1}, "reason": "Dữ liệu đến sau"}),
    ] {
        let closing = aggregator.closing("b", more);
        aggregator.refused("ranking.period_closed", closing, Rule::AmendmentUnfounded);
    }
}

#[test]
fn a_draft_whose_digest_is_not_that_of_its_contents_is_none() {
    let mut aggregator = Aggregator::opened();
    let mut closing = aggregator.closing("a", json!({}));
    closing["documents"]["output_sha256"] = json!("b".repeat(64));
    aggregator.refused("ranking.period_closed", closing, Rule::NotTheDraft);
}

/// The node of a unit is enrolled; nothing of its log has come.
fn enrolment(unit: &str) -> Value {
    json!({"unit": unit, "origin": format!("demo/u/{unit}"), "vkey": format!("demo/u/{unit}+1a2b3c4d+ATEST")})
}

fn receipt(unit: &str, size: u64) -> Value {
    let root = "A".repeat(43) + "=";
    json!({
        "origin": format!("demo/u/{unit}"), "start": 0, "size": size, "root": root,
        "attachment_sha256": "6".repeat(64),
    })
}

#[test]
fn a_log_covers_a_period_once_something_was_recorded_and_received_after_it() {
    let mut log = Log::new(UNIT);
    let (period, unit) = ("2024-Q1".parse().unwrap(), "gso2024-15100".parse().unwrap());
    let answer = |time: &'static str| Saying::new(time, "survey.answered", json!({"channel": "kiosk", "rating": 5}));
    let mut aggregator = Aggregator::new().log;
    let mut hear = |log: &mut Log, time: &'static str, at: &'static str| {
        log.given(&answer(time));
        aggregator.model.adopt(&unit, log.model.unit(&unit).unwrap().clone());
        aggregator.given(&Saying::new(at, "node.enrolled", enrolment("gso2024-15100")));
        aggregator.given(&Saying::new(at, "checkpoint.cosigned", receipt("gso2024-15100", log.next)));
        aggregator.model.coverage(&period).iter().map(|unit| unit.reach).collect::<Vec<_>>()
    };
    assert_eq!(hear(&mut log, "2024-03-30T23:59:59+07:00", "2024-04-01T01:00:00+07:00"), [Reach::Absent, Reach::Late]);
    let covered = hear(&mut log, "2024-04-01T00:00:00+07:00", "2024-04-01T01:00:00+07:00");
    assert_eq!(covered, [Reach::Absent, Reach::Covered]);
    let before = aggregator.model.clone();
    let aside = aggregator.model.set_aside(&["gso2024-15100".parse().unwrap()].into());
    let reach: Vec<_> = aggregator.model.coverage(&period).iter().map(|unit| (unit.reach, unit.size)).collect();
    assert_eq!(reach, [(Reach::Absent, 0), (Reach::Late, 0)], "what is set aside counts as not come");
    aggregator.model.put_back(aside);
    assert_eq!(aggregator.model, before);
}

#[test]
fn a_clock_that_runs_years_ahead_covers_no_period_that_is_not_over_where_its_entries_are_received() {
    let mut log = Log::new(UNIT);
    let unit = "gso2024-15100".parse().unwrap();
    log.given(&Saying::new("2030-01-01T08:00:00+07:00", "survey.answered", json!({"channel": "kiosk", "rating": 5})));
    let mut aggregator = Aggregator::new().log;
    aggregator.model.adopt(&unit, log.model.unit(&unit).unwrap().clone());
    aggregator.given(&Saying::new(BEFORE, "node.enrolled", enrolment("gso2024-15100")));
    let mut reach = |at: &'static str| {
        aggregator.given(&Saying::new(at, "checkpoint.cosigned", receipt("gso2024-15100", 1)));
        aggregator.model.coverage(&"2024-Q1".parse().unwrap())[1].reach
    };
    assert_eq!(reach("2024-03-01T08:00:00+07:00"), Reach::Late);
    assert_eq!(reach("2024-04-01T08:00:00+07:00"), Reach::Covered);
}

#[test]
fn a_unit_whose_node_is_enrolled_and_sent_nothing_is_waited_for_or_left_out_with_a_reason() {
    let mut aggregator = Aggregator::opened();
    aggregator.given("node.enrolled", enrolment("gso2024-15100"));
    let silent = aggregator.closing("a", json!({}));
    aggregator.refused("ranking.period_closed", silent, Rule::PeriodIncomplete);
    let left_out = json!({"excluded": [{"unit": "gso2024-15100", "reason": "Trạm chưa lắp"}]});
    let closing = aggregator.closing("a", left_out);
    aggregator.given("ranking.period_closed", closing);
    let waiting = json!({
        "period": "2024-Q1", "cut": aggregator.log.next, "rulebook_sha256": "1".repeat(64), "waiting": ["gso2024-15100"],
    });
    aggregator.given("ranking.period_closed", waiting);
    aggregator.given("checkpoint.cosigned", receipt("gso2024-15100", 1));
    let closing = aggregator.closing("b", json!({}));
    aggregator.given("ranking.period_closed", closing);
}

#[test]
fn a_node_that_was_enrolled_after_the_cut_or_whose_unit_was_not_there_is_not_waited_for() {
    let mut aggregator = Aggregator::opened();
    let closing = aggregator.closing("a", json!({}));
    aggregator.given("node.enrolled", enrolment("gso2024-15100"));
    aggregator.given("ranking.period_closed", closing);
    let succession = json!({
        "from_units": ["gso2024-15100"], "to_units": [{"unit": "gso2024-15097"}],
        "effective_on": "2023-07-01", "doc_no": "12/NQ",
    });
    let stated = aggregator.say("unit.succeeded", succession);
    assert_eq!(stated, Applied::Counted);
    let closing = aggregator.closing("b", json!({}));
    aggregator.given("ranking.period_closed", closing);
}

#[test]
fn it_is_known_whether_the_rulebook_was_fixed_before_the_period_began() {
    for (at, fixed) in [
        ("2024-01-01T00:00:00+07:00", RulebookFixed::Before),
        ("2024-01-01T00:00:01+07:00", RulebookFixed::During),
        ("2024-03-31T23:59:59+07:00", RulebookFixed::During),
        ("2024-04-01T00:00:00+07:00", RulebookFixed::After),
    ] {
        let mut log = Log::new("/a/ngoc-lac");
        let adopted = json!({"rulebook": "rb", "rulebook_sha256": "1".repeat(64), "attachment_sha256": "2".repeat(64)});
        log.given(&Saying::new("2023-12-01T08:00:00+07:00", "rulebook.adopted", adopted));
        log.given(&Saying::new(at, "ranking.period_opened", opening("2024-Q1", "1")));
        let course = &log.model.registry().periods()[&"2024-Q1".parse().unwrap()];
        assert_eq!(course.rulebook_fixed(), fixed, "{at}");
    }
}
