//! Nodes and an aggregator reduced to what replication needs: ledgers, keys, and a sink that mirrors.

use crate::broker::Broker;
use crate::sink::{Sink, create};
use danvan_ledger::{Ledger, Record};
use danvan_replication::{
    AggregatorToken, Backoff, Nats, ReceiptStatus, ReceiverHandle, ReceiverService, ReceiverSettings, ReceiverStatus,
    ShipperHandle, ShipperService, ShipperSettings, ShipperStatus, SpoolSettings, UnitToken, Unobserved, unpack,
};
use danvan_tlog::{KeyName, LogKey, MirrorKey, Origin, SignedCheckpoint};
use std::collections::BTreeMap;
use std::sync::{Arc, mpsc};
use std::time::Duration;
use tokio_util::sync::CancellationToken;

pub(crate) const UNITS: [&str; 3] = ["gso2024-15097", "gso2024-15061", "gso2024-15091"];
pub(crate) const AGGREGATOR: &str = "ngoc-lac";
/// Long enough for a loaded machine; nothing waits for it when all is well.
pub(crate) const SOON: Duration = Duration::from_secs(90);

pub(crate) fn origin(unit: &str) -> Origin {
    Origin::new(format!("live.danvan.test/u/{unit}")).unwrap()
}

pub(crate) fn key(unit: &str) -> LogKey {
    let mut seed = [1; 32];
    seed[..unit.len()].copy_from_slice(unit.as_bytes());
    LogKey::from_seed(origin(unit).key_name(), seed)
}

pub(crate) fn mirror_key() -> MirrorKey {
    MirrorKey::from_seed(KeyName::new(format!("live.danvan.test/a/{AGGREGATOR}/mirror")).unwrap(), [3; 32])
}

struct Node {
    unit: UnitToken,
    ledger: Ledger,
    shipper: Option<ShipperHandle>,
    stop: CancellationToken,
}

pub(crate) struct Fleet {
    _directory: tempfile::TempDir,
    nodes: Vec<Node>,
    settings: ShipperSettings,
    pub(crate) spool: SpoolSettings,
    sink: Arc<Sink>,
    receiver: Option<ReceiverHandle>,
    stop: CancellationToken,
}

impl Fleet {
    pub(crate) async fn start(broker: &Broker) -> Self {
        let mut fleet = Self::without_nodes(broker).await;
        fleet.restart_nodes(broker).await;
        fleet
    }

    pub(crate) async fn without_nodes(broker: &Broker) -> Self {
        Self::of(broker, true).await
    }

    /// Nodes that the aggregator does not know yet, and that do nothing of themselves once they were refused.
    pub(crate) async fn not_enrolled(broker: &Broker) -> Self {
        let mut fleet = Self::of(broker, false).await;
        let never = Duration::from_hours(10_000);
        let patience = Backoff { first: never, cap: never };
        fleet.settings = ShipperSettings { patience, review: never, ..ShipperSettings::default() };
        fleet.restart_nodes(broker).await;
        fleet
    }

    async fn of(broker: &Broker, enrolled: bool) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let nodes = UNITS.iter().map(|unit| Node {
            unit: UnitToken::new(*unit).unwrap(),
            ledger: create(&directory.path().join(unit), key(unit)),
            shipper: None,
            stop: CancellationToken::new(),
        });
        let nodes = nodes.collect();
        let sink = Arc::new(Sink::new(&directory.path().join("aggregator")));
        for unit in UNITS.iter().filter(|_| enrolled) {
            sink.enrol(unit, key(unit).verifier_key());
        }
        let (settings, stop) = (ShipperSettings::default(), CancellationToken::new());
        let spool = SpoolSettings::default();
        let mut fleet = Self { nodes, settings, spool, sink, receiver: None, stop, _directory: directory };
        fleet.restart_receiver(broker, false).await;
        fleet
    }

    pub(crate) async fn restart_nodes(&mut self, broker: &Broker) {
        for node in &mut self.nodes {
            node.stop.cancel();
            if let Some(shipper) = node.shipper.take() {
                shipper.join().await;
            }
            node.stop = CancellationToken::new();
            node.shipper = Some(ShipperService::spawn(
                std::future::ready(()),
                broker.connect(node.unit.as_str()).await,
                node.ledger.clone(),
                &node.unit,
                key(node.unit.as_str()).verifier_key().clone(),
                vec![mirror_key().verifier_key().clone()],
                self.settings,
                7,
                Arc::new(Unobserved),
                node.stop.clone(),
            ));
        }
    }

    pub(crate) async fn restart_receiver(&mut self, broker: &Broker, forget: bool) {
        self.stop.cancel();
        if let Some(receiver) = self.receiver.take() {
            receiver.join().await;
        }
        if forget {
            self.sink.forget_cursor();
        }
        self.receive_over(broker, broker.connect(AGGREGATOR).await);
    }

    /// A receiver over a connection of its own; the one before has ended.
    pub(crate) fn receive_over(&mut self, broker: &Broker, nats: Nats) {
        self.stop = CancellationToken::new();
        self.receiver = Some(ReceiverService::spawn(
            nats,
            AggregatorToken::new(AGGREGATOR).unwrap(),
            self.sink.clone(),
            ReceiverSettings { monitor: Some(broker.monitor()), spool: self.spool, ..ReceiverSettings::default() },
            11,
            Arc::new(Unobserved),
            self.stop.clone(),
        ));
    }

    /// Every node appends so many entries; returns when they are durable.
    pub(crate) fn append(&self, entries: u64) {
        for node in &self.nodes {
            let (done, outcomes) = mpsc::channel();
            for n in 0..entries {
                let entry = format!("{{\"of\":\"{}\",\"n\":{n}}}", node.unit);
                let done = done.clone();
                let tell = Box::new(move |outcome: Result<_, _>| done.send(outcome.is_ok()).unwrap_or_default());
                assert!(node.ledger.submit(Record::new(entry.into_bytes()), tell).is_ok());
            }
            drop(done);
            assert!(outcomes.iter().all(|durable| durable));
        }
    }

    /// Waits until every node was told that nobody knows its log.
    pub(crate) async fn refused(&self) {
        for node in &self.nodes {
            let mut status = node.shipper.as_ref().unwrap().watch();
            let unknown = |status: &ShipperStatus| status.refused.values().any(|s| *s == ReceiptStatus::UnknownOrigin);
            assert!(tokio::time::timeout(SOON, status.wait_for(unknown)).await.is_ok(), "{} is known", node.unit);
        }
    }

    pub(crate) fn enrol(&self) {
        for unit in UNITS {
            self.sink.enrol(unit, key(unit).verifier_key());
        }
    }

    /// Waits until every entry of every node is covered by a receipt.
    pub(crate) async fn delivered(&self) {
        for node in &self.nodes {
            let size = node.ledger.size();
            let mut status = node.shipper.as_ref().unwrap().watch();
            let waited = tokio::time::timeout(SOON, status.wait_for(|status| status.delivered >= size)).await;
            assert!(waited.is_ok(), "{size} of {}, but {:?}", node.unit, node.shipper.as_ref().unwrap().status());
            drop(waited);
            let kept = node.ledger.receipts();
            assert_eq!(kept.values().map(SignedCheckpoint::size).collect::<Vec<_>>(), [size]);
        }
    }

    pub(crate) async fn read_to_the_end(&self) {
        let mut status = self.receiver.as_ref().unwrap().watch();
        let at_the_end = |status: &ReceiverStatus| {
            status.spool_last > 0 && status.cursor.is_some_and(|cursor| cursor.sequence == status.spool_last)
        };
        assert!(tokio::time::timeout(SOON, status.wait_for(at_the_end)).await.is_ok());
    }

    /// Waits until the receiver is as it is asked for.
    pub(crate) async fn receiver_is(&self, what: impl FnMut(&ReceiverStatus) -> bool) {
        let mut status = self.receiver.as_ref().unwrap().watch();
        assert!(tokio::time::timeout(SOON, status.wait_for(what)).await.is_ok(), "{:?}", self.receiver_status());
    }

    pub(crate) fn receiver_status(&self) -> ReceiverStatus {
        self.receiver.as_ref().unwrap().status()
    }

    pub(crate) fn sink(&self) -> Arc<Sink> {
        Arc::clone(&self.sink)
    }

    /// The entries of a node.
    pub(crate) fn entries(&self, unit: &str) -> Vec<Vec<u8>> {
        let node = self.nodes.iter().find(|node| node.unit.as_str() == unit).unwrap();
        let records = node.ledger.read(node.ledger.size().range()).unwrap();
        records.into_iter().map(|record| record.entry).collect()
    }

    pub(crate) async fn stop_receiver(&mut self) {
        self.stop.cancel();
        if let Some(receiver) = self.receiver.take() {
            receiver.join().await;
        }
    }

    pub(crate) fn aggregator_size(&self) -> u64 {
        self.sink.ledger().size().get()
    }

    /// The aggregator's ledger holds every entry of every node exactly once and in order, and nothing else.
    pub(crate) fn mirror_equals_the_logs(&self) {
        let mut copies: BTreeMap<Origin, Vec<Vec<u8>>> = BTreeMap::new();
        for record in self.sink.ledger().read(self.sink.ledger().size().range()).unwrap().into_iter().skip(1) {
            let batch = unpack(&record.attachment.unwrap()).unwrap();
            copies.entry(batch.origin().clone()).or_default().extend(batch.into_entries());
        }
        for node in &self.nodes {
            let records = node.ledger.read(node.ledger.size().range()).unwrap();
            let entries: Vec<_> = records.into_iter().map(|record| record.entry).collect();
            assert!(copies.get(node.ledger.origin()) == Some(&entries), "the mirror of {} differs", node.unit);
        }
    }
}

impl Drop for Fleet {
    fn drop(&mut self) {
        self.stop.cancel();
        for node in &self.nodes {
            node.stop.cancel();
        }
    }
}
