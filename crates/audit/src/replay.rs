//! Does the ranking follow? Every publication recomputed from the mirrored entries, byte by byte.

use crate::attachment::sha256_hex;
use crate::difference::{self, Difference};
use crate::error::AuditError;
use crate::finding::Part;
use crate::fold::Fold;
use crate::fsck::is_aggregator;
use crate::held_log::HeldLog;
use crate::place::Place;
use crate::problem::Problem;
use crate::publication::Publication;
use crate::walk::Walk;
use danvan_event::{Entry, Event, RankingPublished, UnitId};
use danvan_ledger::Record;
use danvan_projection::{Applied, Evidence, FlagReason, Inputs, Period, Reach, ReadModel};
use danvan_ranking::{Engine, Ranking, Rulebook, rank};
use danvan_tlog::{Index, Origin, Policy, Size};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;

/// The outcome of a replay.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Replay {
    /// Whether every publication that was looked at follows from the entries.
    pub matches: bool,
    /// SHA-256 of the ranking that the entries lead to, for the newest publication; absent when it cannot be computed.
    pub digest: Option<String>,
    /// The publications, oldest first.
    pub publications: Vec<Replayed>,
}

/// One publication.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Replayed {
    /// The aggregator's log that it stands in.
    pub origin: Origin,
    /// Its index there.
    pub index: Index,
    /// The period judged.
    pub period: String,
    /// The size of the aggregator's log that it rests on.
    pub cut: u64,
    /// Whether inputs and ranking follow from the entries, to the byte.
    pub matches: bool,
    /// The digest of the ranking that was announced.
    pub published_sha256: String,
    /// The digest of the ranking that the entries lead to; absent when it cannot be computed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub computed_sha256: Option<String>,
    /// Why it does not match; empty when it does.
    pub problems: Vec<Problem>,
    /// The first row that differs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub difference: Option<Difference>,
}

/// Recomputes every published ranking of a place, or the one at `publication`.
///
/// Believed is what leads back to a key of the policy: the aggregator's checkpoint covers the publication and everything
/// below it, this names the roots of the mirrored logs, the mirrored entries are compared with those, and each log that
/// counts signed its entries by its own key in the policy: an aggregator can leave a commune out, but not invent one. What else may
/// be wrong with the logs is [`fsck`](crate::fsck)'s question.
pub fn replay(place: &Place, policy: &Policy, publication: Option<Index>) -> Result<Replay, AuditError> {
    let logs = place.open()?.into_iter().collect::<Result<Vec<_>, _>>()?;
    let (aggregators, others): (Vec<_>, Vec<_>) = logs.iter().partition(|log| is_aggregator(log.as_ref()));
    if aggregators.is_empty() {
        return Err(AuditError::NoAggregator);
    }
    let others: Vec<&dyn HeldLog> = others.iter().map(AsRef::as_ref).collect();
    let mut replayed = Vec::new();
    for aggregator in aggregators {
        let aggregator = aggregator.as_ref();
        let proven = proven_size(aggregator, policy);
        let ground =
            Ground { log: aggregator, others: &others, exported: exported(aggregator, &others, policy), policy };
        for Stated { index, record, event, broken } in publications(aggregator, publication) {
            let mut publication = ground.replay(index, &record, &event);
            if let Some(reason) = broken {
                publication.matches = false;
                publication.problems.insert(0, Problem::AgainstRules { reason: reason.code().to_owned() });
            }
            if !proven.covers(index) {
                publication.matches = false;
                publication.problems.insert(0, Problem::Unsigned { signed: proven });
            }
            replayed.push(publication);
        }
    }
    let Some(newest) = replayed.last() else {
        return Err(publication.map_or(AuditError::NothingPublished, AuditError::NoSuchPublication));
    };
    let digest = newest.computed_sha256.clone();
    Ok(Replay { matches: replayed.iter().all(|publication| publication.matches), digest, publications: replayed })
}

/// The largest size at which the entries have the root that the log signed by its key in the policy.
fn proven_size(log: &dyn HeldLog, policy: &Policy) -> Size {
    let opened = log.notes().into_iter().filter_map(|note| policy.open(&note.bytes).ok());
    let signed: Vec<_> =
        opened.map(|checked| checked.signed).filter(|signed| signed.origin() == log.origin()).collect();
    let mut walk = Walk::new(signed.iter().map(danvan_tlog::SignedCheckpoint::size));
    log.visit(&mut |index, record| {
        walk.hash(index, &record.entry);
        ControlFlow::Continue(())
    });
    let proven = signed.iter().filter(|signed| walk.root_at(signed.size()) == Some(signed.root()));
    proven.map(danvan_tlog::SignedCheckpoint::size).max().unwrap_or(Size::ZERO)
}

/// A publication as it stands in an aggregator's log.
struct Stated {
    index: Index,
    record: Record,
    event: RankingPublished,
    /// The rule that it breaks.
    broken: Option<FlagReason>,
}

fn publications(log: &dyn HeldLog, only: Option<Index>) -> Vec<Stated> {
    let (mut found, mut model, mut speaker) = (Vec::new(), ReadModel::default(), None);
    log.visit(&mut |index, record| {
        let Ok(entry) = Entry::parse(record.entry.clone()) else { return ControlFlow::Continue(()) };
        let speaker = speaker.get_or_insert_with(|| entry.source().clone());
        let applied = model.apply_entry(speaker, Evidence::new(index.get()), &entry);
        if only.is_none_or(|only| only == index)
            && let Event::RankingPublished(event) = entry.event()
        {
            let broken = if let Applied::Flagged(reason) = applied { Some(reason) } else { None };
            found.push(Stated { index, record: record.clone(), event: event.clone(), broken });
        }
        ControlFlow::Continue(())
    });
    found
}

/// How many entries of each exported log are proven; nothing where the batches tell it.
fn exported(aggregator: &dyn HeldLog, others: &[&dyn HeldLog], policy: &Policy) -> BTreeMap<Origin, Size> {
    if aggregator.has_batches() {
        return BTreeMap::new();
    }
    others.iter().map(|log| (log.origin().clone(), proven_size(*log, policy))).collect()
}

/// What the publications of one aggregator are recomputed from.
struct Ground<'a> {
    log: &'a dyn HeldLog,
    others: &'a [&'a dyn HeldLog],
    exported: BTreeMap<Origin, Size>,
    policy: &'a Policy,
}

impl Ground<'_> {
    fn replay(&self, index: Index, record: &Record, event: &RankingPublished) -> Replayed {
        let mut replayed = Replayed {
            origin: self.log.origin().clone(),
            index,
            period: event.period.clone(),
            cut: event.cut,
            matches: false,
            published_sha256: event.output_sha256.clone(),
            computed_sha256: None,
            problems: Vec::new(),
            difference: None,
        };
        let attached = Publication::read(self.log, record, &event.attachment_sha256);
        match &attached {
            Ok(publication) => {
                let faults = publication
                    .faults(&event.inputs_sha256, &event.output_sha256)
                    .map(|fault| Problem::Attachment { fault });
                replayed.problems.extend(faults);
            }
            Err(fault) => replayed.problems.push(Problem::Attachment { fault: fault.clone() }),
        }
        // A publication cannot rest on what comes after it.
        let cut = Size::new(event.cut).unwrap_or(Size::MAX).min(index.size_before());
        let mut fold = Fold::at(self.log, self.others, cut);
        let excluded: BTreeSet<UnitId> = event.excluded.iter().map(|excluded| excluded.unit.clone()).collect();
        replayed.problems.extend(completeness(&fold.model, event, &excluded));
        let _left_out = fold.model.set_aside(&excluded);
        let inputs = fold.model.inputs_without(&excluded);
        replayed.problems.extend(self.unproven(&fold, &inputs));
        let inputs_sha256 = sha256_hex(&inputs.to_bytes());
        if cut.get() != event.cut || inputs_sha256 != event.inputs_sha256 {
            replayed.problems.push(Problem::Differs { part: Part::Inputs });
        }
        match recompute(&fold, event) {
            Ok((ranking, rulebook, period)) => {
                let bytes = ranking.to_bytes();
                let digest = sha256_hex(&bytes);
                if digest != event.output_sha256 {
                    replayed.problems.push(Problem::Differs { part: Part::Ranking });
                }
                if let Ok(publication) = attached
                    && publication.ranking != bytes
                {
                    let model = &fold.model;
                    replayed.difference = difference::find(&publication.ranking, &ranking, model, &rulebook, &period);
                }
                replayed.computed_sha256 = Some(digest);
            }
            Err(problem) => replayed.problems.push(problem),
        }
        replayed.matches = replayed.problems.is_empty();
        replayed
    }

    /// The first input whose entries are not those that were cosigned, and every one that its log did not sign.
    fn unproven(&self, fold: &Fold, inputs: &Inputs) -> Vec<Problem> {
        let untrue = fold.untrue_input(inputs);
        let untrue =
            untrue.map(|untrue| Problem::Input { origin: untrue.origin, size: untrue.size, root: untrue.root });
        let unsigned = inputs.inputs.iter().filter_map(|input| {
            let log = Origin::new(input.origin.as_str()).ok();
            let Some((log, key)) = log.and_then(|log| self.policy.log_key(&log).map(|key| (log, key))) else {
                return Some(Problem::UnknownLog { origin: input.origin.clone() });
            };
            let exported = || self.exported.get(&log).copied().unwrap_or_default();
            let signed = if self.log.has_batches() { fold.signed_size(&log, key) } else { exported() };
            (signed.get() < input.size).then(|| Problem::UnsignedInput { origin: input.origin.clone(), signed })
        });
        untrue.into_iter().chain(unsigned).collect()
    }
}

/// Who was late at the cut and is not left out, and who is left out and was not late.
fn completeness(model: &ReadModel, event: &RankingPublished, excluded: &BTreeSet<UnitId>) -> Vec<Problem> {
    let Ok(period) = event.period.parse::<Period>() else { return Vec::new() };
    let coverage = model.coverage(&period).into_iter().filter(|unit| unit.reach == Reach::Late);
    let late: BTreeSet<UnitId> = coverage.map(|unit| unit.unit).collect();
    let missing: Vec<UnitId> = late.difference(excluded).cloned().collect();
    let punished: Vec<UnitId> = excluded.difference(&late).cloned().collect();
    let missing = (!missing.is_empty()).then_some(Problem::Incomplete { units: missing });
    missing.into_iter().chain((!punished.is_empty()).then_some(Problem::LeftOut { units: punished })).collect()
}

fn recompute(fold: &Fold, event: &RankingPublished) -> Result<(Ranking, Rulebook, Period), Problem> {
    let unknown_engine = || Problem::UnknownEngine { engine: event.engine.clone() };
    let engine = Engine::named(&event.engine).ok_or_else(unknown_engine)?;
    let unknown = || Problem::UnknownRulebook { sha256: event.rulebook_sha256.clone() };
    let rulebook = fold.rulebooks.get(&event.rulebook_sha256).ok_or_else(unknown)?;
    let rulebook = Rulebook::parse(rulebook).map_err(|_| unknown())?;
    if rulebook.engine() != engine {
        return Err(unknown_engine());
    }
    let period: Period = event.period.parse().map_err(|_| Problem::UnknownPeriod)?;
    Ok((rank(&fold.model, &rulebook, &period), rulebook, period))
}
