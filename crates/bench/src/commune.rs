//! One commune and its aggregator in this process: the path of an event from the durable append to the receipt.

use std::path::Path;
use std::sync::Arc;

use danvan_aggregator::Overrides;
use danvan_daemon::DrainToken;
use danvan_event::UnitId;
use danvan_ledger::{Ledger, Record};
use danvan_replication::{Nats, NatsConfig, ShipperHandle, ShipperService, ShipperSettings, UnitToken, Unobserved};
use danvan_tlog::Size;
use tokio::task::JoinHandle;

use crate::home::{DEPLOYMENT, UNIT, make_node};
use crate::{Sample, Stopwatch};

/// Why the fleet could not be set up or run.
pub type CommuneError = Box<dyn std::error::Error + Send + Sync>;

/// A ledger that ships, and the aggregator that mirrors, cosigns, folds and ranks what comes.
pub struct Commune {
    ledger: Ledger,
    shipper: ShipperHandle,
    aggregator: JoinHandle<Result<(), CommuneError>>,
    drain: DrainToken,
}

impl Commune {
    /// Makes both in `folder` and connects them over the broker at `url`.
    ///
    /// # Errors
    /// A directory cannot be made, a key not read, the broker's address not understood.
    pub async fn start(folder: &Path, url: &str) -> Result<Self, CommuneError> {
        let unit: UnitId = UNIT.parse()?;
        let aggregator = folder.join("aggregator");
        let identity = danvan_aggregator::init(&aggregator, &aggregator_options(url)?)?;
        let node = folder.join("node");
        let (own, ledger) = make_node(&node, Some(url), vec![identity.mirror.clone()])?;
        danvan_aggregator::unit_add(&aggregator, &unit, &own.vkey, None)?;

        let drain = DrainToken::new();
        let overrides = Overrides { drain: Some(drain.clone()), listen: Some(([127, 0, 0, 1], 0).into()) };
        let aggregator =
            tokio::spawn(
                async move { danvan_aggregator::run(&aggregator, overrides).await.map_err(CommuneError::from) },
            );

        let shipper = ShipperService::spawn(
            std::future::ready(()),
            Nats::connect(&NatsConfig::new(url, UNIT, 1)).await?,
            ledger.clone(),
            &UnitToken::new(UNIT)?,
            own.vkey,
            vec![identity.mirror],
            ShipperSettings::default(),
            1,
            Arc::new(Unobserved),
            drain.clone(),
        );
        let mut commune = Self { ledger, shipper, aggregator, drain };
        commune.delivered(commune.ledger.size()).await?;
        Ok(commune)
    }

    /// Appends every event durably and waits until receipts cover all of them.
    ///
    /// # Errors
    /// An append failed, or the shipper ended.
    pub async fn round(&mut self, events: Vec<Vec<u8>>) -> Result<Sample, CommuneError> {
        let count = events.len() as u64;
        let watch = Stopwatch::start();
        let ledger = self.ledger.clone();
        tokio::task::spawn_blocking(move || feed(&ledger, events)).await??;
        self.delivered(self.ledger.size()).await?;
        Ok(Sample::new(count, watch.elapsed(), Vec::new()))
    }

    /// Stops both in order.
    ///
    /// # Errors
    /// The aggregator ended with an error.
    pub async fn stop(self) -> Result<(), CommuneError> {
        self.drain.cancel();
        self.shipper.join().await;
        self.aggregator.await??;
        Ok(())
    }

    /// Waits for receipts up to `size`, and not longer than the aggregator runs.
    async fn delivered(&mut self, size: Size) -> Result<(), CommuneError> {
        let mut status = self.shipper.watch();
        tokio::select! {
            waited = status.wait_for(|status| status.delivered >= size) => waited.map(drop).map_err(CommuneError::from),
            ended = &mut self.aggregator => {
                ended??;
                Err("the aggregator ended".into())
            }
        }
    }
}

/// Hands over as fast as the queue takes, and returns when the last one is durable.
fn feed(ledger: &Ledger, events: Vec<Vec<u8>>) -> Result<(), CommuneError> {
    let (answer, answers) = std::sync::mpsc::channel();
    let count = events.len();
    for entry in events {
        let mut record = Record::new(entry);
        loop {
            let answer = answer.clone();
            let done = Box::new(move |outcome| {
                let _gone = answer.send(outcome);
            });
            match ledger.submit(record, done) {
                Ok(()) => break,
                Err(busy) => record = busy.record,
            }
            std::thread::yield_now();
        }
    }
    for outcome in answers.iter().take(count) {
        outcome?;
    }
    Ok(())
}

fn aggregator_options(url: &str) -> Result<danvan_aggregator::InitOptions, CommuneError> {
    Ok(danvan_aggregator::InitOptions {
        name: "bench".parse()?,
        deployment: DEPLOYMENT.to_owned(),
        place: "bench".to_owned(),
        level_label: "Huyện".to_owned(),
        period: Some("2030".parse()?),
        tree: None,
        listen: ([127, 0, 0, 1], 0).into(),
        nats_url: url.to_owned(),
        nats_user: None,
        nats_monitor: None,
    })
}
