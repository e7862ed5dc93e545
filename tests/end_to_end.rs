//! Everything is killed in turn while facts come in; nothing that was acknowledged is lost or doubled.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use danvan_event::EventId;
use danvan_ledger::LedgerReader;
use danvan_tests::binary::Danvan;
use danvan_tests::eventually::eventually;
use danvan_tests::fleet::{Fleet, Machine};
use danvan_tests::mirrored::mirrored;
use serde_json::{Value, json};

const BINARY: &str = env!("CARGO_BIN_EXE_danvan");
const UNITS: [&str; 3] = ["gso2024-15097", "gso2024-15061", "gso2024-15064"];
const PATIENCE: Duration = Duration::from_secs(90);
/// 8 March 2024, 07:30 UTC, in milliseconds.
const FIRST_FACT: u64 = 1_709_883_000_000;
/// Facts that every writer must get acknowledged between two disturbances.
const STRETCH: u64 = 25;

/// Posts facts to one node one after the other, each again until it is acknowledged.
#[derive(Clone)]
struct Writer {
    url: String,
    token: String,
    unit: String,
    number: u8,
    http: reqwest::Client,
    stop: Arc<AtomicBool>,
    acknowledged: Arc<Mutex<BTreeMap<String, u64>>>,
    count: Arc<AtomicU64>,
}

impl Writer {
    fn new(fleet: &Fleet, node: &Machine, number: u8, stop: &Arc<AtomicBool>) -> Result<Self> {
        Ok(Self {
            url: node.url("/api/v1/events"),
            token: Fleet::import_token(node)?,
            unit: node.name.clone(),
            number,
            http: fleet.http().clone(),
            stop: stop.clone(),
            acknowledged: Arc::default(),
            count: Arc::default(),
        })
    }

    fn form(&self, fact: u64) -> (String, Value) {
        let at = FIRST_FACT + fact * 1000;
        let mut random = [self.number; 10];
        random[..8].copy_from_slice(&fact.to_be_bytes());
        let id = EventId::from_parts(at, random).to_string();
        let form = json!({
            "specversion": "1.0",
            "id": id,
            "type": "vn.danvan.survey.answered.v1",
            "source": format!("/u/{}", self.unit),
            "subject": format!("survey/{id}"),
            "time": danvan_event::Timestamp::from_millis(i64::try_from(at).unwrap_or_default()).map(|at| at.to_string()).unwrap_or_default(),
            "data": { "channel": "kiosk", "rating": 1 + fact % 5 },
        });
        (id, form)
    }

    async fn write(self) -> Result<()> {
        for fact in 0.. {
            let (id, form) = self.form(fact);
            let index = eventually("a fact is acknowledged", PATIENCE, || self.post(&form)).await?;
            let index = index.with_context(|| format!("{} refuses {form}", self.unit))?;
            self.acknowledged.lock().map_err(|_| anyhow::anyhow!("a writer died"))?.insert(id, index);
            self.count.fetch_add(1, Ordering::SeqCst);
            if self.stop.load(Ordering::SeqCst) {
                break;
            }
        }
        Ok(())
    }

    /// `None`: nobody answered or the node is busy, so send it again. `Some(None)`: refused for good.
    async fn post(&self, form: &Value) -> Option<Option<u64>> {
        let answer = self.http.post(&self.url).bearer_auth(&self.token).json(form).send().await.ok()?;
        if answer.status().as_u16() == 503 {
            return None;
        }
        let document: Value = answer.json().await.ok()?;
        Some(document["index"].as_u64())
    }

    async fn goes_on(&self) -> Result<()> {
        let wanted = self.count.load(Ordering::SeqCst) + STRETCH;
        let what = format!("{} acknowledges {STRETCH} more", self.unit);
        eventually(&what, PATIENCE, || async { (self.count.load(Ordering::SeqCst) >= wanted).then_some(()) }).await
    }
}

async fn all_go_on(writers: &[&Writer]) -> Result<()> {
    for writer in writers {
        writer.goes_on().await?;
    }
    Ok(())
}

/// Kills a node, the aggregator and the broker in turn, each in the middle of the flow; the broker also loses its store
/// with batches in it that nobody has mirrored.
async fn disturb(fleet: &mut Fleet, writers: &[Writer]) -> Result<()> {
    let [first, second, third] = writers else { anyhow::bail!("three writers") };
    all_go_on(&[first, second, third]).await?;

    fleet.nodes[0].kill()?;
    all_go_on(&[second, third]).await?;
    fleet.nodes[0].start()?;
    all_go_on(&[first]).await?;

    fleet.aggregator.kill()?;
    all_go_on(&[first, second, third]).await?;
    fleet.aggregator.start()?;
    all_go_on(&[first, second, third]).await?;

    lose_the_spool(fleet, writers).await?;
    all_go_on(&[first, second, third]).await?;

    fleet.nats.kill()?;
    fleet.nodes[1].kill()?;
    fleet.nats.start()?;
    fleet.nodes[1].start()?;
    all_go_on(&[first, second, third]).await
}

/// The broker loses its store while batches lie there that no aggregator has seen: only the nodes still have them.
async fn lose_the_spool(fleet: &mut Fleet, writers: &[Writer]) -> Result<()> {
    fleet.aggregator.kill()?;
    // Nobody mirrors any more: what is handed to the broker from here on exists there and on its node only.
    let held = mirrored(&fleet.aggregator.dir.join("ledger"))?;
    for (node, writer) in fleet.nodes.iter().zip(writers) {
        let mirrored = held.get(&origin_of(node)?).map_or(0, Vec::len) as u64;
        writer.goes_on().await?;
        let what = format!("{} hands to the broker what nobody has mirrored", node.name);
        eventually(&what, PATIENCE, || async { (fleet.handed_over(node).await.ok()? > mirrored).then_some(()) })
            .await?;
        let (size, receipted) = fleet.progress(node).await?;
        ensure!(receipted <= mirrored && mirrored < size, "{}: {receipted}, {mirrored}, {size}", node.name);
    }
    fleet.nats.kill()?;
    std::fs::remove_dir_all(fleet.nats.dir.join("store"))?;
    fleet.nats.start()?;
    fleet.aggregator.start()
}

/// The name of a node's log.
fn origin_of(node: &Machine) -> Result<String> {
    Ok(LedgerReader::open(&node.dir.join("ledger"))?.origin().to_string())
}

/// Every acknowledged fact stands in the mirrored log at the index that was promised and nowhere else, below a receipt.
fn assert_kept(fleet: &Fleet, writers: &[Writer]) -> Result<()> {
    let held = mirrored(&fleet.aggregator.dir.join("ledger"))?;
    for (node, writer) in fleet.nodes.iter().zip(writers) {
        let reader = LedgerReader::open(&node.dir.join("ledger"))?;
        let log = held.get(&origin_of(node)?).with_context(|| format!("{} is not mirrored", node.name))?;
        let mut places: BTreeMap<String, Vec<u64>> = BTreeMap::new();
        for (index, entry) in log.iter().enumerate() {
            places.entry(entry.id().to_string()).or_default().push(index as u64);
        }
        let receipted = receipted(&reader, &fleet.mirror)?;
        let acknowledged = writer.acknowledged.lock().map_err(|_| anyhow::anyhow!("a writer died"))?;
        ensure!(acknowledged.len() as u64 >= 4 * STRETCH, "{} acknowledged only {}", node.name, acknowledged.len());
        for (id, index) in acknowledged.iter() {
            let found = places.get(id).cloned().unwrap_or_default();
            ensure!(found == [*index], "{id} was acknowledged at {index} and is held at {found:?}");
            ensure!(*index < receipted, "{id} at {index} lies beyond the receipt for {receipted}");
        }
    }
    Ok(())
}

/// The size of the receipt that lies on the node's disk.
fn receipted(reader: &LedgerReader, mirror: &str) -> Result<u64> {
    let note = reader.receipts().iter().find(|(name, _)| name.to_string() == mirror).map(|(_, note)| note);
    let text = note.context("the node holds no receipt")?.to_string();
    let size = text.lines().nth(1).context("a checkpoint has a size")?;
    Ok(size.parse()?)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_acknowledged_is_lost_or_doubled_whatever_dies() -> Result<()> {
    let danvan = Danvan::new(BINARY);
    let mut fleet = Fleet::make(&danvan, BINARY, &UNITS)?;
    fleet.start().await?;
    let stop = Arc::new(AtomicBool::new(false));
    let mut writers = Vec::new();
    let mut writing = Vec::new();
    for (number, node) in (1..).zip(&fleet.nodes) {
        let writer = Writer::new(&fleet, node, number, &stop)?;
        writing.push(tokio::spawn(writer.clone().write()));
        writers.push(writer);
    }
    let disturbed = disturb(&mut fleet, &writers).await;
    stop.store(true, Ordering::SeqCst);
    for written in writing {
        written.await??;
    }
    disturbed?;

    fleet.ready().await?;
    fleet.all_receipted().await?;
    assert_kept(&fleet, &writers)?;
    fleet.publish_and_prove("2024")
}
