//! The processes of a demonstration: made, enrolled, started, stopped by the commands that an operator would type.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use danvan_event::{Preset, Unit, UnitId};
use danvan_replication::{AggregatorToken, BrokerUser, ServerConfig, UnitToken, server_config};
use danvan_tlog::{Policy, VerifierKey};
use futures_util::{StreamExt, TryStreamExt, stream};
use serde_json::Value;
use tokio::time::Instant;

use super::attribution;
use super::place::Place;
use super::ports::Ports;
use super::process::{Process, document_of, words};
use crate::client::Client;
use crate::exit::Failure;
use crate::input;
use crate::progress::Progress;

/// Enough for years of any preset.
const SPOOL_BYTES: u64 = 8 << 30;
/// Who approves a demonstration's ranking.
pub(crate) const OPERATORS: [&str; 2] = ["Người phê duyệt thứ nhất (mô phỏng)", "Người phê duyệt thứ hai (mô phỏng)"];
/// How many commands run beside each other while the fleet is made: more only wait for the disk.
const BESIDE: usize = 4;
/// How long a process may take until it serves.
const PATIENCE: Duration = Duration::from_mins(1);
const POLL: Duration = Duration::from_millis(50);

/// A node of the fleet.
#[derive(Debug, Clone)]
pub(crate) struct Node {
    /// Its unit.
    pub(crate) unit: &'static Unit,
    /// Where its HTTP listens.
    pub(crate) listen: SocketAddr,
    vkey: VerifierKey,
}

/// A fleet that was made, and what of it runs.
#[derive(Debug)]
pub(crate) struct Fleet {
    /// In the order of the preset.
    pub(crate) nodes: Vec<Node>,
    /// Name of the key whose receipts count.
    pub(crate) mirror: String,
    plan: Plan,
    broker: Option<Process>,
    aggregator: Option<Process>,
    processes: Vec<Process>,
}

/// What a fleet is made of.
#[derive(Debug)]
pub(crate) struct Plan {
    /// The units.
    pub(crate) preset: &'static Preset,
    /// Where everything lies.
    pub(crate) place: Place,
    /// Where everything listens.
    pub(crate) ports: Ports,
    /// The broker's program.
    pub(crate) nats_server: PathBuf,
}

impl Plan {
    /// Makes keys, ledgers and settings of all and enrols the units. Nothing runs yet.
    pub(crate) async fn make(self, progress: &Progress) -> Result<Fleet, Failure> {
        let units = self.preset.units.len() as u64;
        progress.stage("Tạo khoá và sổ", "Making keys and ledgers", 2 * units);
        let broker_users = self.passwords()?;
        let (log, mirror) = self.make_aggregator().await?;
        self.attribute()?;
        let nodes = self.make_nodes(&mirror, progress).await?;
        for node in &nodes {
            let (unit, vkey) = (node.unit.id.to_string(), node.vkey.to_string());
            document_of(&words!["aggregator", "unit", "add", unit, vkey, "--data", self.place.aggregator()]).await?;
            progress.advance(1);
        }
        self.enrol_board().await?;
        self.enrol_operators().await?;
        self.write_policy(&log, &mirror, &nodes)?;
        self.write_broker_config(broker_users)?;
        let mirror = mirror.name().to_string();
        Ok(Fleet { nodes, mirror, plan: self, broker: None, aggregator: None, processes: Vec::new() })
    }

    fn deployment(&self) -> String {
        format!("{}.danvan.demo", self.preset.preset)
    }

    fn nats_url(&self) -> String {
        format!("nats://{}", self.ports.nats())
    }

    /// A password for everybody; the files wait in the broker's directory for the commands that take them.
    fn passwords(&self) -> Result<Vec<(String, String)>, Failure> {
        let units = self.preset.units.iter().map(|unit| unit.id.to_string());
        let users = units.chain([self.preset.aggregator.clone()]);
        users.map(|user| Ok((user.clone(), self.place.new_password(&user)?))).collect()
    }

    async fn make_aggregator(&self) -> Result<(VerifierKey, VerifierKey), Failure> {
        let name = &self.preset.aggregator;
        let made = document_of(&words![
            "aggregator",
            "init",
            "--data",
            self.place.aggregator(),
            "--name",
            name,
            "--deployment",
            self.deployment(),
            "--preset",
            &self.preset.preset,
            "--place",
            &self.preset.name_vi,
            "--level-label",
            &self.preset.level_label_vi,
            "--period",
            self.preset.year.to_string(),
            "--listen",
            self.ports.aggregator().to_string(),
            "--nats",
            self.nats_url(),
            "--nats-monitor",
            self.ports.monitor().to_string(),
            "--nats-user",
            name,
            "--nats-password-file",
            self.place.password_file(name),
        ])
        .await?;
        Ok((key(&made, "log_vkey")?, key(&made, "mirror_vkey")?))
    }

    /// Tells the aggregator which facts are real.
    fn attribute(&self) -> Result<(), Failure> {
        let Some(attribution) = attribution::settings(self.preset) else { return Ok(()) };
        let file = self.place.aggregator().join("aggregator.toml");
        let settings = String::from_utf8_lossy(&input::read(&file)?).into_owned();
        Self::write(&file, &(settings + &attribution))
    }

    async fn make_nodes(&self, mirror: &VerifierKey, progress: &Progress) -> Result<Vec<Node>, Failure> {
        let making = self.preset.units.iter().zip(self.ports.nodes()).map(|(unit, listen)| async move {
            let id = unit.id.to_string();
            let made = document_of(&words![
                "node",
                "init",
                "--data",
                self.place.node(&unit.id),
                "--unit",
                &id,
                "--deployment",
                self.deployment(),
                "--listen",
                listen.to_string(),
                "--nats",
                self.nats_url(),
                "--nats-user",
                &id,
                "--nats-password-file",
                self.place.password_file(&id),
                "--aggregator",
                mirror.to_string(),
                "--clock",
                "simulated",
            ])
            .await?;
            progress.advance(1);
            Ok(Node { unit, listen, vkey: key(&made, "vkey")? })
        });
        stream::iter(making).buffered(BESIDE).try_collect().await
    }

    /// The key of the board that judges the communes.
    async fn enrol_board(&self) -> Result<(), Failure> {
        let made = document_of(&words!["evaluator", "key", "new", "--out", self.place.evaluator_key()]).await?;
        let vkey = made["vkey"].as_str().unwrap_or_default();
        document_of(&words![
            "aggregator",
            "evaluator",
            "add",
            vkey,
            "--post",
            "Hội đồng đánh giá mô phỏng",
            "--data",
            self.place.aggregator()
        ])
        .await?;
        Ok(())
    }

    /// The keys of the two who approve what the demonstration publishes; their posts say what they are.
    async fn enrol_operators(&self) -> Result<(), Failure> {
        for (number, post) in (1..).zip(OPERATORS) {
            let file = self.place.operator_key(number);
            let made = document_of(&words!["operator", "key", "new", "--post", post, "--out", file]).await?;
            let vkey = made["vkey"].as_str().unwrap_or_default();
            let data = self.place.aggregator();
            document_of(&words!["aggregator", "operator", "add", vkey, "--post", post, "--data", data]).await?;
        }
        Ok(())
    }

    fn write_policy(&self, log: &VerifierKey, mirror: &VerifierKey, nodes: &[Node]) -> Result<(), Failure> {
        let logs = nodes.iter().map(|node| node.vkey.clone()).chain([log.clone()]);
        let policy = Policy::mirrored(logs, [mirror.clone()])
            .map_err(|error| Failure::failed("không lập được chính sách", "cannot make the policy", error))?;
        Self::write(&self.place.policy(), &policy.to_string())
    }

    fn write_broker_config(&self, mut users: Vec<(String, String)>) -> Result<(), Failure> {
        let wrong = |error: danvan_replication::TokenError| Failure::failed("tên không hợp lệ", "unfit name", error);
        let aggregator = users.pop().unwrap_or_default();
        let units: Result<Vec<_>, _> = users
            .into_iter()
            .map(|(user, password)| Ok(BrokerUser { token: UnitToken::new(user)?, password }))
            .collect();
        let config = server_config(&ServerConfig {
            name: self.deployment(),
            listen: self.ports.nats(),
            monitor: Some(self.ports.monitor()),
            store: self.place.nats().join("store"),
            max_store_bytes: SPOOL_BYTES,
            sync_always: true,
            units: units.map_err(wrong)?,
            aggregators: vec![BrokerUser {
                token: AggregatorToken::new(aggregator.0).map_err(wrong)?,
                password: aggregator.1,
            }],
        });
        danvan_daemon::write_private(&self.place.nats_config(), config.as_bytes())
            .map_err(|error| Failure::failed("không ghi được cấu hình NATS", "cannot write NATS' configuration", error))
    }

    fn write(file: &std::path::Path, text: &str) -> Result<(), Failure> {
        danvan_daemon::write_atomic(file, text.as_bytes()).map_err(|error| {
            let at = format!("{}: {error}", file.display());
            Failure::failed("không ghi được tệp", "cannot write a file", at)
        })
    }
}

impl Fleet {
    /// Starts everything and waits until all of it serves. What was started before a failure runs on until [`Fleet::stop`].
    pub(crate) async fn start(&mut self, progress: &Progress) -> Result<(), Failure> {
        progress.stage("Khởi động", "Starting", self.nodes.len() as u64 + 2);
        self.spawn()?;
        self.wait_until_ready(progress).await
    }

    fn spawn(&mut self) -> Result<(), Failure> {
        let place = &self.plan.place;
        let run = words!["demo-child", "--", &self.plan.nats_server, "--config", place.nats_config()];
        self.broker = Some(Process::start("nats-server", &run, &place.nats().join("trace.txt"))?);
        let run = words!["aggregator", "run", "--data", place.aggregator(), "--exit-with-parent"];
        self.aggregator = Some(Process::start("aggregator", &run, &place.aggregator().join("trace.txt"))?);
        for node in &self.nodes {
            let dir = place.node(&node.unit.id);
            let run = words!["node", "run", "--data", &dir, "--exit-with-parent"];
            self.processes.push(Process::start(node.unit.id.as_ref(), &run, &dir.join("trace.txt"))?);
        }
        Ok(())
    }

    async fn wait_until_ready(&mut self, progress: &Progress) -> Result<(), Failure> {
        let monitor = Client::new(&format!("http://{}", self.plan.ports.monitor()), None)?;
        self.wait_for(&monitor, "/healthz").await?;
        progress.advance(1);
        let clients: Result<Vec<_>, _> =
            [self.aggregator(None)].into_iter().chain(self.nodes.iter().map(|node| Self::node(node, None))).collect();
        for client in clients? {
            self.wait_for(&client, "/health/ready").await?;
            progress.advance(1);
        }
        Ok(())
    }

    async fn wait_for(&mut self, client: &Client, path: &str) -> Result<(), Failure> {
        let deadline = Instant::now() + PATIENCE;
        while !client.is_well(path).await {
            self.check()?;
            if Instant::now() > deadline {
                return Err(Failure::failed("không khởi động được", "did not start", client.base()));
            }
            tokio::time::sleep(POLL).await;
        }
        Ok(())
    }

    /// Fails when a process has ended.
    pub(crate) fn check(&mut self) -> Result<(), Failure> {
        let mut all = self.broker.iter_mut().chain(&mut self.aggregator).chain(&mut self.processes);
        match all.find_map(Process::ended) {
            Some(failure) => Err(failure),
            None => Ok(()),
        }
    }

    /// The aggregator's address for a browser.
    pub(crate) fn dashboard(&self) -> String {
        format!("http://{}/", self.plan.ports.aggregator())
    }

    /// A client of the aggregator; `token` is the operator's where one is needed.
    pub(crate) fn aggregator(&self, token: Option<String>) -> Result<Client, Failure> {
        Client::new(&format!("http://{}", self.plan.ports.aggregator()), token)
    }

    /// A client of a node.
    pub(crate) fn node(node: &Node, token: Option<String>) -> Result<Client, Failure> {
        Client::new(&format!("http://{}", node.listen), token)
    }

    /// A client of a node that may import.
    pub(crate) fn importer(&self, node: &Node) -> Result<Client, Failure> {
        let token = input::secret(&self.plan.place.node(&node.unit.id).join("import.token"))?;
        Self::node(node, Some(token))
    }

    /// The node of a unit.
    pub(crate) fn of(&self, unit: &UnitId) -> Option<&Node> {
        self.nodes.iter().find(|node| node.unit.id == *unit)
    }

    /// Where everything lies.
    pub(crate) fn place(&self) -> &Place {
        &self.plan.place
    }

    /// The year that its facts fall in, and so the period that is judged.
    pub(crate) fn year(&self) -> u16 {
        self.plan.preset.year
    }

    /// Stops everything that runs: who sends first, the courier last.
    pub(crate) async fn stop(self) {
        for stage in [self.processes, self.aggregator.into_iter().collect(), self.broker.into_iter().collect()] {
            stream::iter(stage).for_each_concurrent(None, Process::stop).await;
        }
    }
}

fn key(document: &Value, name: &str) -> Result<VerifierKey, Failure> {
    let text = document[name].as_str().unwrap_or_default();
    text.parse().map_err(|error| Failure::failed("khoá không hợp lệ", "unfit key", format!("{name}: {error}")))
}
