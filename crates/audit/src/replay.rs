//! Does the ranking follow? Every publication recomputed from the mirrored entries, byte by byte.

use crate::attachment::sha256_hex;
use crate::difference::{self, Difference};
use crate::error::AuditError;
use crate::finding::{Fault, Part};
use crate::fold::Fold;
use crate::fsck::is_aggregator;
use crate::held_log::HeldLog;
use crate::place::Place;
use crate::publication::Publication;
use crate::walk::Walk;
use danvan_event::{Entry, Event, RankingPublished};
use danvan_ledger::Record;
use danvan_projection::{Inputs, Period};
use danvan_ranking::{Engine, Ranking, Rulebook, rank};
use danvan_tlog::{Hash, Index, Origin, Policy, Size};
use serde::Serialize;
use std::collections::BTreeMap;
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

/// Why a publication does not follow from the entries.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "code", rename_all = "snake_case")]
pub enum Problem {
    /// The entries up to the publication are not those that the aggregator signed, or nothing was signed.
    Unsigned {
        /// How many entries are.
        signed: Size,
    },
    /// It was made by a procedure that this program does not have, or that is not the one of its rulebook.
    UnknownEngine {
        /// Its name.
        engine: String,
    },
    /// Its rulebook was not adopted before the cut, or is no rulebook.
    UnknownRulebook {
        /// The digest that was announced.
        sha256: String,
    },
    /// Its period is none.
    UnknownPeriod,
    /// What is attached is not there, or not what was announced.
    Attachment {
        /// What is wrong, in the words of fsck.
        fault: Fault,
    },
    /// The mirrored entries of a log are not those that its last cosigned checkpoint covers.
    Input {
        /// The log.
        origin: String,
        /// How many of its entries are there.
        size: Size,
        /// The root over them.
        root: Hash,
    },
    /// The policy does not list a log that was counted, so that nothing vouches for its entries.
    UnknownLog {
        /// The log.
        origin: String,
    },
    /// The log that was counted did not sign the entries that were counted, by its key in the policy.
    UnsignedInput {
        /// The log.
        origin: String,
        /// How many of its entries it signed.
        signed: Size,
    },
    /// A document that was published is not the one that the entries lead to.
    Differs {
        /// Which document.
        part: Part,
    },
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
        for (index, record, event) in publications(aggregator, publication) {
            let mut publication = ground.replay(index, &record, &event);
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

fn publications(log: &dyn HeldLog, only: Option<Index>) -> Vec<(Index, Record, RankingPublished)> {
    let mut found = Vec::new();
    log.visit(&mut |index, record| {
        if only.is_none_or(|only| only == index)
            && let Ok(entry) = Entry::parse(record.entry.clone())
            && let Event::RankingPublished(event) = entry.event()
        {
            found.push((index, record.clone(), event.clone()));
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
        let attached = Publication::read(self.log, record, event);
        match &attached {
            Ok(publication) => {
                let faults = publication.faults(event).map(|fault| Problem::Attachment { fault });
                replayed.problems.extend(faults);
            }
            Err(fault) => replayed.problems.push(Problem::Attachment { fault: fault.clone() }),
        }
        // A publication cannot rest on what comes after it.
        let cut = Size::new(event.cut).unwrap_or(Size::MAX).min(index.size_before());
        let fold = Fold::at(self.log, self.others, cut);
        let inputs = fold.model.inputs();
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

impl Problem {
    /// The stable code, as it stands in JSON.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Unsigned { .. } => "unsigned",
            Self::UnknownEngine { .. } => "unknown_engine",
            Self::UnknownRulebook { .. } => "unknown_rulebook",
            Self::UnknownPeriod => "unknown_period",
            Self::Attachment { .. } => "attachment",
            Self::Input { .. } => "input",
            Self::UnknownLog { .. } => "unknown_log",
            Self::UnsignedInput { .. } => "unsigned_input",
            Self::Differs { .. } => "differs",
        }
    }

    /// The problem in Vietnamese.
    #[must_use]
    pub fn vi(&self) -> String {
        match self {
            Self::Unsigned { signed } => format!("Sổ của bên công bố chỉ có chữ ký hợp lệ cho {signed} mục"),
            Self::UnknownEngine { engine } => format!("Không có cách tính {engine}"),
            Self::UnknownRulebook { sha256 } => format!("Không có bộ tiêu chí {sha256}"),
            Self::UnknownPeriod => "Kỳ xếp hạng không đúng quy cách".to_owned(),
            Self::Attachment { fault } => fault.vi(),
            Self::Input { origin, size, .. } => {
                format!("Các mục ghi đã sao của {origin} ({size} mục) không khớp với xác nhận cuối cùng")
            }
            Self::UnknownLog { origin } => format!("Tệp chính sách không có sổ {origin} mà bảng xếp hạng đã tính"),
            Self::UnsignedInput { origin, signed } => {
                format!("Sổ {origin} chỉ ký {signed} mục trong số các mục đã được tính")
            }
            Self::Differs { part } => format!("Tính lại cho kết quả khác: {}", part.vi()),
        }
    }

    /// The problem in English.
    #[must_use]
    pub fn en(&self) -> String {
        match self {
            Self::Unsigned { signed } => format!("only {signed} entries of the publisher's log are signed"),
            Self::UnknownEngine { engine } => format!("there is no procedure {engine} here"),
            Self::UnknownRulebook { sha256 } => format!("there is no rulebook {sha256}"),
            Self::UnknownPeriod => "the period is not one".to_owned(),
            Self::Attachment { fault } => fault.en(),
            Self::Input { origin, size, root } => {
                format!("the mirrored entries of {origin} are {size} with the root {root}, cosigned was another state")
            }
            Self::UnknownLog { origin } => format!("the policy does not list the log {origin}, which was counted"),
            Self::UnsignedInput { origin, signed } => {
                format!("the log {origin} signed only {signed} of the entries that were counted")
            }
            Self::Differs { part } => format!("the {} recomputed differ from those published", part.en()),
        }
    }
}
