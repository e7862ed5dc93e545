//! Judging a group of batches as one, so that batches of different logs share an fsync.

use std::collections::{BTreeMap, BTreeSet};

use danvan_event::UnitId;
use danvan_replication::{
    Contradiction, HeldCopy, OriginState, ReceiptStatus, Received, UnitToken, Verdict, judge, unpack,
};
use danvan_tlog::{Batch, Frontier, Hash, IndexRange, Origin, SignedCheckpoint, Size, VerifierKey};

use crate::archive::{Archive, ArchiveError, entry_of};
use crate::fork::ForkCabinet;
use crate::roll::{Member, Roll};
use crate::settings::unit_origin;
use crate::succession::{Ended, ended_by, refusal};

/// What a batch of the group came to, before anything is durable.
pub(crate) enum Judged {
    /// It continues its log.
    Accepted(Box<Accepted>),
    /// It is held already.
    Held { origin: Origin },
    /// Its log is wanted from `next`.
    Resend { origin: Origin, next: Size },
    /// It breaks the log.
    Refused { origin: Origin, status: ReceiptStatus, reason: String },
    /// It contradicts what is held.
    Fork(Box<Forked>),
}

/// A batch that contradicts what is held of its log.
pub(crate) struct Forked {
    pub(crate) origin: Origin,
    pub(crate) batch: Batch,
    pub(crate) packed: Vec<u8>,
    pub(crate) contradiction: Contradiction,
}

/// A batch that continues its log.
pub(crate) struct Accepted {
    pub(crate) origin: Origin,
    pub(crate) unit: UnitId,
    pub(crate) vkey: VerifierKey,
    pub(crate) batch: Batch,
    pub(crate) packed: Vec<u8>,
    pub(crate) frontier: Frontier,
    pub(crate) checkpoint: SignedCheckpoint,
}

/// Judges batch by batch; what was accepted earlier in the group counts as held for the later ones.
pub(crate) struct Group<'a> {
    roll: &'a Roll,
    archive: &'a Archive,
    forks: &'a ForkCabinet,
    own: &'a Origin,
    tentative: BTreeMap<Origin, OriginState>,
    forked: BTreeSet<Origin>,
    judged: Vec<Judged>,
}

impl<'a> Group<'a> {
    /// `own` is the aggregator's own log.
    pub(crate) fn new(roll: &'a Roll, archive: &'a Archive, forks: &'a ForkCabinet, own: &'a Origin) -> Self {
        Self { roll, archive, forks, own, tentative: BTreeMap::new(), forked: BTreeSet::new(), judged: Vec::new() }
    }

    /// Judges one more batch.
    pub(crate) fn take(&mut self, received: Received) -> Result<(), ArchiveError> {
        let judged = self.judge(received)?;
        match &judged {
            Judged::Accepted(accepted) => {
                let Accepted { origin, frontier, vkey, .. } = &**accepted;
                let state = OriginState::restored(vkey.clone(), frontier.clone(), None);
                self.tentative.insert(origin.clone(), state);
            }
            Judged::Fork(forked) => {
                self.forked.insert(forked.origin.clone());
            }
            _ => {}
        }
        self.judged.push(judged);
        Ok(())
    }

    pub(crate) fn into_judged(self) -> Vec<Judged> {
        self.judged
    }

    fn judge(&self, received: Received) -> Result<Judged, ArchiveError> {
        let Received { unit, packed } = received;
        let batch = match unpack(&packed) {
            Ok(batch) => batch,
            Err(error) => {
                let (origin, status) = (self.log_of(&unit), ReceiptStatus::BrokenLog);
                return Ok(Judged::Refused { origin, status, reason: error.to_string() });
            }
        };
        let origin = batch.origin().clone();
        let member = self.roll.get(&origin).filter(|member| member.unit.as_str() == unit.as_str());
        if self.forked.contains(&origin) || member.is_some() && self.forks.has(&origin) {
            let reason = "the log has forked: an operator has to look".to_owned();
            return Ok(Judged::Refused { origin, status: ReceiptStatus::BrokenLog, reason });
        }
        let state = member.map(|member| self.tentative.get(&origin).unwrap_or(&member.state));
        let verdict = judge(state, &batch, &HeldHere { group: self, origin: &origin })?;
        if matches!(verdict, Verdict::Accept { .. } | Verdict::Resend { .. })
            && let Some(ended) = member.and_then(|member| self.ended(&origin, member))
        {
            let (status, reason) = (ReceiptStatus::UnknownOrigin, refusal(&ended));
            return Ok(Judged::Refused { origin, status, reason });
        }
        Ok(match (verdict, member) {
            (Verdict::Accept { frontier, checkpoint }, Some(member)) => {
                let (unit, vkey) = (member.unit.clone(), member.state.vkey().clone());
                Judged::Accepted(Box::new(Accepted { origin, unit, vkey, batch, packed, frontier, checkpoint }))
            }
            (Verdict::Held, _) => Judged::Held { origin },
            (Verdict::Resend { next }, _) => Judged::Resend { origin, next },
            (Verdict::Fork(contradiction), _) => {
                Judged::Fork(Box::new(Forked { origin, batch, packed, contradiction }))
            }
            (Verdict::Refuse(refusal), _) => {
                Judged::Refused { origin, status: refusal.status(), reason: refusal.to_string() }
            }
            (Verdict::Accept { .. }, None) => {
                let reason = "the log is not enrolled".to_owned();
                Judged::Refused { origin, status: ReceiptStatus::UnknownOrigin, reason }
            }
        })
    }

    /// The log that a unit's unreadable message is taken to be about: its enrolled one, else the one it would have.
    fn log_of(&self, unit: &UnitToken) -> Origin {
        if let Some((origin, _)) = self.roll.of_unit(unit) {
            return origin.clone();
        }
        Origin::new(unit_origin(self.own, unit.as_str())).unwrap_or_else(|_| self.own.clone())
    }

    /// Where a log ended, also when the batch that says so was accepted earlier in this group.
    fn ended(&self, origin: &Origin, member: &Member) -> Option<Ended> {
        let next = origin.next_incarnation().ok();
        let here = || self.accepted(&next?).find_map(|accepted| ended_by(&accepted.batch)).map(|(_, ended)| ended);
        member.ended.clone().or_else(here)
    }

    /// The batches of a log that were accepted earlier in this group.
    fn accepted(&self, origin: &Origin) -> impl Iterator<Item = &Accepted> {
        self.judged.iter().filter_map(move |judged| match judged {
            Judged::Accepted(accepted) if accepted.origin == *origin => Some(&**accepted),
            _ => None,
        })
    }
}

/// What is held of a log, on the disk or earlier in the group.
struct HeldHere<'a> {
    group: &'a Group<'a>,
    origin: &'a Origin,
}

impl HeldHere<'_> {
    fn durable(&self) -> Size {
        self.group.roll.get(self.origin).map_or(Size::ZERO, |member| member.state.size())
    }
}

impl HeldCopy for HeldHere<'_> {
    type Error = ArchiveError;

    fn leaves(&self, range: IndexRange) -> Result<Vec<Hash>, ArchiveError> {
        let durable = self.durable();
        let Ok(on_disk) = IndexRange::new(range.start().min(durable), range.end().min(durable)) else {
            return Ok(Vec::new());
        };
        let mut leaves = self.group.archive.leaves(self.origin, on_disk)?;
        let accepted = |index| self.group.accepted(self.origin).find_map(|taken| entry_of(&taken.batch, index));
        for index in range.iter().filter(|index| !durable.covers(*index)) {
            leaves.extend(accepted(index).map(danvan_tlog::leaf_hash));
        }
        Ok(leaves)
    }

    fn root(&self, size: Size) -> Result<Hash, ArchiveError> {
        let mut frontier = self.group.archive.frontier(self.origin, size.min(self.durable()))?;
        if let Ok(rest) = IndexRange::new(frontier.size(), size) {
            frontier.extend(self.leaves(rest)?);
        }
        Ok(frontier.root())
    }
}
