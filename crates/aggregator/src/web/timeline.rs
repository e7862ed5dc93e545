//! How a unit rolls the model out, act by act, in the words of its own entries.

use danvan_event::{Entry, Event, EventTypeInfo, LetterKind, Session};
use danvan_projection::{Catalogue, Evidence, Stage, UnitModel};
use danvan_tlog::Index;
use danvan_ui::{Pair, date};

use super::catalogue;
use super::unit_catalogues::OwnCatalogues;
use super::view::{CatalogueView, StepView};
use crate::archive::Found;

/// The longest timeline; a unit has about twenty acts in a year.
const LONGEST: usize = 60;

/// Where the acts of the roll-out stand, in the order in which they are said to have happened.
pub(crate) fn places(known: &UnitModel) -> Vec<Index> {
    let stages = Stage::ALL.iter().flat_map(|stage| known.rollout().facts(*stage)).map(|fact| (fact.at, fact.evidence));
    let catalogues = known.catalogues().values().flat_map(Catalogue::versions);
    let catalogues = catalogues.map(|(_, fact)| (fact.at, fact.evidence));
    let pledges = known.pledges().iter().filter(|pledge| pledge.collective).map(|pledge| (pledge.at, pledge.evidence));
    let outreach = known.outreach().iter().map(|fact| (fact.at, fact.evidence));
    let mut acts: Vec<_> = stages.chain(catalogues).chain(pledges).chain(outreach).collect();
    acts.sort_unstable();
    acts.truncate(LONGEST);
    acts.into_iter().filter_map(|(_, evidence): (_, Evidence)| Index::new(evidence.index())).collect()
}

/// The acts in the order of their dates; a catalogue that is one of the aggregator's own says so.
pub(crate) fn steps(found: Vec<Found>, own: &OwnCatalogues) -> Vec<StepView> {
    let mut steps: Vec<(i64, StepView)> = found
        .into_iter()
        .filter_map(|found| {
            let index = found.index.get();
            let entry = Entry::parse(found.bytes).ok()?;
            Some((entry.time().as_millis(), step(index, &entry, own)))
        })
        .collect();
    steps.sort_by_key(|(at, step)| (*at, step.index));
    steps.into_iter().map(|(_, step)| step).collect()
}

fn step(index: u64, entry: &Entry, own: &OwnCatalogues) -> StepView {
    StepView {
        date: date(entry.time().as_millis()),
        text: title(entry),
        lines: lines(entry, own),
        catalogue: pledges(entry),
        caveat: caveat(entry),
        index,
        synthetic: entry.synthetic(),
    }
}

/// What an entry is, in both languages; the name of its type when this version does not know it.
pub(crate) fn title(entry: &Entry) -> Pair {
    EventTypeInfo::of(entry.event_type()).map_or_else(
        || Pair::new(entry.event_type().to_string(), "unknown to this version"),
        |info| Pair::new(info.title_vi, info.title_en),
    )
}

/// The public words of an act.
fn lines(entry: &Entry, own: &OwnCatalogues) -> Vec<String> {
    match entry.event() {
        Event::ModelRegistered(fact) => {
            let mut lines =
                vec![if fact.pilot { format!("Mô hình điểm: {}", fact.title) } else { fact.title.clone() }];
            lines.extend(fact.objectives.iter().map(|objective| format!("Mục đích: {objective}")));
            lines.extend(fact.term.as_ref().map(|term| format!("Nhiệm kỳ {term}")));
            lines
        }
        Event::GuidanceIssued(fact) => issued(vec![fact.issuer.clone()], fact.doc_no.as_deref(), fact.date.as_deref()),
        Event::CoordinationPlanAdopted(fact) => {
            issued(joined(&fact.parties), fact.doc_no.as_deref(), fact.date.as_deref())
        }
        Event::LeadershipResolutionAdopted(fact) => {
            issued(fact.issuer.iter().cloned().collect(), fact.doc_no.as_deref(), fact.date.as_deref())
        }
        Event::SteeringBoardEstablished(fact) => issued(Vec::new(), fact.doc_no.as_deref(), fact.date.as_deref()),
        Event::LaunchConferenceHeld(fact) => {
            let mut lines = joined(&fact.organisers);
            let half = fact.session.map_or("", |session| match session {
                Session::Morning => "Buổi sáng ",
                Session::Afternoon => "Buổi chiều ",
            });
            lines.extend(fact.date.as_deref().map(|date| format!("{half}ngày {}", day_first(date))));
            lines.extend(fact.guests.iter().map(|guest| format!("Dự: {}", guest.post)));
            lines
        }
        Event::DirectiveGiven(fact) => {
            let items = fact.items.iter().map(|item| item.text.clone());
            std::iter::once(fact.by_post.clone()).chain(items).collect()
        }
        Event::PledgeCatalogPublished(fact) => {
            let groups: Vec<String> = fact.groups.iter().map(|group| format!("“{}”", group.label)).collect();
            let mut lines = vec![groups.join(", ")];
            let same = fact.attachment_sha256.as_ref().and_then(|sha256| own.get(sha256));
            lines.extend(
                same.map(|index| format!("Theo bộ cam kết do cấp tổng hợp công bố, mục {index} trong sổ của cấp đó")),
            );
            lines
        }
        Event::PledgeSigned(fact) => {
            let signers = fact.signers.map(|signers| format!("{signers} người ký")).into_iter();
            std::iter::once(format!("Ký tập thể cho kỳ {}", fact.period)).chain(signers).collect()
        }
        Event::LetterSent(fact) => vec![letter(fact.kind).to_owned()],
        _ => Vec::new(),
    }
}

/// The texts of a catalogue and what they are worth, where the entry published one.
fn pledges(entry: &Entry) -> Option<CatalogueView> {
    match entry.event() {
        Event::PledgeCatalogPublished(fact) => Some(catalogue::view(fact)),
        _ => None,
    }
}

/// What was issued with its number and date.
fn issued(mut lines: Vec<String>, number: Option<&str>, on: Option<&str>) -> Vec<String> {
    lines.extend(number.map(|number| format!("Số {number}")));
    lines.extend(on.map(|on| format!("Ngày {}", day_first(on))));
    lines
}

/// A real act whose data has no date says so: the date of its step is then only what the form claims, which may be the
/// day of a report about it. Acts whose shape has no date of their own happen when the form says.
fn caveat(entry: &Entry) -> Option<Pair> {
    let issue = || Pair::new("Nguồn không nêu ngày ban hành", "The source gives no date of issue");
    let (dated, caveat) = match entry.event() {
        Event::ModelRegistered(_) | Event::PledgeCatalogPublished(_) => (false, issue()),
        Event::GuidanceIssued(fact) => (fact.date.is_some(), issue()),
        Event::CoordinationPlanAdopted(fact) => (fact.date.is_some(), issue()),
        Event::LeadershipResolutionAdopted(fact) => (fact.date.is_some(), issue()),
        Event::SteeringBoardEstablished(fact) => (fact.date.is_some(), issue()),
        Event::LaunchConferenceHeld(fact) => (
            fact.date.is_some(),
            Pair::new("Nguồn không nêu ngày tổ chức", "The source gives no date of the conference"),
        ),
        _ => return None,
    };
    (!dated && !entry.synthetic()).then_some(caveat)
}

fn joined(names: &[String]) -> Vec<String> {
    if names.is_empty() { Vec::new() } else { vec![names.join(" – ")] }
}

/// `YYYY-MM-DD` as `dd/mm/yyyy`; anything else as it is.
fn day_first(date: &str) -> String {
    let mut parts = date.splitn(3, '-');
    match (parts.next(), parts.next(), parts.next()) {
        (Some(year), Some(month), Some(day)) => format!("{day}/{month}/{year}"),
        _ => date.to_owned(),
    }
}

const fn letter(kind: LetterKind) -> &'static str {
    match kind {
        LetterKind::Thank => "Thư cảm ơn",
        LetterKind::Apology => "Thư xin lỗi",
        LetterKind::Congratulation => "Thư chúc mừng",
        LetterKind::Condolence => "Thư chia buồn",
    }
}
