//! Intake: a form becomes a durable entry, once.
//!
//! Form → id → turn (requests for one id share one outcome) → role → source → known already? → time → rules → vault →
//! ledger → acknowledgement. An erasure goes the other way round: ledger → vault → acknowledgement, so that the log says of
//! everything that is gone why it went.

use std::io;
use std::sync::Arc;
use std::time::Instant;

use danvan_daemon::{Gate, Randomness};
use danvan_event::{Canon, Entry, Event, EventId, EventType, Form, FormLimits, Role, Salt, Source};
use danvan_ledger::{AppendError, Done, Ledger, Place, Turn};
use danvan_tlog::Index;
use tokio::sync::oneshot;
use tokio::task::spawn_blocking;

use crate::failure::Failure;
use crate::hand::Hand;
use crate::history::History;
use crate::intake_keys::{Claimed, IntakeKeys, KeysError};
use crate::ledger_watch::stopped;
use crate::metrics::NodeMetrics;
use crate::privacy::{suspicious, without_consent};
use crate::recorder::{Draft, FoldError, RecordError, Recorder};
use crate::refusal::Refusal;
use crate::vault::Vault;

/// Where an event about personal data lists the events that it is about.
const EVENT_IDS: &str = "/data/event_ids";

/// The parts that intake puts together.
pub(crate) struct Intake {
    pub(crate) source: Source,
    pub(crate) form_bytes: usize,
    pub(crate) ledger: Ledger,
    pub(crate) history: History,
    pub(crate) recorder: Arc<Recorder>,
    pub(crate) keys: IntakeKeys,
    pub(crate) vault: Vault,
    pub(crate) randomness: Arc<dyn Randomness>,
    pub(crate) gate: Gate,
    pub(crate) metrics: NodeMetrics,
    pub(crate) failure: Failure,
}

/// An event that is in the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Recorded {
    pub(crate) id: EventId,
    pub(crate) place: Place,
    /// It was there before this request.
    pub(crate) duplicate: bool,
}

/// A refused form, with its id where it has one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Refused {
    pub(crate) id: Option<EventId>,
    pub(crate) refusal: Refusal,
}

/// A form that was taken; [`Intake::settle`] waits until it is durable.
pub(crate) enum Taken {
    /// In the log already.
    Known(Recorded),
    /// In the queue.
    Queued {
        id: EventId,
        /// Whether the vault keeps something of it.
        personal: bool,
        fate: oneshot::Receiver<Fate>,
    },
}

/// What became of a queued entry. With a failure comes the turn: what lies in the vault is destroyed before anybody else decides.
pub(crate) type Fate = Result<Index, (AppendError, Turn)>;

impl Intake {
    /// Records one form.
    pub(crate) async fn record(&self, bytes: &[u8], hand: impl Into<Hand>) -> Result<Recorded, Refused> {
        let taken = self.take(bytes, hand).await?;
        self.settle(taken).await
    }

    /// Takes one form; forms taken one after the other are recorded in that order.
    pub(crate) async fn take(&self, bytes: &[u8], hand: impl Into<Hand>) -> Result<Taken, Refused> {
        let mut id = None;
        let taken = self.try_take(bytes, hand.into(), &mut id).await;
        taken.map_err(|refusal| self.refused(id, refusal))
    }

    /// Waits until a taken form is durable.
    pub(crate) async fn settle(&self, taken: Taken) -> Result<Recorded, Refused> {
        let (id, personal, fate) = match taken {
            Taken::Known(recorded) => {
                self.metrics.forms.with_label_values(&["duplicate"]).inc();
                return Ok(recorded);
            }
            Taken::Queued { id, personal, fate } => (id, personal, fate),
        };
        let refusal = match fate.await {
            Ok(Ok(index)) => {
                self.metrics.forms.with_label_values(&["recorded"]).inc();
                let place = Place { incarnation: self.history.incarnation(), index };
                return Ok(Recorded { id, place, duplicate: false });
            }
            Ok(Err((AppendError::NoSpace, turn))) => {
                if personal {
                    self.forget(id).await;
                }
                drop(turn);
                Refusal::DiskFull
            }
            // What became of the bytes is not known; the start that follows finds out.
            Ok(Err(_)) | Err(_) => Refusal::Failing,
        };
        Err(self.refused(Some(id), refusal))
    }

    /// Whether a form would be taken now; nothing is kept. The caller drops the turn when it has acted on the answer: until then
    /// nobody else decides about that id.
    pub(crate) async fn rehearse(&self, bytes: &[u8], role: Role) -> Result<Turn, Refusal> {
        let draft = self.draft(bytes, role, &mut None)?;
        let id = draft.form.id().ok_or(Refusal::Failing)?;
        let turn = match self.claim(id).await? {
            Claimed::Turn(turn) => turn,
            Claimed::Held(_) => return Err(Refusal::OtherContent(id)),
        };
        self.reread_if_ahead().await?;
        self.recorder.rehearse(&draft).map(|_| turn).map_err(|error| self.record_refusal(error))
    }

    /// Where the event of `id` stands, if it is in the log.
    pub(crate) fn find(&self, id: EventId) -> Result<Option<Place>, Refusal> {
        self.keys.find(id).map_err(|error| self.keys_refusal(error))
    }

    pub(crate) async fn claim(&self, id: EventId) -> Result<Claimed, Refusal> {
        self.keys.claim(id).await.map_err(|error| self.keys_refusal(error))
    }

    /// A new id of this node.
    pub(crate) fn mint(&self) -> Result<EventId, Refusal> {
        let now = self.recorder.now().map_err(|_| Refusal::Clock)?;
        let mut random = [0; 10];
        self.randomness.fill(&mut random).map_err(|error| self.failing(error))?;
        Ok(EventId::from_parts(u64::try_from(now.as_millis()).unwrap_or(0), random))
    }

    async fn try_take(&self, bytes: &[u8], hand: Hand, told: &mut Option<EventId>) -> Result<Taken, Refusal> {
        let draft = self.draft(bytes, hand.role, told)?;
        let id = draft.form.id().ok_or(Refusal::Failing)?;
        let turn = match self.claim(id).await? {
            Claimed::Held(place) => return self.compare(draft.form, id, place).await.map(Taken::Known),
            Claimed::Turn(turn) => turn,
        };
        self.reread_if_ahead().await?;
        protects_persons(&draft.form, hand)?;
        let personal = !draft.salts.is_empty();
        let (mut sender, fate) = oneshot::channel();
        if personal || draft.concerns_openings() {
            let rehearsed = self.recorder.rehearse(&draft).map_err(|error| self.record_refusal(error));
            let (entry, openings) = rehearsed.map_err(|refusal| self.in_place(refusal, &draft.form))?;
            if let Event::PrivacyErased(erasure) = entry.event() {
                sender = self.erase_first(erasure.event_ids.clone(), sender);
            }
            if personal {
                let vault = self.vault.clone();
                self.blocking(move || vault.keep(id, openings)).await?;
            }
        }
        let done = self.done(draft.form.event_type().clone(), turn.clone(), sender);
        if let Err(error) = self.recorder.record(&draft, done) {
            if personal {
                self.forget(id).await;
            }
            drop(turn);
            return Err(self.record_refusal(error));
        }
        Ok(Taken::Queued { id, personal, fate })
    }

    /// Of a list of events those are named that are not in the log.
    fn in_place(&self, refusal: Refusal, form: &Form) -> Refusal {
        match refusal {
            Refusal::Rule(reason, fields) if fields == [EVENT_IDS] => {
                let ids = form.data().get("event_ids").and_then(Canon::as_list).unwrap_or_default();
                let parsed = |id: &Canon| id.as_str().and_then(|text| text.parse().ok());
                let is_unknown = |id: &Canon| parsed(id).is_some_and(|id| matches!(self.find(id), Ok(None)));
                let places = ids.iter().enumerate().filter(|(_, id)| is_unknown(id));
                let named: Vec<_> = places.map(|(place, _)| format!("{EVENT_IDS}/{place}")).collect();
                Refusal::Rule(reason, if named.is_empty() { fields } else { named })
            }
            other => other,
        }
    }

    /// Stands before `answer`: an erasure that is durable is told to it once the openings are destroyed. Whoever asked for it may
    /// have gone meanwhile.
    fn erase_first(&self, ids: Vec<EventId>, answer: oneshot::Sender<Fate>) -> oneshot::Sender<Fate> {
        let (sender, fate) = oneshot::channel::<Fate>();
        let (vault, failure) = (self.vault.clone(), self.failure.clone());
        tokio::spawn(async move {
            let Ok(fate) = fate.await else { return };
            if fate.is_ok() {
                let destroyed = spawn_blocking(move || vault.destroy_all(&ids)).await;
                if let Err(error) = destroyed.map_err(io::Error::other).flatten() {
                    // Without an answer the client sends it again; the start that comes now destroys them in any case.
                    failure.raise(format!("openings of erased events cannot be destroyed: {error}"));
                    return;
                }
            }
            let _ = answer.send(fate);
        });
        sender
    }

    /// After an entry that was counted came to nothing, the whole log is read again, off the threads that serve.
    pub(crate) async fn reread_if_ahead(&self) -> Result<(), Refusal> {
        if !self.recorder.is_ahead() {
            return Ok(());
        }
        let recorder = self.recorder.clone();
        let reread = spawn_blocking(move || recorder.reread()).await.map_err(|error| self.failing(error))?;
        reread.map_err(|error| self.record_refusal(error))
    }

    /// Reads the form and gives it an id and salts.
    fn draft(&self, bytes: &[u8], role: Role, told: &mut Option<EventId>) -> Result<Draft, Refusal> {
        if !self.gate.is_open() {
            return Err(Refusal::Starting);
        }
        let limits = FormLimits { max_bytes: self.form_bytes, latest_time: None };
        let form = Form::parse(bytes, limits).map_err(Refusal::Form)?;
        *told = form.id();
        if !role.may_record(form.event_type()) {
            return Err(Refusal::Role(role, form.event_type().clone()));
        }
        role.check_channel(&form).map_err(Refusal::Form)?;
        let form = match form.id() {
            Some(_) => form,
            None => form.with_id(self.mint()?),
        };
        let mut salts = Vec::new();
        for _ in form.personal_fields() {
            let mut salt = [0; 16];
            self.randomness.fill(&mut salt).map_err(|error| self.failing(error))?;
            salts.push(Salt::new(salt));
        }
        Ok(Draft { form, salts })
    }

    /// Rebuilds the entry of a known id with its time of recording and its salts, and compares the bytes.
    async fn compare(&self, form: Form, id: EventId, place: Place) -> Result<Recorded, Refusal> {
        let (history, vault, source) = (self.history.clone(), self.vault.clone(), self.source.clone());
        let equal = self.blocking(move || {
            let stored = history.read_one(place).map_err(io::Error::other)?;
            // Bytes that make no entry are not what any form would make.
            let Ok(entry) = Entry::parse(stored.entry) else { return Ok(false) };
            let openings = vault.openings(id)?;
            let salt_of =
                |pointer: &str| openings.iter().find(|opening| opening.pointer == pointer).map(|found| found.salt);
            let salts: Option<Vec<_>> = form.personal_fields().iter().map(|field| salt_of(&field.pointer)).collect();
            let Some(salts) = salts else { return Ok(false) };
            let rebuilt = Draft { form, salts }.entry_at(&source, entry.recordedtime());
            let is_equal = rebuilt.is_ok_and(|(rebuilt, _)| rebuilt.bytes() == entry.bytes());
            if let (true, Event::PrivacyErased(erasure)) = (is_equal, entry.event()) {
                // The first answer may still wait for the destruction, or have been lost with a crash.
                vault.destroy_all(&erasure.event_ids)?;
            }
            Ok(is_equal)
        });
        if equal.await? { Ok(Recorded { id, place, duplicate: true }) } else { Err(Refusal::OtherContent(id)) }
    }

    /// Runs on the ledger's thread when the fate of the entry is known. The turn ends there, whoever still waits for the answer.
    pub(crate) fn done(&self, event_type: EventType, turn: Turn, sender: oneshot::Sender<Fate>) -> Done {
        let (ledger, metrics, failure) = (self.ledger.clone(), self.metrics.clone(), self.failure.clone());
        let queued_at = Instant::now();
        turn.done(move |fate| {
            match &fate {
                Ok(_) => {
                    metrics.append_seconds.observe(queued_at.elapsed().as_secs_f64());
                    metrics.recorded.with_label_values(&[event_type.short()]).inc();
                }
                Err((error, _)) => {
                    tracing::warn!(%error, "an entry was refused by the ledger");
                    if matches!(error, AppendError::Poisoned { .. }) {
                        failure.raise(stopped(&ledger, error));
                    }
                }
            }
            // Whoever hears the outcome may close the ledger next: nothing of it is held here any more.
            drop(ledger);
            // Nobody waits any more when the client has gone; the outcome stands all the same.
            let _ = sender.send(fate);
        })
    }

    /// Destroys the openings of a form that came to nothing. What fails here is destroyed at the next start.
    async fn forget(&self, id: EventId) {
        let vault = self.vault.clone();
        if self.blocking(move || vault.destroy(id)).await.is_err() {
            tracing::warn!(%id, "openings without an entry stay until the next start");
        }
    }

    pub(crate) async fn blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> io::Result<T> + Send + 'static,
    ) -> Result<T, Refusal> {
        match spawn_blocking(work).await {
            Ok(Ok(value)) => Ok(value),
            Ok(Err(error)) if error.kind() == io::ErrorKind::StorageFull => Err(Refusal::DiskFull),
            Ok(Err(error)) => Err(self.failing(error)),
            Err(error) => Err(self.failing(error)),
        }
    }

    fn keys_refusal(&self, error: KeysError) -> Refusal {
        match error {
            KeysError::Starting => Refusal::Starting,
            KeysError::Table(error) => self.failing(error),
        }
    }

    pub(crate) fn record_refusal(&self, error: RecordError) -> Refusal {
        match error {
            RecordError::Form(error) => Refusal::Form(error),
            RecordError::Future { latest } => Refusal::Future(latest),
            RecordError::Rule(reason, event_type) => Refusal::Rule(reason, vec![reason.field(&event_type).to_owned()]),
            RecordError::Busy | RecordError::Fold(FoldError::Drained) => Refusal::Busy,
            RecordError::Clock(_) => Refusal::Clock,
            RecordError::Own(error) => self.failing(error),
            RecordError::Fold(error) => self.failing(error),
        }
    }

    pub(crate) fn failing(&self, error: impl std::fmt::Display) -> Refusal {
        self.failure.raise(error);
        Refusal::Failing
    }

    fn refused(&self, id: Option<EventId>, refusal: Refusal) -> Refused {
        self.metrics.forms.with_label_values(&[refusal.label()]).inc();
        tracing::debug!(refusal = refusal.label(), "a form was refused");
        Refused { id, refusal }
    }
}

/// Refuses a form that keeps who a citizen is without consent, or publishes what nobody has looked at.
fn protects_persons(form: &Form, hand: Hand) -> Result<(), Refusal> {
    let unconsented = without_consent(form);
    if !unconsented.is_empty() {
        return Err(Refusal::NoConsent(unconsented));
    }
    let suspicions = if hand.public_text_confirmed { Vec::new() } else { suspicious(form) };
    if suspicions.is_empty() { Ok(()) } else { Err(Refusal::LooksPersonal(suspicions)) }
}

#[cfg(test)]
mod tests;
