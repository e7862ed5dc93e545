//! The node's side: a task that lets the pure shipper act on the ledger and the broker.

use super::confronting::{Confronted, own_batch};
use super::connection::{Link, Nats};
use super::courier::{self, PublishOutcome, Stored};
use super::shipment;
use super::shipper_status::{ShipperHandle, ShipperStatus};
use crate::observer::Observer;
use crate::receipt::Receipt;
use crate::shipper::{Action, Alarm, Heard, Input, Shipper, ShipperSettings, SpoolLast, Step};
use crate::subject::{AggregatorToken, Subject, UnitToken};
use async_nats::Subscriber;
use danvan_ledger::{Ledger, ReceiptError as KeepError};
use danvan_tlog::{Size, VerifierKey};
use futures_util::{FutureExt, StreamExt};
use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

/// Starts the shipper of a node.
#[derive(Debug, Clone, Copy)]
pub struct ShipperService;

impl ShipperService {
    /// Ships the log of `ledger`, which `log_key` signs, as `unit`. `required` are the mirror keys whose receipts make an
    /// entry delivered; keys whose name is not that of a mirror are reported and left out. `seed` spreads the delays. Nothing is
    /// sent before `begin` has ended.
    /// Ends soon after `shutdown` is cancelled. Must be called within a tokio runtime.
    #[expect(clippy::too_many_arguments, reason = "each is a part of its own; a struct would only name them once more")]
    pub fn spawn(
        begin: impl Future<Output = ()> + Send + 'static,
        nats: Nats,
        ledger: Ledger,
        unit: &UnitToken,
        log_key: VerifierKey,
        required: Vec<VerifierKey>,
        settings: ShipperSettings,
        seed: u64,
        observer: Arc<dyn Observer>,
        shutdown: CancellationToken,
    ) -> ShipperHandle {
        let mirrors: BTreeMap<AggregatorToken, VerifierKey> = required
            .into_iter()
            .filter_map(|key| {
                let token = AggregatorToken::of_mirror(key.name());
                if token.is_none() {
                    tracing::error!(key = %key.name(), "not the name of a mirror key; no receipt of it can be asked for");
                }
                Some((token?, key))
            })
            .collect();
        let kept = ledger.receipts();
        let held = mirrors.values().map(|key| {
            let size = kept.get(key.name()).map(danvan_tlog::SignedCheckpoint::size).unwrap_or_default();
            (key.name().clone(), size)
        });
        let machine = Shipper::new(settings, seed, log_key.name().clone(), ledger.size(), held);
        let (durable_sender, durable) = watch::channel(ledger.size());
        ledger.on_durable(Box::new(move |size| {
            durable_sender.send_if_modified(|known| {
                let grown = size > *known;
                *known = size.max(*known);
                grown
            });
        }));
        let (status_sender, status) = watch::channel(ShipperStatus::default());
        let task = ShipperTask {
            link: nats.link(),
            surroundings: Arc::new(Surroundings { nats, ledger, unit: unit.clone(), log_key, mirrors, observer }),
            machine,
            durable,
            status: status_sender,
            started: Instant::now(),
            generation: 0,
            last_error: None,
        };
        let task = tokio::spawn(async move {
            let run = async {
                begin.await;
                task.run().await;
            };
            shutdown.run_until_cancelled(run).await;
        });
        ShipperHandle { status, task }
    }
}

struct Surroundings {
    nats: Nats,
    ledger: Ledger,
    unit: UnitToken,
    log_key: VerifierKey,
    mirrors: BTreeMap<AggregatorToken, VerifierKey>,
    observer: Arc<dyn Observer>,
}

/// What an action or a receipt led to.
#[derive(Default)]
struct Outcome {
    receipts: Vec<Vec<u8>>,
    alarm: Option<Alarm>,
    input: Option<Input>,
    error: Option<String>,
}

type Doing = Pin<Box<dyn Future<Output = Outcome> + Send>>;

struct ShipperTask {
    surroundings: Arc<Surroundings>,
    machine: Shipper,
    link: watch::Receiver<Link>,
    durable: watch::Receiver<Size>,
    status: watch::Sender<ShipperStatus>,
    started: Instant,
    generation: u64,
    last_error: Option<String>,
}

impl ShipperTask {
    async fn run(mut self) {
        let subject = Subject::receipts_for(&self.surroundings.unit);
        let Ok(mut receipts) = self.surroundings.nats.client.subscribe(subject.as_str().to_owned()).await else {
            tracing::error!("the connection to the broker was closed before it began");
            return;
        };
        // What became durable before this task listened is known to the ledger alone.
        self.grow();
        self.follow_link();
        let mut doing: Option<Doing> = None;
        loop {
            let mut deadline = None;
            if doing.is_none() {
                match self.machine.poll(self.now()) {
                    Step::Do(action) => doing = Some(Box::pin(self.surroundings.clone().perform(action))),
                    Step::Wait(until) => deadline = until.map(|until| self.started + until),
                }
            }
            self.report();
            tokio::select! {
                outcome = ended(&mut doing) => {
                    doing = None;
                    self.take_in(outcome).await;
                }
                message = receipts.next() => match message {
                    Some(message) => self.take_in(waiting(message.payload.into(), &mut receipts)).await,
                    None => return,
                },
                Ok(()) = self.link.changed() => self.follow_link(),
                Ok(()) = self.durable.changed() => self.grow(),
                () = sleep_until(deadline) => {}
            }
        }
    }

    fn now(&self) -> Duration {
        self.started.elapsed()
    }

    fn tell(&mut self, input: Input) {
        self.machine.handle(self.started.elapsed(), input);
    }

    fn grow(&mut self) {
        let size = (*self.durable.borrow_and_update()).max(self.surroundings.ledger.size());
        self.tell(Input::Grew(size));
    }

    fn follow_link(&mut self) {
        let link = self.link.borrow_and_update().clone();
        if link.up && link.generation != self.generation {
            self.generation = link.generation;
            self.last_error = None;
            self.tell(Input::Linked);
        } else if !link.up {
            self.tell(Input::Unlinked);
        }
        if link.last_error.is_some() {
            self.last_error = link.last_error;
        }
    }

    /// Receipts first: what they say must be known when the end of a look-up is.
    async fn take_in(&mut self, outcome: Outcome) {
        self.grow();
        if let Some(error) = outcome.error {
            tracing::debug!(error, "shipping is held up");
            self.surroundings.observer.broker_failed();
            self.last_error = Some(error);
        }
        if !outcome.receipts.is_empty() {
            let surroundings = self.surroundings.clone();
            let verified = tokio::task::spawn_blocking(move || surroundings.verify(&outcome.receipts)).await;
            for verified in verified.unwrap_or_default() {
                match verified {
                    Ok(heard) => self.tell(Input::Receipt(heard)),
                    Err(alarm) => self.machine.raise(alarm),
                }
            }
        }
        if let Some(alarm) = outcome.alarm {
            self.machine.raise(alarm);
        }
        if let Some(input) = outcome.input {
            if matches!(input, Input::Published { .. }) {
                self.last_error = None;
            }
            self.tell(input);
        }
    }

    fn report(&self) {
        let status = ShipperStatus {
            size: *self.durable.borrow(),
            published: self.machine.cursor(),
            delivered: self.machine.delivered(),
            receipted: self.machine.receipted(),
            refused: self.machine.refused(),
            connected: self.link.borrow().up,
            alarm: self.machine.alarm().cloned(),
            last_error: self.last_error.clone(),
        };
        self.status.send_if_modified(|known| {
            let changed = *known != status;
            if changed && status.alarm.is_some() && known.alarm.is_none() {
                tracing::error!(alarm = ?status.alarm, "shipping has stopped");
            }
            *known = status;
            changed
        });
    }
}

/// The receipt at hand and those that wait behind it.
fn waiting(first: Vec<u8>, receipts: &mut Subscriber) -> Outcome {
    let mut all = vec![first];
    while let Some(Some(message)) = receipts.next().now_or_never() {
        all.push(message.payload.into());
    }
    Outcome { receipts: all, ..Outcome::default() }
}

async fn ended(doing: &mut Option<Doing>) -> Outcome {
    match doing {
        Some(doing) => doing.await,
        None => std::future::pending().await,
    }
}

async fn sleep_until(deadline: Option<Instant>) {
    match deadline {
        Some(deadline) => tokio::time::sleep_until(deadline).await,
        None => std::future::pending().await,
    }
}

impl Surroundings {
    async fn perform(self: Arc<Self>, action: Action) -> Outcome {
        match action {
            Action::Publish { start, limit, expected } => self.publish(start, limit, expected).await,
            Action::LookUpOwn => self.look_up_own().await,
            Action::LookUpReceipts => self.look_up_receipts().await,
        }
    }

    async fn publish(self: Arc<Self>, start: Size, limit: Size, expected: u64) -> Outcome {
        let ledger = self.ledger.clone();
        let loaded = tokio::task::spawn_blocking(move || shipment::load(&ledger, start, limit)).await;
        let shipment = match loaded {
            Ok(Ok(shipment)) => shipment,
            Ok(Err(error)) => return Outcome::failed(Input::PublishFailed, error.to_string()),
            Err(error) => return Outcome::failed(Input::PublishFailed, error.to_string()),
        };
        let (range, bytes) = (shipment.range, shipment.packed.len());
        match courier::publish(&self.nats, &Subject::log(&self.unit), shipment.packed, expected).await {
            PublishOutcome::Stored(sequence) => {
                self.observer.published(range.len(), bytes);
                Outcome { input: Some(Input::Published { range, sequence }), ..Outcome::default() }
            }
            PublishOutcome::Refused => Outcome { input: Some(Input::PublishRefused), ..Outcome::default() },
            PublishOutcome::Unknown(error) => Outcome::failed(Input::PublishDoubtful, error),
        }
    }

    async fn look_up_receipts(self: Arc<Self>) -> Outcome {
        let mut receipts = Vec::new();
        for aggregator in self.mirrors.keys() {
            match courier::last_receipt(&self.nats, &Subject::receipt(&self.unit, aggregator)).await {
                Ok(found) => receipts.extend(found.map(|stored| stored.payload)),
                Err(error) => return Outcome::failed(Input::LookUpFailed, error),
            }
        }
        Outcome { receipts, input: Some(Input::ReceiptsLookedUp), ..Outcome::default() }
    }

    async fn look_up_own(self: Arc<Self>) -> Outcome {
        let Stored { sequence, payload } = match courier::last_batch(&self.nats, &Subject::log(&self.unit)).await {
            Ok(Some(stored)) => stored,
            Ok(None) => return Outcome { input: Some(Input::OwnLast(None)), ..Outcome::default() },
            Err(error) => return Outcome::failed(Input::LookUpFailed, error),
        };
        let confronted = tokio::task::spawn_blocking(move || own_batch(&self.ledger, &self.log_key, &payload)).await;
        match confronted.unwrap_or_else(|error| Err(Confronted::Unknown(error.to_string()))) {
            Ok(range) => {
                let last = SpoolLast { sequence, range };
                Outcome { input: Some(Input::OwnLast(Some(last))), ..Outcome::default() }
            }
            Err(Confronted::Contradicted(alarm)) => Outcome { alarm: Some(alarm), ..Outcome::default() },
            Err(Confronted::Unknown(error)) => Outcome::failed(Input::LookUpFailed, error),
        }
    }

    /// Believes a receipt only after both signatures are verified and its note is durable. Blocks.
    fn verify(&self, receipts: &[Vec<u8>]) -> Vec<Result<Heard, Alarm>> {
        receipts
            .iter()
            .filter_map(|bytes| {
                self.verify_one(bytes).unwrap_or_else(|reason| {
                    tracing::warn!(reason, "a receipt cannot be believed");
                    self.observer.receipt_disbelieved();
                    None
                })
            })
            .collect()
    }

    fn verify_one(&self, bytes: &[u8]) -> Result<Option<Result<Heard, Alarm>>, String> {
        let receipt = Receipt::parse(bytes).map_err(|error| error.to_string())?;
        let Some(mirror) = self.mirrors.get(receipt.aggregator()) else {
            return Ok(None);
        };
        // Of another incarnation of this unit's log.
        if *receipt.origin() != self.log_key.name().origin() {
            return Ok(None);
        }
        let by = mirror.name().clone();
        let note = receipt.verify(&self.log_key, mirror).map_err(|error| error.to_string())?;
        let cosigned = note.as_ref().map(danvan_tlog::SignedCheckpoint::size);
        if let Some(note) = note {
            match self.ledger.keep_receipt(&by, note.note()) {
                Ok(_) => {}
                Err(KeepError::BeyondLedger { receipted, held }) => {
                    return Ok(Some(Err(Alarm::LostEntries { by, cosigned: receipted, held })));
                }
                Err(KeepError::RootDiffers { size }) => return Ok(Some(Err(Alarm::Fork { by, size }))),
                Err(error) => return Err(error.to_string()),
            }
        }
        self.observer.receipt_heard(&by, receipt.status());
        Ok(Some(Ok(Heard { by, status: receipt.status(), next: receipt.next(), cosigned })))
    }
}

impl Outcome {
    fn failed(input: Input, error: String) -> Self {
        Self { input: Some(input), error: Some(error), ..Self::default() }
    }
}
