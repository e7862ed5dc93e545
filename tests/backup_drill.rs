//! The drill: a commune's machine is lost, and what stands in its place is made from the backup alone.

use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use danvan_event::EventId;
use danvan_ledger::{LedgerReader, VerifyOptions};
use danvan_tests::binary::{Danvan, Running, text};
use danvan_tests::eventually::eventually;
use danvan_tests::fleet::{Fleet, Machine};
use danvan_tlog::VerifierKey;
use serde_json::{Value, json};
use tokio::task::JoinHandle;

const BINARY: &str = env!("CARGO_BIN_EXE_danvan");
const UNIT: &str = "gso2024-15097";
const PATIENCE: Duration = Duration::from_secs(90);
/// 8 March 2024, 07:30 UTC, in milliseconds.
const MORNING: u64 = 1_709_883_000_000;
const STAFF_TOKEN: &str = "0123456789abcdef0123456789abcdef";
/// What the citizen said: it lies in the vault alone.
const WORDS: &str = "Tôi nộp hồ sơ đã hai tuần";

fn danvan() -> Danvan {
    Danvan::new(BINARY)
}

fn shown(path: &Path) -> String {
    path.display().to_string()
}

/// A complaint, with personal words in it.
fn complaint(number: u64) -> Value {
    let mut random = [0; 10];
    random[..8].copy_from_slice(&number.to_be_bytes());
    json!({
        "specversion": "1.0",
        "id": EventId::from_parts(MORNING, random).to_string(),
        "type": "vn.danvan.feedback.received.v1",
        "time": "2024-03-08T07:30:00Z",
        "data": { "channel": "box", "kind": "complaint", "topic": "dat_dai", "due_days": 10, "text": format!("{WORDS} ({number}).") },
    })
}

/// The destruction of what belongs to one event.
fn erasure(of: &str) -> Value {
    json!({
        "specversion": "1.0",
        "id": EventId::from_parts(MORNING, [255; 10]).to_string(),
        "type": "vn.danvan.privacy.erased.v1",
        "data": { "event_ids": [of], "reason": "requested" },
    })
}

/// Posts a form that must be new; the index of its entry.
async fn record(http: &reqwest::Client, url: &str, token: &str, form: &Value) -> Result<u64> {
    let answer = http.post(url).bearer_auth(token).json(form).send().await?;
    ensure!(answer.status().as_u16() == 201, "{}: {}", answer.status(), answer.text().await?);
    let document: Value = answer.json().await?;
    document["index"].as_u64().context("an index")
}

async fn post(http: &reqwest::Client, node: &Machine, token: &str, form: &Value) -> Result<u64> {
    record(http, &node.url("/api/v1/events"), token, form).await
}

/// Gives the node somebody who may erase.
fn employ_staff(node: &Machine) -> Result<()> {
    let file = node.dir.join("tokens.toml");
    let tokens = std::fs::read_to_string(&file)?;
    std::fs::write(
        &file,
        format!("{tokens}\n[[tokens]]\nname = \"desk\"\nrole = \"staff\"\nsecret = \"{STAFF_TOKEN}\"\n"),
    )?;
    Ok(())
}

fn opening_of(dir: &Path, id: &str) -> PathBuf {
    dir.join("vault").join(format!("{id}.json"))
}

/// What was acknowledged: the index of each id.
type Acknowledged = Arc<Mutex<BTreeMap<String, u64>>>;

/// A counter where citizens never stop coming, until `closed`.
async fn counter(
    http: reqwest::Client,
    node: (String, String),
    closed: Arc<AtomicBool>,
    acknowledged: Acknowledged,
) -> Result<()> {
    let (url, token) = node;
    for number in 0.. {
        if closed.load(Ordering::Acquire) {
            break;
        }
        let form = complaint(number);
        let index = record(&http, &url, &token, &form).await?;
        let id = form["id"].as_str().unwrap_or_default().to_owned();
        acknowledged.lock().map_err(|_| anyhow::anyhow!("a counter died"))?.insert(id, index);
    }
    Ok(())
}

fn count(acknowledged: &Acknowledged) -> usize {
    acknowledged.lock().map_or(0, |acknowledged| acknowledged.len())
}

/// Waits until so many were served, or the counter closed before.
async fn busy(counter: &JoinHandle<Result<()>>, acknowledged: &Acknowledged, least: usize) -> Result<()> {
    let is_enough = || async move { (counter.is_finished() || count(acknowledged) >= least).then_some(()) };
    eventually("the counter is busy", PATIENCE, is_enough).await?;
    ensure!(!counter.is_finished(), "the counter closed after {}", count(acknowledged));
    Ok(())
}

/// Every entry of a ledger as it lies there.
fn entries(directory: &Path) -> Result<Vec<Vec<u8>>> {
    let reader = LedgerReader::open(&directory.join("ledger"))?;
    reader.entries().map(|item| Ok(item?.1.entry)).collect()
}

/// An operator: a key on another machine, and a backup on another disk.
struct Operator {
    key: PathBuf,
    recipient: String,
    backup: PathBuf,
}

impl Operator {
    fn new(root: &Path) -> Result<Self> {
        let key = root.join("operator.age");
        let made = danvan().document(&["backup", "key", "new", "--out", &shown(&key)])?;
        let recipient = made["recipient"].as_str().context("a recipient")?.to_owned();
        ensure!(recipient.starts_with("age1"), "{recipient}");
        ensure!(mode(&key)? == 0o600, "the key can be read by others");
        Ok(Self { key, recipient, backup: root.join("backup") })
    }

    fn create(&self, machine: &Machine) -> Result<Value> {
        let (dir, out) = (shown(&machine.dir), shown(&self.backup));
        danvan().document(&["backup", "create", "--dir", &dir, "--out", &out, "--recipient", &self.recipient])
    }

    fn verify(&self) -> Result<()> {
        let backup = shown(&self.backup);
        for words in
            [&["backup", "verify", &backup][..], &["backup", "verify", &backup, "--identity", &shown(&self.key)]]
        {
            let verified = danvan().document(words)?;
            ensure!(verified["faults"] == json!([]) && verified["decrypted"] == (words.len() == 5), "{verified}");
        }
        Ok(())
    }

    fn restore(&self, key: &Path, target: &Path) -> Result<std::process::Output> {
        let words = ["backup", "restore", &shown(&self.backup), "--identity", &shown(key), "--out", &shown(target)];
        danvan().output(&words)
    }

    fn objects(&self) -> Result<Vec<PathBuf>> {
        let mut objects = Vec::new();
        for folder in std::fs::read_dir(self.backup.join("objects"))? {
            let folder = folder?.path();
            if folder.is_dir() {
                for object in std::fs::read_dir(folder)? {
                    objects.push(object?.path());
                }
            }
        }
        objects.sort();
        Ok(objects)
    }
}

fn mode(path: &Path) -> Result<u32> {
    Ok(std::fs::metadata(path)?.permissions().mode() & 0o777)
}

/// A restored ledger is sound to the last signature, and knows from where it came.
fn assert_sound(fleet: &Fleet, dir: &Path, vkey: &str) -> Result<()> {
    let log: VerifierKey = std::fs::read_to_string(dir.join(vkey))?.trim().parse()?;
    let options = VerifyOptions { log: Some(&log), ..VerifyOptions::default() };
    let verdict = danvan_ledger::verify(&dir.join("ledger"), options)?;
    ensure!(verdict.is_sound() && verdict.torn_tail.is_none(), "{verdict:?}");
    ensure!(dir.join("ledger/restored").exists(), "no mark lies in the restored ledger");
    let policy = shown(&fleet.root().join("policy"));
    let fsck = danvan().document(&["audit", "fsck", &shown(dir), "--policy", &policy])?;
    ensure!(fsck["findings"] == json!([]), "{fsck}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_whose_machine_is_lost_comes_back_from_its_backup() -> Result<()> {
    let mut fleet = Fleet::make(&danvan(), BINARY, &[UNIT])?;
    employ_staff(&fleet.nodes[0])?;
    fleet.start().await?;
    let http = fleet.http().clone();
    let operator = Operator::new(fleet.root())?;
    let dir = fleet.nodes[0].dir.clone();
    let (closed, acknowledged) = (Arc::new(AtomicBool::new(false)), Acknowledged::default());
    let node = (fleet.nodes[0].url("/api/v1/events"), Fleet::import_token(&fleet.nodes[0])?);
    let citizens = tokio::spawn(counter(http.clone(), node, closed.clone(), acknowledged.clone()));
    busy(&citizens, &acknowledged, 30).await?;

    let first = operator.create(&fleet.nodes[0])?;
    ensure!(first["reused"] == 0 && operator.objects()?.len() as u64 == first["written"], "{first}");
    busy(&citizens, &acknowledged, count(&acknowledged) + 20).await?;
    let before: BTreeMap<_, _> = acknowledged.lock().map_err(|_| anyhow::anyhow!("a counter died"))?.clone();
    let live = entries(&dir)?;
    let second = operator.create(&fleet.nodes[0])?;
    // Keys, settings, and the openings of the first copy are not read again.
    let (written, reused) =
        (second["written"].as_u64().context("a number")?, second["reused"].as_u64().context("a number")?);
    ensure!(reused >= 30 && written < first["written"].as_u64().unwrap_or(0) + 40, "{first} {second}");
    ensure!(operator.objects()?.len() as u64 == first["written"].as_u64().unwrap_or(0) + written, "{second}");
    busy(&citizens, &acknowledged, count(&acknowledged) + 5).await?;
    closed.store(true, Ordering::Release);
    citizens.await??;
    let erased = before.keys().next().context("an acknowledged complaint")?.clone();
    post(&http, &fleet.nodes[0], STAFF_TOKEN, &erasure(&erased)).await?;
    ensure!(!opening_of(&dir, &erased).exists(), "nothing was erased");
    fleet.all_receipted().await?;
    let last = entries(&dir)?;

    fleet.nodes[0].kill()?;
    std::fs::remove_dir_all(&dir)?;
    operator.verify()?;
    let ran = operator.restore(&operator.key, &dir)?;
    ensure!(ran.status.code() == Some(0), "{}: {}", ran.status, text(&ran.stderr));
    ensure!(text(&ran.stdout).starts_with("Đã khôi phục"), "{}", text(&ran.stdout));

    assert_sound(&fleet, &dir, "keys/node.vkey")?;
    let back = entries(&dir)?;
    ensure!(back.len() as u64 == second["entries"], "{} entries, not {second}", back.len());
    for (id, index) in &before {
        let index = usize::try_from(*index)?;
        ensure!(back[index] == live[index] && text(&back[index]).contains(id), "entry {index} is another one");
        let opening = opening_of(&dir, id);
        ensure!(mode(&opening)? == 0o600, "{} can be read by others", opening.display());
        ensure!(std::fs::read_to_string(&opening)?.contains(WORDS), "{} opens nothing", opening.display());
    }
    ensure!(mode(&dir.join("keys/node.key"))? == 0o600 && mode(&dir)? == 0o700, "keys can be read by others");

    let unasked = danvan().output(&["ledger", "repair", &shown(&dir), "--rejoin"])?;
    ensure!(unasked.status.code() == Some(2) && dir.join("ledger/restored").exists(), "nobody was asked: {unasked:?}");

    // Its start fetches what the aggregator holds beyond the copy, and erases again what was erased after it.
    ensure!(opening_of(&dir, &erased).exists() && back.len() < last.len(), "the copy has nothing to catch up with");
    fleet.nodes[0].start()?;
    fleet.nodes[0].ready(&http).await?;
    ensure!(entries(&dir)? == last && !dir.join("ledger/restored").exists(), "it is not what was receipted");
    ensure!(!opening_of(&dir, &erased).exists(), "what was erased is back");
    let form = complaint(count(&acknowledged) as u64);
    let index = post(&http, &fleet.nodes[0], &Fleet::import_token(&fleet.nodes[0])?, &form).await?;
    ensure!(index == last.len() as u64, "the next entry has index {index}");
    fleet.all_receipted().await?;
    fleet.publish_and_prove("2024")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_aggregator_that_runs_is_copied_and_comes_back_elsewhere() -> Result<()> {
    let mut fleet = Fleet::make(&danvan(), BINARY, &[UNIT])?;
    fleet.start().await?;
    fleet.all_receipted().await?;
    let operator = Operator::new(fleet.root())?;
    let created = operator.create(&fleet.aggregator)?;
    operator.verify()?;
    let target = fleet.root().join("elsewhere");
    let ran = operator.restore(&operator.key, &target)?;
    ensure!(ran.status.code() == Some(0), "{}: {}", ran.status, text(&ran.stderr));
    assert_sound(&fleet, &target, "keys/log.vkey")?;
    ensure!(entries(&target)?.len() as u64 == created["entries"], "{created}");
    for secret in ["keys/log.key", "keys/mirror.key", "operator.token"] {
        let (found, expected) = (target.join(secret), fleet.aggregator.dir.join(secret));
        ensure!(mode(&found)? == 0o600 && std::fs::read(&found)? == std::fs::read(&expected)?, "{secret}");
    }

    // It does not run before somebody says from where what came later is taken back; here from the one that still stands.
    let ran = danvan().output(&["aggregator", "run", "--data", &shown(&target)])?;
    ensure!(ran.status.code() == Some(1) && text(&ran.stderr).contains("--rejoin"), "{}", text(&ran.stderr));
    let source = shown(&fleet.aggregator.dir);
    let rejoined = danvan().document(&["ledger", "repair", &shown(&target), "--rejoin", "--from", &source])?;
    ensure!(rejoined["outcome"] != "irreparable" && !target.join("ledger/restored").exists(), "{rejoined}");
    Ok(())
}

#[test]
fn a_damaged_backup_or_a_wrong_key_restores_nothing_and_says_what_is_wrong() -> Result<()> {
    let fleet = Fleet::make(&danvan(), BINARY, &[UNIT])?;
    let operator = Operator::new(fleet.root())?;
    operator.create(&fleet.nodes[0])?;
    let target = fleet.root().join("new");
    let is_refused = |key: &Path, words: &str| {
        let ran = operator.restore(key, &target)?;
        let said = text(&ran.stderr);
        ensure!(ran.status.code() == Some(1) && said.contains(words), "{}: {said}", ran.status);
        ensure!(!target.exists() && !fleet.root().join("new.restoring").exists(), "something was left");
        Ok(())
    };

    let other = fleet.root().join("other.age");
    danvan().document(&["backup", "key", "new", "--out", &shown(&other)])?;
    is_refused(&other, "cannot read manifest 1")?;

    let object = operator.objects()?.pop().context("an object")?;
    let bytes = std::fs::read(&object)?;
    let mut damaged = bytes.clone();
    damaged[bytes.len() / 2] ^= 1;
    for (harm, words) in [(Some(&damaged), "the object is not what was written"), (None, "the object is missing")] {
        match harm {
            Some(harm) => std::fs::write(&object, harm)?,
            None => std::fs::remove_file(&object)?,
        }
        let ran = danvan().command(&["backup", "verify", &shown(&operator.backup), "--json"]).output()?;
        let verified: Value = serde_json::from_slice(&ran.stdout)?;
        let fault = &verified["faults"][0];
        ensure!(ran.status.code() == Some(1) && fault["fault"] == words, "{}: {verified}", ran.status);
        ensure!(shown(&object).ends_with(fault["object"].as_str().unwrap_or("none")), "{verified}");
        is_refused(&operator.key, fault["path"].as_str().unwrap_or("none"))?;
    }
    std::fs::write(&object, &bytes)?;
    operator.verify()
}

#[test]
fn a_key_is_never_written_over_another_and_no_copy_is_taken_into_what_it_copies() -> Result<()> {
    let fleet = Fleet::make(&danvan(), BINARY, &[UNIT])?;
    let mut operator = Operator::new(fleet.root())?;
    let again = danvan().output(&["backup", "key", "new", "--out", &shown(&operator.key)])?;
    ensure!(again.status.code() == Some(1), "{}", again.status);
    operator.backup = fleet.nodes[0].dir.join("backup");
    let refused = operator.create(&fleet.nodes[0]);
    ensure!(refused.is_err() && !operator.backup.exists(), "{refused:?}");
    for words in [&["backup", "create", "--dir", "x", "--out", "y"][..], &["backup", "restore", "x", "--out", "y"]] {
        let ran = danvan().output(words)?;
        ensure!(ran.status.code() == Some(2), "{words:?}: {}", ran.status);
    }
    Ok(())
}

#[tokio::test]
async fn a_copy_that_is_killed_half_way_costs_neither_the_earlier_nor_the_next_one() -> Result<()> {
    const OPENINGS: u32 = 400;
    let fleet = Fleet::make(&danvan(), BINARY, &[UNIT])?;
    let (operator, node) = (Operator::new(fleet.root())?, &fleet.nodes[0]);
    operator.create(node)?;
    for number in 0..OPENINGS {
        std::fs::write(node.dir.join(format!("vault/{number}.json")), format!("{WORDS} ({number})."))?;
    }
    let (mut killed, mut before) = (0, operator.objects()?.len());
    for more in [1, 20, 60, 120] {
        let words = [
            ["backup", "create", "--recipient", &operator.recipient],
            ["--dir", &shown(&node.dir), "--out", &shown(&operator.backup)],
        ];
        let mut running = Running::start(danvan().command(words.as_flattened()), &fleet.root().join("create.txt"))?;
        eventually("some objects are there", PATIENCE, || {
            let enough = running.ended().is_some() || operator.objects().is_ok_and(|all| all.len() >= before + more);
            async move { enough.then_some(()) }
        })
        .await?;
        killed += usize::from(running.ended().is_none());
        running.kill()?;
        before = operator.objects()?.len();
        operator.verify()?;
    }
    ensure!(killed > 0, "no copy was interrupted");
    let created = operator.create(node)?;
    let needed = created["written"].as_u64().zip(created["reused"].as_u64()).map(|(written, reused)| written + reused);
    ensure!(created["removed"] != 0 && Some(operator.objects()?.len() as u64) == needed, "{created}");
    operator.verify()
}
