//! A small fleet made by the commands that an operator types: nodes, an aggregator, a broker, each killed and started
//! again as a test wishes.

use std::cell::RefCell;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus};
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use danvan_replication::{AggregatorToken, BrokerUser, ServerConfig, UnitToken, server_config};
use danvan_tlog::{Policy, VerifierKey};
use serde_json::Value;
use tempfile::TempDir;

use crate::binary::{Danvan, Running, Turn, free_address, nats_server};
use crate::eventually::eventually;

const DEPLOYMENT: &str = "ngoc-lac-2024.danvan.demo";
const AGGREGATOR: &str = "ngoc-lac";
const PASSWORD: &str = "for-tests-only";
/// Without it in a directory above, a node refuses a simulated clock.
const DEMO_MARKER: &str = ".danvan-demo";
/// Generous: two cores may be shared with a compiler.
const PATIENCE: Duration = Duration::from_secs(90);

/// One machine of the fleet.
#[derive(Debug)]
pub struct Machine {
    /// What it is called in the fleet: a unit's id, `aggregator`, `nats`.
    pub name: String,
    /// Where it listens.
    pub listen: SocketAddr,
    /// Its directory.
    pub dir: PathBuf,
    run: Vec<String>,
    running: Option<Running>,
}

/// A whole fleet in a temporary directory laid out like a demonstration's.
#[derive(Debug)]
pub struct Fleet {
    /// The nodes, in the order of the units asked for.
    pub nodes: Vec<Machine>,
    /// The aggregator.
    pub aggregator: Machine,
    /// The broker.
    pub nats: Machine,
    /// The name of the key that signs receipts.
    pub mirror: String,
    pub(crate) danvan: Danvan,
    /// How whoever joins later is made.
    joining: Joining,
    http: reqwest::Client,
    dir: TempDir,
    _turn: Turn,
}

/// What a node that joins later is made with.
#[derive(Debug)]
struct Joining {
    binary: String,
    broker: [String; 2],
    mirror: VerifierKey,
    clock: Vec<String>,
}

impl Machine {
    fn new(name: &str, listen: SocketAddr, dir: PathBuf) -> Self {
        Self { name: name.to_owned(), listen, dir, run: Vec::new(), running: None }
    }

    /// The address of a page or an API of this machine.
    #[must_use]
    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.listen)
    }

    /// The command line that runs this machine.
    #[must_use]
    pub fn command_line(&self) -> &[String] {
        &self.run
    }

    /// Starts it.
    ///
    /// # Errors
    /// When the program cannot be started.
    pub fn start(&mut self) -> Result<()> {
        let (program, words) = self.run.split_first().context("a command")?;
        let mut command = Command::new(program);
        command.args(words);
        self.running = Some(Running::start(command, &self.dir.join("trace.txt"))?);
        Ok(())
    }

    /// Kills it with SIGKILL.
    ///
    /// # Errors
    /// When it does not run, or ended before: then with its last words.
    pub fn kill(&mut self) -> Result<()> {
        let mut running = self.running.take().with_context(|| format!("{} does not run", self.name))?;
        ensure!(running.ended().is_none(), "{} ended by itself:\n{}", self.name, running.said());
        running.kill()
    }

    /// Asks it to end, by SIGTERM.
    ///
    /// # Errors
    /// When it does not run.
    pub fn terminate(&self) -> Result<()> {
        self.running.as_ref().with_context(|| format!("{} does not run", self.name))?.terminate()
    }

    /// Waits until it ends by itself; its status and everything that it said.
    ///
    /// # Errors
    /// When it does not run, or goes on.
    pub async fn ended(&mut self) -> Result<(ExitStatus, String)> {
        let running = RefCell::new(self.running.take().with_context(|| format!("{} does not run", self.name))?);
        let what = format!("{} ends", self.name);
        let status = eventually(&what, PATIENCE, || async { running.borrow_mut().ended() }).await?;
        Ok((status, running.into_inner().said()))
    }

    /// Waits until it serves.
    ///
    /// # Errors
    /// When it does not, or ended by itself.
    pub async fn ready(&mut self, http: &reqwest::Client) -> Result<()> {
        let url = self.url("/health/ready");
        let what = format!("{} serves", self.name);
        let up = eventually(&what, PATIENCE, || async {
            let answer = http.get(&url).send().await.ok()?;
            answer.status().is_success().then_some(())
        });
        if let Err(error) = up.await {
            self.check()?;
            return Err(error);
        }
        Ok(())
    }

    /// Fails when it ended by itself.
    ///
    /// # Errors
    /// With its last words.
    pub fn check(&mut self) -> Result<()> {
        if let Some(running) = &mut self.running
            && let Some(status) = running.ended()
        {
            anyhow::bail!("{} ended with {status}:\n{}", self.name, running.said());
        }
        Ok(())
    }
}

impl Fleet {
    /// Makes the fleet of these units; nothing runs yet.
    ///
    /// # Errors
    /// When a command fails.
    pub fn make(danvan: &Danvan, binary: &str, units: &[&str]) -> Result<Self> {
        Self::make_of(danvan, binary, units, &[], &[])
    }

    /// The same with nodes that record every fact when it happened, so that a test decides how far their logs reach.
    ///
    /// # Errors
    /// When a command fails.
    pub fn simulated(danvan: &Danvan, binary: &str, units: &[&str]) -> Result<Self> {
        Self::simulated_before(danvan, binary, units, &[])
    }

    /// The same with a broker that also knows units whose nodes [`Fleet::join`] later.
    ///
    /// # Errors
    /// When a command fails.
    pub fn simulated_before(danvan: &Danvan, binary: &str, units: &[&str], later: &[&str]) -> Result<Self> {
        Self::make_of(danvan, binary, units, later, &["--clock", "simulated"])
    }

    fn make_of(danvan: &Danvan, binary: &str, units: &[&str], later: &[&str], clock: &[&str]) -> Result<Self> {
        let turn = Turn::take();
        let dir = tempfile::Builder::new().prefix("danvan-test").tempdir()?;
        let root = dir.path().to_owned();
        if !clock.is_empty() {
            std::fs::write(root.join(DEMO_MARKER), b"made by a test\n")?;
        }
        let machine = |name: &str, at: PathBuf| Ok::<_, anyhow::Error>(Machine::new(name, free_address()?, at));
        let mut nats = machine("nats", root.join("nats"))?;
        let mut aggregator = machine("aggregator", root.join("aggregator"))?;
        std::fs::create_dir_all(&nats.dir)?;
        let password = root.join("password");
        danvan_daemon::write_private(&password, PASSWORD.as_bytes())?;
        let broker = [format!("--nats=nats://{}", nats.listen), format!("--nats-password-file={}", password.display())];

        let made = danvan.document(&aggregator_init(&aggregator, &broker))?;
        aggregator.run = run_words(binary, "aggregator", &aggregator.dir);
        let log: VerifierKey = vkey(&made, "log_vkey")?;
        let mirror: VerifierKey = vkey(&made, "mirror_vkey")?;
        let clock = clock.iter().map(|word| (*word).to_owned()).collect();
        let joining = Joining { binary: binary.to_owned(), broker, mirror: mirror.clone(), clock };
        let (mut nodes, mut logs) = (Vec::new(), vec![log]);
        for unit in units {
            let (node, key) = joining.node(danvan, &root, unit, &aggregator)?;
            logs.push(key);
            nodes.push(node);
        }
        std::fs::write(root.join("policy"), Policy::mirrored(logs, [mirror.clone()])?.to_string())?;
        let config = nats.dir.join("nats-server.conf");
        danvan_daemon::write_private(&config, broker_config(&nats, &[units, later].concat())?.as_bytes())?;
        nats.run = vec![nats_server()?.display().to_string(), "--config".to_owned(), config.display().to_string()];
        // No connection is kept: a server that refuses a body unread, or is killed, closes it, and a request that met the
        // closing would fail for no fault of the server's.
        let http = reqwest::Client::builder().timeout(Duration::from_secs(20)).no_proxy().pool_max_idle_per_host(0);
        let http = http.build()?;
        let mirror = mirror.name().to_string();
        let fleet = Self { nodes, aggregator, nats, mirror, danvan: danvan.clone(), joining, http, dir, _turn: turn };
        fleet.list_operators()?;
        Ok(fleet)
    }

    /// Makes the node of a unit, enrols it with the aggregator, running or not, and lists its key in the policy. It does not
    /// run yet.
    ///
    /// # Errors
    /// When a command fails.
    pub fn join(&mut self, unit: &str) -> Result<()> {
        let root = self.root().to_owned();
        let (node, key) = self.joining.node(&self.danvan, &root, unit, &self.aggregator)?;
        let policy = root.join("policy");
        std::fs::write(&policy, format!("log {key}\n{}", std::fs::read_to_string(&policy)?))?;
        self.nodes.push(node);
        Ok(())
    }

    /// Starts everything and waits until all of it serves.
    ///
    /// # Errors
    /// When something does not come up.
    pub async fn start(&mut self) -> Result<()> {
        self.nats.start()?;
        self.aggregator.start()?;
        for node in &mut self.nodes {
            node.start()?;
        }
        self.ready().await
    }

    /// Waits until the aggregator and every node serve.
    ///
    /// # Errors
    /// When one of them does not, or ended by itself.
    pub async fn ready(&mut self) -> Result<()> {
        self.nats.check()?;
        for machine in [&mut self.aggregator].into_iter().chain(&mut self.nodes) {
            machine.ready(&self.http).await?;
        }
        Ok(())
    }

    /// The client of this fleet.
    #[must_use]
    pub fn http(&self) -> &reqwest::Client {
        &self.http
    }

    /// The directory of everything.
    #[must_use]
    pub fn root(&self) -> &Path {
        self.dir.path()
    }

    /// Keeps the directory for a look by hand; used by a failing test.
    pub fn keep(&mut self) {
        self.dir.disable_cleanup(true);
    }

    /// What the node says of its log: `size`, and the size that a receipt covers.
    ///
    /// # Errors
    /// When the node does not answer.
    pub async fn progress(&self, node: &Machine) -> Result<(u64, u64)> {
        let status: Value = self.http.get(node.url("/api/v1/status")).send().await?.json().await?;
        let size = status["size"].as_u64().with_context(|| status.to_string())?;
        Ok((size, status["receipted"][&self.mirror].as_u64().unwrap_or(0)))
    }

    /// Up to where the node has handed its log to the broker.
    ///
    /// # Errors
    /// When the node does not answer or does not say.
    pub async fn handed_over(&self, node: &Machine) -> Result<u64> {
        let status: Value = self.http.get(node.url("/api/v1/status")).send().await?.json().await?;
        status["published"].as_u64().with_context(|| status.to_string())
    }

    /// Waits until a receipt covers every entry of every node.
    ///
    /// # Errors
    /// When that does not happen in time.
    pub async fn all_receipted(&self) -> Result<()> {
        for node in &self.nodes {
            let what = format!("receipts for all of {}", node.name);
            eventually(&what, PATIENCE, || async {
                let (size, receipted) = self.progress(node).await.ok()?;
                (size > 0 && receipted == size).then_some(())
            })
            .await?;
        }
        Ok(())
    }

    /// The import token of a node.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn import_token(node: &Machine) -> Result<String> {
        Ok(std::fs::read_to_string(node.dir.join("import.token"))?.trim().to_owned())
    }
}

impl Joining {
    /// A node of the unit, enrolled, and its key.
    fn node(&self, danvan: &Danvan, root: &Path, unit: &str, aggregator: &Machine) -> Result<(Machine, VerifierKey)> {
        let mut node = Machine::new(unit, free_address()?, root.join("nodes").join(unit));
        let mut init = node_init(&node, &self.broker, &self.mirror);
        init.extend_from_slice(&self.clock);
        let key = vkey(&danvan.document(&init)?, "vkey")?;
        let (data, to) = (aggregator.dir.display().to_string(), aggregator.url(""));
        danvan.document(&["aggregator", "unit", "add", unit, &key.to_string(), "--data", &data, "--to", &to])?;
        node.run = run_words(&self.binary, "node", &node.dir);
        Ok((node, key))
    }
}

fn run_words(binary: &str, noun: &str, dir: &Path) -> Vec<String> {
    [binary, noun, "run", "--exit-with-parent", "--data"]
        .map(str::to_owned)
        .into_iter()
        .chain([dir.display().to_string()])
        .collect()
}

fn aggregator_init(machine: &Machine, broker: &[String]) -> Vec<String> {
    let mut words: Vec<String> =
        ["aggregator", "init", "--place", "Huyện Ngọc Lặc", "--period", "2024"].map(str::to_owned).into();
    words.extend(["--name", AGGREGATOR, "--deployment", DEPLOYMENT, "--nats-user", AGGREGATOR].map(str::to_owned));
    words.extend([format!("--listen={}", machine.listen), format!("--data={}", machine.dir.display())]);
    words.extend_from_slice(broker);
    words
}

fn node_init(machine: &Machine, broker: &[String], mirror: &VerifierKey) -> Vec<String> {
    let unit = machine.name.as_str();
    let mut words: Vec<String> =
        ["node", "init", "--unit", unit, "--deployment", DEPLOYMENT, "--nats-user", unit].map(str::to_owned).into();
    words.extend([format!("--listen={}", machine.listen), format!("--data={}", machine.dir.display())]);
    words.extend([format!("--aggregator={mirror}")]);
    words.extend_from_slice(broker);
    words
}

fn vkey(document: &Value, name: &str) -> Result<VerifierKey> {
    let text = document[name].as_str().with_context(|| document.to_string())?;
    Ok(text.parse()?)
}

fn broker_config(nats: &Machine, units: &[&str]) -> Result<String> {
    let password = PASSWORD.to_owned();
    let user = |unit: &&str| Ok(BrokerUser { token: UnitToken::new(*unit)?, password: password.clone() });
    Ok(server_config(&ServerConfig {
        name: DEPLOYMENT.to_owned(),
        listen: nats.listen,
        monitor: None,
        store: nats.dir.join("store"),
        max_store_bytes: 8 << 30,
        sync_always: true,
        units: units.iter().map(user).collect::<Result<Vec<_>>>()?,
        aggregators: vec![BrokerUser { token: AggregatorToken::new(AGGREGATOR)?, password: password.clone() }],
    }))
}
