//! One repair: what is known of a damaged ledger, and the attempts to put it together.

use super::assembly::{Assembly, Built, Choice, Mirror, Nowhere, Prefer, Target};
use super::outcome::{FrozenAt, Loss, LossCause, RefusedMirror, RepairError, RepairOutcome, Repaired};
use super::rebuild::{Rebuild, prove, write_facts};
use super::{RepairOptions, RepairSources};
use crate::beside::{Beside, Promise, Promised};
use crate::error::OpenError;
use crate::forgone::Forgone;
use crate::frozen::Frozen;
use crate::mirror_source::{Attachments, MirrorSource};
use crate::verdict::{Finding, Verdict};
use crate::verify::{VerifyOptions, examine};
use danvan_journal::{DirectoryLock, Identity, OpenError as JournalError, Storage, Sweep};
use danvan_tlog::{Frontier, IndexRange, Origin, SignedCheckpoint, Size, VerifierKey};
use std::io;
use std::sync::Arc;

pub(crate) struct Job<'m> {
    damaged: Arc<dyn Storage>,
    identity: Identity,
    origin: Origin,
    log: VerifierKey,
    beside: Beside,
    /// In order of size.
    promised: Vec<Promised>,
    mirrors: Vec<Mirror<'m>>,
    refused: Vec<RefusedMirror>,
    attachments: &'m mut Attachments<'m>,
    options: RepairOptions,
    /// Where the log ends, when it does.
    upto: Option<Size>,
    /// The aggregators that an operator decides to go on without.
    forgone: Vec<String>,
}

/// What a ledger is before its repair.
pub(crate) enum Judged {
    Sound(Box<Verdict>),
    Damaged(Vec<Finding>),
}

/// Keeps writers away from a damaged ledger, from before its promises are read.
pub(crate) fn lock(damaged: &Arc<dyn Storage>) -> Result<DirectoryLock, RepairError> {
    damaged.lock().map_err(OpenError::Io)?.ok_or(RepairError::Locked)
}

impl<'m> Job<'m> {
    /// Reads what was promised, here and by the mirrors.
    pub(crate) fn open(
        damaged: Arc<dyn Storage>,
        log: &VerifierKey,
        sources: RepairSources<'m>,
        options: RepairOptions,
    ) -> Result<Self, RepairError> {
        let origin = log.name().origin();
        let identity = Identity::new(origin.as_str()).map_err(|error| OpenError::Io(io::Error::other(error)))?;
        let beside = Beside::read(damaged.as_ref()).map_err(OpenError::from)?;
        let (promised, _) = beside.promised(&origin, Some(log));
        let (mirrors, refused, attachments) = (Vec::new(), Vec::new(), sources.attachments);
        let forgone = Vec::new();
        let upto = Frozen::read(damaged.as_ref()).map_err(OpenError::from)?.map(|frozen| frozen.size);
        let log = log.clone();
        let mut job = Self {
            damaged,
            identity,
            origin,
            log,
            beside,
            promised,
            mirrors,
            refused,
            attachments,
            options,
            upto,
            forgone,
        };
        for source in sources.mirrors {
            job.hear(source);
        }
        // A log that has ended owes nothing beyond its end.
        job.promised.retain(|promised| upto.is_none_or(|upto| promised.size <= upto));
        job.promised.sort_by_key(|promised| promised.size);
        Ok(job)
    }

    fn hear(&mut self, source: &'m mut dyn MirrorSource) {
        let name = source.name();
        let newest = match source.newest(&self.origin) {
            Ok(Some(note)) => SignedCheckpoint::open_note(note, &self.log).map_err(|error| (error.to_string(), false)),
            Ok(None) => Err(("it holds nothing of this log".to_owned(), true)),
            Err(error) => Err((error.to_string(), false)),
        };
        match newest {
            Ok(newest) => {
                let promise = Promise::Mirror(name.clone());
                self.promised.push(Promised { promise, size: newest.size(), root: newest.root() });
                self.mirrors.push(Mirror { source, name, newest, failed: None });
            }
            Err((reason, holds_nothing)) => {
                self.refused.push(RefusedMirror { mirror: name, reason, holds_nothing });
            }
        }
    }

    /// The mirrors that did not say what they hold of this log.
    pub(crate) fn silent(&self) -> impl Iterator<Item = &RefusedMirror> {
        self.refused.iter().filter(|refused| !refused.holds_nothing)
    }

    /// From now on this is the repair of a ledger that goes on appending at the size that comes out: the copy does not
    /// carry the mark, and says without which aggregators that was decided.
    pub(crate) fn go_on_without(&mut self, aggregators: Vec<String>) {
        self.beside.restored = None;
        self.forgone = aggregators;
    }

    /// All decisions there will be once the ledger goes on at `size`; `None` where nothing was decided now.
    pub(crate) fn decisions_at(&self, size: Size) -> Option<Vec<Forgone>> {
        if self.forgone.is_empty() {
            return None;
        }
        let mut decisions = self.beside.forgone.facts.last().cloned().unwrap_or_default();
        decisions.extend(self.forgone.iter().cloned().map(|aggregator| Forgone { size, aggregator }));
        Some(decisions)
    }

    /// Reads everything once and holds every promise against it, those that only the mirrors know of too.
    pub(crate) fn judge(&self) -> Result<Judged, RepairError> {
        let options = VerifyOptions { log: Some(&self.log), threads: self.options.threads, ..VerifyOptions::default() };
        let by_mirrors = |promised: &&Promised| matches!(promised.promise, Promise::Mirror(_));
        let others: Vec<Promised> = self.promised.iter().filter(by_mirrors).cloned().collect();
        match examine(&self.damaged, options, &others) {
            Ok(verdict) if verdict.is_sound() => Ok(Judged::Sound(Box::new(verdict))),
            Ok(verdict) => Ok(Judged::Damaged(verdict.findings)),
            // A directory without segments: all of it is lost.
            Err(OpenError::Journal(JournalError::Missing)) => Ok(Judged::Damaged(Vec::new())),
            Err(error) => Err(error.into()),
        }
    }

    /// Puts the log together, writes it to `fresh` and proves it; without `fresh` it only says what would come out.
    pub(crate) fn rebuild(
        &mut self,
        findings: Vec<Finding>,
        fresh: Option<&Arc<dyn Storage>>,
    ) -> Result<RepairOutcome, RepairError> {
        self.refuse_to_forget()?;
        let built = match fresh {
            Some(storage) => self.attempts(&mut self.target(storage))?,
            None => self.attempts(&mut Nowhere)?,
        };
        if let Some(cause) = built.stop.clone() {
            return Ok(RepairOutcome::Irreparable(Box::new(self.loss(&built, cause))));
        }
        if built.end.size().is_empty() {
            return Err(RepairError::Nothing);
        }
        self.refuse_without_attachments(&built)?;
        let renewal = self.write_facts(fresh.map(Arc::as_ref), &built)?;
        if let Some(storage) = fresh {
            if let Some(decisions) = self.decisions_at(built.end.size()) {
                Forgone::store_all(storage.as_ref(), &decisions)?;
            }
            prove(storage, &self.log, &self.promised, &built)?;
        }
        Ok(RepairOutcome::Repaired(Box::new(Repaired {
            size: built.end.size(),
            root: built.end.root(),
            refused: self.refused_in(&built),
            fetched: built.fetched,
            replaced: built.replaced,
            without_attachment: built.without_attachment,
            renewed: renewal.renewed,
            forgotten: renewal.forgotten,
            findings,
            evidence: None,
        })))
    }

    fn target(&self, fresh: &Arc<dyn Storage>) -> Rebuild {
        Rebuild::new(Arc::clone(fresh), self.identity.clone(), self.options.config)
    }

    fn refuse_to_forget(&self) -> Result<(), RepairError> {
        let pairs: Vec<String> = self.beside.lost().map(str::to_owned).collect();
        if pairs.is_empty() || !self.mirrors.is_empty() || self.options.accept_forgotten {
            return Ok(());
        }
        Err(RepairError::Forgotten { pairs })
    }

    fn refuse_without_attachments(&self, built: &Built) -> Result<(), RepairError> {
        if built.without_attachment.is_empty() || self.options.accept_missing_attachments {
            return Ok(());
        }
        Err(RepairError::AttachmentsMissing { indices: built.without_attachment.clone() })
    }

    fn refused_in(&self, built: &Built) -> Vec<RefusedMirror> {
        self.refused.iter().chain(&built.failed).cloned().collect()
    }

    /// What would be lost, where the log cannot be put together.
    pub(crate) fn foresee_loss(&mut self) -> Result<Option<Loss>, RepairError> {
        self.refuse_to_forget()?;
        let built = self.attempts(&mut Nowhere)?;
        let cause = built.stop.clone();
        Ok(cause.map(|cause| self.loss(&built, cause)))
    }

    /// Writes the log up to its end `at`, which [`Job::foresee_loss`] told, into `fresh`, and proves it.
    pub(crate) fn rebuild_to(&mut self, at: FrozenAt, fresh: &Arc<dyn Storage>) -> Result<(), RepairError> {
        self.upto = Some(at.size);
        let mut target = self.target(fresh);
        let built = self.attempts(&mut target)?;
        if built.stop.is_some() || (built.end.size(), built.end.root()) != (at.size, at.root) {
            return Err(RepairError::NotSound { findings: Vec::new() });
        }
        self.refuse_without_attachments(&built)?;
        self.write_facts(Some(fresh.as_ref()), &built)?;
        prove(fresh, &self.log, &self.promised, &built)
    }

    /// Tries until the log is whole; else the attempt that proved most.
    fn attempts(&mut self, target: &mut dyn Target) -> Result<Built, RepairError> {
        let mut best: Option<Built> = None;
        for prefer in [Prefer::Local, Prefer::Mirror] {
            for first in 0..self.mirrors.len().max(1) {
                let built = self.attempt(Choice { prefer, first }, target)?;
                if built.stop.is_none() {
                    return Ok(built);
                }
                // Where no mirror gave anything, their order does not matter.
                let is_same_for_all = built.fetched.is_empty();
                let reach = |built: &Built| (built.proven(), built.end.size());
                if best.as_ref().is_none_or(|best| reach(best) < reach(&built)) {
                    best = Some(built);
                }
                if is_same_for_all {
                    break;
                }
            }
        }
        Ok(best.unwrap_or_default())
    }

    fn attempt(&mut self, choice: Choice, target: &mut dyn Target) -> Result<Built, RepairError> {
        let sweep = self.sweep()?;
        let (mirrors, attachments) = (self.mirrors.as_mut_slice(), &mut *self.attachments);
        let mut assembly = Assembly::begin(&self.promised, (choice, self.upto), mirrors, attachments, target)?;
        if let Some(sweep) = &sweep {
            let see = &mut |index, entry: &[u8], attachment: Option<&[u8]>| assembly.local(index, entry, attachment);
            for place in 0..sweep.segments() {
                sweep.segment(place, see).map_err(OpenError::from)?;
            }
        }
        assembly.end()
    }

    /// The segments of the damaged ledger, if there are any.
    pub(crate) fn sweep(&self) -> Result<Option<Sweep>, RepairError> {
        match Sweep::open(Arc::clone(&self.damaged), Some(self.identity.clone())) {
            Ok(sweep) => Ok(Some(sweep.promising(self.beside.synced(&self.origin, Some(&self.log))))),
            Err(JournalError::Missing) => Ok(None),
            Err(error) => Err(OpenError::from(error).into()),
        }
    }

    fn write_facts(
        &self,
        storage: Option<&dyn Storage>,
        built: &Built,
    ) -> Result<super::rebuild::Renewal, RepairError> {
        write_facts(storage, (&self.beside, &self.log), &self.mirrors, built)
    }

    fn loss(&self, built: &Built, cause: LossCause) -> Loss {
        let is_held = |size: Size| {
            let by_others = |promised: &&Promised| matches!(promised.promise, Promise::Receipt(_) | Promise::Mirror(_));
            self.promised.iter().filter(by_others).any(|promised| promised.size == size)
        };
        let held = built.kept.iter().rev().find(|kept| is_held(kept.size()));
        let own = match cause {
            LossCause::Missing(_) => Some(&built.end),
            LossCause::Unproven { .. } => built.kept.last(),
        };
        let frozen = held.or(own).cloned().unwrap_or_else(Frontier::empty);
        let frozen = FrozenAt { size: frozen.size(), root: frozen.root() };
        let promised = self.promised.last().map(|promised| promised.size);
        let known = built.local.last().map(|range| range.end()).max(promised).unwrap_or_default();
        let beyond = |range: &IndexRange| IndexRange::new(range.start().max(frozen.size), range.end()).ok();
        let readable: Vec<_> = built.local.iter().filter_map(beyond).filter(|range| !range.is_empty()).collect();
        let ends = readable.iter().map(|range| range.end());
        let starts = readable.iter().map(|range| range.start()).chain([known]);
        let gaps = std::iter::once(frozen.size).chain(ends).zip(starts);
        let lost = gaps.filter_map(|(from, to)| IndexRange::new(from, to).ok()).filter(|gap| !gap.is_empty()).collect();
        let origin = self.origin.clone();
        Loss { origin, frozen, known, readable, lost, cause, refused: self.refused_in(built) }
    }
}
