//! The mirror: takes batches in, makes them durable, cosigns, and writes everything else that the aggregator states.
//!
//! One lock orders all writing, so the order of the own log is the order in which the read model is fed. What waits for
//! the disk waits under it; what waits for the read model does not hold it up. Whoever needs both the desk and the read
//! model takes the desk first: the fold must always be able to go on while somebody waits for it under the desk. Held
//! standings come between the two.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use danvan_event::{CheckpointCosigned, Entry, EntryFlagged};
use danvan_ledger::{AppendError, Ledger, Record};
use danvan_replication::{
    AggregatorToken, BatchSink, Receipt, ReceiptStatus, Received, SinkError, SpoolCursor, UnitToken,
};
use danvan_tlog::{Index, Origin, Size};
use sha2::{Digest, Sha256};
use tokio::sync::Notify;

use crate::archive::{Archive, HeldBatch};
use crate::fork::ForkCabinet;
use crate::group::{Accepted, Forked, Group, Judged};
use crate::held_standings::HeldStandings;
use crate::keeping::SnapshotFile;
use crate::metrics::{AggregatorMetrics, BatchOutcome};
use crate::notary::Notary;
use crate::reading::{Durable, Flag, Folding, FoldingGone, Reading};
use crate::roll::{Member, Roll};
use crate::scribe::{Scribe, ScribeError, Statement, named};
use crate::shelf::Shelf;
use crate::spool::SpoolMemory;
use crate::succession;

/// So many flags are written at once; a batch may hold as many bad entries.
const FLAGS_TOGETHER: usize = 1024;

/// Why a statement was not written down.
#[derive(Debug, thiserror::Error)]
pub enum StateError {
    /// The words do not make an entry.
    #[error(transparent)]
    Scribe(#[from] ScribeError),
    /// The disk refused or failed. `Poisoned` means that the process must exit.
    #[error("the own ledger took no entry: {0}")]
    Append(#[from] AppendError),
    /// The read model does not follow any more. The process ends by itself; what is durable is kept.
    #[error(transparent)]
    Folding(#[from] FoldingGone),
}

/// Everything that is written in order.
pub(crate) struct Desk {
    pub(crate) roll: Roll,
    pub(crate) scribe: Scribe,
    pub(crate) folding: Folding,
    /// Logs that were enrolled and whose nodes were not told yet.
    pub(crate) untold: BTreeSet<Origin>,
}

/// The mirror of every enrolled log.
pub(crate) struct Mirror {
    pub(crate) token: AggregatorToken,
    pub(crate) ledger: Ledger,
    pub(crate) archive: Arc<Archive>,
    pub(crate) notary: Notary,
    pub(crate) reading: Reading,
    pub(crate) forks: ForkCabinet,
    pub(crate) metrics: AggregatorMetrics,
    pub(crate) spool: SpoolMemory,
    pub(crate) snapshot: SnapshotFile,
    pub(crate) enrolment: Notify,
    pub(crate) shelf: Shelf,
    pub(crate) standings: HeldStandings,
    pub(crate) desk: Mutex<Desk>,
}

impl Mirror {
    pub(crate) fn desk(&self) -> MutexGuard<'_, Desk> {
        self.desk.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Writes one statement down, durably, and hands it to the fold.
    pub(crate) fn state(
        &self,
        desk: &mut Desk,
        statement: &Statement,
        attachment: Option<Vec<u8>>,
    ) -> Result<Index, StateError> {
        let entry = desk.scribe.write(statement)?;
        self.append(desk, entry, attachment)
    }

    /// Makes an entry of the own log durable and hands it to the fold.
    pub(crate) fn append(
        &self,
        desk: &mut Desk,
        entry: Entry,
        attachment: Option<Vec<u8>>,
    ) -> Result<Index, StateError> {
        let entry = entry.into_bytes();
        let own = self.ledger.append(Record { entry: entry.clone(), attachment })?;
        desk.folding.hand_on(Durable { own, entry, batch: None }, &self.metrics);
        self.metrics.own_size.set(i64::try_from(own.size_after().get()).unwrap_or(i64::MAX));
        Ok(own)
    }

    /// States every flag that the own log does not state yet, many with one sync. Returns how many there were. After an
    /// error, what is unsaid waits for the next call.
    pub(crate) fn state_flags(&self, desk: &mut Desk) -> Result<usize, StateError> {
        let mut waiting = self.reading.take_flags();
        let number = waiting.len();
        let mut outcome = Ok(number);
        while outcome.is_ok() && !waiting.is_empty() {
            let later = waiting.split_off(waiting.len().min(FLAGS_TOGETHER));
            let (unsaid, stated) = self.state_together(desk, waiting);
            outcome = stated.map(|()| number);
            waiting = unsaid.into_iter().chain(later).collect();
        }
        self.reading.put_back(waiting);
        outcome
    }

    /// States flags as one group; returns those that are unsaid, and why.
    fn state_together(&self, desk: &mut Desk, flags: Vec<Flag>) -> (Vec<Flag>, Result<(), StateError>) {
        let (mut unsaid, mut outcome) = (Vec::new(), Ok(()));
        let mut written = Vec::with_capacity(flags.len());
        for flag in flags {
            match desk.scribe.write(&flagged(&flag)) {
                Ok(entry) => written.push((flag, entry.into_bytes())),
                Err(error) => {
                    unsaid.push(flag);
                    outcome = Err(error.into());
                }
            }
        }
        let records = written.iter().map(|(_, entry)| Record::new(entry.clone())).collect();
        for ((flag, entry), appended) in written.into_iter().zip(self.ledger.append_all(records)) {
            match appended {
                Ok(own) => {
                    tracing::debug!(origin = %flag.origin, index = flag.index, reason = %flag.reason, "an entry does not count");
                    self.metrics.flagged.inc();
                    desk.folding.hand_on(Durable { own, entry, batch: None }, &self.metrics);
                }
                Err(error) => {
                    unsaid.push(flag);
                    outcome = Err(error.into());
                }
            }
        }
        self.metrics.own_size.set(i64::try_from(self.ledger.size().get()).unwrap_or(i64::MAX));
        (unsaid, outcome)
    }

    /// Makes the accepted batches durable and cosigns them, in waves. What is in one wave shares its fsyncs, one for
    /// each 4 MiB, and
    /// is at most one batch of each log: a batch must never lie in the own ledger without the one before it, even when the disk
    /// fills up in between. What could not be written is reported as an error after what could be was taken into account.
    fn take_in(&self, desk: &mut Desk, accepted: Vec<Accepted>) -> Result<(), SinkError> {
        let mut left: VecDeque<Accepted> = accepted.into();
        while !left.is_empty() {
            let mut wave: BTreeMap<Origin, Accepted> = BTreeMap::new();
            let mut later = VecDeque::new();
            for accepted in left {
                if wave.contains_key(&accepted.origin) {
                    later.push_back(accepted);
                } else {
                    wave.insert(accepted.origin.clone(), accepted);
                }
            }
            self.write_wave(desk, wave.into_values())?;
            left = later;
        }
        self.metrics.own_size.set(i64::try_from(self.ledger.size().get()).unwrap_or(i64::MAX));
        Ok(())
    }

    fn write_wave(&self, desk: &mut Desk, wave: impl Iterator<Item = Accepted>) -> Result<(), SinkError> {
        let (mut written, mut failure) = (Vec::new(), None);
        for accepted in wave {
            match desk.scribe.write(&cosigned(&accepted)) {
                Ok(entry) => written.push((accepted, entry.into_bytes())),
                Err(error) => failure = Some(error.to_string()),
            }
        }
        let record =
            |(accepted, entry): &(Accepted, Vec<u8>)| Record::with_attachment(entry.clone(), accepted.packed.clone());
        let records = written.iter().map(record).collect();
        for ((accepted, entry), appended) in written.into_iter().zip(self.ledger.append_all(records)) {
            match appended {
                Ok(own) => self.hold(desk, own, accepted, entry),
                Err(error) => failure = Some(error.to_string()),
            }
        }
        failure.map_or(Ok(()), |reason| Err(SinkError(reason)))
    }

    /// Takes a durable batch into account: roll, archive, cosignature, fold.
    fn hold(&self, desk: &mut Desk, own: Index, accepted: Accepted, entry: Vec<u8>) {
        let Accepted { origin, unit, batch, frontier, checkpoint, .. } = accepted;
        self.archive.remember(&origin, HeldBatch { range: batch.range(), own }, &frontier);
        if let Some(member) = desk.roll.get_mut(&origin) {
            member.state.advance(frontier, self.notary.cosign(&checkpoint));
        }
        succession::end(&mut desk.roll, &self.archive, &batch);
        self.metrics.entries.inc_by(batch.range().len());
        desk.folding.hand_on(Durable { own, entry, batch: Some((unit, batch)) }, &self.metrics);
    }

    /// Keeps the evidence of a fork and stops cosigning that log. What it contradicts must be durable before.
    fn fork(&self, forked: &Forked) -> Result<(), SinkError> {
        let Forked { origin, batch, packed, contradiction } = forked;
        self.forks.keep(origin, batch, packed).map_err(|error| SinkError(format!("fork evidence: {error}")))?;
        tracing::error!(%origin, %contradiction, "fork: the log signed two histories; it is not cosigned any more");
        self.metrics.forks.inc();
        Ok(())
    }

    /// Where a log stands here.
    pub(crate) fn standing(&self, origin: &Origin, member: &Member) -> Receipt {
        let (token, last) = (self.token.clone(), member.state.last());
        match last {
            _ if self.forks.has(origin) => Receipt::refused(ReceiptStatus::BrokenLog, token, origin.clone(), last),
            Some(held) => Receipt::cosigned(token, held),
            None => Receipt::resend(token, origin.clone(), Size::ZERO, None),
        }
    }

    /// What a log's node is told without having asked.
    fn unasked(&self, origin: &Origin, member: &Member) -> Option<(UnitToken, Receipt)> {
        UnitToken::new(member.unit.as_str()).ok().map(|unit| (unit, self.standing(origin, member)))
    }

    fn receipt(&self, roll: &Roll, answer: Answer) -> Receipt {
        let last = |origin: &Origin| roll.get(origin).and_then(|member| member.state.last()).cloned();
        match answer {
            Answer::Cosigned(origin) => match last(&origin) {
                Some(held) => Receipt::cosigned(self.token.clone(), &held),
                None => Receipt::resend(self.token.clone(), origin, Size::ZERO, None),
            },
            Answer::Resend(origin, next) => {
                let last = last(&origin);
                Receipt::resend(self.token.clone(), origin, next, last.as_ref())
            }
            Answer::Refused(origin, status) => {
                let last = last(&origin);
                Receipt::refused(status, self.token.clone(), origin, last.as_ref())
            }
        }
    }

    /// Enters a judged batch into metrics and trace, and says how it will be answered.
    fn settle(&self, judged: Judged, accepted: &mut Vec<Accepted>, forks: &mut Vec<Forked>) -> Answer {
        match judged {
            Judged::Accepted(taken) => {
                self.metrics.judged(BatchOutcome::Accepted);
                let origin = taken.origin.clone();
                accepted.push(*taken);
                Answer::Cosigned(origin)
            }
            Judged::Held { origin } => {
                self.metrics.judged(BatchOutcome::Held);
                Answer::Cosigned(origin)
            }
            Judged::Resend { origin, next } => {
                self.metrics.judged(BatchOutcome::Resend);
                tracing::info!(%origin, %next, "a batch does not continue what is held");
                Answer::Resend(origin, next)
            }
            Judged::Refused { origin, status, reason } => {
                self.metrics.judged(BatchOutcome::Refused);
                tracing::warn!(%origin, %status, reason, "a batch was refused, nothing of it was applied");
                Answer::Refused(origin, status)
            }
            Judged::Fork(forked) => {
                self.metrics.judged(BatchOutcome::Fork);
                let origin = forked.origin.clone();
                forks.push(*forked);
                Answer::Refused(origin, ReceiptStatus::BrokenLog)
            }
        }
    }
}

/// What the own log says about an entry that does not count.
fn flagged(flag: &Flag) -> Statement {
    let reason = flag.reason.code().to_owned();
    Statement::Flagged(EntryFlagged { origin: named(&flag.origin), index: flag.index, reason })
}

/// What the own log says about an accepted batch.
fn cosigned(accepted: &Accepted) -> Statement {
    Statement::Cosigned(CheckpointCosigned {
        origin: named(&accepted.origin),
        start: accepted.batch.range().start().get(),
        size: accepted.checkpoint.size().get(),
        root: accepted.checkpoint.root().to_string(),
        attachment_sha256: hex::encode(Sha256::digest(&accepted.packed)),
    })
}

/// How a batch will be answered once everything accepted is durable.
enum Answer {
    Cosigned(Origin),
    Resend(Origin, Size),
    Refused(Origin, ReceiptStatus),
}

impl BatchSink for Mirror {
    fn receive(&self, batches: Vec<Received>) -> Result<Vec<Receipt>, SinkError> {
        let begun = Instant::now();
        let mut desk = self.desk();
        let desk = &mut *desk;
        let mut group = Group::new(&desk.roll, &self.archive, &self.forks, self.ledger.origin());
        for received in batches {
            group.take(received).map_err(|error| SinkError(error.to_string()))?;
        }
        let judged = group.into_judged();
        let (mut accepted, mut forks) = (Vec::new(), Vec::new());
        let answers: Vec<_> = judged.into_iter().map(|judged| self.settle(judged, &mut accepted, &mut forks)).collect();
        self.take_in(desk, accepted)?;
        forks.iter().try_for_each(|forked| self.fork(forked))?;
        self.metrics.group_took(begun.elapsed());
        Ok(answers.into_iter().map(|answer| self.receipt(&desk.roll, answer)).collect())
    }

    fn cursor(&self) -> Option<SpoolCursor> {
        self.spool.cursor()
    }

    fn keep_cursor(&self, cursor: SpoolCursor) {
        self.spool.keep(cursor);
    }

    fn receipts_to_republish(&self) -> Vec<(UnitToken, Receipt)> {
        let desk = self.desk();
        // The receipts of all incarnations of a log have one subject, which keeps the last of them.
        let going_on = desk.roll.members().filter(|(_, member)| member.ended.is_none());
        going_on.filter_map(|(origin, member)| self.unasked(origin, member)).collect()
    }

    fn newly_enrolled(&self) -> Vec<(UnitToken, Receipt)> {
        let mut desk = self.desk();
        let untold = std::mem::take(&mut desk.untold);
        let members = untold.iter().filter_map(|origin| Some((origin, desk.roll.get(origin)?)));
        members.filter_map(|(origin, member)| self.unasked(origin, member)).collect()
    }

    fn enrolment(&self) -> &Notify {
        &self.enrolment
    }
}

#[cfg(test)]
mod tests;
