//! `danvan node`: the machine of a commune.

mod catalogue;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand, ValueEnum};
use danvan_daemon::ClockKind;
use danvan_event::UnitId;
use danvan_node::{InitError, InitOptions, Overrides};
use danvan_tlog::VerifierKey;
use serde_json::json;

use self::catalogue::CatalogueCommand;
use crate::exit::{Exit, Failure, Outcome};
use crate::input;
use crate::output::Output;
use crate::parent;

/// `danvan node …`
#[derive(Debug, Subcommand)]
pub(crate) enum NodeCommand {
    /// Tạo trạm: khoá, sổ, cấu hình | Makes keys, ledger, tokens and settings of a node
    Init(Init),
    /// Chạy trạm | Runs a node until SIGTERM or SIGINT
    Run(Run),
    /// Bộ cam kết của đơn vị | The pledge catalogue that the unit's officials sign
    #[command(subcommand)]
    Catalogue(CatalogueCommand),
}

/// `danvan node init`
#[derive(Debug, Args)]
#[command(after_help = "Example: danvan node init --data ./loc-thinh --unit gso2024-15097 \
    --deployment ngoc-lac.example.vn --nats nats://10.0.0.1:4222 --aggregator \"$(cat mirror.vkey)\"")]
pub(crate) struct Init {
    /// New directory of the node
    #[arg(long, value_name = "DIR")]
    data: PathBuf,
    /// The commune's id, such as gso2024-15097
    #[arg(long)]
    unit: UnitId,
    /// First part of every log's name, such as ngoc-lac-2024.danvan.demo
    #[arg(long)]
    deployment: String,
    /// Name on the screens; from the gazetteer when absent
    #[arg(long)]
    name: Option<String>,
    /// Where HTTP is served [default: 127.0.0.1:8410]
    #[arg(long, value_name = "ADDRESS:PORT")]
    listen: Option<SocketAddr>,
    #[command(flatten)]
    broker: Broker,
    /// Mirror key of an aggregator whose receipt is required; may be given more than once
    #[arg(long = "aggregator", value_name = "VKEY")]
    aggregators: Vec<VerifierKey>,
    /// The clock behind recordedtime; `simulated` only inside a directory that `demo` made
    #[arg(long, value_enum, default_value_t = ClockArgument::System)]
    clock: ClockArgument,
}

/// How to reach the broker, the same words for nodes and aggregators.
#[derive(Debug, Args)]
pub(crate) struct Broker {
    /// Address of the broker, such as `nats://127.0.0.1:4222`
    #[arg(long, value_name = "URL")]
    pub(crate) nats: Option<String>,
    /// User at the broker
    #[arg(long, value_name = "USER", requires = "nats_password_file")]
    nats_user: Option<String>,
    /// File with the user's password, readable by its owner only
    #[arg(long, value_name = "FILE", requires = "nats_user")]
    nats_password_file: Option<PathBuf>,
}

impl Broker {
    /// User and password, when both are given.
    pub(crate) fn credentials(&self) -> Result<Option<(String, String)>, Failure> {
        match (&self.nats_user, &self.nats_password_file) {
            (Some(user), Some(file)) => Ok(Some((user.clone(), input::secret(file)?))),
            _ => Ok(None),
        }
    }
}

/// The clocks as the command line names them.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum ClockArgument {
    /// The machine's clock
    System,
    /// Follows the facts; for demonstrations
    Simulated,
}

impl From<ClockArgument> for ClockKind {
    fn from(clock: ClockArgument) -> Self {
        match clock {
            ClockArgument::System => Self::System,
            ClockArgument::Simulated => Self::Simulated,
        }
    }
}

/// `danvan node run`
#[derive(Debug, Args)]
pub(crate) struct Run {
    /// Directory of the node
    #[arg(long, value_name = "DIR")]
    data: PathBuf,
    /// Another address for HTTP than the settings say
    #[arg(long, value_name = "ADDRESS:PORT")]
    listen: Option<SocketAddr>,
    /// Another broker than the settings say
    #[arg(long, value_name = "URL")]
    nats: Option<String>,
    /// Aggregator, by name or mirror key, or `spool`: where the ledger has to catch up, go on although it does not answer. What
    /// it holds may then differ from what this node records; the decision is kept. May be given more than once
    #[arg(long, value_name = "AGGREGATOR")]
    without: Vec<String>,
    /// Drain when standard input ends
    #[arg(long, hide = true)]
    exit_with_parent: bool,
}

impl NodeCommand {
    /// Does it.
    pub(crate) async fn run(self, output: Output) -> Outcome {
        match self {
            Self::Init(init) => init.run(output),
            Self::Run(run) => run.run().await,
            Self::Catalogue(catalogue) => catalogue.run(output).await,
        }
    }
}

impl Init {
    fn run(self, output: Output) -> Outcome {
        let options = InitOptions {
            unit: self.unit,
            deployment: self.deployment,
            name: self.name,
            listen: self.listen,
            nats_user: self.broker.credentials()?,
            nats_url: self.broker.nats,
            aggregators: self.aggregators,
            clock: self.clock.into(),
        };
        let identity = danvan_node::init(&self.data, &options).map_err(|error| init_failure(&error))?;
        let document = json!({
            "unit": identity.unit,
            "origin": identity.origin.as_str(),
            "vkey": identity.vkey.to_string(),
            "data": self.data,
        });
        output.talk("Giao khoá này cho máy tổng hợp | Give this key to the aggregator: danvan aggregator unit add");
        output.result(&document, &identity.vkey.to_string());
        Ok(Exit::Done)
    }
}

fn init_failure(error: &InitError) -> Failure {
    let (vi, en) = ("không tạo được trạm", "cannot make the node");
    match error {
        InitError::Exists(_) | InitError::Options(_) => Failure::usage(vi, en, error),
        _ => Failure::failed(vi, en, error),
    }
}

impl Run {
    async fn run(self) -> Outcome {
        let drain = parent::drain_token(self.exit_with_parent)?;
        let overrides =
            Overrides { listen: self.listen, nats_url: self.nats, without: self.without, drain: Some(drain) };
        check(&self.data, &overrides)?;
        danvan_node::run(&self.data, overrides)
            .await
            .map_err(|error| Failure::failed("trạm dừng vì lỗi", "the node stopped", error))?;
        Ok(Exit::Done)
    }
}

/// Whether a node could run with the settings in `data`: no port is opened, no ledger touched.
pub(crate) fn check(data: &Path, overrides: &Overrides) -> Result<(), Failure> {
    danvan_node::check(data, overrides).map_err(|error| Failure::usage("cấu hình sai", "wrong configuration", error))
}
