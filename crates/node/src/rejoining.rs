//! Opening the ledger. One that may hold less than the aggregators hold of it catches up from all of them first, however long
//! that takes: nobody stands beside this machine, and an entry appended too early would fork the log for ever.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::Duration;

use danvan_daemon::{DrainToken, Gate, bind, notify_ready, notify_status};
use danvan_ledger::{
    JournalOpenError, Ledger, LedgerConfig, Loss, LossCause, MirrorSource, OpenError, ReadError, RejoinError, Rejoined,
    RepairError, RepairOptions, RepairOutcome, RepairSources, SlotError, Supplied, rejoin,
};
use danvan_replication::{Backoff, Jitter};
use danvan_tlog::VerifierKey;
use tokio::task::spawn_blocking;
use tokio::time::{Instant, sleep};

use crate::broker::draw_seed;
use crate::first_look::{Standing, first_look};
use crate::ledger_watch::{contradicted, unopened};
use crate::metrics::NodeMetrics;
use crate::prepared::Prepared;
use crate::run::RunError;
use crate::shell::Shell;
use crate::sources::{Source, Sources, sources};
use crate::sync::VERSION;

/// Delays between two attempts.
const RETRY: Backoff = Backoff { first: Duration::from_millis(500), cap: Duration::from_secs(30) };
/// How long a connection to the broker is waited for before an attempt counts as one without answers.
const CONNECTED_WITHIN: Duration = Duration::from_secs(10);
/// So long entries may be missing that everybody who answered does not hold: an aggregator may yet read them from the spool.
/// Then the process ends with what an operator has to decide; its supervisor starts it again.
const MISSING_PATIENCE: Duration = Duration::from_mins(5);

/// A ledger that is open, and how it stands.
pub(crate) struct OpenedLedger {
    pub(crate) ledger: Ledger,
    pub(crate) standing: Standing,
}

/// Opens the ledger of a node, after it has caught up where it must. `None`: the process was told to end meanwhile.
pub(crate) async fn open_ledger(
    dir: &Path,
    prepared: &Prepared,
    shell: &mut Shell,
    drain: &DrainToken,
) -> Result<Option<OpenedLedger>, RunError> {
    let error = match open_latest(dir, prepared, drain).await? {
        Ok(opened) => {
            if !prepared.without.is_empty() {
                tracing::warn!(without = ?prepared.without, "nobody's answer was needed: --without decided nothing");
            }
            return Ok(Some(opened));
        }
        Err(error) if can_catch_up(&error, prepared) => error,
        Err(error) => return Err(error.into()),
    };
    tracing::warn!(%error, "the ledger has to catch up before it is opened");
    let Some(sources) = sources(dir, prepared, drain).await? else { return Err(RunError::Rejoin(unasked(&error))) };
    let key = prepared.key(dir)?;
    let mut rejoining = Rejoining {
        directory: dir.join("ledger"),
        log: key.verifier_key().clone(),
        without: prepared.without.clone(),
        sources,
        gate: shell.ledger_gate.clone(),
        counters: shell.counters.clone(),
        retry: RETRY,
        missing_patience: MISSING_PATIENCE,
    };
    let face = shell.wait_at(bind(prepared.settings.http.listen.0).await?)?;
    notify_ready();
    let rejoined = rejoining.run(drain).await;
    face.stop().await?;
    if !rejoined? {
        return Ok(None);
    }
    let ledger = try_open(dir, prepared).await??;
    Ok(Some(OpenedLedger { ledger, standing: Standing::Unconfirmed }))
}

/// Opens a ledger that nobody who can be asked at once contradicts.
async fn open_latest(
    dir: &Path,
    prepared: &Prepared,
    drain: &DrainToken,
) -> Result<Result<OpenedLedger, OpenError>, RunError> {
    let ledger = match try_open(dir, prepared).await? {
        Ok(ledger) => ledger,
        Err(error) => return Ok(Err(error)),
    };
    let patience = drain.child_token();
    let looked = match sources(dir, prepared, &patience).await? {
        Some(sources) => first_look(&ledger, sources, &patience).await,
        None => Ok(Standing::Unconfirmed),
    };
    let found = match looked {
        Ok(standing) => return Ok(Ok(OpenedLedger { ledger, standing })),
        Err(found) => found,
    };
    drop(ledger);
    // The proof lies beside the journal now.
    match try_open(dir, prepared).await? {
        Ok(_) => Err(RunError::Rejoin(contradicted(&found))),
        Err(refused) => Ok(Err(refused)),
    }
}

async fn try_open(dir: &Path, prepared: &Prepared) -> Result<Result<Ledger, OpenError>, RunError> {
    let (path, key) = (dir.join("ledger"), prepared.key(dir)?);
    let origin = key.origin();
    let opened = spawn_blocking(move || Ledger::open(&path, origin, key, LedgerConfig::default()));
    let opened = opened.await.map_err(std::io::Error::other)?;
    Ok(opened.map(|(ledger, recovery)| {
        tracing::info!(size = ledger.size().get(), ?recovery, version = VERSION, "ledger open");
        ledger
    }))
}

/// Whether the ledger may be whole again once everybody was asked. Without an aggregator nobody else holds anything: then
/// only the question of a backup is answered.
fn can_catch_up(error: &OpenError, prepared: &Prepared) -> bool {
    use OpenError::{Io, Journal, Read, Restored, RootDiffers, Slots};
    match error {
        Restored => true,
        Journal(JournalOpenError::Lost { .. } | JournalOpenError::Missing | JournalOpenError::Corrupt(_))
        | RootDiffers { .. }
        | Read(ReadError::Corrupt(_))
        | Slots(SlotError::Damaged { .. }) => !prepared.settings.aggregators.is_empty(),
        Io(error) => error.kind() == std::io::ErrorKind::NotFound && !prepared.settings.aggregators.is_empty(),
        _ => false,
    }
}

/// Why a ledger that must catch up is not opened, where nobody can be asked.
fn unasked(error: &OpenError) -> String {
    format!(
        "sổ phải lấy lại dữ liệu từ máy tổng hợp nhưng chưa khai nats.url trong node.toml; hãy khai, hoặc chạy với --without cho từng máy \
         tổng hợp để chấp nhận không hỏi | the ledger has to catch up from its aggregators and no nats.url is set in node.toml; set \
         it, or run with --without for each aggregator to go on unasked: {error}"
    )
}

/// A ledger that catches up.
pub(crate) struct Rejoining {
    pub(crate) directory: PathBuf,
    pub(crate) log: VerifierKey,
    pub(crate) without: BTreeSet<String>,
    pub(crate) sources: Sources,
    pub(crate) gate: Gate,
    pub(crate) counters: NodeMetrics,
    pub(crate) retry: Backoff,
    pub(crate) missing_patience: Duration,
}

/// What an attempt came to, where it can be repeated.
enum Unfinished {
    /// Not everybody answered.
    Silent(String),
    /// Everybody who answered lacks entries, or did not give them.
    Missing(String),
}

impl Rejoining {
    /// Tries until the ledger has caught up; false when the process is told to end before.
    pub(crate) async fn run(&mut self, drain: &DrainToken) -> Result<bool, RunError> {
        let mut jitter = Jitter::new(draw_seed()?);
        let (mut failures, mut missing_since) = (0, None);
        self.counters.rejoining.set(1);
        let caught_up = loop {
            self.tell("đang hỏi | asking");
            let attempt = drain.run_until_cancelled(self.sources.ready(CONNECTED_WITHIN)).await;
            let unfinished = match attempt {
                None => break false,
                Some(Err(reason)) => Unfinished::Silent(reason),
                Some(Ok(sources)) => match self.attempt(sources).await? {
                    None => break true,
                    Some(unfinished) => unfinished,
                },
            };
            failures += 1;
            let (outcome, reason) = match unfinished {
                Unfinished::Silent(reason) => {
                    missing_since = None;
                    ("silent", reason)
                }
                Unfinished::Missing(reason) => {
                    if missing_since.get_or_insert_with(Instant::now).elapsed() >= self.missing_patience {
                        return Err(self.ended("missing", reason));
                    }
                    ("missing", reason)
                }
            };
            self.counters.rejoin_attempts.with_label_values(&[outcome]).inc();
            tracing::warn!(outcome, reason, "the ledger has not caught up yet; it is tried again");
            self.tell(&reason);
            if drain.run_until_cancelled(sleep(jitter.spread(self.retry.after(failures)))).await.is_none() {
                break false;
            }
        };
        self.counters.rejoining.set(0);
        Ok(caught_up)
    }

    /// `None` once the ledger may be opened.
    async fn attempt(&self, sources: Vec<Source>) -> Result<Option<Unfinished>, RunError> {
        let (directory, log, without) = (self.directory.clone(), self.log.clone(), self.without.clone());
        let rejoined = spawn_blocking(move || catch_up_from(&directory, &log, sources, &without)).await;
        match rejoined.map_err(std::io::Error::other)? {
            Ok(Rejoined { outcome: RepairOutcome::Irreparable(loss), .. }) => {
                let reason = irreparable(&loss);
                let is_final = matches!(loss.cause, LossCause::Unproven { .. })
                    && loss.refused.iter().all(|refused| refused.holds_nothing);
                if is_final { Err(self.ended("irreparable", reason)) } else { Ok(Some(Unfinished::Missing(reason))) }
            }
            Ok(rejoined) => {
                self.report(&rejoined);
                Ok(None)
            }
            Err(RejoinError::Silent { mirrors }) => {
                let error = RejoinError::Silent { mirrors };
                Ok(Some(Unfinished::Silent(format!("chưa trả lời đủ | {error}"))))
            }
            Err(RejoinError::Repair(RepairError::Locked)) => {
                Err(RunError::Rejoin(unopened(&OpenError::Journal(JournalOpenError::Locked))))
            }
            Err(error) => Err(self.ended("failed", format!("sổ chưa bị thay đổi | the ledger is unchanged: {error}"))),
        }
    }

    fn ended(&self, outcome: &str, reason: impl std::fmt::Display) -> RunError {
        self.counters.rejoin_attempts.with_label_values(&[outcome]).inc();
        RunError::Rejoin(format!("không lấy lại được sổ từ máy tổng hợp | the ledger cannot catch up: {reason}"))
    }

    fn tell(&self, reason: &str) {
        let said = format!("đang lấy lại sổ từ máy tổng hợp | catching up from the aggregators: {reason}");
        self.gate.shut(&said);
        notify_status(&said);
    }

    fn report(&self, rejoined: &Rejoined) {
        self.counters.rejoin_attempts.with_label_values(&["rejoined"]).inc();
        for aggregator in &rejoined.without {
            tracing::warn!(
                aggregator,
                "an operator decided to go on without its answer; that stands beside the journal"
            );
        }
        match &rejoined.outcome {
            RepairOutcome::Repaired(repaired) => {
                let fetched: u64 = repaired.fetched.iter().map(|fetched| fetched.range.len()).sum();
                self.counters.rejoined_entries.inc_by(fetched);
                let (size, evidence) = (repaired.size.get(), &repaired.evidence);
                tracing::warn!(size, fetched, from = ?repaired.fetched, ?evidence, "the ledger has caught up");
                let replaced: u64 = repaired.replaced.iter().map(|range| range.len()).sum();
                if replaced > 0 {
                    tracing::error!(
                        replaced,
                        ?evidence,
                        "entries of this disk gave way to those that were signed elsewhere"
                    );
                }
            }
            RepairOutcome::NothingToDo(verdict) => {
                tracing::info!(size = verdict.size.get(), "nobody holds more of the ledger than lies here");
            }
            RepairOutcome::Irreparable(_) => {}
        }
    }
}

fn irreparable(loss: &Loss) -> String {
    let refused = loss.refused.iter().map(|refused| format!("; {}: {}", refused.mirror, refused.reason));
    let refused: String = refused.collect();
    format!(
        "không ai đưa ra được đủ những mục đã ký; hãy tìm thêm bản sao, bản xuất và dùng danvan ledger repair | nobody gives back \
         all that was signed; find another copy or export and use danvan ledger repair: {}{refused}",
        loss.cause
    )
}

fn catch_up_from(
    directory: &Path,
    log: &VerifierKey,
    mut sources: Vec<Source>,
    without: &BTreeSet<String>,
) -> Result<Rejoined, RejoinError> {
    // A node records no entry that vouches for an attachment.
    let mut attachments = |_, _: &[u8], _: Option<Vec<u8>>| Supplied::NotNeeded;
    let mirrors = sources.iter_mut().map(|source| &mut **source as &mut dyn MirrorSource).collect();
    rejoin(directory, log, RepairSources { mirrors, attachments: &mut attachments }, without, RepairOptions::default())
}

#[cfg(test)]
mod tests;
