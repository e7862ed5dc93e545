//! `danvan demo`: a broker, an aggregator and the communes of a preset on this machine, fed, ranked and proven.

mod attribution;
mod fleet;
mod intake;
mod place;
mod ports;
mod process;
mod report;

use std::path::{Path, PathBuf};
use std::time::Instant;

use clap::Args;
use danvan_daemon::{Clock as _, DrainToken, SystemClock};
use danvan_projection::Period;

use crate::client::Client;
use crate::exit::{Exit, Failure, Outcome};
use crate::output::Output;
use crate::progress::Progress;
use crate::simulate::preset;
use crate::{input, operator, parent, rank};
use fleet::{Fleet, Plan};
use place::Place;
use ports::Ports;
use report::{Published, Report};

/// `danvan demo`
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  danvan demo\n  danvan demo --once --json --seed 7")]
pub(crate) struct Demo {
    /// Which communes: ngoc-lac-2024 (21), thanh-hoa-2025 (166) or viet-nam-2025 (3321, a process each: for a large machine)
    #[arg(long, default_value = "ngoc-lac-2024")]
    preset: String,
    /// Feed, rank, prove, then exit: 0 when everything holds, 1 otherwise
    #[arg(long)]
    once: bool,
    /// New directory for everything; a temporary one when absent
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// The same seed gives the same ranking, byte for byte
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Simulated events per commune
    #[arg(long, default_value_t = 400)]
    events_per_unit: usize,
    /// First port: +0 NATS, +1 its monitor, +2 the aggregator, +10+i the nodes
    #[arg(long, default_value_t = 8400)]
    port_base: u16,
    /// The broker's program
    #[arg(long, value_name = "FILE", env = "DANVAN_NATS_SERVER", default_value = "nats-server")]
    nats_server: PathBuf,
}

impl Demo {
    /// Runs it.
    pub(crate) async fn run(self, output: Output) -> Outcome {
        let began = Instant::now();
        let stop = parent::drain_token(false)?;
        let preset = preset(&self.preset)?;
        let ports = Ports::free(self.port_base, preset.units.len())?;
        let root = self.data.clone().unwrap_or_else(temporary);
        let place = Place::create(&root)?;
        output.talk(&format!("Dữ liệu | Data: {}", place.root().display()));
        let plan = Plan { preset, place, ports, nats_server: broker_program(&self.nats_server) };
        // From here on nothing is missing that a person could give: it holds, or it does not.
        self.play(plan, output, began, &stop).await.map_err(|failure| failure.ending_with(Exit::Failed))
    }

    /// Makes the fleet, shows it, and stops it again, whatever happens in between.
    async fn play(&self, plan: Plan, output: Output, began: Instant, stop: &DrainToken) -> Outcome {
        let progress = Progress::new(output);
        let mut fleet = tokio::select! {
            made = plan.make(&progress) => made?,
            () = stop.cancelled() => return Ok(Exit::Failed),
        };
        let outcome = self.show(&mut fleet, &progress, output, began, stop).await;
        progress.finish();
        fleet.stop().await;
        outcome
    }

    async fn show(
        &self,
        fleet: &mut Fleet,
        progress: &Progress,
        output: Output,
        began: Instant,
        stop: &DrainToken,
    ) -> Outcome {
        let report = tokio::select! {
            report = self.prove(fleet, progress, began) => report?,
            () = stop.cancelled() => return Ok(Exit::Failed),
        };
        progress.finish();
        output.result(&report, &report.text());
        for failure in report.failures() {
            output.talk(failure);
        }
        let exit = if report.holds() { Exit::Done } else { Exit::Failed };
        if self.once {
            return Ok(exit);
        }
        output.talk(&format!("Trang xếp hạng | Ranking page: {}", fleet.dashboard()));
        if let Some(node) = fleet.nodes.first() {
            output.talk(&format!("Ki-ốt | Kiosk: http://{}/ ({})", node.listen, node.unit.full_name_vi()));
        }
        output.talk("Nhấn Ctrl-C để dừng | Press Ctrl-C to stop");
        stop.cancelled().await;
        Ok(exit)
    }

    /// Starts the fleet, feeds it, and proves what comes out.
    async fn prove(&self, fleet: &mut Fleet, progress: &Progress, began: Instant) -> Result<Report, Failure> {
        fleet.start(progress).await?;
        let acknowledged = intake::feed(fleet, self.seed, self.events_per_unit, progress).await?;
        let received = intake::wait_for_receipts(fleet, &acknowledged, progress).await?;

        progress.stage("Công bố và kiểm tra", "Publishing and proving", 3);
        let operator = input::secret(&fleet.place().aggregator().join("operator.token"))?;
        let aggregator = fleet.aggregator(Some(operator))?;
        let recorded = self.publish(fleet, &aggregator).await?;
        let index = recorded["index"].as_u64().unwrap_or_default();
        let published = Published::new(&recorded, &rank::published(&aggregator, index).await?)?;
        progress.advance(1);
        let (fsck, replay) = report::audit(fleet.place().root()).await?;
        progress.advance(2);
        Ok(Report {
            preset: self.preset.clone(),
            units: fleet.nodes.len(),
            events: acknowledged.iter().map(|one| one.imported.indices.len() as u64).sum(),
            received,
            ranking: rank::ranked_units(&published.document),
            published,
            fsck,
            replay,
            data: fleet.place().root().to_owned(),
            elapsed_ms: u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX),
        })
    }
}

impl Demo {
    /// Opens, closes, approves and publishes as two operators would.
    async fn publish(&self, fleet: &Fleet, aggregator: &Client) -> Result<serde_json::Value, Failure> {
        let year = fleet.year();
        let period = last_over(year, SystemClock.now().get())
            .ok_or_else(|| Failure::failed("chưa có kỳ nào kết thúc", "no period is over yet", year))?
            .to_string();
        rank::open(aggregator, &period, None).await?;
        rank::close(aggregator, &period, &[], None).await?;
        for number in 1..=fleet::OPERATORS.len() {
            let key = operator::key_of(&fleet.place().operator_key(number))?;
            let draft = rank::Draft::of(aggregator, &period).await?;
            rank::approve(aggregator, &draft, &key).await?;
        }
        rank::publish(aggregator, &period, None).await
    }
}

/// The year when it is over, else the last quarter of it that is, else the last month: nothing is official before its end,
/// however far ahead the simulated facts are.
fn last_over(year: u16, now_ms: i64) -> Option<Period> {
    let quarters = (1..=4).rev().map(|quarter| format!("{year}-Q{quarter}"));
    let months = (1..=12).rev().map(|month| format!("{year}-{month:02}"));
    let periods = std::iter::once(year.to_string()).chain(quarters).chain(months);
    periods.filter_map(|period| period.parse().ok()).find(|period: &Period| period.end().as_millis() <= now_ms)
}

/// A directory of this process' own among the machine's temporary files.
fn temporary() -> PathBuf {
    std::env::temp_dir().join(format!("danvan-demo-{}", std::process::id()))
}

/// `nats-server` is searched on PATH, and where `make` puts it.
fn broker_program(named: &Path) -> PathBuf {
    let fetched = Path::new(".tools/bin/nats-server");
    if named == Path::new("nats-server") && fetched.exists() {
        return fetched.canonicalize().unwrap_or_else(|_| fetched.to_owned());
    }
    named.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_published_before_its_end() {
        let at = |text: &str| danvan_event::Timestamp::parse_rfc3339(text).unwrap().as_millis();
        let published = |now: &str| last_over(2026, at(now)).map(|period| period.to_string());
        assert_eq!(published("2027-01-01T00:00:00+07:00").as_deref(), Some("2026"));
        assert_eq!(published("2026-12-31T23:59:59+07:00").as_deref(), Some("2026-Q3"));
        assert_eq!(published("2026-03-08T14:00:00+07:00").as_deref(), Some("2026-02"));
        assert_eq!(published("2026-01-31T14:00:00+07:00"), None);
    }
}
