//! What becomes of a log whose medium failed: it is repaired from what aggregators mirrored, or ends and goes on.
//!
//! * A repair gives back exactly what was acknowledged, or nothing; what cannot be given back is counted.
//! * A log ends nowhere below what an aggregator that answers holds, and the one that goes on has nothing that was not acknowledged.
//! * Whenever the power goes meanwhile, the damaged directory is as it was and it can be done again.

use crate::bytes::{is_lost, pairs_set_back};
use crate::life::Life;
use crate::matrix::Tale;
use crate::medium::{self, Evidence};
use crate::story::Story;
use crate::truth::{Truth, size};
use crate::world::{Layer, Manner, config, cosigned, key_of, mirror, origin_of, sound};
use danvan_ledger::{
    Finding, Ledger, LedgerReader, Loss, MirrorError, MirrorSource, OpenError, Record, RepairError, RepairOptions,
    RepairOutcome, RepairSources, Repaired, Storage, SucceedError, Succession, Successor, Supplied, VerifyOptions,
    repair_on, succeed_on, verify_on,
};
use danvan_testkit::{Fault, FaultyStorage, Files};
use danvan_tlog::{Index, IndexRange, LogKey, MirrorKey, Note, Origin};
use std::sync::Arc;

/// What became of the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mended {
    /// It is whole, or goes on as its next incarnation.
    GoesOn,
    /// Nobody can say any more what was acknowledged: the story is over.
    GaveUp,
}

/// Operations of the disk within which the power goes.
const HORIZON: u64 = 90;

/// An aggregator: what it cosigned it holds.
struct Holder<'t> {
    truth: &'t Truth,
    key: LogKey,
    by: MirrorKey,
    holds: u64,
    answers: bool,
}

impl MirrorSource for Holder<'_> {
    fn name(&self) -> String {
        self.by.verifier_key().name().to_string()
    }

    fn newest(&mut self, asked: &Origin) -> Result<Option<Note>, MirrorError> {
        if !self.answers || *asked != self.key.origin() {
            return Err(MirrorError::new("no answer"));
        }
        let root = self.truth.root(self.holds).filter(|_| self.holds > 0);
        Ok(root.map(|root| cosigned(&self.by, &self.key.sign(size(self.holds), root)).note().clone()))
    }

    fn records(&mut self, range: IndexRange) -> Result<Vec<Record>, MirrorError> {
        let held = range.iter().map_while(|index| self.truth.entry(index));
        Ok(held.map(|record| Record::new(record.entry.clone())).collect())
    }
}

/// The attachments, from wherever the process keeps them.
fn supplied(truth: &Truth, index: Index, bytes: &[u8]) -> Supplied {
    let record = truth.entry(index).filter(|record| record.entry == bytes);
    record.and_then(|record| record.attachment.clone()).map_or(Supplied::NotNeeded, Supplied::Found)
}

/// A damaged ledger and those who may help.
struct Case {
    truth: Truth,
    incarnation: u8,
    damaged: Files,
    evidence: Evidence,
    /// By aggregator, whether it answers.
    answers: [bool; 2],
}

impl Case {
    fn holders(&self) -> Vec<Holder<'_>> {
        let holder = |which: usize| {
            let by = mirror(which);
            let holds = self.truth.receipts().get(by.verifier_key().name()).copied().unwrap_or(0);
            Holder { truth: &self.truth, key: key_of(self.incarnation), by, holds, answers: self.answers[which] }
        };
        (0..2).map(holder).collect()
    }

    /// The largest size that somebody who answers holds.
    fn held(&self) -> u64 {
        self.holders().iter().filter(|holder| holder.answers).map(|holder| holder.holds).max().unwrap_or(0)
    }

    /// Whether so few entries may be all that is known, without a word.
    fn lets_pass(&self, left: u64) -> bool {
        left >= self.held() && self.evidence.lets_pass(left)
    }

    /// Hands the damaged directory and the aggregators to `mend`; nothing of the directory may change.
    fn with_sources<T>(
        &self,
        layer: Layer<'_>,
        mend: impl FnOnce(Arc<dyn Storage>, RepairSources<'_>) -> T,
    ) -> Result<T, String> {
        let disk = FaultyStorage::with_files(self.damaged.clone());
        let mut holders = self.holders();
        let mirrors = holders.iter_mut().map(|holder| holder as &mut dyn MirrorSource).collect();
        let mut attachments = |index: Index, bytes: &[u8], _: Option<Vec<u8>>| supplied(&self.truth, index, bytes);
        let mended = mend(layer(Arc::new(disk.clone())), RepairSources { mirrors, attachments: &mut attachments });
        if disk.files() == self.damaged { Ok(mended) } else { Err("a damaged directory was changed".to_owned()) }
    }
}

/// Whether the damage explains that a repair gives up where nobody who answers holds anything.
fn has_reason(error: &RepairError, evidence: &Evidence, before: &Files, after: &Files) -> bool {
    match error {
        RepairError::Nothing => evidence.lets_pass(0),
        RepairError::Forgotten { pairs } => !pairs.is_empty() && pairs.iter().all(|pair| is_lost(pair, before, after)),
        _ => false,
    }
}

fn options() -> RepairOptions {
    RepairOptions { config: config(), ..RepairOptions::default() }
}

fn opened(succession: &Succession) -> Record {
    Record::new(format!("opened after {} of {}", succession.size, succession.origin).into_bytes())
}

fn is_lost_of_the_old(range: &IndexRange) -> Record {
    Record::new(format!("{range} is lost").into_bytes())
}

impl Story {
    /// The medium damages what was confirmed, and somebody mends it. Nobody has the ledger open.
    pub(crate) fn mend(&mut self, layer: Layer<'_>) -> Result<Mended, String> {
        let kind = (self.incarnation, Manner::OnDemand, config());
        let mut life = Life::new(&self.disk, layer, kind, (&mut self.truth, &mut self.next, &mut self.trace));
        // Everything that was acknowledged is signed.
        let ledger = life.start()?.ok_or("nothing failed, and it cannot be opened")?;
        life.drain(ledger)?;
        let confirmed = self.disk.after_power_cut(&mut || false).files();
        let mut damaged = confirmed.clone();
        for _ in 0..=self.dice.below(2) {
            for fault in medium::draw(&mut self.dice, &confirmed) {
                self.trace.push(format!("-- the medium: {fault}"));
                fault.apply(&mut damaged);
            }
        }
        if self.dice.chance(10) {
            for fault in medium::draw_pair(&mut self.dice, &confirmed) {
                self.trace.push(format!("-- the medium: {fault}"));
                fault.apply(&mut damaged);
            }
        }
        let set_back = pairs_set_back(&confirmed, &damaged);
        let evidence = Evidence::of(&self.truth, &confirmed, &damaged);
        let answers = [self.dice.chance(80), self.dice.chance(50)];
        let case = Case { truth: self.truth.clone(), incarnation: self.incarnation, damaged, evidence, answers };
        self.trace.push(format!("aggregators that answer: {answers:?}, {} entries are held", case.held()));
        self.truth.forget(&set_back);
        match self.try_repair(layer, &case)? {
            (Ok(RepairOutcome::NothingToDo(verdict)), _) => {
                self.trace.push(format!("nothing to repair of {}", verdict.size));
                self.disk = self.empty_disk_with(case.damaged.clone());
                Self::went_on(&case, verdict.size.get(), verdict.root)
            }
            (Ok(RepairOutcome::Repaired(repaired)), fresh) => self.repaired(&case, &repaired, fresh),
            (Ok(RepairOutcome::Irreparable(loss)), _) => self.end_the_log(layer, &case, &loss),
            (Err(error), _) if case.held() == 0 && has_reason(&error, &case.evidence, &confirmed, &case.damaged) => {
                self.trace.push("nobody knows what was promised".to_owned());
                Ok(Mended::GaveUp)
            }
            (Err(error), _) => Err(format!("it cannot be repaired: {error:?}")),
        }
    }

    /// Whether a ledger of this size is all that was acknowledged.
    fn went_on(case: &Case, left: u64, root: danvan_tlog::Hash) -> Result<Mended, String> {
        if case.truth.root(left) != Some(root) {
            return Err(format!("the {left} entries that are left have another root"));
        }
        if left == case.truth.size() {
            return Ok(Mended::GoesOn);
        }
        if case.lets_pass(left) {
            return Ok(Mended::GaveUp);
        }
        Err(format!("{left} entries of {} are left, and nothing was said", case.truth.size()))
    }

    fn repaired(&mut self, case: &Case, repaired: &Repaired, fresh: FaultyStorage) -> Result<Mended, String> {
        self.trace.push(format!("repaired: {repaired:?}"));
        // A fact of another pair, laid over the first copy of a file's own, can hide the second: the file is named.
        let hidden = repaired.findings.iter().filter_map(|finding| match finding {
            Finding::ForeignSlot { file } => file.rsplit_once('.').map(|(pair, _)| pair.to_owned()),
            _ => None,
        });
        let given_up: Vec<String> = repaired.renewed.iter().chain(&repaired.forgotten).cloned().chain(hidden).collect();
        self.truth.forget(&given_up);
        self.disk = fresh;
        Self::went_on(case, repaired.size.get(), repaired.root)
    }

    /// A disk whose salts no other disk of this story has drawn.
    fn empty_disk_with(&mut self, files: Files) -> FaultyStorage {
        let disk = FaultyStorage::with_files(files);
        self.disks += 1;
        (0..self.disks * 1000).for_each(|_| drop(disk.salt()));
        disk
    }

    /// An empty disk whose power goes at some operation, or not.
    fn draw_fresh(&mut self, is_cut: bool) -> FaultyStorage {
        let fresh = self.empty_disk_with(Files::new());
        if !is_cut {
            return fresh;
        }
        fresh.with_fault(self.dice.below(HORIZON), Fault::PowerCut)
    }

    /// The disk after the power came back.
    fn powered(&mut self, disk: &FaultyStorage) -> FaultyStorage {
        let percent = [0, 50, 100][self.dice.place(3)];
        let dice = &mut self.dice;
        disk.after_power_cut(&mut || dice.chance(percent))
    }

    /// Repairs into a fresh directory; where the power goes meanwhile, once more over what is left there.
    fn try_repair(
        &mut self,
        layer: Layer<'_>,
        case: &Case,
    ) -> Result<(Result<RepairOutcome, RepairError>, FaultyStorage), String> {
        let is_cut = self.dice.chance(60);
        let mut fresh = self.draw_fresh(is_cut);
        let key = key_of(case.incarnation);
        loop {
            let target = layer(Arc::new(fresh.clone()));
            let outcome = case.with_sources(layer, |damaged, sources| {
                repair_on(damaged, Some(&target), key.verifier_key(), sources, options())
            })?;
            if fresh.names().is_ok() {
                // What is called repaired is on the disk.
                return Ok((outcome, fresh.after_power_cut(&mut || false)));
            }
            self.trace.push(format!("the repair was interrupted: {}", outcome.is_err()));
            fresh = self.powered(&fresh);
        }
    }

    /// The log cannot be put together: it ends, and its next incarnation goes on.
    fn end_the_log(&mut self, layer: Layer<'_>, case: &Case, loss: &Loss) -> Result<Mended, String> {
        let (end, known) = (loss.frozen.size.get(), loss.known.get());
        if end < case.held() || case.truth.root(end) != Some(loss.frozen.root) {
            return Err(format!("it would end at {:?}, and {} are held", loss.frozen, case.held()));
        }
        if known != case.truth.size() && !case.lets_pass(known) {
            return Err(format!("{known} entries are known of {}", case.truth.size()));
        }
        if loss.lost_entries() + loss.readable_entries() != loss.beyond() {
            return Err(format!("not all that is lost is counted: {loss:?}"));
        }
        let (succession, old, new) = match self.try_succeed(layer, case)? {
            (Ok(succession), old, new) => (succession, old, new),
            (Err(error), ..) => return Err(format!("it cannot go on: {error:?}")),
        };
        self.trace.push(format!("the log ended: {succession:?}"));
        let told = (succession.size, succession.root, succession.carried, succession.lost);
        if told != (loss.frozen.size, loss.frozen.root, loss.readable_entries(), loss.lost_entries()) {
            return Err(format!("another end was foretold: {loss:?}"));
        }
        has_ended(&old, case, &succession)?;
        let entries = goes_on(&new, case, (&succession, &loss.lost))?;
        self.incarnation += 1;
        self.trace.push(format!("{} entries of incarnation {}", entries.len(), self.incarnation));
        self.truth = Truth::of_a_successor(entries);
        self.disk = new;
        Ok(Mended::GoesOn)
    }

    fn try_succeed(
        &mut self,
        layer: Layer<'_>,
        case: &Case,
    ) -> Result<(Result<Succession, SucceedError>, FaultyStorage, FaultyStorage), String> {
        let which = self.dice.below(4);
        let (mut old, mut new) = (self.draw_fresh(which == 0), self.draw_fresh(which == 1));
        let key = key_of(case.incarnation);
        loop {
            let (old_target, new_target) = (layer(Arc::new(old.clone())), layer(Arc::new(new.clone())));
            let ended = case.with_sources(layer, |damaged, sources| {
                let successor = Successor {
                    key: key_of(case.incarnation + 1),
                    first: &mut |succession| Ok(opened(succession)),
                    lost: &mut |ranges| Ok(ranges.iter().map(is_lost_of_the_old).collect()),
                    carry: &mut |_, record| Some(record),
                };
                let log = (damaged, key.verifier_key());
                succeed_on(log, sources, options(), (&old_target, &new_target), successor)
            })?;
            if old.names().is_ok() && new.names().is_ok() {
                return Ok((ended, old.after_power_cut(&mut || false), new.after_power_cut(&mut || false)));
            }
            self.trace.push(format!("the succession was interrupted: {}", ended.is_err()));
            (old, new) = (self.powered(&old), self.powered(&new));
        }
    }
}

/// The old log is shut for ever, and every entry up to its end is there.
fn has_ended(old: &FaultyStorage, case: &Case, succession: &Succession) -> Result<(), String> {
    let storage: Arc<dyn Storage> = Arc::new(old.clone());
    let key = key_of(case.incarnation);
    let refused = Ledger::open_on(Arc::clone(&storage), key.origin(), key_of(case.incarnation), config()).err();
    if !matches!(&refused, Some(OpenError::Frozen { size, successor }) if (*size, successor) == (succession.size, &succession.successor))
    {
        return Err(format!("the ended log is not shut: {refused:?}"));
    }
    let options = VerifyOptions { log: Some(key.verifier_key()), ..VerifyOptions::default() };
    let verdict = verify_on(&storage, options).map_err(|error| format!("the ended log: {error}"))?;
    if !verdict.is_sound() || (verdict.size, verdict.root) != (succession.size, succession.root) {
        return Err(format!("the ended log: {verdict:?}"));
    }
    let read = records(storage)?;
    case.truth.shows(0, &read)
}

/// The new log names the old one, has what could be read beyond its end, in order, and tells each range that is lost; returns all
/// of it.
fn goes_on(
    new: &FaultyStorage,
    case: &Case,
    (succession, lost): (&Succession, &[IndexRange]),
) -> Result<Vec<Record>, String> {
    let storage: Arc<dyn Storage> = Arc::new(new.clone());
    let reader = LedgerReader::open_on(Arc::clone(&storage)).map_err(|error| error.to_string())?;
    let previous = reader.previous().ok_or("the new log does not know the old one")?;
    let told = (&previous.origin, previous.size, previous.root, previous.carried, previous.lost);
    let origin = origin_of(case.incarnation);
    if told != (&origin, succession.size, succession.root, succession.carried, succession.lost) {
        return Err(format!("the new log tells of {previous:?}"));
    }
    let read = records(storage)?;
    let (first, behind) = read.split_first().ok_or("the new log is empty")?;
    let carried = usize::try_from(succession.carried).ok().and_then(|carried| behind.split_at_checked(carried));
    let (carried, told) = carried.ok_or_else(|| format!("{} of {} were carried", behind.len(), succession.carried))?;
    let beyond = case.truth.entries().iter().skip(usize::try_from(succession.size.get()).unwrap());
    let mut beyond = beyond.into_iter();
    let are_in_order = carried.iter().all(|record| beyond.any(|known| known == record));
    if *first != opened(succession) || !are_in_order {
        return Err(format!("the new log begins with {} entries, {} were carried", read.len(), succession.carried));
    }
    if !told.iter().cloned().eq(lost.iter().map(is_lost_of_the_old)) {
        return Err(format!("{} entries tell what is lost: {lost:?}", told.len()));
    }
    Ok(read)
}

fn records(storage: Arc<dyn Storage>) -> Result<Vec<Record>, String> {
    let reader = LedgerReader::open_on(storage).map_err(|error| error.to_string())?;
    reader.entries().map(|item| item.map(|(_, record)| record).map_err(|error| error.to_string())).collect()
}

#[test]
fn a_repair_that_gives_up_without_reason_breaks_a_promise() {
    let disk = FaultyStorage::new();
    let tale = Tale::of_script(&sound, &disk).unwrap();
    let confirmed = disk.files();
    let (nothing, forgotten) = (RepairError::Nothing, RepairError::Forgotten { pairs: vec!["intent".to_owned()] });
    for (lost, has_forgotten, has_lost_all) in [
        (["reserve"].as_slice(), false, false),
        (["intent.a"].as_slice(), false, false),
        (["intent.a", "intent.b"].as_slice(), true, false),
        (confirmed.keys().map(String::as_str).collect::<Vec<_>>().as_slice(), true, true),
    ] {
        let mut damaged = confirmed.clone();
        damaged.retain(|name, _| !lost.contains(&name.as_str()));
        let evidence = Evidence::of(&tale.truth, &confirmed, &damaged);
        let has = |error| has_reason(error, &evidence, &confirmed, &damaged);
        assert_eq!((has(&forgotten), has(&nothing)), (has_forgotten, has_lost_all), "without {lost:?}");
    }
}
