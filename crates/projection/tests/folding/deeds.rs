//! Logs told by a generator: what offices do, and what they may not do.

use danvan_event::Source;
use proptest::prelude::*;
use serde_json::json;

use crate::log::{Log, Saying};

/// What one step of one log says. Many of these break a rule, depending on what went before.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Deed {
    Answer { rating: u8, token: u8 },
    Receive,
    Respond { which: u8 },
    Reopen { which: u8, days: u8 },
    Pledge,
    Catalogue,
    Garbage,
    Foreign,
    ClockBack,
}

pub(crate) fn deed() -> impl Strategy<Value = Deed> {
    prop_oneof![
        3 => (1_u8..=5, any::<u8>()).prop_map(|(rating, token)| Deed::Answer { rating, token: token % 6 }),
        3 => Just(Deed::Receive),
        3 => (0_u8..5).prop_map(|which| Deed::Respond { which }),
        1 => (0_u8..5, 0_u8..30).prop_map(|(which, days)| Deed::Reopen { which, days }),
        1 => Just(Deed::Pledge),
        1 => Just(Deed::Catalogue),
        1 => Just(Deed::Garbage),
        1 => Just(Deed::Foreign),
        1 => Just(Deed::ClockBack),
    ]
}

/// The bytes of a log in which the deeds follow each other, one a day.
fn bytes_of(source: &str, deeds: &[Deed]) -> Vec<Vec<u8>> {
    let mut log = Log::new(source);
    let mut cases = Vec::new();
    let unknown = "feedback/018e1cfa-1b40-7abc-8def-0123456789ab".to_owned();
    let mut all = Vec::new();
    for (number, deed) in deeds.iter().enumerate() {
        let day = |later: u8| {
            format!("2024-{:02}-{:02}T08:00:00+07:00", 1 + number / 28 + usize::from(later) / 28, 1 + number % 28)
        };
        let time = day(0);
        let case = |which: u8| cases.get(usize::from(which)).unwrap_or(&unknown).clone();
        let (subject, event_type, data) = match *deed {
            Deed::Answer { rating, token } => {
                let token = format!("visit-000{token}");
                (None, "survey.answered", json!({"channel": "kiosk", "rating": rating, "visit_token": token}))
            }
            Deed::Receive | Deed::Garbage | Deed::Foreign | Deed::ClockBack => {
                (None, "feedback.received", json!({"channel": "box", "kind": "complaint"}))
            }
            Deed::Respond { which } => {
                (Some(case(which)), "feedback.responded", json!({"outcome": "resolved", "reply": "Đã xử lý."}))
            }
            Deed::Reopen { which, .. } => (Some(case(which)), "feedback.reopened", json!({})),
            Deed::Pledge => (None, "pledge.signed", json!({"catalog": "mau", "collective": true, "period": "2024"})),
            Deed::Catalogue => {
                let groups = json!([{"code": "biet", "label": "5 biết", "count": 5}]);
                (None, "pledge.catalog_published", json!({"catalog": "mau", "version": "1", "groups": groups}))
            }
        };
        let time = if let Deed::Reopen { days, .. } = *deed { day(days) } else { time };
        let saying = Saying {
            subject: subject.as_deref(),
            source: matches!(deed, Deed::Foreign).then_some("/u/gso2024-99999"),
            recorded: matches!(deed, Deed::ClockBack).then_some("2023-01-01T00:00:00Z"),
            ..Saying::new(&time, event_type, data)
        };
        let (entry, id) = log.entry(&saying);
        log.next += 1;
        if matches!(deed, Deed::Receive) {
            cases.push(format!("feedback/{id}"));
        }
        all.push(if matches!(deed, Deed::Garbage) { b"{}".to_vec() } else { entry.into_bytes() });
    }
    all
}

/// The bytes of an aggregator's log: checkpoints of several origins, some repeated, and a key on the list of evaluators and off it.
fn registry(sizes: &[usize]) -> Vec<Vec<u8>> {
    let mut log = Log::new("/a/ngoc-lac");
    let held = |size: &usize| {
        let root = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
        let origin = format!("demo/u/{}", size % 3);
        let vkey = format!("ed25519:{root}");
        let (event_type, data) = match size % 5 {
            0 => ("evaluation.evaluator_listed", json!({"vkey": vkey, "post": "Ban Dân vận"})),
            1 => {
                let since = format!("2024-0{}-01T00:00:00.000Z", 1 + size % 9);
                ("evaluation.evaluator_delisted", json!({"vkey": vkey, "since": since, "reason": "Mất khoá"}))
            }
            _ => (
                "checkpoint.cosigned",
                json!({"origin": origin, "start": 0, "size": 1 + size % 9, "root": root, "attachment_sha256": "0".repeat(64)}),
            ),
        };
        let (entry, _) = log.entry(&Saying::new("2024-01-01T08:00:00+07:00", event_type, data));
        log.next += 1;
        entry.into_bytes()
    };
    sizes.iter().take(12).map(held).collect()
}

/// Three units' logs and one of an aggregator.
pub(crate) fn logs(deeds: &[Vec<Deed>], sizes: &[usize]) -> Vec<(Source, Vec<Vec<u8>>)> {
    let of_unit = |(number, deeds): (usize, &Vec<Deed>)| {
        let source = format!("/u/gso2024-{number}");
        (source.parse().unwrap(), bytes_of(&source, deeds))
    };
    let mut logs: Vec<(Source, Vec<Vec<u8>>)> = deeds.iter().enumerate().map(of_unit).collect();
    logs.push(("/a/ngoc-lac".parse().unwrap(), registry(sizes)));
    logs
}
