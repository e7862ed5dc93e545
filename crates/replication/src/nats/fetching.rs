//! The node's side of fetching: one aggregator, and what lies in the spool, as mirrors to repair a ledger from.

use super::connection::Nats;
use super::courier::{ask, last_batch};
use crate::fetch::{FetchRequest, Fetched};
use crate::packing;
use crate::receipt::{Receipt, ReceiptStatus};
use crate::subject::{AggregatorToken, Subject, UnitToken};
use async_nats::Request;
use danvan_ledger::{MirrorError, MirrorSource, Record};
use danvan_tlog::{Batch, IndexRange, Note, Origin, VerifierKey};
use std::time::Duration;
use tokio::runtime::Handle;
use tokio_util::sync::CancellationToken;

/// How often a question is asked before the other side counts as silent, and how long in between.
const TRIES: u32 = 3;
const AGAIN_AFTER: Duration = Duration::from_millis(250);

/// The name of a [`SpoolSource`] in reports.
pub const SPOOL_SOURCE: &str = "spool";

/// What one aggregator holds of a log, asked over NATS. Its methods block: a thread that may wait calls them, never a task.
pub struct FetchSource {
    nats: Nats,
    runtime: Handle,
    subject: Subject,
    aggregator: AggregatorToken,
    log: VerifierKey,
    mirror: VerifierKey,
    shutdown: CancellationToken,
}

impl FetchSource {
    /// The aggregator whose mirror key is `mirror`, asked by `unit` about the log that `log` signs; `None` when the key is not
    /// named as one of a mirror. Once `shutdown` is cancelled nobody is waited for any more. Must be called within a tokio
    /// runtime, which must go on while the source is used.
    #[must_use]
    pub fn new(
        nats: Nats,
        unit: &UnitToken,
        log: VerifierKey,
        mirror: VerifierKey,
        shutdown: CancellationToken,
    ) -> Option<Self> {
        let aggregator = AggregatorToken::of_mirror(mirror.name())?;
        let subject = Subject::fetch(unit, &aggregator);
        Some(Self { nats, runtime: Handle::current(), subject, aggregator, log, mirror, shutdown })
    }

    fn ask(&self, asked: &FetchRequest) -> Result<Fetched, MirrorError> {
        let question = asked.to_bytes();
        let answer = self.runtime.block_on(with_patience(&self.shutdown, || {
            ask(&self.nats, self.subject.as_str().to_owned(), Request::new().payload(question.clone().into()))
        }));
        let message = answer.map_err(MirrorError::new)?;
        Fetched::parse(&message.payload, asked).map_err(|error| MirrorError::new(error.to_string()))
    }

    /// The note of where the log stands, cosigned by this aggregator.
    fn believe(&self, standing: &Receipt) -> Result<Option<Note>, MirrorError> {
        let status = standing.status();
        let signed = standing.verify(&self.log, &self.mirror).map_err(|error| MirrorError::new(error.to_string()))?;
        match signed {
            Some(signed) => Ok(Some(signed.note().clone())),
            None if status == ReceiptStatus::Resend && *standing.aggregator() == self.aggregator => Ok(None),
            None if status == ReceiptStatus::UnknownOrigin => {
                Err(MirrorError::new("this log is not enrolled there (404)"))
            }
            None => Err(MirrorError::new(format!("it refuses this log ({status})"))),
        }
    }
}

impl MirrorSource for FetchSource {
    fn name(&self) -> String {
        self.mirror.name().as_str().to_owned()
    }

    fn newest(&mut self, origin: &Origin) -> Result<Option<Note>, MirrorError> {
        match self.ask(&FetchRequest::standing(origin.clone()))? {
            Fetched::Standing(standing) => self.believe(&standing),
            Fetched::Entries(_) => Err(MirrorError::new("it gave entries that nobody asked for")),
        }
    }

    fn records(&mut self, range: IndexRange) -> Result<Vec<Record>, MirrorError> {
        match self.ask(&FetchRequest::entries(self.log.name().origin(), range))? {
            Fetched::Entries(entries) => Ok(entries.into_iter().map(Record::new).collect()),
            Fetched::Standing(standing) => {
                let (status, next) = (standing.status(), standing.next());
                Err(MirrorError::new(format!("it gives none of the entries {range} ({status}, holds {next})")))
            }
        }
    }
}

/// The node's own last batch in the spool: what its key signed last, perhaps before any aggregator has read it. Its methods
/// block.
pub struct SpoolSource {
    nats: Nats,
    runtime: Handle,
    subject: Subject,
    log: VerifierKey,
    shutdown: CancellationToken,
    last: Option<Batch>,
}

impl SpoolSource {
    /// What lies there of the log of `unit` that `log` signs. Once `shutdown` is cancelled the broker is not waited for any
    /// more. Must be called within a tokio runtime, which must go on while the source is used.
    #[must_use]
    pub fn new(nats: Nats, unit: &UnitToken, log: VerifierKey, shutdown: CancellationToken) -> Self {
        Self { nats, runtime: Handle::current(), subject: Subject::log(unit), log, shutdown, last: None }
    }
}

impl MirrorSource for SpoolSource {
    fn name(&self) -> String {
        SPOOL_SOURCE.to_owned()
    }

    /// Nothing where there is no batch or somebody else's. Where no spool answers it is not known: one that is down for a
    /// moment may hold what nobody has read yet.
    fn newest(&mut self, _: &Origin) -> Result<Option<Note>, MirrorError> {
        let last = self.runtime.block_on(with_patience(&self.shutdown, || last_batch(&self.nats, &self.subject)));
        let last = last.map_err(MirrorError::new)?;
        let batch = last.and_then(|stored| packing::unpack(&stored.payload).ok());
        self.last = batch.filter(|batch| batch.open(&self.log).is_ok());
        Ok(self.last.as_ref().map(|batch| batch.note().clone()))
    }

    fn records(&mut self, range: IndexRange) -> Result<Vec<Record>, MirrorError> {
        let held = self.last.as_ref().map(|batch| (batch.range(), batch.entries()));
        let Some((held, entries)) = held.filter(|(held, _)| held.contains(range.start().next_index())) else {
            return Err(MirrorError::new(format!("the last batch there has none of the entries {range}")));
        };
        let from = usize::try_from(range.start().entries_since(held.start())).unwrap_or(usize::MAX);
        let most = usize::try_from(range.len()).unwrap_or(usize::MAX);
        Ok(entries.iter().skip(from).take(most).cloned().map(Record::new).collect())
    }
}

async fn with_patience<T, Answer>(shutdown: &CancellationToken, mut ask: impl FnMut() -> Answer) -> Result<T, String>
where
    Answer: Future<Output = Result<T, String>>,
{
    let asking = async {
        for tried in 1..TRIES {
            match ask().await {
                Err(reason) => tracing::debug!(reason, tried, "asked again"),
                answered => return answered,
            }
            tokio::time::sleep(AGAIN_AFTER * tried).await;
        }
        ask().await
    };
    shutdown.run_until_cancelled(asking).await.unwrap_or_else(|| Err("this process ends".to_owned()))
}
