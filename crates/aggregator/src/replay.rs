//! What is in memory, rebuilt at a start from the own ledger, the only truth; what a snapshot holds is taken from there.

use std::collections::BTreeMap;

use danvan_event::{Entry, Event, NodeEnrolled, UnitId};
use danvan_ledger::{Ledger, Record};
use danvan_replication::{OriginState, unpack};
use danvan_tlog::{Batch, Index, Origin, SignedCheckpoint, Size};

use crate::archive::{Archive, HeldBatch, steps};
use crate::fork::ForkCabinet;
use crate::notary::Notary;
use crate::opening::OpenError;
use crate::reading::{Durable, Reading};
use crate::roll::{Roll, RollError, enrolled_key};
use crate::scribe::Scribe;
use crate::snapshot::Kept;
use crate::succession;

/// Records read at once while replaying; each may carry a batch of 256 KiB.
pub(crate) const REPLAY_STEP: u64 = 64;

/// Rebuilds everything in memory.
pub(crate) struct Replay<'a> {
    archive: &'a Archive,
    reading: &'a Reading,
    scribe: &'a mut Scribe,
    signed: BTreeMap<Origin, SignedCheckpoint>,
    roll: Roll,
    /// Where the own ledger is read on.
    next: Size,
}

impl<'a> Replay<'a> {
    pub(crate) fn new(archive: &'a Archive, reading: &'a Reading, scribe: &'a mut Scribe) -> Self {
        Self { archive, reading, scribe, signed: BTreeMap::new(), roll: Roll::default(), next: Size::ZERO }
    }

    /// Takes over what a snapshot says of the records below its cursor.
    pub(crate) fn resume(&mut self, ledger: &Ledger, kept: Kept) -> Result<(), OpenError> {
        self.next = kept.cursor();
        if let Some(last) = self.next.last_index() {
            let wrong = |reason: String| OpenError::OwnLog { index: last, reason };
            let entry = Entry::parse(ledger.read_one(last)?.entry).map_err(|error| wrong(error.to_string()))?;
            self.scribe.remember(entry.recordedtime());
        }
        if let Some(now) = kept.model.registry().now() {
            self.scribe.remember(now);
        }
        let last =
            |(origin, member): (&Origin, &crate::roll::Member)| Some((origin.clone(), member.state.last()?.clone()));
        self.signed = kept.roll.members().filter_map(last).collect();
        self.archive.restore(kept.held);
        self.reading.resume(kept.model, self.next, &kept.roll);
        self.roll = kept.roll;
        Ok(())
    }

    /// Takes in what follows.
    pub(crate) fn run(&mut self, ledger: &Ledger) -> Result<(), OpenError> {
        for range in steps(self.next, ledger.size(), REPLAY_STEP) {
            for (own, record) in range.iter().zip(ledger.read(range)?) {
                self.take(own, record)?;
            }
        }
        Ok(())
    }

    fn take(&mut self, own: Index, record: Record) -> Result<(), OpenError> {
        let wrong = |reason: String| OpenError::OwnLog { index: own, reason };
        let Told { entry, batch } = told(&record).map_err(wrong)?;
        self.scribe.remember(entry.recordedtime());
        if let Event::NodeEnrolled(fact) = entry.event() {
            self.enrol(fact).map_err(|error| wrong(error.to_string()))?;
        }
        let batch = batch.map(|batch| self.hold(own, batch)).transpose().map_err(wrong)?;
        self.reading.fold(&Durable { own, entry: record.entry, batch });
        Ok(())
    }

    fn enrol(&mut self, fact: &NodeEnrolled) -> Result<(), RollError> {
        self.roll.enrol(fact.unit.clone(), enrolled_key(&fact.origin, &fact.vkey)?);
        Ok(())
    }

    /// Takes a held batch into account. It was verified before it was written, and is followed again: a disk may lie.
    fn hold(&mut self, own: Index, batch: Batch) -> Result<(UnitId, Batch), String> {
        let origin = batch.origin().clone();
        let member = self.roll.get_mut(&origin).ok_or("the batch is of a log that is not enrolled")?;
        let vkey = member.state.vkey().clone();
        let (frontier, signed) = batch.follow(member.state.frontier(), &vkey).map_err(|error| error.to_string())?;
        self.archive.remember(&origin, HeldBatch { range: batch.range(), own }, &frontier);
        member.state = OriginState::restored(vkey, frontier, None);
        let unit = member.unit.clone();
        succession::end(&mut self.roll, self.archive, &batch);
        self.signed.insert(origin, signed);
        Ok((unit, batch))
    }

    /// Cosigns the last checkpoint of every log again, not earlier than the last word of the own log, and marks forks.
    pub(crate) fn finish(self, notary: &Notary, forks: &ForkCabinet) -> Roll {
        let mut roll = self.roll;
        notary.not_before(u64::try_from(self.scribe.last_ms().div_euclid(1000)).unwrap_or(0));
        for (origin, member) in roll.members_mut() {
            if let Some(signed) = self.signed.get(origin) {
                let frontier = member.state.frontier().clone();
                member.state.advance(frontier, notary.cosign(signed));
            }
            forks.recall(origin);
        }
        roll
    }
}

/// What a record of the own ledger says.
pub(crate) struct Told {
    pub(crate) entry: Entry,
    /// The batch beside a `checkpoint.cosigned`.
    pub(crate) batch: Option<Batch>,
}

/// Reads a record of the own ledger.
pub(crate) fn told(record: &Record) -> Result<Told, String> {
    let entry = Entry::parse(record.entry.clone()).map_err(|error| error.to_string())?;
    let Event::CheckpointCosigned(fact) = entry.event() else { return Ok(Told { entry, batch: None }) };
    let packed = record.attachment.as_deref().ok_or("no batch is attached")?;
    let batch = unpack(packed).map_err(|error| error.to_string())?;
    if batch.origin().as_str() != fact.origin {
        return Err("the attached batch is of another log".to_owned());
    }
    Ok(Told { entry, batch: Some(batch) })
}
