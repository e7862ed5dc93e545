//! The aggregator's side: a task that keeps the streams in order and reads the spool from where it stopped.

use super::connection::{Link, Nats};
use super::monitor;
use super::reading::{ReadEnd, Reader};
use super::streams::SpoolSettings;
use crate::jitter::{Backoff, Jitter};
use crate::observer::Observer;
use crate::sink::{BatchSink, SpoolCursor};
use crate::subject::AggregatorToken;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

/// How a receiver reads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReceiverSettings {
    /// The most batches that are given to the sink together; those of different logs can share an fsync.
    pub group_batches: usize,
    /// The most packed bytes of a group, and of what the broker may send ahead: pulls are bounded by bytes, because a
    /// bound by count lets the broker overrun its own limit of pending bytes and drop the connection.
    pub group_bytes: usize,
    /// How often both streams and the progress of reading are checked.
    pub check_every: Duration,
    /// `host:port` of the broker's monitoring, to check that it syncs every write.
    pub monitor: Option<String>,
    /// The limits of the spool when it is made.
    pub spool: SpoolSettings,
    /// Delay before reading again after a failure.
    pub retry: Backoff,
}

impl Default for ReceiverSettings {
    fn default() -> Self {
        Self {
            group_batches: 256,
            group_bytes: 8 << 20,
            check_every: Duration::from_secs(10),
            monitor: None,
            spool: SpoolSettings::default(),
            retry: Backoff { first: Duration::from_millis(200), cap: Duration::from_secs(15) },
        }
    }
}

/// What a receiver reports.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ReceiverStatus {
    /// True while there is a connection to the broker.
    pub connected: bool,
    /// True once both streams stood since the start: the broker is one that can be worked with.
    pub streams_stood: bool,
    /// True while the spool is being read.
    pub reading: bool,
    /// How far it was read.
    pub cursor: Option<SpoolCursor>,
    /// The last sequence of the spool when it was last asked.
    pub spool_last: u64,
    /// Whether the broker syncs every write; `None` when nobody could tell.
    pub broker_syncs_always: Option<bool>,
    /// The last failure, for display; `None` again once the spool is being read.
    pub last_error: Option<String>,
}

/// Starts the receiver of an aggregator.
#[derive(Debug, Clone, Copy)]
pub struct ReceiverService;

/// A running receiver. Dropping the handle does not stop it; the token that it was started with does.
#[derive(Debug)]
pub struct ReceiverHandle {
    status: watch::Receiver<ReceiverStatus>,
    task: JoinHandle<()>,
}

impl ReceiverHandle {
    /// The state now.
    #[must_use]
    pub fn status(&self) -> ReceiverStatus {
        self.status.borrow().clone()
    }

    /// Wakes on every change of the state.
    #[must_use]
    pub fn watch(&self) -> watch::Receiver<ReceiverStatus> {
        self.status.clone()
    }

    /// Waits until the task has ended and the sink is called no more.
    pub async fn join(self) {
        if let Err(error) = self.task.await {
            tracing::error!(%error, "the receiver ended abnormally");
        }
    }
}

impl ReceiverService {
    /// Reads every unit's batches into `sink` and publishes its receipts as `aggregator`. `seed` spreads the delays. Ends
    /// after the group in work when `shutdown` is cancelled. Must be called within a tokio runtime.
    pub fn spawn(
        nats: Nats,
        aggregator: AggregatorToken,
        sink: Arc<dyn BatchSink>,
        settings: ReceiverSettings,
        seed: u64,
        observer: Arc<dyn Observer>,
        shutdown: CancellationToken,
    ) -> ReceiverHandle {
        let (sender, status) = watch::channel(ReceiverStatus::default());
        let link = nats.link();
        let reader = Reader::new(nats, aggregator, sink, settings, observer, sender, shutdown.clone());
        let task = tokio::spawn(run(reader, link, Jitter::new(seed), shutdown));
        ReceiverHandle { status, task }
    }
}

async fn run(mut reader: Reader, mut link: watch::Receiver<Link>, mut jitter: Jitter, shutdown: CancellationToken) {
    let mut failures = 0;
    while connected(&mut link, &reader, &shutdown).await {
        check_sync(&reader).await;
        let generation = link.borrow().generation;
        let progress = reader.taken_in();
        let end = reader.read(link.clone(), generation).await;
        failures = if reader.taken_in() > progress { 0 } else { failures };
        reader.report(|status| status.reading = false);
        match end {
            ReadEnd::Shutdown => return,
            ReadEnd::Disconnected => {}
            ReadEnd::Again(reason) => {
                failures += 1;
                tracing::warn!(reason, "reading the spool begins anew");
                reader.report(|status| status.last_error = Some(reason.clone()));
                let delay = jitter.spread(reader.settings().retry.after(failures));
                if shutdown.run_until_cancelled(tokio::time::sleep(delay)).await.is_none() {
                    return;
                }
            }
        }
        reader.observer().reading_restarted();
    }
}

/// Waits for a connection, and tells why there is none yet; false at shutdown or when there can be none any more.
async fn connected(link: &mut watch::Receiver<Link>, reader: &Reader, shutdown: &CancellationToken) -> bool {
    loop {
        let now = link.borrow_and_update().clone();
        reader.report(|status| {
            status.connected = now.up;
            if !now.up && now.last_error.is_some() {
                status.last_error.clone_from(&now.last_error);
            }
        });
        if now.up {
            return true;
        }
        if !matches!(shutdown.run_until_cancelled(link.changed()).await, Some(Ok(()))) {
            return false;
        }
    }
}

/// An acknowledgement of a broker that syncs late is worth less after a power cut. Nothing is lost by it, because nodes
/// send again what no receipt covers, but everything since the last sync has to travel twice.
async fn check_sync(reader: &Reader) {
    let Some(address) = &reader.settings().monitor else {
        tracing::warn!("no monitoring address of the broker is configured: nobody checks that it syncs every write");
        return;
    };
    let answer = monitor::syncs_always(address).await;
    match &answer {
        Ok(true) => {}
        Ok(false) => tracing::warn!(address, "the broker does not sync every write; set `sync_interval: always`"),
        Err(error) => tracing::warn!(address, error, "cannot check whether the broker syncs every write"),
    }
    reader.report(|status| status.broker_syncs_always = answer.ok());
}
