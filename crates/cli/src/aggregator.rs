//! `danvan aggregator`: the machine of a tier.

mod evaluators;
mod operators;
mod published_files;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use danvan_aggregator::{InitError, InitOptions, OpenError, OperationError, Overrides};
use danvan_event::{AggregatorName, Preset, UnitId};
use danvan_projection::Period;
use danvan_ranking::Rulebook;
use danvan_tlog::VerifierKey;
use serde_json::{Value, json};

use self::evaluators::EvaluatorListCommand;
use self::operators::OperatorListCommand;
use self::published_files::{CatalogueCommand, TreeCommand, UnitAssign};
use crate::client::Client;
use crate::exit::{Exit, Failure, Outcome};
use crate::input;
use crate::node::Broker;
use crate::output::Output;
use crate::simulate::preset;
use crate::succession::UnitSucceed;
use crate::{parent, rank};

/// `danvan aggregator …`
#[derive(Debug, Subcommand)]
pub(crate) enum AggregatorCommand {
    /// Tạo máy tổng hợp: khoá, sổ, cấu hình | Makes keys, ledger, operator's token and settings of an aggregator
    Init(Init),
    /// Chạy máy tổng hợp | Runs an aggregator until SIGTERM or SIGINT
    Run(Run),
    /// In chính sách cho kiểm tra độc lập | Prints whom an auditor trusts here (C2SP tlog-policy)
    Policy(PolicyOf),
    /// Đơn vị | The units whose logs are mirrored
    #[command(subcommand)]
    Unit(UnitCommand),
    /// Hội đồng đánh giá | The evaluators whose signatures count as the board's
    #[command(subcommand)]
    Evaluator(EvaluatorListCommand),
    /// Người phê duyệt | The operators whose approvals make a ranking official
    #[command(subcommand)]
    Operator(OperatorListCommand),
    /// Bộ tiêu chí | The rulebooks that rankings may follow
    #[command(subcommand)]
    Rulebook(RulebookCommand),
    /// Bộ cam kết | The pledge catalogues that units may use
    #[command(subcommand)]
    Catalogue(CatalogueCommand),
    /// Cây đơn vị | The trees of units, each in force for a time
    #[command(subcommand)]
    Tree(TreeCommand),
}

/// `danvan aggregator init`
#[derive(Debug, Args)]
#[command(after_help = "Example: danvan aggregator init --data ./aggregator --name ngoc-lac \
    --deployment ngoc-lac.example.vn --place \"Huyện Ngọc Lặc\" --nats nats://127.0.0.1:4222")]
pub(crate) struct Init {
    /// New directory of the aggregator
    #[arg(long, value_name = "DIR")]
    data: PathBuf,
    /// Slug of this aggregator, such as ngoc-lac
    #[arg(long)]
    name: AggregatorName,
    /// First part of every log's name, such as ngoc-lac-2024.danvan.demo
    #[arg(long)]
    deployment: String,
    /// The place on every page, such as "Huyện Ngọc Lặc"
    #[arg(long)]
    place: String,
    /// The word for this tier
    #[arg(long, default_value = "Huyện")]
    level_label: String,
    /// Publishes the unit tree of a preset from the beginning: ngoc-lac-2024, thanh-hoa-2025 or viet-nam-2025
    #[arg(long, value_name = "NAME")]
    preset: Option<String>,
    /// The period shown first; the year of the clock when absent
    #[arg(long)]
    period: Option<Period>,
    /// Where pages and API are served
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:8420")]
    listen: SocketAddr,
    #[command(flatten)]
    broker: Broker,
    /// The broker's monitor, asked whether it syncs every write
    #[arg(long, value_name = "HOST:PORT")]
    nats_monitor: Option<String>,
}

/// `danvan aggregator run`
#[derive(Debug, Args)]
pub(crate) struct Run {
    /// Directory of the aggregator
    #[arg(long, value_name = "DIR")]
    data: PathBuf,
    /// Another address for pages and API than the settings say
    #[arg(long, value_name = "ADDRESS:PORT")]
    listen: Option<SocketAddr>,
    /// Drain when standard input ends
    #[arg(long, hide = true)]
    exit_with_parent: bool,
}

/// `danvan aggregator policy`
#[derive(Debug, Args)]
pub(crate) struct PolicyOf {
    /// Directory of the aggregator, which may run
    #[arg(long, value_name = "DIR")]
    data: PathBuf,
}

/// `danvan aggregator unit …`
#[derive(Debug, Subcommand)]
pub(crate) enum UnitCommand {
    /// Ghi nhận trạm của đơn vị | Enrols a unit's log: records node.enrolled, and unit.registered when it is new
    Add(UnitAdd),
    /// Ghi nhận sáp nhập, chia tách, đổi tên | States which units went on for which: records `unit.succeeded`
    Succeed(UnitSucceed),
    /// Gán cấp tổng hợp | States which aggregator gathers what units record: `unit.aggregator_assigned`
    Assign(UnitAssign),
}

/// `danvan aggregator unit add UNIT VKEY`
#[derive(Debug, Args)]
pub(crate) struct UnitAdd {
    /// The commune's id, such as gso2024-15097
    unit: UnitId,
    /// The key that `danvan node init` printed
    vkey: VerifierKey,
    /// The cluster in which the unit is ranked, such as "Xã miền núi"; where absent a registered unit stays in its own, and a
    /// new one joins units of its kind in its province or district
    #[arg(long, value_name = "NAME")]
    cluster: Option<String>,
    #[command(flatten)]
    running: Whichever,
}

/// An aggregator that may run or not.
#[derive(Debug, Args)]
pub(crate) struct Whichever {
    /// Directory of the aggregator
    #[arg(long, value_name = "DIR")]
    pub(crate) data: PathBuf,
    /// Its address, used when it runs
    #[arg(long, value_name = "URL", default_value = "http://127.0.0.1:8420")]
    to: String,
}

/// `danvan aggregator rulebook …`
#[derive(Debug, Subcommand)]
pub(crate) enum RulebookCommand {
    /// Áp dụng bộ tiêu chí | Adopts a rulebook: records `rulebook.adopted`; a period follows the one it was opened with
    Adopt(RulebookAdopt),
}

/// `danvan aggregator rulebook adopt FILE`
#[derive(Debug, Args)]
pub(crate) struct RulebookAdopt {
    /// A rulebook, see schemas/rulebooks
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Number of the decision by which it is adopted, such as 54/2025/QĐ-UBND
    #[arg(long, value_name = "NUMBER", value_parser = doc_no)]
    doc_no: Option<String>,
    #[command(flatten)]
    running: Whichever,
}

impl AggregatorCommand {
    /// Does it.
    pub(crate) async fn run(self, output: Output) -> Outcome {
        match self {
            Self::Init(init) => init.run(output),
            Self::Run(run) => run.run().await,
            Self::Policy(policy) => policy.run(output),
            Self::Unit(UnitCommand::Add(add)) => add.run(output).await,
            Self::Unit(UnitCommand::Succeed(succeed)) => succeed.run(output).await,
            Self::Unit(UnitCommand::Assign(assign)) => assign.run(output).await,
            Self::Evaluator(evaluator) => evaluator.run(output).await,
            Self::Operator(operator) => operator.run(output).await,
            Self::Rulebook(RulebookCommand::Adopt(adopt)) => adopt.run(output).await,
            Self::Catalogue(catalogue) => catalogue.run(output).await,
            Self::Tree(TreeCommand::Publish(publish)) => publish.run(output).await,
        }
    }
}

impl Init {
    fn run(self, output: Output) -> Outcome {
        let nats_user = self.broker.credentials()?;
        let nats_url = self
            .broker
            .nats
            .ok_or_else(|| Failure::usage("thiếu địa chỉ NATS", "the broker's address is missing", "--nats URL"))?;
        let preset = self.preset.as_deref().map(preset).transpose()?;
        let tree = preset.map(Preset::tree);
        let options = InitOptions {
            name: self.name,
            deployment: self.deployment,
            place: self.place,
            level_label: self.level_label,
            period: self.period,
            tree,
            listen: self.listen,
            nats_url,
            nats_user,
            nats_monitor: self.nats_monitor,
        };
        let identity = danvan_aggregator::init(&self.data, &options).map_err(|error| init_failure(&error))?;
        let document = json!({
            "origin": identity.origin.as_str(),
            "log_vkey": identity.log.to_string(),
            "mirror_vkey": identity.mirror.to_string(),
            "data": self.data,
        });
        output.talk("Giao khoá này cho các trạm | Give this key to the communes: danvan node init --aggregator");
        output.result(&document, &identity.mirror.to_string());
        Ok(Exit::Done)
    }
}

fn init_failure(error: &InitError) -> Failure {
    let (vi, en) = ("không tạo được máy tổng hợp", "cannot make the aggregator");
    match error {
        InitError::Exists(_) | InitError::Settings(_) | InitError::Name(_) => Failure::usage(vi, en, error),
        _ => Failure::failed(vi, en, error),
    }
}

impl Run {
    async fn run(self) -> Outcome {
        let drain = parent::drain_token(self.exit_with_parent)?;
        check(&self.data)?;
        danvan_aggregator::run(&self.data, Overrides { drain: Some(drain), listen: self.listen })
            .await
            .map_err(|error| Failure::failed("máy tổng hợp dừng vì lỗi", "the aggregator stopped", error))?;
        Ok(Exit::Done)
    }
}

impl PolicyOf {
    fn run(self, output: Output) -> Outcome {
        let policy = danvan_aggregator::policy_text(&self.data)
            .map_err(|error| Failure::failed("không lập được chính sách", "cannot make the policy", error))?;
        output.result(&json!({ "policy": policy }), policy.trim_end());
        Ok(Exit::Done)
    }
}

impl UnitAdd {
    async fn run(self, output: Output) -> Outcome {
        let mut request = json!({ "unit": self.unit, "vkey": self.vkey.to_string() });
        if let Some(cluster) = &self.cluster {
            request["cluster"] = json!(cluster);
        }
        let cluster = self.cluster.as_deref();
        let at_rest = danvan_aggregator::unit_add(&self.running.data, &self.unit, &self.vkey, cluster);
        self.running.stated(at_rest, "units", &request).await?;
        output.result(&request, &format!("Đã ghi nhận trạm | Enrolled: {}", self.unit));
        Ok(Exit::Done)
    }
}

impl RulebookAdopt {
    async fn run(self, output: Output) -> Outcome {
        let file = input::read(&self.file)?;
        let rulebook = Rulebook::parse(&file).map_err(|errors| rank::refused(&self.file, &errors))?;
        let doc_no = self.doc_no.as_deref();
        let at_rest = danvan_aggregator::rulebook_adopt(&self.running.data, &file, doc_no);
        let noun = doc_no.map_or_else(|| "rulebooks".to_owned(), |no| format!("rulebooks?doc_no={}", in_query(no)));
        self.running.stated_file(at_rest, &noun, file, rank::TOML).await?;
        let mut document = json!({ "rulebook": rulebook.id(), "sha256": rulebook.sha256() });
        if let Some(doc_no) = doc_no {
            document["doc_no"] = json!(doc_no);
        }
        output.result(&document, &format!("Đã áp dụng | Adopted: {} sha256 {}", rulebook.id(), rulebook.sha256()));
        Ok(Exit::Done)
    }
}

/// The number of a decision. What it cannot be is refused alike whether the aggregator runs or not.
fn doc_no(text: &str) -> Result<String, String> {
    let number = text.trim();
    let fits = (1..=60).contains(&number.chars().count());
    fits.then(|| number.to_owned()).ok_or_else(|| "1-60 ký tự | 1-60 characters".to_owned())
}

/// A text as the value in a query: every byte escaped, whatever it is.
fn in_query(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect::<Vec<_>>().concat()
}

impl Whichever {
    /// Takes what came of stating something in the directory. A running aggregator holds its ledger: it is asked over HTTP with
    /// the operator's token instead.
    pub(crate) async fn stated<T>(
        &self,
        at_rest: Result<T, OperationError>,
        noun: &str,
        request: &Value,
    ) -> Result<(), Failure> {
        if let Some(client) = self.to_ask(at_rest)? {
            client.post(&format!("/api/v1/admin/{noun}"), request).await?;
        }
        Ok(())
    }

    /// The same where what is stated is a file.
    pub(crate) async fn stated_file<T>(
        &self,
        at_rest: Result<T, OperationError>,
        noun: &str,
        file: Vec<u8>,
        media: &str,
    ) -> Result<(), Failure> {
        if let Some(client) = self.to_ask(at_rest)? {
            client.post_file(&format!("/api/v1/admin/{noun}"), file, media).await?;
        }
        Ok(())
    }

    /// The running aggregator, where it is the one that must state it.
    fn to_ask<T>(&self, at_rest: Result<T, OperationError>) -> Result<Option<Client>, Failure> {
        match at_rest {
            Ok(_) => Ok(None),
            Err(OperationError::Open(OpenError::Running)) => self.client().map(Some),
            Err(error) => Err(enrol_failure(&error)),
        }
    }

    fn client(&self) -> Result<Client, Failure> {
        Client::new(&self.to, Some(input::secret(&self.data.join("operator.token"))?))
    }
}

fn enrol_failure(error: &OperationError) -> Failure {
    Failure::failed("máy tổng hợp không nhận", "the aggregator does not take it", error)
}

/// Whether an aggregator could run with the settings in `data`: no port is opened, no ledger touched.
pub(crate) fn check(data: &Path) -> Result<(), Failure> {
    danvan_aggregator::check(data).map_err(|error| Failure::usage("cấu hình sai", "wrong configuration", error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_number_of_a_decision_is_refused_before_anybody_is_asked() {
        assert_eq!(doc_no(" 54/2025/QĐ-UBND ").as_deref(), Ok("54/2025/QĐ-UBND"));
        assert!(["", " ", &"9".repeat(61)].iter().all(|text| doc_no(text).is_err()));
    }
}
