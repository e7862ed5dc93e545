//! Reading the ledger: beside those who look, until the node drains, and again after a full disk.

use std::sync::mpsc::channel;
use std::thread;
use std::time::Duration;

use danvan_daemon::SystemClock;
use danvan_event::FormLimits;
use danvan_ledger::{LedgerConfig, Storage};
use danvan_projection::Rule;
use danvan_testkit::{Fault, FaultyStorage};
use danvan_tlog::LogKey;
use serde_json::json;

use super::*;
use crate::history::History;
use crate::testbed::{UNIT, id};

/// Long enough for a loaded machine; nothing waits for it when all is well.
const SOON: Duration = Duration::from_mins(1);

fn recorder_on(storage: &FaultyStorage, drain: &DrainToken) -> Arc<Recorder> {
    recorder_with(storage, LedgerConfig::default(), drain)
}

fn recorder_with(storage: &FaultyStorage, config: LedgerConfig, drain: &DrainToken) -> Arc<Recorder> {
    let key = LogKey::from_seed(format!("test.danvan.demo/u/{UNIT}").parse().unwrap(), [1; 32]);
    let storage: Arc<dyn Storage> = Arc::new(storage.clone());
    let first = Record::new(b"{}".to_vec());
    let ledger = Ledger::create_on(storage, key.origin(), key, first, config).unwrap();
    let clock = NodeClock::Machine(Arc::new(SystemClock));
    let history = History::open(&[], ledger.clone()).unwrap();
    Arc::new(Recorder::new(ledger, history, Source::Unit(UNIT.parse().unwrap()), clock, 120, drain.clone()))
}

fn caught_up(storage: &FaultyStorage) -> Arc<Recorder> {
    let recorder = recorder_on(storage, &DrainToken::new());
    recorder.catch_up::<FoldError>(&mut |_, _, _| Ok(())).unwrap();
    recorder
}

fn draft(number: u8, event_type: &str, subject: &str, data: &serde_json::Value) -> Draft {
    let form = json!({
        "specversion": "1.0", "type": event_type, "id": id(number), "subject": subject, "time": "2024-03-08T07:30:00Z", "data": data,
    });
    let limits = FormLimits { max_bytes: 1 << 16, latest_time: None };
    let form = Form::parse(form.to_string().as_bytes(), limits).unwrap();
    let salts = form.personal_fields().iter().map(|_| Salt::new([3; 16])).collect();
    Draft { form, salts }
}

fn received(number: u8) -> Draft {
    let data = json!({ "channel": "box", "kind": "complaint", "text": "Đèn đường hỏng" });
    draft(number, "vn.danvan.feedback.received.v1", &format!("feedback/{}", id(number)), &data)
}

fn survey(number: u8) -> Draft {
    let data = json!({ "channel": "paper", "rating": 5 });
    draft(number, "vn.danvan.survey.answered.v1", &format!("survey/{}", id(number)), &data)
}

/// Records and waits for the fate.
fn record(recorder: &Recorder, draft: &Draft) -> Result<Index, AppendError> {
    let (tell, fate) = channel();
    recorder.record(draft, Box::new(move |outcome| tell.send(outcome).unwrap())).unwrap();
    fate.recv_timeout(SOON).unwrap()
}

/// Has the next thing that the writer does to the disk fail for want of space.
fn fill_disk(storage: &FaultyStorage, recorder: &Recorder) {
    while recorder.ledger.latest().map(|latest| latest.size()) != Some(recorder.ledger.size()) {
        thread::yield_now();
    }
    let next = u64::try_from(storage.operations().len()).unwrap();
    drop(storage.clone().with_fault(next, Fault::NoSpace));
}

#[test]
fn a_page_is_made_while_the_ledger_is_read() {
    let recorder = recorder_on(&FaultyStorage::new(), &DrainToken::new());
    let (looked, answer) = channel();
    let page = recorder.clone();
    let mut visits = 0;
    recorder
        .catch_up::<FoldError>(&mut |_, _, _| {
            let (page, looked) = (page.clone(), looked.clone());
            thread::spawn(move || looked.send((page.look(|_| ()), page.now().is_ok())).unwrap());
            assert_eq!(answer.recv_timeout(SOON), Ok((None, true)), "the page waits for the end of the reading");
            visits += 1;
            Ok(())
        })
        .unwrap();
    assert_eq!(visits, 1);
    assert!(recorder.look(|_| ()).is_some());
}

#[test]
fn a_drain_ends_the_reading_of_a_long_ledger() {
    let drain = DrainToken::new();
    let recorder = recorder_on(&FaultyStorage::new(), &drain);
    let filler = (0..3 * READ_AT_ONCE).map(|_| Record::new(b"{}".to_vec())).collect();
    assert!(recorder.ledger.append_all(filler).iter().all(Result::is_ok));
    let mut visits = 0;
    let read = recorder.catch_up::<FoldError>(&mut |_, _, _| {
        visits += 1;
        drain.cancel();
        Ok(())
    });
    assert!(matches!(read, Err(FoldError::Drained)), "{read:?}");
    assert_eq!(visits, READ_AT_ONCE);
}

#[test]
fn an_entry_that_found_no_room_is_forgotten_by_the_rules() {
    let storage = FaultyStorage::new();
    let recorder = caught_up(&storage);
    record(&recorder, &survey(1)).unwrap();
    fill_disk(&storage, &recorder);
    assert_eq!(record(&recorder, &received(2)), Err(AppendError::NoSpace));

    assert!(recorder.is_ahead());
    let busy = recorder.record(&survey(3), Box::new(|_| panic!("nothing is queued on a model that is ahead")));
    assert!(matches!(busy, Err(RecordError::Busy)), "{busy:?}");
    assert!(matches!(recorder.rehearse(&survey(3)), Err(RecordError::Busy)));

    recorder.reread().unwrap();
    let text = json!({ "outcome": "resolved", "reply": "Đã sửa" });
    let unknown = draft(4, "vn.danvan.feedback.responded.v1", &format!("feedback/{}", id(2)), &text);
    let refused = recorder.rehearse(&unknown);
    assert!(matches!(refused, Err(RecordError::Rule(FlagReason::Rule(Rule::UnknownFeedback), _))), "{refused:?}");
    assert_eq!(record(&recorder, &received(2)).unwrap().get(), 2);
    assert_eq!(record(&recorder, &survey(3)).unwrap().get(), 3);
    assert!(!recorder.is_ahead());
}

#[test]
fn a_full_disk_stops_forms_and_no_erasure() {
    let config = LedgerConfig { preallocate_bytes: 4 << 10, reserve_bytes: 32 << 10, ..LedgerConfig::default() };
    let storage = FaultyStorage::new();
    storage.set_capacity(120 << 10);
    let recorder = recorder_with(&storage, config, &DrainToken::new());
    recorder.catch_up::<FoldError>(&mut |_, _, _| Ok(())).unwrap();
    let many = |number: u64| {
        let form = json!({
            "specversion": "1.0", "type": "vn.danvan.survey.answered.v1", "id": EventId::from_parts(number, [7; 10]).to_string(),
            "time": "2024-03-08T07:30:00Z", "data": { "channel": "paper", "rating": 5 },
        });
        let form = Form::parse(form.to_string().as_bytes(), FormLimits::default()).unwrap();
        Draft { form, salts: Vec::new() }
    };
    let refused = (1..10_000).find_map(|number| record(&recorder, &many(number)).err());
    assert_eq!(refused, Some(AppendError::NoSpace));
    recorder.reread().unwrap();
    let data = json!({ "event_ids": [EventId::from_parts(1, [7; 10]).to_string()], "reason": "requested" });
    let erasure = draft(200, "vn.danvan.privacy.erased.v1", &format!("unit/{UNIT}"), &data);
    let size = recorder.ledger.size();
    assert_eq!(record(&recorder, &erasure), Ok(size.next_index()));
}
