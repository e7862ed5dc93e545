//! A year of a busy commune as decoded entries, and the read model of all communes of the country after such a year.

use danvan_event::{Canon, Entry, EventId, OwnEvent, Source, Timestamp, UnitId, make_entry};
use danvan_projection::{Evidence, ReadModel};
use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha12Rng;
use serde_json::{Value, json};

/// Communes, wards and special zones since July 2025.
const UNITS: usize = 3_321;

/// 1 January 2024, midnight in Viet Nam.
const YEAR_START_MS: i64 = 1_704_042_000_000;
const DAY_MS: i64 = 86_400_000;
const DAYS: i64 = 366;
const COMMITMENTS: [&str; 12] = ["B1", "B2", "B3", "B4", "B5", "K1", "K2", "K3", "T1", "T2", "T3", "T4"];

/// What an entry is made of, before it has its place in the log.
struct Said {
    at: i64,
    id: EventId,
    event_type: &'static str,
    subject: String,
    data: Value,
}

struct Year {
    random: ChaCha12Rng,
    unit: String,
    said: Vec<Said>,
}

/// About 4,000 entries of one commune, 2,500 of them answers of surveys, recorded as they happened, the same for the same seed.
#[must_use]
pub fn year_of(unit: &UnitId, seed: u64) -> Vec<Entry> {
    let mut year = Year { random: ChaCha12Rng::seed_from_u64(seed), unit: unit.to_string(), said: Vec::new() };
    year.roll_out();
    (0..2_500).for_each(|_| year.survey());
    (0..320).for_each(|_| year.feedback());
    (0..120).for_each(|_| year.act("model.letter_sent", json!({"kind": "thank"})));
    (0..24).for_each(|_| year.act("model.outreach_conducted", json!({"channel": "meeting"})));
    (0..40).for_each(|number| {
        let data = json!({"catalog": "mau", "version": "1", "collective": false, "staff_key": format!("CB{number:03}"), "period": "2024"});
        year.act("pledge.signed", data);
    });
    year.said.sort_by_key(|said| said.at);
    let source: Source = Source::Unit(unit.clone());
    year.said.into_iter().filter_map(|said| entry(&source, &said)).collect()
}

impl Year {
    fn roll_out(&mut self) {
        let groups = json!([{"code": "biet", "label": "5 biết", "count": 5}]);
        let catalogue = json!({"catalog": "mau", "version": "1", "groups": groups});
        self.dated(0, "pledge.catalog_published", catalogue);
        self.dated(0, "unit.staff_declared", json!({"as_of": "2024-01-01", "headcount": 45}));
        for stage in [
            "coordination_plan_adopted",
            "leadership_resolution_adopted",
            "steering_board_established",
            "launch_conference_held",
        ] {
            let event_type: &'static str = match stage {
                "coordination_plan_adopted" => "model.coordination_plan_adopted",
                "leadership_resolution_adopted" => "model.leadership_resolution_adopted",
                "steering_board_established" => "model.steering_board_established",
                _ => "model.launch_conference_held",
            };
            let data = if stage == "coordination_plan_adopted" { json!({"parties": ["UBND xã"]}) } else { json!({}) };
            self.dated(20 * DAY_MS, event_type, data);
        }
        for month in 1..=11_i64 {
            let data = json!({"period": format!("2024-{month:02}"), "transactions": 1_400});
            self.dated(month * 31 * DAY_MS, "service.counted", data);
        }
        for quarter in 0..4_i64 {
            self.dated(
                (quarter * 90 + 40) * DAY_MS,
                "model.dialogue_held",
                json!({"date": "2024-03-01", "attendees": 80}),
            );
            self.dated(
                (quarter * 90 + 50) * DAY_MS,
                "model.facility_invested",
                json!({"item_code": format!("muc_{quarter}")}),
            );
        }
    }

    fn survey(&mut self) {
        let visit: u64 = self.random.random();
        let rating = if self.random.random_bool(0.9) { 5 } else { self.random.random_range(1..=3_u32) };
        let rated: Vec<Value> = (0..4)
            .map(|_| {
                let code = COMMITMENTS[self.random.random_range(0..COMMITMENTS.len())];
                json!({"code": code, "kept": self.random.random_bool(0.93)})
            })
            .collect();
        let channel = ["kiosk", "kiosk", "qr", "zalo", "paper", "phone"][self.random.random_range(0..6_usize)];
        let assisted = self.random.random_bool(0.1);
        let data = json!({
            "channel": channel, "rating": rating, "commitments": rated, "visit_token": format!("{visit:016x}"),
            "assisted": assisted,
        });
        let at = self.random.random_range(0..DAYS * DAY_MS);
        self.own(at, "survey.answered", "survey", data);
    }

    /// A case from its receipt to the publication of its result.
    fn feedback(&mut self) {
        let at = self.random.random_range(0..(DAYS - 40) * DAY_MS);
        // Three of five by the citizens themselves.
        let channel = ["kiosk", "qr", "zalo", "box", "hotline"][self.random.random_range(0..5_usize)];
        let subject = self.own(at, "feedback.received", "feedback", json!({"channel": channel, "kind": "complaint"}));
        let answered = at + self.random.random_range(DAY_MS..18 * DAY_MS);
        if self.random.random_bool(0.7) {
            self.step(at + DAY_MS / 2, "feedback.assigned", &subject, json!({"post": "Công chức tư pháp"}));
        }
        let response = json!({"outcome": "resolved", "reply": "Đã xử lý."});
        self.step(answered, "feedback.responded", &subject, response.clone());
        if self.random.random_bool(0.05) {
            self.step(answered + DAY_MS, "feedback.reopened", &subject, json!({}));
            self.step(answered + 3 * DAY_MS, "feedback.responded", &subject, response);
        }
        if self.random.random_bool(0.4) {
            self.step(answered + 4 * DAY_MS, "feedback.confirmed", &subject, json!({"satisfied": true}));
        }
        if self.random.random_bool(0.8) {
            self.step(answered + 5 * DAY_MS, "feedback.result_published", &subject, json!({}));
        }
    }

    fn act(&mut self, event_type: &'static str, data: Value) {
        let at = self.random.random_range(DAY_MS..DAYS * DAY_MS);
        self.dated(at, event_type, data);
    }

    fn dated(&mut self, at: i64, event_type: &'static str, data: Value) {
        let subject = format!("unit/{}", self.unit);
        self.step(at, event_type, &subject, data);
    }

    fn own(&mut self, at: i64, event_type: &'static str, word: &str, data: Value) -> String {
        let id = self.id(at);
        let subject = format!("{word}/{id}");
        self.said.push(Said { at, id, event_type, subject: subject.clone(), data });
        subject
    }

    fn step(&mut self, at: i64, event_type: &'static str, subject: &str, data: Value) {
        let id = self.id(at);
        self.said.push(Said { at, id, event_type, subject: subject.to_owned(), data });
    }

    fn id(&mut self, at: i64) -> EventId {
        EventId::from_parts(u64::try_from(YEAR_START_MS + at).unwrap_or(0), self.random.random())
    }
}

fn entry(source: &Source, said: &Said) -> Option<Entry> {
    let at = Timestamp::from_millis(YEAR_START_MS + said.at).ok()?;
    let own = OwnEvent {
        id: said.id,
        event_type: &format!("vn.danvan.{}.v1", said.event_type).parse().ok()?,
        source,
        subject: &said.subject,
        time: at,
        recordedtime: at,
        synthetic: true,
        data: Canon::try_from(&said.data).ok()?,
    };
    make_entry(own).ok()
}

/// The read model of the whole country: every unit registered, with a year of one of a few communes behind it.
#[derive(Debug)]
pub struct Country {
    /// The read model.
    pub model: ReadModel,
    /// The units, in order of their ids.
    pub units: Vec<UnitId>,
}

impl Country {
    /// Gives every unit what is known of one of the `folded` units in turn, and registers them in `clusters` clusters.
    #[must_use]
    pub fn of(folded: &ReadModel, clusters: usize) -> Option<Country> {
        let mut model = ReadModel::default();
        let aggregator: Source = "/a/viet-nam".parse().ok()?;
        let mut units = Vec::new();
        for (place, (_, known)) in (0..UNITS).zip(folded.units().collect::<Vec<_>>().into_iter().cycle()) {
            let unit: UnitId = format!("nso2025-{:05}", place + 1).parse().ok()?;
            let data = json!({
                "unit": unit.as_str(), "name": format!("Xã {place}"), "kind": "xa", "parent_name": "Tỉnh",
                "cluster": format!("cum-{}", place % clusters),
            });
            let millis = u64::try_from(place).ok()?;
            let id = EventId::from_parts(millis, [7; 10]);
            let said = Said { at: 0, id, event_type: "unit.registered", subject: format!("unit/{unit}"), data };
            model.apply_entry(&aggregator, Evidence::new(millis), &entry(&aggregator, &said)?);
            model.adopt(&unit, known.clone());
            units.push(unit);
        }
        Some(Country { model, units })
    }
}
