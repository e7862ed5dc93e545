//! The command line as a whole; every noun has its own file.

use clap::{Parser, Subcommand};

use crate::aggregator::AggregatorCommand;
use crate::audit::AuditCommand;
use crate::backup::BackupCommand;
use crate::child::SupervisedChild;
use crate::config::ConfigCommand;
use crate::demo::Demo;
use crate::evaluator::EvaluatorCommand;
use crate::events::EventsCommand;
use crate::exit::Outcome;
use crate::export::ExportCommand;
use crate::ledger::LedgerCommand;
use crate::node::NodeCommand;
use crate::operator::OperatorCommand;
use crate::output::Output;
use crate::privacy::PrivacyCommand;
use crate::rank::RankCommand;
use crate::simulate::Simulate;
use crate::version;

/// Dân vận khéo: sự kiện ghi tại trạm của xã, xếp hạng có chứng cứ ở cấp trên.
/// Facts in at a commune, a proven ranking out at the aggregator.
///
/// Exit codes: 0 done, 1 failed or findings, 2 usage or configuration, 3 incomplete or unreachable, 10 a
/// rehearsal (--dry-run) that would change something.
#[derive(Debug, Parser)]
#[command(name = "danvan", version, max_term_width = 100)]
pub(crate) struct Arguments {
    /// One JSON document on standard output (errors: one on standard error)
    #[arg(long, global = true)]
    pub(crate) json: bool,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Chạy thử cả hệ thống trên máy này | The whole fleet on this machine, end to end
    Demo(Demo),
    /// Trạm (máy tại xã) | The node of a commune
    #[command(subcommand)]
    Node(NodeCommand),
    /// Máy tổng hợp | The aggregator of a tier
    #[command(subcommand)]
    Aggregator(AggregatorCommand),
    /// Khoá của hội đồng đánh giá | The keys of an evaluation board
    #[command(subcommand)]
    Evaluator(EvaluatorCommand),
    /// Khoá của người phê duyệt | The keys of those who approve rankings
    #[command(subcommand)]
    Operator(OperatorCommand),
    /// Xếp hạng | The ranking
    #[command(subcommand)]
    Rank(RankCommand),
    /// Sự kiện | Events as intake forms
    #[command(subcommand)]
    Events(EventsCommand),
    /// Xuất dữ liệu | Data for others
    #[command(subcommand)]
    Export(ExportCommand),
    /// Kiểm tra độc lập | Independent verdicts: no secret, no running service
    #[command(subcommand)]
    Audit(AuditCommand),
    /// Sổ dữ liệu trên đĩa | One ledger on a disk: status, verify, repair, export
    #[command(subcommand)]
    Ledger(LedgerCommand),
    /// Sao lưu và khôi phục | Encrypted copies of a directory, and the way back
    #[command(subcommand)]
    Backup(BackupCommand),
    /// Dữ liệu cá nhân | Personal data of a node: find, erase, report
    #[command(subcommand)]
    Privacy(PrivacyCommand),
    /// Dữ liệu mô phỏng | Intake forms of a plausible fleet, marked synthetic
    Simulate(Simulate),
    /// Cấu hình | Configuration
    #[command(subcommand)]
    Config(ConfigCommand),
    /// Phiên bản | Version
    Version,
    /// Runs a program that stops with its parent
    #[command(name = "demo-child", hide = true)]
    DemoChild(SupervisedChild),
}

impl Command {
    /// Does it.
    pub(crate) async fn run(self, output: Output) -> Outcome {
        match self {
            Self::Demo(demo) => demo.run(output).await,
            Self::Node(command) => command.run(output).await,
            Self::Aggregator(command) => command.run(output).await,
            Self::Evaluator(command) => command.run(output),
            Self::Operator(command) => command.run(output),
            Self::Rank(command) => command.run(output).await,
            Self::Events(command) => command.run(output).await,
            Self::Export(command) => command.run(output),
            Self::Audit(command) => command.run(output),
            Self::Ledger(command) => command.run(output),
            Self::Backup(command) => command.run(output),
            Self::Privacy(command) => command.run(output).await,
            Self::Simulate(simulate) => simulate.run(output),
            Self::Config(command) => command.run(output),
            Self::Version => Ok(version::run(output)),
            Self::DemoChild(child) => child.run().await,
        }
    }
}
