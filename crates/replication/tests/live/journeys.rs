//! The way of batches, receipts and heartbeats through a broker that is killed and wiped.

use crate::broker::Broker;
use crate::fleet::{self, AGGREGATOR, Fleet, UNITS};
use danvan_replication::{Heartbeat, HeartbeatListener, HeartbeatPublisher, UnitToken};
use danvan_tlog::Size;
use std::collections::BTreeMap;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_entry_is_receipted_once_though_the_broker_is_killed_and_wiped() {
    let mut broker = Broker::start(&UNITS, AGGREGATOR);
    let mut fleet = Fleet::start(&broker).await;
    fleet.append(400);
    fleet.delivered().await;
    assert_eq!(fleet.receiver_status().broker_syncs_always, Some(true));

    fleet.append(150);
    broker.kill();
    fleet.append(150);
    broker.restart();
    fleet.delivered().await;

    broker.kill();
    broker.wipe();
    fleet.append(150);
    broker.restart();
    fleet.delivered().await;

    fleet.append(100);
    broker.kill();
    broker.wipe();
    fleet.restart_nodes(&broker).await;
    broker.restart();
    fleet.delivered().await;
    fleet.mirror_equals_the_logs();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_aggregator_that_forgot_its_place_reads_again_and_writes_nothing_twice() {
    let broker = Broker::start(&UNITS, AGGREGATOR);
    let mut fleet = Fleet::start(&broker).await;
    fleet.append(300);
    fleet.delivered().await;
    let size = fleet.aggregator_size();
    fleet.restart_receiver(&broker, true).await;
    fleet.read_to_the_end().await;
    assert_eq!(fleet.aggregator_size(), size);
    fleet.append(10);
    fleet.delivered().await;
    fleet.mirror_equals_the_logs();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_backlog_of_many_batches_arrives_whole() {
    let broker = Broker::start(&UNITS, AGGREGATOR);
    let mut fleet = Fleet::without_nodes(&broker).await;
    fleet.append(4000);
    fleet.restart_nodes(&broker).await;
    fleet.delivered().await;
    fleet.mirror_equals_the_logs();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_heartbeat_reaches_the_aggregator() {
    let broker = Broker::start(&UNITS, AGGREGATOR);
    let stop = CancellationToken::new();
    let (sender, mut heard) = tokio::sync::mpsc::unbounded_channel();
    let hear = move |unit, heartbeat| drop(sender.send((unit, heartbeat)));
    let _listening = HeartbeatListener::spawn(broker.connect(AGGREGATOR).await, hear, stop.clone());
    let unit = UnitToken::new(UNITS[0]).unwrap();
    let said = Heartbeat {
        version: "0.0.1".into(),
        origin: fleet::origin(UNITS[0]),
        size: Size::from(3),
        receipted: BTreeMap::new(),
        backlog: 3,
        backlog_age_ms: 10,
        clock_ms: 1,
        disk_free_bytes: Some(7),
    };
    let source = said.clone();
    let nats = broker.connect(UNITS[0]).await;
    let _beating =
        HeartbeatPublisher::spawn(nats, &unit, Duration::from_millis(20), move || source.clone(), stop.clone());
    let first = tokio::time::timeout(fleet::SOON, heard.recv()).await.unwrap();
    assert_eq!(first, Some((unit, said)));
    stop.cancel();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_that_was_refused_as_unknown_is_told_when_it_is_enrolled() {
    let broker = Broker::start(&UNITS, AGGREGATOR);
    let fleet = Fleet::not_enrolled(&broker).await;
    fleet.append(20);
    fleet.refused().await;
    fleet.enrol();
    fleet.delivered().await;
    fleet.mirror_equals_the_logs();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_receiver_that_the_broker_does_not_let_in_says_so() {
    let mut broker = Broker::start(&UNITS, AGGREGATOR);
    let mut fleet = Fleet::start(&broker).await;
    fleet.receiver_is(|status| status.reading).await;
    fleet.stop_receiver().await;
    let stranger = broker.connect_with(AGGREGATOR, "the password of last year").await;
    fleet.receive_over(&broker, stranger);
    let refused = |why: &String| why.contains("authorization violation");
    fleet.receiver_is(|status| !status.connected && status.last_error.as_ref().is_some_and(refused)).await;
    fleet.restart_receiver(&broker, false).await;
    fleet.receiver_is(|status| status.reading && status.last_error.is_none()).await;
    broker.kill();
    let away = |why: &String| why.contains("IO error");
    fleet.receiver_is(|status| !status.connected && status.last_error.as_ref().is_some_and(away)).await;
    broker.restart();
    fleet.receiver_is(|status| status.reading && status.last_error.is_none()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_broker_without_room_for_the_spool_is_told_with_the_remedy() {
    let broker = Broker::with_room(256 << 20, &UNITS, AGGREGATOR);
    let mut fleet = Fleet::start(&broker).await;
    fleet.append(5);
    fleet.receiver_is(|status| status.last_error.as_ref().is_some_and(|why| why.contains("spool.max_bytes"))).await;
    assert!(!fleet.receiver_status().streams_stood);
    fleet.spool.max_bytes = 64 << 20;
    fleet.restart_receiver(&broker, false).await;
    fleet.receiver_is(|status| status.streams_stood && status.reading).await;
    assert_eq!(fleet.receiver_status().last_error, None);
    fleet.delivered().await;
}
