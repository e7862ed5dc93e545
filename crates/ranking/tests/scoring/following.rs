//! The law of standings that follow: whatever is recorded and stated, in whatever order, and whenever somebody looks, they say
//! what standings made anew say.

use std::collections::BTreeSet;

use danvan_event::{Canon, EvaluatorKey, EventId, UnitId, Verdict, sign_evaluation};
use danvan_projection::{Applied, Evidence, Period, ReadModel};
use danvan_ranking::{CriterionRow, Explanation, Followed, Measure, Standings};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::frozen::Dice;
use crate::league::{Log, RULEBOOKS, noon};

/// Units with a log. Not all of them are registered from the beginning, and some never.
const UNITS: usize = 5;
const PERIODS: [&str; 2] = ["2024", "2024-Q3"];

/// What happens by chance, folded as it happens.
struct World {
    dice: Dice,
    /// The day of the year, as it goes on.
    day: i64,
    units: Vec<Log>,
    /// The ids of what each unit recorded, by its place.
    said: Vec<Vec<EventId>>,
    aggregator: Log,
    keys: [EvaluatorKey; 2],
    model: ReadModel,
}

impl World {
    fn new(seed: u64) -> World {
        let ids = (1..=UNITS).map(|number| format!("gso2024-{number}"));
        let mut world = World {
            dice: Dice(seed),
            day: 1,
            units: ids.map(|id| Log::new(&format!("/u/{id}"))).collect(),
            said: vec![Vec::new(); UNITS],
            aggregator: Log::new("/a/ngoc-lac"),
            keys: [3, 4].map(|seed| EvaluatorKey::from_seed([seed; 32])),
            model: ReadModel::default(),
        };
        for unit in [0, 1, 2] {
            world.register(unit);
        }
        world
    }

    fn chance(&mut self, end: usize) -> usize {
        usize::try_from(self.dice.below(i64::try_from(end).unwrap())).unwrap()
    }

    fn id(&self, unit: usize) -> UnitId {
        self.units[unit].source.unit().unwrap().clone()
    }

    /// One thing happens; whether it is a statement that can touch any unit.
    fn go_on(&mut self) -> bool {
        self.day = (self.day + self.dice.below(4)).min(360);
        if self.chance(5) == 0 {
            self.state_something()
        } else {
            let unit = self.chance(UNITS);
            self.record_something(unit);
            false
        }
    }

    fn record_something(&mut self, unit: usize) {
        match self.chance(12) {
            0..=2 => {
                let other = (unit + 1 + self.chance(UNITS - 1)) % UNITS;
                let sides = if self.chance(2) == 0 { [unit, other] } else { [other, unit] };
                let [source, target] = sides.map(|side| self.id(side));
                let practice = ["mot-cua-luu-dong", "ngay-khong-hen"][self.chance(2)];
                let data = json!({"practice": practice, "source_unit": source, "target_unit": target});
                self.record(unit, "model.replicated", None, &data);
            }
            3 | 4 => {
                if let Some(event) = self.earlier(unit) {
                    self.record(unit, "entry.revoked", None, &json!({"event": event, "reason": "wrong_content"}));
                }
            }
            5 => {
                let rating = 1 + self.chance(5);
                let answer =
                    json!({"channel": "qr", "rating": rating, "commitments": [{"code": "B1", "kept": rating > 2}]});
                self.record(unit, "survey.answered", None, &answer);
            }
            6 => self.record(unit, "feedback.received", None, &json!({"channel": "qr", "kind": "complaint"})),
            7 => {
                let subject = self.earlier(unit).map(|id| format!("feedback/{id}"));
                let response = json!({"outcome": "resolved", "reply": "Đã xem xét."});
                self.record(unit, "feedback.responded", subject.as_deref(), &response);
            }
            8 => {
                let points = 100 * self.chance(9);
                let panel = json!([{"post": "Thành viên", "points_centi": points}, {"post": "Thành viên", "points_centi": points}]);
                let items = json!([{"criterion": "CC", "points_centi": points}]);
                let board = json!({"period": "2024", "kind": "board", "panel": panel, "items": items});
                self.sign(unit, Verdict::Evaluation, "evaluation.conducted", board);
            }
            9 => {
                if let Some(evaluation) = self.earlier(unit) {
                    let appeal = json!({"evaluation": evaluation, "reason": "Sai sót."});
                    self.record(unit, "evaluation.appealed", None, &appeal);
                }
            }
            10 => {
                if let Some(appeal) = self.earlier(unit) {
                    let delta = self.dice.below(200) - 100;
                    let decided = json!({"appeal": appeal, "decision": "adjusted", "reason": "Đã xem lại.", "points_delta_centi": delta});
                    self.sign(unit, Verdict::AppealDecision, "evaluation.appeal_decided", decided);
                }
            }
            _ => {
                let item = json!({"item_code": format!("muc_{}", self.chance(6))});
                self.record(unit, "model.facility_invested", None, &item);
            }
        }
    }

    /// Whatever the unit recorded before, mostly not long ago. Much of what is then said about it breaks a rule.
    fn earlier(&mut self, unit: usize) -> Option<EventId> {
        let back = self.chance(4);
        self.said[unit].iter().rev().nth(back).copied()
    }

    fn record(&mut self, unit: usize, event_type: &str, subject: Option<&str>, data: &Value) {
        let (log, time) = (&mut self.units[unit], noon(self.day));
        let id = log.say_about(&time, event_type, subject, data);
        let at = log.entries.len() - 1;
        self.model.apply_entry(&log.source, Evidence::new(at as u64), &log.entries[at]);
        self.said[unit].push(id);
    }

    fn sign(&mut self, unit: usize, verdict: Verdict, event_type: &str, data: Value) {
        let mut data = Canon::try_from(data).unwrap();
        // The id is the one that the log will give: it counts its entries.
        let id = self.units[unit].clone().say(&noon(self.day), event_type, &Value::from(data.clone()));
        let key = self.chance(2);
        sign_evaluation(&self.keys[key], verdict, &self.id(unit), &id, &mut data);
        self.record(unit, event_type, None, &Value::from(data));
    }

    fn state_something(&mut self) -> bool {
        let unit = self.chance(UNITS - 1);
        match self.chance(9) {
            0 => self.register(unit),
            1 => {
                let vkey = self.keys[self.chance(2)].vkey().to_string();
                if self.chance(2) == 0 {
                    return self.state("evaluation.evaluator_listed", &json!({"vkey": vkey, "post": "Ban Dân vận"}));
                }
                let since = noon(self.day - i64::try_from(self.chance(20)).unwrap());
                let delisted = json!({"vkey": vkey, "since": since, "reason": "Mất khoá"});
                self.state("evaluation.evaluator_delisted", &delisted)
            }
            2 => {
                let (from, to) = (self.id(unit), self.id((unit + 1) % UNITS));
                let day = ["2024-07-01", "2025-01-01"][self.chance(2)];
                let data =
                    json!({"from_units": [from], "to_units": [{"unit": to}], "effective_on": day, "doc_no": "1/NQ"});
                self.state("unit.succeeded", &data)
            }
            3 => {
                let adopted =
                    json!({"rulebook": "rb", "rulebook_sha256": "1".repeat(64), "attachment_sha256": "2".repeat(64)});
                self.state("rulebook.adopted", &adopted);
                false
            }
            4 => {
                let period = PERIODS[self.chance(2)];
                let opened = json!({"period": period, "rulebook_sha256": "1".repeat(64)});
                self.state("ranking.period_opened", &opened);
                false
            }
            5 | 6 => {
                let flag =
                    json!({"origin": format!("demo/u/{}", self.id(unit)), "index": 4, "reason": "foreign_source"});
                self.state("entry.flagged", &flag);
                false
            }
            _ => {
                let origin = format!("demo/u/{}", self.id(unit));
                let held = json!({"origin": origin, "start": 0, "size": 3, "attachment_sha256": "0".repeat(64),
                    "root": "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="});
                self.state("checkpoint.cosigned", &held);
                false
            }
        }
    }

    fn register(&mut self, unit: usize) -> bool {
        let (name, cluster) = (["A", "B"][self.chance(2)], ["mien-nui", "dong-bang"][self.chance(2)]);
        let unit = json!({"unit": self.id(unit), "name": name, "kind": "xa", "parent_name": "Huyện Ngọc Lặc", "cluster": cluster});
        self.state("unit.registered", &unit)
    }

    /// Whether it counts.
    fn state(&mut self, event_type: &str, data: &Value) -> bool {
        self.aggregator.say(&noon(self.day), event_type, data);
        let at = self.aggregator.entries.len() - 1;
        let entry = &self.aggregator.entries[at];
        self.model.apply_entry(&self.aggregator.source, Evidence::new(at as u64), entry) == Applied::Counted
    }

    /// Whether standings of the model made anew say exactly this.
    fn compare(&self, followed: &Standings) -> Result<(), TestCaseError> {
        let anew = Standings::of(&self.model, followed.rulebook(), followed.period());
        prop_assert_eq!(followed.ranking(), anew.ranking());
        prop_assert_eq!(followed.ranking().to_bytes(), anew.ranking().to_bytes());
        for unit in 0..UNITS {
            let [told, expected] = [followed, &anew].map(|standings| standings.explain(&self.model, &self.id(unit)));
            prop_assert_eq!(&told, &expected);
            every_observation_shows_its_entry(told.as_ref())?;
        }
        Ok(())
    }
}

/// What a unit's cases count for and against it is as many entries on either side.
fn every_observation_shows_its_entry(told: Option<&Explanation>) -> Result<(), TestCaseError> {
    for criterion in told.into_iter().flat_map(|told| &told.components).flat_map(|component| &component.criteria) {
        let shown = (criterion.favourable.len() as u64, criterion.unfavourable.len() as u64);
        let CriterionRow { code, k, n, .. } = &criterion.row;
        match criterion.measure {
            Measure::AnsweredOnTime | Measure::ResolvedLasting | Measure::ResultsPublished => {
                prop_assert_eq!((Some(shown.0), shown.0 + shown.1), (*k, *n), "{}", code);
            }
            Measure::AnswerAge => prop_assert_eq!(shown.0 + shown.1, *n, "{}", code),
            _ => {}
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn following_at_any_moment_gives_what_standings_made_anew_give(seed: u64, steps in 10_usize..160, patience in 1_usize..8) {
        let mut world = World::new(seed);
        let periods = PERIODS.map(|period| period.parse::<Period>().unwrap());
        let all = RULEBOOKS.iter().flat_map(|rulebook| periods.iter().map(move |period| (rulebook, period)));
        let mut followed: Vec<Standings> =
            all.map(|(rulebook, period)| Standings::of(&world.model, rulebook, period)).collect();
        let mut stated = false;
        for _ in 0..steps {
            stated |= world.go_on();
            if world.chance(patience) > 0 {
                continue;
            }
            for standings in &mut followed {
                let became = standings.follow(&world.model);
                prop_assert_eq!(became == Followed::Anew, stated, "batches alone let nobody score all anew");
                world.compare(standings)?;
                prop_assert_eq!(standings.follow(&world.model), Followed::Same);
            }
            stated = false;
            if world.chance(4) == 0 {
                let unit = world.chance(UNITS);
                let aside = world.model.set_aside(&BTreeSet::from([world.id(unit)]));
                for standings in &mut followed {
                    standings.follow(&world.model);
                    world.compare(standings)?;
                }
                world.model.put_back(aside);
            }
        }
    }
}
