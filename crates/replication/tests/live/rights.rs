//! What the generated configuration lets a unit and an aggregator do, and how the streams must be.

use crate::broker::Broker;
use crate::fleet::{AGGREGATOR, Fleet, UNITS};
use async_nats::HeaderMap;
use async_nats::client::RequestErrorKind;
use async_nats::jetstream::{self, stream::StorageType};
use futures_util::StreamExt;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_unit_can_speak_for_itself_only() {
    let broker = Broker::start(&UNITS, AGGREGATOR);
    let fleet = Fleet::start(&broker).await;
    fleet.append(3);
    fleet.delivered().await;
    let (unit, other) = (UNITS[0], UNITS[1]);
    let (client, mut complaints) = broker.raw(unit).await;

    let own = client.request(format!("$JS.API.DIRECT.GET.DANVAN_LOG.danvan.v1.log.{unit}"), "".into()).await.unwrap();
    assert!(own.headers.unwrap().get("Nats-Sequence").is_some());
    let receipts = format!("$JS.API.DIRECT.GET.DANVAN_RECEIPT.danvan.v1.receipt.{unit}.{AGGREGATOR}");
    assert!(client.request(receipts, "".into()).await.unwrap().headers.is_some());

    for forbidden in [
        format!("danvan.v1.log.{other}"),
        format!("danvan.v1.receipt.{unit}.{AGGREGATOR}"),
        format!("$JS.API.DIRECT.GET.DANVAN_LOG.danvan.v1.log.{other}"),
        "$JS.API.DIRECT.GET.DANVAN_LOG".to_owned(),
        "$JS.API.STREAM.INFO.DANVAN_LOG".to_owned(),
        "$JS.API.STREAM.DELETE.DANVAN_LOG".to_owned(),
        "$JS.API.STREAM.PURGE.DANVAN_LOG".to_owned(),
        "$JS.API.STREAM.MSG.DELETE.DANVAN_LOG".to_owned(),
        "$JS.API.CONSUMER.CREATE.DANVAN_LOG".to_owned(),
    ] {
        client.publish(forbidden.clone(), "{}".into()).await.unwrap();
        complaints.about(&forbidden).await;
    }
    for forbidden in [
        format!("danvan.v1.receipt.{other}.>"),
        format!("danvan.v1.log.{unit}"),
        format!("_INBOX_{other}.>"),
        "danvan.v1.status.*".to_owned(),
        "_INBOX.>".to_owned(),
        ">".to_owned(),
    ] {
        let _subscription = client.subscribe(forbidden.clone()).await.unwrap();
        complaints.about(&forbidden).await;
    }

    let mut rollup = HeaderMap::new();
    rollup.insert("Nats-Rollup", "all");
    let refused = client.request_with_headers(format!("danvan.v1.log.{unit}"), rollup, "x".into()).await.unwrap();
    assert!(String::from_utf8_lossy(&refused.payload).contains("rollup"), "{:?}", refused.payload);
    fleet.mirror_equals_the_logs();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_streams_are_as_the_protocol_wants_them() {
    let broker = Broker::start(&UNITS, AGGREGATOR);
    let fleet = Fleet::start(&broker).await;
    fleet.append(1);
    fleet.delivered().await;
    let (client, mut complaints) = broker.raw(AGGREGATOR).await;
    let context = jetstream::new(client.clone());
    for (name, per_subject) in [("DANVAN_LOG", 64), ("DANVAN_RECEIPT", 1)] {
        let config = context.get_stream(name).await.unwrap().cached_info().config.clone();
        assert!(config.deny_delete && config.deny_purge && config.allow_direct && !config.allow_rollup, "{name}");
        assert_eq!((config.max_messages_per_subject, config.storage), (per_subject, StorageType::File));
    }
    for forbidden in [
        format!("danvan.v1.log.{}", UNITS[0]),
        format!("danvan.v1.receipt.{}.another", UNITS[0]),
        "$JS.API.STREAM.DELETE.DANVAN_LOG".to_owned(),
        "$JS.API.STREAM.PURGE.DANVAN_LOG".to_owned(),
        "$JS.API.STREAM.CREATE.ANOTHER".to_owned(),
    ] {
        client.publish(forbidden.clone(), "{}".into()).await.unwrap();
        complaints.about(&forbidden).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_aggregator_answers_a_unit_that_asks_and_nobody_else() {
    let broker = Broker::start(&UNITS, AGGREGATOR);
    let (asking, _) = broker.raw(UNITS[0]).await;
    let (answering, mut complaints) = broker.raw(AGGREGATOR).await;
    for subject in [format!("danvan.v1.fetch.{}.{AGGREGATOR}", UNITS[0]), format!("danvan.v1.enrol.{}", UNITS[0])] {
        let heard = subject.replace(UNITS[0], "*");
        let mut asked = answering.subscribe(heard).await.unwrap();
        let question = tokio::spawn(ask(asking.clone(), subject.clone()));
        let message = asked.next().await.unwrap();
        answering.publish(message.reply.unwrap(), "answered".into()).await.unwrap();
        assert_eq!(question.await.unwrap().payload, "answered", "{subject}");
    }
    let unasked = format!("_INBOX_{}.x", UNITS[0]);
    answering.publish(unasked.clone(), "{}".into()).await.unwrap();
    complaints.about(&unasked).await;
}

/// Asks until somebody listens: another connection's subscription reaches the broker when it does.
async fn ask(client: async_nats::Client, subject: String) -> async_nats::Message {
    loop {
        match client.request(subject.clone(), "?".into()).await {
            Err(error) if error.kind() == RequestErrorKind::NoResponders => {}
            answer => return answer.unwrap(),
        }
    }
}
