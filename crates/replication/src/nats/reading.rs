//! One reading of the spool, from the cursor until something breaks.

use super::connection::{Link, Nats};
use super::receiving::{ReceiverSettings, ReceiverStatus};
use super::streams::{self, StreamError};
use crate::observer::Observer;
use crate::receipt::{Receipt, ReceiptStatus};
use crate::sink::{BatchSink, Received, SinkError, SpoolCursor};
use crate::subject::{AggregatorToken, Subject, UnitToken};
use async_nats::jetstream::consumer::{AckPolicy, Consumer, DeliverPolicy, pull};
use async_nats::jetstream::stream::Info;
use async_nats::jetstream::{self, Context};
use futures_util::{FutureExt, StreamExt};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

/// The broker forgets our consumer after so long without a pull; a group never takes as long.
const CONSUMER_KEPT_FOR: Duration = Duration::from_mins(5);
const PULL_EXPIRES: Duration = Duration::from_secs(30);
const PULL_HEARTBEAT: Duration = Duration::from_secs(5);
const API_WITHIN: Duration = Duration::from_secs(5);

/// Why a reading ended.
pub(super) enum ReadEnd {
    Shutdown,
    Disconnected,
    /// Begin again after a while.
    Again(String),
}

impl From<StreamError> for ReadEnd {
    fn from(error: StreamError) -> Self {
        Self::Again(error.to_string())
    }
}

impl From<SinkError> for ReadEnd {
    fn from(error: SinkError) -> Self {
        Self::Again(error.to_string())
    }
}

pub(super) struct Reader {
    nats: Nats,
    context: Context,
    aggregator: AggregatorToken,
    sink: Arc<dyn BatchSink>,
    settings: ReceiverSettings,
    observer: Arc<dyn Observer>,
    status: watch::Sender<ReceiverStatus>,
    shutdown: CancellationToken,
    taken_in: u64,
}

/// Consecutive messages that were waiting together.
#[derive(Default)]
struct Group {
    batches: Vec<Received>,
    bytes: usize,
    last_sequence: u64,
}

impl Reader {
    pub(super) fn new(
        nats: Nats,
        aggregator: AggregatorToken,
        sink: Arc<dyn BatchSink>,
        settings: ReceiverSettings,
        observer: Arc<dyn Observer>,
        status: watch::Sender<ReceiverStatus>,
        shutdown: CancellationToken,
    ) -> Self {
        let context = jetstream::context::ContextBuilder::new().timeout(API_WITHIN).build(nats.client.clone());
        Self { nats, context, aggregator, sink, settings, observer, status, shutdown, taken_in: 0 }
    }

    pub(super) const fn settings(&self) -> &ReceiverSettings {
        &self.settings
    }

    pub(super) fn observer(&self) -> &dyn Observer {
        &*self.observer
    }

    /// How many messages were taken in since the start.
    pub(super) const fn taken_in(&self) -> u64 {
        self.taken_in
    }

    pub(super) fn report(&self, change: impl FnOnce(&mut ReceiverStatus)) {
        self.status.send_modify(change);
    }

    /// Reads until something ends it. `generation` is the connection's: with another one everything starts again.
    pub(super) async fn read(&mut self, mut link: watch::Receiver<Link>, generation: u64) -> ReadEnd {
        match self.read_on(&mut link, generation).await {
            Ok(never) => match never {},
            Err(end) => end,
        }
    }

    async fn read_on(
        &mut self,
        link: &mut watch::Receiver<Link>,
        generation: u64,
    ) -> Result<std::convert::Infallible, ReadEnd> {
        let spool = self.ensure_streams().await?;
        let created = creation(&spool);
        // The broker may have lost the receipts, and a node may wait for one.
        self.tell(BatchSink::receipts_to_republish).await?;
        let mut messages = self.open(&spool).await?;
        self.report(|status| {
            status.reading = true;
            status.last_error = None;
        });
        let (shutdown, sink) = (self.shutdown.clone(), self.sink.clone());
        let mut checks = tokio::time::interval(self.settings.check_every);
        checks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        checks.reset();
        let (mut delivered, mut checked_at) = (0, self.taken_in);
        loop {
            let message = tokio::select! {
                () = shutdown.cancelled() => return Err(ReadEnd::Shutdown),
                message = messages.next() => message,
                () = another(link, generation) => return Err(ReadEnd::Disconnected),
                () = sink.enrolment().notified() => {
                    self.tell(BatchSink::newly_enrolled).await?;
                    continue;
                }
                _ = checks.tick() => {
                    self.check(created, checked_at).await?;
                    checked_at = self.taken_in;
                    continue;
                }
            };
            let group = self.gather(message, &mut messages, &mut delivered)?;
            self.take_in(group, created).await?;
        }
    }

    async fn ensure_streams(&self) -> Result<Info, ReadEnd> {
        let stand = async {
            streams::ensure(&self.context, self.settings.spool.receipts()).await?;
            streams::ensure(&self.context, self.settings.spool.log()).await
        };
        let stand = stand.await;
        self.observer.streams_stand(stand.is_ok());
        let spool = stand?;
        self.report(|status| {
            status.streams_stood = true;
            status.spool_last = spool.state.last_sequence;
        });
        Ok(spool)
    }

    /// Both streams must stand, the spool must be the one that is being read, and reading must not stand still while
    /// something waits.
    async fn check(&self, created: i64, taken_in_before: u64) -> Result<(), ReadEnd> {
        let spool = self.ensure_streams().await?;
        if creation(&spool) != created {
            return Err(ReadEnd::Again("the spool was made anew".to_owned()));
        }
        let read = self.status.borrow().cursor.filter(|cursor| cursor.created == created);
        let waiting = spool.state.messages > 0 && spool.state.last_sequence > read.map_or(0, |cursor| cursor.sequence);
        if waiting && self.taken_in == taken_in_before {
            return Err(ReadEnd::Again("the broker delivers nothing although batches wait".to_owned()));
        }
        Ok(())
    }

    /// Publishes what the sink has to say without a batch having come.
    async fn tell(&self, what: fn(&(dyn BatchSink + 'static)) -> Vec<(UnitToken, Receipt)>) -> Result<(), ReadEnd> {
        let sink = self.sink.clone();
        let receipts = blocking(move || what(&*sink)).await?;
        for (unit, receipt) in receipts {
            self.send(&unit, &receipt).await?;
        }
        Ok(())
    }

    async fn open(&self, spool: &Info) -> Result<pull::Stream, ReadEnd> {
        let sink = self.sink.clone();
        let created = creation(spool);
        let kept = blocking(move || sink.cursor()).await?;
        // A cursor beyond the end belongs to a spool that was since restored from an older state.
        let kept = kept.filter(|cursor| cursor.created == created && cursor.sequence <= spool.state.last_sequence);
        self.report(|status| status.cursor = kept);
        let deliver_policy = kept.map_or(DeliverPolicy::All, |cursor| DeliverPolicy::ByStartSequence {
            start_sequence: cursor.sequence + 1,
        });
        let config = pull::Config {
            deliver_policy,
            ack_policy: AckPolicy::None,
            inactive_threshold: CONSUMER_KEPT_FOR,
            memory_storage: true,
            num_replicas: 1,
            ..pull::Config::default()
        };
        let again = |error: String| ReadEnd::Again(format!("cannot read the spool: {error}"));
        let consumer: Consumer<pull::Config> = self
            .context
            .create_consumer_on_stream(config, streams::LOG_STREAM)
            .await
            .map_err(|error| again(error.to_string()))?;
        let stream = consumer
            .stream()
            .max_messages_per_batch(self.settings.group_batches)
            .max_bytes_per_batch(self.settings.group_bytes)
            .expires(PULL_EXPIRES)
            .heartbeat(PULL_HEARTBEAT);
        stream.messages().await.map_err(|error| again(error.to_string()))
    }

    /// The message at hand and those that wait behind it, within the limits of a group. `delivered` counts what our
    /// consumer was given: a jump means that something was lost on the way.
    fn gather(
        &self,
        first: Option<Result<jetstream::Message, pull::MessagesError>>,
        messages: &mut pull::Stream,
        delivered: &mut u64,
    ) -> Result<Group, ReadEnd> {
        let mut group = Group::default();
        let mut next = Some(first);
        while let Some(message) = next {
            match message {
                Some(Ok(message)) => group.add(&message, delivered)?,
                // What was gathered is taken in first; the end shows again.
                _ if group.last_sequence > 0 => break,
                Some(Err(error)) => return Err(ReadEnd::Again(error.to_string())),
                None => return Err(ReadEnd::Again("the broker ended the delivery".to_owned())),
            }
            let full = group.batches.len() >= self.settings.group_batches || group.bytes >= self.settings.group_bytes;
            next = if full { None } else { messages.next().now_or_never() };
        }
        Ok(group)
    }

    async fn take_in(&mut self, group: Group, created: i64) -> Result<(), ReadEnd> {
        let cursor = SpoolCursor { created, sequence: group.last_sequence };
        let units: Vec<_> = group.batches.iter().map(|received| received.unit.clone()).collect();
        let (batches, bytes) = (group.batches.len(), group.bytes);
        let sink = self.sink.clone();
        let receipts = blocking(move || {
            let receipts = sink.receive(group.batches)?;
            sink.keep_cursor(cursor);
            Ok::<_, SinkError>(receipts)
        })
        .await??;
        if receipts.len() != units.len() {
            tracing::error!(batches, receipts = receipts.len(), "the sink did not answer every batch");
        }
        for (unit, receipt) in settle(units.into_iter().zip(receipts)) {
            self.send(&unit, &receipt).await?;
        }
        self.taken_in += batches as u64;
        self.observer.group_received(batches, bytes);
        self.report(|status| {
            status.cursor = Some(cursor);
            status.spool_last = status.spool_last.max(cursor.sequence);
            status.last_error = None;
        });
        Ok(())
    }

    /// A receipt that gets lost is asked for again; nobody waits for the broker's word on it.
    async fn send(&self, unit: &UnitToken, receipt: &Receipt) -> Result<(), ReadEnd> {
        let subject: String = Subject::receipt(unit, &self.aggregator).into();
        let sent = self.nats.client.publish(subject, receipt.to_bytes().into());
        match tokio::time::timeout(API_WITHIN, sent).await {
            Ok(Ok(())) => {
                self.observer.receipt_sent(receipt.status());
                Ok(())
            }
            Ok(Err(error)) => Err(ReadEnd::Again(error.to_string())),
            Err(_) => Err(ReadEnd::Disconnected),
        }
    }
}

impl Group {
    fn add(&mut self, message: &jetstream::Message, delivered: &mut u64) -> Result<(), ReadEnd> {
        let info = message.info().map_err(|error| ReadEnd::Again(error.to_string()))?;
        if info.consumer_sequence != *delivered + 1 {
            return Err(ReadEnd::Again("a message was lost on the way".to_owned()));
        }
        *delivered = info.consumer_sequence;
        self.last_sequence = info.stream_sequence;
        if let Some(unit) = Subject::unit(&message.subject) {
            self.bytes += message.payload.len();
            self.batches.push(Received { unit, packed: message.payload.to_vec() });
        } else {
            tracing::warn!(subject = %message.subject, "not the subject of a unit");
        }
        Ok(())
    }
}

/// Waits until the connection is gone or another one.
async fn another(link: &mut watch::Receiver<Link>, generation: u64) {
    // An error means that there will be no connection any more.
    let _ = link.wait_for(|link| !link.up || link.generation != generation).await.is_ok();
}

/// One receipt per unit says it all: the note of each is the last cosigned one. The one that asks for the most tells
/// the latest state; between equals, one that wants something done outweighs one that confirms.
fn settle(receipts: impl Iterator<Item = (UnitToken, Receipt)>) -> BTreeMap<UnitToken, Receipt> {
    let mut settled: BTreeMap<UnitToken, Receipt> = BTreeMap::new();
    let weight = |receipt: &Receipt| (receipt.next(), receipt.status() != ReceiptStatus::Cosigned);
    for (unit, receipt) in receipts {
        match settled.get(&unit) {
            Some(known) if weight(known) > weight(&receipt) => {}
            _ => {
                settled.insert(unit, receipt);
            }
        }
    }
    settled
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, ReadEnd> {
    tokio::task::spawn_blocking(work).await.map_err(|error| ReadEnd::Again(error.to_string()))
}

/// When the stream was made, in nanoseconds since the Unix epoch.
fn creation(info: &Info) -> i64 {
    i64::try_from(info.created.unix_timestamp_nanos()).unwrap_or(0)
}
