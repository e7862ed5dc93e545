//! A node that lost entries asks for them over a real broker, under its rights.

use crate::broker::Broker;
use crate::fleet::{AGGREGATOR, Fleet, UNITS, key, mirror_key, origin};
use danvan_ledger::{MirrorError, MirrorSource};
use danvan_replication::{
    AggregatorToken, FetchOutcome, FetchResponder, FetchSource, Observer, SpoolSource, Subject, UnitToken,
};
use danvan_tlog::{Index, IndexRange, KeyName, MirrorKey, SignedCheckpoint, Size, VerifierKey};
use std::sync::{Arc, Mutex};
use tokio_util::sync::CancellationToken;

/// What became of each question.
#[derive(Default)]
struct Outcomes(Mutex<Vec<FetchOutcome>>);

impl Observer for Outcomes {
    fn fetch_answered(&self, outcome: FetchOutcome) {
        self.0.lock().unwrap().push(outcome);
    }
}

fn unit(unit: &str) -> UnitToken {
    UnitToken::new(unit).unwrap()
}

fn size_of(note: &danvan_tlog::Note, log: &VerifierKey) -> u64 {
    SignedCheckpoint::open_note(note.clone(), log).unwrap().size().get()
}

/// Reads everything below `end` as a repair does.
fn read_all(source: &mut dyn MirrorSource, end: Size) -> Result<Vec<Vec<u8>>, MirrorError> {
    let mut entries = Vec::new();
    while (entries.len() as u64) < end.get() {
        let start = Size::new(entries.len() as u64).unwrap();
        let records = source.records(IndexRange::new(start, end).unwrap())?;
        entries.extend(records.into_iter().map(|record| record.entry));
    }
    Ok(entries)
}

/// Calls a source as its user does, from a thread that may wait.
async fn asking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    tokio::task::spawn_blocking(work).await.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_unit_gets_back_what_is_held_of_its_log_and_only_of_its_log() {
    let broker = Broker::start(&UNITS, AGGREGATOR);
    let fleet = Fleet::start(&broker).await;
    fleet.append(2500);
    fleet.delivered().await;
    let (outcomes, stop) = (Arc::new(Outcomes::default()), CancellationToken::new());
    let aggregator = AggregatorToken::new(AGGREGATOR).unwrap();
    let answering = broker.connect(AGGREGATOR).await;
    let responder = FetchResponder::spawn(answering, &aggregator, fleet.sink(), outcomes.clone(), stop.clone());

    let nats = broker.connect(UNITS[0]).await;
    let (log, mirror) = (key(UNITS[0]).verifier_key().clone(), mirror_key().verifier_key().clone());
    let source = |log: &VerifierKey, mirror: &VerifierKey| {
        FetchSource::new(nats.clone(), &unit(UNITS[0]), log.clone(), mirror.clone(), stop.clone()).unwrap()
    };
    let mut own = source(&log, &mirror);
    let expected = fleet.entries(UNITS[0]);
    let held = Size::new(expected.len() as u64).unwrap();
    let (note, entries, beyond) = asking(move || {
        // The subscription of the responder may reach the broker after the first question.
        let newest = std::iter::repeat_with(|| own.newest(&origin(UNITS[0]))).find_map(Result::ok).unwrap();
        let beyond = IndexRange::new(held, held.checked_add(1).unwrap()).unwrap();
        (newest, read_all(&mut own, held), own.records(beyond))
    })
    .await;
    assert_eq!(size_of(&note.unwrap(), &log), held.get());
    assert!(entries.unwrap() == expected);
    assert!(beyond.unwrap_err().to_string().contains("gives none of the entries"));

    // Another log is not told of under this unit's subject, and a note that this aggregator did not cosign is not believed.
    let other = key(UNITS[1]).verifier_key().clone();
    let mut foreign = source(&other, &mirror);
    let another =
        MirrorKey::from_seed(KeyName::new(format!("live.danvan.test/a/{AGGREGATOR}/mirror")).unwrap(), [4; 32]);
    let mut disbelieving = source(&log, another.verifier_key());
    let (foreign, disbelieved) = asking(move || {
        (foreign.records(IndexRange::new(Size::ZERO, held).unwrap()), disbelieving.newest(&origin(UNITS[0])))
    })
    .await;
    assert!(foreign.is_err(), "another unit's entries");
    assert!(disbelieved.is_err(), "{disbelieved:?}");

    // Of another unit's subject the broker knows nothing from this one.
    let (client, mut complaints) = broker.raw(UNITS[0]).await;
    let forbidden = Subject::fetch(&unit(UNITS[1]), &aggregator).to_string();
    client.publish(forbidden.clone(), "{}".into()).await.unwrap();
    complaints.about(&forbidden).await;

    stop.cancel();
    responder.await.unwrap();
    let outcomes = outcomes.0.lock().unwrap();
    assert!(outcomes.contains(&FetchOutcome::Entries) && outcomes.contains(&FetchOutcome::Standing), "{outcomes:?}");
    assert!(!outcomes.contains(&FetchOutcome::Failed), "{outcomes:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_aggregator_that_is_away_is_silent_and_the_spool_still_tells_what_was_signed() {
    let broker = Broker::start(&UNITS, AGGREGATOR);
    let mut fleet = Fleet::start(&broker).await;
    fleet.append(3);
    fleet.delivered().await;
    fleet.stop_receiver().await;
    let stop = CancellationToken::new();
    let (log, mirror) = (key(UNITS[0]).verifier_key().clone(), mirror_key().verifier_key().clone());
    let nats = broker.connect(UNITS[0]).await;
    let mut source =
        FetchSource::new(nats.clone(), &unit(UNITS[0]), log.clone(), mirror.clone(), stop.clone()).unwrap();
    let mut spool = SpoolSource::new(nats.clone(), &unit(UNITS[0]), log.clone(), stop.clone());
    let mut stopped = FetchSource::new(nats.clone(), &unit(UNITS[0]), log.clone(), mirror, stop.clone()).unwrap();
    let mut not_mine = SpoolSource::new(nats, &unit(UNITS[0]), key(UNITS[1]).verifier_key().clone(), stop.clone());
    let last = fleet.entries(UNITS[0]);
    let held = Size::new(last.len() as u64).unwrap();
    let (silent, note, record, before, nothing, ended) = asking(move || {
        let silent = source.newest(&origin(UNITS[0]));
        let note = spool.newest(&origin(UNITS[0]));
        let one = |index: u64| {
            let index = Index::new(index).unwrap();
            IndexRange::new(index.size_before(), index.size_after()).unwrap()
        };
        let (record, before) = (spool.records(one(held.get() - 1)), spool.records(one(held.get() + 5)));
        let nothing = not_mine.newest(&origin(UNITS[1]));
        stop.cancel();
        (silent, note, record, before, nothing, stopped.newest(&origin(UNITS[0])))
    })
    .await;
    assert!(silent.unwrap_err().to_string().contains("no responders"));
    assert_eq!(size_of(&note.unwrap().unwrap(), &log), held.get());
    assert_eq!(record.unwrap()[0].entry, *last.last().unwrap());
    assert!(before.is_err());
    assert_eq!(nothing.unwrap(), None, "a batch of another key is not the own");
    assert!(ended.unwrap_err().to_string().contains("ends"));
}
