//! Nodes and an aggregator reduced to what replication needs: ledgers, keys, and a sink that mirrors.

use crate::broker::Broker;
use danvan_ledger::{Ledger, LedgerConfig, Record};
use danvan_replication::{
    AggregatorToken, BatchSink, OriginState, Receipt, ReceiptStatus, Received, ReceiverHandle, ReceiverService,
    ReceiverSettings, ReceiverStatus, ShipperHandle, ShipperService, ShipperSettings, SinkError, SpoolCursor,
    UnitToken, Unobserved, Verdict, judge, unpack,
};
use danvan_tlog::{
    CosignedAt, Hash, IndexRange, KeyName, LogKey, MirrorKey, Origin, SignedCheckpoint, VerifierKey, leaf_hash,
};
use std::collections::BTreeMap;
use std::convert::Infallible;
use std::path::Path;
use std::sync::{Arc, Mutex, mpsc};
use std::time::Duration;
use tokio_util::sync::CancellationToken;

pub(crate) const UNITS: [&str; 3] = ["gso2024-15097", "gso2024-15061", "gso2024-15091"];
pub(crate) const AGGREGATOR: &str = "ngoc-lac";
/// Long enough for a loaded machine; nothing waits for it when all is well.
pub(crate) const SOON: Duration = Duration::from_secs(90);

pub(crate) fn origin(unit: &str) -> Origin {
    Origin::new(format!("live.danvan.test/u/{unit}")).unwrap()
}

fn key(unit: &str) -> LogKey {
    let mut seed = [1; 32];
    seed[..unit.len()].copy_from_slice(unit.as_bytes());
    LogKey::from_seed(origin(unit).key_name(), seed)
}

fn mirror_key() -> MirrorKey {
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
        let directory = tempfile::tempdir().unwrap();
        let nodes = UNITS.iter().map(|unit| Node {
            unit: UnitToken::new(*unit).unwrap(),
            ledger: create(&directory.path().join(unit), key(unit)),
            shipper: None,
            stop: CancellationToken::new(),
        });
        let nodes = nodes.collect();
        let sink = Arc::new(Sink::new(&directory.path().join("aggregator")));
        let mut fleet = Self { nodes, sink, receiver: None, stop: CancellationToken::new(), _directory: directory };
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
                broker.connect(node.unit.as_str()).await,
                node.ledger.clone(),
                &node.unit,
                key(node.unit.as_str()).verifier_key().clone(),
                vec![mirror_key().verifier_key().clone()],
                ShipperSettings::default(),
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
            *self.sink.cursor.lock().unwrap() = None;
        }
        self.stop = CancellationToken::new();
        self.receiver = Some(ReceiverService::spawn(
            broker.connect(AGGREGATOR).await,
            AggregatorToken::new(AGGREGATOR).unwrap(),
            self.sink.clone(),
            ReceiverSettings { monitor: Some(broker.monitor()), ..ReceiverSettings::default() },
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

    pub(crate) fn receiver_status(&self) -> ReceiverStatus {
        self.receiver.as_ref().unwrap().status()
    }

    pub(crate) fn aggregator_size(&self) -> u64 {
        self.sink.ledger.size().get()
    }

    /// The aggregator's ledger holds every entry of every node exactly once and in order, and nothing else.
    pub(crate) fn mirror_equals_the_logs(&self) {
        let mut copies: BTreeMap<Origin, Vec<Vec<u8>>> = BTreeMap::new();
        for record in self.sink.ledger.read(self.sink.ledger.size().range()).unwrap().into_iter().skip(1) {
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

fn create(directory: &Path, key: LogKey) -> Ledger {
    let first = Record::new(format!("{{\"opened\":\"{}\"}}", key.origin()).into_bytes());
    Ledger::create(directory, key.origin(), key, first, LedgerConfig::default()).unwrap()
}

/// The least sink that keeps its promises: every accepted batch is one record of a real ledger.
struct Sink {
    ledger: Ledger,
    mirror: MirrorKey,
    copies: Mutex<BTreeMap<String, Copy>>,
    cursor: Mutex<Option<SpoolCursor>>,
}

struct Copy {
    state: OriginState,
    leaves: Vec<Hash>,
}

impl Sink {
    fn new(directory: &Path) -> Self {
        let origin = Origin::new(format!("live.danvan.test/a/{AGGREGATOR}")).unwrap();
        let ledger = create(directory, LogKey::from_seed(origin.key_name(), [2; 32]));
        let empty = |vkey: &VerifierKey| Copy { state: OriginState::enrolled(vkey.clone()), leaves: Vec::new() };
        let copies = UNITS.iter().map(|unit| ((*unit).to_owned(), empty(key(unit).verifier_key()))).collect();
        Self { ledger, mirror: mirror_key(), copies: Mutex::new(copies), cursor: Mutex::new(None) }
    }

    fn take(&self, copy: &mut Copy, received: &Received, appended: &mpsc::Sender<bool>) -> Receipt {
        let token = AggregatorToken::new(AGGREGATOR).unwrap();
        let origin = origin(received.unit.as_str());
        let Ok(batch) = unpack(&received.packed) else {
            return Receipt::refused(ReceiptStatus::BrokenLog, token, origin, copy.state.last());
        };
        let held = |range: IndexRange| {
            let at = |size: danvan_tlog::Size| usize::try_from(size.get()).unwrap();
            Ok::<_, Infallible>(copy.leaves[at(range.start())..at(range.end())].to_vec())
        };
        match judge(Some(&copy.state), &batch, held).unwrap_or_else(|never| match never {}) {
            Verdict::Accept { frontier, checkpoint } => {
                let record = Record::with_attachment(checkpoint.to_bytes(), received.packed.clone());
                let appended = appended.clone();
                let tell = Box::new(move |outcome: Result<_, _>| appended.send(outcome.is_ok()).unwrap_or_default());
                assert!(self.ledger.submit(record, tell).is_ok());
                let cosigned = self.mirror.cosign(&checkpoint, CosignedAt::from_unix_seconds(1_709_884_200));
                copy.leaves.extend(batch.entries().iter().map(|entry| leaf_hash(entry)));
                copy.state.advance(frontier, cosigned.clone());
                Receipt::cosigned(token, &cosigned)
            }
            Verdict::Held => Receipt::cosigned(token, copy.state.last().unwrap()),
            Verdict::Resend { next } => Receipt::resend(token, origin, next, copy.state.last()),
            Verdict::Refuse(refusal) => Receipt::refused(refusal.status(), token, origin, copy.state.last()),
            Verdict::Fork { index } => panic!("a fork at {index}"),
        }
    }
}

impl BatchSink for Sink {
    fn receive(&self, batches: Vec<Received>) -> Result<Vec<Receipt>, SinkError> {
        let mut copies = self.copies.lock().unwrap();
        let (appended, outcomes) = mpsc::channel();
        let receipts = batches.iter().map(|received| {
            let copy = copies.get_mut(received.unit.as_str()).unwrap();
            self.take(copy, received, &appended)
        });
        let receipts: Vec<_> = receipts.collect();
        drop(appended);
        if outcomes.iter().all(|durable| durable) { Ok(receipts) } else { Err(SinkError("disk".into())) }
    }

    fn cursor(&self) -> Option<SpoolCursor> {
        *self.cursor.lock().unwrap()
    }

    fn keep_cursor(&self, cursor: SpoolCursor) {
        *self.cursor.lock().unwrap() = Some(cursor);
    }

    fn receipts_to_republish(&self) -> Vec<(UnitToken, Receipt)> {
        let token = AggregatorToken::new(AGGREGATOR).unwrap();
        let copies = self.copies.lock().unwrap();
        let told = |(unit, copy): (&String, &Copy)| {
            let receipt = match copy.state.last() {
                Some(last) => Receipt::cosigned(token.clone(), last),
                None => Receipt::resend(token.clone(), origin(unit), danvan_tlog::Size::ZERO, None),
            };
            (UnitToken::new(unit).unwrap(), receipt)
        };
        copies.iter().map(told).collect()
    }
}
