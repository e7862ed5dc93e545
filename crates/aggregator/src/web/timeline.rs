//! How a unit rolls the model out, act by act, in the words of its own entries.

use danvan_event::{
    Entry, Event, EventTypeInfo, LaunchConferenceHeld, LetterKind, PledgeSigned, Session, SigningMethod,
};
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

/// The public words of an act: our own in both languages, those of the unit as they are.
fn lines(entry: &Entry, own: &OwnCatalogues) -> Vec<Pair> {
    match entry.event() {
        Event::ModelRegistered(fact) => {
            let title = if fact.pilot {
                Pair::new(format!("Mô hình điểm: {}", fact.title), "A pilot model")
            } else {
                as_it_is(&fact.title)
            };
            let mut lines = vec![title];
            lines.extend(
                fact.objectives.iter().map(|objective| Pair::new(format!("Mục đích: {objective}"), "Objective")),
            );
            lines.extend(fact.term.iter().map(|term| Pair::new(format!("Nhiệm kỳ {term}"), format!("Term {term}"))));
            lines
        }
        Event::GuidanceIssued(fact) => {
            issued(vec![as_it_is(&fact.issuer)], fact.doc_no.as_deref(), fact.date.as_deref())
        }
        Event::CoordinationPlanAdopted(fact) => {
            issued(joined(&fact.parties), fact.doc_no.as_deref(), fact.date.as_deref())
        }
        Event::LeadershipResolutionAdopted(fact) => {
            issued(fact.issuer.iter().map(as_it_is).collect(), fact.doc_no.as_deref(), fact.date.as_deref())
        }
        Event::SteeringBoardEstablished(fact) => issued(Vec::new(), fact.doc_no.as_deref(), fact.date.as_deref()),
        Event::LaunchConferenceHeld(fact) => conference(fact),
        Event::DirectiveGiven(fact) => {
            let items = fact.items.iter().map(|item| as_it_is(&item.text));
            std::iter::once(as_it_is(&fact.by_post)).chain(items).collect()
        }
        Event::PledgeCatalogPublished(fact) => {
            let groups: Vec<String> = fact.groups.iter().map(|group| format!("“{}”", group.label)).collect();
            let mut lines = vec![as_it_is(groups.join(", "))];
            let same = fact.attachment_sha256.as_ref().and_then(|sha256| own.get(sha256));
            lines.extend(same.map(|index| {
                Pair::new(
                    format!("Theo bộ cam kết do cấp tổng hợp công bố, mục {index} trong sổ của cấp đó"),
                    format!("The catalogue that the aggregator published, entry {index} of its log"),
                )
            }));
            lines
        }
        Event::PledgeSigned(fact) => signing(fact),
        Event::LetterSent(fact) => vec![letter(fact.kind)],
        _ => Vec::new(),
    }
}

fn conference(fact: &LaunchConferenceHeld) -> Vec<Pair> {
    let mut lines = joined(&fact.organisers);
    let (vi, en) = fact.session.map_or(("Ngày", "On"), |session| match session {
        Session::Morning => ("Buổi sáng ngày", "Morning of"),
        Session::Afternoon => ("Buổi chiều ngày", "Afternoon of"),
    });
    let day = fact.date.as_deref().map(day_first);
    lines.extend(day.map(|day| Pair::new(format!("{vi} {day}"), format!("{en} {day}"))));
    lines.extend(fact.guests.iter().map(|guest| Pair::new(format!("Dự: {}", guest.post), "A guest")));
    lines.extend(fact.items.iter().map(|item| Pair::new(format!("Nội dung: {item}"), "On the programme")));
    lines
}

fn signing(fact: &PledgeSigned) -> Vec<Pair> {
    let period = &fact.period;
    let mut lines = vec![Pair::new(format!("Ký tập thể cho kỳ {period}"), format!("Signed together for {period}"))];
    lines.extend(
        fact.signers.map(|signers| Pair::new(format!("{signers} người ký"), format!("Signed by {signers} people"))),
    );
    lines.extend(fact.method.map(|method| match method {
        SigningMethod::Paper => Pair::new("Ký trên giấy", "On paper"),
        SigningMethod::Digital => Pair::new("Ký số", "Signed digitally"),
    }));
    lines
}

/// The unit's own words, which nobody translated.
fn as_it_is(text: impl AsRef<str>) -> Pair {
    Pair::new(text.as_ref(), "")
}

/// The texts of a catalogue and what they are worth, where the entry published one.
fn pledges(entry: &Entry) -> Option<CatalogueView> {
    match entry.event() {
        Event::PledgeCatalogPublished(fact) => Some(catalogue::view(fact)),
        _ => None,
    }
}

/// What was issued with its number and date.
fn issued(mut lines: Vec<Pair>, number: Option<&str>, on: Option<&str>) -> Vec<Pair> {
    lines.extend(number.map(|number| Pair::new(format!("Số {number}"), format!("No. {number}"))));
    lines.extend(on.map(day_first).map(|day| Pair::new(format!("Ngày {day}"), format!("Of {day}"))));
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

fn joined(names: &[String]) -> Vec<Pair> {
    if names.is_empty() { Vec::new() } else { vec![as_it_is(names.join(" – "))] }
}

/// `YYYY-MM-DD` as `dd/mm/yyyy`; anything else as it is.
fn day_first(date: &str) -> String {
    let mut parts = date.splitn(3, '-');
    match (parts.next(), parts.next(), parts.next()) {
        (Some(year), Some(month), Some(day)) => format!("{day}/{month}/{year}"),
        _ => date.to_owned(),
    }
}

fn letter(kind: LetterKind) -> Pair {
    match kind {
        LetterKind::Thank => Pair::new("Thư cảm ơn", "A letter of thanks"),
        LetterKind::Apology => Pair::new("Thư xin lỗi", "A letter of apology"),
        LetterKind::Congratulation => Pair::new("Thư chúc mừng", "A letter of congratulation"),
        LetterKind::Condolence => Pair::new("Thư chia buồn", "A letter of condolence"),
    }
}
